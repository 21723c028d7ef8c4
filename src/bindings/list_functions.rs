//! What closures do with the rows of a list: one row at a time, and no further than they need.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use crate::bindings::arguments::{pages_ahead, wrong_type};
use crate::bindings::fault::{Fault, Words};
use crate::bindings::functions::raise;
use crate::bindings::list::List;
use crate::bindings::object::Object;
use crate::bindings::value;
use crate::script::native::{Array, Dynamic, Engine, FnPtr, INT, Map, NativeCallContext, Outcome};

pub(super) fn register(engine: &mut Engine, words: Words) {
    rows(engine, words);
    all_rows(engine, words);
    searches(engine, words);
    orders(engine, words);
    arrays(engine);
}

fn rows(engine: &mut Engine, words: Words) {
    engine.register_fn("first", move |context: NativeCallContext, list: &mut List| -> Outcome {
        let first = list.rows().next().transpose().map(|row| row.map_or(Dynamic::UNIT, |row| list.typed(row)));
        raise(first, words, &context)
    });
    engine.register_fn("count", move |context: NativeCallContext, list: &mut List| -> Outcome<INT> {
        Ok(INT::try_from(raise(list.len(), words, &context)?).unwrap_or(INT::MAX))
    });
    engine.register_fn("last", move |context: NativeCallContext, list: &mut List| -> Outcome {
        let last = if list.is_empty() { Ok(Dynamic::UNIT) } else { list.at(-1) };
        raise(last, words, &context)
    });
    engine.register_fn("take", move |context: NativeCallContext, list: &mut List, count: INT| -> Outcome<Array> {
        let rows = count_of("take", count).and_then(|count| list.rows_up_to(count).collect::<Result<Vec<_>, _>>());
        let rows = raise(rows, words, &context)?;
        Ok(rows.into_iter().map(|row| list.typed(row)).collect())
    });
    engine.register_fn("ahead", move |context: NativeCallContext, list: &mut List, pages: INT| {
        raise(pages_ahead(&pages.into()).map(|pages| list.ahead(pages)), words, &context)
    });
    // The same slices as of an array: from a place on, or that many from it.
    engine.register_fn("extract", move |context: NativeCallContext, list: &mut List, start: INT| -> Outcome<Array> {
        let rows = count_of("extract", start).and_then(|start| list.slice(start, None));
        raise(rows, words, &context)
    });
    let slice = move |context: NativeCallContext, list: &mut List, start: INT, count: INT| -> Outcome<Array> {
        let range = count_of("extract", start).and_then(|start| Ok((start, count_of("extract", count)?)));
        raise(range.and_then(|(start, count)| list.slice(start, Some(count))), words, &context)
    };
    engine.register_fn("extract", slice);
}

fn count_of(function: &str, given: INT) -> Result<u64, Fault> {
    let (least, most, what) = (0, INT::MAX, function.to_owned());
    u64::try_from(given).map_err(|_| Fault::OutOfRange { what, least, most, given })
}

/// Hands every row and what the closure made of it to `then`, until that has enough.
fn each(
    context: &NativeCallContext,
    words: Words,
    list: &List,
    (name, closure): (&str, &FnPtr),
    mut then: impl FnMut(Dynamic, Dynamic) -> ControlFlow<()>,
) -> Outcome<()> {
    for (place, row) in list.rows().enumerate() {
        let mut row = list.typed(raise(row, words, context)?);
        let made = called(context, (name, closure), &mut row, place)?;
        if then(row, made).is_break() {
            break;
        }
    }
    Ok(())
}

/// Calls a closure as arrays do: the row is its argument or `this`, and whoever wants it gets the place too.
fn called(context: &NativeCallContext, (name, closure): (&str, &FnPtr), row: &mut Dynamic, place: usize) -> Outcome {
    let place = INT::try_from(place).unwrap_or(INT::MAX);
    closure.call_raw_with_extra_args(name, context, Some(row), [], [place.into()], Some(0))
}

