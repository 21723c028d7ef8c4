//! `$search`: words and quoted phrases with AND, OR, NOT and parentheses, wherever a row holds text.

use serde_json::Value;

use crate::catalog::{Property, Ty};
use crate::sandbox::filter::Record;
use crate::sandbox::problem::Problem;
use crate::sandbox::schema::{Schema, named};

#[derive(Debug)]
pub(super) enum Search {
    /// In lower case.
    Holds(String),
    /// Without parts, what finds everything.
    All(Vec<Search>),
    Any(Vec<Search>),
    Not(Box<Search>),
}

const MAX_DEPTH: usize = 100;

#[derive(Debug, PartialEq)]
enum Token {
    And,
    Or,
    Not,
    Open,
    Close,
    Text(String),
}

impl Search {
    /// Reads the text of the option; an empty one finds everything.
    pub(super) fn read(text: &str) -> Result<Search, Problem> {
        let tokens = tokens(text)?;
        if tokens.is_empty() {
            return Ok(Search::All(Vec::new()));
        }
        let mut reader = Reader { text, tokens, next: 0, depth: 0 };
        let search = reader.any()?;
        if reader.next < reader.tokens.len() { Err(reader.wrong()) } else { Ok(search) }
    }

    pub(super) fn finds(&self, schema: Schema, ty: &str, row: &dyn Record) -> bool {
        match self {
            Search::All(parts) if parts.is_empty() => true,
            search => search.holds_in(&texts(schema, ty, row)),
        }
    }

    fn holds_in(&self, texts: &[String]) -> bool {
        match self {
            Search::Holds(wanted) => texts.iter().any(|text| text.contains(wanted)),
            Search::All(parts) => parts.iter().all(|part| part.holds_in(texts)),
            Search::Any(parts) => parts.iter().any(|part| part.holds_in(texts)),
            Search::Not(inner) => !inner.holds_in(texts),
        }
    }
}

/// The row's own text, and the names of what it refers to, in lower case.
fn texts(schema: Schema, ty: &str, row: &dyn Record) -> Vec<String> {
    let mut found = Vec::new();
    for property in schema.properties(ty) {
        // Whole lists behind navigation would let every member of a department be found by its name.
        if property.navigation && matches!(property.ty, Ty::List(_)) {
            continue;
        }
        match (row.get(property.name).as_deref(), named(property.ty)) {
            (Some(Value::String(text)), None) if property.ty == Ty::String => found.push(text.to_lowercase()),
            (Some(Value::Object(inner)), Some(ty)) => names(schema, ty, inner, &mut found),
            (Some(Value::Array(items)), Some(ty)) => {
                items.iter().filter_map(Value::as_object).for_each(|inner| names(schema, ty, inner, &mut found));
            }
            _ => {}
        }
    }
    found
}

/// What an object inside a row is called.
fn names(schema: Schema, ty: &str, inner: &dyn Record, found: &mut Vec<String>) {
    let is_name = |property: &&Property| property.ty == Ty::String && property.name.ends_with("Name");
    for property in schema.properties(ty).filter(is_name) {
        if let Some(Value::String(text)) = inner.get(property.name).as_deref() {
            found.push(text.to_lowercase());
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Problem> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(next) = rest.chars().next() {
        let (token, length) = match next {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' => {
                let unclosed = || Problem::invalid("The $search expression holds an unclosed quote.");
                let end = rest[1..].find('"').ok_or_else(unclosed)?;
                (Token::Text(rest[1..=end].to_lowercase()), end + 2)
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"')).unwrap_or(rest.len());
                (word(&rest[..end]), end)
            }
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn word(text: &str) -> Token {
    match text {
        "AND" => Token::And,
        "OR" => Token::Or,
        "NOT" => Token::Not,
        word => Token::Text(word.to_lowercase()),
    }
}

struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Reader<'_> {
    fn wrong(&self) -> Problem {
        let (text, number) = (self.text, self.next + 1);
        Problem::invalid(format!("The $search expression '{text}' is not valid at its term {number}."))
    }

    fn take(&mut self, token: &Token) -> bool {
        let found = self.tokens.get(self.next) == Some(token);
        self.next += usize::from(found);
        found
    }

    fn any(&mut self) -> Result<Search, Problem> {
        let mut parts = vec![self.all()?];
        while self.take(&Token::Or) {
            parts.push(self.all()?);
        }
        Ok(Search::Any(parts))
    }

    /// Terms that just follow each other must hold together, as if AND stood between them.
    fn all(&mut self) -> Result<Search, Problem> {
        let mut parts = vec![self.term()?];
        while !matches!(self.tokens.get(self.next), None | Some(Token::Or | Token::Close)) {
            self.take(&Token::And);
            parts.push(self.term()?);
        }
        Ok(Search::All(parts))
    }

    fn term(&mut self) -> Result<Search, Problem> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Problem::invalid("The $search expression is nested too deep."));
        }
        let term = if self.take(&Token::Not) {
            Search::Not(Box::new(self.term()?))
        } else if self.take(&Token::Open) {
            let inner = self.any()?;
            if !self.take(&Token::Close) {
                return Err(self.wrong());
            }
            inner
        } else if let Some(Token::Text(text)) = self.tokens.get(self.next) {
            let text = text.clone();
            self.next += 1;
            Search::Holds(text)
        } else {
            return Err(self.wrong());
        };
        self.depth -= 1;
        Ok(term)
    }
}
