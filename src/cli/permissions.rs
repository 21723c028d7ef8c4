//! What a run may reach: the flags, the folder of the script, and what a bundled script says that it needs.

use std::path::Path;

use clap::Args;

use crate::guard::{Access, Grant, Reach};
use crate::script::Source;

/// What scripts may reach beside their PBX.
///
/// Files below the working directory and below the script's own folder may be read and written, nothing else; PBXs may all
/// be called. What is denied goes before what is allowed.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct Permissions {
    /// Let the script read these files and what is below these folders, not only below its own and the one it is called in;
    /// everything without PATHS
    #[arg(long, help_heading = HEADING, value_name = "PATHS", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    allow_read: Vec<Grant>,
    /// Let it write there
    #[arg(long, help_heading = HEADING, value_name = "PATHS", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    allow_write: Vec<Grant>,
    /// Let it see these variables of the environment, like HOME,PBX_*
    #[arg(long, help_heading = HEADING, value_name = "NAMES", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    allow_env: Vec<Grant>,
    /// Let it `connect` to these PBXs, by name or host, and to no others; simulated ones remain
    #[arg(long, help_heading = HEADING, value_name = "PBXS", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    allow_connect: Vec<Grant>,
    /// Do not let it read there, or anywhere
    #[arg(long, help_heading = HEADING, value_name = "PATHS", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    deny_read: Vec<Grant>,
    /// Do not let it write there, or anywhere
    #[arg(long, help_heading = HEADING, value_name = "PATHS", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    deny_write: Vec<Grant>,
    /// Do not let it see these variables, or any
    #[arg(long, help_heading = HEADING, value_name = "NAMES", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    deny_env: Vec<Grant>,
    /// Do not let it `connect` to these PBXs, or to any
    #[arg(long, help_heading = HEADING, value_name = "PBXS", num_args = 0..=1, require_equals = true, value_delimiter = ',', default_missing_value = EVERYTHING, value_parser = grant)]
    deny_connect: Vec<Grant>,
}

impl Permissions {
    /// Where no script runs, whoever typed a path means it; what was said about files is kept to.
    pub(super) fn of_a_person(mut self) -> Permissions {
        for (allowed, denied) in [(&mut self.allow_read, &self.deny_read), (&mut self.allow_write, &self.deny_write)] {
            if allowed.is_empty() && denied.is_empty() {
                allowed.push(Grant::Everything);
            }
        }
        self
    }
}

const HEADING: &str = "Permissions";

/// Stands for a flag without a value; nobody can type it, and an empty variable in `--allow-read=$DIR` is not it.
const EVERYTHING: &str = "\0";

fn grant(text: &str) -> Result<Grant, String> {
    match text {
        EVERYTHING => Ok(Grant::Everything),
        "" => Err("a name is missing; without `=` the flag means everything".to_owned()),
        name => Ok(Grant::Named(name.to_owned())),
    }
}

impl Permissions {
    /// The permissions of a run of this source in this working directory.
    pub(super) fn access(&self, source: Option<&Source>, folder: &Path) -> Result<Access, String> {
        let name = source.map(|source| source.name.as_str()).unwrap_or_default();
        let bundled = source.filter(|_| name.starts_with('@')).map(|source| needs(&source.text)).transpose();
        let bundled = bundled.map_err(|problem| format!("`{name}` does not say what it needs: {problem}"))?;
        let mut access = Access::new(folder);
        let here = || Grant::Named(folder.display().to_string());
        match bundled {
            Some(needs) => {
                for reach in [Reach::Read, Reach::Write, Reach::Env] {
                    if !needs.iter().any(|(needed, _)| *needed == reach) {
                        access = access.withhold(reach);
                    }
                }
                for (reach, place) in needs {
                    access = access.allow(reach, place.map_or_else(here, Grant::Named));
                }
            }
            None => {
                let own = Path::new(name).parent().filter(|_| !name.starts_with('<'));
                let own = own.map(|own| Grant::Named(folder.join(own).display().to_string()));
                for reach in [Reach::Read, Reach::Write] {
                    access = std::iter::once(here())
                        .chain(own.clone())
                        .fold(access, |access, grant| access.allow(reach, grant));
                }
            }
        }
        for (reach, allowed, denied) in [
            (Reach::Read, &self.allow_read, &self.deny_read),
            (Reach::Write, &self.allow_write, &self.deny_write),
            (Reach::Env, &self.allow_env, &self.deny_env),
            (Reach::Connect, &self.allow_connect, &self.deny_connect),
        ] {
            access = allowed.iter().cloned().fold(access, |access, grant| access.allow(reach, grant));
            access = denied.iter().cloned().fold(access, |access, grant| access.deny(reach, grant));
        }
        Ok(access)
    }
}

/// The line of a bundled script that says what it reaches for: `//! needs: read, write=exports, env=SITE`.
const HEADER: &str = "//! needs:";

/// What stands in that line.
pub(super) fn needs_of(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix(HEADER)).map(str::trim)
}

/// What a bundled script says that it needs, each kind where it needs it; nothing without such a line.
pub(super) fn needs(text: &str) -> Result<Vec<(Reach, Option<String>)>, String> {
    let mut lines = text.lines().filter(|line| line.trim_start().starts_with("//!"));
    let Some(line) = lines.next() else { return Ok(Vec::new()) };
    let Some(needs) = line.strip_prefix(HEADER) else {
        return Err(format!("`{line}` does not begin with `{HEADER}`"));
    };
    if let Some(second) = lines.next() {
        return Err(format!("`{second}` is a second line"));
    }
    needs.split(',').map(str::trim).map(need).collect()
}

