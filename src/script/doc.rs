//! What registered functions say about themselves, for help, references and editors.

/// One function of the script language that this program adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doc {
    /// `csv::read`, `List.take`, `sleep`.
    pub name: &'static str,
    /// The ways to call it: `csv::read(path, #{ separator: ";" }) → array`.
    pub calls: &'static [&'static str],
    /// What it does, what it gives back, and when it fails.
    pub text: &'static str,
    /// Lines that run on the sandbox.
    pub example: &'static str,
}

impl Doc {
    /// What it describes of values with a dot: the names, and the calls from there on.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.calls.iter().filter_map(|call| {
            let (value, call) = call.split_once('.')?;
            let name = call.split(|c: char| !c.is_ascii_lowercase() && c != '_').next()?;
            let of_it = value.chars().all(|c| c.is_ascii_lowercase()) && !call[name.len()..].starts_with('.');
            (of_it && !name.is_empty()).then_some((name, call))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Doc;

    #[test]
    fn members_stand_behind_the_dot_of_a_value() {
        let calls = &["list.find(|row| …)", "list.find_map(|row| …)", "pbx.ahead = 8", "value in list", "list[0]"];
        let doc = Doc { name: "List.find", calls, text: "", example: "" };
        let found: Vec<_> = doc.members().collect();
        assert_eq!(found, [("find", "find(|row| …)"), ("find_map", "find_map(|row| …)"), ("ahead", "ahead = 8")]);
        let calls = &["pbx.users.update(user)", "group.Name", "for user in pbx.users.list() { … }", "sleep(1.5)"];
        assert_eq!(Doc { calls, ..doc }.members().next(), None);
    }
}
