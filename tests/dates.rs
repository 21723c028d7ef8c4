//! Dates and times in scripts, and the small tools beside them.

use std::collections::HashSet;

use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, gives, pbxsh, same, sandbox};

/// A machine in Berlin; the clock stands at 11:30 of a Thursday there.
fn berlin(code: &str) -> Pbxsh {
    sandbox(code).variable("TZ", "Europe/Berlin")
}

#[track_caller]
fn prints(code: &str, expected: &str) {
    same(&berlin(code).out(), &format!("{expected}\n"));
}

#[test]
fn clock_and_zone_come_from_outside() {
    prints("now()", "2026-03-12T11:30:00+01:00");
    prints(
        "`${now(\"UTC\")} ${now(\"America/New_York\")} ${now(\"+05:30\").time}`",
        "2026-03-12T10:30:00Z 2026-03-12T06:30:00-04:00 16:00:00",
    );
    prints("`${today()} ${today(\"Pacific/Auckland\")} ${today().zone}`", "2026-03-12 2026-03-12 Europe/Berlin");
    gives("now() == now(\"Asia/Tokyo\") && now().zone != now(\"Asia/Tokyo\").zone", "true");
}

#[test]
fn values_print_alike_everywhere() {
    let code = "let d = now(); print(d); print(`${d.date} ${d.time} ${days(1)}`); print([d, today()]); print(#{ d: d, t: time(\"8:30\") });
        print(\"at \" + d.time); print(d.date + \"!\"); print(d.to_string()); print(#{ d: d, l: minutes(90) }.to_json());
        print([type_of(d), type_of(d.date), type_of(d.time), type_of(d - d)]); [#{ d: d, day: d.date }]";
    prints(
        code,
        "2026-03-12T11:30:00+01:00
2026-03-12 11:30:00 P1D
[2026-03-12T11:30:00+01:00, 2026-03-12]
#{\"d\": 2026-03-12T11:30:00+01:00, \"t\": 08:30:00}
at 11:30:00
2026-03-12!
2026-03-12T11:30:00+01:00
{\"d\":\"2026-03-12T11:30:00+01:00\",\"l\":\"PT1H30M\"}
[\"DateTime\", \"Date\", \"Time\", \"Duration\"]
 d                         | day
---------------------------+------------
 2026-03-12 11:30:00+01:00 | 2026-03-12
1 row",
    );
}

#[test]
fn properties_and_methods() {
    for (code, expected) in [
        (
            "let d = now(); [d.year, d.month, d.day, d.hour, d.minute, d.second, d.weekday, d.week, d.day_of_year, d.unix].to_json()",
            "[2026,3,12,11,30,0,4,11,71,1773311400]",
        ),
        (
            "let d = now(); [d.weekday_name, d.month_name, d.zone, d.offset, d.is_weekend].to_json()",
            "[\"Thursday\",\"March\",\"Europe/Berlin\",\"+01:00\",false]",
        ),
        ("now().format(\"%d.%m.%Y %H:%M\")", "12.03.2026 11:30"),
        ("today().format(\"%A\") + time(\"08:30\").format(\" %H.%M\")", "Thursday 08.30"),
        ("now().in_zone(\"America/New_York\").in_zone()", "2026-03-12T11:30:00+01:00"),
        ("now().utc()", "2026-03-12T10:30:00Z"),
        ("today().at(\"08:30\")", "2026-03-12T08:30:00+01:00"),
        ("today().at(time(8, 30), \"UTC\")", "2026-03-12T08:30:00Z"),
        ("now(\"America/New_York\").date.at(\"08:30\")", "2026-03-12T08:30:00-04:00"),
        ("today().next(\"monday\").at(\"08:00\")", "2026-03-16T08:00:00+01:00"),
        (
            "[today().next(\"thu\"), today().previous(4), now().previous(\"Friday\").date].join(\" \")",
            "2026-03-19 2026-03-05 2026-03-06",
        ),
        (
            "[\"week\", \"month\", \"quarter\", \"year\"].map(|p| `${today().start_of(p)}/${today().end_of(p)}`).join(\" \")",
            "2026-03-09/2026-03-15 2026-03-01/2026-03-31 2026-01-01/2026-03-31 2026-01-01/2026-12-31",
        ),
        ("now().end_of(\"month\")", "2026-03-31T23:59:59.9999999+02:00"),
        ("min(today(), today() + days(1)) == today() && max(hours(1), minutes(61)) == minutes(61)", "true"),
        ("const D = now(); D.date.at(\"08:30\").in_zone(\"UTC\").format(\"%H:%M\")", "07:30"),
        ("let d = now(); d += days(1); d -= hours(1); d", "2026-03-13T10:30:00+01:00"),
        ("let all = [now(), now() - days(1)]; all.sort(|a, b| if a < b { -1 } else { 1 }); all[0].date", "2026-03-11"),
        ("[now()] == [now(\"UTC\")] && today() in [today()] && now() != today() && now() != \"x\"", "true"),
        (
            "let d = duration(\"PT1H2M3.5S\"); [d.hours, d.minutes, d.seconds, d.total(\"minutes\"), d.clock].to_json()",
            "[1,62,3723,62.05833333333333,\"01:02:03\"]",
        ),
        (
            "[days(1) * 3, 2 * minutes(5), -hours(2), hours(1.5) + days(1), time(\"23:30\") + hours(1)].join(\" \")",
            "P3D PT10M -PT2H P1DT1H30M 00:30:00",
        ),
        ("fn Date.is_holiday() { this.month == 12 && this.day == 25 } date(2026, 12, 25).is_holiday()", "true"),
        ("let date = date(\"31.01.2026\", \"%d.%m.%Y\"); date + months(1)", "2026-02-28"),
    ] {
        prints(code, expected);
    }
}

#[test]
fn functions_of_a_script_do_not_take_methods_over() {
    prints(
        "fn format(x) { \"mine\" } fn at(x) { \"mine\" } fn next(x) { `mine ${x}` } fn utc() { \"mine\" }
        [today().format(\"%d\"), today().at(\"08:00\").time, now().utc().hour, format(1), next(2), time(\"08:30\").format(\"%H\")].join(\" \")",
        "12 08:00:00 10 mine mine 2 08",
    );
    let report = berlin("fn at(x) { 1 }\ntoday().at(\"8am\")").fails(1);
    assert!(report.contains("<eval>:2:9") && report.contains("`8am` is no time of day"), "{report}");
}

#[test]
fn days_cross_the_change_of_the_clocks() {
    prints(
        "for day in days(date(2026, 3, 28), date(2026, 3, 30)) { print(`${day.at(\"00:00\").utc()} ${((day + days(1)).at(\"00:00\") - day.at(\"00:00\")).hours}`) }
        windows(date(2026, 3, 29).at(\"00:00\"), date(2026, 3, 30), hours(12)).map(|w| `${w.from.time}-${w.to.time}`).join(\" \")",
        "2026-03-27T23:00:00Z 24
2026-03-28T23:00:00Z 23
2026-03-29T22:00:00Z 24
00:00:00-13:00:00 13:00:00-00:00:00",
    );
    prints(
        "months(date(2026, 1, 31), date(2026, 5, 31)).join(\" \")",
        "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31",
    );
    prints(
        "weeks(today(), now() + days(14)).len() + years(today(), today()).len() + days(today(), today() - days(1)).len()",
        "4",
    );
    prints(
        "windows(date(2026, 1, 1), date(2026, 1, 12), days(7)).map(|w| `${w.from}/${w.to}`).join(\" \")",
        "2026-01-01/2026-01-08 2026-01-08/2026-01-12",
    );
}

// --- with a PBX ----------------------------------------------------------------------------------------------------

#[track_caller]
fn asks(code: &str, expected: &[&str]) {
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[]}"#));
    let ended = server.run(code).variable("TZ", "Europe/Berlin").run();
    assert_eq!(ended.code, 0, "{}", ended.err);
    assert_eq!(server.requests(), expected, "{code}");
}

#[test]
fn a_pbx_is_asked_in_its_own_words() {
    let query = |filter: &str| format!("GET /xapi/v1/ChatHistoryView?$top=100&$filter={filter}");
    asks(
        "pbx.chat_history_view.list(#{ filter: #{ TimeSent: now() } })",
        &[&query("TimeSent%20eq%202026-03-12T10:30:00Z")],
    );
    asks(
        "pbx.chat_history_view.list(#{ filter: filter(\"TimeSent ge ? and TimeSent lt ?\", today() - days(1), now()) })",
        &[&query("TimeSent%20ge%202026-03-10T23:00:00Z%20and%20TimeSent%20lt%202026-03-12T10:30:00Z")],
    );
    asks(
        "pbx.chat_history_view.list(#{ filter: filter(\"TimeSent in ?\", [now(), today(\"UTC\")]) })",
        &[&query("TimeSent%20in%20(2026-03-12T10:30:00Z,2026-03-12T00:00:00Z)")],
    );
    asks(
        "pbx.call_history_view.list(#{ filter: filter(\"CallTime gt ?\", minutes(5)) })",
        &["GET /xapi/v1/CallHistoryView?$top=100&$filter=CallTime%20gt%20duration%27PT5M%27"],
    );
    asks(
        "pbx.report_extension_statistics.get_extension_statistics_data(date(2026, 1, 1), #{ periodTo: now(), callArea: 0, top: 3 })",
        &[
            "GET /xapi/v1/ReportExtensionStatistics/Pbx.GetExtensionStatisticsData(periodFrom=2025-12-31T23:00:00Z,periodTo=2026-03-12T10:30:00Z,extensionFilter='',callArea=0)?$top=3",
        ],
    );
    asks(
        "let g = Group(#{ Name: \"x\", OverrideExpiresAt: today().next(\"monday\").at(\"08:00\") }); print(g.OverrideExpiresAt);
        pbx.groups.update(7, g); pbx.groups.update(8, #{ OverrideExpiresAt: now().end_of(\"day\") })",
        &[
            "PATCH /xapi/v1/Groups(7) {\"Name\":\"x\",\"OverrideExpiresAt\":\"2026-03-16T07:00:00Z\"}",
            "PATCH /xapi/v1/Groups(8) {\"OverrideExpiresAt\":\"2026-03-12T22:59:59.9999999Z\"}",
        ],
    );
}

#[test]
fn what_a_pbx_does_not_take_is_told_before_anything_is_sent() {
    for (code, expected) in [
        (
            "pbx.users.list(#{ filter: #{ Enabled: now() } })",
            "`Enabled` must be a boolean, not the DateTime 2026-03-12T11:30:00+01:00",
        ),
        (
            "pbx.groups.update(7, #{ OverrideExpiresAt: time(\"08:30\") })",
            "`Group.OverrideExpiresAt` must be a date and time: a DateTime, or a string like \"2026-01-31T08:00:00Z\", not the Time 08:30:00",
        ),
        (
            "Holiday(#{ TimeOfStartDate: today() })",
            "`Holiday.TimeOfStartDate` must be a duration of days to seconds: a Duration, or a string like \"PT1H30M\", not the Date 2026-03-12",
        ),
        (
            "Period(#{ Start: hours(8) })",
            "`Period.Start` must be a time of day: a Time, or a string like \"08:30:00\", not the Duration PT8H",
        ),
        (
            "filter(\"CallTime gt ?\", months(1))",
            "the filter does not fit its values: value 1: expected duration like PT1H30M, given \"P1M\"",
        ),
    ] {
        let server = Server::pbx(|_| Response::json(200, "{}"));
        let ended = server.run(code).variable("TZ", "Europe/Berlin").variable("COLUMNS", "300").run();
        assert!(ended.code == 3 && ended.err.contains(expected), "{code}: {} {}", ended.code, ended.err);
        assert_eq!(server.everything(), 0, "{code} reached the PBX");
    }
}

#[test]
fn reports_and_holidays_take_dates() {
    let code = "
        fn calls(from, to) { pbx.report_call_log_data.get_call_log_data(from, to, 0, \"\", 0, \"\", 0, 0, \"0:00:0\", \"0:00:0\", false) }
        let day = today();
        let sum = 0;
        for d in days(day - days(6), day) { sum += calls(d, d + days(1)).len(); }
        print(sum > 0 && sum == calls(day - days(6), day + days(1)).len());
        let first = calls(day - days(6), day).first();
        print(datetime(first.StartTime) >= (day - days(6)).at(\"00:00\") && duration(first.TalkingDuration) >= seconds(0));
        for d in [date(2026, 12, 24), date(2026, 12, 25)] {
            pbx.holidays.create(#{ Name: d.format(\"%d %B\"), Day: d.day, Month: d.month, Year: d.year, DayEnd: d.day, MonthEnd: d.month,
                YearEnd: d.year, TimeOfStartDate: time(\"12:00\"), TimeOfEndDate: hours(24) - seconds(1), IsRecurrent: false });
        }
        for h in pbx.holidays.list(#{ filter: \"endswith(Name,'December')\" }) {
            print(`${h.Name} ${date(h.Year, h.Month, h.Day).weekday_name} ${h.TimeOfStartDate} ${duration(h.TimeOfEndDate).clock}`);
        }
        let chats = pbx.chat_history_view;
        let last = chats.list(#{ orderby: \"TimeSent desc\", top: 1 }).first();
        print(chats.list(#{ filter: #{ TimeSent: datetime(last.TimeSent) } }).len() >= 1);
        print(chats.list(#{ filter: filter(\"TimeSent gt ?\", datetime(last.TimeSent)) }).len());";
    prints(
        code,
        "true
true
24 December Thursday PT12H 23:59:59
25 December Friday PT12H 23:59:59
true
0",
    );
}

// --- errors --------------------------------------------------------------------------------------------------------

/// Code, the exit code, what the report must say, in that order.
const WRONG: &[(&str, i32, &[&str])] = &[
    ("date(\"2026-02-30\")", 1, &["there is no day 30 in February 2026: it has 28 days"]),
    ("date(2026, 13, 1)", 1, &["there is no month 13", "from 1 to 12"]),
    ("date(\"31.1.2026\")", 1, &["`31.1.2026` is no date", "2026-01-31", "%d.%m.%Y"]),
    ("date(\"2026-01-31T08:00:00Z\")", 1, &["is no date", "`datetime(…)` reads a moment"]),
    ("date(5)", 3, &["`date` must be a string"]),
    ("datetime(\"2026-01-31\")", 1, &["`2026-01-31` is no date and time", "has no time of day"]),
    (
        "datetime(\"31.01.2026\", \"%d.%m.%Y %H:%M\")",
        1,
        &["`31.01.2026` and the format `%d.%m.%Y %H:%M` do not go together"],
    ),
    (
        "datetime(\"2026-01-31 08:00\", \"Europe/Berln\")",
        3,
        &["there is no time zone `Europe/Berln`", "did you mean `Europe/Berlin`?"],
    ),
    ("now(\"Berlin\")", 3, &["did you mean `Europe/Berlin`?"]),
    ("now(\"Mars\")", 3, &["there is no time zone `Mars`"]),
    ("time(\"25:00\")", 1, &["`25:00` is no time of day"]),
    ("time(25, 0)", 3, &["`hour` must be a whole number from 0 to 23"]),
    ("duration(\"soon\")", 1, &["`soon` is no duration", "`1h 30m`"]),
    ("hours(\"x\")", 3, &["`hours` must be a number, not the string \"x\""]),
    ("days(1.5)", 3, &["`days` must be a whole number, not the number 1.5"]),
    ("years(99999999999)", 3, &["beyond the calendar"]),
    ("days(9223372036854775807) + days(1)", 3, &["beyond the calendar"]),
    ("now() + years(9000)", 3, &["beyond the calendar", "-9999 to 9999"]),
    ("now().yeer", 3, &["a `DateTime` has no property `yeer`", "did you mean `year`?"]),
    ("now().format", 3, &["`format` is a function of a `DateTime`", "`format(…)`"]),
    ("let d = now(); d.year = 5", 3, &["`year` of a `DateTime` cannot be set"]),
    ("now() + 5", 3, &["cannot be added", "`days(1)`"]),
    ("now() < today()", 3, &["cannot be compared", "`.date` is the day of a moment"]),
    ("\"2026-03-12T10:30:00Z\" < now()", 3, &["cannot be compared", "read texts"]),
    ("User().LastLoginTime < now()", 3, &["has no property `LastLoginTime`"]),
    ("Group().LastLoginTime < now()", 3, &["nothing, () and the DateTime", "cannot be compared"]),
    ("today() + hours(5)", 3, &["a day has no hours", "`.at(\"08:30\")`"]),
    ("today() + time(\"08:30\")", 3, &["cannot be added", "`day.at(time)`"]),
    ("months(1) - days(1)", 3, &["one duration cannot go months forward and days back"]),
    ("months(1).days", 3, &["`P1M` has no fixed length"]),
    ("today().next(\"mondy\")", 3, &["\"mondy\" is no weekday", "did you mean `Monday`?"]),
    (
        "today().start_of(\"fortnight\")",
        3,
        &["\"fortnight\" is no period", "`day`, `week`, `month`, `quarter` or `year`"],
    ),
    ("days(date(1, 1, 1), date(9999, 1, 1))", 3, &["more than 110000 steps"]),
    ("windows(today(), now(), days(1))", 3, &["`to` must be a Date"]),
    ("windows(today(), today() + days(1), hours(1))", 3, &["a day has no hours"]),
    ("windows(now(), now() + days(1), days(0))", 3, &["`step` must be a Duration above zero"]),
    ("regex::find(\"(ab\", \"x\")", 3, &["`(ab` is no pattern at character 1: unclosed group"]),
    ("regex::test(\"a(?=b)\", \"x\")", 3, &["at character 2", "look-around"]),
    ("random(5, 1)", 3, &["`to` must be at least 5"]),
    ("random::password(3)", 3, &["`n` must be a whole number from 8 to 128"]),
    ("hash::sha256(5)", 3, &["`data` must be a string or a blob"]),
    ("hex::decode(\"abc\")", 1, &["this is no hexadecimal number: it has an odd number of digits"]),
    ("[1].join(5)", 3, &["`between` must be a string"]),
];

#[test]
fn what_is_wrong_is_told() {
    for (code, exit, expected) in WRONG {
        let report = berlin(code).fails(*exit);
        let report = report.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ");
        let mut rest = report.as_str();
        for part in *expected {
            let at = rest.find(part).unwrap_or_else(|| panic!("{code}: no {part:?} in\n{report}"));
            rest = &rest[at + part.len()..];
        }
    }
}

#[test]
fn an_error_points_at_its_call() {
    same(
        &berlin("let day = today();\nlet open = day.next(\"monday\").at(\"8am\");").fails(1),
        "bad-format

  x `8am` is no time of day
   ,-[<eval>:2:31]
 1 | let day = today();
 2 | let open = day.next(\"monday\").at(\"8am\");
   :                               ^^^^^^^^^
   `----
  help: it looks like `08:30` or `08:30:00`, from `00:00` to `23:59:59`
",
    );
    gives("let c; try { now(\"Mars\") } catch (e) { c = e.code; } c", "unknown-zone");
}

// --- the small tools -----------------------------------------------------------------------------------------------

#[test]
fn chance_can_be_repeated_and_secrets_cannot() {
    let drawn = "random::seed(7); [random(1000000), random(1, 6), random::pick([1, 2, 3]), random::shuffle([1, 2, 3, 4, 5])].to_json()";
    assert_eq!(sandbox(drawn).out(), sandbox(drawn).out());
    let secret = "random::seed(7); `${random::digits(12)} ${random::password()} ${uuid()}`";
    assert_ne!(sandbox(secret).out(), sandbox(secret).out());
    gives("let all = []; for i in 0..500 { all.push(random(1, 6)) } all.sort(); `${all[0]} ${all[-1]}`", "1 6");
    gives(
        "let ok = true; for i in 0..500 { let n = random(3); let f = random(); ok = ok && n >= 0 && n < 3 && f >= 0.0 && f < 1.0; } ok",
        "true",
    );
    gives("let a = [1, 2, 3]; let b = random::shuffle(a); b.sort(); a == b && random::pick([]) == ()", "true");
    gives("[random::digits(6).len(), random::password(20).len(), uuid().len()].to_json()", "[6,20,36]");
}

#[test]
fn codes_and_patterns() {
    for (code, expected) in [
        ("hash::md5(\"100:3CXPhoneSystem:secret\")", "25f62b43d13df2084f89f686be246a2a"),
        ("base64::decode(base64::encode(\"Zoë\")).as_string() + hex::encode(hex::decode(\"00:fF\"))", "Zoë00ff"),
        ("hash::sha256(blob(2, 0x61)) == hash::sha256(\"aa\")", "true"),
        (
            "regex::find(`ext\\. (?<number>\\d+)(x)?`, \"Zoë, ext. 100\").to_json()",
            "{\"at\":5,\"groups\":[\"ext. 100\",\"100\",null],\"named\":{\"number\":\"100\"},\"text\":\"ext. 100\"}",
        ),
        ("regex::find(\"z\", \"abc\") == ()", "true"),
        ("regex::find_all(`\\d+`, \"100, 101\").map(|m| m.text).join(\"+\")", "100+101"),
        ("regex::replace(`(\\w+), (?<first>\\w+)`, \"Lovelace, Ada\", \"$first $1\")", "Ada Lovelace"),
        ("regex::split(`[,;]\\s*`, \"100, 101;102\").to_json()", "[\"100\",\"101\",\"102\"]"),
        ("[\"100\", today(), (), 5].join(\", \")", "100, 2026-03-12, , 5"),
        ("text::pad_left(7, 3, \"0\") + text::pad_right(\"é\", 3, '.') + text::pad_left(\"long\", 2)", "007é..long"),
    ] {
        gives(code, expected);
    }
}

#[test]
fn every_example_of_the_reference_runs() {
    let mine = [
        "regex", "hash", "base64", "hex", "random", "text", "uuid", "now", "today", "date", "time", "duration",
        "seconds", "days", "windows", "Date", "Time", "Duration", "Array",
    ];
    let mut names = HashSet::new();
    let mut all = String::new();
    for doc in pbxsh::kit::docs() {
        assert!(names.insert(doc.name), "{} is documented twice", doc.name);
        if mine.iter().any(|name| doc.name.starts_with(name)) {
            all.push_str(&format!("{{ {} }}\n", doc.example));
        }
    }
    assert!(names.len() > 30, "{}", names.len());
    let ended = pbxsh(["--sandbox", "-e", &all]).run();
    assert_eq!(ended.code, 0, "{}", ended.err);
}
