//! Files that go to a PBX.

use crate::common::server::{Response, Server};
use crate::common::{pbxsh, sandbox, value};

/// What a WAV file says of itself.
#[derive(Clone, Copy)]
pub struct Format {
    encoding: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    bytes: u32,
}

/// A tenth of a second that a PBX plays.
pub const PLAYABLE: Format = Format { encoding: 1, channels: 1, rate: 8000, bits: 16, bytes: 1600 };

pub fn wav(format: Format) -> Vec<u8> {
    let Format { encoding, channels, rate, bits, bytes } = format;
    let mut file = [*b"RIFF", (36 + bytes).to_le_bytes(), *b"WAVE", *b"fmt ", 16_u32.to_le_bytes()].concat();
    file.extend([encoding.to_le_bytes(), channels.to_le_bytes()].concat());
    file.extend([rate.to_le_bytes(), (rate * u32::from(bits / 8)).to_le_bytes()].concat());
    file.extend([(bits / 8).to_le_bytes(), bits.to_le_bytes()].concat());
    file.extend([*b"data", bytes.to_le_bytes()].concat());
    file.resize(file.len() + bytes as usize, b'.');
    file
}

#[test]
fn a_prompt_is_sent_listed_and_used() {
    let code = r#"
        let name = pbx.custom_prompts.upload("greetings/hello.wav");
        print(name);
        print(pbx.custom_prompts.list(#{ filter: #{ Filename: name } }).len());
        let menu = pbx.receptionists.get_by_number("820");
        menu.PromptFilename = name;
        pbx.receptionists.update(menu);
        print(pbx.receptionists.get_by_number("820").PromptFilename);
        print(pbx.custom_prompts.upload("greetings/hello.wav", #{ name: "Grüße & mehr; 1.WAV" }));
        print(pbx.custom_prompts.upload("greetings/hello.wav", #{ replace: true }));
        pbx.custom_prompts.delete(name);
        print(pbx.custom_prompts.list(#{ filter: #{ Filename: name } }).len());
    "#;
    let run = sandbox(code).file("greetings/hello.wav", "").bytes("greetings/hello.wav", &wav(PLAYABLE)).out();
    assert_eq!(run, "hello.wav\n1\nhello.wav\nGrüße & mehr; 1.WAV\nhello.wav\n0\n");
}

/// What a run of `code` says is wrong, without the picture of the place.
fn complaint(run: crate::common::Pbxsh, code: i32) -> String {
    let report = run.fails(code);
    let told = |line: &&str| line.trim_start().starts_with("x ") || line.trim_start().starts_with("help:");
    let mut lines: Vec<String> = vec![report.lines().next().unwrap_or_default().to_owned()];
    // Long sentences go on below.
    let mut kept = false;
    for line in report.lines().skip(1) {
        kept = told(&line) || (kept && (line.starts_with("    ") || line.starts_with("  | ")));
        if kept {
            lines.push(line.split_whitespace().collect::<Vec<_>>().join(" ").trim_start_matches("| ").to_owned());
        }
    }
    lines.join("\n")
}

#[test]
fn files_that_no_pbx_plays_are_told_with_the_way_out() {
    let told = |file: &[u8]| complaint(sandbox("pbx.custom_prompts.upload(\"in.wav\")").bytes("in.wav", file), 9);
    let must = "it must be WAV, PCM, 8000 Hz, 16 bit, mono";
    let help = "help: `ffmpeg -i in.wav -ac 1 -ar 8000 -c:a pcm_s16le out.wav` makes one that fits";
    for (format, found) in [
        (Format { rate: 44100, channels: 2, ..PLAYABLE }, "44100 Hz, 2 channels"),
        (Format { bits: 8, ..PLAYABLE }, "8 bit"),
        (Format { encoding: 6, bits: 8, ..PLAYABLE }, "A-law, 8 bit"),
        (Format { encoding: 0x1234, ..PLAYABLE }, "the encoding 0x1234"),
        (Format { channels: 6, ..PLAYABLE }, "6 channels"),
    ] {
        assert_eq!(flat(&told(&wav(format))), format!("unfit-file x `in.wav` has {found}: {must} {help}"));
    }
    let whole = wav(PLAYABLE);
    let cut = "1500 of the 1600 bytes of audio that it announces";
    assert_eq!(flat(&told(&whole[..whole.len() - 100])), format!("unfit-file x `in.wav` has {cut}: {must} {help}"));
    let (lacks, is) = ("is not a whole WAV file, its chunk", "unfit-file x `in.wav`");
    assert_eq!(flat(&told(&whole[..30])), format!("{is} {lacks} `fmt` is missing: {must} {help}"));
    assert_eq!(flat(&told(&whole[..40])), format!("{is} {lacks} `data` is missing: {must} {help}"));
    assert_eq!(flat(&told(b"ID3\x04\0\0\0\0\0\0\0\0")), format!("{is} is MP3: {must} {help}"));
    assert_eq!(flat(&told(b"hello, world")), format!("{is} is no WAV file: {must} {help}"));
    assert_eq!(flat(&told(b"")), format!("{is} is empty: {must}"));
    assert_eq!(flat(&told(&wav(Format { bytes: 0, ..PLAYABLE }))), format!("{is} has no audio in it: {must}"));
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn wrong_calls_are_told_and_send_nothing() {
    let server = Server::pbx(|_| Response::json(200, r#"{"value":[]}"#));
    let upload = |arguments: &str, code: i32| {
        let run = server.run(&format!("pbx.custom_prompts.upload({arguments})"));
        std::fs::create_dir(run.path("folder.wav")).expect("a folder");
        let run = run.bytes("a.wav", &wav(PLAYABLE)).bytes("plain", &wav(PLAYABLE));
        flat(&complaint(run, code))
    };
    for (arguments, code, told) in [
        ("\"no.wav\"", 9, "file x `no.wav`: no such file or directory"),
        ("\"folder.wav\"", 9, "file x `folder.wav`: it is a folder"),
        (
            "\"/etc/shadow.wav\"",
            8,
            "forbidden x this script may not read `/etc/shadow.wav` help: `--allow-read=/etc/shadow.wav` would allow it",
        ),
        ("\"\"", 3, "wrong-type x `path` must be that of a file, not the string \"\""),
        ("5", 3, "wrong-type x `path` must be a string, not the whole number 5 help: in quotes it is one: \"5\""),
        ("#{ name: \"a.wav\" }", 3, "wrong-type x `path` must be a string, not a map"),
        ("", 3, "missing-argument x `path` is missing help: call `custom_prompts.upload(path, options)`"),
        (
            "\"a.wav\", \"b.wav\"",
            3,
            "wrong-type x the options must be a map, not the string \"b.wav\" help: options have names: `#{ filter: \"…\" }`",
        ),
        (
            "\"a.wav\", #{ nme: \"b.wav\" }",
            3,
            "unknown-option x `custom_prompts.upload` has no option `nme` help: did you mean `name`?",
        ),
        ("\"a.wav\", #{ replace: 1 }", 3, "wrong-type x `replace` must be true or false, not the whole number 1"),
        (
            "\"a.wav\", #{ name: \"x/../b.wav\" }",
            3,
            "wrong-type x `name` must be a plain file name, without folders, quotes and other signs of paths, not the string \"x/../b.wav\"",
        ),
        (
            "\"a.wav\", #{ name: \"b\\n.wav\" }",
            3,
            "wrong-type x `name` must be a plain file name, without folders, quotes and other signs of paths, not the string \"b\\n.wav\"",
        ),
        (
            "\"a.wav\", #{ name: \"b.mp3\" }",
            3,
            "wrong-type x `name` must be a file name that ends with .wav, not the string \"b.mp3\"",
        ),
        (
            "\"plain\"",
            3,
            "wrong-type x the name of the file, or the option `name`, must be a file name that ends with .wav, not the string \"plain\"",
        ),
    ] {
        assert_eq!(upload(arguments, code), told, "{arguments}");
    }
    // Not even a login.
    assert_eq!(server.everything(), 0);
}

#[test]
fn what_goes_over_the_wire() {
    let server = Server::pbx(|request| match request.method.as_str() {
        "POST" => Response::json(200, r#"{"@odata.context":"x","value":"Custom/GRP0002/a b.wav"}"#),
        _ => Response::json(200, r#"{"value":[]}"#),
    });
    let code = r#"print(pbx.custom_prompts.upload("in.wav", #{ name: "a b.wav" })); print(pbx.curl())"#;
    let out = server.run(code).bytes("in.wav", &wav(PLAYABLE)).out();
    let curl = format!(
        "curl -X POST -H \"Authorization: Bearer $TOKEN\" -F 'file=@\"in.wav\";type=audio/wav;filename=\"a b.wav\"' -g '{}/xapi/v1/customPrompts'",
        server.url
    );
    assert_eq!(out, format!("Custom/GRP0002/a b.wav\n{curl}\n"));
    let requests = server.requests();
    let look = "$filter=Filename%20eq%20%27a%20b.wav%27%20or%20DisplayName%20eq%20%27a%20b.wav%27&$top=2";
    assert!(requests[0].starts_with("GET /xapi/v1/CustomPrompts?") && requests.len() == 2, "{requests:?}");
    let query = requests[0].split_once('?').expect("a query").1;
    let sorted = |text: &str| {
        let mut parts: Vec<String> = text.split('&').map(str::to_owned).collect();
        parts.sort();
        parts
    };
    assert_eq!(sorted(query), sorted(look));
    let form = requests[1].strip_prefix("POST /xapi/v1/customPrompts --").expect("a form");
    let (boundary, rest) = form.split_once("\r\n").expect("a boundary");
    let head = "Content-Disposition: form-data; name=\"file\"; filename=\"a b.wav\"\r\nContent-Type: audio/wav\r\n\r\n";
    let content = String::from_utf8_lossy(&wav(PLAYABLE)).into_owned();
    assert_eq!(rest, format!("{head}{content}\r\n--{boundary}--"));
}

#[test]
fn a_name_that_is_there_is_asked_about_first() {
    let there = r#"{"value":[{"Filename":"a.wav","DisplayName":"a.wav"}]}"#;
    let server = Server::pbx(move |request| match request.method.as_str() {
        "POST" => Response::json(200, "{}"),
        _ => Response::json(200, there),
    });
    let taken = server.run("pbx.custom_prompts.upload(\"a.wav\")").bytes("a.wav", &wav(PLAYABLE));
    assert_eq!(
        flat(&complaint(taken, 7)),
        "name-taken x the PBX has \"a.wav\" already help: `replace: true` sends the new one all the same; `name: \"…\"` gives \
         it another name"
    );
    assert_eq!(server.requests().len(), 1);
    let replaced = server.run("pbx.custom_prompts.upload(\"a.wav\", #{ replace: true })");
    assert_eq!(replaced.bytes("a.wav", &wav(PLAYABLE)).out(), "a.wav\n");
    assert_eq!(server.requests().len(), 2);
    // On a PBX that nothing may change, nobody asks.
    let run = pbxsh(["--sandbox", "--read-only", "-e", "pbx.custom_prompts.upload(\"welcome.wav\")"]);
    assert!(flat(&complaint(run.bytes("welcome.wav", &wav(PLAYABLE)), 8)).contains("its effect is `create`"));
}

#[test]
fn a_lost_answer_is_looked_up_and_never_repeated() {
    // The row appears once the file was sent.
    let server = |row: bool| {
        let sent = std::sync::atomic::AtomicBool::new(false);
        Server::pbx(move |request| {
            use std::sync::atomic::Ordering::SeqCst;
            if request.method == "POST" {
                sent.store(true, SeqCst);
                return Response::html(504, "<html>gateway</html>");
            }
            let there = r#"{"value":[{"Filename":"Custom/GRP0002/a.wav","DisplayName":"a.wav"}]}"#;
            Response::json(200, if row && sent.load(SeqCst) { there } else { r#"{"value":[]}"# })
        })
    };
    let found = server(true);
    let ended = found.run("pbx.custom_prompts.upload(\"a.wav\")").bytes("a.wav", &wav(PLAYABLE)).run();
    assert_eq!((ended.code, ended.out.as_str()), (0, "Custom/GRP0002/a.wav\n"), "{}", ended.err);
    assert_eq!(ended.err, "note: `custom_prompts.upload`: the answer was lost, and what it was to make is there\n");
    assert_eq!(found.requests().iter().filter(|request| request.starts_with("POST")).count(), 1);
    let missing = server(false);
    let report = missing.run("pbx.custom_prompts.upload(\"a.wav\")").bytes("a.wav", &wav(PLAYABLE)).fails(5);
    assert!(flat(&report).contains("right afterwards nothing had the `Filename` \"a.wav\""), "{report}");
    assert!(report.contains("custom_prompts.upload was under way: it may have happened"), "{report}");
    // One that may have been there before says nothing.
    let replaced = server(true);
    let code = "try { pbx.custom_prompts.upload(\"a.wav\", #{ replace: true }) } catch (e) { print(e.uncertain) }";
    assert_eq!(replaced.run(code).bytes("a.wav", &wav(PLAYABLE)).out(), "true\n");
    assert_eq!(replaced.requests().len(), 1);
}

#[test]
fn a_trace_shows_the_file_and_not_its_bytes() {
    let code = "pbx.custom_prompts.upload(\"a.wav\");";
    let full = pbxsh(["--sandbox", "--trace=full", "-e", code]).bytes("a.wav", &wav(PLAYABLE)).run().err;
    assert!(full.contains("\n  > file: a.wav (audio/wav, 1.6 kB), from a.wav\n"), "{full}");
    assert!(full.contains(", 1.6 kB sent, ") && !full.contains("RIFF"), "{full}");
    let lines = pbxsh(["--sandbox", "--trace", "-e", code]).bytes("a.wav", &wav(PLAYABLE)).run().err;
    assert!(lines.contains("POST") && !lines.contains("  > "), "{lines}");
}

#[test]
fn a_check_knows_what_a_file_is() {
    let check = |code: &str| {
        let run = pbxsh(["check", "--format", "short", "x.rhai"]).file("x.rhai", code).run();
        format!("{}{}", run.out, run.err)
    };
    let right = "let p = args[0];\npbx.custom_prompts.upload(p, #{ name: p, replace: true });\nlet n = pbx.custom_prompts.upload(\"a.wav\").len();\nprint(n);";
    assert_eq!(check(right), "");
    assert_eq!(
        check("pbx.custom_prompts.upload(5);\npbx.custom_prompts.upload(\"a.wav\", #{ nme: \"b.wav\" });"),
        "x.rhai:1:27: error[wrong-type]: `path` must be a string, not the whole number 5\n\
         x.rhai:2:39: error[unknown-option]: `custom_prompts.upload` has no option `nme`\n"
    );
    assert_eq!(value("pbx.supports(\"custom_prompts.upload\")"), "true");
}
