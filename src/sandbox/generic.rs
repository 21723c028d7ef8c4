//! What the catalog alone says how to do: lists, entities, settings, and answers that only fit their type.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::catalog::{Answer, Kind, Ty};
use crate::sandbox::Pbx;
use crate::sandbox::asked::Asked;
use crate::sandbox::defaults;
use crate::sandbox::downloads;
use crate::sandbox::entities;
use crate::sandbox::filter::Record;
use crate::sandbox::holidays;
use crate::sandbox::problem::Problem;
use crate::sandbox::query::{self, MAX_TOP, Query};
use crate::sandbox::record::Entity;
use crate::sandbox::reply::Reply;
use crate::sandbox::router::EntitySet;
use crate::sandbox::rows::row;
use crate::sandbox::rules;
use crate::sandbox::schema::edm;
use crate::sandbox::store::Row;

/// Reports take larger pages than entity sets do.
const MAX_REPORT_TOP: usize = 100_000;

pub(super) fn respond(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    match asked.route.variant.kind {
        Kind::List => {
            let set = set(pbx, asked)?;
            list(pbx, asked, set.ty, set.key, pbx.rows(set.name))
        }
        Kind::Get if asked.key().is_none() => single(pbx, asked),
        Kind::Get => {
            let (key, value) = asked.key().ok_or_else(Problem::unknown_path)?;
            entity(pbx, asked, key, value)
        }
        Kind::ByNumber => {
            let number = asked.value("Number").ok_or_else(Problem::unknown_path)?;
            entity(pbx, asked, "Number", number)
        }
        Kind::Create => create(pbx, asked),
        Kind::Update => update(pbx, asked),
        Kind::Delete => {
            let (set, place) = place(pbx, asked)?;
            entities::delete(pbx, set, place)?;
            Ok(Reply::nothing())
        }
        Kind::Navigation => navigation(pbx, asked),
        Kind::Function | Kind::Action => {
            // A key must name something even where nothing is done with it.
            if asked.key().is_some() {
                place(pbx, asked)?;
            }
            without_behaviour(pbx, asked)
        }
    }
}

/// The set that the path begins with.
pub(super) fn set(pbx: &Pbx, asked: &Asked) -> Result<EntitySet, Problem> {
    pbx.router.sets.get(asked.head()).copied().ok_or_else(Problem::unknown_path)
}

/// The set and the place in it of the entity that the path names.
pub(super) fn place(pbx: &Pbx, asked: &Asked) -> Result<(EntitySet, usize), Problem> {
    let set = set(pbx, asked)?;
    let (key, value) = asked.key().ok_or_else(Problem::unknown_path)?;
    let stored = pbx.store.position(set.name, key, value);
    // Rows that are made from others can be named, too, but have no place of their own.
    let made = || pbx.rows(set.name).iter().position(|row| row.get(key).as_deref() == Some(value));
    stored.or_else(made).map(|place| (set, place)).ok_or_else(Problem::no_such_entity)
}

/// Rows as the query options want them.
pub(super) fn list<R: Record>(
    pbx: &Pbx,
    asked: &Asked,
    ty: &'static str,
    key: Option<&'static str>,
    rows: Vec<R>,
) -> Result<Reply, Problem> {
    let paged = matches!(asked.route.variant.kind, Kind::List | Kind::Navigation);
    let limit = if paged { MAX_TOP } else { MAX_REPORT_TOP };
    let query = Query::new(pbx.schema, ty, key, &asked.options, limit)?;
    if asked.count {
        return Ok(Reply::text(query.total(&rows).to_string()));
    }
    let (rows, count) = query.page(rows);
    let mut body = Map::new();
    let context = match asked.route.variant.kind {
        Kind::List => asked.head().to_owned() + &selection(&query),
        _ => format!("Collection(Pbx.{ty})"),
    };
    body.insert("@odata.context".to_owned(), Value::from(format!("{}/$metadata#{context}", asked.root)));
    if let Some(count) = count {
        body.insert("@odata.count".to_owned(), Value::from(count));
    }
    let rows: Vec<Value> = rows.iter().map(|row| Value::Object(query.project(row))).collect();
    body.insert("value".to_owned(), Value::from(rows));
    Ok(Reply::json(&Value::Object(body)))
}

fn selection(query: &Query) -> String {
    query.selection().map_or_else(String::new, |names| format!("({})", names.join(",")))
}

/// One row as the query options want it; `context` is what it is.
pub(super) fn one(
    pbx: &Pbx,
    asked: &Asked,
    ty: &'static str,
    row: &dyn Record,
    context: &str,
) -> Result<Value, Problem> {
    let query = Query::new(pbx.schema, ty, None, &asked.options, MAX_TOP)?;
    let mut body = Map::new();
    let context = context.replace("/$entity", &format!("{}/$entity", selection(&query)));
    body.insert("@odata.context".to_owned(), Value::from(format!("{}/$metadata#{context}", asked.root)));
    body.extend(query.project(row));
    Ok(Value::Object(body))
}

pub(super) fn entity(pbx: &Pbx, asked: &Asked, key: &str, value: &Value) -> Result<Reply, Problem> {
    let set = set(pbx, asked)?;
    let rows = pbx.rows(set.name);
    let row = rows.iter().find(|row| row.get(key).as_deref() == Some(value)).ok_or_else(Problem::no_such_entity)?;
    Ok(Reply::json(&one(pbx, asked, set.ty, row, &format!("{}/$entity", set.name))?))
}

