//! How the API's own names become the names of a script: one rule, no list.

/// `ChatHistoryView` → `chat_history_view`; `OAuth` counts as one word.
pub(crate) fn snake(name: &str) -> String {
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
    use super::snake;

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
