//! The changes of a session in the order in which they were noted, and their way to the PBXs after all.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;

use crate::bindings::dispatch::Query;
use crate::bindings::fault::Fault;
use crate::bindings::object::Known;
use crate::bindings::planning::OnPlan;
use crate::bindings::value;
use crate::client::Arguments;
use crate::plan::{Allotted, Change, Place, Planned, Row, State, differences, is_unknown};
use crate::script::native::Map;

/// By these properties people tell apart what they delete.
const CALLED: [&str; 5] = ["Number", "Name", "FirstName", "LastName", "DisplayName"];

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
    /// What stands for values that a PBX allots, in all plans of the session: its variables hold it for long.
    allotted: Allotted,
    /// The objects that were as the plan has them when it began to be sent. What it has sent since has changed them, or others
    /// with them.
    compared: HashSet<(String, Place)>,
}

#[derive(Clone)]
struct Step {
    query: Query,
    change: Change,
    /// The properties whose values the PBX allots, and what stands for them.
    unknown: Vec<(&'static str, Value)>,
    /// What the script's object was known to have before.
    knew: Option<(Arc<Known>, Arc<Map>)>,
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

    /// Forgets everything: the objects of scripts have their changes before them again.
    pub fn discard(&self) {
        let mut noted = self.lock();
        for (known, before) in std::mem::take(&mut noted.steps).into_iter().rev().filter_map(|step| step.knew) {
            known.unlearn(before);
        }
        noted.allotted.give_up();
        noted.over();
    }

    /// May all of it be sent, as far as the modes of the PBXs go?
    ///
    /// # Errors
    /// The first change that may not.
    pub fn permitted(&self) -> Result<(), (String, Fault)> {
        let refused = |step: &Step, denied| (step.change.pbx.clone(), Fault::Denied(denied));
        let may =
            |step: &Step| step.query.guard().allows(step.query.operation).map(drop).map_err(|it| refused(step, it));
        self.lock().steps.iter().try_for_each(may)
    }

    /// Is everything that is to be changed still as it was when that was planned? Somebody else's work is not to be undone unseen.
    ///
    /// # Errors
    /// The first object that is not, or why the PBX could not be asked.
    pub fn compare(&self) -> Result<(), Fault> {
        for (query, place, planned) in self.fresh() {
            query.compare(&place, &planned)?;
            self.lock().compared.insert((query.url().to_owned(), place));
        }
        Ok(())
    }

    /// Sends everything in its order, as far as it goes: what is done is in the plan no more. `each` hears of every change before
    /// it is sent.
    ///
    /// # Errors
    /// Why the first change that is left was not done.
    pub fn apply(&self, mut each: impl FnMut(&Change)) -> Result<(), Fault> {
        let result = loop {
            let Some(step) = self.next() else { break Ok(()) };
            each(&step.change);
            match step.send() {
                Ok(answer) => self.done(&step, &answer),
                Err(fault) => break Err(fault),
            }
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
        unknown.iter().for_each(|(_, unknown)| noted.allotted.promise(unknown));
        let knew = query.settles.as_ref().map(|(known, _)| (known.clone(), known.now()));
        noted.steps.push_back(Step { query: query.agreed(), change, unknown, knew });
    }

    /// Puts what was allotted since in its place, and gives what still stands for nothing; or for nothing yet, where that is too
    /// early.
    pub(super) fn resolve(&self, arguments: &mut Arguments, yet: bool) -> Option<Value> {
        let noted = self.lock();
        if noted.allotted.is_empty() {
            return None;
        }
        fill(&noted.allotted, arguments);
        let mut given = arguments.parameters.iter().flatten().chain(&arguments.body);
        given.find_map(|value| noted.allotted.missing(value, yet))
    }

    pub(super) fn find(&self, url: &str, place: &Place) -> Option<Planned> {
        self.lock().states.get(url)?.find(place).cloned()
    }

    /// The first object of a set that fits.
    pub(super) fn search(&self, url: &str, set: &str, fits: impl Fn(&Planned) -> bool) -> Option<Planned> {
        let noted = self.lock();
        noted.states.get(url)?.of_set(set).map(|(_, planned)| planned).find(|planned| fits(planned)).cloned()
    }

    pub(super) fn of_set(&self, url: &str, set: &str) -> Vec<(Place, Planned)> {
        let noted = self.lock();
        let state = noted.states.get(url).into_iter();
        state.flat_map(|state| state.of_set(set)).map(|(place, planned)| (place.clone(), planned.clone())).collect()
    }

    /// The objects that are there, that the plan changes, and that were not compared yet.
    fn fresh(&self) -> Vec<(Query, Place, Planned)> {
        let noted = self.lock();
        let mut met = HashSet::new();
        let deeds = noted.steps.iter().flat_map(|step| step.change.deeds.iter().map(move |deed| (&step.query, deed)));
        let fresh = deeds.filter_map(|(query, deed)| {
            let (url, place) = (query.url(), deed.place());
            let planned = noted.states.get(url)?.find(place)?;
            let is_fresh = met.insert((url, place)) && !noted.compared.contains(&(url.to_owned(), place.clone()));
            is_fresh.then(|| (query.clone(), place.clone(), planned.clone()))
        });
        fresh.collect()
    }

    /// The first change, with what is known by now in it.
    fn next(&self) -> Option<Step> {
        let noted = self.lock();
        let mut step = noted.steps.front()?.clone();
        step.fill(&noted.allotted);
        Some(step)
    }

    fn done(&self, step: &Step, answer: &Value) {
        let mut noted = self.lock();
        for (name, unknown) in &step.unknown {
            if let Some(value) = answer.get(name).filter(|value| !value.is_null() && !is_unknown(value)) {
                noted.allotted.learn(unknown, value.clone());
            }
        }
        noted.steps.pop_front();
    }

    /// What is left is about what is there by now.
    fn settle(&self) {
        let mut noted = self.lock();
        if noted.steps.is_empty() {
            noted.allotted.give_up();
            return noted.over();
        }
        let Noted { steps, allotted, states, compared, .. } = &mut *noted;
        steps.iter_mut().for_each(|step| step.fill(allotted));
        states.clear();
        for step in steps.iter() {
            states.entry(step.query.url().to_owned()).or_default().add(&step.change);
            // Those that are made by now are nobody else's either.
            let places = step.change.deeds.iter().map(|deed| (step.query.url().to_owned(), deed.place().clone()));
            compared.extend(places);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Noted {
    /// The plan ends; what was allotted for it stays.
    fn over(&mut self) {
        self.steps.clear();
        self.states.clear();
        self.compared.clear();
    }
}

impl Step {
    fn fill(&mut self, allotted: &Allotted) {
        allotted.fill_change(&mut self.change);
        fill(allotted, &mut self.query.arguments);
    }

    /// Does it, and gives what the PBX answered.
    fn send(&self) -> Result<Value, Fault> {
        let Query { operation, connection, .. } = &self.query;
        let mut query = self.query.clone();
        if let Some(unknown) = connection.plans().resolve(&mut query.arguments, true) {
            return Err(query.unplanned(Some(&unknown), OnPlan::New));
        }
        let answer = query.sent().inspect_err(|fault| connection.failed(operation, fault))?;
        connection.carried_out(operation);
        let answer = value::to_json(&answer);
        let told = self.unknown.iter().all(|(name, _)| answer.get(name).is_some_and(|value| !value.is_null()));
        // Whatever the answer keeps back is to be seen on what was made.
        Ok(if told { answer } else { self.query.made().unwrap_or(answer) })
    }
}

impl Query {
    /// Is an object still as it was when its change was planned? One that is to be deleted is still the same, if it is called so.
    fn compare(&self, place: &Place, planned: &Planned) -> Result<(), Fault> {
        let (before, names): (&Row, Vec<&str>) = match planned {
            Planned::Altered { before, fields } => (before, fields.keys().map(String::as_str).collect()),
            Planned::Gone(Some(before)) => (before, CALLED.to_vec()),
            Planned::New(_) | Planned::Gone(None) => return Ok(()),
        };
        let was = names.iter().filter_map(|name| before.get_key_value(*name));
        let then: Row = was.map(|(name, value)| (name.clone(), value.clone())).collect();
        // Nobody knows how it was, where the PBX shows none of its kind alone.
        if before.is_empty() {
            return Ok(());
        }
        // The key as the PBX sent it.
        let key = place.key.as_ref().map(|text| {
            let sent = self.key_of(place.set).and_then(|(name, _)| before.get(name));
            sent.cloned().unwrap_or_else(|| Value::from(text.as_str()))
        });
        let Some(now) = self.look_up(place.set, key.as_ref(), &then)? else { return Ok(()) };
        let changed: Vec<String> = differences(&now, &then).into_iter().map(|it| it.path).collect();
        if changed.is_empty() {
            return Ok(());
        }
        let what = place.key.clone().unwrap_or_default();
        Err(Fault::PlanStale { operation: self.operation.full_name(), what, changed })
    }
}

fn fill(allotted: &Allotted, arguments: &mut Arguments) {
    let Arguments { parameters, body, options, .. } = arguments;
    parameters.iter_mut().flatten().chain(body).for_each(|value| allotted.fill(value));
    options.filter.iter_mut().for_each(|filter| allotted.fill_text(filter));
}
