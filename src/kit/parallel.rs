//! Many things at once: threads that call a closure of the script.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::kit::flow::ended;
use crate::kit::given::{between, cut};
use crate::kit::options::Options;
use crate::kit::{Fault, Hands};
use crate::script::native::{Array, Dynamic, Engine, EvalAltResult, FnPtr, INT, Map, NativeCallContext, Outcome};
use crate::script::{Carried, Doc, Ending, Kind, Origin, Raised, call_with, caught, is_final, own_closure, own_value};

pub(super) const DOCS: &[Doc] = &[Doc {
    name: "parallel",
    calls: &[
        "parallel(items, workers: int, |item, index| …) → array",
        "parallel(items, #{ workers: int, on_error: \"stop\" or \"collect\" }, |item, index| …) → array",
    ],
    text: "Calls the closure for every item, with up to `workers` (1 to 32, else 4) of them at once, and gives the values in the \
           order of the items: those of an array, a range, a list of a PBX (page by page) or whatever else a `for` goes through. \
           After an error no further item begins, those under way are finished, and the error is that of the first failed \
           item: beside its own properties it has `e.item`, `e.index`, and `e.error` as thrown. With `on_error: \"collect\"` all \
           items are done, and each gives `#{ ok: true, item, value }` or `#{ ok: false, item, error }`. Every worker has copies \
           of the variables around the closure: give values back instead of changing them. Ctrl-C, `exit` and limits end all \
           workers at once.",
    example: "let names = parallel([\"100\", \"101\"], 2, |number| pbx.users.get_by_number(number).FirstName);\n\
              let results = parallel([100, 0], #{ workers: 2, on_error: \"collect\" }, |n| 100 / n);\n\
              print(results.filter(|result| !result.ok).len());",
}];

/// More at once would only queue up in the PBX.
const MOST: INT = 32;
const USUAL: INT = 4;

/// Closures nest as deep as scripts do.
const STACK: usize = 64 << 20;

/// How long a waiting thread takes to see that the run ends.
const NAP: Duration = Duration::from_millis(20);

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("parallel", move |context: NativeCallContext, items: Dynamic, workers: INT, closure: FnPtr| {
        let mut options = Map::new();
        options.insert("workers".into(), workers.into());
        hand.parallel(&context, items, &options, &closure)
    });
    let hand = hands.clone();
    engine.register_fn("parallel", move |context: NativeCallContext, items: Dynamic, options: Map, closure: FnPtr| {
        hand.parallel(&context, items, &options, &closure)
    });
    let hand = hands.clone();
    engine.register_fn("parallel", move |context: NativeCallContext, items: Dynamic, closure: FnPtr| {
        hand.parallel(&context, items, &Map::new(), &closure)
    });
}

pub(super) struct Plan {
    workers: usize,
    collect: bool,
}

impl Plan {
    pub(super) fn read(options: &Map) -> Result<Plan, Fault> {
        let options = Options::of("parallel", options)?;
        let workers = options.given("workers").map(|given| between("workers", given, 1, MOST));
        let workers = workers.transpose()?.unwrap_or(USUAL);
        let collect = match options.given("on_error").map(ToString::to_string).as_deref() {
            None | Some("stop") => false,
            Some("collect") => true,
            Some(_) => return Err(options.wrong("on_error", "\"stop\" or \"collect\"")),
        };
        Ok(Plan { workers: usize::try_from(workers).unwrap_or(1), collect })
    }
}

/// What one item came to.
struct Done {
    item: Dynamic,
    outcome: Outcome,
}

type Panic = Box<dyn Any + Send>;

/// What the threads share.
#[derive(Default)]
struct Work {
    waiting: VecDeque<(usize, Dynamic)>,
    /// No further item comes.
    closed: bool,
    done: Vec<Option<Done>>,
    /// The error that no script catches: it ends everything.
    ended: Option<Box<EvalAltResult>>,
    panic: Option<Panic>,
}

#[derive(Default)]
struct Desk {
    work: Mutex<Work>,
    moved: Condvar,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, work: MutexGuard<'a, Work>) -> MutexGuard<'a, Work> {
        self.moved.wait_timeout(work, NAP).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for the next item; none when there will be none.
    fn take(&self) -> Option<(usize, Dynamic)> {
        let mut work = self.lock();
        loop {
            if let Some(next) = work.waiting.pop_front() {
                self.moved.notify_all();
                return Some(next);
            }
            if work.closed {
                return None;
            }
            work = self.wait(work);
        }
    }

    /// Closes the desk; items that wait are not begun.
    fn abandon(&self, work: &mut Work) {
        work.closed = true;
        work.waiting.clear();
        self.moved.notify_all();
    }
}

/// Closes the desk whatever happens: the workers would wait for ever.
struct Open<'a>(&'a Desk);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.moved.notify_all();
    }
}

