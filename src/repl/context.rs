//! What stands before the cursor: the question that completion and hints answer. Pure text, no catalog.

use crate::repl::commands::{Takes, code_of, find};
use crate::repl::scan::{Inside, Open, Scan};

/// What is being typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Context<'a> {
    pub(super) place: Place<'a>,
    /// Where the word begins that stands before the cursor.
    pub(super) start: usize,
    pub(super) word: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A comment, a number, a text: nothing to offer.
    Nothing,
    /// `:he`
    Command,
    /// `:help us`
    CommandArgument(&'a str),
    /// `import "std/`
    Import,
    /// Behind a dot.
    Member(Receiver<'a>),
    /// A name in a map that is an argument.
    Key(Argument<'a>),
    /// In the text of `select: "Id,Na`, the option that it belongs to.
    Selection(Argument<'a>, &'a str),
    /// In the text that such a name is given: `Language: "E`.
    Choice(Argument<'a>, &'a str),
    /// In a text that is itself an argument of a call: its name, and which one it is.
    Text(Vec<&'a str>, usize),
    /// In a text that a property is set to or compared with: `user.Language == "E`.
    Assigned(Vec<&'a str>),
    /// `PeerType::Ex`
    Value(&'a str),
    /// A name of any kind.
    Name,
}

/// What stands before a dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Receiver<'a> {
    /// `pbx.users`
    Path(Vec<&'a str>),
    /// `pbx.users.get(…)`
    Call(Vec<&'a str>),
    /// One of these: `….first()`, `…[0]`
    Item(Box<Receiver<'a>>),
    Other,
}

/// The functions of lists that give one of their items, those that give such items again, and those that hand each of them to
/// a closure.
const GIVE_ONE: [&str; 3] = ["first", "last", "find"];
const GIVE_SOME: [&str; 5] = ["filter", "take", "extract", "sort_by", "to_array"];
const HAND_OVER: [&str; 11] =
    ["map", "filter", "for_each", "find", "find_map", "index_of", "some", "all", "count", "sort_by", "group_by"];

/// A map that is given to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argument<'a> {
    /// `pbx.users.list`, `Group`
    pub(super) call: Vec<&'a str>,
    /// Which argument it is.
    pub(super) index: usize,
    /// The names of the outer maps' fields that lead to it.
    pub(super) path: Vec<&'a str>,
    /// The names that stand in it already.
    pub(super) taken: Vec<&'a str>,
}

/// Looks at the text before the cursor.
pub(super) fn context(text: &str, cursor: usize) -> Context<'_> {
    let before = text.get(..cursor).unwrap_or(text);
    if let Some(head) = code_of(before) {
        let inner = context(&before[head..], before.len() - head);
        return Context { start: inner.start + head, ..inner };
    }
    if let Some(command) = before.strip_prefix(':') {
        return match command.split_once(' ') {
            None => Context { place: Place::Command, start: 1, word: command },
            Some((name, rest)) => {
                // The name of a file may have blanks in it.
                let whole = find(name).is_some_and(|command| command.takes == Takes::File);
                let word = if whole { rest.trim_start() } else { rest.rsplit(' ').next().unwrap_or(rest) };
                Context { place: Place::CommandArgument(name), start: before.len() - word.len(), word }
            }
        };
    }
    let scan = Scan::of(before);
    let (start, word) = match scan.inside {
        Inside::Code => word(before),
        Inside::Text(start) => (start, &before[start..]),
        _ => (before.len(), ""),
    };
    let nothing = Context { place: Place::Nothing, start: before.len(), word: "" };
    match scan.inside {
        Inside::Code => Context { place: in_code(before, start, word, &scan.open), start, word },
        Inside::Text(start) => in_text(before, start, &scan.open).unwrap_or(nothing),
        _ => nothing,
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The name that a text ends with, and where it begins.
fn word(text: &str) -> (usize, &str) {
    let start = text.trim_end_matches(is_part).len();
    (start, &text[start..])
}

fn in_code<'a>(before: &'a str, start: usize, word: &'a str, open: &[Open]) -> Place<'a> {
    let ahead = before[..start].trim_end();
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return Place::Nothing;
    }
    if let Some(head) = ahead.strip_suffix("::") {
        return Place::Value(self::word(head).1);
    }
    if let Some(head) = ahead.strip_suffix("?.").or_else(|| ahead.strip_suffix('.')) {
        // `..` is a range, and `1.` a number.
        let number = self::word(head).1.starts_with(|c: char| c.is_ascii_digit());
        return if head.ends_with('.') || number { Place::Nothing } else { Place::Member(receiver(head)) };
    }
    if let Some(map) = open.last().filter(|map| map.kind == '#' && before[map.part..start].trim().is_empty())
        && let Some(mut argument) = argument(before, open)
    {
        argument.taken = taken(&before[map.at..start]);
        return Place::Key(argument);
    }
    Place::Name
}

fn in_text<'a>(before: &'a str, start: usize, open: &[Open]) -> Option<Context<'a>> {
    let ahead = before[..start].strip_suffix('"')?.trim_end();
    if self::word(ahead).1 == "import" {
        return Some(Context { place: Place::Import, start, word: &before[start..] });
    }
    let whole = Context { place: Place::Nothing, start, word: &before[start..] };
    if let Some(left) = ahead.strip_suffix('=') {
        let path = path(left.trim_end_matches(['=', '!']));
        return (path.len() > 1).then_some(Context { place: Place::Assigned(path), ..whole });
    }
    if let Some(call) = open.last().filter(|open| open.kind == '(') {
        let alone = before[call.part..start - 1].trim().is_empty();
        return alone.then(|| Context { place: Place::Text(callee(&before[..call.at]), call.commas), ..whole });
    }
    // `select: "…` or `select: ["…`
    let maps = open.strip_suffix(&[open.last().copied()?]).unwrap_or(open);
    let (map, open) = match open.last()?.kind {
        '#' => (open.last()?, open),
        '[' => (maps.last().filter(|map| map.kind == '#')?, maps),
        _ => return None,
    };
    let option = before[map.part..].split_once(':')?.0.trim();
    let option = option.trim_matches('"');
    let argument = argument(before, open)?;
    if !argument.path.is_empty() || !matches!(option, "select" | "orderby" | "filter" | "expand") {
        return Some(Context { place: Place::Choice(argument, option), ..whole });
    }
    let text = &before[start..];
    let from =
        text.rfind(|c: char| !is_part(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let place = Place::Selection(argument, option);
    Some(Context { place, start: start + from, word: &text[from..] })
}

/// What a text that goes on with a dot ends with.
fn receiver(text: &str) -> Receiver<'_> {
    let text = text.trim_end();
    if let Some(inner) = text.strip_suffix(']') {
        let head = opening(inner).map(|at| receiver(&text[..at]));
        return match head {
            Some(head) if head != Receiver::Other => Receiver::Item(Box::new(head)),
            _ => Receiver::Other,
        };
    }
    if let Some(inner) = text.strip_suffix(')') {
        let Some(at) = opening(inner) else { return Receiver::Other };
        let path = path(&text[..at]);
        return if path.is_empty() { of_chain(&text[..at]) } else { Receiver::Call(path) };
    }
    match path(text) {
        path if path.is_empty() => Receiver::Other,
        path => Receiver::Path(path),
    }
}

/// `pbx.users.list().first`: a call behind a call.
fn of_chain(head: &str) -> Receiver<'_> {
    let (start, method) = word(head);
    let Some(inner) = head[..start].trim_end().strip_suffix('.') else { return Receiver::Other };
    match receiver(inner) {
        Receiver::Other => Receiver::Other,
        inner if GIVE_ONE.contains(&method) => Receiver::Item(Box::new(inner)),
        inner if GIVE_SOME.contains(&method) => inner,
        _ => Receiver::Other,
    }
}

/// What a call of a list gives, if its name says it: one of its items, or others of them.
pub(super) fn of_list(method: &str) -> Option<bool> {
    if GIVE_ONE.contains(&method) { Some(true) } else { GIVE_SOME.contains(&method).then_some(false) }
}

/// The place of the bracket that is still open behind this text.
fn opening(inner: &str) -> Option<usize> {
    Scan::of(inner).open.last().map(|open| open.at)
}

/// The name of a call: a path, or `["", "save"]` for one that hangs on something else.
fn callee(head: &str) -> Vec<&str> {
    let path = path(head);
    if !path.is_empty() {
        return path;
    }
    match word(head.trim_end()).1 {
        "" => Vec::new(),
        name => vec!["", name],
    }
}

/// The dotted name that a text ends with: `pbx.users.list`. Nothing where it hangs on a call or an index.
pub(super) fn path(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text.trim_end();
    loop {
        let (mut start, mut name) = word(rest);
        if name.is_empty() {
            return Vec::new();
        }
        if let Some(head) = rest[..start].strip_suffix("::") {
            start = word(head).0;
            name = &rest[start..];
        }
        names.push(name);
        rest = rest[..start].trim_end();
        match rest.strip_suffix("?.").or_else(|| rest.strip_suffix('.')) {
            Some(before) if !before.ends_with('.') => rest = before.trim_end(),
            _ => break,
        }
    }
    names.reverse();
    names
}

/// The call that the innermost open map is given to.
fn argument<'a>(before: &'a str, open: &[Open]) -> Option<Argument<'a>> {
    let mut path_to = Vec::new();
    let mut at = open.len().checked_sub(1)?;
    loop {
        let (inner, outer) = (open[at], open.get(at.checked_sub(1)?)?);
        match outer.kind {
            '(' => {
                path_to.reverse();
                let call = callee(&before[..outer.at]);
                let known = !call.is_empty();
                return known.then_some(Argument { call, index: outer.commas, path: path_to, taken: Vec::new() });
            }
            '#' => {
                let key = before[outer.part..inner.at].trim().strip_suffix(':')?.trim();
                path_to.push(key.trim_matches('"'));
            }
            '[' => {}
            _ => return None,
        }
        at -= 1;
    }
}

/// The call that the cursor stands in, if its innermost bracket is that of a call: its name and how far it came.
pub(super) fn call(text: &str) -> Option<(Vec<&str>, usize)> {
    let scan = Scan::of(text);
    let open = scan.open.last().filter(|open| open.kind == '(' && scan.inside == Inside::Code)?;
    let call = path(&text[..open.at]);
    (!call.is_empty()).then_some((call, open.commas))
}

/// The field names of a map's text so far; those of inner maps stand among them, which costs nothing but an offer.
fn taken(map: &str) -> Vec<&str> {
    let names = map.match_indices(':').map(|(at, _)| word(map[..at].trim_end().trim_end_matches('"')).1);
    names.filter(|name| !name.is_empty()).collect()
}

/// The last thing that a name was set to in a text, and where that begins: `let g = pbx.groups.get(5)`, `for u in all {`,
/// `all.map(|u| `.
pub(super) fn definition<'a>(text: &'a str, name: &str) -> Option<(Receiver<'a>, usize)> {
    let starts = [("let ", " = ", false), ("const ", " = ", false), ("for ", " in ", true)];
    let set = starts.iter().filter_map(|(word, middle, item)| {
        let pattern = format!("{word}{name}{middle}");
        let at = text.rfind(&pattern)?;
        Some((set_to(&text[at + pattern.len()..], *item)?, at))
    });
    let handed = text.rfind(&format!("|{name}|")).and_then(|at| Some((handed(&text[..at])?, at)));
    set.chain(handed).max_by_key(|(_, at)| *at)
}

/// What stands right of the sign: a call, or behind `in` a name too.
fn set_to(rest: &str, item: bool) -> Option<Receiver<'_>> {
    let end = rest.find(|c: char| !is_part(c) && c != '.').unwrap_or(rest.len());
    let path = path(&rest[..end]);
    let receiver = if rest[end..].starts_with('(') { Receiver::Call(path) } else { Receiver::Path(path) };
    match (&receiver, item) {
        (Receiver::Call(path) | Receiver::Path(path), _) if path.is_empty() => None,
        (_, true) => Some(Receiver::Item(Box::new(receiver))),
        (Receiver::Call(_), false) => Some(receiver),
        _ => None,
    }
}

