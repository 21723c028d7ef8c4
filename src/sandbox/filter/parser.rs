//! Reads the operands of filters - literals, paths, calls - and checks every name and type on the way.

use jiff::Timestamp;

use crate::catalog::Ty;
use crate::sandbox::filter::functions::{Signature, UNSUPPORTED};
use crate::sandbox::filter::kind::Kind;
use crate::sandbox::filter::lexer::{Token, tokens};
use crate::sandbox::filter::literals;
use crate::sandbox::filter::value::Val;
use crate::sandbox::filter::{Comparison, Expr, Path};
use crate::sandbox::problem::Problem;
use crate::sandbox::schema::{Schema, edm};

/// Nested deeper than this is refused; 200 levels of parentheses must do.
const MAX_DEPTH: usize = 220;
/// How many levels of parentheses a call counts for: it costs that much more stack.
const CALL_DEPTH: usize = 8;
/// `any` and `all` inside of each other: every level multiplies the work for a row.
const MAX_NESTED_LAMBDAS: usize = 3;

pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) kind: Kind,
    /// Where it begins.
    pub(super) place: usize,
    /// How deep it is nested: evaluation needs that much stack.
    pub(super) height: usize,
}

pub(super) struct Parser<'a> {
    schema: Schema,
    now: Timestamp,
    text: &'a str,
    tokens: Vec<(Token, usize)>,
    pub(super) next: usize,
    pub(super) depth: usize,
    row: &'static str,
    /// The variables of `any` and `all` around here, outermost first.
    variables: Vec<(String, Ty)>,
}

/// Reads `$filter` for rows of type `ty`.
pub(crate) fn parse(schema: Schema, now: Timestamp, ty: &'static str, text: &str) -> Result<Expr, Problem> {
    let mut parser = Parser::new(schema, now, ty, text)?;
    let typed = parser.expression()?;
    parser.end()?;
    parser.truth(typed)
}

/// Reads `$orderby`: expressions, each with whether it is descending.
pub(crate) fn order_keys(
    schema: Schema,
    now: Timestamp,
    ty: &'static str,
    text: &str,
) -> Result<Vec<(Expr, bool)>, Problem> {
    let mut parser = Parser::new(schema, now, ty, text)?;
    let mut keys = Vec::new();
    loop {
        let typed = parser.expression()?;
        if let Kind::Whole(ty) = typed.kind {
            let what = format!("Rows cannot be ordered by a value of type '{}'.", edm(ty));
            return Err(parser.refuse(typed.place, &what));
        }
        let descending = parser.keyword("desc");
        if !descending {
            parser.keyword("asc");
        }
        keys.push((typed.expr, descending));
        if !parser.mark(',') {
            parser.end()?;
            return Ok(keys);
        }
    }
}

impl<'a> Parser<'a> {
    fn new(schema: Schema, now: Timestamp, row: &'static str, text: &'a str) -> Result<Parser<'a>, Problem> {
        let tokens = tokens(text).map_err(|place| syntax_error(text, place))?;
        Ok(Parser { schema, now, text, tokens, next: 0, depth: 0, row, variables: Vec::new() })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// Where the next token begins.
    pub(super) fn place(&self) -> usize {
        self.tokens.get(self.next).map_or(self.text.len(), |(_, place)| *place)
    }

    pub(super) fn wrong(&self) -> Problem {
        syntax_error(self.text, self.place())
    }

    /// Says what is wrong, and where.
    pub(super) fn refuse(&self, place: usize, what: &str) -> Problem {
        let (place, text) = (position(self.text, place), self.text);
        Problem::invalid(format!(
            "The query specified in the URI is not valid. {what} This stands at position {place} in '{text}'."
        ))
    }

    fn end(&self) -> Result<(), Problem> {
        if self.peek().is_none() { Ok(()) } else { Err(self.wrong()) }
    }

    pub(super) fn mark(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.next += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, mark: char) -> Result<(), Problem> {
        if self.mark(mark) { Ok(()) } else { Err(self.wrong()) }
    }

