//! The changes of a session in the order in which they were noted, and their way to the PBXs after all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::bindings::dispatch::Query;
use crate::bindings::fault::Fault;
use crate::bindings::planning::OnPlan;
use crate::bindings::value;
use crate::client::Arguments;
use crate::plan::{Allotted, Change, Deed, Place, Planned, Row, State, differences, first_unknown, is_unknown};

/// The changes that are planned, on all PBXs of a session. Clones are the same plan.
#[derive(Clone)]
pub struct Plans {
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    noted: Arc<Mutex<Noted>>,
}

#[derive(Default)]
struct Noted {
    steps: VecDeque<Step>,
    /// By the address of the PBX.
    states: HashMap<String, State>,
    made: u32,
    /// What the PBXs gave to those changes that are done.
    allotted: Allotted,
    /// The objects that these were about: they are no longer as they were when the rest was planned.
    reached: HashSet<(String, Place)>,
}

#[derive(Clone)]
struct Step {
    query: Query,
    change: Change,
    /// The properties whose values the PBX allots, and what stands for them.
    unknown: Vec<(&'static str, Value)>,
}

impl Plans {
    #[must_use]
    pub fn new(clock: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Plans {
        Plans { clock, noted: Arc::default() }
    }

    /// Everything that is planned.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        self.lock().steps.iter().map(|step| step.change.clone()).collect()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().steps.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Is a person to be asked before any of it is sent?
    #[must_use]
    pub fn wants_a_yes(&self) -> bool {
        self.lock().steps.iter().any(|step| step.query.connection.guard().asks())
    }

    /// Forgets everything.
    pub fn discard(&self) {
        *self.lock() = Noted::default();
    }

    /// Sends everything in its order, as far as it goes: what is done is in the plan no more. `each` hears of every change before
    /// it is sent.
    ///
    /// # Errors
    /// Why the first change that is left was not done.
    pub fn apply(&self, mut each: impl FnMut(&Change)) -> Result<usize, Fault> {
        let mut done = 0;
        let result = loop {
            let Some((step, fresh)) = self.next() else { break Ok(done) };
            each(&step.change);
            match step.send(&fresh) {
                Ok(answer) => self.done(&step, &answer),
                Err(fault) => break Err(fault),
            }
            done += 1;
        };
        self.settle();
        result
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A number that nothing was made with before.
    pub(super) fn count(&self) -> u32 {
        let mut noted = self.lock();
        noted.made += 1;
        noted.made
    }

    pub(super) fn note(&self, query: Query, change: Change, unknown: Vec<(&'static str, Value)>) {
        let mut noted = self.lock();
        noted.states.entry(query.url().to_owned()).or_default().add(&change);
        noted.steps.push_back(Step { query: query.agreed(), change, unknown });
    }

    pub(super) fn find(&self, url: &str, place: &Place) -> Option<Planned> {
        self.lock().states.get(url)?.find(place).cloned()
    }

    pub(super) fn of_set(&self, url: &str, set: &str) -> Vec<(Place, Planned)> {
        let noted = self.lock();
        let state = noted.states.get(url).into_iter();
        state.flat_map(|state| state.of_set(set)).map(|(place, planned)| (place.clone(), planned.clone())).collect()
    }

    /// The first change, with what is known by now in it, and what it does to objects that no change before it has reached.
    fn next(&self) -> Option<(Step, Vec<Deed>)> {
        let noted = self.lock();
        let mut step = noted.steps.front()?.clone();
        step.fill(&noted.allotted);
        let reached = |deed: &&Deed| noted.reached.contains(&(step.query.url().to_owned(), deed.place().clone()));
        let fresh = step.change.deeds.iter().filter(|deed| !reached(deed)).cloned().collect();
        Some((step, fresh))
    }

    fn done(&self, step: &Step, answer: &Value) {
        let mut noted = self.lock();
        for (name, unknown) in &step.unknown {
            if let Some(value) = answer.get(name).filter(|value| !value.is_null() && !is_unknown(value)) {
                noted.allotted.learn(unknown, value.clone());
            }
        }
        let places = step.change.deeds.iter().map(|deed| (step.query.url().to_owned(), deed.place().clone()));
        noted.reached.extend(places);
        noted.steps.pop_front();
    }

    /// What is left is about what is there by now.
    fn settle(&self) {
        let mut noted = self.lock();
        if noted.steps.is_empty() {
            *noted = Noted { made: noted.made, ..Noted::default() };
            return;
        }
        let Noted { steps, allotted, states, .. } = &mut *noted;
        steps.iter_mut().for_each(|step| step.fill(allotted));
        states.clear();
        for step in steps.iter() {
            states.entry(step.query.url().to_owned()).or_default().add(&step.change);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Step {
    fn fill(&mut self, allotted: &Allotted) {
        allotted.fill_change(&mut self.change);
        let Arguments { parameters, body, .. } = &mut self.query.arguments;
        parameters.iter_mut().flatten().chain(body).for_each(|value| allotted.fill(value));
    }

    /// Does it, if nothing stands against it by now, and gives what the PBX answered.
    fn send(&self, fresh: &[Deed]) -> Result<Value, Fault> {
        let query = &self.query;
        let given = query.arguments.parameters.iter().flatten().chain(&query.arguments.body);
        if let Some(unknown) = given.into_iter().find_map(first_unknown) {
            return Err(query.unplanned(Some(unknown), OnPlan::New));
        }
        fresh.iter().try_for_each(|deed| self.compare(deed))?;
        let operation = query.operation;
        let answer = query.clone().sent().inspect_err(|fault| query.connection.failed(operation, fault))?;
        query.connection.carried_out(operation);
        Ok(value::to_json(&answer))
    }

    /// Is what is to be changed still as it was when it was planned? Somebody else's work is not to be undone unseen.
    fn compare(&self, deed: &Deed) -> Result<(), Fault> {
        let Deed::Alter { place, before, fields } = deed else { return Ok(()) };
        let query = &self.query;
        if before.is_empty() {
            return Ok(());
        }
        // The key as the PBX sent it.
        let key = place.key.as_ref().map(|text| {
            let sent = query.key_of(place.set).and_then(|(name, _)| before.get(name));
            sent.cloned().unwrap_or_else(|| Value::from(text.as_str()))
        });
        let Some(now) = query.look_up(place.set, key.as_ref(), fields)? else { return Ok(()) };
        let then: Row =
            before.iter().filter(|(name, _)| fields.contains_key(*name)).map(|(k, v)| (k.clone(), v.clone())).collect();
        let changed: Vec<String> = differences(&now, &then).into_iter().map(|it| it.path).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let what = place.key.clone().unwrap_or_default();
        Err(Fault::PlanStale { operation: self.change.operation.clone(), what, changed })
    }
}
