//! Reads the operands of filters - literals, paths, calls - and checks every name and type on the way.

use crate::catalog::Ty;
use crate::sandbox::filter::functions::Function;
use crate::sandbox::filter::lexer::{Token, tokens};
use crate::sandbox::filter::value::Val;
use crate::sandbox::filter::{Expr, Path};
use crate::sandbox::problem::Problem;
use crate::sandbox::scalar;
use crate::sandbox::schema::{Schema, edm};

/// What an expression gives, as far as comparing goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    Text,
    Instant,
    Date,
    Time,
    Span,
    Guid,
    Enum(&'static str),
    /// An object or a collection.
    Whole,
    /// Known only at run time.
    Any,
}

/// Nested deeper than this is refused; 200 levels of parentheses must do.
const MAX_DEPTH: usize = 220;
/// How many levels of parentheses a call counts for: it costs that much more stack.
const CALL_DEPTH: usize = 8;

pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) kind: Kind,
}

pub(super) struct Parser<'a> {
    schema: Schema,
    text: &'a str,
    tokens: Vec<(Token, usize)>,
    pub(super) next: usize,
    pub(super) depth: usize,
    row: &'static str,
    /// The variables of `any` and `all` around here, outermost first.
    variables: Vec<(String, Ty)>,
}

/// Reads `$filter` for rows of type `ty`.
pub(crate) fn parse(schema: Schema, ty: &'static str, text: &str) -> Result<Expr, Problem> {
    let mut parser = Parser::new(schema, ty, text)?;
    let typed = parser.expression()?;
    parser.end()?;
    parser.truth(typed)
}

/// Reads `$orderby`: expressions, each with whether it is descending.
pub(crate) fn order_keys(schema: Schema, ty: &'static str, text: &str) -> Result<Vec<(Expr, bool)>, Problem> {
    let mut parser = Parser::new(schema, ty, text)?;
    let mut keys = Vec::new();
    loop {
        let expr = parser.expression()?.expr;
        let descending = parser.keyword("desc");
        if !descending {
            parser.keyword("asc");
        }
        keys.push((expr, descending));
        if !parser.mark(',') {
            parser.end()?;
            return Ok(keys);
        }
    }
}

