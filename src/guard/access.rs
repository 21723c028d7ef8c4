//! What a script may reach on this machine and which PBXs it may call.
//!
//! Files are decided on where a path really leads: links followed, `..` gone. What does not exist yet is decided on the
//! place where it would come to be.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Component, Path, PathBuf};

/// A kind of thing that a script reaches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Read,
    Write,
    Env,
    Connect,
}

impl Reach {
    pub const ALL: [Reach; 4] = [Reach::Read, Reach::Write, Reach::Env, Reach::Connect];

    /// As flags and headers call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Reach::Read => "read",
            Reach::Write => "write",
            Reach::Env => "env",
            Reach::Connect => "connect",
        }
    }
}

/// Why a script may not: what it reached for, and what stands in the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forbidden {
    pub reach: Reach,
    pub what: String,
    pub why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Nobody allowed it; this flag would: `--allow-read=/etc`.
    NotAllowed(String),
    /// This flag forbids it.
    Denied(String),
    /// The script came with the program and does not say that it needs this.
    NotDeclared,
}

/// What one flag names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    Everything,
    /// A file or a folder with all below it, a variable or the beginning of some (`PBX_*`), a PBX by name or host.
    Named(String),
}

#[derive(Debug, Clone)]
struct Rule {
    reach: Reach,
    grant: Grant,
    /// Where a named path leads.
    place: Option<PathBuf>,
}

/// The permissions of one run: nothing, until something is allowed. PBXs may all be called, until some are named.
#[derive(Debug, Clone, Default)]
pub struct Access {
    /// Where relative paths begin.
    folder: PathBuf,
    allowed: Vec<Rule>,
    denied: Vec<Rule>,
    /// What no flag can allow.
    withheld: Vec<Reach>,
}

impl Access {
    #[must_use]
    pub fn new(folder: &Path) -> Access {
        Access { folder: folder.to_owned(), ..Access::default() }
    }

    #[must_use]
    pub fn allow(mut self, reach: Reach, grant: Grant) -> Access {
        let rule = self.rule(reach, grant);
        self.allowed.push(rule);
        self
    }

    /// Goes before everything that is allowed.
    #[must_use]
    pub fn deny(mut self, reach: Reach, grant: Grant) -> Access {
        let rule = self.rule(reach, grant);
        self.denied.push(rule);
        self
    }

    /// Refuses a kind altogether, whatever is allowed.
    #[must_use]
    pub fn withhold(mut self, reach: Reach) -> Access {
        self.withheld.push(reach);
        self
    }

    fn rule(&self, reach: Reach, grant: Grant) -> Rule {
        let place = match (&grant, reach) {
            (Grant::Named(path), Reach::Read | Reach::Write) => Some(self.leads_to(Path::new(path))),
            _ => None,
        };
        Rule { reach, grant, place }
    }

    /// The path to read from, if the script may.
    pub fn read(&self, path: &Path) -> Result<PathBuf, Forbidden> {
        self.file(Reach::Read, path, self.leads_to(path))
    }

    /// The path to write to, if the script may.
    pub fn write(&self, path: &Path) -> Result<PathBuf, Forbidden> {
        self.file(Reach::Write, path, self.leads_to(path))
    }

