//! Files, tables and JSON: what `file::`, `csv::`, `json::` and `save` read and write.

use std::sync::Arc;

use jiff::tz::TimeZone;
use pbxsh::bindings::value;
use pbxsh::diag;
use pbxsh::guard::Access;
use pbxsh::kit::{self, Hands, Kit};
use pbxsh::script::native::Dynamic;
use pbxsh::script::{Library, Session, Setup, Source};
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Number, Value, json};

use crate::common::server::{Response, Server};
use crate::common::{Pbxsh, gives, pbxsh, same, sandbox};

/// `pbxsh FLAGS -e CODE`.
pub fn with(flags: &[&str], code: &str) -> Pbxsh {
    pbxsh(flags.iter().copied().chain(["-e", code]))
}

/// The run ends with this code and says this; reports are wrapped where the terminal ends.
#[track_caller]
pub fn says(run: Pbxsh, code: i32, sentences: &[&str]) {
    let report = run.fails(code);
    let line = report.split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in sentences {
        assert!(line.contains(sentence), "no {sentence:?} in {report}");
    }
}

#[test]
fn texts_are_read_and_written() {
    gives(
        "file::write(\"a.txt\", \"one\\r\\ntwo\"); file::append(\"a.txt\", \"\\nthree\\n\"); file::append(\"b.txt\", \"x\"); let all = []; for line in file::lines(\"a.txt\") { all.push(line) } all.push(file::read(\"b.txt\")); all.to_json()",
        r#"["one","two","three","x"]"#,
    );
    let read = |bytes: &'static [u8], code: &str| with(&[], code).bytes("a.txt", bytes);
    assert_eq!(read(b"\xEF\xBB\xBFtext", "file::read(\"a.txt\")").out(), "text\n");
    assert_eq!(
        read(
            b"\xEF\xBB\xBF\xEF\xBB\xBFa\r\n\r\nb",
            "let n = []; for l in file::lines(\"a.txt\") { n.push(l.len()) } n.to_json()"
        )
        .out(),
        "[2,0,1]\n"
    );
    for code in [
        "file::read(\"a.txt\")",
        "for line in file::lines(\"a.txt\") { line.len() }",
        "for line in file::lines(\"a.txt\") {}",
    ] {
        says(
            read(b"fine\nM\xFCller\n", code),
            1,
            &["bad-format", "`a.txt`, line 2: there are bytes that are no UTF-8 text"],
        );
        says(read(b"\xFF\xFEa\0", code), 1, &["`a.txt`: it is UTF-16 text, and only UTF-8 is read"]);
        says(with(&[], code), 9, &["`a.txt`: no such file or directory"]);
        says(with(&[], &code.replace("a.txt", ".")), 9, &["`.`: it is a folder"]);
    }
    let ended = with(&[], "file::write(\"none/b.txt\", \"x\")").run();
    same(
        &ended.err,
        "file

  x `none/b.txt`: there is no folder `none`
   ,-[<eval>:1:7]
 1 | file::write(\"none/b.txt\", \"x\")
   :       ^^^^^^^^^^^^^^^^^^^^^^^^
   `----
",
    );
    says(with(&[], "file::write(\".\", \"x\")"), 9, &["`.`: it is a folder"]);
    says(
        with(&[], "file::write(5, \"x\")"),
        3,
        &["there is no function `file::write` for (int, string)", "call `file::write(path, text)`"],
    );
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_appears_complete() {
    use std::os::unix::fs::PermissionsExt;
    let run =
        with(&[], "file::write(\"a.sh\", \"new\"); file::write(\"b.txt\", \"new\"); pbx.name").file("a.sh", "old");
    let path = run.path("a.sh");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o750)).expect("permissions");
    let ended = run.run();
    assert_eq!(ended.files(), ["a.sh", "b.txt"], "{}", ended.err);
    let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
    // A list that fails half-way leaves what was there.
    let broken = Server::pbx(|request| match request.target.contains("skip=100") {
        true => Response::json(500, "{}"),
        false => Response::json(200, json!({"value": vec![json!({"Id": 1}); 100]}).to_string()),
    });
    for code in [
        "pbx.users.list().save(\"a.csv\")",
        "csv::write(\"a.csv\", pbx.users.list())",
        "csv::write(\"a.csv\", pbx.users.list(#{ select: \"Id\" }), #{ append: true })",
    ] {
        let ended = broken.run(code).file("a.csv", "Id\nold\n").run();
        assert_eq!((ended.code, ended.read("a.csv").as_str()), (7, "Id\nold\n"), "{code}: {}", ended.err);
        assert_eq!(ended.files(), ["a.csv"], "{code}");
    }
}

#[test]
fn folders_and_paths() {
    let code = r#"
        file::make_folder("exports/2026"); file::make_folder("exports/2026");
        for name in ["b.csv", "a.csv", "c.txt", "[x].csv"] { file::write(file::join("exports", name), "1234") }
        print(file::list("exports").to_json());
        print(file::list("exports", "*.csv").to_json());
        print(file::list("exports", "?.*").to_json());
        file::remove("exports/a.csv");
        print([file::exists("exports/a.csv"), file::exists("exports"), file::exists("exports/b.csv")].to_json());
        let info = file::info("exports/b.csv");
        print(`${info.size} ${info.is_folder} ${info.modified.len()} ${info.modified.ends_with("Z")} ${file::info("exports").is_folder}`);
        print(file::join("a", "b", "c", "d", "e", "f.g.h"));
        for path in ["exports/users.csv", "users", ".hidden", "a/b/", "/", ""] {
            print([file::name(path), file::stem(path), file::extension(path), file::parent(path)].to_json());
        }
    "#;
    let out = pbxsh(["run", "a.rhai"]).file("a.rhai", code).out();
    same(
        &out,
        r#"["2026","[x].csv","a.csv","b.csv","c.txt"]
["[x].csv","a.csv","b.csv"]
["a.csv","b.csv","c.txt"]
[false,true,true]
4 false 20 true true
a/b/c/d/e/f.g.h
["users.csv","users","csv","exports"]
["users","users","",""]
[".hidden",".hidden","",""]
["b","b","","a"]
["","","",""]
["","","",""]
"#,
    );
    says(with(&[], "file::remove(\".\")"), 9, &["`.`: it is a folder, and only files are removed"]);
    says(with(&[], "file::remove(\"none\")"), 9, &["`none`: no such file"]);
    says(with(&[], "file::list(\"none\")"), 9, &["`none`: no such file"]);
    says(with(&[], "file::list(\".\", \"[\")"), 3, &["`the pattern` must be one like `*.csv`"]);
    says(with(&[], "file::make_folder(\"/etc/x/y\")"), 8, &["--allow-write=/etc/x/y"]);
}

#[test]
fn tables_are_read() {
    let table = "Number;Name\r\n100;\"Ada; B\"\r\n007;\r\n";
    let read = |code: &str| with(&[], code).file("a.csv", table);
    let options = "#{ separator: \";\" }";
    assert_eq!(
        read(&format!("csv::read(\"a.csv\", {options}).to_json()")).out(),
        "[{\"Name\":\"Ada; B\",\"Number\":\"100\"},{\"Name\":\"\",\"Number\":\"007\"}]\n"
    );
    assert_eq!(read("csv::read(\"a.csv\", #{ separator: \";\", numbers: true })[0].Number + 1").out(), "101\n");
    assert_eq!(
        read(&format!("let n = 0; for row in csv::rows(\"a.csv\", {options}) {{ n += row.Number.len() }} n")).out(),
        "6\n"
    );
    says(
        read("csv::read(\"a.csv\")"),
        1,
        &["`a.csv`, line 1: its only column would be `Number;Name`: give it `separator: ';'`"],
    );
    says(read("csv::rows(\"a.csv\")"), 1, &["give it `separator: ';'`"]);
    for code in
        ["csv::read(\"b.csv\")", "for row in csv::rows(\"b.csv\") { row.a }", "for row in csv::rows(\"b.csv\") {}"]
    {
        same(
            with(&[], code).file("b.csv", "a,b\n1,2\n\n3\n").fails(1).split("   ,-").next().unwrap_or_default(),
            "bad-format\n\n  x `b.csv`, line 4: it has 1 cell and the header 2\n",
        );
    }
    let wrong =
        |options: &str, sentences: &[&str]| says(with(&[], &format!("csv::parse(\"a\", {options})")), 3, sentences);
    wrong("#{ seperator: \";\" }", &["`csv::parse` has no option `seperator`", "did you mean `separator`?"]);
    wrong("#{ separator: \"::\" }", &["`separator` must be a single character"]);
    wrong("#{ header: 1 }", &["`header` must be true, false or an array of names, not the whole number 1"]);
    wrong("#{ header: [\"a\", \"a\"] }", &["`header` must be an array of names that are all different, not `a` twice"]);
    wrong("#{ skip: -1 }", &["`skip` must be a whole number from 0 on, not the whole number -1"]);
    says(
        read("let e = (); try { csv::read(\"a.csv\") } catch (x) { e = x } throw `${e.path} ${e.line} ${e.code}`"),
        1,
        &["a.csv 1 bad-format"],
    );
}

#[test]
fn tables_are_written() {
    let rows = "[#{ b: 1, a: #{ y: \"=1\", x: [1, 2] } }, #{ a: (), c: \"+49\", d: true }]";
    gives(&format!("csv::text({rows})"), "a.x,a.y,b,c,d\n\"[1,2]\",=1,1,,\n,,,+49,true");
    gives(
        &format!("csv::text({rows}, #{{ columns: [\"c\", \"a.y\", \"none\"], separator: \"\\t\" }})"),
        "c\ta.y\tnone\n\t=1\t\n+49",
    );
    let ended =
        with(&[], &format!("csv::write(\"a.csv\", {rows}, #{{ excel: true, columns: [\"b\", \"c\", \"a.y\"] }})"))
            .run();
    assert_eq!(
        (ended.out.as_str(), ended.read("a.csv").as_str()),
        ("2\n", "\u{feff}b;c;a.y\r\n1;;'=1\r\n;'+49;\r\n"),
        "{}",
        ended.err
    );
    gives("csv::text([[1, \"a;b\"], [()]])", "1,a;b\n\"\"");
    let file = "file::write(\"a.csv\", \"b;a\\n1;2\\n\"); csv::text(csv::rows(\"a.csv\", #{ separator: \";\" }))";
    gives(file, "b,a\n1,2");
    gives("csv::text([])", "");
    gives("csv::text([], #{ columns: [\"a\"] })", "a");
    let again = r#"for name in ["x", "y"] { csv::write("log.csv", [#{ name: name, at: 1 }], #{ append: true }) }
        csv::write("log.csv", [#{ name: "z" }], #{ append: true }); file::read("log.csv")"#;
    gives(again, "at,name\n1,x\n1,y\n,z");
    let unfinished =
        with(&[], "csv::write(\"a.csv\", [#{ a: 2 }], #{ append: true }); file::read(\"a.csv\")").file("a.csv", "a\n1");
    assert_eq!(unfinished.out(), "a\n1\n2\n");
    says(
        with(&[], "csv::write(\"a.csv\", [#{ nmae: 2 }], #{ append: true })").file("a.csv", "name,at\n"),
        3,
        &["unknown-column", "there is no column `nmae`", "did you mean `name`?"],
    );
    says(
        with(&[], "csv::write(\"a.csv\", #{ a: 1 })"),
        3,
        &["`the rows` must be an array of maps or objects, a list, or the rows of a file, not a map"],
    );
    says(
        with(&[], "csv::write(\"a.csv\", [#{ a: 1 }, 5])"),
        3,
        &["`row 2` must be a map or an object, not the whole number 5"],
    );
    says(with(&[], "csv::text([], #{ append: true })"), 3, &["`csv::text` has no option `append`"]);
}

#[test]
fn what_is_written_is_read_again() {
    let rows = r#"[#{ a: "x;\"y\"\nz", b: " ", c: "" }, #{ a: "'=1", b: "ä", c: "," }]"#;
    for options in ["#{}", "#{ separator: \";\" }", "#{ separator: \"\\t\" }"] {
        gives(&format!("let rows = {rows}; csv::parse(csv::text(rows, {options}), {options}) == rows"), "true");
    }
    gives(
        &format!(
            "let rows = {rows}; csv::write(\"a.csv\", rows, #{{ excel: true }}); csv::read(\"a.csv\", #{{ separator: \";\" }}) == rows"
        ),
        "true",
    );
}

#[test]
fn arrays_are_saved_as_lists_are() {
    let some = "pbx.users.list(#{ top: 3, select: \"Number,Mobile\" }).filter(|user| user.Number != \"101\")";
    let ended = sandbox(&format!("{some}.save(\"a.csv\") + {some}.save(\"a.ndjson\") + {some}.save(\"a.json\")")).run();
    assert_eq!(
        (ended.out.as_str(), ended.read("a.csv").as_str(), ended.read("a.ndjson").as_str()),
        (
            "6\n",
            "Mobile,Number\n+15550104100,100\n+15550104102,102\n",
            "{\"Mobile\":\"+15550104100\",\"Number\":\"100\"}\n{\"Mobile\":\"+15550104102\",\"Number\":\"102\"}\n"
        ),
        "{}",
        ended.err
    );
    let rows: Value = serde_json::from_str(&ended.read("a.json")).expect("JSON");
    assert_eq!(rows[1]["Number"], "102");
    let columns = "#{ columns: [\"Number\"], excel: true }";
    let ended = sandbox(&format!("{some}.save(\"a.csv\", {columns}); csv::write(\"b.csv\", {some}, {columns});")).run();
    assert_eq!((ended.read("a.csv"), ended.err.as_str()), (ended.read("b.csv"), ""), "one writer");
    let ended =
        sandbox("[#{ a: 1 }, #{ b: #{ c: 2 } }].save(\"a.csv\"); [].save(\"b.csv\"); [[1, 2], [3]].save(\"c.csv\");")
            .run();
    assert_eq!(ended.read("a.csv"), "a,b.c\n1,\n,2\n", "{}", ended.err);
    assert_eq!((ended.read("b.csv").as_str(), ended.read("c.csv").as_str()), ("", "1,2\n3\n"));
    says(sandbox("[1].save(\"a.csv\")"), 3, &["`row 1` must be a map or an object, not the whole number 1"]);
    says(sandbox("[#{}].save(\"a.txt\")"), 3, &["`a.txt` does not say its format", ".csv"]);
    says(
        sandbox("[#{}].save(\"a.csv\", #{ colums: [] })"),
        3,
        &["`save` has no option `colums`", "did you mean `columns`?"],
    );
    says(sandbox("[#{}].save(\"/a.csv\")"), 8, &["/a.csv"]);
    says(sandbox("let a = []; for i in 0..500 { a = [a] } [a].save(\"a.json\")"), 3, &["nested at most"]);
}

#[test]
fn lists_are_saved_with_options() {
    let list = "pbx.users.list(#{ top: 2, select: \"Number,Mobile,Hours\" })";
    let ended = sandbox(&format!("{list}.save(\"a.csv\", #{{ excel: true }})")).run();
    assert_eq!(
        (ended.out.as_str(), ended.read("a.csv").as_str()),
        (
            "2\n",
            "\u{feff}Number;Mobile;Hours.IgnoreHolidays;Hours.Periods;Hours.Type\r\n100;'+15550104100;false;[];AllHours\r\n101;'+15550104101;false;[];AllHours\r\n"
        )
    );
    let ended =
        sandbox(&format!("{list}.save(\"a.csv\", #{{ columns: [\"Hours.Type\", \"Number\"], separator: \"|\" }})"))
            .run();
    assert_eq!(ended.read("a.csv"), "Hours.Type|Number\nAllHours|100\nAllHours|101\n", "{}", ended.err);
    let ended = sandbox(&format!("csv::write(\"a.csv\", {list}, #{{ columns: [\"Number\"] }}) + {list}.save(\"b.csv\", #{{ columns: [\"Number\"] }})")).run();
    assert_eq!((ended.out.as_str(), ended.read("a.csv")), ("4\n", ended.read("b.csv")), "one writer");
    let ended = sandbox(&format!(
        "{list}.save(\"a.ndjson\", #{{ columns: [\"Number\", \"Hours.Type\"] }}) + {list}.save(\"a.json\")"
    ))
    .run();
    assert_eq!(
        ended.read("a.ndjson"),
        "{\"Number\":\"100\",\"Hours.Type\":\"AllHours\"}\n{\"Number\":\"101\",\"Hours.Type\":\"AllHours\"}\n"
    );
    let rows: Value = serde_json::from_str(&ended.read("a.json")).expect("JSON");
    assert_eq!(rows[1]["Hours"]["Type"], "AllHours");
    says(
        sandbox(&format!("{list}.save(\"a.csv\", #{{ columns: [\"Mobil\"] }})")),
        3,
        &["there is no column `Mobil`", "did you mean `Mobile`?"],
    );
    says(
        sandbox(&format!("{list}.save(\"a.csv\", #{{ columns: [\"FirstName\"] }})")),
        3,
        &["there is no column `FirstName`", "there is `Number`, `Mobile`"],
    );
    says(
        sandbox(&format!("{list}.save(\"a.csv\", #{{ exel: true }})")),
        3,
        &["`save` has no option `exel`", "did you mean `excel`?"],
    );
    says(
        sandbox(&format!("{list}.save(\"a.json\", #{{ excel: true }})")),
        3,
        &["`save as JSON` has no option `excel`", "takes `columns`"],
    );
}

#[test]
fn json_files_and_texts() {
    gives(
        "json::write(\"a.json\", #{ b: [1, 2.5, ()], a: \"ü\" }); file::read(\"a.json\")",
        "{\n  \"a\": \"ü\",\n  \"b\": [\n    1,\n    2.5,\n    null\n  ]\n}",
    );
    gives(
        "json::write(\"a.json\", [1], #{ pretty: false }); file::read(\"a.json\") + json::read(\"a.json\")[0]",
        "[1]\n1",
    );
    gives("json::text(#{ b: 1, a: [true] }) + json::text([1], #{ pretty: true })", "{\"a\":[true],\"b\":1}[\n  1\n]");
    gives(
        "json::text(pbx.users.list(#{ top: 1, select: \"Number\" })) + json::text(pbx.users.get_by_number(\"100\", #{ select: \"Number\" }))",
        "[{\"Number\":\"100\"}]{\"Number\":\"100\"}",
    );
    gives(
        "[json::parse(\"9223372036854775807\"), json::parse(\"-9223372036854775808\"), json::parse(\"9223372036854775808\"), json::parse(\"1.0\"), type_of(json::parse(\"null\"))].to_json()",
        "[9223372036854775807,-9223372036854775808,9.223372036854776e+18,1.0,\"()\"]",
    );
    let wrong =
        |text: &str, reason: &str| says(with(&[], &format!("json::parse({text:?})")), 1, &["bad-format", reason]);
    wrong("{\"a\": [1, 2}", "this is no JSON: line 1, column 12: expected `,` or `]`");
    wrong("{\n  \"ä\" 1}", "line 2, column 7: expected `:`");
    wrong("[1", "line 1, column 2: it ends in the middle of a list");
    wrong(" ", "this is no JSON: it is empty");
    wrong("1e400", "number out of range");
    wrong(&("[".repeat(128) + &"]".repeat(128)), "it nests deeper than 127 levels");
    says(
        with(&[], "json::read(\"a.json\")").file("a.json", "[1,\n2,]"),
        1,
        &["`a.json`: this is no JSON: line 2, column 3: trailing comma"],
    );
    says(
        with(&[], "let a = []; for i in 0..200 { a = [a]; } json::text(a)"),
        3,
        &["`the value` must be nested at most 127 levels deep"],
    );
    says(
        with(&[], "let a = []; for i in 0..200 { a = [a]; } csv::text([#{ a: a }])"),
        3,
        &["nested at most 127 levels deep"],
    );
    gives("let a = []; for i in 0..126 { a = [a]; } json::parse(json::text(a)) == a", "true");
}

#[test]
fn a_dot_behind_a_module_is_explained() {
    same(
        &with(&[], "let rows = csv.read(\"a.csv\")").fails(3),
        "undefined-variable

  x there is no variable `csv`
   ,-[<eval>:1:12]
 1 | let rows = csv.read(\"a.csv\")
   :            ^^^
   `----
  help: write `csv::read`
",
    );
    says(with(&[], "file.exists(\"x\")"), 3, &["write `file::exists`"]);
    says(with(&[], "csvs.read(\"x\")"), 3, &["declare it with `let`"]);
    says(with(&[], "csw::read(\"x\")"), 3, &["did you mean `csv`?"]);
    says(with(&[], "csv::raed(\"x\")"), 3, &["did you mean `csv::read`?"]);
    says(
        with(&[], "json::frobnicate(\"x\")"),
        3,
        &["there is `json::parse`, `json::text`, `json::read` and `json::write`"],
    );
}

