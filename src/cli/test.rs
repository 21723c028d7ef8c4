//! `pbxsh test [PATH…]`

use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use crate::bindings::Account;
use crate::catalog::{Catalog, Release};
use crate::cli::bounds::Bounds;
use crate::cli::wiring::{owner, release, wire};
use crate::cli::world::World;
use crate::cli::{Pbx, run};
use crate::client::secrets::hush;
use crate::code::Code;
use crate::diag::{self, Exit, Style};
use crate::disk;
use crate::sandbox;
use crate::script::{Ending, Failure, Function, Kind, Place, Session, Source};
use crate::suite::{self, Case, Done, Event, Fault, Header, Outcome, Pool, Report};

#[derive(Debug, clap::Args)]
#[command(after_help = "Exit code 0: no test failed, 1: some did, 2: there are no tests, 130: interrupted.")]
pub(super) struct Arguments {
    /// Files, and folders that are searched for files called …_test.rhai; the folder that this is called in without it
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The release of the simulated PBX, whatever the files say
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// What the simulated PBX starts from, whatever the files say: a state file of `pbxsh sandbox serve`
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Only the tests that have TEXT in `file::name`
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Name the tests and run none
    #[arg(long)]
    list: bool,
    /// Begin no further test after one that failed
    #[arg(long)]
    fail_fast: bool,
    /// How many tests run at a time; as many as there are cores without it
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// Show at once what tests print, not only where they fail
    #[arg(long)]
    no_capture: bool,
    /// Leave times out, so that two runs can be compared; `PBXSH_NOW` does that too
    #[arg(long)]
    no_times: bool,
    /// Write the results to FILE as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    #[command(flatten)]
    bounds: Bounds,
}

/// How long a test may run without `--timeout`.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How much later than that a test is left to itself that nothing ends.
const GRACE: Duration = Duration::from_secs(2);

/// Why no test is run.
struct Trouble {
    code: Code,
    message: String,
    hint: Option<&'static str>,
}

/// What is behind a case.
enum Work {
    Run(Arc<Run>),
    /// Something is wrong before it can run.
    Broken(Failure),
}

/// A test and its surroundings.
struct Run {
    source: Source,
    /// `before`, if there is one, and the test.
    first: Vec<String>,
    last: Option<&'static str>,
    pbx: Pbx,
    /// Where its name stands.
    place: Option<Place>,
}

impl Work {
    fn place(&self) -> Option<Place> {
        match self {
            Work::Run(run) => run.place.clone(),
            Work::Broken(failure) => failure.place.clone(),
        }
    }
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let tests = match collect(arguments, world) {
        Ok(tests) => tests,
        Err(trouble) => return world.complain(trouble.code, &trouble.message, trouble.hint),
    };
    if arguments.list { list(&tests, world) } else { run_all(arguments, tests, world) }
}

fn list(tests: &[(Case, Work)], world: &World) -> Exit {
    let mut exit = Exit::Success;
    let wide = tests.iter().map(|(case, _)| case.title().chars().count()).max().unwrap_or(0);
    for (case, work) in tests {
        world.print(format!("{:wide$}  {}", case.title(), case.about).trim_end());
        if let Work::Broken(failure) = work {
            world.tell(diag::render(failure, &Account::default(), world.style).0.trim_end());
            exit = Exit::Failed;
        }
    }
    exit
}

