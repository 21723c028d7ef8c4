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
    /// In the text of `select: "Id,Na`: the option that it belongs to, and the text so far.
    Selection(Argument<'a>, &'a str, &'a str),
    /// Behind the colon of a name in such a map.
    Put(Argument<'a>, &'a str),
    /// Behind `user.Language == `.
    Compared(Vec<&'a str>),
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
    /// `….first()`, of what is no path itself.
    Method(Box<Receiver<'a>>, &'a str),
    /// `….first().Hours`
    Field(Box<Receiver<'a>>, &'a str),
    /// One of these: `…[0]`, or what a loop goes through.
    Item(Box<Receiver<'a>>),
    /// What stands there as it is: a text, an array, what is caught.
    Made(&'static str),
    Other,
}

/// The functions that hand each item of a list to a closure.
const HAND_OVER: [&str; 14] = [
    "map", "filter", "for_each", "find", "find_map", "index_of", "some", "all", "count", "sort_by", "sort", "group_by",
    "extract", "retain",
];

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
    if let Some(place) = wanted(before, ahead, open) {
        return place;
    }
    if let Some(map) = open.last().filter(|map| map.kind == '#' && before[map.part..start].trim().is_empty())
        && let Some(mut argument) = argument(before, open)
    {
        argument.taken = taken(&before[map.at..start]);
        return Place::Key(argument);
    }
    Place::Name
}

/// A value that belongs to a name: `Language: `, `user.Language = `.
fn wanted<'a>(before: &'a str, ahead: &'a str, open: &[Open]) -> Option<Place<'a>> {
    if let Some(left) = ahead.strip_suffix('=') {
        let path = path(left.trim_end_matches(['=', '!']));
        return (path.len() > 1).then_some(Place::Compared(path));
    }
    let map = open.last().filter(|map| map.kind == '#')?;
    let name = before.get(map.part..ahead.len())?.trim().strip_suffix(':')?.trim().trim_matches('"');
    let named = !name.is_empty() && name.chars().all(is_part);
    named.then(|| argument(before, open)).flatten().map(|argument| Place::Put(argument, name))
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
    // Between quotes anything is a part of the word.
    let quoted = text.matches('\'').count() % 2 == 1;
    let parts = |c: char| if quoted { c == '\'' } else { !is_part(c) && c != '$' };
    let from = text.rfind(parts).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
    let place = Place::Selection(argument, option, &text[..from]);
    Some(Context { place, start: start + from, word: &text[from..] })
}

/// What a text that goes on with a dot ends with.
fn receiver(text: &str) -> Receiver<'_> {
    let text = text.trim_end();
    let inner = |end: char| text.strip_suffix(end).and_then(opening);
    if let Some(at) = inner(']') {
        let head = text[..at].trim_end();
        return match head.ends_with(|c: char| is_part(c) || ")]?".contains(c)) {
            true => item(receiver(head.trim_end_matches('?'))),
            false => Receiver::Made("array"),
        };
    }
    if let Some(at) = inner(')') {
        let path = path(&text[..at]);
        return if path.is_empty() { behind(&text[..at], Receiver::Method) } else { Receiver::Call(path) };
    }
    if inner('}').is_some_and(|at| text[at..].starts_with('#')) {
        return Receiver::Made("map");
    }
    if text.ends_with(['"', '`']) {
        return Receiver::Made("string");
    }
    match path(text) {
        path if path.is_empty() => behind(text, Receiver::Field),
        path => Receiver::Path(path),
    }
}

fn item(list: Receiver<'_>) -> Receiver<'_> {
    if list == Receiver::Other { Receiver::Other } else { Receiver::Item(Box::new(list)) }
}

/// `pbx.users.list().first`: a name behind a call.
fn behind<'a>(head: &'a str, make: fn(Box<Receiver<'a>>, &'a str) -> Receiver<'a>) -> Receiver<'a> {
    let (start, name) = word(head);
    let before = head[..start].trim_end();
    let Some(inner) = before.strip_suffix("?.").or_else(|| before.strip_suffix('.')) else { return Receiver::Other };
    match receiver(inner) {
        _ if name.is_empty() => Receiver::Other,
        Receiver::Other => Receiver::Other,
        inner => make(Box::new(inner), name),
    }
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

/// What the call is made on that the cursor stands in: `list` of `list.sort_by("`.
pub(super) fn owner(text: &str) -> Receiver<'_> {
    let open = Scan::of(text).open.last().copied();
    let head = open.filter(|open| open.kind == '(').map_or("", |open| &text[..open.at]);
    let before = head[..word(head).0].trim_end();
    before.strip_suffix('.').map_or(Receiver::Other, receiver)
}

/// The field names of a map's text so far; those of inner maps stand among them, which costs nothing but an offer.
fn taken(map: &str) -> Vec<&str> {
    let names = map.match_indices(':').map(|(at, _)| word(map[..at].trim_end().trim_end_matches('"')).1);
    names.filter(|name| !name.is_empty()).collect()
}

/// The last thing that a name was set to in a text, and where that begins: `let g = pbx.groups.get(5)`, `for u in all {`,
/// `all.map(|u| `, `catch (e)`.
pub(super) fn definition<'a>(text: &'a str, name: &str) -> Option<(Receiver<'a>, usize)> {
    let starts = [("let ", " = ", false), ("const ", " = ", false), ("for ", " in ", true), ("for (", ", ", true)];
    let set = starts.iter().filter_map(|(word, middle, item)| {
        let pattern = format!("{word}{name}{middle}");
        let at = text.rfind(&pattern)?;
        let rest = &text[at + pattern.len()..];
        let rest = if word.ends_with('(') { rest.split_once(" in ")?.1 } else { rest };
        Some((set_to(rest, *item)?, at))
    });
    let caught = text.rfind(&format!("catch ({name})")).map(|at| (Receiver::Made("Error"), at));
    set.chain(caught).chain(handed(text, name)).max_by_key(|(_, at)| *at)
}

/// What stands right of the sign, or behind `in`.
fn set_to(rest: &str, is_item: bool) -> Option<Receiver<'_>> {
    let ends = |(_, c): &(usize, char)| *c == ';' || (is_item && *c == '{');
    let whole = |at: &usize| {
        let scan = Scan::of(&rest[..*at]);
        scan.inside == Inside::Code && scan.open.is_empty() && !rest[..*at].ends_with('#')
    };
    let end = rest.char_indices().filter(ends).map(|(at, _)| at).find(whole).unwrap_or(rest.len());
    let made = rest[..end].trim();
    // What is calculated is something else than its last part.
    if made.is_empty() || is_calculated(made) {
        return None;
    }
    let made = receiver(made);
    if is_item { Some(item(made)) } else { Some(made) }.filter(|made| *made != Receiver::Other)
}