#[test]
fn the_examples_of_the_functions_run() {
    let ours =
        |name: &str| ["file::", "csv::", "json::"].iter().any(|module| name.starts_with(module)) || name == "env";
    let docs: Vec<_> = kit::docs().filter(|doc| ours(doc.name)).collect();
    assert!(docs.len() > 20);
    for doc in docs {
        sandbox(doc.example).out();
    }
}

/// A session with the kit and no PBX.
fn session() -> Session {
    let hands = Hands {
        words: diag::kit_fault,
        access: Arc::new(Access::default()),
        stop: Arc::new(|| None),
        end: Arc::new(|_| {}),
        room: Arc::new(|_| true),
        now: Arc::new(jiff::Timestamp::default),
        zone: Arc::new(|| TimeZone::UTC),
        variable: Arc::new(|_| None),
        print: Arc::new(|_| {}),
        tell: Arc::new(|_| {}),
        log: kit::Level::default(),
        person: None,
        table: Arc::new(|_, _| Ok(String::new())),
        list: |_| None,
        to_json: value::to_json,
        hidden: pbxsh::client::secrets::hidden,
        from_json: value::plain,
        listed: |_| None,
    };
    Session::new(&Setup {
        hosts: vec![Arc::new(Kit::new(hands))],
        library: Library { embedded: |_| None, embedded_names: Vec::new, folders: Vec::new() },
        print: Arc::new(|_| {}),
        stop: Arc::new(|| None),
        operations: None,
    })
}

