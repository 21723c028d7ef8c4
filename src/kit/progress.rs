//! How far a loop is, for a person who waits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::kit::given::cut;
use crate::kit::sequence::Sequence;
use crate::kit::{Hands, Person};
use crate::script::Doc;
use crate::script::native::{Dynamic, Engine, EvalAltResult, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[Doc {
    name: "progress",
    calls: &["progress(items) → items", "progress(items, label: string) → items", "progress(text: string)"],
    text: "Gives the same items, and shows on a terminal how far the loop over them is; elsewhere it shows nothing. The number of \
           items is shown where it is known without a request. A text alone stands on the line until the next output.",
    example: "for user in progress(pbx.users.list(#{ top: 5 }), \"users\") {\n    user.Number;\n}\nprogress(\"nearly done\");",
}];

/// How often a line is drawn, at most.
const PAUSE: Duration = Duration::from_millis(60);

/// The cells of a bar.
const CELLS: u64 = 24;

/// Items that show how far a loop is.
#[derive(Clone)]
pub(super) struct Progress {
    hands: Arc<Hands>,
    items: Dynamic,
    label: String,
}

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    engine.register_type_with_name::<Progress>("Progress").register_iterator_result::<Progress, Dynamic>();
    let hand = hands.clone();
    engine.register_fn("progress", move |context: NativeCallContext, items: Dynamic| {
        progress(&hand, items, "", &context)
    });
    let hand = hands.clone();
    engine.register_fn("progress", move |context: NativeCallContext, items: Dynamic, label: &str| {
        progress(&hand, items, label, &context)
    });
}

fn progress(hands: &Arc<Hands>, items: Dynamic, label: &str, context: &NativeCallContext) -> Outcome {
    if items.is_string() && label.is_empty() {
        if let Some(person) = &hands.person {
            let text = items.to_string();
            let line = text.lines().next().unwrap_or_default();
            let line = cut(line.to_owned(), person.width().saturating_sub(2));
            person.progress(Some(line.as_str()).filter(|line| !line.is_empty()));
        }
        return Ok(Dynamic::UNIT);
    }
    let items = hands.iterable(items, context)?;
    let label = label.lines().next().unwrap_or_default().to_owned();
    Ok(Dynamic::from(Progress { hands: hands.clone(), items, label }))
}

impl Progress {
    pub(super) fn sequence(&self) -> Sequence {
        let inner = self.hands.sequence(&self.items);
        let Sequence { items, total } =
            inner.unwrap_or_else(|| Sequence { items: Box::new(std::iter::empty()), total: Some(0) });
        let person = self.hands.person.clone();
        let bar = Bar { items, total, begun: 0, label: self.label.clone(), person, drawn: None };
        Sequence { items: Box::new(bar), total }
    }
}

impl IntoIterator for Progress {
    type Item = Result<Dynamic, Box<EvalAltResult>>;
    type IntoIter = Box<dyn Iterator<Item = Outcome> + Send>;

    fn into_iter(self) -> Self::IntoIter {
        self.sequence().items
    }
}

struct Bar {
    items: Box<dyn Iterator<Item = Outcome> + Send>,
    total: Option<u64>,
    begun: u64,
    label: String,
    person: Option<Arc<dyn Person>>,
    drawn: Option<Instant>,
}

impl Iterator for Bar {
    type Item = Outcome;

    fn next(&mut self) -> Option<Outcome> {
        let item = self.items.next();
        if let Some(person) = &self.person {
            match &item {
                Some(Ok(_)) if self.drawn.is_none_or(|drawn| drawn.elapsed() >= PAUSE) => {
                    self.drawn = Some(Instant::now());
                    person.progress(Some(&line(&self.label, self.begun, self.total, person.width())));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => person.progress(None),
            }
        }
        self.begun += 1;
        item
    }
}

impl Drop for Bar {
    /// A loop may be left in its middle.
    fn drop(&mut self) {
        if let (Some(person), true) = (&self.person, self.drawn.is_some()) {
            person.progress(None);
        }
    }
}

/// `users [########----------------] 34/100`
fn line(label: &str, done: u64, total: Option<u64>, width: usize) -> String {
    let label = if label.is_empty() { String::new() } else { format!("{label} ") };
    let line = match total {
        Some(total) => {
            let full = (done.min(total) * CELLS).checked_div(total).unwrap_or(CELLS);
            let bar: String = (0..CELLS).map(|cell| if cell < full { '#' } else { '-' }).collect();
            format!("{label}[{bar}] {done}/{total}")
        }
        None => format!("{label}{done} …"),
    };
    cut(line, width.saturating_sub(2))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn lines_fit_the_terminal() {
        assert_eq!(line("users", 50, Some(100), 80), "users [############------------] 50/100");
        assert_eq!(line("", 3, None, 80), "3 …");
        assert_eq!(line("", 0, Some(0), 80), "[########################] 0/0");
        assert_eq!(line("a long label", 1, Some(2), 12), "a long lab…");
    }
}