/// [`each`] with a closure that answers yes or no. What is neither is taken for no by the engine, and then no row fits: nobody
/// who writes `list.filter(|user| user.Mobile)` means that.
fn ask(
    context: &NativeCallContext,
    words: Words,
    list: &List,
    (name, closure): (&str, &FnPtr),
    mut then: impl FnMut(Dynamic, bool) -> ControlFlow<()>,
) -> Outcome<()> {
    let mut wrong = None;
    each(context, words, list, (name, closure), |row, made| match made.as_bool() {
        Ok(answer) => then(row, answer),
        Err(_) => {
            wrong = Some(wrong_type(name, "given a closure that says true or false", &made));
            ControlFlow::Break(())
        }
    })?;
    raise(wrong.map_or(Ok(()), Err), words, context)
}

/// Those that go through all rows.
fn all_rows(engine: &mut Engine, words: Words) {
    const ON: ControlFlow<()> = ControlFlow::Continue(());
    engine.register_fn("map", move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<Array> {
        let mut mapped = Array::new();
        each(&context, words, list, ("map", &closure), |_, made| {
            mapped.push(made);
            ON
        })?;
        Ok(mapped)
    });
    let filter = move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<Array> {
        let mut kept = Array::new();
        ask(&context, words, list, ("filter", &closure), |row, fits| {
            kept.extend(fits.then_some(row));
            ON
        })?;
        Ok(kept)
    };
    engine.register_fn("filter", filter);
    engine.register_fn("for_each", move |context: NativeCallContext, list: &mut List, closure: FnPtr| {
        each(&context, words, list, ("for_each", &closure), |_, _| ON)
    });
    engine.register_fn("count", move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<INT> {
        let mut count = 0;
        ask(&context, words, list, ("count", &closure), |_, fits| {
            count += INT::from(fits);
            ON
        })?;
        Ok(count)
    });
    let reduce = move |context: &NativeCallContext, list: &List, closure: &FnPtr, start: Dynamic| -> Outcome {
        let mut result = start;
        for (place, row) in list.rows().enumerate() {
            let given = [result, list.typed(raise(row, words, context)?)];
            let place = INT::try_from(place).unwrap_or(INT::MAX);
            result = closure.call_raw_with_extra_args("reduce", context, None, given, [place.into()], None)?;
        }
        Ok(result)
    };
    engine.register_fn("reduce", move |context: NativeCallContext, list: &mut List, closure: FnPtr| {
        reduce(&context, list, &closure, Dynamic::UNIT)
    });
    engine.register_fn("reduce", move |context: NativeCallContext, list: &mut List, closure: FnPtr, start: Dynamic| {
        reduce(&context, list, &closure, start)
    });
}

/// The engine's `for_each` hands over the place instead of the element; ours does as that of lists.
fn arrays(engine: &mut Engine) {
    engine.register_fn("for_each", |context: NativeCallContext, array: &mut Array, closure: FnPtr| -> Outcome<()> {
        array
            .iter_mut()
            .enumerate()
            .try_for_each(|(place, item)| called(&context, ("for_each", &closure), item, place).map(drop))
    });
}