    pub(super) fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(next)) if next == word);
        self.next += usize::from(found);
        found
    }

    /// The expression of a whole filter, or of a condition inside one.
    fn truth(&self, typed: Typed) -> Result<Expr, Problem> {
        if typed.kind.may_be_bool() {
            return Ok(typed.expr);
        }
        let what = format!("A filter must evaluate to a single boolean value, not to '{}'.", typed.kind.name());
        Err(self.refuse(typed.place, &what))
    }

    /// A node above others whose greatest height is `below`.
    pub(super) fn node(&self, expr: Expr, kind: Kind, place: usize, below: usize) -> Result<Typed, Problem> {
        let height = below + 1;
        if height > MAX_DEPTH {
            return Err(self.too_deep(place));
        }
        Ok(Typed { expr, kind, place, height })
    }

    fn too_deep(&self, place: usize) -> Problem {
        self.refuse(place, "The expression is nested too deep.")
    }

    /// A literal, a path or a call.
    pub(super) fn operand(&mut self) -> Result<Typed, Problem> {
        let place = self.place();
        let Some(token) = self.peek().cloned() else { return Err(self.wrong()) };
        let literal = match token {
            Token::Text(text) => Some((Val::Text(text), Kind::Text)),
            Token::Bare(text) => Some(literals::bare(&text).ok_or_else(|| self.wrong())?),
            Token::Typed(prefix, text) => {
                let read = literals::prefixed(self.schema, &prefix, &text);
                Some(read.map_err(|what| self.refuse(place, &what))?)
            }
            Token::Word(word) => match literals::word(&word) {
                Some(literal) => Some(literal),
                None => return self.name(&word, place),
            },
            Token::Mark(_) => None,
        };
        let (value, kind) = literal.ok_or_else(|| self.wrong())?;
        self.next += 1;
        self.node(Expr::Const(value), kind, place, 0)
    }

    /// An expression inside a call: the only thing that is read by recursion.
    fn inner_expression(&mut self) -> Result<Typed, Problem> {
        self.deeper(CALL_DEPTH)?;
        let inner = self.expression();
        self.depth -= CALL_DEPTH;
        inner
    }

    pub(super) fn deeper(&mut self, levels: usize) -> Result<(), Problem> {
        self.depth += levels;
        if self.depth <= MAX_DEPTH { Ok(()) } else { Err(self.too_deep(self.place())) }
    }

    /// A function call or a path.
    fn name(&mut self, word: &str, place: usize) -> Result<Typed, Problem> {
        self.next += 1;
        if let Some(alias) = word.strip_prefix('@') {
            return Err(self.refuse(place, &format!("Parameter aliases like '@{alias}' are not supported.")));
        }
        if self.peek() == Some(&Token::Mark('(')) {
            return self.call(word, place);
        }
        let variable = self.variables.iter().rposition(|(name, _)| name == word);
        let row = Path { variable: None, names: Vec::new(), ty: Ty::Named(self.row) };
        let mut path = match variable {
            Some(number) => Path { variable, names: Vec::new(), ty: self.variables[number].1 },
            // The row itself is only the start of a path.
            None if word == "$it" && self.peek() == Some(&Token::Mark('/')) => row,
            None => self.step(row, word, place)?,
        };
        while self.mark('/') {
            let place = self.place();
            let Some(Token::Word(name)) = self.peek().cloned() else { return Err(self.wrong()) };
            self.next += 1;
            match (name.as_str(), path.ty) {
                ("any" | "all", Ty::List(element)) => return self.each(name == "all", path, *element, place),
                ("$count", Ty::List(_)) => return self.node(Expr::Count(path), Kind::Number(Ty::Int64), place, 0),
                _ => path = self.step(path, &name, place)?,
            }
        }
        let kind = Kind::of(self.schema, path.ty);
        self.node(Expr::Path(path), kind, place, 0)
    }

    fn step(&self, mut path: Path, name: &str, place: usize) -> Result<Path, Problem> {
        let unknown = || {
            let what = format!("Could not find a property named '{name}' on type '{}'.", edm(path.ty));
            self.refuse(place, &what)
        };
        let Ty::Named(ty) = path.ty else { return Err(unknown()) };
        let property = self.schema.property(ty, name).ok_or_else(unknown)?;
        path.names.push(property.name);
        path.ty = property.ty;
        Ok(path)
    }

    fn each(&mut self, all: bool, over: Path, element: Ty, place: usize) -> Result<Typed, Problem> {
        self.expect('(')?;
        let (mut condition, mut height) = (None, 0);
        if !self.mark(')') {
            if self.variables.len() == MAX_NESTED_LAMBDAS {
                let what = format!("The Any/All nesting limit of '{MAX_NESTED_LAMBDAS}' has been exceeded.");
                return Err(self.refuse(place, &what));
            }
            let variable = match self.peek() {
                Some(Token::Word(word)) if !word.contains(['.', '$', '@']) => word.clone(),
                _ => return Err(self.wrong()),
            };
            self.next += 1;
            self.expect(':')?;
            self.variables.push((variable, element));
            let inner = self.inner_expression()?;
            self.variables.pop();
            height = inner.height;
            condition = Some(Box::new(self.truth(inner)?));
            self.expect(')')?;
        } else if all {
            return Err(self.refuse(place, "'all' needs a condition."));
        }
        self.node(Expr::Each { all, over, condition }, Kind::Bool, place, height)
    }

    /// Whether the collection at `path` holds `item`: an `any` that compares.
    pub(super) fn held_by(&self, item: Typed, path: Path, element: Ty) -> Expr {
        let variable = Path { variable: Some(self.variables.len()), names: Vec::new(), ty: element };
        let equal = Expr::Compare(Comparison::Eq, Box::new(item.expr), Box::new(Expr::Path(variable)));
        Expr::Each { all: false, over: path, condition: Some(Box::new(equal)) }
    }

    fn call(&mut self, name: &str, place: usize) -> Result<Typed, Problem> {
        if UNSUPPORTED.contains(&name) {
            return Err(self.refuse(place, &format!("The function '{name}' is not supported.")));
        }
        if Signature::named(name).next().is_none() {
            return Err(self.refuse(place, &format!("An unknown function with name '{name}' was found.")));
        }
        self.expect('(')?;
        let mut arguments = Vec::new();
        while !self.mark(')') {
            if !arguments.is_empty() {
                self.expect(',')?;
            }
            arguments.push(self.inner_expression()?);
        }
        let kinds: Vec<Kind> = arguments.iter().map(|argument| argument.kind).collect();
        let Some(signature) = Signature::named(name).find(|signature| signature.fits(&kinds)) else {
            let known: Vec<String> = Signature::named(name).map(Signature::text).collect();
            let what = format!(
                "No function signature for the function with name '{name}' matches the specified arguments. The \
                 function signatures considered are: {}.",
                known.join("; ")
            );
            return Err(self.refuse(place, &what));
        };
        let height = arguments.iter().map(|argument| argument.height).max().unwrap_or(0);
        let expr = match signature.function.constant(self.now) {
            Some(value) => Expr::Const(value),
            None => Expr::Call(signature.function, arguments.into_iter().map(|argument| argument.expr).collect()),
        };
        self.node(expr, signature.gives, place, height)
    }

    pub(super) fn kind(&self, ty: Ty) -> Kind {
        Kind::of(self.schema, ty)
    }

    /// Text beside an enum must be one of its values, and counts as such.
    pub(super) fn settle_enums(&self, left: &mut Typed, right: &mut Typed) -> Result<(), Problem> {
        match (left.kind, right.kind) {
            (Kind::Enum(name), Kind::Text) => self.enum_text(name, right),
            (Kind::Text, Kind::Enum(name)) => self.enum_text(name, left),
            _ => Ok(()),
        }
    }

    fn enum_text(&self, name: &'static str, typed: &mut Typed) -> Result<(), Problem> {
        // What is no literal stays text, which does not compare with an enum.
        if let Expr::Const(Val::Text(text)) = &typed.expr {
            let value = literals::enum_value(self.schema, name, text);
            typed.expr = Expr::Const(value.map_err(|what| self.refuse(typed.place, &what))?);
            typed.kind = Kind::Enum(name);
        }
        Ok(())
    }
}

fn syntax_error(text: &str, place: usize) -> Problem {
    let place = position(text, place);
    let message = format!("The query specified in the URI is not valid. Syntax error at position {place} in '{text}'.");
    Problem::invalid(message)
}

/// A place in bytes as people count: in characters.
fn position(text: &str, place: usize) -> usize {
    text.char_indices().take_while(|(start, _)| *start < place).count()
}
