//! CSV → rows, one after the other.

use std::io::{BufRead, Chain, Read};

use csv::{ByteRecord, ReaderBuilder, Trim};

use crate::kit::csv::lines::{Lines, Watched, watch};
use crate::kit::options::Options;
use crate::kit::{Fault, Hands, files, store};
use crate::script::native::{Array, Dynamic, Map};

/// How a table is to be read.
#[derive(Debug, Clone)]
pub(in crate::kit) struct Reading {
    separator: Option<u8>,
    header: Header,
    trim: bool,
    skip: u64,
    flexible: bool,
    numbers: bool,
}

#[derive(Debug, Clone)]
enum Header {
    /// The first row says how the columns are called.
    First,
    /// Rows are arrays.
    Absent,
    Given(Vec<String>),
}

impl Reading {
    pub(in crate::kit) const OPTIONS: &[&str] = &["separator", "header", "trim", "skip", "flexible", "numbers"];

    pub(in crate::kit) fn of(function: &str, map: &Map) -> Result<Reading, Fault> {
        let options = Options::of(function, map)?;
        let header = match options.given("header") {
            Some(given) if given.is_array() => options.names("header")?.map_or(Header::First, Header::Given),
            Some(given) if !given.is_bool() => {
                return Err(options.wrong("header", "true, false or an array of names"));
            }
            _ if options.flag("header", true)? => Header::First,
            _ => Header::Absent,
        };
        Ok(Reading {
            separator: options.separator("separator")?,
            header,
            trim: options.flag("trim", false)?,
            skip: options.count("skip")?,
            flexible: options.flag("flexible", false)?,
            numbers: options.flag("numbers", false)?,
        })
    }

    /// Nothing but cells: for a look at what another program wrote.
    pub(super) fn bare(separator: Option<u8>) -> Reading {
        Reading { separator, header: Header::Absent, trim: false, skip: 0, flexible: true, numbers: false }
    }
}

/// A row behind the last one. Where a quote is not closed, it ends up in a cell: the parser alone would take the rest of
/// the file for that cell, and no row would be missed.
const END: &[u8] = b"\n\x02the end\x03\n";

type Input = Box<dyn BufRead>;

/// The rows of a table. Ends after a fault.
pub(super) struct Table {
    path: Option<String>,
    reader: csv::Reader<Chain<Watched<Input>, &'static [u8]>>,
    lines: Lines,
    /// Where the row that was just read begins.
    line: u64,
    style: Reading,
    /// How the columns are called, if they are called anything.
    names: Option<Vec<String>>,
    width: Option<usize>,
    record: ByteRecord,
    done: bool,
}

impl Table {
    pub(super) fn open(hands: &Hands, path: &str, style: &Reading) -> Result<Table, Fault> {
        Table::new(Box::new(files::reader(hands, path)?), Some(path.to_owned()), style)
    }

