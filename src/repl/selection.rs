//! Inside the texts of `filter`, `orderby`, `select` and `expand`: the properties of the rows, and what may stand between them.

use crate::catalog::{Property, QueryOption, Ty};
use crate::repl::complete::{Candidate, Completion, about, pair, plain};

const COMPARISONS: [(&str, &str); 7] = [
    ("eq", "equal"),
    ("ne", "not equal"),
    ("gt", "greater"),
    ("ge", "greater or equal"),
    ("lt", "less"),
    ("le", "less or equal"),
    ("in", "one of: in ('a', 'b')"),
];

const FUNCTIONS: [&str; 6] = ["contains(", "startswith(", "endswith(", "tolower(", "not ", "("];

/// What can be said of what is expanded: `Groups($select=Name)`.
const INNER: [(&str, QueryOption); 4] = [
    ("$select=", QueryOption::Select),
    ("$expand=", QueryOption::Expand),
    ("$filter=", QueryOption::Filter),
    ("$orderby=", QueryOption::Orderby),
];

impl<'a> Completion<'a> {
    /// The candidates behind a text that stands in an option of a list of such rows.
    pub(super) fn selection(&self, row: &'a str, option: &str, text: &str) -> Vec<Candidate> {
        match QueryOption::from_name(option) {
            Some(QueryOption::Filter) => self.filter(row, text),
            Some(QueryOption::Orderby) => {
                let last = text.rsplit(',').next().unwrap_or(text);
                match last.trim().is_empty() || last.ends_with('/') {
                    true => self.of_path(row, last.trim(), |it| !it.navigation),
                    false => vec![about("asc", Some("upwards")), about("desc", Some("downwards"))],
                }
            }
            Some(QueryOption::Expand) => self.expand(row, text),
            Some(QueryOption::Select) => {
                let last = text.rsplit(',').next().unwrap_or(text).trim();
                self.of_path(row, last, |it| !it.navigation)
            }
            _ => Vec::new(),
        }
    }

    /// The properties that a path leads to: behind `Hours/` those of the hours.
    fn of_path(&self, row: &'a str, path: &str, fits: impl Fn(&&Property) -> bool) -> Vec<Candidate> {
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        let Some(ty) = steps.try_fold(row, |ty, step| self.field(ty, step)) else { return Vec::new() };
        let all = self.properties(ty).filter(fits);
        all.map(|it| pair(it.name, format!("{}  {}", it.name, it.ty))).collect()
    }

    /// `Groups($select=Name,Id;$expand=Rights($`
    fn expand(&self, row: &'a str, text: &str) -> Vec<Candidate> {
        // The names of the brackets that are open, and what was said in the innermost one.
        let mut open: Vec<&str> = Vec::new();
        let mut from = 0;
        for (at, c) in text.char_indices() {
            match c {
                '(' => {
                    let name = text[from..at].rsplit([',', ';', '=', ' ']).next().unwrap_or_default();
                    open.push(name);
                    from = at + 1;
                }
                ')' => {
                    open.pop();
                }
                ';' => from = at + 1,
                _ => {}
            }
        }
        let Some(inner) = open.iter().try_fold(row, |ty, name| self.field(ty, name)) else { return Vec::new() };
        let said = text.get(from..).unwrap_or_default();
        if open.is_empty() {
            return self.of_path(inner, "", |it| it.navigation);
        }
        match INNER.iter().find(|(name, _)| said.starts_with(name)) {
            Some((name, option)) => self.selection(inner, option.name(), &said[name.len()..]),
            None => INNER.iter().map(|(name, _)| plain(name)).collect(),
        }
    }

