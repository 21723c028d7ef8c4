//! The catalog as functions and object types of the script language: generic, with no operation's name in it.

mod arguments;
mod connection;
mod deeds;
mod diff;
mod dispatch;
mod docs;
mod download;
mod exchange;
mod fate;
mod fault;
mod filters;
mod functions;
mod list;
mod list_functions;
mod object;
mod object_functions;
mod options;
mod planning;
mod rules;
mod save;
mod schema;
mod slots;
mod spelling;
mod upload;
pub mod value;

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use secrecy::SecretString;

pub use arguments::signature;
use arguments::wrong_type;
pub use connection::{Connection, Link, Note, Resource, Voice};
pub use deeds::{Account, Deed};
pub use docs::docs;
pub use download::Download;
pub use fault::{Fault, Half, Unsure, Words, client_code};
pub use list::{AHEAD, List, MOST_AHEAD};
pub use object::Object;
pub use planning::{OnPlan, Plans};

/// Which names are those of secrets, and what hides them; for those who show values.
pub use crate::client::secrets;
pub(crate) use rules::Rules;
pub use spelling::spelling;
pub use upload::Unfit;
pub(crate) use value::Unknown;

use crate::catalog::overlay::renamed;
use crate::catalog::{Catalog, Shape};
use crate::config::Profile;
use crate::script::native::{Dynamic, Engine, EvalAltResult, ImmutableString, Map, Module, NativeCallContext};
pub(crate) use crate::script::nearest;
use crate::script::{Host, Raised, Survey};
use schema::Schema;

/// Opens further connections: `connect("branch-7")`.
pub type Connect = Arc<dyn Fn(&Target) -> Result<Connection, Fault> + Send + Sync>;

/// Finds the profiles that have a tag, or all: `profiles("berlin")`.
pub type Profiles = Arc<dyn Fn(Option<&str>) -> Result<Vec<Profile>, Fault> + Send + Sync>;

/// What a script asks to be connected to.
#[derive(Debug, Clone)]
pub enum Target {
    Named(String),
    /// The settings themselves: `#{ url: …, client_id: …, client_secret: … }`.
    Settings {
        url: String,
        client_id: String,
        client_secret: SecretString,
    },
}

/// The world of PBXs, plugged into an engine.
pub struct Bindings {
    catalog: &'static Catalog,
    /// Somebody at the prompt may turn to another one.
    pbx: RwLock<Connection>,
    connect: Connect,
    profiles: Profiles,
    words: Words,
    /// The names that method calls have been prepared for, with their numbers of arguments.
    prepared: Mutex<HashMap<String, usize>>,
}

/// A call with more arguments than any operation takes is not worth a sentence of its own.
const MOST_ARGUMENTS: usize = 15;

impl Bindings {
    #[must_use]
    pub fn new(catalog: &'static Catalog, pbx: Connection, connect: Connect) -> Bindings {
        let words = pbx.voice().words;
        let profiles: Profiles = Arc::new(|_| Ok(Vec::new()));
        Bindings { catalog, pbx: RwLock::new(pbx), connect, profiles, words, prepared: Mutex::default() }
    }

    /// The same with profiles that scripts can find.
    #[must_use]
    pub fn with_profiles(self, profiles: Profiles) -> Bindings {
        Bindings { profiles, ..self }
    }

