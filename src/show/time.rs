//! Moments and lengths of time as a PBX writes them → as people read them, each as wide as its neighbours.

/// `2026-03-12T10:30:00.123Z` → `2026-03-12 10:30:00Z`, `PT1M5S` → `00:01:05`; nothing for any other text.
pub(super) fn readable(text: &str) -> Option<String> {
    moment(text).or_else(|| length(text))
}

/// The zone stays: without it a time says something else.
fn moment(text: &str) -> Option<String> {
    let (day, rest) = text.split_once('T')?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (_, zone) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("", rest),
    };
    let zoned = matches!(zone, "" | "Z") || zone.strip_prefix(['+', '-']).is_some_and(|zone| is_like(zone, "00:00"));
    (is_like(day, "0000-00-00") && is_like(clock, "00:00:00") && zoned).then(|| format!("{day} {clock}{zone}"))
}

/// Digits where the pattern has zeros, and its other characters where it has those.
fn is_like(text: &str, pattern: &str) -> bool {
    let fits = |(c, wanted): (char, char)| if wanted == '0' { c.is_ascii_digit() } else { c == wanted };
    text.len() == pattern.len() && text.chars().zip(pattern.chars()).all(fits)
}

fn length(text: &str) -> Option<String> {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (days, clock) = text.strip_prefix('P')?.split_once('T').unwrap_or((text.strip_prefix('P')?, ""));
    if days.is_empty() && clock.is_empty() {
        return None;
    }
    let mut seconds = 0_u64;
    for (mut part, units) in [(days, &[('D', 86_400)][..]), (clock, &[('H', 3600), ('M', 60), ('S', 1)][..])] {
        for (unit, worth) in units {
            if let Some((number, rest)) = part.split_once(*unit) {
                let whole = number.split('.').next().unwrap_or(number);
                let digits = number.chars().all(|c| c.is_ascii_digit() || c == '.') && whole.len() < 10;
                let number: u64 = whole.parse().ok().filter(|_| digits)?;
                seconds += number * worth;
                part = rest;
            }
        }
        if !part.is_empty() {
            return None;
        }
    }
    Some(format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
}

#[cfg(test)]
mod tests {
    use super::readable;

    #[test]
    fn moments_and_lengths_are_read() {
        for (text, shown) in [
            ("2026-03-12T10:30:00Z", "2026-03-12 10:30:00Z"),
            ("2026-03-12T10:30:00.1234567Z", "2026-03-12 10:30:00Z"),
            ("2026-03-12T10:30:00+01:00", "2026-03-12 10:30:00+01:00"),
            ("2026-03-12T10:30:00", "2026-03-12 10:30:00"),
            ("PT0S", "00:00:00"),
            ("PT1M5.25S", "00:01:05"),
            ("P1D", "24:00:00"),
            ("P0DT8H30M", "08:30:00"),
            ("-PT1H", "-01:00:00"),
        ] {
            assert_eq!(readable(text).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn other_texts_stay() {
        for text in [
            "",
            "P",
            "PT",
            "T",
            "-",
            "P1",
            "PTS",
            "PIT",
            "PT5",
            "Pat 1D",
            "2026-03-12",
            "2026-03-12T10:30Z",
            "SP2",
            "2026-03-12T10:30:00Z and more",
            "2026-03-12T10:30:00 in Zürich",
            "日本T日本語の名前",
            "PT99999999999S",
        ] {
            assert_eq!(readable(text), None, "{text}");
        }
    }
}
