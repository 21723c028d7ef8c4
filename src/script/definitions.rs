//! The language's own functions in the form that editors read.

use rhai::Engine;

/// What the generator writes and no reader of its files takes: Rust's name for anything that may fail, a range with its
/// end, and nothing at all.
const REWRITTEN: [(&str, &str); 3] = [("-> RhaiResult", "-> ?"), ("range=", "RangeInclusive<int>"), (" -> ;", ";")];

/// One definition file with all that the language brings.
#[must_use]
pub fn standard_definitions() -> String {
    let all = Engine::new().definitions().single_file();
    let (mut out, mut comments) = (String::new(), String::new());
    for line in all.lines() {
        if line.trim_start().starts_with("///") {
            comments.push_str(&format!("{}\n", line.trim_end()));
            continue;
        }
        // Indexers have names inside the engine that nobody can write; `exit` is another one here.
        if !line.contains('$') && !line.starts_with("fn exit(") {
            out.push_str(&comments);
            let line =
                REWRITTEN.iter().fold(line.trim_end().to_owned(), |line, (wrong, right)| line.replace(wrong, right));
            out.push_str(&format!("{line}\n"));
        }
        comments.clear();
    }
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out.trim_end().to_owned() + "\n"
}
