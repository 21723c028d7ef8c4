//! Chance: numbers for rehearsals, which can be repeated, and secrets, which nobody can guess.

use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;

use crate::kit::given::{between, define, whole, wrong};
use crate::kit::{Fault, Hands};
use crate::script::Doc;
use crate::script::native::{Array, Dynamic, Engine, INT, Module, NativeCallContext, Outcome};

pub(super) const DOCS: &[Doc] = &[
    Doc {
        name: "random",
        calls: &["random() → float", "random(n) → int", "random(from, to) → int"],
        text: "A number by chance: from 0.0 up to but without 1.0; from 0 up to but without `n`, like the places of an array; \
               or from `from` to `to`, with both.",
        example: "let delay = random(1, 6); print(delay >= 1 && delay <= 6);",
    },
    Doc {
        name: "random::pick",
        calls: &["random::pick(array)"],
        text: "One element by chance; () of an empty array.",
        example: "let number = random::pick([\"100\", \"101\"]); print(number.len());",
    },
    Doc {
        name: "random::shuffle",
        calls: &["random::shuffle(array) → array"],
        text: "The elements in an order by chance. The array itself stays as it is.",
        example: "print(random::shuffle([1, 2, 3]).len());",
    },
    Doc {
        name: "random::seed",
        calls: &["random::seed(n)"],
        text: "From here on the numbers, picks and orders of this run are the same in every run with this seed. PINs, passwords \
               and UUIDs never are.",
        example: "random::seed(7); let a = random(100); random::seed(7); print(a == random(100));",
    },
    Doc {
        name: "random::digits",
        calls: &["random::digits(n) → string"],
        text: "As many digits, for a PIN: from the operating system, so that nobody can guess them. Up to 64.",
        example: "print(random::digits(6).len());",
    },
    Doc {
        name: "random::password",
        calls: &["random::password() → string", "random::password(n) → string"],
        text: "A password of `n` characters, 16 if nothing is said, 8 to 128: letters and digits, at least one small and one capital \
               letter and one digit, without those that look alike (0 O, 1 l I). From the operating system.",
        example: "print(random::password(12).len());",
    },
    Doc {
        name: "uuid",
        calls: &["uuid() → string"],
        text: "A new identifier that no other thing has (version 4, from the operating system).",
        example: "print(uuid().len());",
    },
];

/// Without those that look alike.
const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let state = Arc::new(Mutex::new(Rng::new()));
    let numbers = state.clone();
    define(engine, hands, "random", None, 0..=2, move |_, given| {
        let mut rng = numbers.lock().unwrap_or_else(PoisonError::into_inner);
        match given {
            [] => Ok(rng.f64().into()),
            [most] => match whole("n", most)? {
                1.. => Ok(rng.i64(0..most.as_int().unwrap_or(1)).into()),
                _ => Err(wrong("n", "a whole number above zero", most)),
            },
            [from, to, ..] => {
                let (least, most) = (whole("from", from)?, whole("to", to)?);
                if least > most {
                    return Err(wrong("to", &format!("at least {least}"), to));
                }
                Ok(rng.i64(least..=most).into())
            }
        }
    });
    define(engine, hands, "uuid", None, 0..=0, |_, _| uuid().map(Dynamic::from));
    engine.register_static_module("random", module(hands, state).into());
}

