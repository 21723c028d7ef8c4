//! The settings at the top of a file of tests: `//! release: 20.0.8`, `//! state: fixtures/company.json`.

use crate::script::{Place, Source};
use crate::suite::Fault;

/// On which simulated PBX the tests of a file run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Each test runs on each of them; none means the newest, or that of the state.
    pub releases: Vec<&'static str>,
    /// A state file, relative to the file of tests, and where it is named.
    pub state: Option<(String, Place)>,
}

const SETTINGS: [&str; 3] = ["release", "releases", "state"];

/// Reads the lines `//! name: value` before the first code. Other lines there are prose.
///
/// # Errors
/// What is wrong, and where.
pub fn header(source: &Source, known: &[&'static str]) -> Result<Header, (Fault, Place)> {
    let mut header = Header::default();
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim();
        let Some(text) = line.strip_prefix("//!") else {
            if line.is_empty() || line.starts_with("//") || line.starts_with("#!") {
                continue;
            }
            break;
        };
        let Some((name, value)) = text.split_once(':') else { continue };
        let (name, value) = (name.trim(), value.trim());
        let end = start + source.text[start..at].trim_end().len();
        let place = Place::new(source.clone(), start..end);
        match name {
            "release" | "releases" if !header.releases.is_empty() => {
                return Err((Fault::Twice { name: "release" }, place));
            }
            "release" | "releases" => {
                header.releases = releases(value, known).map_err(|fault| (fault, place))?;
            }
            "state" if header.state.is_some() => return Err((Fault::Twice { name: "state" }, place)),
            "state" => header.state = Some((value.to_owned(), place)),
            // A setting that is passed over because of a slip would test something else than was meant.
            _ => {
                if let Some(nearest) = SETTINGS.into_iter().find(|it| strsim::damerau_levenshtein(it, name) <= 2) {
                    return Err((Fault::UnknownSetting { name: name.to_owned(), nearest }, place));
                }
            }
        }
    }
    Ok(header)
}

/// `20.0.5, 20.0.10`, each of them known.
fn releases(value: &str, known: &[&'static str]) -> Result<Vec<&'static str>, Fault> {
    let one = |name: &str| {
        let found = known.iter().copied().find(|it| *it == name);
        found.ok_or_else(|| Fault::UnknownRelease { name: name.to_owned(), known: known.to_vec() })
    };
    let mut releases = Vec::new();
    for name in value.split(',').map(str::trim) {
        let release = one(name)?;
        if !releases.contains(&release) {
            releases.push(release);
        }
    }
    Ok(releases)
}

#[cfg(test)]
mod tests {
    use super::header;
    use crate::script::Source;
    use crate::suite::Fault;

    const KNOWN: [&str; 3] = ["20.0.5", "20.0.8", "20.0.10"];

    type Settings = (Vec<&'static str>, Option<String>);

    fn read(text: &str) -> Result<Settings, (Fault, usize)> {
        let header = header(&Source::new("a_test.rhai", text), &KNOWN);
        let header = header.map_err(|(fault, place)| (fault, place.line))?;
        Ok((header.releases, header.state.map(|(path, _)| path)))
    }

    #[test]
    fn settings_stand_before_the_code_among_prose() {
        assert_eq!(read(""), Ok((vec![], None)));
        let text = "#!/usr/bin/env pbxsh\n//! What this is about: members.\n//!\n\n// a remark\n//! releases: 20.0.5,20.0.10 , 20.0.5\n\
                    //! state: fixtures/a b.json\nfn test_a() {}\n//! release: 20.0.8\n";
        assert_eq!(read(text), Ok((vec!["20.0.5", "20.0.10"], Some("fixtures/a b.json".to_owned()))));
        assert_eq!(read("let a = 1;\n//! release: 1.2.3\n"), Ok((vec![], None)));
    }

    #[test]
    fn slips_are_told_where_they_stand() {
        let slip = |name: &str, nearest| Fault::UnknownSetting { name: name.to_owned(), nearest };
        assert_eq!(read("//! a\n//! relaese: 20.0.5\n"), Err((slip("relaese", "release"), 2)));
        assert_eq!(read("//! State: x\n"), Err((slip("State", "state"), 1)));
        let unknown = |name: &str| Fault::UnknownRelease { name: name.to_owned(), known: KNOWN.to_vec() };
        assert_eq!(read("//! release: 20.0.6\n"), Err((unknown("20.0.6"), 1)));
        assert_eq!(read("//! release:\n"), Err((unknown(""), 1)));
        assert_eq!(read("//! release: 20.0.5\n//! releases: 20.0.8\n"), Err((Fault::Twice { name: "release" }, 2)));
        assert_eq!(read("//! state: a\n//! state: b\n"), Err((Fault::Twice { name: "state" }, 2)));
    }
}
