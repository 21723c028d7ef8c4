//! What holds for all dates: texts come back, reckoning goes both ways, and nothing panics.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use crate::kit::Fault;
use crate::kit::dates::duration::Duration;
use crate::kit::dates::members::{self, ALL};
use crate::kit::dates::reading;
use crate::kit::dates::value::{Date, DateTime, Time, Value, Wanted, wire};
use crate::script::native::Dynamic;

fn zone(name: &str) -> TimeZone {
    reading::zone(name).unwrap()
}

fn moment(text: &str) -> Value {
    Value::DateTime(DateTime(reading::moment(text, None, &zone("Europe/Berlin")).unwrap()))
}

fn length(text: &str) -> Value {
    Value::Duration(reading::duration(text).unwrap())
}

fn sum(one: &Value, other: &Value) -> String {
    one.plus(other).unwrap().unwrap().to_string()
}

#[test]
fn moments_are_read_as_a_pbx_and_people_write_them() {
    for (text, expected) in [
        ("2026-03-12T10:30:00.1234567Z", "2026-03-12T10:30:00.1234567Z"),
        ("2026-03-12T10:30:00+02:00", "2026-03-12T10:30:00+02:00"),
        (" 2026-03-12 10:30 ", "2026-03-12T10:30:00+01:00"),
        ("2026-03-12T10:30:00Z[Europe/Berlin]", "2026-03-12T11:30:00+01:00"),
        ("2026-10-25T02:30:00+01:00[Europe/Berlin]", "2026-10-25T02:30:00+01:00"),
        // Clocks show this time twice: the first is meant.
        ("2026-10-25 02:30", "2026-10-25T02:30:00+02:00"),
        // Clocks jump over this one.
        ("2026-03-29 02:30", "2026-03-29T03:30:00+02:00"),
    ] {
        assert_eq!(moment(text).to_string(), expected, "{text}");
    }
    let other = reading::moment("2026-03-12T10:30:00Z", Some(zone("Asia/Kolkata")), &TimeZone::UTC).unwrap();
    assert_eq!(Value::DateTime(DateTime(other)).to_string(), "2026-03-12T16:00:00+05:30");
    let formed = |text: &str, form: &str| {
        let moment = reading::formed_moment(text, form, None, &zone("Europe/Berlin"));
        moment.map(|moment| Value::DateTime(DateTime(moment)).to_string()).unwrap()
    };
    assert_eq!(formed("31.01.2026 08:00", "%d.%m.%Y %H:%M"), "2026-01-31T08:00:00+01:00");
    assert_eq!(formed("31.01.2026 08:00 -0500", "%d.%m.%Y %H:%M %z"), "2026-01-31T08:00:00-05:00");
    assert_eq!(formed("1769842800", "%s"), "2026-01-31T07:00:00Z");
}

#[test]
fn wrong_texts_are_told_apart() {
    let here = zone("Europe/Berlin");
    let fault = |text: &str| reading::moment(text, None, &here).unwrap_err();
    assert!(matches!(fault("2026-02-30T08:00:00Z"), Fault::NoSuchDay { last: Some(28), .. }));
    assert!(matches!(fault("2026-13-01 08:00"), Fault::NoSuchDay { last: None, .. }));
    assert!(matches!(fault("2026-01-31"), Fault::Unread { .. }));
    assert!(matches!(fault("2026-01-31 08:00[Europe/Berln]"), Fault::UnknownZone { .. }));
    assert!(matches!(fault("2026-01-31T08:00:00+05:00[Europe/Berlin]"), Fault::OffsetConflict { .. }));
    let near = |name: &str| match reading::zone(name) {
        Err(Fault::UnknownZone { nearest, .. }) => nearest,
        _ => None,
    };
    assert_eq!(near("Europe/Berln").as_deref(), Some("Europe/Berlin"));
    assert_eq!(near("new_york").as_deref(), Some("America/New_York"));
    assert_eq!(near("nowhere at all"), None);
    assert!(reading::zone("europe/berlin").is_ok() && reading::zone("-03:30").is_ok());
}

#[test]
fn durations_are_read_in_every_form() {
    for (text, expected) in [
        ("PT1M3.5S", "PT1M3.5S"),
        ("00:01:03.5", "PT1M3.5S"),
        ("1.02:00:00", "PT26H"),
        ("-00:00:30", "-PT30S"),
        ("0:00:0", "PT0S"),
        ("1h 30m", "PT1H30M"),
        ("90 minutes", "PT1H30M"),
        ("P1Y2M10D", "P1Y2M10D"),
        ("P2W", "P14D"),
        ("P1DT-1H", ""),
        ("1:60", ""),
        ("1:2:3:4", ""),
        ("99999999999:00", ""),
        ("", ""),
    ] {
        let read = reading::duration(text).map(|length| length.to_string()).unwrap_or_default();
        assert_eq!(read, expected, "{text}");
    }
}