fn need(text: &str) -> Result<(Reach, Option<String>), String> {
    let (kind, place) = text.split_once('=').map_or((text, None), |(kind, place)| (kind, Some(place)));
    let known = [Reach::Read, Reach::Write, Reach::Env].into_iter().find(|reach| reach.name() == kind);
    let reach = known.ok_or_else(|| format!("`{kind}` is not read, write or env"))?;
    match (reach, place) {
        (_, Some("")) => Err(format!("`{text}` names nothing")),
        (Reach::Env, None) => Err("`env` names no variable".to_owned()),
        // A bundled script is run anywhere: only places below the working directory mean the same everywhere.
        (Reach::Read | Reach::Write, Some(place)) if place.starts_with(['/', '\\']) || place.contains("..") => {
            Err(format!("`{place}` is not below the working directory"))
        }
        (_, place) => Ok((reach, place.map(str::to_owned))),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Permissions, needs};
    use crate::cli::bundled;
    use crate::guard::{Access, Grant, Reach, Why};
    use crate::script::Source;

    /// The permissions of a bundled script of this text in this folder.
    fn bundled_access(text: &str, flags: &Permissions, folder: &Path) -> Access {
        flags.access(Some(&Source::new("@job", text)), folder).unwrap()
    }

    #[test]
    fn no_flag_gives_a_bundled_script_more_kinds() {
        let folder = tempfile::TempDir::new().unwrap();
        let everything = vec![Grant::Everything];
        let flags = Permissions {
            allow_read: everything.clone(),
            allow_write: everything.clone(),
            allow_env: everything,
            ..Permissions::default()
        };
        let access = bundled_access("// A job", &flags, folder.path());
        for refused in [access.read(Path::new("a")), access.write(Path::new("a"))] {
            assert_eq!(refused.unwrap_err().why, Why::NotDeclared);
        }
        assert_eq!(access.env("HOME").unwrap_err().why, Why::NotDeclared);
        assert!(access.connect(&["pbx.example.com:5001"], false).is_ok());
        let access = bundled_access("// A job\n//! needs: read, env=SITE", &flags, folder.path());
        assert!(access.read(Path::new("/etc/passwd")).is_ok() && access.env("HOME").is_ok());
        assert_eq!(access.write(Path::new("a")).unwrap_err().why, Why::NotDeclared);
    }

    #[test]
    fn flags_move_and_narrow_what_a_bundled_script_needs() {
        let (folder, other) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
        let text = "// A job\n//! needs: write=exports, env=SITE";
        let access = bundled_access(text, &Permissions::default(), folder.path());
        assert!(access.write(Path::new("exports/a.csv")).is_ok() && access.write(Path::new("a.csv")).is_err());
        assert!(access.env("SITE").is_ok() && access.env("HOME").is_err());
        let elsewhere = other.path().join("a.csv");
        assert!(matches!(access.write(&elsewhere).unwrap_err().why, Why::NotAllowed(_)));
        let moved = Permissions {
            allow_write: vec![Grant::Named(other.path().display().to_string())],
            deny_env: vec![Grant::Everything],
            ..Permissions::default()
        };
        let access = bundled_access(text, &moved, folder.path());
        assert!(access.write(&elsewhere).is_ok() && access.write(Path::new("exports/a.csv")).is_ok());
        assert_eq!(access.env("SITE").unwrap_err().why, Why::Denied("--deny-env".to_owned()));
        let wrong = Permissions::default().access(Some(&Source::new("@job", "//! needs: wirte")), folder.path());
        assert_eq!(wrong.unwrap_err(), "`@job` does not say what it needs: `wirte` is not read, write or env");
    }

    #[test]
    fn what_a_bundled_script_needs_stands_in_one_line() {
        assert_eq!(needs("// a job\nlet a = 1;"), Ok(vec![]));
        assert_eq!(needs("// a job\n//! needs: write\n"), Ok(vec![(Reach::Write, None)]));
        let all = vec![
            (Reach::Read, None),
            (Reach::Write, Some("exports".to_owned())),
            (Reach::Env, Some("SITE_*".to_owned())),
        ];
        assert_eq!(needs("//! needs: read, write=exports,env=SITE_*"), Ok(all));
        for (text, problem) in [
            ("//! needs:", "`` is not read, write or env"),
            ("//! needs: wirte", "`wirte` is not read, write or env"),
            ("//! needs: connect", "`connect` is not read, write or env"),
            ("//! needs: write=", "`write=` names nothing"),
            ("//! needs: env", "`env` names no variable"),
            ("//! needs: write=/etc", "`/etc` is not below the working directory"),
            ("//! needs: read=a/../..", "`a/../..` is not below the working directory"),
            ("//! need: read", "`//! need: read` does not begin with `//! needs:`"),
            (" //! needs: read", "` //! needs: read` does not begin with `//! needs:`"),
            ("//! needs: read\n//! needs: write", "`//! needs: write` is a second line"),
        ] {
            assert_eq!(needs(text), Err(problem.to_owned()), "{text}");
        }
    }

    #[test]
    fn every_bundled_script_says_it_right() {
        let all = bundled::scripts().into_iter().chain(bundled::examples());
        for (name, ..) in all {
            let source = bundled::script(&name).unwrap();
            assert!(needs(&source.text).is_ok(), "{name}: {:?}", needs(&source.text));
        }
    }
}
