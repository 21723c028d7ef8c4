//! How far a loop, a file or a list is, for a person who waits.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::kit::given::cut;
use crate::kit::sequence::Sequence;
use crate::kit::{Hands, Person};
use crate::script::Doc;
use crate::script::native::{Dynamic, Engine, EvalAltResult, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[Doc {
    name: "progress",
    calls: &["progress(items) → items", "progress(items, label: string) → items", "progress(text: string)"],
    text: "Gives the same items, and shows on a terminal how far the loop over them is; elsewhere it shows nothing. The number of \
           items is shown where it is known without a request. A text alone stands on the line until the next output.",
    example: "for user in progress(pbx.users.list(#{ top: 5 }), \"users\") {\n    user.Number;\n}\nprogress(\"nearly done\");",
}];

/// How often a line is drawn, at most.
const PAUSE: Duration = Duration::from_millis(60);

/// The cells of a bar.
const CELLS: u64 = 24;

/// Items that show how far a loop is.
#[derive(Clone)]
pub(super) struct Progress {
    hands: Arc<Hands>,
    items: Dynamic,
    label: String,
}

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    engine.register_type_with_name::<Progress>("Progress").register_iterator_result::<Progress, Dynamic>();
    let hand = hands.clone();
    engine.register_fn("progress", move |context: NativeCallContext, items: Dynamic| {
        progress(&hand, items, "", &context)
    });
    let hand = hands.clone();
    engine.register_fn("progress", move |context: NativeCallContext, items: Dynamic, label: &str| {
        progress(&hand, items, label, &context)
    });
}

fn progress(hands: &Arc<Hands>, items: Dynamic, label: &str, context: &NativeCallContext) -> Outcome {
    if items.is_string() && label.is_empty() {
        if let Some(person) = &hands.person {
            let text = items.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = cut(line.to_owned(), person.width().saturating_sub(2));
            person.progress(Some(line.as_str()).filter(|line| !line.is_empty()));
        }
        return Ok(Dynamic::UNIT);
    }
    let items = hands.iterable(items, context)?;
    let label = label.lines().next().unwrap_or_default().to_owned();
    Ok(Dynamic::from(Progress { hands: hands.clone(), items, label }))
}

impl Progress {
    pub(super) fn sequence(&self) -> Sequence {
        let inner = self.hands.sequence(&self.items);
        let Sequence { items, total } =
            inner.unwrap_or_else(|| Sequence { items: Box::new(std::iter::empty()), total: Some(0) });
        let person = self.hands.person.clone();
        let bar = Bar { items, total, begun: 0, label: self.label.clone(), person, drawn: None };
        Sequence { items: Box::new(bar), total }
    }
}

impl IntoIterator for Progress {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = Box<dyn Iterator<Item = Outcome> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        self.sequence().items
    }
}

struct Bar {
    items: Box<dyn Iterator<Item = Outcome> + Send>,
    total: Option<u64>,
    begun: u64,
    label: String,
    person: Option<Arc<dyn Person>>,
    drawn: Option<Instant>,
}

impl Iterator for Bar {
    type Item = Outcome;

