//! What the engine does by itself and would hurt somebody at two in the morning: each trap is shown shut.

use crate::common::server::{Response, Server};
use crate::common::{gives, pbxsh, same};

#[test]
fn a_function_of_the_script_does_not_hijack_an_operation() {
    gives("fn list(o) { 99 } [list(1), pbx.users.list(#{ top: 1 }).len()].to_json()", "[99,1]");
    gives("fn create(o) { pbx.groups.create(o) } create(#{ Name: \"Sales\" }).Name", "Sales");
    gives(
        "fn get(a) { 1 } fn get(a, b) { 2 } pbx.groups.get(pbx.groups.list().first().Id, #{ select: \"Id\" }).keys().to_json()",
        "[\"Id\"]",
    );
}

#[test]
fn a_function_of_a_module_does_not_hijack_an_operation() {
    let out = pbxsh(["run", "--sandbox", "main.rhai"])
        .file("lib.rhai", "fn list(o) { 99 }\nfn count(pbx) { pbx.users.list(#{ top: 2 }).len() }")
        .file("main.rhai", "import \"lib\" as lib;\nprint(lib::count(pbx));\nprint(pbx.users.list(#{ top: 1 }).len());")
        .out();
    assert_eq!(out, "2\n1\n");
}

#[test]
fn modules_call_their_own_functions() {
    let module = |name: &str| {
        format!(
            "fn tell() {{ `{name}${{helper()}}` }}\nfn around(f) {{ helper() + f.call() + helper() }}\nprivate fn helper() {{ \"{name}\" }}"
        )
    };
    let out = pbxsh(["run", "--sandbox", "main.rhai"])
        .file("a.rhai", &module("a"))
        .file("b.rhai", &module("b"))
        .file(
            "main.rhai",
            "import \"a\" as a;\nimport \"b\" as b;\nfn helper() { \"m\" }\nfor round in 0..3 {
                print(helper() + a::tell() + b::tell() + a::around(|| helper()) + helper());\n}",
        )
        .out();
    assert_eq!(out, "maabbamam\n".repeat(3));
    // What the module shows to others is not called in its place, either.
    let out = pbxsh(["run", "--sandbox", "main.rhai"])
        .file("a.rhai", "fn helper() { \"a\" }\nfn around(f) { helper() + f.call() }")
        .file(
            "main.rhai",
            "import \"a\" as a;\nfn helper() { \"m\" }\nfor round in 0..3 { print(helper() + a::around(|| helper()) + a::helper()); }",
        )
        .out();
    assert_eq!(out, "mama\n".repeat(3));
    // Two that come with the program, each with a function of its own that is called `find`.
    gives(
        "import \"std/ensure\" as ensure; import \"std/members\" as members; let done = [];
        for number in [\"201\", \"202\", \"203\"] {
            done.push(ensure::user(pbx, #{ Number: number, FirstName: \"Nadia\" }).action);
            members::add_users(pbx, \"Sales\", [number]);
        }
        done.to_json()",
        "[\"created\",\"created\",\"created\"]",
    );
    gives("fn twice(x) { x * 2 } fn all(a) { a.map(twice) } all([1]).map(twice).to_json()", "[4]");
    let ended = pbxsh(["run", "--sandbox", "main.rhai"])
        .file("a.rhai", "fn tell() { helper() }\nprivate fn helper() { helper(1) }")
        .file("main.rhai", "import \"a\" as a;\na::tell();")
        .run();
    assert!(ended.err.contains("no function `helper` for (int)") && ended.err.contains("in `tell`"), "{}", ended.err);
}

#[test]
fn a_failing_call_keeps_its_own_error_and_a_misspelt_one_names_the_nearest() {
    gives(
        "let r; try { pbx.users.get(999999) } catch (e) { r = [e.status, e.operation]; } r.to_json()",
        "[404,\"users.get\"]",
    );
    gives(
        "let r; try { pbx.users.get_montor_status() } catch (e) { r = [e.code, e.operation, e.hint]; } r.to_json()",
        "[\"unknown-operation\",\"users.get_montor_status\",\"did you mean `get_monitor_status`?\"]",
    );
    let out = pbxsh(["run", "--sandbox", "main.rhai"])
        .file("lib.rhai", "fn broken(pbx) {\n  pbx.users.lst()\n}")
        .file("main.rhai", "import \"lib\" as lib;\nlib::broken(pbx);")
        .fails(3);
    same(
        &out,
        "unknown-operation

  x `users` has no operation `lst`
   ,-[lib.rhai:2:13]
 1 | fn broken(pbx) {
 2 |   pbx.users.lst()
   :             ^^^^^
 3 | }
   `----
  help: did you mean `list`?
  in `broken`, called at main.rhai:2:6
",
    );
}

#[test]
fn a_closure_works_on_the_pbx_that_it_was_given() {
    let other = "connect(\"sandbox@20.0.8\")";
    for code in [
        format!("fn f(pbx) {{ [1].map(|x| pbx.release)[0] }} f({other})"),
        format!("let pbx = {other}; [1].map(|x| [x].map(|y| pbx.release)[0])[0]"),
        format!("fn f(pbx) {{ pbx.release }} f({other})"),
    ] {
        gives(&code, "20.0.8");
    }
    gives(
        &format!("let other = {other}; fn f() {{ [1].map(|x| pbx.release)[0] }} f() + \" \" + other.release"),
        "20.0.10 20.0.8",
    );
    gives(&format!("{{ let pbx = {other}; }} pbx.release"), "20.0.10");
}

#[test]
fn an_error_on_a_later_page_ends_even_a_loop_without_a_body() {
    let server = Server::pbx(|request| {
        if request.target.contains("skip=100") {
            return Response::json(500, r#"{"error":{"code":"","message":"page two is broken"}}"#);
        }
        let rows: Vec<String> = (0..100).map(|id| format!("{{\"Id\":{id}}}")).collect();
        Response::json(200, format!("{{\"value\":[{}]}}", rows.join(",")))
    });
    let report = server.run("for user in pbx.users.list() {}\nprint(\"went on\")").fails(7);
    assert!(report.contains("page two is broken"), "{report}");
    // One that has a body raises the error at once, and it can be caught.
    let code = "let n = 0; let r; try { for user in pbx.users.list() { n += 1; } } catch (e) { r = [n, e.status]; } r.to_json()";
    assert_eq!(server.run(code).out(), "[100,500]\n");
}

#[test]
fn reading_a_property_does_not_change_the_object() {
    let code = "let g = pbx.groups.list(#{ expand: \"Members\", filter: \"HasMembers eq true\" }).first();
        let before = g.Members.len();
        g.Members.filter(|m| m.Number == \"100\");
        [before > 0, g.changed().keys().len(), g.OfficeHolidays == (), pbx.groups.update(g) == ()].to_json()";
    gives(code, "[true,0,true,true]");
    let server = Server::pbx(|_| Response::json(200, r#"{"Id":7,"Name":"Sales","Members":[{"Number":"100"}]}"#));
    let code = "let g = pbx.groups.get(7); g.Members.len(); g.Name = \"Sales\"; pbx.groups.update(g); pbx.groups.update(7, g); pbx.groups.update(7, #{}); pbx.office_hours.update(#{});";
    server.run(code).out();
    assert_eq!(server.requests(), ["GET /xapi/v1/Groups(7)"], "nothing changed, so nothing is sent");
}

#[test]
fn json_of_objects_is_json_wherever_they_stand() {
    let inner = r#"{"Name":"x"}"#;
    gives("Group(#{ Name: \"x\" }).to_json()", inner);
    gives("#{ a: Group(#{ Name: \"x\" }) }.to_json()", &format!("{{\"a\":{inner}}}"));
    gives("[[Group(#{ Name: \"x\" })]].to_json()", &format!("[[{inner}]]"));
    gives("#{ a: 1.5, b: [(), true], c: 'x' }.to_json()", r#"{"a":1.5,"b":[null,true],"c":"x"}"#);
}