impl Hands {
    fn parallel(&self, context: &NativeCallContext, items: Dynamic, options: &Map, closure: &FnPtr) -> Outcome {
        let plan = Plan::read(options).map_err(|fault| self.raise(fault, context))?;
        let items = self.iterable(items, context)?;
        let desk = Desk::default();
        let (carried, engine) = (Carried::of(context), context.engine());
        let fed = std::thread::scope(|scope| {
            let open = Open(&desk);
            for _ in 0..plan.workers {
                let own = own_closure(closure);
                let (desk, carried, plan) = (&desk, &carried, &plan);
                let work = move || self.work(desk, &carried.context(engine), &own, plan);
                let thread = std::thread::Builder::new().name("worker".to_owned()).stack_size(STACK);
                if let Err(error) = thread.spawn_scoped(scope, work) {
                    desk.abandon(&mut desk.lock());
                    return Err(self.raise(Fault::Threads { reason: error.to_string() }, context));
                }
            }
            let fed = self.feed(&desk, &items, &plan);
            drop(open);
            fed
        });
        let work = std::mem::take(&mut *desk.lock());
        if let Some(panic) = work.panic {
            resume_unwind(panic);
        }
        if let Some(ended) = work.ended {
            return Err(ended);
        }
        if fed.as_ref().is_err_and(|error| is_final(error)) {
            return fed.map(|()| Dynamic::UNIT);
        }
        // The errors of items come before that of the items' source: they were earlier.
        let results = self.results(context, work.done, plan.collect)?;
        fed.map(|()| results.into())
    }

    /// Hands the items out, a few ahead of the workers.
    fn feed(&self, desk: &Desk, items: &Dynamic, plan: &Plan) -> Outcome<()> {
        let Some(sequence) = self.sequence(items) else { return Ok(()) };
        for (index, item) in sequence.items.enumerate() {
            let item = match item {
                Ok(item) => own_value(&item),
                Err(error) => {
                    desk.abandon(&mut desk.lock());
                    return Err(error);
                }
            };
            let mut work = desk.lock();
            while work.waiting.len() >= plan.workers && !work.closed {
                work = desk.wait(work);
            }
            if work.closed {
                break;
            }
            work.done.push(None);
            work.waiting.push_back((index, item));
            desk.moved.notify_all();
        }
        Ok(())
    }

    fn work(&self, desk: &Desk, context: &NativeCallContext, closure: &FnPtr, plan: &Plan) {
        while let Some((index, item)) = desk.take() {
            let given = [item.clone(), Dynamic::from(INT::try_from(index).unwrap_or(INT::MAX))];
            let outcome = catch_unwind(AssertUnwindSafe(|| match (self.stop)() {
                Some(ending) => Err(ended(ending)),
                None => call_with(context, closure, &given),
            }));
            let mut work = desk.lock();
            match outcome {
                Err(panic) => {
                    desk.abandon(&mut work);
                    work.panic.get_or_insert(panic);
                }
                Ok(Err(error)) if is_final(&error) => {
                    desk.abandon(&mut work);
                    self.end_all(&error);
                    work.ended.get_or_insert(error);
                }
                Ok(outcome) => {
                    if outcome.is_err() && !plan.collect {
                        desk.abandon(&mut work);
                    }
                    if let Some(place) = work.done.get_mut(index) {
                        *place = Some(Done { item, outcome });
                    }
                }
            }
        }
    }

    /// What ends one worker ends the run, and so the requests of the others.
    fn end_all(&self, error: &EvalAltResult) {
        if let EvalAltResult::ErrorTerminated(token, _) = error.unwrap_inner()
            && let Some(ending) = token.clone().try_cast::<Ending>()
        {
            (self.end)(ending);
        }
    }

    fn results(&self, context: &NativeCallContext, done: Vec<Option<Done>>, collect: bool) -> Outcome<Array> {
        let mut results = Array::with_capacity(done.len());
        for (index, done) in done.into_iter().enumerate() {
            let Some(Done { item, outcome }) = done else { continue };
            let result = match (outcome, collect) {
                (Ok(value), false) => value,
                (Ok(value), true) => told(item, "value", value),
                (Err(mut error), collect) => {
                    let thrown = caught(&mut error, context.call_source()).unwrap_or_default();
                    if !collect {
                        return Err(self.of_item(context, item, index, thrown, error));
                    }
                    told(item, "error", thrown)
                }
            };
            results.push(result);
        }
        Ok(results)
    }

    /// The error of one item, at the place where it happened.
    fn of_item(
        &self,
        context: &NativeCallContext,
        item: Dynamic,
        index: usize,
        thrown: Dynamic,
        error: Box<EvalAltResult>,
    ) -> Box<EvalAltResult> {
        let origin = Origin::of(&error, context.call_source());
        within(*error, |inner| {
            let shown = cut(self.shown(&item), 60);
            let fault = Fault::Item { item, shown, index, thrown, kind: Kind::of(inner) };
            let wording = (self.words)(&fault);
            Raised::at(fault, wording, origin)
        })
    }
}

/// Another error in the place of the innermost, with the calls that led to it.
fn within(error: EvalAltResult, other: impl FnOnce(EvalAltResult) -> Box<EvalAltResult>) -> Box<EvalAltResult> {
    match error {
        EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
            EvalAltResult::ErrorInFunctionCall(name, source, within(*inner, other), position).into()
        }
        EvalAltResult::ErrorInModule(name, inner, position) => {
            EvalAltResult::ErrorInModule(name, within(*inner, other), position).into()
        }
        mut inner => {
            let _ = inner.take_position();
            other(inner)
        }
    }
}

fn told(item: Dynamic, name: &str, value: Dynamic) -> Dynamic {
    let mut map = Map::new();
    map.insert("ok".into(), (name == "value").into());
    map.insert("item".into(), item);
    map.insert(name.into(), value);
    map.into()
}
