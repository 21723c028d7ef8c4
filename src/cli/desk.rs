//! What the prompt reaches beyond its session.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::ErrorKind;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use secrecy::SecretString;
use tempfile::Builder;

use crate::bindings::{Bindings, Fault, Target};
use crate::catalog::Catalog;
use crate::check::{Severity, check};
use crate::cli::bounds::{Bounds, Stop};
use crate::cli::network;
use crate::cli::person::AtTerminal;
use crate::cli::wiring::{Maker, host, wire_to_read};
use crate::cli::world::World;
use crate::cli::{bundled, run};
use crate::config::Profile;
use crate::diag;
use crate::disk;
use crate::kit::Person;
use crate::repl::{Desk, Listing, Place, Trace, Traffic, Turned, Wrong};
use crate::script::{Ending, Source};

pub(super) struct AtDesk {
    pub(super) world: World,
    pub(super) maker: Maker,
    pub(super) bindings: Arc<Bindings>,
    pub(super) stop: Stop,
    /// Where modules are, besides those that came with the program.
    pub(super) lib: Vec<PathBuf>,
    /// The PBXs that were worked on: whoever comes back finds the same connection, and the same simulated PBX.
    pub(super) known: RefCell<HashMap<String, Turned>>,
}

impl AtDesk {
    fn turned(&self, name: &str, target: &Target, place: Place, history: Option<PathBuf>) -> Result<Turned, Fault> {
        let known = self.known.borrow().get(name).cloned();
        let turned = match known {
            Some(known) => known,
            None => Turned { pbx: self.maker.target(target)?, place, history },
        };
        self.known.borrow_mut().insert(name.to_owned(), turned.clone());
        self.bindings.turn_to(turned.pbx.clone());
        Ok(turned)
    }

    fn question(&self, text: &str, secret: bool) -> Option<String> {
        self.stop.begin();
        let answer = AtTerminal::new(&self.world, &self.stop).ask(text, secret);
        self.stop.begin();
        answer.ok().flatten()
    }

    /// `~/` is where this user is at home.
    fn path(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.world.variable("HOME")) {
            (Ok(rest), Some(home)) => PathBuf::from(home).join(rest),
            _ => path.to_owned(),
        }
    }
}

impl Desk for AtDesk {
    fn turn_to(&self, name: &str) -> Result<Turned, Fault> {
        let simulated = name == "sandbox" || name.starts_with("sandbox@");
        let place = if simulated { Place::Sandbox } else { Place::Live };
        let history = history(&self.world, (!simulated).then_some(name));
        self.turned(name, &Target::Named(name.to_owned()), place, history)
    }

    fn connect(&self, url: &str) -> Result<Option<Turned>, Fault> {
        let name = host(url).to_owned();
        let asked = |text: &str, secret| self.question(text, secret).filter(|answer| !answer.trim().is_empty());
        let Some(client_id) = asked("client id: ", false) else { return Ok(None) };
        let Some(client_secret) = asked("client secret: ", true).map(SecretString::from) else { return Ok(None) };
        let target = Target::Settings { url: url.to_owned(), client_id, client_secret };
        // Other settings are another connection.
        self.known.borrow_mut().remove(&name);
        self.turned(&name, &target, Place::Live, history(&self.world, None)).map(Some)
    }

    fn profiles(&self) -> Result<Vec<Profile>, Fault> {
        self.maker.profiles(None)
    }

    fn set_trace(&self, trace: Trace) {
        self.maker.wires.set_trace(match trace {
            Trace::Off => None,
            Trace::Lines => Some(network::Trace::Lines),
            Trace::Full => Some(network::Trace::Full),
        });
    }

    fn traffic(&self) -> Traffic {
        let (requests, sent, received) = self.maker.wires.traffic();
        Traffic { requests, sent, received }
    }

    fn ask(&self, question: &str) -> Option<String> {
        self.question(question, false)
    }

