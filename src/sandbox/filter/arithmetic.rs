//! Calculating with numbers, dates and durations. What has no result, like a division by zero, is null.

use jiff::{SignedDuration, Timestamp};

use crate::catalog::Ty;
use crate::sandbox::filter::kind::{Kind, promoted};
use crate::sandbox::filter::value::Val;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    /// Never cuts off decimals, as `div` of integers does.
    DivBy,
    Mod,
}

const DAY: i64 = 86_400_000;

impl Arithmetic {
    /// None where the two do not go together.
    pub(super) fn kind(self, left: Kind, right: Kind) -> Option<Kind> {
        use Arithmetic::{Add, Div, DivBy, Mul, Sub};
        let calculable =
            |kind: Kind| kind.is_open() || matches!(kind, Kind::Number(_) | Kind::Instant | Kind::Date | Kind::Span);
        match (left, self, right) {
            (Kind::Number(a), DivBy, Kind::Number(b)) => Some(Kind::Number(promoted(promoted(a, b), Ty::Decimal))),
            (Kind::Number(a), _, Kind::Number(b)) => Some(Kind::Number(promoted(a, b))),
            (Kind::Instant | Kind::Date | Kind::Span, Add | Sub, Kind::Span) => Some(left),
            (Kind::Span, Add, Kind::Instant | Kind::Date) => Some(right),
            (Kind::Instant, Sub, Kind::Instant) | (Kind::Date, Sub, Kind::Date) => Some(Kind::Span),
            (Kind::Instant, Sub, Kind::Date) | (Kind::Date, Sub, Kind::Instant) => Some(Kind::Span),
            (Kind::Span, Mul | Div | DivBy, Kind::Number(_)) | (Kind::Number(_), Mul, Kind::Span) => Some(Kind::Span),
            (open, _, known) | (known, _, open) if open.is_open() && calculable(known) => Some(Kind::Any),
            _ => None,
        }
    }

    pub(super) fn apply(self, left: &Val, right: &Val) -> Val {
        self.result(left, right).unwrap_or(Val::Null)
    }

    fn result(self, left: &Val, right: &Val) -> Option<Val> {
        match (left, right) {
            (Val::Int(a), Val::Int(b)) => self.ints(*a, *b),
            (Val::Int(_) | Val::Real(_), Val::Int(_) | Val::Real(_)) => self.reals(left.number()?, right.number()?),
            (Val::Span(a), Val::Span(b)) => self.sum(*a, *b).map(Val::Span),
            (Val::Instant(instant), Val::Span(span)) => later(*instant, self.sum(0, *span)?),
            (Val::Date(date), Val::Span(span)) => {
                // Days are all that a date has; shorter parts of the duration are lost.
                let hours = self.sum(0, *span)?.div_euclid(DAY).checked_mul(24)?;
                date.checked_add(SignedDuration::from_hours(hours)).ok().map(Val::Date)
            }
            (Val::Span(_), Val::Instant(_) | Val::Date(_)) if self == Arithmetic::Add => self.result(right, left),
            (Val::Instant(_) | Val::Date(_), _) if self == Arithmetic::Sub => {
                let (a, b) = (left.instant()?.as_millisecond(), right.instant()?.as_millisecond());
                a.checked_sub(b).map(Val::Span)
            }
            (Val::Span(span), factor) | (factor, Val::Span(span)) => self.scaled(*span, factor.number()?),
            _ => None,
        }
    }

    fn sum(self, left: i64, right: i64) -> Option<i64> {
        match self {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Sub => left.checked_sub(right),
            _ => None,
        }
    }

    fn scaled(self, span: i64, factor: f64) -> Option<Val> {
        let scaled = match self {
            Arithmetic::Mul => span as f64 * factor,
            Arithmetic::Div | Arithmetic::DivBy => span as f64 / factor,
            _ => return None,
        };
        // A float beyond all integers would silently become the nearest of them.
        (scaled.abs() < i64::MAX as f64).then(|| Val::Span(scaled.round() as i64))
    }

    /// Integers stay integers while they fit.
    fn ints(self, left: i64, right: i64) -> Option<Val> {
        let whole = match self {
            Arithmetic::Add => left.checked_add(right),
            Arithmetic::Sub => left.checked_sub(right),
            Arithmetic::Mul => left.checked_mul(right),
            Arithmetic::Div | Arithmetic::Mod | Arithmetic::DivBy if right == 0 => return None,
            Arithmetic::Div => left.checked_div(right),
            Arithmetic::Mod => Some(left.wrapping_rem(right)),
            Arithmetic::DivBy => None,
        };
        whole.map(Val::Int).or_else(|| self.reals(left as f64, right as f64))
    }

    fn reals(self, left: f64, right: f64) -> Option<Val> {
        Some(Val::Real(match self {
            Arithmetic::Add => left + right,
            Arithmetic::Sub => left - right,
            Arithmetic::Mul => left * right,
            Arithmetic::Div | Arithmetic::DivBy => left / right,
            Arithmetic::Mod => left % right,
        }))
    }
}

fn later(instant: Timestamp, milliseconds: i64) -> Option<Val> {
    instant.checked_add(SignedDuration::from_millis(milliseconds)).ok().map(Val::Instant)
}

pub(super) fn negated(value: &Val) -> Val {
    match value {
        Val::Int(number) => number.checked_neg().map_or(Val::Real(-(*number as f64)), Val::Int),
        Val::Real(number) => Val::Real(-number),
        Val::Span(span) => span.checked_neg().map_or(Val::Null, Val::Span),
        _ => Val::Null,
    }
}
