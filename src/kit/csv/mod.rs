//! `csv::`: tables of text ⇄ rows of a script.

mod lines;
mod read;
mod write;

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tempfile::SpooledTempFile;

pub(super) use read::Reading;
pub use write::{Style, find, write};

use crate::kit::flow::ended;
use crate::kit::given::wrong;
use crate::kit::store::{self, Draft};
use crate::kit::{Fault, Hands, json};
use crate::script::native::{
    Array, Dynamic, Engine, EvalAltResult, FuncRegistration, INT, Map, Module, NativeCallContext, Outcome,
};
use crate::script::{Doc, Loop, Swallowed, nearest};
use read::Table;
use write::Shape;

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "csv::read",
        calls: &[
            "csv::read(path) → array",
            "csv::read(path, #{ separator: \";\", header: true, trim: false, skip: 0, flexible: false, numbers: false }) → array",
        ],
        text: "The rows of a CSV file, each a map by the names in its first row; all values are texts, an empty cell is \"\". `header` is true, false (then rows are arrays) or an array of names for a file without a header. `skip` leaves out lines at the beginning, `trim` the blanks around cells. `numbers: true` makes numbers of what is written just as one: `007` and `+49` stay texts. A row of another length, and a name that is missing or there twice, is an error with its line, unless `flexible` is true: then missing cells are \"\", and columns without a name of their own are `column_3` or `name_2`. The file must be UTF-8.",
        example: "file::write(\"users.csv\", \"Number,Mobile\\n100,+15550100\\n\"); for row in csv::read(\"users.csv\") { print(`${row.Number} ${row.Mobile}`) }",
    },
    Doc {
        name: "csv::rows",
        calls: &["csv::rows(path) → rows for a loop", "csv::rows(path, #{ … }) → rows for a loop"],
        text: "The same rows one after the other, for files of any size. The options are those of `csv::read`. Every loop reads anew.",
        example: "file::write(\"users.csv\", \"Number\\n100\\n101\\n\"); for row in csv::rows(\"users.csv\") { print(pbx.users.get_by_number(row.Number).FirstName) }",
    },
    Doc {
        name: "csv::parse",
        calls: &["csv::parse(text) → array", "csv::parse(text, #{ … }) → array"],
        text: "The rows of a text. The options are those of `csv::read`.",
        example: "print(csv::parse(\"a;b\\n1;2\", #{ separator: \";\", numbers: true })[0].b);",
    },
    Doc {
        name: "csv::write",
        calls: &[
            "csv::write(path, rows) → how many",
            "csv::write(path, rows, #{ columns: [\"Number\", \"Hours.Type\"], separator: \",\", excel: false, append: false }) → how many",
        ],
        text: "Writes an array of maps or objects, a list of a PBX page by page, or the rows of `csv::rows`. Without `columns`, those of an array stand in the order in which they first appear (a map has its names in the order of the alphabet), those of a list in the order of its `select` or type, those of a file as they stood there. Nested values have columns like `Hours.Type`; arrays are JSON. Rows that are arrays are written without a header. `excel: true` writes what a spreadsheet program opens right: a byte order mark, CRLF, `;` unless `separator` says otherwise, and a `'` before texts that begin with `=`, `+`, `-`, `@`, a tab or CR, so that it calculates nothing and telephone numbers keep their plus; negative numbers stay as they are. `append: true` adds rows to a file under the columns that it has. The file appears when it is complete.",
        example: "csv::write(\"users.csv\", pbx.users.list(#{ select: \"Number,Mobile\", top: 3 }), #{ excel: true });",
    },
    Doc {
        name: "csv::text",
        calls: &["csv::text(rows) → string", "csv::text(rows, #{ … }) → string"],
        text: "The same as a text. The options are those of `csv::write`, without `append`.",
        example: "print(csv::text([#{ Number: \"100\", Hours: #{ Type: \"OfficeHours\" } }]));",
    },
];

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>, swallowed: &Swallowed) {
    let mut module = Module::new();
    readers(&mut module, hands, swallowed);
    writers(&mut module, hands);
    engine.register_static_module("csv", module.into());
    engine.register_type_with_name::<Rows>("Rows").register_iterator_result::<Rows, Dynamic>();
    engine.register_fn("to_string", |rows: &mut Rows| rows.title());
}

/// Adds a function of a text and of options that may be left out.
fn with_options<T: Clone + Send + Sync + 'static>(
    module: &mut Module,
    name: &str,
    work: impl Fn(&NativeCallContext, &str, &Map) -> Outcome<T> + Clone + Send + Sync + 'static,
) {
    let plain = work.clone();
    FuncRegistration::new(name)
        .set_into_module(module, move |context: NativeCallContext, text: &str| plain(&context, text, &Map::new()));
    FuncRegistration::new(name).set_into_module(module, move |context: NativeCallContext, text: &str, options: Map| {
        work(&context, text, &options)
    });
}