    pub(super) fn of_text(text: &str, style: &Reading) -> Result<Table, Fault> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).to_owned();
        Table::new(Box::new(std::io::Cursor::new(text)), None, style)
    }

    fn new(mut input: Input, path: Option<String>, style: &Reading) -> Result<Table, Fault> {
        let broken = |error| store::broken(path.as_deref().unwrap_or_default(), &error);
        for _ in 0..style.skip {
            input.skip_until(b'\n').map_err(broken)?;
        }
        let (input, lines) = watch(input, style.skip);
        let trim = if style.trim { Trim::All } else { Trim::None };
        let reader = ReaderBuilder::new()
            .delimiter(style.separator.unwrap_or(b','))
            .has_headers(false)
            // Lengths are looked at here, where the line is known.
            .flexible(true)
            .trim(trim)
            .from_reader(input.chain(END));
        let style = style.clone();
        let mut table = Table {
            path,
            reader,
            lines,
            line: 0,
            style,
            names: None,
            width: None,
            record: ByteRecord::new(),
            done: false,
        };
        table.names = match table.style.header.clone() {
            Header::First => table.header()?.map_or(Some(Vec::new()), Some),
            Header::Given(names) => Some(names),
            Header::Absent => None,
        };
        table.width = table.names.as_ref().map(Vec::len);
        Ok(table)
    }

    fn header(&mut self) -> Result<Option<Vec<String>>, Fault> {
        let Some(cells) = self.cells()? else { return Ok(None) };
        if let ([only], None) = (cells.as_slice(), self.style.separator)
            && let Some(other) = only.chars().find(|c| matches!(c, ';' | '\t'))
        {
            let reason = format!("its only column would be `{only}`: give it `separator: {other:?}`");
            return Err(self.wrong(reason));
        }
        let mut names: Vec<String> = Vec::with_capacity(cells.len());
        for (at, name) in cells.into_iter().enumerate() {
            let problem = match (name.is_empty(), names.contains(&name)) {
                (false, false) => {
                    names.push(name);
                    continue;
                }
                (true, _) => format!("column {} of the header has no name", at + 1),
                (_, true) => format!("the header has `{name}` twice"),
            };
            if !self.style.flexible {
                return Err(self.wrong(format!("{problem}: give `header: [names], skip: 1`, or `flexible: true`")));
            }
            names.push(fresh(&names, &name, at));
        }
        Ok(Some(names))
    }

    /// How the columns are called; nothing for rows that are arrays.
    pub(super) fn names(&self) -> Vec<String> {
        self.names.clone().unwrap_or_default()
    }

    /// The cells of the next row.
    pub(super) fn cells(&mut self) -> Result<Option<Vec<String>>, Fault> {
        match self.reader.read_byte_record(&mut self.record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                let error = std::io::Error::from(error);
                return Err(store::broken(self.path.as_deref().unwrap_or_default(), &error));
            }
        }
        let end = &END[1..END.len() - 1];
        if self.record.len() == 1 && &self.record[0] == end {
            return Ok(None);
        }
        if self.record.iter().next_back().is_some_and(|cell| cell.windows(end.len()).any(|part| part == end)) {
            let inside = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
            self.line = self.lines.of_row(u64::MAX, inside.saturating_sub(2)).max(self.line + 1);
            return Err(self.wrong("a quote is open up to the end of the file".to_owned()));
        }
        let inside = self.record.as_slice().iter().filter(|byte| **byte == b'\n').count();
        self.line = self.lines.of_row(self.reader.position().byte(), inside as u64);
        let cells = self.record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned));
        let cells: Result<Vec<String>, _> = cells.collect();
        match cells {
            Ok(cells) => Ok(Some(cells)),
            Err(_) => Err(files::no_text(self.path.as_deref().unwrap_or_default(), self.line)),
        }
    }

    /// What is wrong with the row that was just read.
    fn wrong(&self, reason: String) -> Fault {
        Fault::Content { format: "CSV", path: self.path.clone(), line: Some(self.line), reason }
    }

    fn row(&mut self) -> Result<Option<Dynamic>, Fault> {
        let Some(cells) = self.cells()? else { return Ok(None) };
        let (count, width) = (cells.len(), *self.width.get_or_insert(cells.len()));
        if count != width && !self.style.flexible {
            let other = match self.style.header {
                Header::First => "the header",
                Header::Given(_) => "`header`",
                Header::Absent => "the first row",
            };
            let cells = if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") };
            let open =
                if cells_span_lines(&self.record) { ", and a cell goes over lines: is a quote open?" } else { "" };
            return Err(self.wrong(format!("it has {cells} and {other} {width}{open}")));
        }
        let numbers = self.style.numbers;
        let value = move |cell: String| if numbers { number(&cell).unwrap_or(cell.into()) } else { cell.into() };
        let Some(names) = &mut self.names else {
            return Ok(Some(cells.into_iter().map(value).collect::<Array>().into()));
        };
        while names.len() < count {
            names.push(fresh(names, "", names.len()));
        }
        let mut cells = cells.into_iter();
        let cells = names.iter().map(|name| (name.as_str().into(), value(cells.next().unwrap_or_default())));
        Ok(Some(Dynamic::from_map(cells.collect())))
    }
}

impl Iterator for Table {
    type Item = Result<Dynamic, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let row = self.row().transpose();
        self.done = !matches!(row, Some(Ok(_)));
        row
    }
}

fn cells_span_lines(record: &ByteRecord) -> bool {
    record.as_slice().contains(&b'\n')
}

/// A name for a column that has none, or one that another has.
fn fresh(names: &[String], name: &str, at: usize) -> String {
    let name = if name.is_empty() { format!("column_{}", at + 1) } else { name.to_owned() };
    let free = |name: &String| !names.contains(name);
    if free(&name) {
        return name;
    }
    (2..).map(|count| format!("{name}_{count}")).find(free).unwrap_or(name)
}

/// A cell that is written just as a number is: no plus, no zeros before it, no exponent. Other digits are names, like the
/// extension `007` or the telephone number `+4930123`.
fn number(cell: &str) -> Option<Dynamic> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, part) = digits.split_once('.').map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(whole) || (whole.len() > 1 && whole.starts_with('0')) || cell == "-0" {
        return None;
    }
    match part {
        None => cell.parse::<i64>().ok().map(Dynamic::from),
        Some(part) if all_digits(part) => cell.parse::<f64>().ok().map(Dynamic::from),
        Some(_) => None,
    }
}

