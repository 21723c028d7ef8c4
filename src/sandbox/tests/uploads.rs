//! Prompts that come as files.

use http::Response;
use serde_json::{Value, json};

use bytes::Bytes;

use crate::catalog::Catalog;
use crate::sandbox::downloads::silence;
use crate::sandbox::tests::World;
use crate::sandbox::{CLIENT_ID, Pbx};

const PATH: &str = "/customPrompts";

fn told(response: &Response<Bytes>) -> Value {
    serde_json::from_slice(response.body()).unwrap_or_default()
}

#[test]
fn a_prompt_is_uploaded_listed_kept_and_deleted() {
    let mut world = World::new();
    let response = world.send_file(PATH, "file", "new.wav", &silence());
    assert_eq!((response.status().as_u16(), &told(&response)["value"]), (200, &json!("new.wav")));
    assert_eq!(world.column("/CustomPrompts?$filter=Filename eq 'new.wav'", "CanBeDeleted"), [true]);
    // One of the same name is spoken over.
    assert_eq!(world.send_file(PATH, "file", "new.wav", &silence()).status(), 200);
    assert_eq!(world.column("/CustomPrompts?$filter=Filename eq 'new.wav'", "CanBeDeleted"), [true]);
    let state = world.pbx.state();
    let again = Pbx::load(Catalog::builtin(), &state, None, world.pbx.clock.clone()).unwrap();
    assert_eq!(again.store.rows("CustomPrompts"), world.pbx.store.rows("CustomPrompts"));
    assert!(again.clients.contains_key(CLIENT_ID));
    assert_eq!(world.delete("/CustomPrompts('new.wav')").status, 204);
    assert!(world.column("/CustomPrompts?$filter=Filename eq 'new.wav'", "Filename").is_empty());
}

#[test]
fn names_come_as_they_are_and_lead_nowhere() {
    let mut world = World::new();
    for name in ["Grüße & more; 1.wav", "a=b.wav"] {
        assert_eq!(told(&world.send_file(PATH, "file", name, &silence()))["value"], json!(name));
    }
    let before = world.snapshot();
    for name in ["", "..", "../x.wav", "a\\\\b.wav", "a\\\"b.wav"] {
        let response = world.send_file(PATH, "file", name, &silence());
        let code = told(&response)["error"]["details"][0]["message"].clone();
        assert_eq!((response.status().as_u16(), code), (400, json!("WARNINGS.XAPI.INVALID_FILE_NAME")), "{name}");
    }
    let response = world.send_file(PATH, "upload", "x.wav", &silence());
    assert_eq!(told(&response)["error"]["details"][0]["target"], "file");
    assert!(world.snapshot() == before);
}

#[test]
fn only_audio_that_is_played_is_taken() {
    let mut world = World::new();
    let before = world.snapshot();
    let right = silence();
    let changed = |place: usize, bytes: &[u8]| {
        let mut file = right.clone();
        file[place..place + bytes.len()].copy_from_slice(bytes);
        file
    };
    let cases = [
        ("nothing", Vec::new()),
        ("text", b"hello".to_vec()),
        ("an AVI", changed(8, b"AVI ")),
        ("A-law", changed(20, &[6])),
        ("stereo", changed(22, &[2])),
        ("16 kHz", changed(24, &16000_u32.to_le_bytes())),
        ("8 bit", changed(34, &[8])),
        ("cut", right[..right.len() - 1].to_vec()),
        ("more announced", changed(40, &[0xFF; 4])),
        ("no audio", changed(40, &[0; 4])),
        ("no data", changed(36, b"LIST")),
    ];
    for (what, file) in cases {
        let response = world.send_file(PATH, "file", "x.wav", &file);
        let code = told(&response)["error"]["details"][0]["message"].clone();
        assert_eq!((response.status().as_u16(), code), (400, json!("WARNINGS.SUPPORTED_MEDIA_FORMAT_WAV")), "{what}");
    }
    assert!(world.snapshot() == before);
    // A list of remarks before the format, and a format that is said at its end.
    let mut long = right[..12].to_vec();
    long.extend(b"LIST\x03\0\0\0abc\0fmt \x28\0\0\0\xFE\xFF");
    long.extend(&right[22..36]);
    long.extend(b"\x16\0\x10\0\x04\0\0\0\x01\0\0\0\0\0\x10\0\x80\0\0\xAA\0\x38\x9B\x71");
    long.extend(&right[36..]);
    assert_eq!(world.send_file(PATH, "file", "x.wav", &long).status(), 200);
}

#[test]
fn a_form_that_cannot_be_read_is_told() {
    let mut world = World::new();
    let before = world.snapshot();
    let good =
        b"--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x.wav\"\r\n\r\nRIFF\r\n--B--\r\n".to_vec();
    let part = |text: &str| text.as_bytes().to_vec();
    for (kind, body, reason) in [
        ("multipart/form-data", good.clone(), "the boundary is missing"),
        ("multipart/form-data; boundary=", good.clone(), "the boundary is missing"),
        ("multipart/form-data; boundary=C", good.clone(), "it does not begin with its boundary"),
        ("multipart/form-data; boundary=B", Vec::new(), "it does not begin with its boundary"),
        ("multipart/form-data; boundary=B", good[..good.len() - 8].to_vec(), "it ends before its last boundary"),
        ("multipart/form-data; boundary=B", part("--B\r\nRIFF\r\n--B--"), "a part has no end of its head"),
        ("multipart/form-data; boundary=B", part("--B\r\nX: y\r\n\r\nRIFF\r\n--B--"), "a part has no disposition"),
        (
            "multipart/form-data; boundary=B",
            part("--B\r\nContent-Disposition: form-data; filename=x\r\n\r\nRIFF\r\n--B--"),
            "a part has no name",
        ),
    ] {
        let response = world.send_form(PATH, kind, body);
        let said = format!("The multipart form cannot be read: {reason}.");
        assert_eq!((response.status().as_u16(), &told(&response)["error"]["message"]), (400, &json!(said)));
    }
    for kind in ["application/json", "text/plain", ""] {
        assert_eq!(world.send_form(PATH, kind, good.clone()).status(), 415, "{kind}");
    }
    assert!(world.snapshot() == before);
}