fn run_all(arguments: &Arguments, tests: Vec<(Case, Work)>, world: &World) -> Exit {
    if let Some(junit) = &arguments.junit
        && let Some(folder) = junit.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
    {
        let message = format!("`{}`: there is no folder `{}`", junit.display(), folder.display());
        return world.complain(Code::File, &message, None);
    }
    let measured = !arguments.no_times && !world.is_sealed();
    let begun = Instant::now();
    let colour = run::how(world).colour;
    let (cases, works): (Vec<Case>, Vec<Work>) = tests.into_iter().unzip();
    let works = Arc::new(works);
    let runner = Arc::new(Runner::new(arguments, world, measured));
    let (heard, events) = channel();
    hear_ctrl_c(world, &heard);
    let mut failed = Vec::new();
    let (results, stopped) = Pool {
        count: cases.len(),
        jobs: arguments.jobs.map_or_else(cores, NonZero::get),
        patience: runner.timeout() + GRACE,
        work: Arc::new({
            let (runner, works) = (runner.clone(), works.clone());
            move |at| runner.run(&works[at])
        }),
        lost: &|at| {
            let place = works[at].place();
            let failure = Failure { kind: Kind::Ended(Ending::Timeout), place, frames: Vec::new() };
            runner.done(Err(failure), runner.timeout(), String::new())
        },
        is_last: &|done| arguments.fail_fast && matches!(done.outcome, Outcome::Failed { .. }),
        show: &mut |at, done| {
            world.print(&suite::line(&cases[at], done, colour));
            if let Outcome::Failed { report, .. } = &done.outcome {
                failed.push(Report { case: &cases[at], report, output: &done.output }.text(colour));
            }
        },
    }
    .run(&events, &heard);
    failed.iter().for_each(|report| world.print(&format!("\n{report}")));
    let summary = suite::summary(&results, measured.then(|| begun.elapsed()));
    world.print(&format!("\n{}{summary}", if stopped { "interrupted: " } else { "" }));
    let written = arguments.junit.as_ref().map(|file| {
        let all: Vec<(&Case, Option<&Done>)> = cases.iter().zip(results.iter().map(Option::as_ref)).collect();
        disk::publish(file, &suite::xml(&all)).map_err(|error| (file, error))
    });
    if let Some(Err((file, error))) = &written {
        world.complain(Code::File, &format!("`{}`: {error}", file.display()), None);
    }
    match (stopped, failed.is_empty(), written) {
        (true, ..) => Exit::Interrupted,
        (false, false, _) => Exit::Failed,
        (false, true, Some(Err(_))) => Exit::File,
        (false, true, _) => Exit::Success,
    }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

/// A process that cannot be told of signals is ended by them.
fn hear_ctrl_c(world: &World, heard: &Sender<Event<Done>>) {
    if let Ok(asked) = world.asked_to_end() {
        let heard = heard.clone();
        std::thread::spawn(move || asked.recv().map(|()| heard.send(Event::Stop)));
    }
}

/// What every test is run with.
struct Runner {
    bounds: Bounds,
    world: World,
    style: Style,
    measured: bool,
    caught: bool,
}

impl Runner {
    fn new(arguments: &Arguments, world: &World, measured: bool) -> Runner {
        let bounds = Bounds { timeout: arguments.bounds.timeout.or(Some(TIMEOUT)), ..arguments.bounds.clone() };
        let style = Style { colour: run::how(world).colour, ..world.style };
        Runner { bounds, world: world.clone(), style, measured, caught: !arguments.no_capture }
    }

    fn timeout(&self) -> Duration {
        self.bounds.timeout.unwrap_or(TIMEOUT)
    }

    fn run(&self, work: &Work) -> Done {
        let run = match work {
            Work::Run(run) => run,
            Work::Broken(failure) => return self.done(Err(failure.clone()), Duration::ZERO, String::new()),
        };
        let begun = Instant::now();
        let (quiet, caught) = self.world.catching();
        let world = if self.caught { &quiet } else { &self.world };
        let first: Vec<&str> = run.first.iter().map(String::as_str).collect();
        let result = match wire(&run.pbx, &self.bounds, Some(&run.source), world) {
            Ok(mut wired) => wired.session.call(&run.source, &first, run.last).and_then(|reached| {
                let returned = || suite::failure(Fault::Returned, diag::suite_fault, None);
                reached.then_some(()).ok_or_else(returned)
            }),
            Err(message) => Err(Failure { kind: Kind::Panic { message }, place: None, frames: Vec::new() }),
        };
        let output = std::mem::take(&mut *caught.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
        // Nobody knows where a test was that had to be ended.
        let result = result.map_err(|failure| Failure { place: failure.place.or(work.place()), ..failure });
        self.done(result, begun.elapsed(), output)
    }

    fn done(&self, result: Result<(), Failure>, time: Duration, output: String) -> Done {
        // What a simulated PBX has done already is gone with it.
        let done = Account::default();
        let plain = Style { colour: false, ..self.style };
        // What a test printed is data where it is printed; here it becomes a part of a report, and of logs of build servers.
        let output = hush(&output).into_owned();
        let outcome = match result {
            Ok(()) => Outcome::Passed,
            Err(Failure { kind: Kind::Skipped(why), .. }) => Outcome::Skipped { why: hush(&why).into_owned() },
            Err(failure) => Outcome::Failed {
                message: diag::failure(&failure).0.message,
                report: diag::render(&failure, &done, self.style).0,
                plain: diag::render(&failure, &done, plain).0,
            },
        };
        Done { outcome, time: self.measured.then_some(time), output }
    }
}

/// Finds the files, reads what they ask for, and makes a case of every test on every release.
fn collect(arguments: &Arguments, world: &World) -> Result<Vec<(Case, Work)>, Trouble> {
    let catalog = Catalog::builtin();
    let usage = |message| Trouble { code: Code::Usage, message, hint: None };
    let chosen = arguments.release.as_deref().map(|name| release(catalog, name)).transpose();
    let chosen = chosen.map_err(|message| Trouble { code: Code::UnknownRelease, message, hint: None })?;
    let state = arguments.state.as_deref().map(|file| given_state(file, chosen, world)).transpose()?;
    let given = if arguments.paths.is_empty() { vec![PathBuf::from(".")] } else { arguments.paths.clone() };
    let mut found = BTreeSet::new();
    for path in &given {
        find(path, true, &mut found).map_err(|message| Trouble { code: Code::File, message, hint: None })?;
    }
    // One session reads them all; nothing runs in it.
    let pbx = Pbx { state, ..Pbx::rehearsal() };
    let mut reader = wire(&pbx, &arguments.bounds, None, &world.catching().0).map_err(usage)?.session;
    let mut tests = Vec::new();
    for path in &found {
        let name = path.display().to_string();
        let asked = Asked { catalog, world, chosen, pbx: &pbx };
        match asked.tests(path, &name, &mut reader) {
            Ok(of_file) => tests.extend(of_file),
            Err(failure) => {
                let case = Case { file: name, name: None, release: None, line: None, about: String::new() };
                tests.push((case, Work::Broken(failure)));
            }
        }
    }
    let all = tests.len();
    if let Some(text) = &arguments.filter {
        // A file that cannot be read might have the one that is meant.
        tests.retain(|(case, _)| case.name.is_none() || case.title().contains(text.as_str()));
    }
    if !tests.is_empty() {
        return Ok(tests);
    }
    Err(match &arguments.filter {
        Some(text) if all > 0 => usage(format!("none of {all} tests has `{text}` in its name")),
        _ => Trouble {
            code: Code::Usage,
            message: format!("there are no tests in {}", names(&given)),
            hint: Some("a test is a function `fn test_…()` in a file called `…_test.rhai`"),
        },
    })
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

fn given_state(file: &Path, release: Option<Release>, world: &World) -> Result<Arc<str>, Trouble> {
    state(file, &[release], world).map_err(|reason| Trouble {
        code: Code::BadState,
        message: format!("`{}`: {reason}", file.display()),
        hint: None,
    })
}

/// The text of a state file that each of these releases can start from.
fn state(file: &Path, releases: &[Option<Release>], world: &World) -> Result<Arc<str>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    for release in releases {
        let pbx = sandbox::Pbx::load(Catalog::builtin(), &text, *release, world.clock());
        owner(&pbx.map_err(|bad| bad.to_string())?)?;
    }
    Ok(text.into())
}

/// The files of tests below a path; a file that was given is one whatever its name.
fn find(path: &Path, given: bool, found: &mut BTreeSet<PathBuf>) -> Result<(), String> {
    let unread = |error| format!("cannot read `{}`: {error}", path.display());
    if !std::fs::metadata(path).map_err(unread)?.is_dir() {
        found.insert(path.strip_prefix(".").unwrap_or(path).to_path_buf());
        return Ok(());
    }
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    if hidden && !given {
        return Ok(());
    }
    for entry in std::fs::read_dir(path).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        // A link to a folder may lead back up.
        let is_folder = entry.file_type().map_err(unread)?.is_dir();
        if is_folder || entry.file_name().to_string_lossy().ends_with("_test.rhai") {
            find(&entry.path(), false, found)?;
        }
    }
    Ok(())
}

/// What was asked for on the command line, for reading files.
struct Asked<'a> {
    catalog: &'static Catalog,
    world: &'a World,
    chosen: Option<Release>,
    pbx: &'a Pbx,
}

