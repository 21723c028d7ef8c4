//! `file::`: texts and folders on this machine, as far as the permissions of the run go.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use glob::Pattern;
use jiff::Timestamp;

use crate::kit::flow::ended;
use crate::kit::{Fault, Hands, store};
use crate::script::native::{
    Array, Dynamic, Engine, EvalAltResult, FuncRegistration, INT, Map, Module, NativeCallContext, Outcome,
};
use crate::script::{Doc, Loop, Swallowed};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "file::read",
        calls: &["file::read(path) → string"],
        text: "The text of a file, which must be UTF-8; a byte order mark at its beginning is dropped. Relative paths begin at the working directory.",
        example: "file::write(\"note.txt\", \"call back\"); print(file::read(\"note.txt\"));",
    },
    Doc {
        name: "file::write",
        calls: &["file::write(path, text)"],
        text: "Writes a file anew. It appears when it is complete, with the permissions that it had. The folder must be there: `file::make_folder` makes one.",
        example: "file::write(\"note.txt\", \"call back\\n\");",
    },
    Doc {
        name: "file::append",
        calls: &["file::append(path, text)"],
        text: "Puts a text at the end of a file, which is made if it is not there.",
        example: "file::append(\"log.txt\", `${pbx.name} looked at\\n`);",
    },
    Doc {
        name: "file::lines",
        calls: &["file::lines(path) → lines for a loop"],
        text: "The lines of a file of any size, one after the other, without their line ends. Every loop reads anew.",
        example: "file::write(\"numbers.txt\", \"100\\n101\\n\"); for number in file::lines(\"numbers.txt\") { print(pbx.users.get_by_number(number).FirstName) }",
    },
    Doc {
        name: "file::exists",
        calls: &["file::exists(path) → bool"],
        text: "Is there a file or a folder? A link counts if it leads to one.",
        example: "if !file::exists(\"exports\") { file::make_folder(\"exports\") }",
    },
    Doc {
        name: "file::list",
        calls: &["file::list(folder) → array", "file::list(folder, \"*.csv\") → array"],
        text: "The names in a folder in order, those that fit a pattern of `*`, `?` and `[a-z]`, or all.",
        example: "file::write(\"a.csv\", \"\"); for name in file::list(\".\", \"*.csv\") { print(name) }",
    },
    Doc {
        name: "file::info",
        calls: &["file::info(path) → #{ size, modified, is_folder }"],
        text: "What is known of a file or a folder: its size in bytes, and when it was changed, as text in UTC like 2026-03-12T10:30:00Z.",
        example: "file::write(\"note.txt\", \"call back\"); print(file::info(\"note.txt\").size);",
    },
    Doc {
        name: "file::make_folder",
        calls: &["file::make_folder(path)"],
        text: "Makes a folder and those above it. One that is there already is fine.",
        example: "file::make_folder(\"exports/2026\");",
    },
    Doc {
        name: "file::remove",
        calls: &["file::remove(path)"],
        text: "Removes a file; of a link the link. Folders are not removed.",
        example: "file::write(\"note.txt\", \"\"); file::remove(\"note.txt\");",
    },
    Doc {
        name: "file::join",
        calls: &["file::join(folder, name, …) → string"],
        text: "Puts two to six parts of a path together. A part that begins at the root takes the place of those before it.",
        example: "print(file::join(\"exports\", \"2026\", \"users.csv\"));",
    },
    Doc {
        name: "file::name",
        calls: &["file::name(path) → string"],
        text: "The last part of a path: `users.csv` of `exports/users.csv`. Empty if there is none.",
        example: "print(file::name(\"exports/users.csv\"));",
    },
    Doc {
        name: "file::stem",
        calls: &["file::stem(path) → string"],
        text: "The name without its ending: `users` of `exports/users.csv`.",
        example: "print(file::stem(\"exports/users.csv\"));",
    },
    Doc {
        name: "file::extension",
        calls: &["file::extension(path) → string"],
        text: "The ending of the name without its dot: `csv` of `exports/users.csv`. Empty if there is none.",
        example: "print(file::extension(\"exports/users.csv\"));",
    },
    Doc {
        name: "file::parent",
        calls: &["file::parent(path) → string"],
        text: "The path without its last part: `exports` of `exports/users.csv`. Empty if there is none.",
        example: "print(file::parent(\"exports/users.csv\"));",
    },
];

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>, swallowed: &Swallowed) {
    let mut module = Module::new();
    texts(&mut module, hands, swallowed);
    folders(&mut module, hands);
    paths(&mut module);
    engine.register_static_module("file", module.into());
    engine.register_type_with_name::<Lines>("Lines").register_iterator_result::<Lines, Dynamic>();
    engine.register_fn("to_string", |lines: &mut Lines| lines.title());
}

