//! `pbxsh check FILE…`

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::catalog::Catalog;
use crate::check::{CODES, Finding, Report, Severity, check};
use crate::cli::bounds::Bounds;
use crate::cli::wiring::{release, wire_to_read};
use crate::cli::world::World;
use crate::cli::{kept, run};
use crate::code::Code;
use crate::diag::{self, ErrorFormat, Exit, Style};
use crate::script::Source;

/// Find what is wrong in scripts without running them
///
/// Reads the scripts and the modules that they import, and tells every name, argument, option, property and value that would
/// fail when it runs. Nothing is run and no PBX is asked.
///
/// A remark `// pbxsh: allow CODE` on the line of a finding, or on the line above, silences it.
#[derive(Debug, clap::Args)]
#[command(after_help = help())]
pub(super) struct Arguments {
    /// Scripts; a folder stands for every *.rhai below it, `@name` for one that came with pbxsh, `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The release of the PBX; without it a call must be right on one of those that are known
    #[arg(long, value_name = "RELEASE", conflicts_with = "profile")]
    release: Option<String>,
    /// What the PBX of this profile said about itself (`pbxsh catalog import`) is what a call must fit
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Let warnings count as errors
    #[arg(long)]
    strict: bool,
    /// How findings are printed; without it as `--error-format` says
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<Format>,
    /// A folder of modules for `import`, searched after the importing file's own; may be given again
    #[arg(long, value_name = "DIR")]
    lib: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// With the lines that they are about, and what to do
    Human,
    /// An array of objects: code, severity, file, line, column, end, message, hint
    Json,
    /// A line each: file:line:column: error[code]: message
    Short,
}

fn help() -> String {
    let of = |wanted: Severity| {
        let names = CODES.iter().filter(|(_, severity)| *severity == wanted).map(|(code, _)| code.name());
        names.collect::<Vec<_>>().join(", ")
    };
    format!(
        "Errors: {}\n\nWarnings: {}\n\nEnds with 0, with 3 if there are errors, with 9 if a file cannot be read.",
        of(Severity::Error),
        of(Severity::Warning)
    )
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let described = match kept::chosen(arguments.profile.as_deref(), world) {
        Ok(described) => described,
        Err(exit) => return exit,
    };
    let catalog = Catalog::known();
    let wanted = arguments.release.as_deref().map(|name| release(catalog, name)).transpose();
    let bounds = Bounds { lib: arguments.lib.clone(), ..Bounds::default() };
    let (wanted, mut wired) = match wanted.and_then(|wanted| Ok((wanted.or(described), wire_to_read(&bounds, world)?)))
    {
        Ok(ready) => ready,
        Err(reason) => return world.complain(Code::Usage, &reason, None),
    };
    let mut sources = Vec::new();
    let mut unread = false;
    for name in &arguments.files {
        match read(name) {
            Ok(read) => sources.extend(read),
            Err((name, reason)) => {
                world.complain(Code::File, &format!("cannot read `{name}`: {reason}"), None);
                unread = true;
            }
        }
    }
    if sources.is_empty() {
        return Exit::File;
    }
    let report = check(&mut wired.session, catalog, wanted, &sources);
    let exit = show(&report, arguments, world);
    if unread { Exit::File } else { exit }
}

/// The scripts behind an argument.
fn read(name: &str) -> Result<Vec<Source>, (String, String)> {
    let paths = if Path::new(name).is_dir() {
        let paths = scripts(Path::new(name)).map_err(|reason| (name.to_owned(), reason))?;
        if paths.is_empty() {
            return Err((name.to_owned(), "there is no *.rhai in this folder".to_owned()));
        }
        paths
    } else {
        vec![name.to_owned()]
    };
    paths.into_iter().map(|path| run::source(&path).map_err(|reason| (path, reason))).collect()
}

/// Every `*.rhai` below a folder, but for what is hidden.
fn scripts(folder: &Path) -> Result<Vec<String>, String> {
    let cannot = |error: std::io::Error| error.to_string();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(cannot)?);
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            found.extend(scripts(&path)?);
        } else if path.extension().is_some_and(|ending| ending == "rhai") {
            found.push(path.display().to_string());
        }
    }
    found.sort();
    Ok(found)
}

fn show(report: &Report, arguments: &Arguments, world: &World) -> Exit {
    let count = |severity| report.findings.iter().filter(|finding| finding.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let style = Style { colour: world.colours_output(), ..world.style };
    match arguments.format.unwrap_or(Format::Human) {
        Format::Human => {
            for told in diag::check::reports(&report.findings, style) {
                world.print(told.trim_end_matches('\n'));
                if style.format == ErrorFormat::Fancy {
                    world.print("");
                }
            }
            if matches!(style.format, ErrorFormat::Fancy | ErrorFormat::Plain) {
                world.print(&diag::check::summary(errors, warnings, report.files));
            }
        }
        Format::Json => {
            world.print(&format!("{:#}", Value::Array(diag::check::objects(&report.findings))));
        }
        Format::Short => report.findings.iter().for_each(|finding| world.print(&line(finding))),
    }
    diag::check::exit(errors, warnings, arguments.strict)
}

fn severity(finding: &Finding) -> &'static str {
    match finding.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

fn line(finding: &Finding) -> String {
    let place = finding.place.as_ref();
    let place = place.map(|place| format!("{}:{}:{}: ", place.source.name, place.line, place.column));
    let message = diag::check::finding(finding).message;
    format!("{}{}[{}]: {message}", place.unwrap_or_default(), severity(finding), finding.code().name())
}