    fn filter(&self, row: &'a str, text: &str) -> Vec<Candidate> {
        if let Some(before) = text.strip_suffix('\'').filter(|_| text.matches('\'').count() % 2 == 1) {
            return self.quoted(row, before);
        }
        let tokens = tokens(text);
        let here = text.rsplit(|c: char| c.is_whitespace() || "(,:".contains(c)).next().unwrap_or_default();
        if here.ends_with('/') {
            let (ty, path) = self.bound(row, text, here);
            return ty.map_or_else(Vec::new, |ty| {
                let deeper = self.of_path(ty, path, |_| true);
                let collection = ["any(", "all("].map(plain);
                // Of several of them, it is said whether any is so.
                match self.path_type(row, text, here.trim_end_matches('/')) {
                    Some(Ty::List(_)) => collection.to_vec(),
                    _ => deeper,
                }
            });
        }
        let Some(last) = tokens.last().copied() else { return self.terms(row) };
        let is_operator = |word: &str| COMPARISONS.iter().any(|(name, _)| *name == word);
        match last {
            "and" | "or" | "not" | "(" => self.terms(row),
            "," => Vec::new(),
            operator if is_operator(operator) => {
                let path = tokens.len().checked_sub(2).and_then(|at| tokens.get(at)).copied().unwrap_or_default();
                match self.path_type(row, text, path) {
                    Some(ty) => self.literals(ty, '\''),
                    None => Vec::new(),
                }
            }
            path if self.path_type(row, text, path).is_some() => {
                COMPARISONS.iter().map(|(name, said)| pair(format!("{name} "), format!("{name}  {said}"))).collect()
            }
            ")" | "true" | "false" | "null" => connected(),
            value if value.ends_with('\'') || value.starts_with(|c: char| c.is_ascii_digit()) => connected(),
            _ => Vec::new(),
        }
    }

    /// How a condition begins.
    fn terms(&self, row: &'a str) -> Vec<Candidate> {
        let all = self.of_path(row, "", |_| true);
        all.into_iter().chain(FUNCTIONS.iter().map(plain)).collect()
    }

    /// Between the quotes of a filter: values of the property that they are compared with.
    fn quoted(&self, row: &'a str, before: &str) -> Vec<Candidate> {
        let all = tokens(before);
        let operator = all.iter().rposition(|word| COMPARISONS.iter().any(|(name, _)| name == word));
        let Some(path) = operator.and_then(|at| all.get(at.checked_sub(1)?)) else { return Vec::new() };
        let Some(ty) = self.path_type(row, before, path) else { return Vec::new() };
        match self.values_of(ty) {
            none if none.is_empty() => self.seen(Some(row), path),
            values => values,
        }
    }

    /// The type that a path begins at, and the path: `g/Name` inside of `Groups/any(g:` begins at a group of the row.
    fn bound<'b>(&self, row: &'a str, text: &str, path: &'b str) -> (Option<&'a str>, &'b str) {
        let (first, rest) = path.split_once('/').unwrap_or((path, ""));
        let named = text.find(&format!("({first}:")).filter(|_| !first.is_empty());
        let Some(at) = named else { return (Some(row), path) };
        let list = text[..at].rsplit([' ', '(']).next().unwrap_or_default();
        let mut steps = list.trim_end_matches("/any").trim_end_matches("/all").split('/');
        (steps.try_fold(row, |ty, step| self.field(ty, step)), rest)
    }

    fn path_type(&self, row: &'a str, text: &str, path: &str) -> Option<Ty> {
        let (ty, path) = self.bound(row, text, path);
        let steps: Vec<&str> = path.split('/').collect();
        let whole = !path.is_empty() && steps.iter().all(|step| !step.is_empty());
        whole.then(|| self.typed(ty?, &steps)).flatten()
    }
}

fn connected() -> Vec<Candidate> {
    vec![plain("and "), plain("or ")]
}

/// Words, texts between quotes, and signs.
fn tokens(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut from, mut quoted) = (0, false);
    let mut keep = |from: usize, at: usize| {
        if from < at {
            all.push(&text[from..at]);
        }
    };
    for (at, c) in text.char_indices() {
        match c {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' | ')' | ',' => {
                keep(from, at);
                keep(at, at + 1);
                from = at + 1;
            }
            c if c.is_whitespace() || c == ':' => {
                keep(from, at);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    keep(from, text.len());
    all
}
