use proptest::prelude::{any, proptest};

use crate::client::secrets::{Found, find, hide_in_source, hush, learn};

#[track_caller]
fn source(text: &str, expected: &str) {
    let shown = hide_in_source(text);
    assert_eq!(shown, expected, "{text}");
    assert_eq!(shown.len(), text.len());
    // Once hidden is hidden.
    assert_eq!(hide_in_source(&shown), shown);
}

#[test]
fn literals_of_secrets_in_scripts() {
    for (text, expected) in [
        ("connect(#{ client_secret: \"abc\", url: \"x\" })", "connect(#{ client_secret: \"***\", url: \"x\" })"),
        ("u.AuthPassword = \"hunter2\"; let a = \"b\"", "u.AuthPassword = \"*******\"; let a = \"b\""),
        ("u.AuthPassword.Value = \"hunter2\"", "u.AuthPassword.Value = \"*******\""),
        ("m[\"password\"] = `a${x}b`;", "m[\"password\"] = `******`;"),
        ("#{ \"VMPIN\": 4711, Number: 4711 }", "#{ \"VMPIN\": ****, Number: 4711 }"),
        ("let pin = \"12\" + \"34\";", "let pin = \"**\" + \"**\";"),
        ("let p = secret(\"PIN\"); x(\"y\")", "let p = secret(\"***\"); x(\"y\")"),
        ("if u.VMPIN == \"1234\" { print(\"yes\") }", "if u.VMPIN == \"****\" { print(\"yes\") }"),
        ("password in [\"aa\", \"b\"]", "password in [\"**\", \"*\"]"),
        ("u.AuthPassword.contains(\"hun\") && x == \"y\"", "u.AuthPassword.contains(\"***\") && x == \"y\""),
        ("let password = if x { \"aa\" } else { \"b\" };", "let password = if x { \"**\" } else { \"*\" };"),
        ("switch x { \"password\" => \"aa\" }", "switch x { \"password\" => \"**\" }"),
        ("#{ AuthPasword: \"hunter2\" }", "#{ AuthPasword: \"*******\" }"),
        ("#{ Secret: #{ Value: \"deep\" }, A: \"b\" }", "#{ Secret: #{ Value: \"****\" }, A: \"b\" }"),
        ("#{ Name: \"ApiKey\", Value: \"k1\" }", "#{ Name: \"ApiKey\", Value: \"**\" }"),
        ("// password = \"x1\"\nlet a = \"b\"", "// password = \"**\"\nlet a = \"b\""),
        ("let s = \"client_secret=abc&x=y\"", "let s = \"client_secret=***&x=y\""),
        ("let j = `{\"AuthPassword\":\"x1\",\"A\":\"b\"}`", "let j = `{\"AuthPassword\":\"**\",\"A\":\"b\"}`"),
        ("let j = \"{\\\"AuthPassword\\\":\\\"x1\\\"}\"", "let j = \"{\\\"AuthPassword\\\":\\\"**\\\"}\""),
        ("let password = \"open\nlet y = \"z\"", "let password = \"****\nlet y = \"z\""),
        (
            "assert_eq(pbx.users.get_by_number(\"100\").VMPIN, \"9999\")",
            "assert_eq(pbx.users.get_by_number(\"100\").VMPIN, \"****\")",
        ),
        ("let password = \"süß日🎲\";", "let password = \"*××∗🞷\";"),
        ("connect(\"https://me:pa/ss@pbx\")", "connect(\"https://********@pbx\")"),
    ] {
        source(text, expected);
    }
}

#[test]
fn everything_else_in_scripts_stays() {
    for text in [
        "u.AuthPassword",
        "u.AuthPassword = other",
        "u.AuthPassword = \"\"",
        "client_secret: env(\"MY_VARIABLE\")",
        "let token = args.get(\"name\");",
        "let p = random::password(16);",
        "// error[no-secret]: `hq` has none",
        "if u.VMPIN == () { print(\"x\") }",
        "let pinned = true; let x = 5",
        "#{ PinProtectTimeout: 5, TokenEndpoint: \"https://x\" }",
        "pbx.users.list(#{ select: \"Id,AuthPassword\", top: 5 })",
        "print(\"the password is wrong: try again\")",
        "secret::x(\"y\")",
        "::::====\"é\"",
        "fn login(password) { print(\"x\") }",
    ] {
        source(text, text);
        assert_eq!(find(text), None, "{text}");
    }
}

