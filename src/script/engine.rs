//! One engine, set up the one way that passed every trial of scopes, closures and limits.

use std::any::TypeId;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rhai::{Engine, FuncRegistration, Module, NativeCallContext, OptimizationLevel, RhaiFunc, Scope, Shared};

use crate::script::failure::GLUE;
use crate::script::native::{Dynamic, Outcome};
use crate::script::{Ending, Host, Raised, Setup, own};

/// Nested calls and nested expressions; the caller provides a stack that holds them.
const DEPTH: usize = 256;

/// What the script was called with; entries at the prompt may change it.
pub(super) type Arguments = Arc<RwLock<Dynamic>>;

/// The steps of a run so far, those of its closures and threads included: the engine counts each of them anew.
pub(super) type Steps = Arc<AtomicU64>;

pub(super) fn build(setup: &Setup, arguments: &Arguments, steps: &Steps) -> Engine {
    let mut engine = Engine::new();
    // Any optimisation carries a global `pbx` into closures past a parameter of that name: the wrong PBX.
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(DEPTH, DEPTH);
    engine.set_max_call_levels(DEPTH);
    engine.set_strict_variables(true);
    variables(&mut engine, &setup.hosts, arguments);
    own::register(&mut engine);
    let print = setup.print.clone();
    engine.on_print(move |text| print(text));
    let print = setup.print.clone();
    engine.on_debug(move |text, source, position| {
        print(&format!("{}{position:?} | {text}", source.map(|name| format!("{name}:")).unwrap_or_default()));
    });
    let (stop, most, steps) = (setup.stop.clone(), setup.operations, steps.clone());
    engine.on_progress(move |_| {
        let over = || most.is_some_and(|most| steps.fetch_add(1, Ordering::Relaxed) >= most);
        stop().or_else(|| over().then_some(Ending::Operations)).map(Dynamic::from)
    });
    engine.register_type_with_name::<Raised>("Error");
    engine.register_indexer_get(|error: &mut Raised, name: &str| error.property(name));
    setup.hosts.iter().for_each(|host| host.register(&mut engine));
    engine
}

// The engine calls this part of its interface volatile; the version is pinned.
#[allow(deprecated)]
fn variables(engine: &mut Engine, hosts: &[Arc<dyn Host>], arguments: &Arguments) {
    let (hosts, arguments) = (hosts.to_vec(), arguments.clone());
    engine.on_var(move |name, index, context| {
        // A variable of the script wins: it has an index, or stands in the scope.
        if index != 0 || context.scope().contains(name) {
            return Ok(None);
        }
        if name == "args" {
            return Ok(Some(arguments.read().unwrap_or_else(PoisonError::into_inner).clone()));
        }
        Ok(hosts.iter().find_map(|host| host.variable(name)))
    });
}

/// Adds a function of `name` over any types that may also be called on constants: it has to look after them itself.
pub(crate) fn on_constants(
    engine: &mut Engine,
    name: &str,
    types: &[TypeId],
    function: impl Fn(&NativeCallContext, &mut [&mut Dynamic]) -> Outcome + Send + Sync + 'static,
) {
    let call = move |context: Option<NativeCallContext>, given: &mut [&mut Dynamic]| match &context {
        Some(context) => function(context, given),
        None => Ok(Dynamic::UNIT),
    };
    let function = RhaiFunc::Method { func: Shared::new(call), has_context: true, is_pure: true, is_volatile: true };
    let mut module = Module::new();
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(&mut module, types, function);
    engine.register_global_module(module.into());
}

/// Adds functions written in the language itself that only pass calls on; errors do not name them.
pub(crate) fn glue(engine: &mut Engine, text: &str) {
    if text.is_empty() {
        return;
    }
    let module = engine.compile(text).map(|mut tree| {
        tree.set_source(GLUE);
        Module::eval_ast_as_new(Scope::new(), &tree, engine)
    });
    if let Ok(Ok(module)) = module {
        engine.register_global_module(module.into());
    }
}