/// Those that stop at the row that answers them.
fn searches(engine: &mut Engine, words: Words) {
    /// The first row of which the closure says what is wanted, and its place.
    fn find(
        context: &NativeCallContext,
        words: Words,
        list: &List,
        closure: (&str, &FnPtr),
        wanted: bool,
    ) -> Outcome<Option<(Dynamic, INT)>> {
        let (mut found, mut place) = (None, 0);
        ask(context, words, list, closure, |row, answer| {
            if answer == wanted {
                found = Some((row, place));
                return ControlFlow::Break(());
            }
            place += 1;
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
    engine.register_fn("find", move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome {
        Ok(find(&context, words, list, ("find", &closure), true)?.map_or(Dynamic::UNIT, |(row, _)| row))
    });
    engine.register_fn("find_map", move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome {
        let mut found = Dynamic::UNIT;
        each(&context, words, list, ("find_map", &closure), |_, made| {
            found = made;
            if found.is_unit() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        Ok(found)
    });
    engine.register_fn(
        "index_of",
        move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<INT> {
            Ok(find(&context, words, list, ("index_of", &closure), true)?.map_or(-1, |(_, place)| place))
        },
    );
    for name in ["some", "any"] {
        engine.register_fn(name, move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<bool> {
            Ok(find(&context, words, list, (name, &closure), true)?.is_some())
        });
    }
    engine.register_fn("all", move |context: NativeCallContext, list: &mut List, closure: FnPtr| -> Outcome<bool> {
        Ok(find(&context, words, list, ("all", &closure), false)?.is_none())
    });
    engine.register_fn(
        "contains",
        move |context: NativeCallContext, list: &mut List, wanted: Dynamic| -> Outcome<bool> {
            let mut rows = list.rows().map(|row| row.map(|row| value::equal(&list.typed(row), &wanted)));
            let found = rows.find(|same| !matches!(same, Ok(false)));
            raise(found.unwrap_or(Ok(false)), words, &context)
        },
    );
}

/// `sort_by` and `group_by`, by a property or by a closure, for lists and for arrays.
fn orders(engine: &mut Engine, words: Words) {
    type Order = fn(&NativeCallContext, Words, Array, &Dynamic) -> Outcome;
    let both: [(&'static str, Order); 2] = [("sort_by", sort_by), ("group_by", group_by)];
    for (name, order) in both {
        engine.register_fn(name, move |context: NativeCallContext, list: &mut List, by: Dynamic| {
            order(&context, words, raise(list.to_array(), words, &context)?, &by)
        });
        engine.register_fn(name, move |context: NativeCallContext, rows: &mut Array, by: Dynamic| {
            order(&context, words, rows.clone(), &by)
        });
    }
}

fn sort_by(context: &NativeCallContext, words: Words, rows: Array, by: &Dynamic) -> Outcome {
    let mut keyed = keyed(context, words, rows, by, "sort_by")?;
    keyed.sort_by(|(one, _), (other, _)| order(one, other));
    Ok(keyed.into_iter().map(|(_, row)| row).collect::<Array>().into())
}

fn group_by(context: &NativeCallContext, words: Words, rows: Array, by: &Dynamic) -> Outcome {
    let mut groups = Map::new();
    for (key, row) in keyed(context, words, rows, by, "group_by")? {
        let group = groups.entry(key.to_string().into()).or_insert_with(|| Array::new().into());
        if let Ok(mut group) = group.as_array_mut() {
            group.push(row);
        }
    }
    Ok(Dynamic::from_map(groups))
}

/// Every row with the value that it is ordered by.
fn keyed(
    context: &NativeCallContext,
    words: Words,
    rows: Array,
    by: &Dynamic,
    function: &str,
) -> Outcome<Vec<(Dynamic, Dynamic)>> {
    let property = by.clone().into_immutable_string().ok();
    let closure = by.read_lock::<FnPtr>();
    let mut keyed = Vec::with_capacity(rows.len());
    for (place, mut row) in rows.into_iter().enumerate() {
        let key = match (&property, &closure) {
            (Some(name), _) => raise(property_of(&row, name), words, context)?,
            (None, Some(closure)) => called(context, (function, closure), &mut row, place)?,
            (None, None) => {
                raise(Err(wrong_type(function, "the name of a property or a closure", by)), words, context)?
            }
        };
        keyed.push((key, row));
    }
    Ok(keyed)
}

fn property_of(row: &Dynamic, name: &str) -> Result<Dynamic, Fault> {
    if let Some(object) = Object::of(row) {
        return object.get(name);
    }
    match row.as_map_ref() {
        Ok(map) => Ok(map.get(name).cloned().unwrap_or_default()),
        Err(_) => Err(wrong_type("the row", "an object or a map", row)),
    }
}

/// Nothing first, then flags, numbers, texts, and all else by its text.
fn order(one: &Dynamic, other: &Dynamic) -> Ordering {
    let number = |value: &Dynamic| value.as_float().or_else(|_| value.as_int().map(|whole| whole as f64)).ok();
    let rank = |value: &Dynamic| match () {
        () if value.is_unit() => 0,
        () if value.is_bool() => 1,
        () if number(value).is_some() => 2,
        () => 3,
    };
    let within = || match (one.as_int(), other.as_int(), number(one), number(other)) {
        (Ok(one), Ok(other), ..) => one.cmp(&other),
        (_, _, Some(one), Some(other)) => one.total_cmp(&other),
        _ => one.to_string().cmp(&other.to_string()),
    };
    rank(one).cmp(&rank(other)).then_with(within)
}
