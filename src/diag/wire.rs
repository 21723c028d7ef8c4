//! What goes over the wire, as lines for a person.

use std::time::Duration;

use serde_json::Value;

use crate::client::{Event, Exchange, Sent};
use crate::diag::client;
use crate::diag::words::{one_line, unnumbered};

/// The most characters of one body that are shown.
const MOST: usize = 8 * 1024;

/// The lines about one event.
#[must_use]
pub fn wire(event: &Event) -> Vec<String> {
    match event {
        Event::Exchange(exchange) => of(exchange),
        Event::Again { attempt, most, pause, error } => {
            let reason = error.status().map_or_else(|| client::fault("", error).message, |status| status.to_string());
            vec![format!("note: again in {}, {attempt} of {most}: {reason}", seconds(*pause))]
        }
        Event::NotShared { path, reason } => {
            let reason = unnumbered(reason);
            vec![format!("note: the token is not shared with other runs: `{}`: {reason}", path.display())]
        }
    }
}

fn of(exchange: &Exchange) -> Vec<String> {
    let result = match &exchange.result {
        Ok(status) => status.to_string(),
        Err(error) => client::fault("", error).message,
    };
    let mut sizes = Vec::new();
    if exchange.sent > 0 {
        sizes.push(format!("{} sent", size(exchange.sent as u64)));
    }
    sizes.extend(exchange.received.map(|received| format!("{} received", size(received))));
    let sizes: String = sizes.iter().map(|size| format!(", {size}")).collect();
    let Exchange { method, url, time, .. } = exchange;
    let mut lines = vec![format!("trace: {method} {} -> {result}, {}{sizes}", one_line(url), seconds(*time))];
    if let Some(Sent { field, name, path, media_type, length }) = exchange.file.as_deref() {
        let name = one_line(name);
        lines.push(format!("  > {field}: {name} ({media_type}, {}), from {}", size(*length), one_line(path)));
    }
    for (sign, body) in [('>', &exchange.asked), ('<', &exchange.answered)] {
        lines.extend(body.iter().flat_map(|body| shown(sign, body)));
    }
    lines
}

fn shown(sign: char, body: &Value) -> Vec<String> {
    let text = match body {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    let cut = text.char_indices().nth(MOST).map_or(text.len(), |(at, _)| at);
    let clean = |line: &str| line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect::<String>();
    let mut lines: Vec<String> = text[..cut].lines().map(|line| format!("  {sign} {}", clean(line))).collect();
    if cut < text.len() {
        lines.push(format!("  {sign} … {} more", size((text.len() - cut) as u64)));
    }
    lines
}

fn seconds(time: Duration) -> String {
    format!("{:.3} s", time.as_secs_f64())
}

/// `512 B`, `1.5 kB`, `2.0 MB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::wire;
    use crate::client::{ClientError, Event, Exchange};

    fn exchange() -> Exchange {
        Exchange {
            method: "PATCH",
            url: "https://pbx/xapi/v1/Users(1)".to_owned(),
            sent: 1500,
            received: Some(0),
            time: Duration::from_millis(12),
            result: Ok(204),
            asked: None,
            answered: None,
            file: None,
        }
    }

    #[test]
    fn reasons_are_told_without_what_only_programs_read() {
        let reason = "No space left on device (os error 28) at path \"/home/me/.pbx.json.pbxsh-part\"";
        let told = wire(&Event::NotShared { path: "/home/me".into(), reason: reason.to_owned() });
        assert_eq!(told, ["note: the token is not shared with other runs: `/home/me`: No space left on device"]);
    }

    #[test]
    fn a_line_for_each_request_and_its_bodies_below() {
        let short = wire(&Event::Exchange(exchange()));
        assert_eq!(short, ["trace: PATCH https://pbx/xapi/v1/Users(1) -> 204, 0.012 s, 1.5 kB sent, 0 B received"]);
        let answered = Some(json!("a\u{1b}[2Jb"));
        let full = wire(&Event::Exchange(Exchange { asked: Some(json!({"A": 1})), answered, ..exchange() }));
        assert_eq!(full[1..], ["  > {", "  >   \"A\": 1", "  > }", "  < a\u{fffd}[2Jb"]);
        let long = wire(&Event::Exchange(Exchange { asked: Some(json!("é".repeat(10_000))), ..exchange() }));
        assert!(long[2].ends_with("… 3.6 kB more"), "{}", long[2]);
    }

    #[test]
    fn why_it_is_repeated() {
        let error = ClientError::Cut { url: "https://pbx".to_owned(), reason: "end of file".to_owned() };
        let event = Event::Again { attempt: 1, most: 3, pause: Duration::from_millis(500), error };
        assert_eq!(
            wire(&event),
            ["note: again in 0.500 s, 1 of 3: the answer of https://pbx ended early: end of file"]
        );
    }
}