/// Any JSON that scripts can hold: whole numbers of 64 bits, floats, texts of any characters, some levels deep.
fn any_json() -> impl Strategy<Value = Value> {
    let float =
        any::<f64>().prop_filter_map("JSON has no infinity", |number| Number::from_f64(number).map(Value::Number));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        ((1_i64 << 53) - 2..(1 << 53) + 3).prop_map(Value::from),
        float,
        any::<String>().prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 40, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            proptest::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[test]
fn json_and_values_are_the_same_both_ways() {
    let mut session = session();
    let code =
        Source::new("round", "[json::parse(json::text(value)), json::parse(text), json::text(json::parse(text))]");
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(300) });
    let round = |given: Value| {
        let (text, script) = (given.to_string(), value::plain(&given));
        if value::to_json(&script) != given {
            return Err(TestCaseError::fail(format!("{given} became {}", value::to_json(&script))));
        }
        session.set_variable("text", text.clone().into());
        session.set_variable("value", script);
        let got = session.enter(&code).map_err(|failure| TestCaseError::fail(format!("{:?}", failure.kind)))?;
        let got: Vec<Value> =
            got.into_typed_array::<Dynamic>().unwrap_or_default().iter().map(value::to_json).collect();
        // Texts are compared as they are: `-0.0` and the last digit of a float count.
        let expected = [given.clone(), given.clone(), Value::String(text)];
        if got == expected { Ok(()) } else { Err(TestCaseError::fail(format!("{given} became {got:?}"))) }
    };
    let round = std::cell::RefCell::new(round);
    runner.run(&any_json(), |given| (round.borrow_mut())(given)).expect("every value comes back");
}
