//! `$filter` and `$orderby`: expressions over the properties of a row, with OData's three-valued logic.

mod arithmetic;
mod functions;
mod kind;
mod lexer;
mod literals;
mod parser;
mod precedence;
mod value;

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::catalog::Ty;
use crate::sandbox::filter::arithmetic::{Arithmetic, negated};
use crate::sandbox::filter::functions::Function;
pub(crate) use crate::sandbox::filter::parser::{order_keys, parse};
pub(crate) use crate::sandbox::filter::value::Val;

/// A row of a set, or an object inside one.
pub(crate) trait Record {
    /// None where the row has no property of this name.
    fn get(&self, name: &str) -> Option<Cow<'_, Value>>;
}

impl Record for Map<String, Value> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        Map::get(self, name).map(Cow::Borrowed)
    }
}

/// An expression whose names and types were checked when it was read.
#[derive(Debug)]
pub(crate) enum Expr {
    Const(Val),
    Path(Path),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    Calculate(Arithmetic, Box<Expr>, Box<Expr>),
    Negate(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    /// Holds each of these enum values.
    Has(Box<Expr>, Vec<String>),
    Call(Function, Vec<Expr>),
    /// The number of elements of a collection.
    Count(Path),
    /// `any` and `all`; without a condition, whether there is an element.
    Each {
        all: bool,
        over: Path,
        condition: Option<Box<Expr>>,
    },
}

#[derive(Debug, Clone)]
pub(crate) struct Path {
    /// The variable of `any` or `all`, counted from the outermost; None for the row itself.
    variable: Option<usize>,
    names: Vec<&'static str>,
    ty: Ty,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Expr {
    pub(crate) fn matches(&self, row: &dyn Record) -> bool {
        self.value(row).truth() == Some(true)
    }

    pub(crate) fn value(&self, row: &dyn Record) -> Val {
        self.eval(row, &mut Vec::new())
    }

    fn eval(&self, row: &dyn Record, variables: &mut Vec<Value>) -> Val {
        match self {
            Expr::Const(value) => value.clone(),
            Expr::Path(path) => Val::from_json(&path.json(row, variables), path.ty),
            Expr::Compare(comparison, left, right) => {
                comparison.holds(&left.eval(row, variables), &right.eval(row, variables))
            }
            Expr::Calculate(arithmetic, left, right) => {
                arithmetic.apply(&left.eval(row, variables), &right.eval(row, variables))
            }
            Expr::Negate(inner) => negated(&inner.eval(row, variables)),
            Expr::And(parts) => logic(parts, false, row, variables),
            Expr::Or(parts) => logic(parts, true, row, variables),
            Expr::Not(inner) => match inner.eval(row, variables) {
                Val::Bool(truth) => Val::Bool(!truth),
                _ => Val::Null,
            },
            Expr::In(item, list) => {
                let item = item.eval(row, variables);
                let mut equal = |other: &Expr| Comparison::Eq.holds(&item, &other.eval(row, variables));
                Val::Bool(list.iter().any(|other| equal(other) == Val::Bool(true)))
            }
            Expr::Has(item, wanted) => match item.eval(row, variables) {
                Val::Text(text) => Val::Bool(wanted.iter().all(|flag| text.split(',').any(|part| part.trim() == flag))),
                _ => Val::Null,
            },
            Expr::Call(function, arguments) => {
                let values: Vec<Val> = arguments.iter().map(|argument| argument.eval(row, variables)).collect();
                function.call(&values)
            }
            Expr::Count(path) => Val::Int(path.json(row, variables).as_array().map_or(0, Vec::len) as i64),
            Expr::Each { all, over, condition } => each(*all, over, condition.as_deref(), row, variables),
        }
    }
}

/// `any` and `all`; they stop at the first element that decides.
fn each(all: bool, over: &Path, condition: Option<&Expr>, row: &dyn Record, variables: &mut Vec<Value>) -> Val {
    let Some(items) = path_items(over, row, variables) else { return Val::Bool(all) };
    let Some(condition) = condition else { return Val::Bool(!items.is_empty()) };
    let mut holds = |item: Value| {
        variables.push(item);
        let truth = condition.eval(row, variables).truth() == Some(true);
        variables.pop();
        truth
    };
    Val::Bool(items.into_iter().any(|item| holds(item) != all) != all)
}

fn path_items(path: &Path, row: &dyn Record, variables: &[Value]) -> Option<Vec<Value>> {
    match path.json(row, variables).into_owned() {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

/// `or` (decided by true) and `and` (decided by false).
fn logic(parts: &[Expr], decided: bool, row: &dyn Record, variables: &mut Vec<Value>) -> Val {
    let mut unknown = false;
    for part in parts {
        match part.eval(row, variables).truth() {
            Some(truth) if truth == decided => return Val::Bool(decided),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { Val::Null } else { Val::Bool(!decided) }
}

impl Path {
    fn json<'a>(&self, row: &'a dyn Record, variables: &'a [Value]) -> Cow<'a, Value> {
        let missing = || Cow::Owned(Value::Null);
        let mut names = self.names.iter();
        let mut value = match self.variable {
            Some(place) => variables.get(place).map_or_else(missing, Cow::Borrowed),
            None => names.next().and_then(|name| row.get(name)).unwrap_or_else(missing),
        };
        for name in names {
            value = match value {
                Cow::Borrowed(value) => value.get(name).map_or_else(missing, Cow::Borrowed),
                Cow::Owned(mut value) => Cow::Owned(value.get_mut(name).map(Value::take).unwrap_or_default()),
            };
        }
        value
    }
}

impl Comparison {
    fn holds(self, left: &Val, right: &Val) -> Val {
        // Equality knows null as a value; order does not.
        let equal = || match (left.is_null(), right.is_null()) {
            (false, false) => left.compare(right).map_or(left == right, Ordering::is_eq),
            (left, right) => left && right,
        };
        let order = || left.compare(right);
        Val::Bool(match self {
            Comparison::Eq => equal(),
            Comparison::Ne => !equal(),
            Comparison::Gt => order().is_some_and(Ordering::is_gt),
            Comparison::Ge => order().is_some_and(Ordering::is_ge),
            Comparison::Lt => order().is_some_and(Ordering::is_lt),
            Comparison::Le => order().is_some_and(Ordering::is_le),
        })
    }
}