fn texts(module: &mut Module, hands: &Arc<Hands>, swallowed: &Swallowed) {
    let hand = hands.clone();
    FuncRegistration::new("read")
        .set_into_module(module, move |context: NativeCallContext, path: &str| read_text(&hand, path, &context));
    let hand = hands.clone();
    FuncRegistration::new("write").set_into_module(
        module,
        move |context: NativeCallContext, path: &str, text: &str| -> Outcome<()> {
            store::replace(&hand.access, path, text.as_bytes()).map_err(|fault| hand.raise(fault, &context))
        },
    );
    let hand = hands.clone();
    FuncRegistration::new("append").set_into_module(
        module,
        move |context: NativeCallContext, path: &str, text: &str| -> Outcome<()> {
            store::append(&hand.access, path, text.as_bytes()).map_err(|fault| hand.raise(fault, &context))
        },
    );
    let (hand, swallowed) = (hands.clone(), swallowed.clone());
    FuncRegistration::new("lines").set_into_module(
        module,
        move |context: NativeCallContext, path: &str| -> Outcome<Lines> {
            // A file that is not there is told here, and not at some loop.
            store::open(&hand.access, path).map_err(|fault| hand.raise(fault, &context))?;
            Ok(Lines { path: path.to_owned(), hands: hand.clone(), swallowed: swallowed.clone() })
        },
    );
}

fn folders(module: &mut Module, hands: &Arc<Hands>) {
    let mut add = |name: &'static str, work: fn(&Hands, &str) -> Result<Dynamic, Fault>| {
        let hand = hands.clone();
        FuncRegistration::new(name).set_into_module(module, move |context: NativeCallContext, path: &str| -> Outcome {
            work(&hand, path).map_err(|fault| hand.raise(fault, &context))
        });
    };
    add("exists", |hands, path| Ok(readable(hands, path)?.exists().into()));
    add("list", |hands, folder| list(hands, folder, None));
    add("info", info);
    add("make_folder", |hands, path| {
        let place = hands.access.write(Path::new(path)).map_err(Fault::Forbidden)?;
        fs::create_dir_all(place).map(|()| Dynamic::UNIT).map_err(|error| store::broken(path, &error))
    });
    add("remove", |hands, path| {
        let place = hands.access.remove(Path::new(path)).map_err(Fault::Forbidden)?;
        if fs::symlink_metadata(&place).is_ok_and(|known| known.is_dir()) {
            return Err(Fault::File {
                path: path.to_owned(),
                reason: "it is a folder, and only files are removed".into(),
            });
        }
        fs::remove_file(place).map(|()| Dynamic::UNIT).map_err(|error| store::broken(path, &error))
    });
    let hand = hands.clone();
    FuncRegistration::new("list").set_into_module(
        module,
        move |context: NativeCallContext, folder: &str, pattern: &str| -> Outcome {
            list(&hand, folder, Some(pattern)).map_err(|fault| hand.raise(fault, &context))
        },
    );
}

fn paths(module: &mut Module) {
    let text = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    FuncRegistration::new("name").set_into_module(module, move |path: &str| text(Path::new(path).file_name()));
    FuncRegistration::new("stem").set_into_module(module, move |path: &str| text(Path::new(path).file_stem()));
    FuncRegistration::new("extension").set_into_module(module, move |path: &str| text(Path::new(path).extension()));
    FuncRegistration::new("parent")
        .set_into_module(module, move |path: &str| text(Path::new(path).parent().map(Path::as_os_str)));
    let join = |parts: &[&str]| parts.iter().collect::<std::path::PathBuf>().display().to_string();
    let add = || FuncRegistration::new("join");
    add().set_into_module(module, move |a: &str, b: &str| join(&[a, b]));
    add().set_into_module(module, move |a: &str, b: &str, c: &str| join(&[a, b, c]));
    add().set_into_module(module, move |a: &str, b: &str, c: &str, d: &str| join(&[a, b, c, d]));
    add().set_into_module(module, move |a: &str, b: &str, c: &str, d: &str, e: &str| join(&[a, b, c, d, e]));
    add()
        .set_into_module(module, move |a: &str, b: &str, c: &str, d: &str, e: &str, f: &str| join(&[a, b, c, d, e, f]));
}

fn readable(hands: &Hands, path: &str) -> Result<std::path::PathBuf, Fault> {
    hands.access.read(Path::new(path)).map_err(Fault::Forbidden)
}

fn list(hands: &Hands, folder: &str, pattern: Option<&str>) -> Result<Dynamic, Fault> {
    let broken = |error: std::io::Error| store::broken(folder, &error);
    let pattern = pattern.map(Pattern::new).transpose().map_err(|error| Fault::Argument {
        what: "the pattern".to_owned(),
        expected: "one like `*.csv`".to_owned(),
        given: format!("one where {}", error.msg),
    })?;
    let mut names = Vec::new();
    for entry in fs::read_dir(readable(hands, folder)?).map_err(broken)? {
        let name = entry.map_err(broken)?.file_name().to_string_lossy().into_owned();
        if pattern.as_ref().is_none_or(|pattern| pattern.matches(&name)) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names.into_iter().map(Dynamic::from).collect::<Array>().into())
}

