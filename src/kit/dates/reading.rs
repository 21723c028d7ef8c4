//! Texts → moments, dates, times, durations and zones.

use jiff::fmt::strtime::BrokenDownTime;
use jiff::fmt::temporal::{DateTimeParser, Pieces, PiecesOffset, TimeZoneAnnotationKind};
use jiff::tz::{Offset, TimeZone};
use jiff::{Error, SignedDuration, Span, Timestamp, Zoned, civil};

use crate::kit::dates::duration::Duration;
use crate::kit::{Fault, Hands, Read};
use crate::script::nearest;

static PARSER: DateTimeParser = DateTimeParser::new();

/// The zone of this machine; one that nobody set is UTC.
pub(super) fn here(hands: &Hands) -> TimeZone {
    let zone = (hands.zone)();
    if zone.is_unknown() { TimeZone::UTC } else { zone }
}

/// `Europe/Berlin`, `UTC`, `+02:00`
pub(super) fn zone(name: &str) -> Result<TimeZone, Fault> {
    let unknown = || {
        let known: Vec<_> = jiff::tz::db().available().collect();
        let known = || known.iter().map(|name| name.as_str());
        // People remember the city.
        let city = |known: &str| known.rsplit('/').next().is_some_and(|city| city.eq_ignore_ascii_case(name.trim()));
        let near = known().find(|known| city(known)).or_else(|| nearest(name, known()));
        Fault::UnknownZone { name: name.to_owned(), nearest: near.map(str::to_owned) }
    };
    // What looks like a rule of POSIX is more likely a mistake.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '+' | '-' | ':');
    if !name.chars().all(plain) {
        return Err(unknown());
    }
    match TimeZone::get(name) {
        Ok(zone) => Ok(zone),
        Err(_) if name.starts_with(['+', '-']) => PARSER.parse_time_zone(name).map_err(|_| unknown()),
        Err(_) => Err(unknown()),
    }
}

fn bad(kind: Read, text: &str) -> Fault {
    impossible(text).unwrap_or_else(|| Fault::Unread { kind, text: text.to_owned() })
}

fn fixed(offset: Offset) -> TimeZone {
    if offset == Offset::UTC { TimeZone::UTC } else { TimeZone::fixed(offset) }
}

/// A moment. A text without an offset is a time on the clocks of `zone`; one with an offset keeps it, unless a zone was asked for.
pub(super) fn moment(text: &str, zone: Option<TimeZone>, here: &TimeZone) -> Result<Zoned, Fault> {
    let text = text.trim();
    let wrong = |_| bad(Read::DateTime, text);
    let pieces = Pieces::parse(text).map_err(wrong)?;
    if let Some(annotation) = pieces.time_zone_annotation() {
        if let TimeZoneAnnotationKind::Named(name) = annotation.kind() {
            self::zone(name.as_str())?;
        }
        let conflict = |_| Fault::OffsetConflict { text: text.to_owned() };
        let moment = PARSER.parse_zoned(text).map_err(conflict)?;
        return Ok(zone.map_or(moment.clone(), |zone| moment.with_time_zone(zone)));
    }
    let time = pieces.time().ok_or_else(|| bad(Read::DateTime, text))?;
    let own = match pieces.offset() {
        None => {
            let zone = zone.unwrap_or_else(|| here.clone());
            return civil::DateTime::from_parts(pieces.date(), time).to_zoned(zone).map_err(|_| Fault::Beyond);
        }
        Some(PiecesOffset::Numeric(numeric)) => fixed(numeric.offset()),
        Some(_) => TimeZone::UTC,
    };
    let moment: Timestamp = text.parse().map_err(wrong)?;
    Ok(moment.to_zoned(zone.unwrap_or(own)))
}

/// A moment in a form that a script describes: `%d.%m.%Y %H:%M`.
pub(super) fn formed_moment(text: &str, form: &str, zone: Option<TimeZone>, here: &TimeZone) -> Result<Zoned, Fault> {
    let parsed = formed(text, form)?;
    let wrong = |error: Error| unformed(text, form, &error);
    if parsed.iana_time_zone().is_some() || parsed.offset().is_some() || parsed.timestamp().is_some() {
        let moment = parsed.to_zoned().or_else(|_| {
            let offset = parsed.offset().unwrap_or(Offset::UTC);
            parsed.to_timestamp().map(|moment| moment.to_zoned(fixed(offset)))
        });
        let moment = moment.map_err(wrong)?;
        return Ok(zone.map_or(moment.clone(), |zone| moment.with_time_zone(zone)));
    }
    let civil = parsed.to_datetime().map_err(wrong)?;
    civil.to_zoned(zone.unwrap_or_else(|| here.clone())).map_err(wrong)
}

