//! What the engine itself knows of the functions that hosts gave it.

use std::any::TypeId;

/// A native function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// `csv` of `csv::read`, empty for what stands alone.
    pub module: String,
    /// A property has its own name.
    pub name: String,
    /// What it is called on, or its first argument: the type, and its name where the engine was told.
    pub on: Option<(TypeId, Option<String>)>,
}

impl Registered {
    pub(super) fn of(info: &rhai::FuncInfo) -> Registered {
        let metadata = info.metadata;
        let name = metadata.name.as_str();
        let name = name.strip_prefix("get$").or_else(|| name.strip_prefix("set$")).unwrap_or(name);
        let ty = metadata.params_info.first().and_then(|info| info.split_once(':'));
        let ty = ty.map(|(_, ty)| ty.rsplit("::").next().unwrap_or(ty).trim_start_matches("&mut").trim().to_owned());
        Registered {
            module: info.namespace.to_string(),
            name: name.to_owned(),
            on: metadata.param_types.first().map(|id| (*id, ty)),
        }
    }
}