    fn edit(&self, text: &str) -> Result<String, String> {
        let named = ["VISUAL", "EDITOR"].into_iter().find_map(|name| self.world.variable(name));
        let editor = named.filter(|editor| !editor.trim().is_empty());
        let editor = editor.unwrap_or_else(|| if cfg!(windows) { "notepad" } else { "vi" }.to_owned());
        let cannot = |error: std::io::Error| format!("`{editor}` cannot be used: {error}");
        // Made for its owner's eyes only, and gone behind this function whatever happens.
        let mut file = Builder::new().prefix("pbxsh-").suffix(".rhai").tempfile().map_err(cannot)?;
        file.write_all(text.as_bytes()).map_err(cannot)?;
        let path = file.into_temp_path();
        let mut command = editor_command(&editor, &path);
        let lent = self.world.at_prompt.lend();
        let status = command.status().map_err(cannot)?;
        drop(lent);
        if !status.success() {
            return Err(format!("`{editor}` ended with {status}, so nothing is done"));
        }
        std::fs::read_to_string(&path).map_err(cannot)
    }

    fn read(&self, path: &str) -> Result<Source, String> {
        match path.starts_with('@') {
            true => run::source(path),
            false => run::read(&self.path(Path::new(path)), path),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.path(path).exists()
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), String> {
        disk::publish(&self.path(path), text).map_err(|error| error.to_string())
    }

    fn check(&self, source: &Source) -> Vec<Wrong> {
        let bounds = Bounds { lib: self.lib.clone(), ..Bounds::default() };
        let Ok(mut wired) = wire_to_read(&bounds, &self.world) else { return Vec::new() };
        let report = check(&mut wired.session, Catalog::known(), None, std::slice::from_ref(source));
        let errors = report.findings.iter().filter(|finding| finding.severity() == Severity::Error);
        let wrong = errors.map(|finding| Wrong {
            line: finding.place.as_ref().map_or(0, |place| place.line),
            message: diag::check::finding(finding).message,
        });
        wrong.collect()
    }

    fn scripts(&self) -> Listing {
        bundled::scripts()
    }

    fn examples(&self) -> Listing {
        bundled::examples()
    }

    fn script(&self, name: &str) -> Option<Source> {
        bundled::script(name)
    }

    fn forget(&self) {
        self.stop.begin();
        self.world.at_prompt.begin();
    }

    fn ending(&self) -> Option<Ending> {
        self.stop.ending()
    }

    fn wait(&self, time: Duration) -> bool {
        const NAP: Duration = Duration::from_millis(20);
        let begun = Instant::now();
        while self.stop.ending().is_none() {
            let Some(left) = time.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) else { return true };
            std::thread::sleep(left.min(NAP));
        }
        false
    }
}

/// Variables of this kind hold a command with its options, for a shell to read.
#[cfg(unix)]
fn editor_command(editor: &str, path: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    // A shell that waits dies of a Ctrl-C that its child has survived, unless it has something to do then.
    command.arg("-c").arg(format!("trap : INT; {editor} \"$1\"")).arg("sh").arg(path);
    command
}

#[cfg(not(unix))]
fn editor_command(editor: &str, path: &Path) -> Command {
    let mut words = editor.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).arg(path);
    command
}

/// Where entries are kept: those for the PBX of a profile beside the others. The editor makes the file, for its owner's eyes only.
pub(super) fn history(world: &World, profile: Option<&str>) -> Option<PathBuf> {
    let folder = world.state_folder().ok_or_else(|| "nobody knows where: is `HOME` set?".to_owned());
    let made = folder.and_then(|folder| {
        let made = std::fs::create_dir_all(&folder);
        let name = profile.map_or_else(|| "history".to_owned(), |profile| format!("history-{profile}"));
        made.map(|()| folder.join(name)).map_err(|error| format!("{}: {error}", folder.display()))
    });
    // The editor would begin without a word, and never keep anything.
    let made = made.and_then(|file| match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            Err(format!("{} is damaged; where there is none, a new one is begun", file.display()))
        }
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("{}: {error}", file.display())),
        _ => Ok(file),
    });
    match made {
        Ok(file) => Some(file),
        Err(reason) => {
            world.tell(&format!("note: entries are not kept: {}", diag::unnumbered(&reason)));
            None
        }
    }
}