    fn next(&mut self) -> Option<Outcome> {
        let item = self.items.next();
        if let Some(person) = &self.person {
            match &item {
                Some(Ok(_)) if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) => {
                    self.drawn = Some(Instant::now());
                    person.progress(Some(&line(&self.label, self.begun, self.total, person.width())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => person.progress(None),
            }
        }
        self.begun += 1;
        item
    }
}

impl Drop for Bar {
    /// A loop may be left in its middle.
    fn drop(&mut self) {
        if let (Some(person), true) = (&self.person, self.drawn.is_some()) {
            person.progress(None);
        }
    }
}

/// `users [########----------------] 34/100`
fn line(label: &str, done: u64, total: Option<u64>, width: usize) -> String {
    let label = if label.is_empty() { String::new() } else { format!("{label} ") };
    let line = match total {
        Some(total) => {
            format!("{label}{} {done}/{total}", bar(done, total))
        }
        None => format!("{label}{done} …"),
    };
    cut(line, width.saturating_sub(2))
}

fn bar(done: u64, total: u64) -> String {
    let full = done.min(total).saturating_mul(CELLS).checked_div(total).unwrap_or(CELLS);
    let cells: String = (0..CELLS).map(|cell| if cell < full { '#' } else { '-' }).collect();
    format!("[{cells}]")
}

/// What takes less time than this is not worth a line.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the line of something that is carried is drawn anew.
const BEAT: Duration = Duration::from_millis(100);

/// The person who sees how far things are, and whether the one line for it is taken.
#[derive(Clone, Default)]
pub struct Display {
    person: Option<Arc<dyn Person>>,
    taken: Arc<AtomicBool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Bytes,
    Rows,
}

impl Display {
    /// Without a person nothing is drawn.
    #[must_use]
    pub fn new(person: Option<Arc<dyn Person>>) -> Display {
        Display { person, taken: Arc::default() }
    }

    /// Begins to watch something. It is drawn by a thread of its own, so that whoever carries only counts, and a line that
    /// stands still is seen to do so.
    #[must_use]
    pub fn meter(&self, path: &str, unit: Unit, total: Option<u64>) -> Meter {
        let Some(person) = self.person.clone() else { return Meter::default() };
        let count = Arc::new(Count { total: AtomicU64::new(total.unwrap_or(UNKNOWN)), ..Count::default() });
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let label: String = name.chars().filter(|c| !c.is_control()).collect();
        let line = Line { person, taken: self.taken.clone(), label, unit, count: count.clone() };
        // Without a thread there is no line, and everything else goes on.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(move || line.keep()).ok();
        Meter { count, thread }
    }
}

const UNKNOWN: u64 = u64::MAX;

/// How far it is.
#[derive(Default)]
struct Count {
    done: AtomicU64,
    total: AtomicU64,
    /// Somebody has been waiting long enough to see it.
    shown: AtomicBool,
    over: Mutex<bool>,
    ended: Condvar,
}

/// Something that is being carried; its line goes with it.
#[derive(Default)]
pub struct Meter {
    count: Arc<Count>,
    thread: Option<JoinHandle<()>>,
}

impl Meter {
    pub fn at(&self, done: u64) {
        self.count.done.store(done, Ordering::Relaxed);
    }

    pub fn total(&self, total: u64) {
        self.count.total.store(total, Ordering::Relaxed);
    }

    /// Does somebody see it?
    #[must_use]
    pub fn is_shown(&self) -> bool {
        self.count.shown.load(Ordering::Relaxed)
    }

    /// For those who count elsewhere.
    pub fn counter(&self) -> impl Fn(u64) + Send + Sync + 'static {
        let count = self.count.clone();
        move |done| count.done.store(done, Ordering::Relaxed)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        *self.count.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.count.ended.notify_all();
        if let Some(thread) = self.thread.take() {
            // Its line is gone before anything else is written.
            let _ = thread.join();
        }
    }
}

struct Line {
    person: Arc<dyn Person>,
    taken: Arc<AtomicBool>,
    label: String,
    unit: Unit,
    count: Arc<Count>,
}

impl Line {
    fn keep(self) {
        let (begun, mut pause, mut mine) = (Instant::now(), PATIENCE, false);
        let mut over = self.count.over.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let waited = self.count.ended.wait_timeout_while(over, pause, |over| !*over);
            over = waited.unwrap_or_else(PoisonError::into_inner).0;
            if *over {
                break;
            }
            // Where several are carried at once, the first one is seen, and the next when it has arrived.
            mine = mine || !self.taken.swap(true, Ordering::SeqCst);
            if mine {
                self.count.shown.store(true, Ordering::Relaxed);
                self.person.progress(Some(&self.text(begun.elapsed())));
            }
            pause = BEAT;
        }
        if mine {
            self.person.progress(None);
            self.taken.store(false, Ordering::SeqCst);
        }
    }

    fn text(&self, time: Duration) -> String {
        let done = self.count.done.load(Ordering::Relaxed);
        let total = Some(self.count.total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN);
        let width = self.person.width();
        match self.unit {
            Unit::Rows => line(&self.label, done, total, width),
            Unit::Bytes => bytes(&self.label, done, total, time, width),
        }
    }
}