#[test]
fn a_day_is_not_24_hours() {
    let before = moment("2026-03-28 12:00");
    assert_eq!(sum(&before, &length("P1D")), "2026-03-29T12:00:00+02:00");
    assert_eq!(sum(&before, &length("PT24H")), "2026-03-29T13:00:00+02:00");
    let months = Value::Date(Date { day: civil::date(2026, 1, 31), zone: TimeZone::UTC });
    assert_eq!(sum(&months, &length("P1M")), "2026-02-28");
    assert!(matches!(length("P1M").minus(&length("P1D")), Some(Err(Fault::TwoDirections))));
    assert!(matches!(length("P1D").minus(&length("PT36H")), Some(Ok(value)) if value.to_string() == "-PT12H"));
}

#[test]
fn a_pbx_gets_what_it_wants() {
    let sent = |value: Value, wanted| wire(&value.dynamic(), wanted);
    let berlin = || moment("2026-01-31T08:00:00.123456789+01:00");
    assert_eq!(sent(berlin(), Wanted::Moment).as_deref(), Some("2026-01-31T07:00:00.1234567Z"));
    assert_eq!(sent(berlin(), Wanted::Date), None);
    let day = || Value::Date(Date { day: civil::date(2026, 7, 1), zone: zone("Europe/Berlin") });
    assert_eq!(sent(day(), Wanted::Moment).as_deref(), Some("2026-06-30T22:00:00Z"));
    assert_eq!(sent(day(), Wanted::Date).as_deref(), Some("2026-07-01"));
    let time = || Value::Time(Time(civil::time(8, 30, 0, 0)));
    assert_eq!(sent(time(), Wanted::Duration).as_deref(), Some("PT8H30M"));
    assert_eq!(sent(time(), Wanted::Time).as_deref(), Some("08:30:00"));
    assert_eq!(sent(time(), Wanted::Moment), None);
    assert_eq!(sent(length("P1M"), Wanted::Duration), None);
    assert_eq!(sent(length("26h"), Wanted::Duration).as_deref(), Some("PT26H"));
    assert_eq!(wire(&Dynamic::from(5_i64), Wanted::Moment), None);
}

const ZONES: [&str; 6] =
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia"];

fn moments() -> impl Strategy<Value = Value> {
    let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    (range, 0..1_000_000_000_i32, 0..ZONES.len()).prop_map(|(seconds, nanos, place)| {
        let moment = Timestamp::new(seconds, nanos).unwrap_or(Timestamp::MAX);
        Value::DateTime(DateTime(moment.to_zoned(zone(ZONES[place]))))
    })
}

/// Moments of our time, where all is far from the ends of the calendar.
fn near() -> impl Strategy<Value = Value> {
    (-2_000_000_000_i64..4_000_000_000, 0..ZONES.len()).prop_map(|(seconds, place)| {
        let moment = Timestamp::from_second(seconds).unwrap();
        Value::DateTime(DateTime(moment.to_zoned(zone(ZONES[place]))))
    })
}

fn lengths() -> impl Strategy<Value = Value> {
    (any::<i32>(), any::<i32>(), any::<i64>(), any::<i32>())
        .prop_filter_map("in range", |(months, days, secs, nanos)| {
            let made = Duration::new(months.into(), days.into(), SignedDuration::new(secs / 2, nanos));
            made.or_else(|_| Duration::new(0, (days / 1000).into(), SignedDuration::new(secs >> 30, nanos))).ok()
        })
        .prop_map(Value::Duration)
}

