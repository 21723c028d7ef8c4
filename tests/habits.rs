//! Habits of other languages: what somebody who knows JavaScript writes leads to what is meant, and nothing is dropped without a word.

use crate::common::{Ended, gives, pbxsh, sandbox};

/// The report on one line, without the drawing around it.
fn told(ended: &Ended) -> String {
    ended.err.split_whitespace().filter(|word| *word != "|").collect::<Vec<_>>().join(" ")
}

/// What is written, and what the report of a run and of a check ends with.
const WRITTEN: &[(&str, &str)] = &[
    ("let x = null;", "nothing is `()` here: `if x == () { … }`"),
    ("var x = 1;", "variables are declared with `let`"),
    ("let g = new Group(#{});", "it needs none: `Group(#{ Name: \"…\" })` is an object"),
    ("let f = x => x * 2;", "a closure is written `|x| …`"),
    ("let f = (x) => x * 2;", "a closure is written `|x| …`"),
    ("[1].map(x => x * 2);", "a closure is written `|x| …`"),
    ("pbx.groups.create({ Name: \"x\" });", "a map needs a `#` before its brace"),
    ("pbx.groups.create(Name: \"x\");", "a map needs a `#` before its brace"),
    ("console.log(1);", "`print(…)` writes a line"),
    ("print(JSON.parse(\"1\"));", "`json::parse(text)` reads JSON"),
    ("print(csv.read(\"x\"));", "write `csv::read`"),
    ("print(PeerType.Queue);", "write `PeerType::Queue`"),
    ("let i = 0; i++;", "write `x += 1`"),
    ("for (let i = 0; i < 3; i++) { }", "`for i in 0..10 { … }` counts"),
    ("for (x of [1]) { print(x) }", "`for x in array { … }` goes through an array or a list"),
    ("for x of [1] { print(x) }", "`for x in array { … }` goes through an array or a list"),
    ("let x = 1; switch x { case 1: print(1) }", "`switch x { 1 => …,"),
    ("if true and false { print(1) }", "it is written `&&`"),
    ("if not true { print(1) }", "it is written `!`"),
    ("if true { print(1) } elif false { print(2) }", "it is written `else if`"),
    ("let x = typeof 5;", "`type_of(x)` is a function"),
    ("let x = true ? 1 : 2;", "write `if condition { a } else { b }`"),
    ("let s = 'text';", "texts stand in double quotes"),
    ("let x = await pbx.users.list();", "leave it out: a call waits for its answer"),
    ("function f(x) { x }", "functions are defined with `fn name(a, b) { … }`"),
    ("fn f(a, b = 2) { a } f(1);", "parameters have no defaults"),
    ("let [a, b] = [1, 2];", "variables are declared one by one"),
    ("let a = [1, ...[2]];", "arrays and maps are put together with `+`"),
    ("let x = 5\nprint(x)", "a `;` is missing at the end of line 1"),
    ("const X = 1; X = 2;", "declare it with `let` to change it"),
    ("pbx.users.get_by_number(\"100\").Mobile = \"1\";", "needs a variable to be changed"),
    ("let call = 1;", "the language keeps this word for itself"),
    ("if \"x\" { print(1) }", "compare it: `x != ()`, `x != \"\"`, `x > 0`"),
    ("for name in #{ a: 1 } { print(name) }", "`for name in map.keys() { … }` goes through a map"),
    ("let user = 1; print(usr);", "did you mean `user`?"),
    ("print([1].length());", "`len()` counts"),
    ("print(\"a\".toUpperCase());", "it is called `to_upper`"),
    ("print([1].indexOf(1));", "did you mean `index_of`?"),
    ("fn extensions(x) { x } print(extnsions(1));", "did you mean `extensions`?"),
    ("let f = |x| x; f(1);", "a closure in a variable is called with `f.call(…)`"),
    ("pbx.users.find(|u| u.Number == \"100\");", "lists have it: `users.list().find(…)`"),
    ("pbx.users.get(\"100\");", "`get_by_number(\"100\")` looks one up"),
    ("pbx.users.get_by_number(100);", "in quotes it is one: \"100\""),
    ("pbx.users.list(#{ top: \"5\" });", "without quotes it is one: 5"),
    ("pbx.users.list(#{ limit: 5 });", "did you mean `top`?"),
    ("pbx.users.list(#{ top: -1 });", "it must be 0 or more"),
    ("pbx.users.list(\"Enabled eq true\");", "options have names: `#{ filter: \"…\" }`"),
    ("pbx.users.list(#{ filter: \"Enabled == true\" });", "it is written `eq`"),
    ("pbx.users.list(#{ filter: #{ Number: #{ like: \"1\" } } });", "did you mean `contains`?"),
];

