//! What the engine itself knows of the functions that it and its hosts bring.

use std::any::TypeId;
use std::collections::HashSet;

use rhai::{FnNamespace, FuncInfo};

use crate::script::Session;
use crate::script::native::Dynamic;

/// A function that scripts can call without defining or importing it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Native {
    /// `csv` of `csv::read`; empty for what needs no namespace.
    pub namespace: String,
    /// The reading of a property begins with `get$`.
    pub name: String,
    /// The types of the arguments.
    pub takes: Vec<TypeId>,
    /// The name of the first type, where the engine was told.
    pub on: Option<String>,
}

impl Native {
    fn of(info: &FuncInfo) -> Native {
        let facts = info.metadata;
        let ty = facts.params_info.first().and_then(|info| info.split_once(':'));
        let name = |ty: &str| ty.rsplit("::").next().unwrap_or(ty).trim_start_matches("&mut").trim().to_owned();
        Native {
            namespace: info.namespace.to_string(),
            name: facts.name.to_string(),
            // What takes anything at all says nothing of its arguments, only how many they are.
            takes: match facts.param_types.len() {
                0 => vec![TypeId::of::<Dynamic>(); facts.num_params],
                _ => facts.param_types.to_vec(),
            },
            on: ty.map(|(_, ty)| name(ty)),
        }
    }

    /// Can it be called on a value of this type?
    #[must_use]
    pub fn is_on(&self, ty: TypeId) -> bool {
        self.takes.first().is_some_and(|first| *first == ty || *first == TypeId::of::<Dynamic>())
    }
}

impl Session {
    /// The functions of the hosts, and on request those of the language.
    #[must_use]
    pub fn natives(&self, with_standard: bool) -> Vec<Native> {
        let native = |info: FuncInfo| {
            let named = Native::of(&info);
            // Methods of a module are found without its name, too.
            let bare = (info.metadata.namespace == FnNamespace::Global)
                .then(|| Native { namespace: String::new(), ..named.clone() });
            Some([Some(named), bare])
        };
        let all = self.engine.collect_fn_metadata(None, native, with_standard).into_iter().flatten().flatten();
        all.collect::<HashSet<Native>>().into_iter().collect()
    }
}