fn values() -> impl Strategy<Value = Value> {
    let days = (-9999_i16..=9999, 1_i8..=12, 1_i8..=28, 0..ZONES.len()).prop_map(|(year, month, day, place)| {
        Value::Date(Date { day: civil::date(year, month, day), zone: zone(ZONES[place]) })
    });
    let times = (0_i8..24, 0_i8..60, 0_i8..60)
        .prop_map(|(hour, minute, second)| Value::Time(Time(civil::time(hour, minute, second, 0))));
    prop::strategy::Union::new([moments().boxed(), days.boxed(), times.boxed(), lengths().boxed()])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_come_back(moment in near(), length in lengths()) {
        let Value::DateTime(DateTime(zoned)) = &moment else { return Ok(()) };
        let again = reading::moment(&moment.to_string(), Some(zoned.time_zone().clone()), &TimeZone::UTC);
        prop_assert_eq!(&again.unwrap(), zoned);
        let day = Value::Date(members::day_of(zoned));
        prop_assert_eq!(reading::date(&day.to_string()).unwrap(), zoned.date());
        let time = Value::Time(Time(zoned.time()));
        prop_assert_eq!(reading::time(&time.to_string()).unwrap(), zoned.time());
        let again = Value::Duration(reading::duration(&length.to_string()).unwrap());
        prop_assert!(again.same(&length), "{length} {again}");
        for form in ["%Y-%m-%dT%H:%M:%S%:z", "%d.%m.%Y %H:%M:%S %z"] {
            let text = members::call(TimeZone::UTC, "format", &[moment.clone().dynamic(), form.into()]).unwrap().to_string();
            let again = reading::formed_moment(&text, form, None, &TimeZone::UTC).unwrap();
            prop_assert_eq!(again.timestamp(), zoned.timestamp(), "{}", text);
        }
    }

    #[test]
    fn differences_lead_back(one in near(), other in near()) {
        let between = one.minus(&other).unwrap().unwrap();
        prop_assert!(other.plus(&between).unwrap().unwrap().same(&one));
        let (Value::DateTime(one), Value::DateTime(other)) = (&one, &other) else { return Ok(()) };
        let (one, other) = (Value::Date(members::day_of(&one.0)), Value::Date(members::day_of(&other.0)));
        let between = one.minus(&other).unwrap().unwrap();
        prop_assert!(other.plus(&between).unwrap().unwrap().same(&one));
    }

    #[test]
    fn periods_hold_their_moments(moment in near()) {
        for period in ["hour", "day", "week", "month", "quarter", "year"] {
            let call = |name: &str| {
                Value::of(&members::call(TimeZone::UTC, name, &[moment.clone().dynamic(), period.into()]).unwrap()).unwrap()
            };
            let (start, end) = (call("start_of"), call("end_of"));
            let ordered = |one: &Value, other: &Value| one.order(other).unwrap().unwrap().is_le();
            prop_assert!(ordered(&start, &moment) && ordered(&moment, &end), "{moment} {period} {start} {end}");
        }
    }

    #[test]
    fn nothing_panics(one in values(), other in values(), factor in any::<i64>(), word in "[a-z]{0,10}") {
        let _ = (one.plus(&other), one.minus(&other), one.order(&other), one.same(&other), one.to_string());
        for wanted in [Wanted::Moment, Wanted::Date, Wanted::Time, Wanted::Duration] {
            let _ = wire(&one.clone().dynamic(), wanted);
        }
        if let Value::Duration(length) = &one {
            let _ = length.times(factor);
        }
        for members in &ALL {
            for name in members.properties {
                let _ = members::get(&one, name);
            }
        }
        for ((name, ..), word) in ALL.iter().flat_map(|members| members.methods).zip(["%c", "month", "monday", &word, "08:30"].into_iter().cycle()) {
            let _ = members::call(TimeZone::UTC, name, &[one.clone().dynamic(), word.into()]);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>(), near in r"[-+]?[0-9]{0,6}[-:. TZP][0-9:]{0,8}[-0-9:.TZHMSDW\[\]a-zA-Z/]{0,12}", form in "(%[a-zA-Z0-9:.]{0,3}|[a-z0-9é ]){0,6}") {
        for text in [&text, &near] {
            let _ = (reading::moment(text, None, &TimeZone::UTC), reading::date(text), reading::time(text));
            let _ = (reading::duration(text), reading::zone(text), reading::formed_date(text, &form));
            let _ = (reading::formed_moment(text, &form, None, &TimeZone::UTC), reading::formed_time(text, &form));
        }
        let _ = reading::formed_date(&near, &text);
        for value in [moment("2026-03-12 10:30"), length("1h")] {
            let _ = members::call(TimeZone::UTC, "format", &[value.dynamic(), form.clone().into()]);
        }
    }

    #[test]
    fn no_number_panics(year in any::<i64>(), month in any::<i64>(), day in any::<i64>()) {
        let _ = (reading::day(year, month, day), reading::day(year % 10_000, month % 13, day % 32));
        let _ = Duration::new(year, month, SignedDuration::new(day, 0));
    }
}
