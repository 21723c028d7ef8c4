//! The reference.

use crate::script::Doc;

pub(crate) const DOCS: &[Doc] = &[
    Doc {
        name: "now",
        calls: &["now() → DateTime", "now(zone) → DateTime"],
        text: "The moment, as the zone of this machine or another one shows it. `PBXSH_NOW` holds the clock for rehearsals. Zones have \
               names like `Europe/Berlin`, `America/New_York` and `UTC`, or are offsets like `+02:00`.",
        example: "print(now(\"Europe/Berlin\").format(\"%d.%m.%Y %H:%M\"));",
    },
    Doc {
        name: "today",
        calls: &["today() → Date", "today(zone) → Date"],
        text: "The day, in the zone of this machine or in another one.",
        example: "let yesterday = today() - days(1); print(yesterday);",
    },
    Doc {
        name: "datetime",
        calls: &[
            "datetime(text) → DateTime",
            "datetime(text, zone) → DateTime",
            "datetime(text, format) → DateTime",
            "datetime(text, format, zone) → DateTime",
            "datetime(seconds) → DateTime",
        ],
        text: "A moment from a text like `2026-01-31T08:00:00Z`, `2026-01-31 08:00`, `2026-01-31T08:00:00+01:00[Europe/Berlin]`, as a PBX \
               sends it or as RFC 9557 has it. A text without an offset is a time on the clocks of `zone`, of this machine if none is \
               given: a script that should do the same everywhere names the zone. A text with an offset keeps it, unless a zone is \
               given, which then shows the same moment. A format is one of strftime: `%d.%m.%Y %H:%M`. A number counts the seconds \
               since 1970. A time that clocks jump over in spring is as much later; of one that they show twice in autumn the first \
               is meant.",
        example: "let m = datetime(\"31.01.2026 08:00\", \"%d.%m.%Y %H:%M\", \"Europe/Berlin\"); print(m.utc());",
    },
    Doc {
        name: "date",
        calls: &[
            "date(text) → Date",
            "date(year, month, day) → Date",
            "date(text, format) → Date",
            "date(datetime) → Date",
            "date(…, zone) → Date",
        ],
        text: "A day. It remembers a zone, the one of this machine if none is given: there it begins, where a PBX asks for a moment \
               or `.at(…)` makes one.",
        example: "let day = date(\"24.12.2026\", \"%d.%m.%Y\"); print(day.weekday_name);",
    },
    Doc {
        name: "time",
        calls: &[
            "time(text) → Time",
            "time(hour, minute) → Time",
            "time(hour, minute, second) → Time",
            "time(text, format) → Time",
        ],
        text: "A time of day, like `08:30` or `17:45:10`. Adding a duration goes round midnight.",
        example: "print(time(\"23:30\") + hours(1));",
    },
    Doc {
        name: "duration",
        calls: &["duration(text) → Duration"],
        text: "A length of time from a text: `PT1H30M` as a PBX sends it, `1h 30m`, or `00:01:03.5` and `1.02:00:00` as .NET writes it.",
        example: "print(duration(\"PT1M3.5S\").seconds);",
    },
    Doc {
        name: "seconds",
        calls: &["seconds(n) → Duration", "minutes(n) → Duration", "hours(n) → Duration"],
        text: "A length of time on any clock; `n` may have a fraction. Durations can be added, subtracted, compared, negated and \
               multiplied by a number.",
        example: "print(minutes(90) == hours(1.5));",
    },
    Doc {
        name: "days",
        calls: &["days(n) → Duration", "weeks(n) → Duration", "months(n) → Duration", "years(n) → Duration"],
        text: "A length of time on the calendar. A day later is the same time of the next day, even if the clocks change between: \
               `days(1)` is then 23 or 25 hours. A month after the 31st is the last day of a shorter month.",
        example: "print(date(2026, 1, 31) + months(1));",
    },
    Doc {
        name: "days(from, to)",
        calls: &[
            "days(from, to) → array",
            "weeks(from, to) → array",
            "months(from, to) → array",
            "years(from, to) → array",
        ],
        text: "The dates from `from` to `to`, with both ends, in steps of a day, a week, a month or a year.",
        example: "for day in days(today() - days(29), today()) { if day.is_weekend { continue } print(day); }",
    },
    Doc {
        name: "windows",
        calls: &["windows(from, to, step) → array"],
        text: "A longer period in parts, as `#{ from, to }`: each ends where the next one begins, and the last one at `to`, which is \
               not in it. With dates that is the form in which reports take their periods.",
        example: "for w in windows(date(2026, 1, 1), date(2026, 2, 1), days(7)) { print(`${w.from} to ${w.to}`); }",
    },
    Doc {
        name: "DateTime",
        calls: &["m - n → Duration", "m + duration → DateTime", "m < n → bool", "min(m, n)", "max(m, n)"],
        text: "A moment, seen in a zone. It has `year`, `month`, `day`, `hour`, `minute`, `second`, `weekday` (1 is Monday, 7 is Sunday), \
               `weekday_name`, `month_name`, `week` (as ISO 8601 counts), `day_of_year`, `is_weekend`, `zone`, `offset`, `date`, `time` and \
               `unix` (seconds since 1970). Moments are compared whatever their zone. Where a PBX takes a moment, in filters, \
               bodies and parameters, it is sent in UTC. Its text is of ISO 8601: `2026-01-31T08:00:00+01:00`.",
        example: "print((now() - datetime(\"2026-01-01T00:00:00Z\")).days);",
    },
    Doc {
        name: "Date",
        calls: &[
            "day - other → Duration",
            "day + duration → Date",
            "day < other → bool",
            "min(day, other)",
            "max(day, other)",
        ],
        text: "A day. It has `year`, `month`, `day`, `weekday`, `weekday_name`, `month_name`, `week`, `day_of_year`, `is_weekend` and `zone`. \
               Where a PBX takes a moment, a date is the first moment of that day in its zone: a period that ends with a day does not \
               contain that day, so give the day after it.",
        example: "let christmas = date(today().year, 12, 25); print((christmas - today()).days);",
    },
    Doc {
        name: "Time",
        calls: &["t - other → Duration", "t + duration → Time", "t < other → bool"],
        text: "A time of day, with `hour`, `minute` and `second`. Where a PBX takes a duration, it is the time since midnight.",
        example: "print((time(\"17:00\") - time(\"08:30\")).hours);",
    },
    Doc {
        name: "Duration",
        calls: &["d + other → Duration", "d * n → Duration", "-d → Duration", "d < other → bool"],
        text: "A length of time. `days`, `hours`, `minutes` and `seconds` count the whole ones in all of it, so that an hour has 60 \
               `minutes`; days are 24 hours there. `clock` is `26:03:05`. `months` are those of the calendar, which have no fixed \
               length.",
        example: "print(duration(\"1h 30m\").minutes);",
    },
    Doc {
        name: "Duration.total",
        calls: &["duration.total(unit) → float"],
        text: "The length in `seconds`, `minutes`, `hours`, `days` or `weeks`, with the fraction.",
        example: "print(minutes(90).total(\"hours\"));",
    },
    Doc {
        name: "DateTime.format",
        calls: &["datetime.format(format) → string", "date.format(format) → string", "time.format(format) → string"],
        text: "The text in a format of strftime: `%Y` `%m` `%d` `%H` `%M` `%S` are year to second, `%A` and `%B` the names of day and month, \
               `%V` the week, `%z` the offset, `%Z` the zone.",
        example: "print(today().format(\"%A, %d.%m.%Y\"));",
    },
    Doc {
        name: "DateTime.in_zone",
        calls: &["datetime.in_zone() → DateTime", "datetime.in_zone(zone) → DateTime", "datetime.utc() → DateTime"],
        text: "The same moment in the zone of this machine, another zone, or UTC.",
        example: "print(now().in_zone(\"America/New_York\").hour);",
    },
    Doc {
        name: "Date.at",
        calls: &["date.at(time) → DateTime", "date.at(time, zone) → DateTime", "datetime.at(time) → DateTime"],
        text: "The moment at that time of the day, in the zone of the date or another one. The time is a `Time` or a text.",
        example: "let opens = today(\"Europe/Berlin\").next(\"monday\").at(\"08:00\"); print(opens);",
    },
    Doc {
        name: "Date.start_of",
        calls: &[
            "date.start_of(period)",
            "date.end_of(period)",
            "datetime.start_of(period)",
            "datetime.end_of(period)",
        ],
        text: "The first or last day, or moment, of the `day`, `week` (Monday to Sunday), `month`, `quarter` or `year`, and for moments of \
               the `hour`. The last moment is the last one that a PBX can tell, 100 nanoseconds before the next period.",
        example: "print(today().start_of(\"month\") - days(1));",
    },
    Doc {
        name: "Date.next",
        calls: &[
            "date.next(weekday)",
            "date.previous(weekday)",
            "datetime.next(weekday)",
            "datetime.previous(weekday)",
        ],
        text: "The nearest such day after or before this one, never this one itself; a moment keeps its time of day. The weekday is a \
               name, its first three letters, or a number from 1, Monday.",
        example: "print(today().previous(\"fri\"));",
    },
];