fn create(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let set = set(pbx, asked)?;
    let key = entities::create(pbx, set, asked.body.clone())?;
    created(pbx, asked, set, &key)
}

/// 201 with the entity of this key.
pub(super) fn created(pbx: &Pbx, asked: &Asked, set: EntitySet, key: &Value) -> Result<Reply, Problem> {
    let name = set.key.ok_or_else(Problem::no_such_entity)?;
    let row = pbx.store.find(set.name, name, key).ok_or_else(Problem::no_such_entity)?;
    let row = Entity { store: &pbx.store, set: set.name, row };
    Ok(Reply::created(&one(pbx, asked, set.ty, &row, &format!("{}/$entity", set.name))?))
}

fn update(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    if asked.key().is_some() {
        let (set, place) = place(pbx, asked)?;
        entities::update(pbx, set, place, asked.body.clone())?;
        return Ok(Reply::nothing());
    }
    let name = asked.head();
    let ty = pbx.router.singles.get(name).copied().ok_or_else(Problem::unknown_path)?;
    rules::settings(pbx.schema, &pbx.store, ty, &asked.body)?;
    complete_single(pbx, name, ty);
    if let Some(days) = asked.body.get("OfficeHolidays").filter(|days| days.is_array()) {
        holidays::replace(&mut pbx.store, holidays::OFFICE, days);
    }
    let changes = asked.body.iter().filter(|(name, _)| !name.contains('@') && *name != "OfficeHolidays");
    pbx.store.single_mut(name).extend(changes.map(|(name, value)| (name.clone(), value.clone())));
    // The operator stands among the parameters, too.
    if let Some(operator) = asked.body.get("OperatorExtension")
        && let Some(parameter) = pbx.store.find_mut("Parameters", "Name", &Value::from("OPERATOREXTENSION"))
    {
        parameter.insert("Value".to_owned(), operator.clone());
    }
    Ok(Reply::nothing())
}

/// Gives a single object the defaults that it lacks.
pub(super) fn complete_single(pbx: &mut Pbx, name: &str, ty: &str) {
    let mut row = std::mem::take(pbx.store.single_mut(name));
    defaults::fill(pbx.schema, ty, &mut row, pbx.born);
    *pbx.store.single_mut(name) = row;
}

fn single(pbx: &mut Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let name = asked.head();
    let ty = pbx.router.singles.get(name).copied().ok_or_else(Problem::unknown_path)?;
    complete_single(pbx, name, ty);
    let row = pbx.store.single(name).cloned().unwrap_or_default();
    let row = Entity { store: &pbx.store, set: name, row: &row };
    Ok(Reply::json(&one(pbx, asked, ty, &row, name)?))
}

/// The rows behind a navigation property of an entity or of a single object.
fn navigation(pbx: &Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let Answer::List(Ty::Named(ty)) = asked.answer else { return Err(Problem::unknown_path()) };
    let property = asked.tail();
    let Some((key, value)) = asked.key() else {
        let rows: Vec<&Row> = pbx.store.rows(&format!("{}/{property}", asked.head())).iter().collect();
        return list(pbx, asked, ty, Some("Id"), rows);
    };
    let set = set(pbx, asked)?;
    let entity = pbx.store.find(set.name, key, value).ok_or_else(Problem::no_such_entity)?;
    let entity = Entity { store: &pbx.store, set: set.name, row: entity };
    let value = entity.get(property).map(Cow::into_owned);
    let rows: Vec<Row> = match value {
        Some(Value::Array(items)) => items.into_iter().map(row).collect(),
        _ => Vec::new(),
    };
    list(pbx, asked, ty, None, rows)
}

/// `{"value": x}`.
pub(super) fn value(asked: &Asked, ty: Ty, value: &Value) -> Reply {
    Reply::json(&json!({"@odata.context": format!("{}/$metadata#{}", asked.root, edm(ty)), "value": value}))
}

/// A list of what is no object.
pub(super) fn plain_list(asked: &Asked, ty: Ty, items: &[Value]) -> Reply {
    let context = format!("{}/$metadata#Collection({})", asked.root, edm(ty));
    Reply::json(&json!({"@odata.context": context, "value": items}))
}

/// An object that is no entity.
pub(super) fn object(pbx: &Pbx, asked: &Asked, ty: &'static str, row: &Row) -> Reply {
    let mut body = Map::new();
    body.insert("@odata.context".to_owned(), Value::from(format!("{}/$metadata#Pbx.{ty}", asked.root)));
    if let Value::Object(shown) = query::plain(pbx.schema, Ty::Named(ty), &Value::Object(row.clone())) {
        body.extend(shown);
    }
    Reply::json(&Value::Object(body))
}

/// An answer of the declared type that means nothing.
fn without_behaviour(pbx: &Pbx, asked: &Asked) -> Result<Reply, Problem> {
    let now = pbx.born;
    Ok(match asked.answer {
        _ if downloads::is_file(asked) => downloads::empty(pbx, asked),
        Answer::Nothing => Reply::nothing(),
        Answer::Object(Ty::Named(ty)) if !pbx.schema.is_enum(ty) => {
            object(pbx, asked, ty, &defaults::object(pbx.schema, ty, now))
        }
        Answer::List(Ty::Named(ty)) if !pbx.schema.is_enum(ty) => list(pbx, asked, ty, None, Vec::<Row>::new())?,
        Answer::List(ty) => plain_list(asked, ty, &[]),
        Answer::Object(ty) | Answer::Value(ty) => value(asked, ty, &defaults::zero(pbx.schema, ty, now, 0)),
    })
}
