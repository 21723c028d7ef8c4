//! The text forms of OData's scalar values: reading and, where it is not plain, writing them.

use jiff::Timestamp;
use jiff::civil::{Date, Time};

/// A date-time with a zone: `2026-02-03T04:05:06.7Z`.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    // jiff reads looser forms too, which a PBX refuses.
    let bytes = text.as_bytes();
    (bytes.len() >= 17 && bytes[4] == b'-' && bytes[10] == b'T' && !text.contains('[')).then_some(())?;
    text.parse().ok()
}

pub(super) fn date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    (bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-').then_some(())?;
    text.parse().ok()
}

/// `08:30`, `08:30:00`, `08:30:00.5`.
pub(super) fn time(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    (bytes.len() >= 5 && bytes[2] == b':').then_some(())?;
    text.parse().ok()
}

pub(super) fn guid(text: &str) -> bool {
    let fits = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(fits)
}

/// An ISO 8601 duration of days and shorter units in milliseconds: `P1D`, `PT3M43.8S`.
pub(super) fn duration(text: &str) -> Option<i64> {
    let (sign, rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let rest = rest.strip_prefix('P')?;
    let (days, clock) = rest.split_once('T').map_or((rest, None), |(days, clock)| (days, Some(clock)));
    let mut total = units(days, &[('D', 86_400_000)])?;
    if let Some(clock) = clock {
        (!clock.is_empty()).then_some(())?;
        total = total.checked_add(units(clock, &[('H', 3_600_000), ('M', 60_000), ('S', 1000)])?)?;
    }
    (!rest.is_empty()).then_some(sign * total)
}

/// Numbers that each end in one of the units, in the order of the units.
fn units(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut total = 0i64;
    let mut allowed = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = text[end..].chars().next()?;
        let (_, factor) = allowed.find(|(name, _)| *name == unit)?;
        let number = &text[..end];
        let part = if unit == 'S' {
            (number.len() <= 16).then_some(())?;
            (plain_decimal(number)? * 1000.0).round() as i64
        } else {
            number.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
            number.parse::<i64>().ok()?.checked_mul(*factor)?
        };
        total = total.checked_add(part)?;
        text = &text[end + 1..];
    }
    Some(total)
}

fn plain_decimal(text: &str) -> Option<f64> {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then_some(())?;
    text.parse().ok()
}

/// Milliseconds as a duration.
pub(super) fn write_duration(milliseconds: i64) -> String {
    let (hours, minutes) = (milliseconds / 3_600_000, milliseconds / 60_000 % 60);
    let seconds = (milliseconds % 60_000) as f64 / 1000.0;
    let part = |number: i64, unit: char| if number == 0 { String::new() } else { format!("{number}{unit}") };
    let tail = if seconds > 0.0 || hours + minutes == 0 { format!("{seconds}S") } else { String::new() };
    format!("PT{}{}{tail}", part(hours, 'H'), part(minutes, 'M'))
}