fn module(hands: &Arc<Hands>, state: Arc<Mutex<Rng>>) -> Module {
    let mut module = Module::new();
    let (hand, rng) = (hands.clone(), state.clone());
    module.set_native_fn("pick", move |context: NativeCallContext, from: Dynamic| -> Outcome {
        let array = array(&from).map_err(|fault| hand.raise(fault, &context))?;
        let mut rng = rng.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(rng.choice(array).unwrap_or_default())
    });
    let (hand, rng) = (hands.clone(), state.clone());
    module.set_native_fn("shuffle", move |context: NativeCallContext, from: Dynamic| -> Outcome<Array> {
        let mut array = array(&from).map_err(|fault| hand.raise(fault, &context))?;
        rng.lock().unwrap_or_else(PoisonError::into_inner).shuffle(&mut array);
        Ok(array)
    });
    let hand = hands.clone();
    module.set_native_fn("seed", move |context: NativeCallContext, seed: Dynamic| -> Outcome<()> {
        let seed = whole("seed", &seed).map_err(|fault| hand.raise(fault, &context))?;
        state.lock().unwrap_or_else(PoisonError::into_inner).seed(seed.cast_unsigned());
        Ok(())
    });
    let hand = hands.clone();
    module.set_native_fn("digits", move |context: NativeCallContext, count: Dynamic| {
        let digits = between("n", &count, 1, 64).and_then(|count| secret(b"0123456789", count));
        digits.map_err(|fault| hand.raise(fault, &context))
    });
    let hand = hands.clone();
    module.set_native_fn("password", move |context: NativeCallContext, count: Dynamic| {
        let password = between("n", &count, 8, 128).and_then(password);
        password.map_err(|fault| hand.raise(fault, &context))
    });
    let hand = hands.clone();
    module.set_native_fn("password", move |context: NativeCallContext| {
        password(16).map_err(|fault| hand.raise(fault, &context))
    });
    module
}

fn array(given: &Dynamic) -> Result<Array, Fault> {
    given.clone().into_array().map_err(|_| wrong("array", "an array", given))
}

fn system(bytes: &mut [u8]) -> Result<(), Fault> {
    getrandom::fill(bytes).map_err(|error| Fault::NoRandom { reason: error.to_string() })
}

/// Characters of the operating system's choice, each as likely as the others.
fn secret(alphabet: &[u8], count: INT) -> Result<String, Fault> {
    let count = usize::try_from(count).unwrap_or_default();
    // Bytes at the end of the range would make the first characters likelier.
    let fair = 256 / alphabet.len() * alphabet.len();
    let mut found = String::with_capacity(count);
    while found.len() < count {
        let mut bytes = [0_u8; 64];
        system(&mut bytes)?;
        let fair = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < fair);
        found.extend(fair.map(|byte| char::from(alphabet[byte % alphabet.len()])).take(count - found.len()));
    }
    Ok(found)
}

/// Drawn anew until all kinds are in it: putting them in by hand would say something about their places.
fn password(count: INT) -> Result<String, Fault> {
    loop {
        let drawn = secret(LETTERS, count)?;
        let has = |kind: fn(&u8) -> bool| drawn.bytes().any(|byte| kind(&byte));
        if has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit) {
            return Ok(drawn);
        }
    }
}

fn uuid() -> Result<String, Fault> {
    let mut bytes = [0_u8; 16];
    system(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok([&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

#[cfg(test)]
mod tests {
    use super::{LETTERS, password, secret, uuid};

    #[test]
    fn secrets_have_their_form() {
        for count in [1, 64, 65] {
            let digits = secret(b"0123456789", count).unwrap();
            assert!(digits.len() == count as usize && digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
        }
        for count in [8, 16, 128] {
            let drawn = password(count).unwrap();
            assert!(drawn.len() == count as usize && drawn.bytes().all(|byte| LETTERS.contains(&byte)), "{drawn}");
            assert!(drawn.bytes().any(|byte| byte.is_ascii_digit()));
        }
        let id = uuid().unwrap();
        assert!(id.len() == 36 && id.as_bytes()[14] == b'4' && b"89ab".contains(&id.as_bytes()[19]), "{id}");
        assert_ne!(id, uuid().unwrap());
    }

    #[test]
    fn every_digit_is_as_likely() {
        let drawn = secret(b"0123456789", 20_000).unwrap();
        for digit in '0'..='9' {
            let count = drawn.chars().filter(|c| *c == digit).count();
            assert!((1_600..2_400).contains(&count), "{digit}: {count}");
        }
    }
}
