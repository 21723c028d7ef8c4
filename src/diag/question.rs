//! The question before what cannot be taken back, and what an answer means.

use crate::catalog::effects::Effect;
use crate::catalog::overlay::doc;
use crate::client::secrets::hush;
use crate::diag::words::{count, one_line};
use crate::guard::{Answer, Question};

/// More names than this are counted.
const NAMED: usize = 10;

/// What is about to be sent, a line each.
#[must_use]
pub fn question(question: &Question) -> Vec<String> {
    let Question { pbx, operation, effect, what } = question;
    let does = match effect {
        Effect::Delete => format!("`{operation}` deletes on `{pbx}`"),
        _ => format!("`{operation}` makes `{pbx}` act"),
    };
    let mut names: Vec<String> = what.iter().take(NAMED).map(|name| one_line(name)).collect();
    if what.len() > NAMED {
        names.push("…".to_owned());
    }
    let about = match what.len() {
        0 => String::new(),
        1 => format!(": {}", names.concat()),
        many => format!(", {}: {}", count(many, "object"), names.join(", ")),
    };
    let mut lines = vec![hush(&format!("LIVE: {does}{about}")).into_owned()];
    lines.extend(doc(operation).map(|doc| format!("      {doc}")));
    lines
}

/// What stands before the cursor.
#[must_use]
pub fn asked(question: &Question) -> String {
    if question.is_about_many() {
        return format!("type {} to send it, anything else sends nothing: ", question.what.len());
    }
    "send it? [y]es, [N]o, [a]ll of this entry: ".to_owned()
}

/// What somebody means by it. Everything but a clear yes is a no.
#[must_use]
pub fn answer(question: &Question, text: &str) -> Answer {
    let text = text.trim().to_lowercase();
    if question.is_about_many() {
        return if text == question.what.len().to_string() { Answer::Yes } else { Answer::No };
    }
    match text.as_str() {
        "y" | "yes" => Answer::Yes,
        "a" | "all" => Answer::All,
        _ => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::{answer, asked};
    use crate::catalog::effects::Effect;
    use crate::guard::{Answer, Question};

    fn about(operation: &str, effect: Effect, what: &[&str]) -> Question<'static> {
        let what = what.iter().map(|&it| it.to_owned()).collect();
        Question { pbx: "hq", operation: operation.to_owned(), effect, what }
    }

    #[test]
    fn what_is_about_to_be_sent() {
        let said = |question: &Question| super::question(question).remove(0);
        assert_eq!(
            said(&about("users.delete", Effect::Delete, &["Id 28"])),
            "LIVE: `users.delete` deletes on `hq`: Id 28"
        );
        assert_eq!(
            said(&about("users.batch_delete", Effect::Delete, &["7", "8"])),
            "LIVE: `users.batch_delete` deletes on `hq`, 2 objects: 7, 8"
        );
        assert_eq!(said(&about("x.restart", Effect::Command, &[])), "LIVE: `x.restart` makes `hq` act");
        let many = about("users.batch_delete", Effect::Delete, &["7"; 27]);
        assert!(said(&many).ends_with(", 27 objects: 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, …"));
        assert_eq!(asked(&many), "type 27 to send it, anything else sends nothing: ");
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        let (one, many) = (about("a.b", Effect::Delete, &["1"]), about("a.b", Effect::Delete, &["1"; 11]));
        for (text, expected) in [("y", Answer::Yes), (" YES ", Answer::Yes), ("a", Answer::All), ("all", Answer::All)] {
            assert_eq!((answer(&one, text), answer(&many, text)), (expected, Answer::No), "{text}");
        }
        for text in ["", "n", "no", "ye", "yn", "1", "j"] {
            assert_eq!(answer(&one, text), Answer::No, "{text}");
        }
        assert_eq!(
            (answer(&many, "11"), answer(&many, "12"), answer(&one, "11")),
            (Answer::Yes, Answer::No, Answer::No)
        );
    }
}