impl<'a> Parser<'a> {
    fn new(schema: Schema, row: &'static str, text: &'a str) -> Result<Parser<'a>, Problem> {
        let tokens = tokens(text).map_err(|place| syntax_error(text, place))?;
        Ok(Parser { schema, text, tokens, next: 0, depth: 0, row, variables: Vec::new() })
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    pub(super) fn wrong(&self) -> Problem {
        syntax_error(self.text, self.tokens.get(self.next).map_or(self.text.len(), |(_, place)| *place))
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

    pub(super) fn truth(&self, typed: Typed) -> Result<Expr, Problem> {
        match typed.kind {
            Kind::Bool | Kind::Null | Kind::Any => Ok(typed.expr),
            _ => Err(Problem::invalid(format!(
                "The query specified in the URI is not valid. '{}' does not evaluate to a single boolean value.",
                self.text
            ))),
        }
    }

    /// A literal, a path or a call.
    pub(super) fn operand(&mut self) -> Result<Typed, Problem> {
        let Some(token) = self.peek().cloned() else { return Err(self.wrong()) };
        let constant = |value, kind| Ok(Typed { expr: Expr::Const(value), kind });
        let typed = match token {
            Token::Text(text) => constant(Val::Text(text), Kind::Text),
            Token::Bare(text) => bare(&text).ok_or_else(|| self.wrong()),
            Token::Typed(prefix, text) => self.typed_literal(&prefix, &text),
            Token::Word(word) => match word.as_str() {
                "true" => constant(Val::Bool(true), Kind::Bool),
                "false" => constant(Val::Bool(false), Kind::Bool),
                "null" => constant(Val::Null, Kind::Null),
                _ => return self.name(&word),
            },
            Token::Mark(_) => Err(self.wrong()),
        }?;
        self.next += 1;
        Ok(typed)
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
        (self.depth <= MAX_DEPTH).then_some(()).ok_or_else(|| {
            Problem::invalid("The query specified in the URI is not valid. The expression is nested too deep.")
        })
    }

    fn typed_literal(&self, prefix: &str, text: &str) -> Result<Typed, Problem> {
        if prefix == "duration" {
            let span = scalar::duration(text).ok_or_else(|| self.wrong())?;
            return Ok(Typed { expr: Expr::Const(Val::Span(span)), kind: Kind::Span });
        }
        let known = prefix.strip_prefix("Pbx.").and_then(|name| self.schema.catalog.ty(name));
        let ty = known.map(|ty| ty.name).filter(|name| self.schema.is_enum_value(name, text));
        let name = ty.ok_or_else(|| self.wrong())?;
        Ok(Typed { expr: Expr::Const(Val::Text(text.to_owned())), kind: Kind::Enum(name) })
    }

    /// A function call or a path.
    fn name(&mut self, word: &str) -> Result<Typed, Problem> {
        self.next += 1;
        if self.peek() == Some(&Token::Mark('(')) {
            return self.nested_call(word);
        }
        let variable = self.variables.iter().rposition(|(name, _)| name == word);
        let mut path = match variable {
            Some(place) => Path { variable, names: Vec::new(), ty: self.variables[place].1 },
            None => self.step(Path { variable: None, names: Vec::new(), ty: Ty::Named(self.row) }, word)?,
        };
        while self.mark('/') {
            let Some(Token::Word(name)) = self.peek().cloned() else { return Err(self.wrong()) };
            self.next += 1;
            match (name.as_str(), path.ty) {
                ("any" | "all", Ty::List(element)) => return self.each(name == "all", path, *element),
                ("$count", Ty::List(_)) => return Ok(Typed { expr: Expr::Count(path), kind: Kind::Number }),
                _ => path = self.step(path, &name)?,
            }
        }
        let kind = self.kind(path.ty);
        Ok(Typed { expr: Expr::Path(path), kind })
    }

    fn step(&self, mut path: Path, name: &str) -> Result<Path, Problem> {
        let unknown = || {
            let ty = edm(path.ty);
            Problem::invalid(format!(
                "The query specified in the URI is not valid. Could not find a property named '{name}' on type '{ty}'."
            ))
        };
        let Ty::Named(ty) = path.ty else { return Err(unknown()) };
        let property = self.schema.property(ty, name).ok_or_else(unknown)?;
        path.names.push(property.name);
        path.ty = property.ty;
        Ok(path)
    }

    fn each(&mut self, all: bool, over: Path, element: Ty) -> Result<Typed, Problem> {
        self.expect('(')?;
        let mut condition = None;
        if !self.mark(')') {
            let Some(Token::Word(variable)) = self.peek().cloned() else { return Err(self.wrong()) };
            self.next += 1;
            self.expect(':')?;
            self.variables.push((variable, element));
            let inner = self.inner_expression()?;
            self.variables.pop();
            condition = Some(Box::new(self.truth(inner)?));
            self.expect(')')?;
        }
        Ok(Typed { expr: Expr::Each { all, over, condition }, kind: Kind::Bool })
    }

    fn nested_call(&mut self, name: &str) -> Result<Typed, Problem> {
        let Some((_, function, takes, gives)) = Function::signature(name) else {
            return Err(Problem::invalid(format!(
                "The query specified in the URI is not valid. An unknown function with name '{name}' was found."
            )));
        };
        self.expect('(')?;
        let mut arguments = Vec::new();
        for (place, wanted) in takes.iter().enumerate() {
            if place > 0 {
                self.expect(',')?;
            }
            let argument = self.inner_expression()?;
            let fits = |kind: Kind| {
                kind == *wanted
                    || matches!(kind, Kind::Null | Kind::Any)
                    || *wanted == Kind::Instant && kind == Kind::Date
            };
            if !fits(argument.kind) {
                return Err(Problem::invalid(format!(
                    "The query specified in the URI is not valid. No function signature for the function with name \
                     '{name}' matches the specified arguments."
                )));
            }
            arguments.push(argument.expr);
        }
        self.expect(')')?;
        Ok(Typed { expr: Expr::Call(*function, arguments), kind: *gives })
    }

    fn kind(&self, ty: Ty) -> Kind {
        match ty {
            Ty::String => Kind::Text,
            Ty::Bool => Kind::Bool,
            Ty::Int32 | Ty::Int64 | Ty::UInt8 | Ty::Decimal | Ty::Double => Kind::Number,
            Ty::DateTime => Kind::Instant,
            Ty::Date => Kind::Date,
            Ty::Time => Kind::Time,
            Ty::Duration => Kind::Span,
            Ty::Guid => Kind::Guid,
            Ty::Any => Kind::Any,
            Ty::Named(name) if self.schema.is_enum(name) => Kind::Enum(name),
            Ty::Named(_) | Ty::List(_) => Kind::Whole,
        }
    }

    /// Refuses to compare what cannot be compared; text beside an enum must be one of its values.
    pub(super) fn agree(&self, left: &mut Typed, right: &mut Typed) -> Result<(), Problem> {
        match (left.kind, right.kind) {
            (Kind::Enum(name), Kind::Text) => self.enum_text(name, right),
            (Kind::Text, Kind::Enum(name)) => self.enum_text(name, left),
            (a, b) if a == b || [a, b].iter().any(|kind| matches!(kind, Kind::Null | Kind::Any)) => Ok(()),
            (Kind::Instant, Kind::Date) | (Kind::Date, Kind::Instant) => Ok(()),
            (a, b) => Err(Problem::invalid(format!(
                "The query specified in the URI is not valid. A binary operator with incompatible types was detected. \
                 Found operand types '{}' and '{}'.",
                a.name(),
                b.name()
            ))),
        }
    }

    fn enum_text(&self, name: &'static str, typed: &mut Typed) -> Result<(), Problem> {
        let known = matches!(&typed.expr, Expr::Const(Val::Text(text)) if self.schema.is_enum_value(name, text));
        typed.kind = Kind::Enum(name);
        let literal = match &typed.expr {
            Expr::Const(Val::Text(text)) => text.as_str(),
            _ => "",
        };
        known.then_some(()).ok_or_else(|| {
            Problem::invalid(format!(
                "The query specified in the URI is not valid. The string '{literal}' is not a valid enumeration type \
                 constant."
            ))
        })
    }
}

impl Kind {
    fn name(self) -> String {
        match self {
            Kind::Null => "null".to_owned(),
            Kind::Bool => edm(Ty::Bool),
            Kind::Number => edm(Ty::Int32),
            Kind::Text => edm(Ty::String),
            Kind::Instant => edm(Ty::DateTime),
            Kind::Date => edm(Ty::Date),
            Kind::Time => edm(Ty::Time),
            Kind::Span => edm(Ty::Duration),
            Kind::Guid => edm(Ty::Guid),
            Kind::Enum(name) => edm(Ty::Named(name)),
            Kind::Whole | Kind::Any => edm(Ty::Any),
        }
    }
}

/// A literal without quotes.
fn bare(text: &str) -> Option<Typed> {
    let constant = |value, kind| Typed { expr: Expr::Const(value), kind };
    if let Ok(number) = text.parse::<i64>() {
        return Some(constant(Val::Int(number), Kind::Number));
    }
    if scalar::guid(text) {
        return Some(constant(Val::Text(text.to_ascii_lowercase()), Kind::Guid));
    }
    let dates = scalar::date(text).map(|date| constant(Val::Date(date), Kind::Date));
    let instants = || scalar::timestamp(text).map(|instant| constant(Val::Instant(instant), Kind::Instant));
    let times = || scalar::time(text).map(|time| constant(Val::Time(time), Kind::Time));
    let reals = || {
        let number: f64 = text.parse().ok()?;
        number.is_finite().then(|| constant(Val::Real(number), Kind::Number))
    };
    dates.or_else(instants).or_else(times).or_else(reals)
}

fn syntax_error(text: &str, place: usize) -> Problem {
    let message = format!("The query specified in the URI is not valid. Syntax error at position {place} in '{text}'.");
    Problem::invalid(message)
}
