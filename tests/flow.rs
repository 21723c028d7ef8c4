//! The course of a script: assertions, trying again, many things at once, questions, and what ends it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::server::{Response, Server};
use crate::common::{Ended, Pbxsh, gives, pbxsh, same, sandbox};
use crate::prompt::{CTRL_C, CTRL_D, Terminal};

#[test]
fn what_fails_is_said_with_both_values_and_the_place() {
    let report =
        sandbox("fn check(x) { [x].map(|y| assert_eq(#{ a: [1, y] }, #{ a: [1, 3] }, \"the map\")) }\ncheck(2)")
            .fails(1);
    same(
        &report,
        "assertion

  x the map: {\"a\":[1,2]} is not {\"a\":[1,3]}
   ,-[<eval>:1:27]
 1 | fn check(x) { [x].map(|y| assert_eq(#{ a: [1, y] }, #{ a: [1, 3] }, \"the map\")) }
   :                           ----------------------------------------------------
 2 | check(2)
   `----
  help: they differ first at `a[1]`: 2 and 3
  in `a closure`, called at <eval>:1:19
  in `map`, called at <eval>:1:19
  in `check`, called at <eval>:2:1
"
        .replace(
            "----------------------------------------------------",
            "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        )
        .as_str(),
    );
    for (code, message) in [
        ("assert(1 == 2)", "the assertion does not hold"),
        ("assert(false, \"no queue\")", "no queue"),
        ("assert_eq(\"1\", 1)", "\"1\" is not 1"),
        ("assert_eq((), [])", "() is not []"),
        ("assert_ne(1, 1.0)", "both are 1"),
        ("assert_near(1, 2.0, 0.5)", "1 and 2.0 are further apart than 0.5"),
        ("assert_throws(|| 1)", "nothing was thrown"),
        ("assert_throws(|| 1, \"busy\")", "nothing was thrown, and `busy` was expected"),
        ("assert_throws(|| throw \"boom\", \"busy\")", "`busy` was expected, and thrown was boom"),
    ] {
        gives(
            &format!(
                "let r; try {{ {code} }} catch (e) {{ r = [e.code, e.message]; }} assert_eq(r[0], \"assertion\"); r[1]"
            ),
            message,
        );
    }
    let wrong = sandbox("assert(1)").fails(3);
    assert!(wrong.contains("`condition` must be true or false, not the whole number 1"), "{wrong}");
}

#[test]
fn equal_is_what_scripts_see_as_equal() {
    let code = "assert_eq(1, 1.0); assert_eq(0.1 + 0.2, 0.3); assert_eq([#{ a: () }], [#{ a: () }]);
        assert_eq(Group(#{ Name: \"x\" }), #{ Name: \"x\" }); assert_ne(\"1\", 1); assert_ne(pbx.name, ());
        let r; try { assert_eq(1, 2) } catch (e) { r = [e.left, e.right]; } r.to_json()";
    gives(code, "[1,2]");
}

#[test]
fn a_caught_error_is_what_catch_has() {
    gives(
        "let e = assert_throws(|| pbx.users.get(999999), \"404\"); [e.status, e.operation].to_json()",
        "[404,\"users.get\"]",
    );
    gives("assert_throws(|| throw #{ code: \"mine\", n: 4 }, \"mine\").n", "4");
    gives(
        "let e = assert_throws(|| [][3], \"out of bounds\"); [e.line, e.index, type_of(e)].to_json()",
        "[1,null,\"map\"]",
    );
    sandbox("assert_throws(|| exit(7)); print(\"on\")").fails(7);
}

#[test]
fn passing_troubles_are_tried_again_and_others_are_not() {
    let asked = AtomicUsize::new(0);
    let server = Server::pbx(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Response::html(502, "<html>bad gateway</html>"),
        1 => Response::json(503, r#"{"error":{"code":"","message":"starting"}}"#),
        _ => Response::json(200, r#"{"Id":7,"Number":"100"}"#),
    });
    assert_eq!(server.run("retry(3, #{ pause: 0.01 }, || pbx.users.get(7)).Number").out(), "100\n");
    assert_eq!(server.requests().len(), 3);

    let server = Server::pbx(|_| Response::json(400, r#"{"error":{"code":"","message":"no"}}"#));
    let report = server.run("retry(3, #{ pause: 0.01 }, || pbx.users.get(7))").fails(7);
    assert!(report.contains("the PBX refused `users.get`: no"), "{report}");
    assert_eq!(server.requests().len(), 1);
    server.run("retry(3, #{ pause: 0.01, when: |e| e.status == 400 }, |n| pbx.users.get(n))").fails(7);
    assert_eq!(server.requests()[1..], ["GET /xapi/v1/Users(1)", "GET /xapi/v1/Users(2)", "GET /xapi/v1/Users(3)"]);
}

#[test]
fn the_last_error_stays_as_it_was() {
    gives("retry(3, #{ pause: 0 }, |n| if n < 3 { throw \"not yet\" } else { n })", "3");
    gives(
        "let n = 0; let r; try { retry(4, #{ pause: 0 }, || { n += 1; throw #{ n: n } }) } catch (e) { r = e.n; } r",
        "4",
    );
    gives("let n = 0; try { retry(4, || { n += 1; nosuch(1) }) } catch { } n", "1");
    gives("let n = 0; try { retry(4, || { n += 1; pbx.users.lst() }) } catch { } n", "1");
    sandbox("retry(3, || exit(4))").fails(4);
    for (code, said) in [
        ("retry(0, || 1)", "`times` must be 1 or more, not the whole number 0"),
        ("retry(1, #{ puse: 1 }, || 1)", "did you mean `pause`?"),
        ("retry(1, #{ pause: -1 }, || 1)", "`pause` must be a number from 0 on, not the whole number -1"),
        ("retry(2, #{ when: 5 }, || 1)", "`when` must be a closure, not the whole number 5"),
    ] {
        let report = sandbox(code).fails(3);
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn many_things_at_once_keep_their_order() {
    gives("let sum = 0; for x in parallel(0..50, 8, |x| x * 2) { sum += x; } sum", "2450");
    gives("parallel([3, 1, 2], 2, |x, at| { sleep(0.01 * x); [x, at] }).to_json()", "[[3,0],[1,1],[2,2]]");
    gives("parallel(1..=3, || 7).to_json()", "[7,7,7]");
    gives("parallel(\"abc\", 2, |c| c.to_upper()).to_json()", "[\"A\",\"B\",\"C\"]");
    gives(
        "parallel(pbx.users.list(#{ top: 3, orderby: \"Number\" }), 2, |user| user.Number).to_json()",
        "[\"100\",\"101\",\"102\"]",
    );
    gives("parallel([], 4, |x| x).len()", "0");
    // Copies of captured variables: no data race, and nothing comes back.
    gives(
        "let seen = [1, 2]; let n = 0; let r = parallel(0..500, 8, |x| { n += 1; seen.push(x); seen.len() }); [r.len(), n, seen.len()].to_json()",
        "[500,0,2]",
    );
    gives("fn twice(x) { x * 2 } parallel([1, 2], 2, twice).to_json()", "[2,4]");
}

#[test]
fn the_error_of_an_item_names_the_item() {
    let code = "let r; try { parallel([\"100\", \"999\"], 2, |n| pbx.users.get_by_number(n)) } catch (e) { r = [e.item, e.index, e.status, e.error.status]; } r.to_json()";
    gives(code, "[\"999\",1,404,404]");
    let report = sandbox("parallel([\"100\", \"999\"], 2, |n| {\n    pbx.users.get_by_number(n)\n})").fails(7);
    same(
        &report,
        "http-404

  x item [1], \"999\": the PBX refused `users.get_by_number`: Not found
   ,-[<eval>:2:15]
 1 | parallel([\"100\", \"999\"], 2, |n| {
 2 |     pbx.users.get_by_number(n)
   :               ^^^^^^^^^^^^^^^^
 3 | })
   `----
  help: nothing of `users` has the number \"999\": `peers.get_by_number(\"999\")` tells whether
        something else has
        GET /xapi/v1/Users(Number='999') answered 404
  in `a closure`, called at <eval>:1:1
",
    );
    let report = sandbox("fn one(n) { n % 0 }\nfn all() { parallel([1], 2, |n| one(n)) }\nall()").fails(1);
    same(
        report.rsplit_once("`----\n").map_or("", |(_, behind)| behind),
        "  help: ask before: `if n != 0 { … }`
  in `one`, called at <eval>:2:33
  in `a closure`, called at <eval>:2:12
  in `all`, called at <eval>:3:1
",
    );
    // What began is finished, nothing further begins.
    let out =
        sandbox("try { parallel(0..1000, 2, |x| { if x == 1 { throw \"no\" } sleep(0.02); print(x) }) } catch { }")
            .out();
    assert!(out.lines().count() < 10, "{out}");
    gives(
        "parallel([1, 0], #{ workers: 2, on_error: \"collect\" }, |x| 10 / x).map(|r| if r.ok { r.value } else { r.error.error }).to_json()",
        "[10,\"ErrorInFunctionCall\"]",
    );
}

#[test]
fn wrong_calls_of_parallel_are_told() {
    for (code, said) in [
        ("parallel(5, 3, |c| c)", "`items` must be something that a `for` goes through, not the whole number 5"),
        ("parallel([1], 0, |c| c)", "`workers` must be a whole number from 1 to 32, not the whole number 0"),
        (
            "parallel([1], #{ on_error: \"go\" }, |c| c)",
            "`on_error` must be \"stop\" or \"collect\", not the string \"go\"",
        ),
        ("parallel([1], #{ worker: 1 }, |c| c)", "did you mean `workers`?"),
        ("parallel([1], 1, |x| nosuch(x))", "item [0], 1: there is no function `nosuch` for (int)"),
    ] {
        let report = sandbox(code).fails(3);
        assert!(report.contains(said), "{report}");
    }
}

#[test]
fn a_broken_page_ends_parallel_and_an_empty_loop_in_a_worker_loses_nothing() {
    let broken = || {
        Server::pbx(|request| {
            if request.target.contains("skip=100") {
                return Response::json(500, r#"{"error":{"code":"","message":"page two is broken"}}"#);
            }
            let rows: Vec<String> = (0..100).map(|id| format!("{{\"Id\":{id}}}")).collect();
            Response::json(200, format!("{{\"value\":[{}]}}", rows.join(",")))
        })
    };
    for code in
        ["parallel(pbx.users.list(), 4, |user| user.Id)", "parallel([1], 2, |x| { for user in pbx.users.list() {} })"]
    {
        let report = broken().run(code).fails(7);
        assert!(report.contains("page two is broken"), "{report}");
    }
}

/// Runs in a time that leaves no doubt about what ended it.
#[track_caller]
fn soon(run: impl FnOnce() -> Ended) -> Ended {
    let start = Instant::now();
    let ended = run();
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}: {}", start.elapsed(), ended.err);
    ended
}

#[test]
fn ctrl_c_ends_whatever_is_under_way() {
    for code in [
        "loop {}",
        "loop { try { loop {} } catch { print(\"caught\") } }",
        "loop { try { sleep(100) } catch { } }",
        "parallel(0..100, 8, |x| loop { try { sleep(100) } catch { } })",
        "parallel(0..100, #{ workers: 8, on_error: \"collect\" }, |x| loop {})",
        "retry(9, #{ pause: 100 }, || throw \"x\")",
        "retry(9, #{ pause: 0, when: |e| true }, || sleep(100))",
        "assert_throws(|| sleep(100)); print(\"on\")",
        "[2, 1].sort(|a, b| { sleep(100); 1 }); print(\"on\")",
    ] {
        let ended = soon(|| sandbox(&format!("print(\"begun\"); {code}")).interrupted());
        assert_eq!((ended.code, ended.out.as_str()), (130, "begun\n"), "{code}\n{}", ended.err);
        assert!(ended.err.contains("x interrupted"), "{}", ended.err);
    }
}

/// A PBX that takes groups and never answers about users.
fn silent() -> Server {
    Server::pbx(|request| {
        if request.target.contains("/Users") {
            std::thread::sleep(Duration::from_secs(60));
        }
        Response::json(201, r#"{"Id":7,"Name":"Sales"}"#)
    })
}

#[test]
fn what_was_done_is_said_when_a_run_ends_too_early() {
    let server = silent();
    let groups = "pbx.groups.create(#{ Name: \"A\" }); pbx.groups.create(#{ Name: \"B\" });";
    let code = format!(
        "{groups} print(\"begun\"); try {{ pbx.users.create(#{{ Number: \"100\" }}) }} catch {{ }} print(\"on\")"
    );
    let ended = soon(|| server.run(&code).interrupted());
    assert_eq!((ended.code, ended.out.as_str()), (130, "begun\n"));
    same(
        &ended.err,
        &format!(
            "interrupted

  x interrupted
   ,-[<eval>:1:103]
 1 | {code}
   : {}{}
   `----
already done: 2 × groups.create
users.create was under way: it may have happened
",
            " ".repeat(102),
            "^".repeat("create(#{ Number: \"100\" })".len())
        ),
    );
    // Reading changes nothing, and what succeeds needs no account.
    let ended = soon(|| server.run("print(\"begun\"); pbx.users.get(7)").interrupted());
    assert!(ended.code == 130 && !ended.err.contains("under way"), "{}", ended.err);
    let ended = server.run(groups).run();
    assert_eq!((ended.code, ended.err.as_str()), (0, ""));
    let report = server.run(&format!("{groups} throw \"half way\"")).fails(1);
    assert!(report.ends_with("already done: 2 × groups.create\n"), "{report}");
    let report = server.run(&format!("{groups} exit(3)")).fails(3);
    assert_eq!(report, "");
}

#[test]
fn a_change_without_an_answer_may_have_happened() {
    let server = Server::pbx(|_| Response::html(504, "<html>timeout</html>"));
    let code = "parallel([1, 2], #{ workers: 2, on_error: \"collect\" }, |n| pbx.groups.create(#{ Name: `G${n}` })); throw \"so\"";
    let report = server.run(code).fails(1);
    assert!(report.ends_with("2 × groups.create were under way: they may have happened\n"), "{report}");
}

#[test]
fn two_pbxs_are_told_apart_in_the_account() {
    let (one, other) = (silent(), silent());
    let settings = format!("#{{ url: \"{}\", client_id: \"a\", client_secret: \"b\" }}", other.url);
    let code = format!(
        "pbx.groups.create(#{{ Name: \"A\" }}); connect({settings}).groups.create(#{{ Name: \"A\" }}); throw 1"
    );
    let report = one.run(&code).fails(1);
    let host = |server: &Server| server.url.trim_start_matches("http://").to_owned();
    let line = format!("already done: 1 × groups.create on {}, 1 × groups.create on {}\n", host(&one), host(&other));
    assert!(report.ends_with(&line), "{report}");
}

fn limited<'a>(flags: [&'a str; 2], code: &'a str) -> Pbxsh {
    pbxsh(["--sandbox", flags[0], flags[1], "-e", code])
}

#[test]
fn limits_end_a_run_and_say_which() {
    let cases = [
        (["--timeout", "0.5"], "loop { try { loop {} } catch { } }", "the time of this run is up"),
        (["--timeout", "0.5"], "sleep(100)", "the time of this run is up"),
        (["--timeout", "0.5"], "parallel(0..9, 4, |x| sleep(100))", "the time of this run is up"),
        (["--timeout", "0.5"], "retry(5, #{ pause: 100 }, || throw 1)", "the time of this run is up"),
        (["--max-operations", "5000"], "loop {}", "more steps than it may"),
        (["--max-operations", "5000"], "parallel(0..9, 4, |x| loop {})", "more steps than it may"),
        (
            ["--max-operations", "5000"],
            "for i in 0..99 { [1].map(|x| { for j in 0..99 { let k = j; } }) }",
            "more steps than it may",
        ),
        (["--max-memory", "100"], "let s = \"x\"; loop { s += s }", "more memory than it may"),
        (["--max-memory", "100"], "let s = [1]; loop { s += s }", "more memory than it may"),
        (["--max-memory", "100"], "let s = \"x\"; s.pad(100000000000, \"x\")", "more memory than it may"),
        (
            ["--max-memory", "100"],
            "let s = \"x\"; try { s.pad(100000000000, 'x') } catch { } print(1)",
            "more memory than it may",
        ),
        (["--max-memory", "100"], "let a = []; a.pad(100000000000, 1)", "more memory than it may"),
        (["--max-memory", "100"], "blob(100000000000)", "more memory than it may"),
        (
            ["--max-memory", "100"],
            "let s = \"\"; s.pad(999999, \"x\"); let t = s; s.replace(\"x\", t)",
            "more memory than it may",
        ),
        (
            ["--max-memory", "100"],
            "parallel(0..9, 4, |x| { let s = \"x\"; loop { s += s } })",
            "more memory than it may",
        ),
    ];
    for (flags, code, said) in cases {
        let ended = soon(|| limited(flags, code).run());
        assert_eq!((ended.code, ended.out.as_str()), (10, ""), "{code}\n{}", ended.err);
        assert!(ended.err.contains(said), "{code}\n{}", ended.err);
    }
    gives(
        "let s = \"ab\"; s.pad(5, \"xyz\"); let a = [1]; a.pad(3, 0); let t = \"aa\"; t.replace(\"a\", \"bc\"); [s, a, t, blob(2).len()].to_json()",
        "[\"abxyz\",[1,0,0],\"bcbc\",2]",
    );
}

#[test]
fn a_timeout_in_the_midst_of_a_request_is_a_timeout() {
    let server = silent();
    let run = |code: &str| {
        pbxsh(["--timeout", "0.5", "-e", code])
            .variable("XAPI_URL", &server.url)
            .variable("XAPI_CLIENT_ID", "test")
            .variable("XAPI_CLIENT_SECRET", "x")
    };
    for code in ["pbx.users.get(7)", "parallel([1, 2], 2, |n| pbx.users.get(n))", "pbx.users.list()"] {
        let ended = soon(|| run(code).run());
        assert!(ended.code == 10 && ended.err.contains("the time of this run is up"), "{code}\n{}", ended.err);
    }
}

#[test]
fn a_list_that_is_collected_stops_at_the_limit_of_memory() {
    let row = format!("{{\"Id\":1,\"Name\":\"{}\"}}", "x".repeat(20_000));
    let server =
        Server::pbx(move |_| Response::json(200, format!("{{\"value\":[{}]}}", vec![row.as_str(); 100].join(","))));
    let run = pbxsh(["--max-memory", "100", "-e", "pbx.groups.list().to_array().len()"])
        .variable("XAPI_URL", &server.url)
        .variable("XAPI_CLIENT_ID", "test")
        .variable("XAPI_CLIENT_SECRET", "x");
    let ended = soon(|| run.run());
    assert!(ended.code == 10 && ended.err.contains("more memory than it may"), "{}", ended.err);
}

#[test]
fn depth_is_an_error_and_no_crash() {
    for code in [
        "fn f(n) { f(n + 1) } f(0)",
        "fn f(n) { [n].map(|x| f(x + 1)) } f(0)",
        "fn f(n) { parallel([n], 1, |x| f(x + 1)) } f(0)",
        "fn f(n) { retry(1, || f(n + 1)) } f(0)",
    ] {
        let ended = soon(|| sandbox(code).run());
        assert!(
            ended.code == 1 && ended.err.contains("calls nest too deeply"),
            "{code}: {}\n{}",
            ended.code,
            ended.err
        );
    }
    let nested = "let m = [#{}]; for i in 0..5000 { m.push(#{ a: m.pop() }); }";
    gives(
        &format!("{nested} let n = m[0]; [m[0].to_json().len(), m[0].to_string().len() > 0, n == m[0]].to_json()"),
        "[30002,true,true]",
    );
    sandbox(&format!("{nested} throw m[0]")).fails(1);
    sandbox(&format!("{nested} assert_eq(m[0], 1)")).fails(1);
}

#[test]
fn rows_are_printed_and_messages_told() {
    let ended = sandbox("table(pbx.users.list(#{ top: 1 }), [\"Number\", \"FirstName\"]); table([#{ a: 1, b: 2 }], \"b\"); log(\"warn\", #{ a: 1 }); log(\"hm\"); log(\"debug\", \"x\")").run();
    same(&ended.out, " Number | FirstName\n--------+-----------\n 100    | Ada\n1 row\n b\n---\n 2\n1 row\n");
    same(&ended.err, "2026-03-12 10:30:00 warn  {\"a\":1}\n2026-03-12 10:30:00 info  hm\n");
    let told = pbxsh(["--log-level", "debug", "--sandbox", "-e", "log(\"debug\", \"x\")"]).run().err;
    assert_eq!(told, "2026-03-12 10:30:00 debug x\n");
    let report = sandbox("table(pbx.users.list(#{ top: 1 }), \"Numbr\")").fails(3);
    assert!(report.contains("`User` has no property `Numbr`") && report.contains("did you mean `Number`?"), "{report}");
    gives(
        "let n = 0; for x in progress(pbx.users.list(#{ top: 3 }), \"users\") { n += 1; } progress(\"text\"); n",
        "3",
    );
}

#[test]
fn nobody_there_is_an_error_of_its_own() {
    for call in ["prompt(\"x\")", "prompt(\"x\", \"y\")", "confirm(\"x\")", "secret(\"x\")", "choose(\"x\", [1])"] {
        let name = call.split('(').next().unwrap_or_default();
        let report = sandbox(call).fails(1);
        assert!(
            report.starts_with("no-terminal\n\n") && report.contains(&format!("`{name}` asks a person")),
            "{report}"
        );
    }
}

#[test]
fn a_person_is_asked() {
    let code = "print(prompt(\"department\", \"Support\") + \"!\"); print(confirm(\"sure?\")); print(secret(\"PIN\").len()); print(choose(\"which\", [\"800\", \"801\"])); ";
    let mut terminal = Terminal::open(&["--sandbox", "-e", code], &[]);
    terminal.see("department [Support]:");
    terminal.press("\r");
    terminal.see("Support!");
    terminal.see("sure? [y/N]");
    terminal.press("maybe\r");
    terminal.press("y\r");
    terminal.see("\ntrue");
    terminal.see("PIN:");
    terminal.press("1234\r");
    terminal.see("\n4\n");
    assert!(!terminal.screen().contains("1234"), "{}", terminal.screen());
    terminal.see("which [1-2]:");
    terminal.press("2\r");
    terminal.see("\n801");
    terminal.ends(0);
}

#[test]
fn a_question_ends_with_ctrl_c_with_the_input_and_with_the_time() {
    let ask = "print(\"begun\"); try { prompt(\"name\") } catch (e) { print(e.code) } print(\"on\")";
    let mut terminal = Terminal::open(&["--sandbox", "-e", ask], &[]);
    terminal.see("name:");
    terminal.press(CTRL_C);
    terminal.see("interrupted");
    assert!(!terminal.screen().contains("\non"), "{}", terminal.screen());
    terminal.ends(130);

    let mut terminal = Terminal::open(&["--sandbox", "-e", ask], &[]);
    terminal.see("name:");
    terminal.press(CTRL_D);
    terminal.see("end-of-input");
    terminal.ends(0);

    let terminal = Terminal::open(&["--sandbox", "--timeout", "1", "-e", ask], &[]);
    terminal.see("name:");
    terminal.see("the time of this run is up");
    terminal.ends(10);
}

#[test]
fn questions_and_exits_at_the_prompt() {
    let mut terminal = Terminal::open(&["--sandbox"], &[]);
    terminal.at_prompt("sandbox>");
    terminal.line("let name = prompt(\"name\");");
    terminal.see("\nname:");
    terminal.press("Ada\r");
    terminal.at_prompt("sandbox>");
    terminal.enter("name.len()");
    terminal.see("\n3\n");
    terminal.line("pbx.groups.create(#{ Name: name }); prompt(\"again\")");
    terminal.see("\nagain:");
    terminal.press(CTRL_C);
    terminal.see("\ninterrupted\nalready done: 1 × groups.create");
    terminal.at_prompt("sandbox>");
    terminal.enter("exit");
    terminal.see("`:quit` leaves");
    terminal.line("exit(3)");
    terminal.ends(3);
}

#[test]
fn limits_at_the_prompt_hold_for_one_entry() {
    let mut terminal = Terminal::open(&["--sandbox", "--timeout", "1"], &[]);
    terminal.at_prompt("sandbox>");
    terminal.enter("loop {}");
    terminal.see("the time of this run is up");
    std::thread::sleep(Duration::from_millis(1200));
    terminal.enter("1 + 41");
    terminal.see("\n42\n");
    terminal.leave();
}

#[test]
fn progress_is_drawn_on_a_terminal_and_taken_away() {
    let code = "for i in progress(0..4, \"steps\") { sleep(0.3) } progress(\"soon done\"); sleep(0.5); print(\"end\")";
    let terminal = Terminal::open(&["--sandbox", "-e", code], &[]);
    terminal.see("steps [######------------------] 1/4");
    terminal.see("soon done");
    terminal.see("end");
    assert_eq!(terminal.screen().trim(), "end");
    terminal.ends(0);
}