/// The item that a function of a list gives to the closure that begins behind this text.
fn handed(head: &str) -> Option<Receiver<'_>> {
    let head = head.trim_end().strip_suffix('(')?;
    let (start, method) = word(head);
    let list = head[..start].trim_end().strip_suffix('.').filter(|_| HAND_OVER.contains(&method))?;
    match receiver(list) {
        Receiver::Other => None,
        list => Some(Receiver::Item(Box::new(list))),
    }
}

/// The topic that an entry with a question mark behind it asks for: `users.update?`.
pub(super) fn question(entry: &str) -> Option<&str> {
    let topic = entry.strip_suffix('?')?.trim_end();
    let named = topic.chars().all(|c| is_part(c) || matches!(c, '.' | ':' | '/' | '('));
    (named && topic.starts_with(|c: char| c.is_alphabetic())).then_some(topic)
}

#[cfg(test)]
mod tests {
    use super::{Argument, Context, Place, Receiver, call, context, definition, question};

    /// The context at the `|`.
    fn at(text: &str) -> Context<'_> {
        let mark = text.find('|').filter(|_| text.matches('|').count() == 1);
        context(text, mark.unwrap_or(text.len()))
    }

    fn place(text: &str) -> (Place<'_>, &str) {
        let context = at(text);
        assert!(text[context.start..].starts_with(context.word), "{text}");
        (context.place, context.word)
    }

    fn argument<'a>(call: &[&'a str], index: usize, path: &[&'a str], taken: &[&'a str]) -> Argument<'a> {
        Argument { call: call.to_vec(), index, path: path.to_vec(), taken: taken.to_vec() }
    }

    #[test]
    fn commands() {
        assert_eq!(place(":he"), (Place::Command, "he"));
        assert_eq!(place(":"), (Place::Command, ""));
        assert_eq!(place(":help users.up"), (Place::CommandArgument("help"), "users.up"));
        assert_eq!(place(":ops a b"), (Place::CommandArgument("ops"), "b"));
        assert_eq!(place(":help "), (Place::CommandArgument("help"), ""));
        assert_eq!(place(":load  my reports/c"), (Place::CommandArgument("load"), "my reports/c"));
    }

    #[test]
    fn members() {
        let path = |names: &[&'static str]| Place::Member(Receiver::Path(names.to_vec()));
        assert_eq!(place("pbx."), (path(&["pbx"]), ""));
        assert_eq!(place("let x = pbx.us| + 1"), (path(&["pbx"]), "us"));
        assert_eq!(place("pbx.users.li"), (path(&["pbx", "users"]), "li"));
        assert_eq!(place("for u in pbx\n  .users\n  .li"), (path(&["pbx", "users"]), "li"));
        assert_eq!(place("f(g?.Na"), (path(&["g"]), "Na"));
        assert_eq!(place("`${u.Na"), (path(&["u"]), "Na"));
        assert_eq!(
            place("pbx.users.get(f(1), \")\").Na"),
            (Place::Member(Receiver::Call(vec!["pbx", "users", "get"])), "Na")
        );
        let item = |inner: Receiver<'static>| Place::Member(Receiver::Item(Box::new(inner)));
        assert_eq!(place("x[0].Na"), (item(Receiver::Path(vec!["x"])), "Na"));
        let list = || Receiver::Call(vec!["pbx", "users", "list"]);
        assert_eq!(place("pbx.users.list(#{}).first().Na"), (item(list()), "Na"));
        assert_eq!(place("pbx.users.list().filter(|u| u.Id > 1).last()?.Na"), (item(list()), "Na"));
        assert_eq!(place("pbx.users.list().to_array()[0].Na"), (item(list()), "Na"));
        assert_eq!(place("pbx.users.list().len().Na"), (Place::Member(Receiver::Other), "Na"));
        assert_eq!(place("[1].Na"), (Place::Member(Receiver::Other), "Na"));
        assert_eq!(place("(1 + 2).a"), (Place::Member(Receiver::Other), "a"));
        assert_eq!(place("1.").0, Place::Nothing);
        assert_eq!(place("0..le").0, Place::Nothing);
    }

    #[test]
    fn names_of_maps() {
        let list = ["pbx", "users", "list"];
        assert_eq!(place("pbx.users.list(#{ to"), (Place::Key(argument(&list, 0, &[], &[])), "to"));
        assert_eq!(place("pbx.users.list(#{top: 5, "), (Place::Key(argument(&list, 0, &[], &["top"])), ""));
        assert_eq!(place("pbx.users.list(#{top: to").0, Place::Name);
        assert_eq!(place("f(1, #{a: \"x\", "), (Place::Key(argument(&["f"], 1, &[], &["a"])), ""));
        let nested = argument(&["Group"], 0, &["Members"], &["Name"]);
        assert_eq!(place("Group(#{Name: 1, Members: [#{Na: 2}, #{ Name: 3, "), (Place::Key(nested), ""));
        let deep = argument(&["Group"], 0, &["Hours", "Type"], &[]);
        assert_eq!(place("Group(#{Hours: #{ \"Type\": #{ x"), (Place::Key(deep), "x"));
        assert_eq!(place("let m = #{ a").0, Place::Name);
        assert_eq!(place("if x { a").0, Place::Name);
    }

    #[test]
    fn texts_and_the_rest() {
        let list = || argument(&["pbx", "users", "list"], 0, &[], &[]);
        assert_eq!(place("pbx.users.list(#{select: \"Id,Na"), (Place::Selection(list(), "select"), "Na"));
        assert_eq!(place("pbx.users.list(#{top: 1, select: [\"Id\", \"Na"), (Place::Selection(list(), "select"), "Na"));
        assert_eq!(place("pbx.users.list(#{filter: \"Enabled eq é"), (Place::Selection(list(), "filter"), "é"));
        assert_eq!(place("import \"std/cs"), (Place::Import, "std/cs"));
        let body = argument(&["pbx", "users", "update"], 1, &["Hours"], &[]);
        assert_eq!(place("pbx.users.update(5, #{ Hours: #{ Type: \"Off"), (Place::Choice(body, "Type"), "Off"));
        let text = |call: &[&'static str], index| Place::Text(call.to_vec(), index);
        assert_eq!(place("pbx.users.get_by_number(\"1 0"), (text(&["pbx", "users", "get_by_number"], 0), "1 0"));
        assert_eq!(place("pbx.users.list().save(\"a/b"), (text(&["", "save"], 0), "a/b"));
        assert_eq!(place("csv::write(x, \"a"), (text(&["csv::write"], 1), "a"));
        assert_eq!(place("f(1 + \"a").0, Place::Nothing);
        assert_eq!(place("if u.Type == \"Ex"), (Place::Assigned(vec!["u", "Type"]), "Ex"));
        assert_eq!(place("let x = \"a").0, Place::Nothing);
        assert_eq!(place("\"pbx.us").0, Place::Nothing);
        assert_eq!(place("// pbx.us").0, Place::Nothing);
        assert_eq!(place("`pbx.us").0, Place::Nothing);
        assert_eq!(place("x = PeerType::Ex"), (Place::Value("PeerType"), "Ex"));
        assert_eq!(place("print(Gro"), (Place::Name, "Gro"));
        assert_eq!(place(""), (Place::Name, ""));
        assert_eq!(place("12").0, Place::Nothing);
    }

    #[test]
    fn calls_and_definitions() {
        assert_eq!(call("pbx.users.update(5, "), Some((vec!["pbx", "users", "update"], 1)));
        assert_eq!(call("pbx.users.update(5, #{"), None);
        assert_eq!(call("(1 +"), None);
        let text = "let g = pbx.groups.get(1); for u in pbx.users.list() { g";
        let call = |path: &[&'static str]| Receiver::Call(path.to_vec());
        let item = |inner: Receiver<'static>| Receiver::Item(Box::new(inner));
        assert_eq!(definition(text, "g"), Some((call(&["pbx", "groups", "get"]), 0)));
        assert_eq!(definition(text, "u"), Some((item(call(&["pbx", "users", "list"])), 27)));
        assert_eq!(definition("let h = Group(#{})", "h"), Some((call(&["Group"]), 0)));
        assert_eq!(definition("for u in all {", "u"), Some((item(Receiver::Path(vec!["all"])), 0)));
        assert_eq!(definition("all.map(|u| u", "u"), Some((item(Receiver::Path(vec!["all"])), 8)));
        assert_eq!(definition("let h = 5", "h"), None);
        assert_eq!(definition("let h = h", "h"), None);
    }

    #[test]
    fn a_question_mark_asks_for_help() {
        assert_eq!(question("users.update?"), Some("users.update"));
        assert_eq!(question("csv::read ?"), Some("csv::read"));
        for other in ["?", "users", "1?", "a b?", "\"x\"?", ""] {
            assert_eq!(question(other), None, "{other}");
        }
    }

    #[test]
    fn every_cursor_in_any_text_is_fine() {
        let text = "import \"x\"; let é = pbx.users.list(#{select: [\"Ïd\", \"日本\"], filter: `a ${x.y}`}).map(|u| u.Name)[0]?.z..1.5 /* */ // e";
        for cursor in 0..=text.len() + 3 {
            let found = context(text, cursor);
            assert!(text.get(found.start..).is_some() || cursor > text.len(), "{cursor}");
        }
    }
}
