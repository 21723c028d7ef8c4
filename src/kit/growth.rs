//! The engine's own functions that can make much out of little, with a look at the memory before: a limit that is only
//! seen after the step would come after the kernel.

use std::sync::Arc;

use crate::kit::Hands;
use crate::kit::flow::ended;
use crate::script::Ending;
use crate::script::native::{Array, Blob, Dynamic, Engine, INT, ImmutableString, Outcome};

pub(super) fn register(engine: &mut Engine, hands: &Arc<Hands>) {
    let hand = hands.clone();
    engine.register_fn("pad", move |text: &mut ImmutableString, length: INT, padding: char| {
        hand.pad(text, length, &padding.to_string())
    });
    let hand = hands.clone();
    engine.register_fn("pad", move |text: &mut ImmutableString, length: INT, padding: &str| {
        hand.pad(text, length, padding)
    });
    let hand = hands.clone();
    engine.register_fn("pad", move |array: &mut Array, length: INT, item: Dynamic| -> Outcome<()> {
        let length = usize::try_from(length).unwrap_or(0);
        let more = length.saturating_sub(array.len());
        let each = size_of::<Dynamic>() + (hand.to_json)(&item).to_string().len();
        hand.room(more.saturating_mul(each))?;
        array.resize(length.max(array.len()), item);
        Ok(())
    });
    let hand = hands.clone();
    engine.register_fn("pad", move |blob: &mut Blob, length: INT, byte: INT| -> Outcome<()> {
        let length = usize::try_from(length).unwrap_or(0);
        hand.room(length.saturating_sub(blob.len()))?;
        blob.resize(length.max(blob.len()), byte as u8);
        Ok(())
    });
    let hand = hands.clone();
    engine.register_fn("blob", move |length: INT| hand.blob(length, 0));
    let hand = hands.clone();
    engine.register_fn("blob", move |length: INT, byte: INT| hand.blob(length, byte));
    let hand = hands.clone();
    engine
        .register_fn("replace", move |text: &mut ImmutableString, find: &str, new: &str| hand.replace(text, find, new));
    let hand = hands.clone();
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, new: &str| {
        hand.replace(text, &find.to_string(), new)
    });
}

impl Hands {
    fn room(&self, bytes: usize) -> Outcome<()> {
        if (self.room)(bytes) {
            return Ok(());
        }
        (self.end)(Ending::Memory);
        Err(ended(Ending::Memory))
    }

    fn pad(&self, text: &mut ImmutableString, length: INT, padding: &str) -> Outcome<()> {
        let length = usize::try_from(length).unwrap_or(0);
        let missing = length.saturating_sub(text.chars().count());
        let widest = padding.chars().map(char::len_utf8).max().unwrap_or(0);
        if missing == 0 || widest == 0 {
            return Ok(());
        }
        let more = missing.saturating_mul(widest);
        self.room(more.saturating_add(text.len()))?;
        let mut padded = String::with_capacity(text.len() + more);
        padded.push_str(text);
        padded.extend(padding.chars().cycle().take(missing));
        *text = padded.into();
        Ok(())
    }

    fn blob(&self, length: INT, byte: INT) -> Outcome<Blob> {
        let length = usize::try_from(length).unwrap_or(0);
        self.room(length)?;
        Ok(vec![byte as u8; length])
    }

    fn replace(&self, text: &mut ImmutableString, find: &str, new: &str) -> Outcome<()> {
        // Shorter texts cannot become dangerous; longer ones are counted first.
        if new.len() > find.len() {
            let places = text.matches(find).count();
            self.room(text.len().saturating_add(places.saturating_mul(new.len())))?;
        }
        *text = text.replace(find, new).into();
        Ok(())
    }
}