impl Asked<'_> {
    /// The cases of one file.
    fn tests(&self, path: &Path, name: &str, reader: &mut Session) -> Result<Vec<(Case, Work)>, Failure> {
        let failure = |fault, place| suite::failure(fault, diag::suite_fault, place);
        let source = run::read(path, name)
            .map_err(|reason| failure(Fault::Unreadable { path: name.to_owned(), reason }, None))?;
        let header = suite::header(&source, &self.catalog.releases);
        let header = header.map_err(|(fault, place)| failure(fault, Some(place)))?;
        let releases = self.releases(&header);
        let state = self.state(path, &header, &releases).map_err(|(fault, place)| failure(fault, Some(place)))?;
        let functions = reader.functions(&source)?;
        let wrong = |function: &Function| {
            let (name, count) = (function.name.clone(), function.parameters.len());
            failure(Fault::Parameters { function: name, count }, function.place.clone())
        };
        let around = |name: &str| functions.iter().find(|function| function.name == name);
        if let Some(odd) =
            [around("before"), around("after")].into_iter().flatten().find(|it| !it.parameters.is_empty())
        {
            return Err(wrong(odd));
        }
        let mut tests = Vec::new();
        for function in functions.iter().filter(|function| function.name.starts_with("test_")) {
            for release in &releases {
                let shown = release.filter(|_| releases.len() > 1);
                let case = Case {
                    file: name.to_owned(),
                    name: Some(function.name.clone()),
                    release: shown.map(|release| self.catalog.release_name(release).to_owned()),
                    line: function.place.as_ref().map(|place| place.line),
                    about: function.docs.lines().next().unwrap_or_default().to_owned(),
                };
                if !function.parameters.is_empty() {
                    tests.push((case, Work::Broken(wrong(function))));
                    break;
                }
                let release = release.map(|release| self.catalog.release_name(release).to_owned());
                let first = around("before").into_iter().chain([function]).map(|it| it.name.clone()).collect();
                let pbx = Pbx { release, state: state.clone(), ..self.pbx.clone() };
                let last = around("after").map(|_| "after");
                tests.push((
                    case,
                    Work::Run(Arc::new(Run {
                        source: source.clone(),
                        first,
                        last,
                        pbx,
                        place: function.place.clone(),
                    })),
                ));
            }
        }
        Ok(tests)
    }

    /// On which releases the tests of a file run; `None` is the newest, or that of the state.
    fn releases(&self, header: &Header) -> Vec<Option<Release>> {
        let named: Vec<_> = header.releases.iter().map(|name| self.catalog.release(name)).collect();
        match self.chosen {
            Some(_) => vec![self.chosen],
            None if named.is_empty() => vec![None],
            None => named,
        }
    }

    fn state(
        &self,
        path: &Path,
        header: &Header,
        releases: &[Option<Release>],
    ) -> Result<Option<Arc<str>>, (Fault, Place)> {
        if self.pbx.state.is_some() {
            return Ok(self.pbx.state.clone());
        }
        let Some((named, place)) = &header.state else { return Ok(None) };
        let file = path.parent().unwrap_or(Path::new("")).join(named);
        let state = state(&file, releases, self.world);
        state.map(Some).map_err(|reason| (Fault::State { path: file.display().to_string(), reason }, place.clone()))
    }
}
