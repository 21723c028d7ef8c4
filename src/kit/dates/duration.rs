//! A length of time: months and days as the calendar has them, and time as clocks have it.

use std::cmp::Ordering;
use std::fmt;

use jiff::{SignedDuration, Span};

use crate::kit::Fault;

/// All three parts have the same sign, so that a duration is always also one of ISO 8601.
#[derive(Debug, Clone, Copy)]
pub struct Duration {
    months: i64,
    days: i64,
    time: SignedDuration,
}

const DAY: i128 = 86_400_000_000_000;

impl Duration {
    pub(super) fn new(months: i64, days: i64, time: SignedDuration) -> Result<Duration, Fault> {
        let (mut days, mut time) = (days, time);
        let opposed = |one: i64, other: i64| one.signum() * other.signum() < 0;
        if opposed(days, i64::from(time.signum())) {
            let all = i128::from(days) * DAY + time.as_nanos();
            days = i64::try_from(all / DAY).unwrap_or(days);
            time = SignedDuration::try_from_nanos_i128(all % DAY).unwrap_or(time);
        }
        if opposed(months, days) || opposed(months, i64::from(time.signum())) {
            return Err(Fault::TwoDirections);
        }
        let made = Duration { months, days, time };
        made.try_span().map(|_| made).ok_or(Fault::Beyond)
    }

    pub(super) fn of_days(days: i64) -> Result<Duration, Fault> {
        Duration::new(0, days, SignedDuration::ZERO)
    }

    pub(super) fn of_time(time: SignedDuration) -> Result<Duration, Fault> {
        Duration::new(0, 0, time)
    }

    /// What a span says, with years as twelve months and weeks as seven days.
    pub(super) fn of_span(span: &Span) -> Result<Duration, Fault> {
        let months = i64::from(span.get_years()) * 12 + i64::from(span.get_months());
        let days = i64::from(span.get_weeks()) * 7 + i64::from(span.get_days());
        let seconds = i64::from(span.get_hours()) * 3600 + span.get_minutes() * 60 + span.get_seconds();
        let nanos = i128::from(span.get_milliseconds()) * 1_000_000
            + i128::from(span.get_microseconds()) * 1_000
            + i128::from(span.get_nanoseconds());
        let nanos = i128::from(seconds) * 1_000_000_000 + nanos;
        Duration::new(months, days, SignedDuration::try_from_nanos_i128(nanos).ok_or(Fault::Beyond)?)
    }

    fn try_span(&self) -> Option<Span> {
        let seconds = self.time.as_secs();
        let span = Span::new().try_years(self.months / 12).ok()?.try_months(self.months % 12).ok()?;
        let span = span.try_days(self.days).ok()?.try_hours(seconds / 3600).ok()?;
        let span = span.try_minutes(seconds % 3600 / 60).ok()?.try_seconds(seconds % 60).ok()?;
        span.try_nanoseconds(i64::from(self.time.subsec_nanos())).ok()
    }

    pub(super) fn span(&self) -> Span {
        // Looked at when it was made.
        self.try_span().unwrap_or_default()
    }

    pub(super) fn months(&self) -> i64 {
        self.months
    }

    /// Only days and more, so that it can be added to a day.
    pub(super) fn is_of_days(&self) -> bool {
        self.time.is_zero()
    }

    /// Only hours and less, or days of 24 hours.
    pub(in crate::kit) fn fixed(&self) -> Option<SignedDuration> {
        let all = i128::from(self.days) * DAY + self.time.as_nanos();
        SignedDuration::try_from_nanos_i128(all).filter(|_| self.months == 0)
    }

    fn rest(&self) -> i128 {
        i128::from(self.days) * DAY + self.time.as_nanos()
    }

    pub(super) fn plus(&self, other: &Duration) -> Result<Duration, Fault> {
        let time = self.time.checked_add(other.time).ok_or(Fault::Beyond)?;
        Duration::new(self.months + other.months, self.days + other.days, time)
    }

    pub(super) fn times(&self, factor: i64) -> Result<Duration, Fault> {
        let times = |part: i64| part.checked_mul(factor).ok_or(Fault::Beyond);
        let time = self.time.as_nanos().checked_mul(factor.into()).and_then(SignedDuration::try_from_nanos_i128);
        Duration::new(times(self.months)?, times(self.days)?, time.ok_or(Fault::Beyond)?)
    }

    pub(super) fn negated(&self) -> Duration {
        // The least of all is out of range by far, so that nothing is lost.
        let time = self.time.checked_neg().unwrap_or(SignedDuration::ZERO);
        Duration { months: -self.months, days: -self.days, time }
    }

    pub(super) fn is_positive(&self) -> bool {
        self.months > 0 || self.rest() > 0
    }

    pub(super) fn same(&self, other: &Duration) -> bool {
        self.months == other.months && self.rest() == other.rest()
    }

    /// Which one is longer, where that does not depend on the month.
    pub(super) fn order(&self, other: &Duration) -> Option<Ordering> {
        match (self.months.cmp(&other.months), self.rest().cmp(&other.rest())) {
            (Ordering::Equal, order) | (order, Ordering::Equal) => Some(order),
            (one, same) if one == same => Some(one),
            _ => None,
        }
    }

    /// `26:03:05`: hours, minutes and seconds.
    pub(super) fn clock(&self) -> Option<String> {
        let fixed = self.fixed()?;
        let seconds = fixed.as_secs().unsigned_abs();
        let sign = if fixed.is_negative() { "-" } else { "" };
        Some(format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.span())
    }
}