fn readers(module: &mut Module, hands: &Arc<Hands>, swallowed: &Swallowed) {
    let hand = hands.clone();
    with_options(module, "read", move |context, path, options| {
        let table = Reading::of("csv::read", options).and_then(|style| Table::open(&hand, path, &style));
        collect(&hand, table, context)
    });
    let hand = hands.clone();
    with_options(module, "parse", move |context, text, options| {
        let table = Reading::of("csv::parse", options).and_then(|style| Table::of_text(text, &style));
        collect(&hand, table, context)
    });
    let (hand, swallowed) = (hands.clone(), swallowed.clone());
    with_options(module, "rows", move |context, path, options| {
        let style = Reading::of("csv::rows", options).map_err(|fault| hand.raise(fault, context))?;
        // A file or a header that is wrong is told here, and not at some loop.
        Table::open(&hand, path, &style).map_err(|fault| hand.raise(fault, context))?;
        Ok(Rows { path: path.to_owned(), style, hands: hand.clone(), swallowed: swallowed.clone() })
    });
}

fn collect(hands: &Hands, table: Result<Table, Fault>, context: &NativeCallContext) -> Outcome<Array> {
    let mut rows = Array::new();
    for row in table.map_err(|fault| hands.raise(fault, context))? {
        rows.push(row.map_err(|fault| hands.raise(fault, context))?);
        if rows.len().is_multiple_of(1000)
            && let Some(ending) = (hands.stop)()
        {
            return Err(ended(ending));
        }
    }
    Ok(rows)
}

/// What `csv::rows(path)` gives: a question, not its answer.
#[derive(Clone)]
pub(super) struct Rows {
    path: String,
    style: Reading,
    hands: Arc<Hands>,
    swallowed: Swallowed,
}

impl Rows {
    pub(super) fn title(&self) -> String {
        format!("Rows of {}, for a loop", self.path)
    }
}

impl IntoIterator for Rows {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = Loop<Box<dyn Iterator<Item = Result<Dynamic, Fault>>>, Fault>;

    fn into_iter(self) -> Self::IntoIter {
        let rows: Box<dyn Iterator<Item = _>> = match Table::open(&self.hands, &self.path, &self.style) {
            Ok(table) => Box::new(table),
            Err(fault) => Box::new(std::iter::once(Err(fault))),
        };
        Loop::new(rows, self.hands.words, self.swallowed)
    }
}

fn writers(module: &mut Module, hands: &Arc<Hands>) {
    let hand = hands.clone();
    let text = move |context: &NativeCallContext, rows: &Dynamic, options: &Map| -> Outcome<String> {
        let style = Style::of("csv::text", options).map_err(|fault| hand.raise(fault, context))?;
        let (columns, rows) = given(&hand, rows, &style, context)?;
        let mut out = Vec::new();
        write(&mut out, &columns, &style, rows, |error| hand.raise(store::broken("text", error), context))?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    };
    let plain = text.clone();
    FuncRegistration::new("text")
        .set_into_module(module, move |context: NativeCallContext, rows: Dynamic| plain(&context, &rows, &Map::new()));
    FuncRegistration::new("text")
        .set_into_module(module, move |context: NativeCallContext, rows: Dynamic, options: Map| {
            text(&context, &rows, &options)
        });
    let hand = hands.clone();
    let file = move |context: &NativeCallContext, path: &str, rows: &Dynamic, options: &Map| -> Outcome<INT> {
        let raised = |fault| hand.raise(fault, context);
        let style = Style::of("csv::write", options).map_err(raised)?;
        let count = match style.append {
            true => append(&hand, path, rows, style, context)?,
            false => {
                let (columns, rows) = given(&hand, rows, &style, context)?;
                let mut draft = Draft::new(&hand.access, path).map_err(raised)?;
                let broken = |error: &std::io::Error| raised(store::broken(path, error));
                let count = write(&mut draft, &columns, &style, rows, broken)?;
                draft.finish().map_err(raised)?;
                count
            }
        };
        Ok(INT::try_from(count).unwrap_or(INT::MAX))
    };
    let plain = file.clone();
    FuncRegistration::new("write")
        .set_into_module(module, move |context: NativeCallContext, path: &str, rows: Dynamic| {
            plain(&context, path, &rows, &Map::new())
        });
    FuncRegistration::new("write").set_into_module(
        module,
        move |context: NativeCallContext, path: &str, rows: Dynamic, options: Map| {
            file(&context, path, &rows, &options)
        },
    );
}

type JsonRows<'a> = Box<dyn Iterator<Item = Outcome<Value>> + 'a>;