    /// The path to remove, if the script may: a link itself and not what it leads to.
    pub fn remove(&self, path: &Path) -> Result<PathBuf, Forbidden> {
        let place = match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) => self.leads_to(parent).join(name),
            _ => self.leads_to(path),
        };
        self.file(Reach::Write, path, place)
    }

    /// Is the open file still the one that was allowed? A link may have come into its place since.
    #[must_use]
    pub fn is_still(place: &Path, file: &File) -> bool {
        place.canonicalize().is_ok_and(|now| now == place) && same_file(place, file)
    }

    fn file(&self, reach: Reach, path: &Path, place: PathBuf) -> Result<PathBuf, Forbidden> {
        let covers = |rule: &Rule| match (&rule.grant, &rule.place) {
            (Grant::Everything, _) => true,
            // Whole names are compared, so `/tmp/a` does not cover `/tmp/ab`. Without a folder nothing is known of it.
            (_, Some(root)) => root.is_absolute() && place.starts_with(root),
            _ => false,
        };
        self.decide(reach, &path.display().to_string(), &place.display().to_string(), covers)?;
        Ok(place)
    }

    pub fn env(&self, name: &str) -> Result<(), Forbidden> {
        self.decide(Reach::Env, name, name, |rule| match &rule.grant {
            Grant::Everything => true,
            Grant::Named(known) => match known.strip_suffix('*') {
                Some(beginning) => name.starts_with(beginning),
                None => known == name,
            },
        })
    }

    /// May it connect to this PBX? `names` are the ones that it is known by: its own and its host's. A simulated one is
    /// part of this program and has to be forbidden by name.
    pub fn connect(&self, names: &[&str], simulated: bool) -> Result<(), Forbidden> {
        let covers = |rule: &Rule| match &rule.grant {
            Grant::Everything => true,
            Grant::Named(known) => names.iter().any(|name| is_pbx(known, name)),
        };
        let narrowed = self.allowed.iter().any(|rule| rule.reach == Reach::Connect);
        let name = names.first().copied().unwrap_or_default();
        self.decide(Reach::Connect, name, name, covers).or_else(|forbidden| match forbidden.why {
            Why::NotAllowed(_) if simulated || !narrowed => Ok(()),
            _ => Err(forbidden),
        })
    }

    fn decide(&self, reach: Reach, what: &str, value: &str, covers: impl Fn(&Rule) -> bool) -> Result<(), Forbidden> {
        let find = |rules: &'_ [Rule]| rules.iter().find(|rule| rule.reach == reach && covers(rule)).cloned();
        let why = if let Some(rule) = find(&self.denied) {
            Why::Denied(flag("deny", &rule))
        } else if self.withheld.contains(&reach) {
            Why::NotDeclared
        } else if find(&self.allowed).is_some() {
            return Ok(());
        } else {
            Why::NotAllowed(flag("allow", &Rule { reach, grant: Grant::Named(value.to_owned()), place: None }))
        };
        Err(Forbidden { reach, what: what.to_owned(), why })
    }

    /// Where a path leads, whether something is there or not: no link and no `..` is left in it.
    fn leads_to(&self, path: &Path) -> PathBuf {
        /// As many links as an operating system follows.
        const LINKS: usize = 40;
        let whole = self.folder.join(path);
        if let Ok(place) = whole.canonicalize() {
            return place;
        }
        let (mut place, mut links) = (PathBuf::new(), 0);
        let mut parts = parts(&whole);
        while let Some(part) = parts.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => {
                    place.pop();
                }
                None | Some(Component::CurDir) => {}
                Some(Component::RootDir | Component::Prefix(_)) => place.push(&part),
                Some(Component::Normal(_)) => {
                    let next = place.join(&part);
                    if let Ok(real) = next.canonicalize() {
                        place = real;
                        continue;
                    }
                    // A link that leads nowhere: what is written through it comes to be where it points.
                    match fs::read_link(&next) {
                        Ok(target) if links < LINKS => {
                            links += 1;
                            self::parts(&target).into_iter().rev().for_each(|part| parts.push_front(part));
                        }
                        _ => place = next,
                    }
                }
            }
        }
        place
    }
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(unix)]
fn same_file(place: &Path, file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let known = |(there, open): (fs::Metadata, fs::Metadata)| there.dev() == open.dev() && there.ino() == open.ino();
    fs::symlink_metadata(place).ok().zip(file.metadata().ok()).is_some_and(known)
}

#[cfg(not(unix))]
fn same_file(_place: &Path, _file: &File) -> bool {
    true
}

/// Is `name` what a flag means by `known`? A flag may leave out the port of a host and the release of a simulated PBX.
fn is_pbx(known: &str, name: &str) -> bool {
    let known = known.split_once("://").map_or(known, |(_, rest)| rest).trim_end_matches('/');
    if known.eq_ignore_ascii_case(name) {
        return true;
    }
    let end = match name.split_once('@') {
        Some((kind, _)) => kind,
        None => match name.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => name,
        },
    };
    known.eq_ignore_ascii_case(end)
}

/// `--allow-read=/etc`, as a person types it.
fn flag(verb: &str, rule: &Rule) -> String {
    let Rule { reach, grant, .. } = rule;
    match grant {
        Grant::Everything => format!("--{verb}-{}", reach.name()),
        Grant::Named(value) => {
            let plain = value.chars().all(|c| c.is_alphanumeric() || "/\\._-+:@~".contains(c));
            let value = if plain { value.clone() } else { format!("'{}'", value.replace('\'', "'\\''")) };
            format!("--{verb}-{}={value}", reach.name())
        }
    }
}
