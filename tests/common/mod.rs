//! The program in a sealed world: an empty environment, a fixed clock, a fixed width, a folder of its own.

pub mod certificates;
pub mod faulty;
pub mod proxy;
pub mod server;
pub mod watch;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use pbxsh::client::secrets::is_secret;
use tempfile::TempDir;

/// The moment at which every rehearsal of the tests takes place: a Thursday.
pub const NOW: &str = "2026-03-12T10:30:00Z";

/// One run of `pbxsh`, built up like its command line.
#[must_use]
pub struct Pbxsh {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    input: Option<String>,
    folder: TempDir,
    /// What must not be seen anywhere.
    secrets: BTreeSet<String>,
    /// It prints secrets on purpose.
    prints_secrets: bool,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
    folder: TempDir,
}

/// `pbxsh ARGUMENTS`.
pub fn pbxsh<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Pbxsh {
    Pbxsh {
        arguments: arguments.into_iter().map(str::to_owned).collect(),
        environment: Vec::new(),
        input: None,
        folder: TempDir::new().expect("a folder for the run"),
        secrets: BTreeSet::new(),
        prints_secrets: false,
    }
}

/// `pbxsh --sandbox -e CODE`.
pub fn sandbox(code: &str) -> Pbxsh {
    pbxsh(["--sandbox", "-e", code])
}

/// The value of `code` on the sandbox, as `-e` prints it.
#[track_caller]
pub fn value(code: &str) -> String {
    sandbox(code).out().trim_end().to_owned()
}

#[track_caller]
pub fn gives(code: &str, expected: &str) {
    assert_eq!(value(code), expected, "{code}");
}

impl Pbxsh {
    pub fn variable(mut self, name: &str, value: &str) -> Pbxsh {
        if is_secret(name) {
            watch::keep(value, &mut self.secrets);
        }
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Something that this run meets and nobody may see.
    pub fn secret(mut self, secret: &str) -> Pbxsh {
        watch::keep(secret, &mut self.secrets);
        self
    }

    /// What it prints is data with secrets in it.
    pub fn prints_secrets(mut self) -> Pbxsh {
        self.prints_secrets = true;
        self
    }

    pub fn input(mut self, text: &str) -> Pbxsh {
        self.input = Some(text.to_owned());
        self
    }

    pub fn file(self, name: &str, text: &str) -> Pbxsh {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder for the file");
        std::fs::write(path, text).expect("a file for the run");
        self
    }

    pub fn bytes(self, name: &str, bytes: &[u8]) -> Pbxsh {
        std::fs::write(self.path(name), bytes).expect("a file for the run");
        self
    }

    /// Where a file of the run stands.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A link in the folder of the run.
    #[cfg(unix)]
    pub fn link(&self, to: &str, name: &str) {
        std::os::unix::fs::symlink(to, self.path(name)).expect("a link for the run");
    }

    /// Runs to the end.
    pub fn run(self) -> Ended {
        let child = self.start();
        self.ended(child)
    }

    /// Runs until it printed its first line, presses Ctrl-C, and waits for the end.
    pub fn interrupted(self) -> Ended {
        let mut child = self.start();
        let mut out = BufReader::new(child.stdout.take().expect("an open output"));
        let mut printed = String::new();
        out.read_line(&mut printed).expect("a line of output");
        // Long enough for what stands behind the line to begin.
        std::thread::sleep(std::time::Duration::from_millis(300));
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(killed.expect("`kill`").success());
        out.read_to_string(&mut printed).expect("text");
        let (secrets, shown) = (self.secrets.clone(), self.prints_secrets);
        if !shown {
            watch::watch("the output", &printed, &secrets);
        }
        Ended { out: printed, ..self.ended(child) }
    }

    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pbxsh"));
        command.args(&self.arguments).env_clear().current_dir(self.folder.path());
        command.env("PBXSH_NOW", NOW).env("COLUMNS", "100").env("HOME", self.folder.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pbxsh starts");
        if let Some(input) = &self.input {
            child.stdin.take().expect("an open input").write_all(input.as_bytes()).expect("pbxsh reads its input");
        }
        child
    }

    fn ended(self, child: Child) -> Ended {
        let output = child.wait_with_output().expect("pbxsh ends");
        let ended = Ended {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
            folder: self.folder,
        };
        let mut secrets = self.secrets;
        watch::watch_logs(ended.folder.path(), secrets.clone());
        secrets.extend(watch::CANARIES.map(str::to_owned));
        watch::watch("what it told", &ended.err, &secrets);
        if !self.prints_secrets {
            watch::watch("the output", &ended.out, &secrets);
        }
        ended
    }

    /// Runs, and must succeed; the output.
    pub fn out(self) -> String {
        let ended = self.run();
        assert_eq!(ended.code, 0, "{}{}", ended.out, ended.err);
        ended.out
    }

    /// Runs, and must end with this code; the errors.
    pub fn fails(self, code: i32) -> String {
        let ended = self.run();
        assert_eq!(ended.code, code, "{}{}", ended.out, ended.err);
        ended.err
    }
}

impl Ended {
    /// A file that the run wrote.
    pub fn read(&self, name: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}\n{}{}", path.display(), self.out, self.err))
    }

    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .expect("the folder of the run")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            // The folder is the run's home too, where its token lies.
            .filter(|name| name != ".local")
            .collect();
        names.sort();
        names
    }
}

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder of the project whose name ends so.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder of the project") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&project().join(folder), ending, &mut found);
    found.sort();
    found
}

/// Compares a whole text, line by line, so that a difference is seen where it is.
#[track_caller]
pub fn same(given: &str, expected: &str) {
    if given == expected {
        return;
    }
    let line = given.lines().zip(expected.lines()).position(|(given, expected)| given != expected);
    let line = line.unwrap_or(given.lines().count().min(expected.lines().count())) + 1;
    panic!("differs from line {line} on\n--- given\n{given}\n--- expected\n{expected}");
}