fn formed(text: &str, form: &str) -> Result<BrokenDownTime, Fault> {
    BrokenDownTime::parse(form, text).map_err(|error| unformed(text, form, &error))
}

/// What the library says, without the name of the function that says it.
pub(super) fn reason(error: &Error) -> String {
    let all = error.to_string();
    let plain =
        all.strip_prefix("strptime parsing failed: ").or_else(|| all.strip_prefix("strftime formatting failed: "));
    plain.unwrap_or(&all).to_owned()
}

fn unformed(text: &str, form: &str, error: &Error) -> Fault {
    Fault::Form { form: form.to_owned(), text: text.to_owned(), reason: reason(error) }
}

pub(super) fn date(text: &str) -> Result<civil::Date, Fault> {
    let text = text.trim();
    text.parse().map_err(|_| bad(Read::Date, text))
}

pub(super) fn formed_date(text: &str, form: &str) -> Result<civil::Date, Fault> {
    formed(text, form)?.to_date().map_err(|error| unformed(text, form, &error))
}

/// A day by its numbers.
pub(super) fn day(year: i64, month: i64, day: i64) -> Result<civil::Date, Fault> {
    let small = || Some((i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?));
    let made = small().and_then(|(year, month, day)| civil::Date::new(year, month, day).ok());
    made.ok_or_else(|| no_such_day(year, month, day))
}

fn no_such_day(year: i64, month: i64, day: i64) -> Fault {
    let first = || civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok();
    Fault::NoSuchDay { year, month, day, last: first().map(|first| first.days_in_month()) }
}

/// The fault of a text that begins like a date and names a day that no calendar has.
fn impossible(text: &str) -> Option<Fault> {
    let date = text.get(..10)?;
    let mut parts = date.split('-');
    let mut next = |length| parts.next().filter(|part| part.len() == length)?.parse::<i64>().ok();
    let (year, month, number) = (next(4)?, next(2)?, next(2)?);
    day(year, month, number).err()
}

pub(super) fn time(text: &str) -> Result<civil::Time, Fault> {
    let text = text.trim();
    // `8:30`, as people write it.
    let padded = if text.as_bytes().get(1) == Some(&b':') { format!("0{text}") } else { text.to_owned() };
    // Two digits alone are an hour to the library, and a slip of the pen to people.
    let clear = if padded.contains(':') { padded.as_str() } else { "" };
    clear.parse().map_err(|_| bad(Read::Time, text))
}

pub(super) fn formed_time(text: &str, form: &str) -> Result<civil::Time, Fault> {
    formed(text, form)?.to_time().map_err(|error| unformed(text, form, &error))
}

/// `PT1H30M`, `1h 30m`, `00:01:03.5`, `1.02:00:00`
pub(super) fn duration(text: &str) -> Result<Duration, Fault> {
    let text = text.trim();
    if let Some(time) = clock(text) {
        return Duration::of_time(time);
    }
    let span: Span = text.parse().map_err(|_| bad(Read::Duration, text))?;
    Duration::of_span(&span)
}

/// `[-][days.]hours:minutes[:seconds[.fraction]]`, as .NET writes a length of time.
fn clock(text: &str) -> Option<SignedDuration> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (before, after) = rest.split_once(':')?;
    let (days, hours) = before.split_once('.').unwrap_or(("0", before));
    let (minutes, seconds) = after.split_once(':').unwrap_or((after, "0"));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > 9 || !digits(fraction) {
        return None;
    }
    let number = |part: &str| if digits(part) && part.len() < 10 { part.parse::<i64>().ok() } else { None };
    let small = |part: &str| number(part).filter(|number| *number < 60);
    let seconds = (number(days)? * 24 + number(hours)?) * 3600 + small(minutes)? * 60 + small(seconds)?;
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    Some(SignedDuration::new(sign * seconds, sign as i32 * nanos))
}
