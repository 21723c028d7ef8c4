//! Digests and the codes that carry bytes as text.

use std::sync::Arc;

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use base64::{DecodeError, Engine as _};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::kit::given::{bytes, text};
use crate::kit::{Fault, Hands};
use crate::script::Doc;
use crate::script::native::{Blob, Dynamic, Engine, Module, NativeCallContext};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "hash::sha256",
        calls: &["hash::sha256(data) → string"],
        text: "The SHA-256 of a string (its UTF-8 bytes) or a blob, in hexadecimal digits.",
        example: "print(hash::sha256(\"hello\").sub_string(0, 8));",
    },
    Doc {
        name: "hash::sha512",
        calls: &["hash::sha512(data) → string"],
        text: "The SHA-512 of a string or a blob, in hexadecimal digits.",
        example: "print(hash::sha512(\"hello\").len());",
    },
    Doc {
        name: "hash::sha1",
        calls: &["hash::sha1(data) → string"],
        text: "The SHA-1 of a string or a blob, for old protocols; it protects nothing any more.",
        example: "print(hash::sha1(\"hello\"));",
    },
    Doc {
        name: "hash::md5",
        calls: &["hash::md5(data) → string"],
        text: "The MD5 of a string or a blob, as the digest of SIP takes it; it protects nothing any more.",
        example: "print(hash::md5(\"100:3CXPhoneSystem:secret\"));",
    },
    Doc {
        name: "hash::hmac_sha256",
        calls: &["hash::hmac_sha256(key, data) → string"],
        text: "The HMAC with SHA-256, as web hooks are signed with it, in hexadecimal digits.",
        example: "print(hash::hmac_sha256(\"key\", \"body\").len());",
    },
    Doc {
        name: "base64::encode",
        calls: &["base64::encode(data) → string"],
        text: "A string or a blob in Base64.",
        example: "print(base64::encode(\"hello\"));",
    },
    Doc {
        name: "base64::decode",
        calls: &["base64::decode(text) → blob"],
        text: "The bytes behind Base64, of the plain kind or the one for addresses, with or without `=` at the end. `.as_string()` \
               makes text of them.",
        example: "print(base64::decode(\"aGVsbG8=\").as_string());",
    },
    Doc {
        name: "hex::encode",
        calls: &["hex::encode(data) → string"],
        text: "A string or a blob in hexadecimal digits.",
        example: "print(hex::encode(\"hello\"));",
    },
    Doc {
        name: "hex::decode",
        calls: &["hex::decode(text) → blob"],
        text: "The bytes behind hexadecimal digits; blanks, `:` and `-` between them do not count.",
        example: "print(hex::decode(\"00:15:65\").len());",
    },
];

type Call = fn(&Dynamic) -> Result<Dynamic, Fault>;

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let mut hash = Module::new();
    add(&mut hash, hands, "sha256", digest::<Sha256>);
    add(&mut hash, hands, "sha512", digest::<Sha512>);
    add(&mut hash, hands, "sha1", digest::<Sha1>);
    add(&mut hash, hands, "md5", digest::<Md5>);
    let hand = hands.clone();
    hash.set_native_fn("hmac_sha256", move |context: NativeCallContext, key: Dynamic, data: Dynamic| {
        hmac(&key, &data).map_err(|fault| hand.raise(fault, &context))
    });
    engine.register_static_module("hash", hash.into());
    let mut base64 = Module::new();
    add(&mut base64, hands, "encode", |data| Ok(STANDARD.encode(bytes("data", data)?).into()));
    add(&mut base64, hands, "decode", |given| decode(&text("text", given)?).map(Dynamic::from_blob));
    engine.register_static_module("base64", base64.into());
    let mut hex = Module::new();
    add(&mut hex, hands, "encode", |data| Ok(digits(&bytes("data", data)?).into()));
    add(&mut hex, hands, "decode", |given| undigits(&text("text", given)?).map(Dynamic::from_blob));
    engine.register_static_module("hex", hex.into());
}

fn add(module: &mut Module, hands: &Arc<Hands>, name: &str, call: Call) {
    let hands = hands.clone();
    module.set_native_fn(name, move |context: NativeCallContext, given: Dynamic| {
        call(&given).map_err(|fault| hands.raise(fault, &context))
    });
}

fn digest<D: Digest>(data: &Dynamic) -> Result<Dynamic, Fault> {
    Ok(digits(&D::digest(bytes("data", data)?)).into())
}

fn hmac(key: &Dynamic, data: &Dynamic) -> Result<String, Fault> {
    let key = bytes("key", key)?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| Fault::Format {
        format: "key",
        text: String::new(),
        reason: error.to_string(),
    })?;
    mac.update(&bytes("data", data)?);
    Ok(digits(&mac.finalize().into_bytes()))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn undigits(text: &str) -> Result<Blob, Fault> {
    let plain: Vec<char> = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ':' | '-')).collect();
    let wrong = |reason: String| Fault::Format { format: "hexadecimal number", text: text.to_owned(), reason };
    let value = |c: &char| c.to_digit(16).ok_or_else(|| wrong(format!("it has {c:?} in it")));
    let pairs = plain.chunks(2).map(|pair| match pair {
        [high, low] => Ok(((value(high)? << 4) | value(low)?) as u8),
        _ => Err(wrong("it has an odd number of digits".to_owned())),
    });
    pairs.collect()
}

fn decode(text: &str) -> Result<Blob, Fault> {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let padded = plain.ends_with('=');
    let engine = match (plain.contains(['-', '_']), padded) {
        (false, true) => &STANDARD,
        (false, false) => &STANDARD_NO_PAD,
        (true, true) => &URL_SAFE,
        (true, false) => &URL_SAFE_NO_PAD,
    };
    engine.decode(&plain).map_err(|error| {
        let reason = match error {
            DecodeError::InvalidByte(at, byte) => format!("character {} of it is {:?}", at + 1, char::from(byte)),
            other => other.to_string().to_lowercase().trim_end_matches('.').to_owned(),
        };
        Fault::Format { format: "Base64", text: text.to_owned(), reason }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
    use sha2::Sha256;

    use super::{STANDARD, decode, digest, digits, hmac, undigits};
    use base64::Engine as _;

    #[test]
    fn known_digests() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(digest::<Sha256>(&"".into()).unwrap().to_string(), empty);
        // RFC 2202 and 4231, the second case of each.
        let signed = hmac(&"Jefe".into(), &"what do ya want for nothing?".into()).unwrap();
        assert_eq!(signed, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_eq!(digest::<md5::Md5>(&"abc".into()).unwrap().to_string(), "900150983cd24fb0d6963f7d28e17f72");
    }

    #[test]
    fn what_is_no_code_is_told_so() {
        assert!(undigits("abc").is_err() && undigits("zz").is_err() && decode("?").is_err());
        assert_eq!(undigits("00:15 65-ff").unwrap(), [0, 0x15, 0x65, 0xff]);
        assert_eq!(decode("_-8").unwrap(), decode("/+8=").unwrap());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn codes_come_back(bytes in any::<Vec<u8>>(), junk in any::<String>()) {
            prop_assert_eq!(&undigits(&digits(&bytes)).unwrap(), &bytes);
            prop_assert_eq!(&decode(&STANDARD.encode(&bytes)).unwrap(), &bytes);
            let _ = (undigits(&junk), decode(&junk));
        }
    }
}