/// The columns and the rows of what a script wants to be written.
fn given<'a>(
    hands: &'a Hands,
    rows: &'a Dynamic,
    style: &Style,
    context: &'a NativeCallContext,
) -> Outcome<(Vec<String>, JsonRows<'a>)> {
    let raised = |fault| hands.raise(fault, context);
    if let Some(listed) = (hands.listed)(rows) {
        let columns = chosen(style, listed.columns).map_err(raised)?;
        return Ok((columns, listed.rows));
    }
    if let Some(source) = rows.read_lock::<Rows>() {
        let table = Table::open(hands, &source.path, &source.style).map_err(raised)?;
        let columns = chosen(style, table.names()).map_err(raised)?;
        let row = move |row: Result<Dynamic, Fault>| match row {
            Ok(row) => Ok((hands.to_json)(&row)),
            Err(fault) => Err(hands.raise(fault, context)),
        };
        return Ok((columns, Box::new(table.map(row))));
    }
    let expected = "an array of maps or objects, a list, or the rows of a file";
    // Shared arrays are copied: the lock would not outlive this call.
    let Some(items) = rows.flatten_clone().try_cast::<Array>() else {
        return Err(raised(wrong("the rows", expected, rows)));
    };
    json::check_depth(hands, rows, context)?;
    let learnt = learnt(items.iter().map(hands.to_json));
    let learnt = learnt.map_err(|(at, expected)| raised(wrong(&format!("row {}", at + 1), expected, &items[at])))?;
    let columns = style.columns.clone().unwrap_or(learnt);
    let to_json = hands.to_json;
    Ok((columns, Box::new(items.into_iter().map(move |item| Ok(to_json(&item))))))
}

/// The columns of rows that nobody described; none of rows that are arrays.
///
/// # Errors
/// The place of the first one that is no row, or none like the others, and what it should be.
pub fn learnt(rows: impl Iterator<Item = Value>) -> Result<Vec<String>, (usize, &'static str)> {
    let mut shape = Shape::default();
    let mut bare = None;
    for (at, row) in rows.enumerate() {
        let is_array = row.is_array();
        let fits = *bare.get_or_insert(is_array) == is_array;
        match row {
            Value::Array(_) if fits => {}
            Value::Object(fields) if fits => shape.learn(&fields),
            _ => return Err((at, if bare == Some(true) { "an array like the first" } else { "a map or an object" })),
        }
    }
    Ok(shape.columns())
}

/// The columns that somebody wants of those that there are.
///
/// # Errors
/// One that is not there, neither as it is nor on the way to others.
pub fn chosen(style: &Style, known: Vec<String>) -> Result<Vec<String>, Fault> {
    let Some(columns) = &style.columns else { return Ok(known) };
    let below = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
    for name in columns {
        if !known.iter().any(|column| column == name || below(column, name) || below(name, column)) {
            let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(Fault::UnknownColumn { name: name.clone(), nearest, known });
        }
    }
    Ok(columns.clone())
}

/// Adds rows to a file under the columns that it has. All of them come first: a row that fails leaves the file alone.
fn append(hands: &Hands, path: &str, rows: &Dynamic, style: Style, context: &NativeCallContext) -> Outcome<u64> {
    let raised = |fault| hands.raise(fault, context);
    let broken = |error: &std::io::Error| raised(store::broken(path, error));
    let place = hands.access.write(Path::new(path)).map_err(|forbidden| raised(Fault::Forbidden(forbidden)))?;
    let there = place.metadata().is_ok_and(|known| known.len() > 0);
    // The first rows bring the header.
    let style = Style { append: there, ..style };
    let (mut columns, rows) = given(hands, rows, &style, context)?;
    let mut spool = SpooledTempFile::new(1 << 20);
    if there {
        let known = header(hands, path, &style).map_err(raised)?;
        if let Some(name) = columns.iter().find(|name| !known.contains(name)) {
            let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
            return Err(raised(Fault::UnknownColumn { name: name.clone(), nearest, known }));
        }
        if !columns.is_empty() {
            columns = known;
        }
        let file = store::open(&hands.access, path).map_err(raised)?;
        if !read::ends_a_line(file).map_err(|error| broken(&error))? {
            let end: &[u8] = if style.excel { b"\r\n" } else { b"\n" };
            std::io::Write::write_all(&mut spool, end).map_err(|error| broken(&error))?;
        }
    }
    let count = write(&mut spool, &columns, &style, rows, broken)?;
    spool.seek(SeekFrom::Start(0)).map_err(|error| broken(&error))?;
    store::append(&hands.access, path, spool.by_ref()).map_err(raised)?;
    Ok(count)
}

fn header(hands: &Hands, path: &str, style: &Style) -> Result<Vec<String>, Fault> {
    let mut table = Table::open(hands, path, &Reading::bare(Some(style.separator())))?;
    Ok(table.cells()?.unwrap_or_default())
}
