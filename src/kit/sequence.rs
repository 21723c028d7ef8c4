//! Anything that a `for` goes through, for host functions that go through it themselves.

use std::ops::{Range, RangeInclusive};

use crate::kit::Hands;
use crate::kit::given::wrong;
use crate::kit::progress::Progress;
use crate::script::glue;
use crate::script::native::{Array, Dynamic, Engine, EvalAltResult, INT, NativeCallContext, Outcome};

/// Items that come one after the other, and may fail to.
pub struct Sequence {
    pub items: Box<dyn Iterator<Item = Outcome> + Send>,
    /// How many there are, if that is known without asking anybody.
    pub total: Option<u64>,
}

const ALL: &str = "__all";

pub(super) fn register(engine: &mut Engine) {
    glue(engine, &format!("fn {ALL}(items) {{ let all = []; for item in items {{ all += [item]; }} all }}"));
}

impl Hands {
    /// The value itself where [`Hands::sequence`] knows it; else an array of what the engine's own loop finds in it.
    pub(super) fn iterable(&self, items: Dynamic, context: &NativeCallContext) -> Outcome {
        let items = items.flatten();
        if self.sequence(&items).is_some() {
            return Ok(items);
        }
        let fault = wrong("items", "something that a `for` goes through", &items);
        context.call_fn::<Array>(ALL, (items,)).map(Dynamic::from_array).map_err(|error| match error.unwrap_inner() {
            EvalAltResult::ErrorFor(_) => self.raise(fault, context),
            _ => error,
        })
    }

    pub(super) fn sequence(&self, items: &Dynamic) -> Option<Sequence> {
        fn counted<T>(items: T) -> Sequence
        where
            T: IntoIterator<IntoIter: Send + 'static>,
            T::Item: Into<Dynamic>,
        {
            let items = items.into_iter();
            let total = items.size_hint().1.and_then(|total| u64::try_from(total).ok());
            Sequence { items: Box::new(items.map(|item| Ok(item.into()))), total }
        }
        if let Some(array) = items.read_lock::<Array>() {
            return Some(counted(array.clone()));
        }
        if let Some(range) = items.read_lock::<Range<INT>>() {
            return Some(counted(range.clone()));
        }
        if let Some(range) = items.read_lock::<RangeInclusive<INT>>() {
            return Some(counted(range.clone()));
        }
        if let Some(progress) = items.read_lock::<Progress>() {
            return Some(progress.sequence());
        }
        (self.list)(items)
    }
}