#[test]
fn habits_of_other_languages_lead_to_what_is_meant() {
    let mut check = pbxsh(["check", ".", "--format", "json"]);
    for (at, (code, expected)) in WRITTEN.iter().enumerate() {
        let ended = sandbox(code).variable("COLUMNS", "300").run();
        assert_eq!(ended.code, 3, "{code}: {}", ended.err);
        assert!(told(&ended).contains(expected), "{code}: {}", ended.err);
        check = check.file(&format!("{at:03}.rhai"), code);
    }
    let found: serde_json::Value = serde_json::from_str(&check.run().out).expect("JSON");
    for (at, (code, expected)) in WRITTEN.iter().enumerate() {
        let of_file = |finding: &&serde_json::Value| {
            finding["file"].as_str().is_some_and(|file| file.contains(&format!("{at:03}.rhai")))
        };
        let mut hints =
            found.as_array().into_iter().flatten().filter(of_file).filter_map(|finding| finding["hint"].as_str());
        assert!(hints.any(|hint| hint.contains(expected)), "{code}: {expected}");
    }
}

/// What only a run can know.
#[test]
fn a_run_says_what_was_meant_too() {
    for (code, expected) in [
        ("print(\"5\" * 2)", "`parse_int(text)` and `parse_float(text)` make numbers of texts"),
        ("let s = \" a \"; print(s.trim().to_upper())", "`trim` changes the value where it stands and gives back ()"),
        ("print(today().year())", "`year` is a property of `Date`: leave out the brackets"),
        ("let u = pbx.users.get_by_number(\"100\"); print(u.Number())", "`Number` is a property of `User`"),
        ("let u = pbx.users.get_by_number(\"100\"); if u.Mobile { }", "a boolean is wanted here, not a string"),
        ("fn f(a) { a } f(1, 2)", "it is defined as `f(a)`"),
        ("let l = pbx.users.list(); l[0] = 5", "the rows of a list can be read and not set"),
        ("pbx.users.list().map(|a, b, c| a)", "this closure cannot be called with 2 arguments"),
        ("pbx.users.list(1, 2, 3)", "3 arguments are too many for `list`"),
        ("pbx = connect(\"sandbox\")", "a variable of its own"),
        ("pbx.ahed = 9", "help: did you mean `ahead`?"),
        ("try { throw \"x\" } catch (e) { e.message }", "a text that was thrown is caught as it is"),
        ("connect(\"sandbox@20.0.1\")", "there is no release `20.0.1`"),
        ("connect(#{ url: \"x\" })", "`client_id` and `client_secret` are missing"),
        ("assert_eq(\"1\", 1)", "a text is never equal to something else"),
        ("exit(\"1\")", "`code` must be a whole number from 0 to 255, not the string \"1\""),
    ] {
        let ended = sandbox(code).variable("COLUMNS", "300").run();
        assert!(ended.code != 0 && told(&ended).contains(expected), "{code}: {} {}", ended.code, ended.err);
    }
}

#[test]
fn nothing_is_dropped_without_a_word() {
    // Neither true nor false: the engine takes it for false.
    for method in ["filter", "find", "some", "all", "count", "index_of"] {
        let ended = sandbox(&format!("pbx.users.list().{method}(|user| user.Number)")).variable("COLUMNS", "300").run();
        let expected = format!("`{method}` must be given a closure that says true or false, not the string \"100\"");
        assert!(ended.code == 3 && told(&ended).contains(&expected), "{method}: {}", ended.err);
    }
    gives("pbx.users.list(#{ top: 1, select: \"Number\" }).to_json()", "[{\"Number\":\"100\"}]");
    gives(
        "let t; try { pbx.users.get(999999) } catch (e) { t = e.to_json(); } t",
        "{\"code\":\"http-404\",\"message\":\"the PBX refused `users.get`: Not found\",\"hint\":\"`users` has nothing under the key `999999`: `users.get_by_number(\\\"…\\\")` looks one up\",\"status\":404,\"reason\":\"key\",\"operation\":\"users.get\"}",
    );
    gives("let seen = \"\"; [\"a\", \"b\"].for_each(|x, at| seen += x + at); seen", "a0b1");
    gives("let n = [1, 2]; n.for_each(|| this *= 10); n.to_json()", "[10,20]");
    gives("sleep(seconds(0.01)); sleep(minutes(1) - minutes(1)); 1", "1");
    gives("csv::text([#{ a: 1, b: 2 }], #{ columns: \"b, a\" })", "b,a\n2,1");
}

#[test]
fn of_several_values_the_wrong_one_is_shown() {
    let ended = sandbox("Group(#{ Hours: #{ Periods: [#{ Start: \"08:00\" }, #{ Start: 8 }] } })").run();
    assert!(ended.err.contains("<eval>:1:54"), "{}", ended.err);
}
