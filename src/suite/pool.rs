//! Many works at a time, their results in one order, and nobody who hangs holds up the rest.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

/// What a pool hears.
pub enum Event<T> {
    Done(usize, T),
    /// Somebody wants it all to end, now.
    Stop,
}

/// The works `0..count`, and how they are run.
pub struct Pool<'a, T> {
    pub count: usize,
    /// How many run at a time.
    pub jobs: usize,
    /// For how long a work may run before it is given up; its thread is left to itself.
    pub patience: Duration,
    pub work: Arc<dyn Fn(usize) -> T + Send + Sync>,
    /// The result of a work that was given up.
    pub lost: &'a dyn Fn(usize) -> T,
    /// Is no further work to begin after this result?
    pub is_last: &'a dyn Fn(&T) -> bool,
    /// Sees the results in the order of the works, each as soon as those before it are there.
    pub show: &'a mut dyn FnMut(usize, &T),
}

/// Scripts nest deeper than the stack that a thread gets by itself.
const STACK: usize = 64 << 20;

impl<T: Send + 'static> Pool<'_, T> {
    /// Runs until all is done or somebody stops it: the results that there are, and whether it was stopped.
    pub fn run(self, events: &Receiver<Event<T>>, heard: &Sender<Event<T>>) -> (Vec<Option<T>>, bool) {
        let mut results: Vec<Option<T>> = std::iter::repeat_with(|| None).take(self.count).collect();
        let mut running: BTreeMap<usize, Instant> = BTreeMap::new();
        let (mut next, mut shown, mut stopped) = (0, 0, false);
        let mut last = self.count;
        loop {
            while next < last && running.len() < self.jobs {
                running.insert(next, Instant::now() + self.patience);
                if !self.start(next, heard) {
                    let _ = heard.send(Event::Done(next, (self.lost)(next)));
                }
                next += 1;
            }
            let Some(deadline) = running.values().min() else { break };
            let event = match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => {
                    let now = Instant::now();
                    let Some((&late, _)) = running.iter().find(|(_, deadline)| **deadline <= now) else { continue };
                    Event::Done(late, (self.lost)(late))
                }
                Err(RecvTimeoutError::Disconnected) => Event::Stop,
            };
            match event {
                Event::Done(at, result) => {
                    // Given up before: its result is known, and not this one.
                    if running.remove(&at).is_none() {
                        continue;
                    }
                    if (self.is_last)(&result) {
                        last = next;
                    }
                    results[at] = Some(result);
                }
                Event::Stop => {
                    stopped = true;
                    break;
                }
            }
            while let Some(Some(result)) = results.get(shown) {
                (self.show)(shown, result);
                shown += 1;
            }
        }
        for (at, result) in results.iter().enumerate().skip(shown) {
            if let Some(result) = result {
                (self.show)(at, result);
            }
        }
        (results, stopped)
    }

    fn start(&self, at: usize, heard: &Sender<Event<T>>) -> bool {
        let (work, heard) = (self.work.clone(), heard.clone());
        let thread = std::thread::Builder::new().name(format!("test {at}")).stack_size(STACK);
        let started = thread.spawn(move || {
            // Without a result the pool waits until its patience ends, which is the right answer to a panic here too.
            if let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(at))) {
                let _ = heard.send(Event::Done(at, result));
            }
        });
        started.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::{Event, Pool};

    const LONG: Duration = Duration::from_secs(60);

    type Work = Arc<dyn Fn(usize) -> String + Send + Sync>;

    /// What was shown, what there is, and whether it was stopped.
    fn run(
        jobs: usize,
        patience: Duration,
        work: Work,
        stop: impl FnOnce(Sender<Event<String>>),
    ) -> (Vec<String>, Vec<Option<String>>, bool) {
        let (heard, events) = channel();
        stop(heard.clone());
        let mut shown = Vec::new();
        let pool = Pool {
            count: 6,
            jobs,
            patience,
            work,
            lost: &|at| format!("lost {at}"),
            is_last: &|result| result == "last",
            show: &mut |at, result| shown.push(format!("{at}: {result}")),
        };
        let (results, stopped) = pool.run(&events, &heard);
        (shown, results, stopped)
    }

    #[test]
    fn results_come_in_order_whoever_is_first() {
        let work: Work = Arc::new(|at| {
            std::thread::sleep(Duration::from_millis(60 - 10 * at as u64));
            format!("{at}")
        });
        for jobs in [1, 2, 6, 9] {
            let (shown, results, stopped) = run(jobs, LONG, work.clone(), |_| {});
            assert_eq!(shown, ["0: 0", "1: 1", "2: 2", "3: 3", "4: 4", "5: 5"]);
            assert!(results.iter().all(Option::is_some) && !stopped);
        }
    }

    #[test]
    fn whoever_hangs_is_given_up_and_the_rest_runs() {
        let work: Work = Arc::new(|at| {
            if at == 1 {
                std::thread::sleep(Duration::from_secs(3600));
            }
            assert!(at != 3, "a panic in the work");
            format!("{at}")
        });
        let (shown, ..) = run(2, Duration::from_millis(300), work, |_| {});
        assert_eq!(shown, ["0: 0", "1: lost 1", "2: 2", "3: lost 3", "4: 4", "5: 5"]);
    }

    #[test]
    fn the_last_one_ends_it() {
        let work: Work = Arc::new(|at| if at == 2 { "last".to_owned() } else { format!("{at}") });
        let (shown, results, stopped) = run(1, LONG, work, |_| {});
        assert_eq!(shown, ["0: 0", "1: 1", "2: last"]);
        assert_eq!((results.iter().flatten().count(), stopped), (3, false));
    }

    #[test]
    fn a_stop_ends_it_at_once_with_what_there_is() {
        let (begin, begun) = channel();
        let work: Work = Arc::new(move |at| {
            if at == 0 {
                let _ = begin.send(());
                std::thread::sleep(Duration::from_secs(3600));
            }
            format!("{at}")
        });
        let (shown, results, stopped) = run(2, LONG, work, |heard| {
            std::thread::spawn(move || {
                let _ = begun.recv();
                let _ = heard.send(Event::Stop);
            });
        });
        assert_eq!(shown.len(), results.iter().flatten().count());
        assert!(results[0].is_none() && stopped);
    }
}
