//! Changes that are noted in the place of being sent: what a run says of them, what its reads see, and what `:apply` makes of them.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use pbxsh::catalog::effects::effect;
use pbxsh::catalog::{Catalog, Release};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::server::{Response, Server};
use crate::common::{Ended, Pbxsh, pbxsh, project, same};
use crate::operations;
use crate::prompt::Terminal;
use crate::upload::{PLAYABLE, wav};

fn planned(code: &str) -> Pbxsh {
    pbxsh(["--sandbox", "--plan", "-e", code])
}

/// What is printed, and what is said about it.
fn told(code: &str) -> (String, String) {
    let Ended { code: exit, out, err, .. } = planned(code).run();
    assert_eq!(exit, 0, "{err}");
    (out, err)
}

#[test]
fn a_run_tells_what_it_would_have_changed() {
    let script = r#"
let night = pbx.groups.create(#{ Name: "Night shift" });
let ada = pbx.users.create(#{ Number: "150", FirstName: "Ada", Groups: [#{ GroupId: night.Id }], AuthPassword: "Zebra-crossing-9" });
let bruno = pbx.users.get_by_number("101");
pbx.users.update(bruno.Id, #{ Mobile: "+44 20", Groups: [] });
pbx.users.update(bruno.Id, #{ FirstName: bruno.FirstName });
pbx.users.bulk_update(#{ user: #{ Language: "DE" }, ids: [7, 10] });
pbx.users.delete(pbx.users.get_by_number("102"));
pbx.users.create(#{ Number: "103", FirstName: "Twice" });
pbx.users.send_welcome_email(ada.Id);
pbx.mail_settings.update(#{ MailAddress: "pbx@example.com" });
"#;
    let (out, err) = told(script);
    assert_eq!(out, "");
    let path = project().join("tests/expected/plan.txt");
    if std::env::var_os("PBXSH_BLESS").is_some() {
        std::fs::write(&path, &err).expect("the expected text");
    }
    same(&err, &std::fs::read_to_string(&path).expect("the expected text"));
    let json = pbxsh(["--sandbox", "--plan", "--error-format", "json", "-e", script]).run();
    let plan: Value = serde_json::from_str(json.err.trim_end()).expect("one line of JSON");
    assert_eq!(plan["plan"].as_array().map(Vec::len), Some(9));
    assert_eq!(plan["plan"][2]["objects"][0]["before"]["Mobile"], "+15550104101");
    assert!(!json.err.contains("Zebra"), "{}", json.err);
}

#[test]
fn later_reads_see_what_is_planned() {
    for (code, expected) in [
        // What is made is found by key, by number, in lists and by filters; what it was not given is not known.
        ("let u = pbx.users.create(#{ Number: \"150\", FirstName: \"Ada\" }); pbx.users.get(u.Id).FirstName", "Ada"),
        ("let u = pbx.users.create(#{ Number: \"150\", FirstName: \"Ada\" }); pbx.users.get(u.Id).Mobile", ""),
        ("pbx.users.create(#{ Number: \"150\" }); pbx.users.get_by_number(\"150\").Number", "150"),
        ("pbx.users.create(#{ Number: \"150\" }); pbx.users.list().len() - 17", "1"),
        ("pbx.users.create(#{ Number: \"150\" }); pbx.users.list(#{ filter: \"Number gt '149'\" }).len()", "1"),
        ("pbx.users.create(#{ Number: \"150\" }); pbx.users.list(#{ filter: \"Number gt '150'\" }).len()", "0"),
        (
            "pbx.users.create(#{ Number: \"150\", LastName: \"Zuse\" }); pbx.users.list(#{ search: \"zuse\" }).len()",
            "1",
        ),
        (
            "pbx.users.create(#{ Number: \"150\" }); pbx.users.list(#{ orderby: \"Number desc\", top: 1 })[0].Number",
            "150",
        ),
        (
            "pbx.users.create(#{ Number: \"099\" }); pbx.users.list(#{ orderby: \"Number\", skip: 1, top: 1 })[0].Number",
            "100",
        ),
        ("pbx.users.create(#{ Number: \"150\" }); pbx.users.list(#{ top: 3, count: true }).total() - 17", "1"),
        (
            "pbx.users.create(#{ Number: \"150\", FirstName: \"A\" }); pbx.users.list(#{ select: \"Number\" }).to_array().pop().to_json()",
            "{\"Number\":\"150\"}",
        ),
        (
            "let g = pbx.groups.create(#{ Name: \"New\" }); pbx.groups.get(g.Id, #{ select: \"Name\" }).to_json()",
            "{\"Name\":\"New\"}",
        ),
        // What is changed shows its new values wherever it is read, and is found by them.
        ("pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.get(8).Mobile", "1"),
        ("pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.get_by_number(\"101\").Mobile", "1"),
        ("pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.list(#{ filter: #{ Mobile: \"1\" } })[0].Number", "101"),
        (
            "pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.list(#{ filter: #{ Mobile: \"+15550104101\" } }).len()",
            "0",
        ),
        (
            "pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.update(8, #{ FirstName: \"B\" }); let u = pbx.users.get(8); u.Mobile + u.FirstName",
            "1B",
        ),
        ("pbx.users.update(8, #{ Number: \"199\" }); pbx.users.get_by_number(\"199\").Id", "8"),
        (
            "pbx.users.update(8, #{ Number: \"199\" }); let r = (); try { pbx.users.get_by_number(\"101\") } catch (e) { r = e.status } r",
            "404",
        ),
        (
            "pbx.users.update(8, #{ Groups: [#{ GroupId: 1 }] }); pbx.users.get(8, #{ expand: \"Groups\" }).Groups[0].GroupId",
            "1",
        ),
        ("pbx.users.update(8, #{ Groups: [#{ GroupId: 1 }] }); pbx.users.get(8).Groups", ""),
        (
            "pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.list(#{ filter: #{ Mobile: \"1\" }, expand: \"Groups\" })[0].Groups.len() > 0",
            "true",
        ),
        (
            "let u = pbx.users.get(8); u.Mobile = \"1\"; pbx.users.update(u); pbx.users.update(u); pbx.users.get(8).Mobile",
            "1",
        ),
        ("pbx.mail_settings.update(#{ MailAddress: \"a@b.c\" }); pbx.mail_settings.get().MailAddress", "a@b.c"),
        (
            "pbx.users.bulk_update(#{ user: #{ Mobile: \"1\" }, ids: [7, 8] }); pbx.users.list(#{ filter: #{ Mobile: \"1\" } }).len()",
            "2",
        ),
        // What is deleted is gone.
        ("pbx.users.delete(8); 17 - pbx.users.list().len()", "1"),
        ("pbx.users.batch_delete(#{ ids: [7, 8] }); 17 - pbx.users.list().len()", "2"),
        (
            "pbx.users.delete(8); let r = (); try { pbx.users.get(8) } catch (e) { r = `${e.code} ${e.status}` } r",
            "only-planned 404",
        ),
        (
            "pbx.users.delete(8); let r = (); try { pbx.users.get_by_number(\"101\") } catch (e) { r = e.status } r",
            "404",
        ),
        ("pbx.users.delete(8); let r = (); try { pbx.users.delete(8) } catch (e) { r = e.status } r", "404"),
        (
            "pbx.users.delete(8); let r = (); try { pbx.users.update(8, #{ Mobile: \"\" }) } catch (e) { r = e.status } r",
            "404",
        ),
        // What the PBX would refuse because it is not there, it refuses now.
        (
            "let r = (); try { pbx.users.delete(9999) } catch (e) { r = `${e.operation} ${e.status}` } r",
            "users.delete 404",
        ),
        ("let r = (); try { pbx.users.update(9999, #{ Mobile: \"\" }) } catch (e) { r = e.status } r", "404"),
        // Nobody can ask a PBX about what is not there yet.
        (
            "let g = pbx.groups.create(#{ Name: \"New\" }); let r = (); try { pbx.groups.list_members(g.Id) } catch (e) { r = e.code } r",
            "only-planned",
        ),
        // A name that a script makes of what nobody knows yet.
        (
            "let g = pbx.groups.create(#{ Name: \"New\" }); pbx.groups.create(#{ Name: `of ${g.Number}` }).Name",
            "of planned-1",
        ),
        // What is made has the highest key.
        (
            "pbx.users.create(#{ Number: \"151\" }); pbx.users.create(#{ Number: \"150\" }); pbx.users.list(#{ filter: \"Id gt 20\", orderby: \"Id desc\" }).map(|u| u.Number).to_json()",
            "[\"150\",\"151\",\"116\",\"115\",\"114\"]",
        ),
        (
            "pbx.users.update(12, #{ Mobile: \"1\" }); pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.list(#{ filter: #{ Mobile: \"1\" } }).map(|u| u.Id).to_json()",
            "[8,12]",
        ),
        // Looking for a number asks for more than the plan knows, or for less.
        (
            "pbx.users.update(8, #{ Mobile: \"1\" }); pbx.users.get_by_number(\"101\", #{ expand: \"Groups\" }).Groups.len()",
            "2",
        ),
        (
            "pbx.users.delete(8); let r = (); try { pbx.users.get_by_number(\"101\", #{ select: \"FirstName\" }) } catch (e) { r = e.status } r",
            "404",
        ),
        (
            "pbx.users.create(#{ Number: \"150\", Groups: [#{ GroupId: 1 }] }); pbx.users.get_by_number(\"150\").Groups",
            "",
        ),
        (
            "pbx.groups.delete_company_by_id(#{ id: 2 }); let r = (); try { pbx.groups.get(2) } catch (e) { r = e.status } r",
            "404",
        ),
        ("let u = pbx.users.get(8); u.Mobile = \"1\"; pbx.users.update(u); u.changed().len()", "0"),
        // Many rows come as pages, and a loop over them changes what is behind it.
        (
            "for n in 0..150 { pbx.contacts.create(#{ FirstName: `A${n}`, PhoneNumber: `+49${n}` }); } let n = 0; for c in pbx.contacts.list(#{ filter: \"startswith(FirstName, 'A')\" }) { if c.PhoneNumber.starts_with(\"+49\") { pbx.contacts.delete(c); n += 1; } } `${n} ${pbx.contacts.list(#{ filter: \"startswith(PhoneNumber, '+49')\" }).len()}`",
            "150 0",
        ),
        // Actions give nothing, or no rows.
        ("type_of(pbx.users.send_welcome_email(8))", "()"),
        // Each PBX has a plan of its own.
        ("let two = connect(\"sandbox\"); two.users.delete(8); pbx.users.get(8).Number", "101"),
        (
            "parallel([1, 2, 3, 4, 5, 6], 3, |n| pbx.users.create(#{ Number: `15${n}` })); pbx.users.list(#{ filter: \"Number gt '149'\" }).len()",
            "6",
        ),
    ] {
        let (out, err) = told(&format!("print({{ {code} }})"));
        assert_eq!(out.trim_end(), expected, "{code}\n{err}");
    }
}

/// `/Users(12)/Pbx.X(a=1)` → `/Users()/Pbx.X()`
fn shape(path: &str) -> String {
    let (mut out, mut depth) = (String::new(), 0);
    for c in path.split('?').next().unwrap_or_default().chars() {
        depth -= usize::from(c == ')');
        if depth == 0 {
            out.push(c);
        }
        depth += usize::from(c == '(');
    }
    out
}

#[test]
fn no_operation_of_any_release_leaves_that_would_change_something() {
    let catalog = Catalog::builtin();
    for (place, name) in catalog.releases.iter().enumerate() {
        let release = Release(place as u8);
        let (script, _) = operations::script(catalog, release);
        let ended = pbxsh(["run", "--sandbox", "--release", name, "--plan", "--trace", "all.rhai"])
            .file("all.rhai", &script)
            .bytes("prompt.wav", &wav(PLAYABLE))
            .run();
        assert_eq!(ended.code, 0, "{}", ended.err);
        let of = |reads: bool| {
            let these = catalog.operations().filter(move |operation| effect(operation).is_read() == reads);
            these.filter_map(|operation| operation.variant(release))
        };
        let reads: BTreeSet<(&str, String)> =
            of(true).map(|variant| (variant.method.as_str(), shape(variant.path))).collect();
        let mut left: Vec<&str> = Vec::new();
        let mut asked = 0;
        for line in ended.err.lines().filter_map(|line| line.strip_prefix("trace: ")) {
            let (method, url) = line.split_once(' ').expect("a method and an address");
            let Some((_, path)) = url.split(" -> ").next().and_then(|url| url.split_once("/xapi/v1")) else { continue };
            asked += 1;
            if !reads.contains(&(method, shape(path))) {
                left.push(line);
            }
        }
        assert_eq!(left, Vec::<&str>::new(), "{name}");
        assert!(asked > of(true).count() / 2, "{name}: {asked}");
        let marks = ["  + ", "  ~ ", "  - ", "  ! ", "  = "];
        let noted = ended.err.lines().filter(|line| marks.iter().any(|mark| line.starts_with(mark))).count();
        let (most, least) = (of(false).count(), of(false).count() / 2);
        assert!(least < noted && noted <= most, "{name}: {noted} of {most}");
    }
}

#[test]
fn a_plan_ends_with_the_script_that_fails() {
    let ended = planned("pbx.users.delete(8); throw \"no\"").run();
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("- users.delete  8: 101 Bruno Calderon"), "{}", ended.err);
    assert!(ended.err.ends_with("it ends where the script failed, which may have had more to do\n"), "{}", ended.err);
    assert!(planned("pbx.users.list().len()").run().err.ends_with("plan: nothing would be changed\n"));
    // What only reads may plan, too.
    let both = pbxsh(["--sandbox", "--plan", "--read-only", "-e", "pbx.users.delete(8)"]).run();
    assert_eq!(both.code, 0, "{}", both.err);
    let call = pbxsh(["call", "--sandbox", "--plan", "users.update", "8", "--set", "Mobile=1"]).run();
    assert!(call.err.contains("Mobile: \"+15550104101\" → \"1\"") || call.err.contains("-> \"1\""), "{}", call.err);
}

#[test]
fn what_is_lost_is_told() {
    let (_, err) = told("pbx.queues.update(24, #{ ForwardNoAnswer: #{ To: \"VoiceMail\" } })");
    assert!(
        err.contains("  ~ queues.update  24: 800 Sales queue\n      ForwardNoAnswer.Number: \"101\" -> not given\n"),
        "{err}"
    );
    let code = "pbx.trunks.update(38, #{ AuthID: \"a\", AuthPassword: #{ Value: \"Zebra-crossing-9\" } })";
    let (_, err) = told(code);
    let end = "      AuthID: \"widgets-1\" -> \"a\"\n      AuthPassword: another one\nnothing of it was sent; a run without `--plan` sends it\n";
    assert!(err.ends_with(end), "{err}");
    // Whoever calls `exit` says that this was all.
    let ended = planned("pbx.users.delete(8); exit(3)").run();
    assert_eq!(ended.code, 3);
    assert!(ended.err.ends_with("nothing of it was sent; a run without `--plan` sends it\n"), "{}", ended.err);
}

#[test]
fn every_way_to_run_a_script_plans() {
    let code =
        "pbx.users.delete(8); connect(\"sandbox\").users.delete(9); parallel([10, 11], 2, |id| pbx.users.delete(id));";
    let script = || pbxsh(["--sandbox", "--plan", "job.rhai"]).file("job.rhai", code);
    let import = "import \"job\" as job;";
    for (run, name) in [
        (script(), "FILE"),
        (pbxsh(["run", "--sandbox", "--plan", "job.rhai"]).file("job.rhai", code), "run FILE"),
        (pbxsh(["run", "--sandbox", "--plan", "-"]).input(code), "run -"),
        (pbxsh(["--sandbox", "--plan"]).input(code), "standard input"),
        (
            pbxsh(["run", "--sandbox", "--plan", "top.rhai"]).file("job.rhai", code).file("top.rhai", import),
            "an import",
        ),
        (pbxsh(["run", "--sandbox", "--plan", "--trace", "@create-department", "Boxes", "--members", "100,101"]), "@"),
    ] {
        let ended = run.run();
        assert_eq!(ended.code, 0, "{name}: {}", ended.err);
        assert!(ended.err.contains("nothing of it was sent"), "{name}: {}", ended.err);
        let asks = ended.err.lines().filter_map(|line| line.strip_prefix("trace: "));
        assert_eq!(
            asks.filter(|line| !line.starts_with("GET") && !line.contains("/connect/token")).count(),
            0,
            "{}",
            ended.err
        );
    }
}

fn fresh() -> Terminal {
    let terminal = Terminal::in_home(&["--sandbox"], &[], TempDir::new().expect("a home"));
    terminal.at_prompt("sandbox>");
    terminal
}

#[test]
fn a_plan_at_the_prompt_is_shown_applied_and_forgotten() {
    let mut terminal = fresh();
    terminal.line(":apply");
    terminal.see("nothing is planned");
    terminal.line(":plan on");
    terminal.at_prompt("sandbox plan>");
    terminal.line("let g = pbx.groups.create(#{ Name: \"Night\" });");
    terminal.see("planned, not sent: 1 to create; `:plan` shows it, `:apply` sends it");
    terminal.at_prompt("sandbox plan(1)>");
    let entry =
        "pbx.users.create(#{ Number: \"150\", FirstName: \"Ada\", LastName: \"L\", Groups: [#{ GroupId: g.Id }] });";
    enter(&mut terminal, entry, "sandbox plan(2)>");
    terminal.see("planned, not sent: 1 to create, 2 in all;");
    terminal.line(":plan off");
    terminal.see("there are 2 planned changes: `:apply` sends them, `:discard` forgets them");
    terminal.line(":plan");
    terminal.see("  + groups.create  (new 1): Night");
    terminal.see("      Groups: [{GroupId: (new 1)}]");
    terminal.line(":apply");
    terminal.see("sending users.create");
    terminal.see("2 changes sent; nothing is left of the plan");
    terminal.at_prompt("sandbox plan>");
    terminal.line(":plan off");
    terminal.at_prompt("sandbox>");
    // The PBX gave its own keys, and they are where the plan had others.
    let entry =
        "let u = pbx.users.get_by_number(\"150\", #{ expand: \"Groups\" }); `${u.Id > 0} ${u.Groups.map(|g| g.Name)}`";
    enter(&mut terminal, entry, "sandbox>");
    terminal.see("true [\"Night\"]");
    terminal.line(":plan on");
    terminal.line("pbx.users.delete(u);");
    terminal.at_prompt("sandbox plan(1)>");
    terminal.line(":discard");
    terminal.see("1 planned change forgotten; it was not sent");
    terminal.line("pbx.users.get_by_number(\"150\").FirstName");
    terminal.see("Ada");
    terminal.line("pbx.users.delete(u);");
    terminal.press("\u{4}");
    terminal.see("1 planned change forgotten; it was not sent");
}

/// An entry that may be wider than the screen.
fn enter(terminal: &mut Terminal, entry: &str, prompt: &str) {
    terminal.press(entry);
    terminal.press("\r");
    terminal.at_prompt(prompt);
}

fn home(url: &str) -> TempDir {
    let home = TempDir::new().expect("a home");
    crate::commands::put(
        &home,
        ".config/pbxsh/config.toml",
        &format!("default = \"hq\"\n[profiles.hq]\nurl = \"{url}\"\nclient_id = \"shell\"\n"),
    );
    crate::commands::put(&home, ".config/pbxsh/secrets/hq", "s3cret\n");
    home
}

fn changes(server: &Server) -> Vec<String> {
    server.requests().into_iter().filter(|line| !line.starts_with("GET") && !line.contains("/connect/token")).collect()
}

#[test]
fn a_live_pbx_gets_a_plan_after_one_yes_and_all_of_it() {
    let server = Server::pbx(|request| match request.method.as_str() {
        "GET" => Response::json(200, r#"{"Id":28,"Number":"100","FirstName":"Ada","value":[]}"#),
        _ => Response::json(204, ""),
    });
    let mut terminal = Terminal::in_home(&["--plan"], &[], home(&server.url));
    terminal.see("planning: nothing that changes something is sent");
    terminal.at_prompt("hq LIVE plan>");
    enter(
        &mut terminal,
        "pbx.users.update(28, #{ FirstName: \"Eva\" }); pbx.users.delete(28); pbx.active_calls.drop_call(3);",
        "hq LIVE plan(3)>",
    );
    terminal.line(":apply");
    terminal.see("- users.delete  28: 100 Eva");
    terminal.at_prompt("send 3 changes? [y]es, [N]o:");
    terminal.press("\r");
    terminal.see("nothing was sent; the plan is as it was");
    terminal.at_prompt("hq LIVE plan(3)>");
    assert_eq!(changes(&server), Vec::<String>::new());
    terminal.line(":apply");
    terminal.at_prompt("send 3 changes? [y]es, [N]o:");
    terminal.press("y\r");
    terminal.see("3 changes sent; nothing is left of the plan");
    let expected = [
        "PATCH /xapi/v1/Users(28) {\"FirstName\":\"Eva\"}",
        "DELETE /xapi/v1/Users(28)",
        "POST /xapi/v1/ActiveCalls(3)/Pbx.DropCall",
    ];
    assert_eq!(changes(&server), expected);
    terminal.line("let ids = []; for id in 1..=12 { ids.push(id) }");
    terminal.at_prompt("hq LIVE plan>");
    terminal.line("pbx.users.batch_delete(#{ ids: ids });");
    terminal.at_prompt("hq LIVE plan(1)>");
    terminal.line(":apply");
    terminal.at_prompt("12 objects are deleted; type 12 to send all of it, anything else sends nothing:");
    terminal.press("y\r");
    terminal.see("nothing was sent; the plan is as it was");
    terminal.press("\u{4}");
}

#[test]
fn a_plan_that_others_have_overtaken_stops_and_can_go_on() {
    static RENAMED: AtomicBool = AtomicBool::new(false);
    static REFUSES: Mutex<bool> = Mutex::new(false);
    let server = Server::pbx(|request| match request.method.as_str() {
        "GET" if RENAMED.load(Ordering::SeqCst) => {
            Response::json(200, r#"{"Id":28,"FirstName":"Somebody","Mobile":"1"}"#)
        }
        "GET" => Response::json(200, r#"{"Id":28,"FirstName":"Ada","Mobile":"1"}"#),
        "POST" if *REFUSES.lock().expect("a lock") => Response::json(500, "{}"),
        "POST" => Response::json(201, r#"{"Id":77,"Name":"x","Number":"GRP9"}"#),
        _ => Response::json(204, ""),
    });
    let mut terminal = Terminal::in_home(&["--plan", "--yes"], &[], home(&server.url));
    terminal.at_prompt("hq LIVE plan>");
    // What the plan touches second of an object is looked at as well, and before anything is sent.
    enter(
        &mut terminal,
        "pbx.groups.create(#{ Name: \"x\" }); pbx.users.update(28, #{ Mobile: \"2\" }); pbx.users.update(28, #{ FirstName: \"Eva\" }); pbx.groups.delete(-1000001);",
        "hq LIVE plan(4)>",
    );
    RENAMED.store(true, Ordering::SeqCst);
    terminal.line(":apply");
    terminal.see("plan-stale");
    terminal.see("was not sent: somebody else has changed `FirstName` of 28 since it was planned");
    terminal.see("nothing was sent; the plan is as it was");
    terminal.at_prompt("hq LIVE plan(4)>");
    assert_eq!(changes(&server), Vec::<String>::new());
    RENAMED.store(false, Ordering::SeqCst);
    terminal.line(":clear");
    terminal.line(":apply");
    terminal.see("4 changes sent; nothing is left of the plan");
    assert_eq!(changes(&server).last().map(String::as_str), Some("DELETE /xapi/v1/Groups(77)"));
    // Neither is something else deleted than what was seen.
    terminal.line(":clear");
    enter(&mut terminal, "pbx.users.update(28, #{ Mobile: \"3\" }); pbx.users.delete(28);", "hq LIVE plan(2)>");
    RENAMED.store(true, Ordering::SeqCst);
    terminal.line(":apply");
    terminal.see("somebody else has changed `FirstName` of 28 since it was planned");
    terminal.line(":discard");
    RENAMED.store(false, Ordering::SeqCst);
    *REFUSES.lock().expect("a lock") = true;
    terminal.line(":clear");
    terminal.line("pbx.groups.create(#{ Name: \"y\" });");
    terminal.line(":apply");
    terminal.see("0 changes were sent, 1 is left; nobody knows whether this one was done, so look first");
    terminal.leave();
}

#[test]
fn a_plan_that_is_refused_in_the_middle_says_what_is_true_and_goes_on() {
    static REFUSES: AtomicBool = AtomicBool::new(true);
    let server = Server::pbx(|request| match request.method.as_str() {
        "GET" if request.target.contains("filter") => Response::json(200, r#"{"value":[{"Id":78,"Name":"y"}]}"#),
        "GET" => Response::json(200, r#"{"Id":28,"FirstName":"Ada","Mobile":"1"}"#),
        // This one keeps to itself what it made.
        "POST" if request.body.contains("y") => Response::json(204, ""),
        "POST" => Response::json(201, r#"{"Id":77,"Name":"x","Number":"GRP9"}"#),
        "DELETE" if REFUSES.load(Ordering::SeqCst) => Response::json(400, r#"{"error":{"message":"no"}}"#),
        _ => Response::json(204, ""),
    });
    let mut terminal = Terminal::in_home(&["--plan", "--yes"], &[], home(&server.url));
    terminal.at_prompt("hq LIVE plan>");
    let entry = "let x = pbx.groups.create(#{ Name: \"x\" }); let y = pbx.groups.create(#{ Name: \"y\" }); pbx.users.delete(28); \
                 pbx.groups.update(x.Id, #{ Language: \"DE\" }); pbx.groups.update(y.Id, #{ Name: `of ${x.Number}` });";
    enter(&mut terminal, entry, "hq LIVE plan(5)>");
    terminal.line(":apply");
    terminal.see("2 changes were sent, 3 are left; `:apply` goes on with this one, `:discard` forgets what is left");
    terminal.at_prompt("hq LIVE plan(3)>");
    terminal.line(":clear");
    terminal.line(":plan");
    // By now it is known what was made.
    terminal.see("  ~ groups.update  77: GRP9 x");
    REFUSES.store(false, Ordering::SeqCst);
    terminal.line(":clear");
    terminal.line(":apply");
    terminal.see("3 changes sent; nothing is left of the plan");
    let expected = [
        "POST /xapi/v1/Groups {\"Name\":\"x\"}",
        "POST /xapi/v1/Groups {\"Name\":\"y\"}",
        "DELETE /xapi/v1/Users(28)",
        "DELETE /xapi/v1/Users(28)",
        "PATCH /xapi/v1/Groups(77) {\"Language\":\"DE\"}",
        "PATCH /xapi/v1/Groups(78) {\"Name\":\"of GRP9\"}",
    ];
    assert_eq!(changes(&server), expected);
    // Variables hold for long what stood for a key.
    enter(&mut terminal, "pbx.groups.delete(x);", "hq LIVE plan(1)>");
    terminal.line(":apply");
    terminal.see("1 change sent");
    assert_eq!(changes(&server).last().map(String::as_str), Some("DELETE /xapi/v1/Groups(77)"));
    terminal.leave();
}

#[test]
fn a_plan_survives_what_comes_between() {
    let slow = Server::pbx(|request| {
        if request.method == "DELETE" {
            std::thread::sleep(std::time::Duration::from_secs(3));
        }
        Response::json(200, r#"{"Id":28,"FirstName":"Ada","value":[]}"#)
    });
    let other = Server::pbx(|_| Response::json(200, r#"{"Id":28,"FirstName":"Ada","value":[]}"#));
    let home = home(&slow.url);
    crate::commands::put(
        &home,
        ".config/pbxsh/config.toml",
        &format!(
            "default = \"hq\"\n[profiles.hq]\nurl = \"{}\"\nclient_id = \"shell\"\n[profiles.branch]\nurl = \"{}\"\nclient_id = \"shell\"\n",
            slow.url, other.url
        ),
    );
    crate::commands::put(&home, ".config/pbxsh/secrets/branch", "s3cret\n");
    let mut terminal = Terminal::in_home(&["--plan", "--yes"], &[], home);
    terminal.at_prompt("hq LIVE plan>");
    enter(&mut terminal, "pbx.users.update(28, #{ FirstName: \"A\" }); pbx.users.delete(28);", "hq LIVE plan(2)>");
    terminal.line(":use branch");
    terminal.at_prompt("branch LIVE plan(2)>");
    enter(&mut terminal, "pbx.users.update(28, #{ FirstName: \"B\" });", "branch LIVE plan(3)>");
    terminal.line(":plan");
    terminal.see("plan for hq: 1 to update, 1 to delete");
    terminal.see("plan for branch: 1 to update");
    terminal.line(":readonly on");
    terminal.line(":apply");
    terminal.see("that is planned for `hq`: nothing was sent; the plan is as it was");
    terminal.line(":readonly off");
    terminal.see("changes are planned and not sent; `:apply` sends them");
    terminal.line(":clear");
    terminal.line(":apply");
    terminal.see("sending users.delete on 28");
    terminal.press(crate::prompt::CTRL_C);
    terminal.see("1 change was sent, 2 are left; nobody knows whether this one was done, so look first");
    terminal.at_prompt("branch LIVE plan(2)>");
    assert_eq!((changes(&slow).len(), changes(&other).len()), (2, 0));
    terminal.line(":discard");
    terminal.see("2 planned changes forgotten; they were not sent");
    terminal.leave();
}

#[test]
fn what_was_discarded_stands_for_nothing() {
    let mut terminal = fresh();
    terminal.line(":plan on");
    terminal.at_prompt("sandbox plan>");
    let entry = "let g = pbx.groups.create(#{ Name: \"Night\" }); let u = pbx.users.get(8); u.Mobile = \"1\"; pbx.users.update(u);";
    enter(&mut terminal, entry, "sandbox plan(2)>");
    terminal.line(":undo");
    terminal.see("2 planned changes stay: `:discard` forgets what is planned");
    terminal.line(":discard");
    terminal.see("2 planned changes forgotten; they were not sent");
    enter(&mut terminal, entry, "sandbox plan(2)>");
    terminal.line(":discard");
    terminal.at_prompt("sandbox plan>");
    // Not even when something else was made since.
    enter(&mut terminal, "pbx.users.create(#{ Number: \"150\" });", "sandbox plan(1)>");
    terminal.line(":clear");
    enter(&mut terminal, "pbx.users.update(9, #{ Groups: [#{ GroupId: g.Id }] });", "sandbox plan(1)>");
    terminal.see("only-planned");
    // The change was not sent, so it is still one.
    enter(&mut terminal, "u.changed().keys().to_json()", "sandbox plan(1)>");
    terminal.see("[\"Mobile\"]");
    terminal.line(":apply");
    terminal.see("1 change sent");
    terminal.line(":plan off");
    terminal.at_prompt("sandbox>");
    terminal.line(":clear");
    enter(&mut terminal, "pbx.users.update(9, #{ Groups: [#{ GroupId: g.Id }] });", "sandbox>");
    terminal.see("only-planned");
    enter(&mut terminal, "pbx.users.update(u); pbx.users.get(8).Mobile", "sandbox>");
    terminal.see("1");
    terminal.leave();
}

#[test]
fn what_the_plan_does_itself_is_nobody_elses_change() {
    let mut terminal = fresh();
    terminal.line(":plan on");
    terminal.at_prompt("sandbox plan>");
    // A queue loses the agent who is deleted, and what is made may be kept in another form than it was given.
    let entry = "pbx.users.delete(pbx.queues.get(24, #{ expand: \"Agents\" }).Agents[0].Id); pbx.queues.update(24, #{ Agents: [#{ Number: \"104\" }] }); \
                 let u = pbx.users.create(#{ Number: \"150\", AuthPassword: \"Zebra-crossing-9\" }); pbx.users.update(u.Id, #{ AuthPassword: \"Zebra-crossing-8\" });";
    enter(&mut terminal, entry, "sandbox plan(4)>");
    terminal.line(":apply");
    terminal.see("4 changes sent; nothing is left of the plan");
    terminal.leave();
}

#[test]
fn an_upload_waits_for_its_yes() {
    let mut terminal = fresh();
    std::fs::write(terminal.home().join("hello.wav"), wav(PLAYABLE)).expect("a prompt");
    terminal.line(":plan on");
    terminal.at_prompt("sandbox plan>");
    enter(&mut terminal, "pbx.custom_prompts.upload(\"hello.wav\");", "sandbox plan(1)>");
    terminal.line(":plan");
    terminal.see("file: \"hello.wav\"");
    terminal.line(":apply");
    terminal.see("1 change sent");
    terminal.line(":clear");
    enter(&mut terminal, "pbx.custom_prompts.list(#{ filter: \"Filename eq 'hello.wav'\" }).len()", "sandbox plan>");
    terminal.see("1");
    terminal.leave();
}