    /// The connection that scripts see as `pbx`.
    #[must_use]
    pub fn pbx(&self) -> Connection {
        self.pbx.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on scripts see this one; what came from the other one keeps its own connection.
    pub fn turn_to(&self, pbx: Connection) {
        *self.pbx.write().unwrap_or_else(PoisonError::into_inner) = pbx;
    }

    /// Every name that an operation answers to, and the most arguments that it takes.
    fn operations(&self) -> HashMap<String, usize> {
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut add = |name: &str, most: usize| {
            let known = names.entry(name.to_owned()).or_default();
            *known = most.max(*known);
        };
        for operation in self.catalog.operations() {
            let most = operation.variants.iter().map(|variant| {
                // One more for the options, and one more so that one too many is told in our words.
                variant.parameters.len() + usize::from(variant.takes_body()) + 2
            });
            add(operation.name, most.max().unwrap_or(2).min(MOST_ARGUMENTS));
        }
        for (shown, _) in renamed() {
            add(shown.rsplit('.').next().unwrap_or(shown), 4);
        }
        names
    }

    /// Makes `resource.name(…)` arrive at the dispatcher, with any number of arguments up to `most`.
    fn method(&self, engine: &mut Engine, name: &str, from: usize, most: usize) {
        for count in from..=most {
            let mut types = vec![TypeId::of::<Resource>()];
            types.resize(count + 1, TypeId::of::<Dynamic>());
            let (called, words) = (name.to_owned(), self.words);
            engine.register_raw_fn(name, types, move |context: NativeCallContext, arguments: &mut [&mut Dynamic]| {
                let Some((resource, given)) = receiver(arguments) else { return Ok(Dynamic::UNIT) };
                dispatch::call(&resource, &called, &given).map_err(|fault| raise(fault, words, &context))
            });
        }
    }

    /// `__call(resource, "name", …)`: where a guarded method ends.
    fn call_by_name(&self, engine: &mut Engine) {
        for count in 0..=MOST_ARGUMENTS {
            let mut types = vec![TypeId::of::<Resource>(), TypeId::of::<ImmutableString>()];
            types.resize(count + 2, TypeId::of::<Dynamic>());
            let words = self.words;
            engine.register_raw_fn(CALL, types, move |context: NativeCallContext, arguments: &mut [&mut Dynamic]| {
                let Some((resource, mut given)) = receiver(arguments) else { return Ok(Dynamic::UNIT) };
                let name = given.remove(0).into_immutable_string().unwrap_or_default();
                dispatch::call(&resource, &name, &given).map_err(|fault| raise(fault, words, &context))
            });
        }
    }

    fn types(&self, engine: &mut Engine) {
        let schema = Schema { catalog: self.catalog, release: None, home: None };
        let mut loops = Module::new();
        for (slot, ty) in self.catalog.types.iter().enumerate().take(slots::COUNT) {
            let name = ty.name;
            match &ty.shape {
                Shape::Object { .. } => {
                    slots::name(engine, slot, name);
                    slots::iterate(&mut loops, slot, object_functions::names);
                    let words = self.words;
                    let types = [TypeId::of::<Dynamic>()];
                    let made = move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
                        let fields = given[0].take();
                        let wrong = || wrong_type(name, "a map of properties", &fields);
                        let fields = fields.as_map_ref().map(|map| map.clone()).map_err(|_| wrong());
                        let object = fields.and_then(|fields| Object::made(schema, slot, name, fields));
                        object.map_err(|fault| raise(fault, words, &context))
                    };
                    engine.register_raw_fn(name, types, made);
                    engine.register_fn(name, move || Object::made(schema, slot, name, Map::new()).unwrap_or_default());
                }
                Shape::Enum { values, .. } => {
                    let mut module = Module::new();
                    for value in values {
                        module.set_var(value.constant(), value.value);
                    }
                    engine.register_static_module(name, module.into());
                }
            }
        }
        engine.register_global_module(loops.into());
    }
}

const CALL: &str = "__call";

/// The error of a native call, with the words for its fault.
fn raise(fault: Fault, words: Words, context: &NativeCallContext) -> Box<EvalAltResult> {
    let wording = words(&fault);
    Raised::throw(fault, wording, context)
}

fn receiver(arguments: &mut [&mut Dynamic]) -> Option<(Resource, Vec<Dynamic>)> {
    let (resource, given) = arguments.split_first_mut()?;
    let resource = resource.read_lock::<Resource>()?.clone();
    Some((resource, given.iter_mut().map(|given| given.take()).collect()))
}

impl Host for Bindings {
    fn register(&self, engine: &mut Engine) {
        let operations = self.operations();
        for (name, most) in &operations {
            self.method(engine, name, 0, *most);
        }
        *self.prepared.lock().unwrap_or_else(PoisonError::into_inner) = operations;
        self.call_by_name(engine);
        self.types(engine);
        let access = self.pbx().voice().access.clone();
        functions::register(engine, self.catalog, self.words, &self.connect, &self.profiles, access);
        object_functions::register(engine, self.words);
        list_functions::register(engine, self.words);
    }

    fn variables(&self) -> &'static [&'static str] {
        &["pbx"]
    }

    fn variable(&self, name: &str) -> Option<Dynamic> {
        (name == "pbx").then(|| Dynamic::from(self.pbx()))
    }

    /// A function of the script answers to every method call of its name, even to `pbx.users.list(…)`; a method typed for
    /// resources goes before it. And a misspelt operation arrives at the dispatcher, which knows the nearest right one.
    fn adapt(&self, engine: &mut Engine, survey: &Survey) {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        let mut guards: Vec<String> = survey
            .functions
            .iter()
            .filter(|(name, _)| prepared.contains_key(name))
            .map(|(name, count)| {
                let names: Vec<String> = (0..*count).map(|at| format!("a{at}")).collect();
                let passed: String = names.iter().map(|name| format!(", {name}")).collect();
                format!("fn Resource.{name}({}) {{ {CALL}(this, \"{name}\"{passed}) }}\n", names.join(", "))
            })
            .collect();
        guards.sort_unstable();
        guards.dedup();
        crate::script::glue(engine, &guards.concat());
        let of_everything = ["to_string", "to_debug", "to_json", "type_of", "tag", "is_shared"];
        for (name, count) in &survey.methods {
            if prepared.contains_key(name) || of_everything.contains(&name.as_str()) || *count > MOST_ARGUMENTS {
                continue;
            }
            self.method(engine, name, 0, MOST_ARGUMENTS.min(count + 1));
            prepared.insert(name.clone(), count + 1);
        }
    }

    fn swallowed(&self) -> Option<Box<EvalAltResult>> {
        self.pbx().voice().swallowed.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
