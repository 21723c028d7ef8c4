//! How the API's own names become the names of a script: one rule, no list of operations.

/// What a script cannot call a thing of its own, or could not reach if a resource or an operation were called so.
const RESERVED: [&str; 62] = [
    "true",
    "false",
    "let",
    "const",
    "if",
    "else",
    "switch",
    "do",
    "while",
    "until",
    "loop",
    "for",
    "in",
    "continue",
    "break",
    "return",
    "throw",
    "try",
    "catch",
    "import",
    "export",
    "as",
    "private",
    "this",
    "fn",
    "global",
    "new",
    "default",
    "case",
    "match",
    "with",
    "use",
    "module",
    "package",
    "var",
    "static",
    "shared",
    "public",
    "protected",
    "super",
    "spawn",
    "thread",
    "go",
    "sync",
    "async",
    "await",
    "yield",
    "void",
    "null",
    "nil",
    "is",
    "goto",
    "exit",
    "print",
    "debug",
    "eval",
    "call",
    "curry",
    "type_of",
    "to_string",
    "to_debug",
    "tag",
];

/// What a connection has besides its resources: no resource can be called so.
pub const OF_CONNECTIONS: [&str; 4] = ["ahead", "name", "release", "version"];

/// Types that scripts have without a PBX.
const OWN_TYPES: [&str; 14] = [
    "Connection",
    "DateTime",
    "Date",
    "Download",
    "Duration",
    "Error",
    "Fn",
    "Lines",
    "List",
    "Progress",
    "Resource",
    "Rows",
    "Time",
    "Module",
];

/// The name of a resource, from its tag.
pub(crate) fn resource(tag: &str) -> String {
    let name = operation(tag);
    if OF_CONNECTIONS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The name of an operation.
pub(crate) fn operation(name: &str) -> String {
    let mut name = snake(&word(name));
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    if RESERVED.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The name of a type. Those of the API begin with a capital; one that begins otherwise would be called like a function.
pub(crate) fn ty(name: &str) -> String {
    let name = word(name);
    let free = name.starts_with(|c: char| c.is_ascii_uppercase()) && !OWN_TYPES.contains(&name.as_str());
    if free { name } else { format!("Pbx{name}") }
}

/// A description can call things as it likes, a script cannot.
fn word(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// `ChatHistoryView` → `chat_history_view`; `OAuth` counts as one word.
fn snake(name: &str) -> String {
    let name = name.replace("OAuth", "Oauth");
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 8);
    for (i, &c) in chars.iter().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            let after_small = chars[i - 1].is_ascii_lowercase() || chars[i - 1].is_ascii_digit();
            let ends_acronym =
                chars[i - 1].is_ascii_uppercase() && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
            if after_small || ends_acronym {
                out.push('_');
            }
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{operation, resource, snake, ty};

    #[test]
    fn what_is_taken_is_called_otherwise() {
        assert_eq!(resource("Version"), "version_");
        assert_eq!(resource("Match"), "match_");
        assert_eq!(resource("3CX Cloud"), "_3_cx_cloud");
        assert_eq!(operation("Default"), "default_");
        assert_eq!(operation("GetThing`1"), "get_thing_1");
        assert_eq!(ty("List"), "PbxList");
        assert_eq!(ty("print"), "Pbxprint");
        assert_eq!(ty("User"), "User");
    }

    #[test]
    fn follows_the_rule() {
        for (given, expected) in [
            ("ChatHistoryView", "chat_history_view"),
            ("AISettings", "ai_settings"),
            ("DNProperties", "dn_properties"),
            ("E164Settings", "e164_settings"),
            ("OAuthClients", "oauth_clients"),
            ("GetMCURow", "get_mcu_row"),
            ("Microsoft365TeamsIntegration", "microsoft365_teams_integration"),
            ("GeCrmtTemplates", "ge_crmt_templates"),
            ("RestartOperatingSystem", "restart_operating_system"),
            ("StartDBMaintenance", "start_db_maintenance"),
        ] {
            assert_eq!(snake(given), expected);
        }
    }
}
