//! What can be done with connections, lists and downloads, apart from calling operations.

use std::any::TypeId;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use crate::bindings::arguments::wrong_type;
use crate::bindings::connection::{Connection, Resource, serving};
use crate::bindings::dispatch::named;
use crate::bindings::download::Download;
use crate::bindings::fault::{Fault, Words};
use crate::bindings::list::List;
use crate::bindings::save::{self, Format};
use crate::bindings::{Connect, Profiles, Target, exchange, nearest, value};
use crate::catalog::overlay::{answering, called};
use crate::catalog::{Catalog, OF_CONNECTIONS, Resource as Facts};
use crate::client::secrets;
use crate::config::Profile;
use crate::guard::Access;
use crate::kit::csv::{Style, chosen, learnt};
use crate::kit::too_deep;
use crate::odata::{BindError, Literal, bind_literals};
use crate::script::native::{Array, Dynamic, Engine, INT, ImmutableString, Map, NativeCallContext, Outcome};

pub(super) fn register(
    engine: &mut Engine,
    catalog: &'static Catalog,
    words: Words,
    connect: &Connect,
    profiles: &Profiles,
    access: Arc<Access>,
) {
    connections(engine, catalog, words, connect);
    exchange::register(engine);
    fleet(engine, words, profiles);
    lists(engine, words);
    arrays(engine, words, access);
    downloads(engine, words);
    filters(engine, words);
}

/// Ends a native function with the words for its fault.
pub(super) fn raise<T>(result: Result<T, Fault>, words: Words, context: &NativeCallContext) -> Outcome<T> {
    result.map_err(|fault| super::raise(fault, words, context))
}

fn connections(engine: &mut Engine, catalog: &'static Catalog, words: Words, connect: &Connect) {
    engine.register_type_with_name::<Connection>("Connection").register_type_with_name::<Resource>("Resource");
    engine.register_indexer_get(move |context: NativeCallContext, pbx: &mut Connection, name: &str| -> Outcome {
        let value = match name {
            "name" => Ok(pbx.name().to_owned().into()),
            "version" => pbx.open().map(|open| open.version.into()),
            "ahead" => Ok(INT::try_from(pbx.ahead()).unwrap_or(INT::MAX).into()),
            "release" => pbx.open().map(|open| catalog.release_name(open.release).into()),
            _ => resource(catalog, name).map(|facts| Dynamic::from(Resource { connection: pbx.clone(), facts })),
        };
        raise(value, words, &context)
    });
    engine.register_indexer_get(move |context: NativeCallContext, resource: &mut Resource, name: &str| -> Outcome {
        raise(Err(not_called(resource.facts, name)), words, &context)
    });
    engine.register_fn(
        "supports",
        move |context: NativeCallContext, pbx: &mut Connection, name: &str| -> Outcome<bool> {
            let open = raise(pbx.open(), words, &context)?;
            let parts = name.split_once('.').and_then(|(resource, name)| Some((catalog.resource(resource)?, name)));
            let operations = parts.map(|(resource, name)| answering(resource, name)).unwrap_or_default();
            Ok(serving(&operations, open.release).is_some())
        },
    );
    let by_name = connect.clone();
    engine.register_fn("connect", move |context: NativeCallContext, name: &str| {
        raise(by_name(&Target::Named(name.to_owned())), words, &context)
    });
    let by_settings = connect.clone();
    engine.register_fn("connect", move |context: NativeCallContext, settings: Map| {
        let connection = target(&settings).and_then(|target| by_settings(&target));
        raise(connection, words, &context)
    });
}

/// The profiles, as far as a script needs them: to connect to each.
fn fleet(engine: &mut Engine, words: Words, profiles: &Profiles) {
    let find = profiles.clone();
    engine.register_fn("profiles", move |context: NativeCallContext| listed(&find, None, words, &context));
    let find = profiles.clone();
    engine.register_fn("profiles", move |context: NativeCallContext, tag: &str| {
        listed(&find, Some(tag), words, &context)
    });
}

fn listed(find: &Profiles, tag: Option<&str>, words: Words, context: &NativeCallContext) -> Outcome<Array> {
    let found = raise(find(tag), words, context)?;
    Ok(found.into_iter().map(listing).collect())
}

fn listing(profile: Profile) -> Dynamic {
    let tags: Array = profile.tags.into_iter().map(Dynamic::from).collect();
    let fields = [("name", profile.name.into()), ("url", profile.url.into()), ("tags", tags.into())];
    Dynamic::from_map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect::<Map>())
}

pub(super) fn resource(catalog: &'static Catalog, name: &str) -> Result<&'static Facts, Fault> {
    let known = || catalog.resources.iter().map(|resource| resource.name).chain(OF_CONNECTIONS);
    let unknown = || Fault::UnknownResource {
        name: name.to_owned(),
        nearest: nearest(name, known()).or_else(|| called(name).next()),
    };
    catalog.resource(name).ok_or_else(unknown)
}

/// What is wrong with an operation that is named like a property.
pub(super) fn not_called(resource: &'static Facts, name: &str) -> Fault {
    match named(resource, name) {
        Ok(_) => Fault::NotCalled { operation: format!("{}.{name}", resource.name) },
        Err(unknown) => unknown,
    }
}

/// Are these names of what leads to a PBX?
pub(super) fn names_of_settings(settings: &Map) -> Result<(), Fault> {
    match settings.keys().find(|name| !OF_SETTINGS.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Fault::UnknownOption {
            operation: "connect".to_owned(),
            name: name.to_string(),
            nearest: nearest(name, OF_SETTINGS),
            known: OF_SETTINGS.to_vec(),
        }),
    }
}