fn info(hands: &Hands, path: &str) -> Result<Dynamic, Fault> {
    let known = fs::metadata(readable(hands, path)?).map_err(|error| store::broken(path, &error))?;
    let modified = known.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    let modified = modified.and_then(|time| Timestamp::from_second(time.as_second()).ok());
    let mut map = Map::new();
    map.insert("size".into(), INT::try_from(known.len()).unwrap_or(INT::MAX).into());
    map.insert("modified".into(), modified.map_or(Dynamic::UNIT, |time| time.to_string().into()));
    map.insert("is_folder".into(), known.is_dir().into());
    Ok(map.into())
}

/// A whole file as text. It may be endless: a run that must end, ends.
pub(super) fn read_text(hands: &Hands, path: &str, context: &NativeCallContext) -> Outcome<String> {
    const PIECE: u64 = 1 << 20;
    let mut file = store::open(&hands.access, path).map_err(|fault| hands.raise(fault, context))?;
    let mut bytes = Vec::new();
    loop {
        if let Some(ending) = (hands.stop)() {
            return Err(ended(ending));
        }
        let count = file.by_ref().take(PIECE).read_to_end(&mut bytes);
        if count.map_err(|error| hands.raise(store::broken(path, &error), context))? == 0 {
            break;
        }
    }
    decode(path, bytes).map_err(|fault| hands.raise(fault, context))
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

fn decode(path: &str, mut bytes: Vec<u8>) -> Result<String, Fault> {
    check_mark(path, &bytes)?;
    if bytes.starts_with(MARK) {
        bytes.drain(..MARK.len());
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        no_text(path, before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1)
    })
}

pub(super) fn no_text(path: &str, line: u64) -> Fault {
    let reason = "there are bytes that are no UTF-8 text".to_owned();
    Fault::Content { format: "text", path: Some(path.to_owned()), line: Some(line), reason }
}

/// Texts in an encoding that says its name.
fn check_mark(path: &str, beginning: &[u8]) -> Result<(), Fault> {
    if beginning.starts_with(b"\xFF\xFE") || beginning.starts_with(b"\xFE\xFF") {
        let reason = "it is UTF-16 text, and only UTF-8 is read".to_owned();
        return Err(Fault::Content { format: "text", path: Some(path.to_owned()), line: None, reason });
    }
    Ok(())
}

/// A file of text that is read piece by piece, behind its byte order mark.
pub(super) fn reader(hands: &Hands, path: &str) -> Result<BufReader<File>, Fault> {
    let mut reader = BufReader::with_capacity(1 << 16, store::open(&hands.access, path)?);
    let beginning = reader.fill_buf().map_err(|error| store::broken(path, &error))?;
    check_mark(path, beginning)?;
    if beginning.starts_with(MARK) {
        reader.consume(MARK.len());
    }
    Ok(reader)
}

/// What `file::lines(path)` gives: a question, not its answer.
#[derive(Clone)]
pub(super) struct Lines {
    path: String,
    hands: Arc<Hands>,
    swallowed: Swallowed,
}

impl Lines {
    pub(super) fn title(&self) -> String {
        format!("Lines of {}, for a loop", self.path)
    }
}

impl IntoIterator for Lines {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = Loop<Box<dyn Iterator<Item = Result<Dynamic, Fault>>>, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        let (words, swallowed) = (self.hands.words, self.swallowed.clone());
        let lines: Box<dyn Iterator<Item = _>> = match reader(&self.hands, &self.path) {
            Ok(reader) => Box::new(LineReader { path: self.path, reader: Some(reader), line: 0 }),
            Err(fault) => Box::new(std::iter::once(Err(fault))),
        };
        Loop::new(lines, words, swallowed)
    }
}

/// Ends after a fault.
struct LineReader {
    path: String,
    reader: Option<BufReader<File>>,
    line: u64,
}

impl LineReader {
    fn read(&mut self) -> Result<Option<Dynamic>, Fault> {
        /// A line is held in memory; a file without line ends must not be.
        const MOST: u64 = 64 << 20;
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let mut bytes = Vec::new();
        self.line += 1;
        let count = reader.take(MOST).read_until(b'\n', &mut bytes);
        match count.map_err(|error| store::broken(&self.path, &error))? as u64 {
            0 => return Ok(None),
            MOST => {
                let (path, reason) = (Some(self.path.clone()), "it is longer than 64 MB".to_owned());
                return Err(Fault::Content { format: "text", path, line: Some(self.line), reason });
            }
            _ => {}
        }
        let text = bytes.strip_suffix(b"\n").map_or(&*bytes, |text| text.strip_suffix(b"\r").unwrap_or(text));
        let text = std::str::from_utf8(text).map_err(|_| no_text(&self.path, self.line))?;
        Ok(Some(text.into()))
    }
}

impl Iterator for LineReader {
    type Item = Result<Dynamic, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.read().transpose();
        if !matches!(line, Some(Ok(_))) {
            self.reader = None;
        }
        line
    }
}