/// The rest of a file that is as good as in memory.
pub(super) fn ends_a_line(mut file: impl Read + std::io::Seek) -> std::io::Result<bool> {
    let mut last = [0];
    file.seek(std::io::SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::{Reading, Table, number};
    use crate::script::native::{Dynamic, Map};

    fn options(given: &[(&str, Dynamic)]) -> Map {
        given.iter().map(|(name, value)| ((*name).into(), value.clone())).collect()
    }

    /// The rows as the engine prints them, or the reason why there are none, with its line.
    fn read(text: &str, given: &[(&str, Dynamic)]) -> String {
        let style = Reading::of("csv::parse", &options(given)).unwrap();
        let table = Table::of_text(text, &style);
        let rows: Result<Vec<Dynamic>, _> = table.and_then(Iterator::collect);
        match rows {
            Ok(rows) => rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            Err(crate::kit::Fault::Content { line, reason, .. }) => format!("{}: {reason}", line.unwrap_or_default()),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn tables_of_all_kinds() {
        assert_eq!(read("a,b\n1,x\n,\"y\"\"\nz\"\n", &[]), r##"#{"a": "1", "b": "x"} #{"a": "", "b": "y\"\nz"}"##);
        assert_eq!(read("\u{feff}a;b\r\n1;x\r\n", &[("separator", ";".into())]), r##"#{"a": "1", "b": "x"}"##);
        assert_eq!(read("a\tb\n1\tx", &[("separator", "\t".into())]), r##"#{"a": "1", "b": "x"}"##);
        assert_eq!(read("1,x\n2,y", &[("header", false.into())]), r#"["1", "x"] ["2", "y"]"#);
        let names: Vec<Dynamic> = vec!["n".into(), "t".into()];
        assert_eq!(read("1,x", &[("header", names.into())]), r##"#{"n": "1", "t": "x"}"##);
        assert_eq!(read(" a , b\n 1 , x ", &[("trim", true.into())]), r##"#{"a": "1", "b": "x"}"##);
        assert_eq!(read("report\n\na,b\n1,2", &[("skip", 2.into())]), r##"#{"a": "1", "b": "2"}"##);
        assert_eq!(read("", &[]), "");
        assert_eq!(read("a,b\n", &[]), "");
    }

    #[test]
    fn what_does_not_fit_says_its_line() {
        assert_eq!(read("a,b\n1,2\n\n\n3\n", &[]), "5: it has 1 cell and the header 2");
        assert_eq!(read("a,b\r\n1,2\r\n\r\n\r\n3\r\n4,5", &[]), "5: it has 1 cell and the header 2");
        assert_eq!(read("a,b\r\n1,2\r\n3", &[]), "3: it has 1 cell and the header 2");
        assert_eq!(read("a,b\n\"1\n1\",2\n3,4,5\n", &[]), "4: it has 3 cells and the header 2");
        assert_eq!(read("x\na,b\n1,2,3", &[("skip", 1.into())]), "3: it has 3 cells and the header 2");
        // Rows that an open quote swallows are not lost without a word.
        let open = "a quote is open up to the end of the file";
        assert_eq!(read("a,b\n1,\"2\n3,4\n5,6", &[]), format!("2: {open}"));
        assert_eq!(read("a,b\n1,2\n3,\"", &[]), format!("3: {open}"));
        assert_eq!(read("\"a,b\n1,2", &[("flexible", true.into())]), format!("1: {open}"));
        assert_eq!(read("a,b\n1,\"2\n\"\n\n", &[]), r##"#{"a": "1", "b": "2\n"}"##);
        assert_eq!(read("a,b\n\"1,2\n3,4\n5,6", &[]), format!("2: {open}"));
        assert_eq!(
            read("a,b\n\"1,2\n3,4\"\n5,6", &[]),
            "2: it has 1 cell and the header 2, and a cell goes over lines: is a quote open?"
        );
        assert_eq!(read("1,2\n3", &[("header", false.into())]), "2: it has 1 cell and the first row 2");
        assert_eq!(
            read("a,b,a\n", &[]),
            "1: the header has `a` twice: give `header: [names], skip: 1`, or `flexible: true`"
        );
        assert_eq!(
            read("a,,c\n", &[]),
            "1: column 2 of the header has no name: give `header: [names], skip: 1`, or `flexible: true`"
        );
        assert_eq!(read("a;b\n1;2", &[]), "1: its only column would be `a;b`: give it `separator: ';'`");
        assert_eq!(read("a;b\n1;2", &[("separator", ",".into())]), r##"#{"a;b": "1;2"}"##);
    }

    #[test]
    fn flexible_tables_lose_nothing() {
        let flexible = [("flexible", true.into())];
        assert_eq!(
            read("a,,a\n1\n1,2,3,4\n", &flexible),
            r##"#{"a": "1", "a_2": "", "column_2": ""} #{"a": "1", "a_2": "3", "column_2": "2", "column_4": "4"}"##
        );
    }

    #[test]
    fn numbers_are_what_is_written_like_one() {
        for (cell, expected) in [
            ("12", "12"),
            ("-5", "-5"),
            ("0", "0"),
            ("1.50", "1.5"),
            ("9007199254740993", "9007199254740993"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            assert_eq!(number(cell).map(|value| value.to_string()).as_deref(), Some(expected), "{cell}");
        }
        for cell in ["", "007", "+49", "1e5", "-0", ".5", "5.", "1,5", "9223372036854775808", "NaN", "-", "0x1"] {
            assert!(number(cell).is_none(), "{cell}");
        }
    }
}