/// What `connect(#{ … })` needs.
const OF_SETTINGS: [&str; 3] = ["url", "client_id", "client_secret"];

fn target(settings: &Map) -> Result<Target, Fault> {
    names_of_settings(settings)?;
    let text = |name: &str| settings.get(name).filter(|given| given.is_string()).map(ToString::to_string);
    let missing: Vec<&'static str> = OF_SETTINGS.into_iter().filter(|name| text(name).is_none()).collect();
    match (text("url"), text("client_id"), text("client_secret")) {
        (Some(url), Some(client_id), Some(client_secret)) => {
            secrets::learn(&client_secret);
            Ok(Target::Settings { url, client_id, client_secret: client_secret.into() })
        }
        _ => Err(Fault::Unsettled { missing }),
    }
}

fn lists(engine: &mut Engine, words: Words) {
    engine.register_type_with_name::<List>("List");
    engine.register_iterator_result::<List, Dynamic>();
    let whole = |number: u64| INT::try_from(number).unwrap_or(INT::MAX);
    for (name, total) in [("len", false), ("total", true)] {
        engine.register_fn(name, move |context: NativeCallContext, list: &mut List| {
            raise(if total { list.total() } else { list.len() }, words, &context).map(whole)
        });
        engine.register_get(name, move |context: NativeCallContext, list: &mut List| {
            raise(if total { list.total() } else { list.len() }, words, &context).map(whole)
        });
    }
    engine.register_fn("is_empty", |list: &mut List| list.is_empty());
    engine.register_indexer_get(move |context: NativeCallContext, list: &mut List, index: INT| {
        raise(list.at(index), words, &context)
    });
    engine.register_fn("to_array", move |context: NativeCallContext, list: &mut List| {
        raise(list.to_array(), words, &context)
    });
    engine.register_fn("save", move |context: NativeCallContext, list: &mut List, path: &str| {
        raise(save_list(list, path, &Map::new()), words, &context)
    });
    engine.register_fn("save", move |context: NativeCallContext, list: &mut List, path: &str, options: Map| {
        raise(save_list(list, path, &options), words, &context)
    });
}

fn save_list(list: &List, path: &str, options: &Map) -> Result<INT, Fault> {
    let format = Format::of(Path::new(path)).ok_or_else(|| Fault::Format { path: path.to_owned() })?;
    let style = Style::of(format.function(), options)?;
    let columns = chosen(&style, list.flat_columns())?;
    let count = save::write(list.access(), path, format, &columns, &style, list.shown(path))?;
    Ok(INT::try_from(count).unwrap_or(INT::MAX))
}

/// What a filter or a closure has left of a list is an array, and is saved in the same way.
fn arrays(engine: &mut Engine, words: Words, access: Arc<Access>) {
    let asked = access.clone();
    engine.register_fn("save", move |context: NativeCallContext, rows: &mut Array, path: &str| {
        raise(save_array(&asked, rows, path, &Map::new()), words, &context)
    });
    engine.register_fn("save", move |context: NativeCallContext, rows: &mut Array, path: &str, options: Map| {
        raise(save_array(&access, rows, path, &options), words, &context)
    });
}

fn save_array(access: &Access, rows: &Array, path: &str, options: &Map) -> Result<INT, Fault> {
    let format = Format::of(Path::new(path)).ok_or_else(|| Fault::Format { path: path.to_owned() })?;
    let style = Style::of(format.function(), options)?;
    if let Some(fault) = rows.iter().find_map(too_deep) {
        return Err(fault.into());
    }
    let columns = learnt(rows.iter().map(value::to_json))
        .map_err(|(at, expected)| wrong_type(&format!("row {}", at + 1), expected, &rows[at]))?;
    let columns = style.columns.clone().unwrap_or(columns);
    let json = rows.iter().map(|row| Ok(value::to_json(row)));
    Ok(INT::try_from(save::write(access, path, format, &columns, &style, json)?).unwrap_or(INT::MAX))
}

fn downloads(engine: &mut Engine, words: Words) {
    engine.register_type_with_name::<Download>("Download");
    engine.register_get("content_type", |download: &mut Download| download.content_type().to_owned());
    engine.register_get("file_name", |download: &mut Download| {
        download.file_name().map_or(Dynamic::UNIT, |name| name.to_owned().into())
    });
    engine.register_fn("text", move |context: NativeCallContext, download: &mut Download| {
        raise(download.text(), words, &context)
    });
    engine.register_fn("rows", move |context: NativeCallContext, download: &mut Download| -> Outcome<Array> {
        let rows = raise(download.rows(), words, &context)?;
        Ok(rows.into_iter().map(|row| value::plain(&Value::Object(row))).collect())
    });
    engine.register_fn("save", move |context: NativeCallContext, download: &mut Download, path: &str| {
        raise(download.save(path), words, &context)
    });
}

/// `filter("Number eq ? and Id gt ?", n, 5)`, with the values quoted by the library.
fn filters(engine: &mut Engine, words: Words) {
    for count in 0..=8 {
        let mut types = vec![TypeId::of::<ImmutableString>()];
        types.resize(count + 1, TypeId::of::<Dynamic>());
        engine.register_raw_fn("filter", types, move |context: NativeCallContext, given: &mut [&mut Dynamic]| {
            let literal = |(index, value): (usize, &&mut Dynamic)| {
                value::literal(value).map_err(|error| BindError::Value { index, error })
            };
            let values: Result<Vec<Literal>, BindError> = given[1..].iter().enumerate().map(literal).collect();
            let text = values.and_then(|values| bind_literals(&given[0].to_string(), &values));
            let text = text.map(Dynamic::from).map_err(|error| Fault::Filter { reason: error.to_string() });
            raise(text, words, &context)
        });
    }
}
