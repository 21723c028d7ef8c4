//! Which entries hold a secret: those are not kept.

/// Parts of names whose values nobody else may read.
const TELLING: [&str; 8] = ["secret", "password", "passwd", "passphrase", "token", "apikey", "api_key", "privatekey"];

/// Does the text set something that is called like a secret to a literal? `AuthPassword: "…"`, `u.VMPIN = "1234"`,
/// `#{ "client_secret": … }`. The name of the thing that looks like one.
pub(super) fn find(text: &str) -> Option<&str> {
    let places = text.match_indices([':', '=']).map(|(at, _)| at);
    let assigned = places.filter(|at| is_literal(&text[at + 1..])).filter_map(|at| {
        let before = text[..at].trim_end().trim_end_matches(['"', '+', '`']);
        let start = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
        let name = &before[start..];
        is_telling(name).then_some(name)
    });
    assigned.chain(text.find("Bearer ").map(|_| "Bearer")).next()
}

fn is_literal(text: &str) -> bool {
    let text = text.trim_start();
    let mut chars = text.chars();
    match chars.next() {
        // An empty text is no secret.
        Some(quote @ ('"' | '`')) => chars.next() != Some(quote),
        Some(c) => c.is_ascii_digit(),
        None => false,
    }
}

fn is_telling(name: &str) -> bool {
    let small = name.to_lowercase();
    let pin = small == "pin" || small.ends_with("_pin") || name.ends_with("PIN") || name.ends_with("Pin");
    // A `PINProtectTimeout` is a number of seconds, a `TokenEndpoint` an address.
    let harmless = ["timeout", "endpoint", "length", "enabled", "type", "url"].iter().any(|end| small.ends_with(end));
    !harmless && (pin || TELLING.iter().any(|part| small.contains(part)))
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn literals_under_telling_names() {
        for (text, name) in [
            ("connect(#{ url: \"https://x\", client_secret: \"abc\" })", "client_secret"),
            ("u.AuthPassword = \"x\"", "AuthPassword"),
            ("pbx.users.update(5, #{ VMPIN: \"1234\" })", "VMPIN"),
            ("let pin = 1234;", "pin"),
            ("#{ \"DeskphonePassword\": `x` }", "DeskphonePassword"),
            ("AISettings(#{APIKey: \"sk-1\"})", "APIKey"),
            ("let h = \"Authorization: Bearer abc\"", "Bearer"),
        ] {
            assert_eq!(find(text), Some(name), "{text}");
        }
    }

    #[test]
    fn everything_else_is_kept() {
        for text in [
            "u.AuthPassword",
            "u.AuthPassword = other",
            "u.AuthPassword = \"\"",
            "if u.VMPIN == () { }",
            "let pinned = true; let x = 5",
            "#{ PinProtectTimeout: 5, TokenEndpoint: \"https://x\" }",
            "pbx.users.list(#{ select: \"Id,AuthPassword\" })",
            "::::====\"é\"",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
