//! The names of a PBX as a script writes them.

use crate::catalog::{Body, Catalog, Property, Ty};

/// What a PBX complains about, as the script writes it: `Agents/0/number` → `Agents[0].Number`. What nobody knows stays as
/// it is.
#[must_use]
pub fn spelling(operation: &str, target: &str) -> String {
    let catalog = Catalog::known();
    let (resource, name) = operation.split_once('.').unwrap_or((operation, ""));
    let newest = catalog.operation(resource, name).map(|operation| operation.newest());
    let (mut fields, mut ty) = (&[][..], None);
    if let Some(variant) = newest {
        match &variant.body {
            Body::Fields(own) => fields = own.as_slice(),
            _ => ty = variant.entity(catalog.newest()),
        }
    }
    let mut out = String::new();
    for part in target.split(['/', '.', '[', ']']).filter(|part| !part.is_empty()) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            out.push_str(&format!("[{part}]"));
            continue;
        }
        if let Some(Ty::Named(name)) = ty {
            fields = catalog.properties(name);
        }
        let same = |property: &&Property| property.name.eq_ignore_ascii_case(part);
        let exact = fields.iter().find(|property| property.name == part);
        let known = exact.or_else(|| fields.iter().find(same));
        let parameter = || newest?.parameters.iter().find(|known| known.name.eq_ignore_ascii_case(part));
        let separator = if out.is_empty() { "" } else { "." };
        let name = known.map(|property| property.name).or_else(|| Some(parameter()?.name)).unwrap_or(part);
        out.push_str(&format!("{separator}{name}"));
        ty = known.map(|property| element(property.ty));
        fields = &[];
    }
    out
}

fn element(ty: Ty) -> Ty {
    match ty {
        Ty::List(inner) => *inner,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::spelling;

    #[test]
    fn as_a_script_writes_it() {
        let cases = [
            ("users.create", "number", "Number"),
            ("users.create", "Number", "Number"),
            ("queues.update", "agents/0/number", "Agents[0].Number"),
            ("queues.update", "Agents[12].number", "Agents[12].Number"),
            ("users.create", "Groups[0].Rights.rolename", "Groups[0].Rights.RoleName"),
            ("users.batch_delete", "Ids", "ids"),
            ("report_breaches_sla.get_breaches_sla_data", "QueueDnStr", "queueDnStr"),
            ("users.create", "Nobody.Knows/7", "Nobody.Knows[7]"),
            ("login", "x", "x"),
            ("users.create", "", ""),
        ];
        for (operation, target, expected) in cases {
            assert_eq!(spelling(operation, target), expected, "{operation} {target}");
        }
    }
}