/// Is there a sign between its parts?
fn is_calculated(made: &str) -> bool {
    let outside = |(at, c): (usize, char)| {
        let sign = c.is_whitespace() || "+-*/%<>=&|!?".contains(c);
        sign && !made[at..].starts_with("?.") && {
            let scan = Scan::of(&made[..at]);
            scan.inside == Inside::Code && scan.open.is_empty()
        }
    };
    made.char_indices().any(outside)
}

/// The item that a function of a list, or `parallel`, gives to the closure that has a parameter of this name.
fn handed<'a>(text: &'a str, name: &str) -> Option<(Receiver<'a>, usize)> {
    let bars: Vec<usize> = text.match_indices('|').map(|(at, _)| at).collect();
    let at = bars.windows(2).rev().find_map(|pair| {
        let inner = &text[pair[0] + 1..pair[1]];
        inner.split(',').any(|part| part.trim() == name).then_some(pair[0])
    })?;
    let open = Scan::of(&text[..at]).open.last().copied().filter(|open| open.kind == '(')?;
    let head = &text[..open.at];
    if path(head) == ["parallel"] {
        let inside = &text[open.at + 1..at];
        let comma = inside.match_indices(',').map(|(at, _)| at).find(|at| Scan::of(&inside[..*at]).open.is_empty())?;
        let given = inside[..comma].trim();
        return Some((item(receiver(given)), at)).filter(|(item, _)| *item != Receiver::Other);
    }
    let (start, method) = word(head);
    let list = head[..start].trim_end().strip_suffix('.').filter(|_| HAND_OVER.contains(&method))?;
    Some((item(receiver(list)), at)).filter(|(item, _)| *item != Receiver::Other)
}

/// What an entry imports, and under which names: `import "std/hours" as hours`.
pub(super) fn imports(entry: &str) -> Vec<(&str, &str)> {
    let all = entry.match_indices("import \"").filter_map(|(at, start)| {
        let (path, rest) = entry[at + start.len()..].split_once('"')?;
        let rest = rest.trim_start().strip_prefix("as ")?.trim_start();
        let alias = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        (!alias.is_empty()).then_some((path, alias))
    });
    all.collect()
}

/// The topic that an entry with a question mark behind it asks for: `users.update?`.
pub(super) fn question(entry: &str) -> Option<&str> {
    let topic = entry.strip_suffix('?')?.trim_end();
    let named = topic.chars().all(|c| is_part(c) || matches!(c, '.' | ':' | '/' | '('));
    (named && topic.starts_with(|c: char| c.is_alphabetic())).then_some(topic)
}