/// `chats.csv [######------------------] 1.2 of 4.6 MB, 0.8 MB/s`
fn bytes(label: &str, done: u64, total: Option<u64>, time: Duration, width: usize) -> String {
    let rate = done as f64 / time.as_secs_f64().max(0.001);
    let rate = size(rate as u64);
    let line = match total {
        Some(total) => {
            let (all, unit) = parts(total);
            let scaled = done as f64 / scale(total);
            let part = if scale(total) > 1.0 { format!("{scaled:.1}") } else { format!("{scaled}") };
            format!("{label} {} {part} of {all} {unit}, {rate}/s", bar(done, total))
        }
        None => format!("{label} {}, {rate}/s", size(done)),
    };
    cut(line, width.saturating_sub(2))
}

fn scale(bytes: u64) -> f64 {
    match bytes {
        0..1_000 => 1.0,
        1_000..1_000_000 => 1e3,
        1_000_000..1_000_000_000 => 1e6,
        _ => 1e9,
    }
}

fn parts(bytes: u64) -> (String, &'static str) {
    let scaled = bytes as f64 / scale(bytes);
    match bytes {
        0..1_000 => (bytes.to_string(), "B"),
        1_000..1_000_000 => (format!("{scaled:.1}"), "kB"),
        1_000_000..1_000_000_000 => (format!("{scaled:.1}"), "MB"),
        _ => (format!("{scaled:.1}"), "GB"),
    }
}

fn size(bytes: u64) -> String {
    let (number, unit) = parts(bytes);
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::{Duration, Instant};

    use super::{BEAT, Display, Unit, bytes, line};
    use crate::kit::Person;

    #[test]
    fn lines_fit_the_terminal() {
        assert_eq!(line("users", 50, Some(100), 80), "users [############------------] 50/100");
        assert_eq!(line("", 3, None, 80), "3 …");
        assert_eq!(line("", 0, Some(0), 80), "[########################] 0/0");
        assert_eq!(line("a long label", 1, Some(2), 12), "a long lab…");
    }

    #[test]
    fn bytes_have_a_rate_and_a_total_where_it_is_known() {
        let second = Duration::from_secs(1);
        let half = "[############------------]";
        assert_eq!(
            bytes("a.wav", 600_000, Some(1_200_000), second, 80),
            format!("a.wav {half} 0.6 of 1.2 MB, 600.0 kB/s")
        );
        assert_eq!(bytes("a.wav", 100, Some(200), second, 80), format!("a.wav {half} 100 of 200 B, 100 B/s"));
        assert_eq!(bytes("a.csv", 3_100_000_000, None, second * 2, 80), "a.csv 3.1 GB, 1.6 GB/s");
        assert_eq!(bytes("a.csv", 0, None, Duration::ZERO, 80), "a.csv 0 B, 0 B/s");
        assert_eq!(bytes("a long label", 0, None, second, 12), "a long lab…");
    }

    #[derive(Default)]
    struct Somebody(Mutex<Vec<Option<String>>>);

    impl Person for Somebody {
        fn ask(&self, _: &str, _: bool) -> std::io::Result<Option<String>> {
            Ok(None)
        }

        fn progress(&self, line: Option<&str>) {
            self.0.lock().unwrap().push(line.map(str::to_owned));
        }

        fn width(&self) -> usize {
            80
        }
    }

    #[test]
    fn what_takes_long_is_drawn_and_wiped_and_what_does_not_is_not() {
        let somebody = Arc::new(Somebody::default());
        let display = Display::new(Some(somebody.clone()));
        let meter = display.meter("out/a.csv", Unit::Rows, None);
        meter.at(7);
        drop(meter);
        assert_eq!(*somebody.0.lock().unwrap(), []);
        let (first, second) = (display.meter("a.csv", Unit::Rows, Some(10)), display.meter("b.csv", Unit::Rows, None));
        first.at(5);
        let begun = Instant::now();
        while !(first.is_shown() || second.is_shown()) && begun.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(10));
        }
        // The other one could be drawn now, if it did not wait.
        std::thread::sleep(BEAT * 3);
        assert!(first.is_shown() != second.is_shown());
        drop((first, second));
        let lines = somebody.0.lock().unwrap().clone();
        let label = |line: &Option<String>| line.as_ref().map(|line| line[..5].to_owned());
        assert!(lines.len() >= 2 && lines[0].is_some() && lines.last() == Some(&None), "{lines:?}");
        // Two lines are never drawn over each other.
        let alternate = |two: &[Option<String>]| two.iter().all(Option::is_some) && label(&two[0]) != label(&two[1]);
        assert!(!lines.windows(2).any(alternate), "{lines:?}");
    }
}