#[test]
fn what_gave_a_secret_away() {
    assert_eq!(find("let client_secret = \"x\""), Some(Found::Named("client_secret")));
    assert_eq!(find("let p = secret(\"PIN\")"), Some(Found::Named("secret")));
    assert_eq!(find("let h = \"X: Bearer abc12345\""), Some(Found::Looks));
    learn("tête-à-tête");
    assert_eq!(find("print(\"tête-à-tête\")"), Some(Found::Known));
}

#[test]
fn messages() {
    learn("open \"sesame\"");
    learn("short");
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln";
    for (text, expected) in [
        ("said open \"sesame\" twice".to_owned(), "said *** twice"),
        ("{\"x\":\"open \\\"sesame\\\"\"}".to_owned(), "{\"x\":\"***\"}"),
        ("/F(x='open%20%22sesame%22')".to_owned(), "/F(x='***')"),
        ("short".to_owned(), "short"),
        (format!("the token {jwt} is old"), "the token *** is old"),
        ("Authorization: Bearer abc12345".to_owned(), "Authorization: Bearer ***"),
        ("Authorization: Bearer $TOKEN".to_owned(), "Authorization: Bearer $TOKEN"),
        ("proxy http://me:hush@127.0.0.1:1".to_owned(), "proxy http://***@127.0.0.1:1"),
        ("{\"AuthPassword\":\"x\",\"VMPIN\":1234}".to_owned(), "{\"AuthPassword\":\"***\",\"VMPIN\":***}"),
        ("F(password='it''s',a='b')".to_owned(), "F(password='***',a='b')"),
        ("client_secret=abc&grant=x".to_owned(), "client_secret=***&grant=x"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END".to_owned(), "-----BEGIN PRIVATE KEY-----***-----END"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nthe rest".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----\nthe rest",
        ),
        ("`connect(#{ client_secret: \"…\" })`".to_owned(), "`connect(#{ client_secret: \"…\" })`"),
        ("`users.get_phone_secret`: 404, PIN: wrong".to_owned(), "`users.get_phone_secret`: 404, PIN: wrong"),
        ("1 │ let password = \"open\n  ╰─── here".to_owned(), "1 │ let password = \"***\n  ╰─── here"),
        ("1 │ let password = \"****\n  ╰─── here".to_owned(), "1 │ let password = \"****\n  ╰─── here"),
        ("`VMPIN` must be a string".to_owned(), "`VMPIN` must be a string"),
    ] {
        assert_eq!(hush(&text), expected, "{text}");
        assert_eq!(hush(expected), expected);
    }
}

#[test]
fn many_secrets_drive_no_other_out() {
    learn("the-first-of-many");
    (0..10_000).for_each(|at| learn(&format!("one-of-many-{at}")));
    assert_eq!(hush("the-first-of-many, one-of-many-0, one-of-many-9999"), "***, ***, ***");
    // A long answer stands on one line.
    let row = r#"{"Number":"100","AuthPassword":"x1","Note":"one-of-many-17","Link":"https://me@pbx/eyJ"},"#;
    let hidden = r#"{"Number":"100","AuthPassword":"***","Note":"***","Link":"https://me@pbx/eyJ"},"#;
    assert_eq!(hush(&row.repeat(1000)), hidden.repeat(1000));
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in any::<String>(), names in "(password|VMPIN|secret\\(|= ?|: ?|\"|`|\\\\|'|\\$|\\{|\\}|é|🎲|\n|[a-c0-9,;()\\[\\] .])*") {
        for text in [&text, &names] {
            assert_eq!(hide_in_source(text).len(), text.len());
            let _ = (hush(text), find(text));
        }
    }
}
