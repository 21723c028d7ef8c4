//! One door for every operation: from the name and the arguments of a call to the value that it gives.

use std::sync::Arc;

use serde_json::Value;

use crate::bindings::arguments::{Call, Reader, signature};
use crate::bindings::connection::{Connection, Note, Open, Resource, serving};
use crate::bindings::download::Download;
use crate::bindings::fault::Fault;
use crate::bindings::list::List;
use crate::bindings::object::Known;
use crate::bindings::schema::{Schema, name_of};
use crate::bindings::upload::Wanted;
use crate::bindings::{nearest, value};
use crate::catalog::effects::effect;
use crate::catalog::overlay::{answering, instead, renamed};
use crate::catalog::{Answer, Kind, Method, Operation, Property, Release, ReleaseSet, Resource as Facts, Ty, Variant};
use crate::client::secrets::{hidden, is_secret};
use crate::client::{Arguments, BuildError, ClientError, Failed, Pages, Reply, ReplyBody, Upload, build};
use crate::guard::Guard;
use crate::kit::Unit;
use crate::script::native::{Array, Dynamic, Map};

/// A call that is complete and checked: what to ask, of whom.
#[derive(Clone)]
pub(super) struct Query {
    pub(super) connection: Connection,
    pub(super) open: Open,
    pub(super) operation: &'static Operation,
    pub(super) variant: &'static Variant,
    pub(super) arguments: Arguments,
    /// How many pages of the list may be under way at once, where the call says so.
    pub(super) ahead: Option<usize>,
    /// What failed of many things is part of the answer, not an error.
    pub(super) partial: bool,
    /// What its call says about the file that it sends.
    pub(super) file: Option<Wanted>,
    /// Which object the PBX then has as its script has it, and in what.
    pub(super) settles: Option<(Arc<Known>, Map)>,
    /// It was planned, and somebody agreed to it: nobody is asked again.
    agreed: bool,
}

/// Calls `resource.name(given…)`.
pub(super) fn call(resource: &Resource, name: &str, given: &[Dynamic]) -> Result<Dynamic, Fault> {
    let connection = &resource.connection;
    let operations = named(resource.facts, name)?;
    // Asked before the first request, so that a wrong call does not even log in.
    if connection.known_release().is_none() {
        let right = rehearse(connection.schema(), &operations, given).map_err(|(fault, _)| fault)?;
        if let Some((Call::Send { file: Some(wanted), .. }, (_, variant))) = right
            && let Some(file) = variant.file()
        {
            wanted.open(&connection.voice().access, file)?;
        }
    }
    let open = connection.open()?;
    let schema = connection.schema();
    let (operation, variant) = served(schema, &operations, open.release)?;
    match (Reader { schema, operation, variant }).read(given)? {
        Call::NothingToChange => {
            connection.note(operation, Note::Unchanged);
            Ok(Dynamic::UNIT)
        }
        Call::Send { arguments, settles, ahead, partial, file } => {
            let (mut arguments, connection) = (*arguments, connection.clone());
            if let (Some(wanted), Some(body)) = (&file, variant.file()) {
                arguments.file = Some(wanted.open(&connection.voice().access, body)?);
            }
            let mut query =
                Query { connection, open, operation, variant, arguments, ahead, partial, file, settles, agreed: false };
            query.resolve()?;
            let (connection, settles) = (&resource.connection, query.settles.clone());
            let value = query.ask().inspect_err(|fault| connection.failed(operation, fault))?;
            match connection.guard().is_planning() {
                true => connection.wrote(operation),
                false => connection.carried_out(operation),
            }
            if let Some((known, fields)) = settles {
                known.learn(fields);
            }
            Ok(value)
        }
    }
}

/// The operations that a name stands for.
pub(super) fn named(resource: &'static Facts, name: &str) -> Result<Vec<&'static Operation>, Fault> {
    let operations = answering(resource, name);
    if !operations.is_empty() {
        return Ok(operations);
    }
    let shown = renamed().filter_map(|(full_name, _)| full_name.strip_prefix(resource.name)?.strip_prefix('.'));
    let known = resource.operations.iter().map(|operation| operation.name).chain(shown);
    Err(Fault::UnknownOperation { resource: resource.name, nearest: nearest(name, known), name: name.to_owned() })
}

/// An operation and one of its URLs.
pub(super) type Served = (&'static Operation, &'static Variant);

/// What the call asks for, if it is right on any release. Else what is wrong with it on the newest that has the operation.
pub(super) fn rehearse(
    schema: Schema,
    operations: &[&'static Operation],
    given: &[Dynamic],
) -> Result<Option<(Call, Served)>, (Fault, Served)> {
    let variants =
        operations.iter().flat_map(|operation| operation.variants.iter().map(move |variant| (*operation, variant)));
    let mut newest = Ok(None);
    for (operation, variant) in variants {
        match (Reader { schema, operation, variant }).read(given) {
            Ok(call) => return Ok(Some((call, (operation, variant)))),
            Err(fault) => newest = Err((fault, (operation, variant))),
        }
    }
    newest
}

/// What a release serves under a name.
pub(super) fn served(schema: Schema, operations: &[&'static Operation], release: Release) -> Result<Served, Fault> {
    serving(operations, release).ok_or_else(|| {
        let releases = operations.iter().fold(ReleaseSet::default(), |set, operation| set.union(operation.releases()));
        let (since, until) = schema.span(releases);
        let operation = operations.first().map(|operation| operation.full_name()).unwrap_or_default();
        let instead = operations.iter().find_map(|operation| instead(&operation.full_name()));
        Fault::NotOnRelease { operation, release: schema.catalog.release_name(release), since, until, instead }
    })
}

impl Query {
    fn ask(self) -> Result<Dynamic, Fault> {
        if self.connection.guard().is_planning() { self.planned() } else { self.sent() }
    }

    /// The same query, which the person has said yes to.
    pub(super) fn agreed(self) -> Query {
        Query { agreed: true, ..self }
    }

    pub(super) fn guard(&self) -> Guard {
        let guard = self.connection.guard();
        if self.agreed { guard.agreed() } else { guard }
    }

    /// What the PBX answers.
    pub(super) fn sent(mut self) -> Result<Dynamic, Fault> {
        let answer = self.variant.answer(self.open.release);
        if let (Answer::List(element), true) = (answer, is_list(self.operation, self.variant, self.open.release)) {
            return Ok(Dynamic::from(List::ask(self, element)?));
        }
        if let Some(file) = self.arguments.file.take() {
            return self.upload(file);
        }
        let reply = self.send()?;
        self.value(answer, reply)
    }

    /// The answer as it came; nothing where there was none.
    pub(super) fn answer(&self) -> Result<Value, Fault> {
        Ok(match self.send()?.body {
            ReplyBody::Json(json) => json,
            ReplyBody::Nothing | ReplyBody::Download(_) => Value::Null,
        })
    }

    /// Sends a file, and gives the name under which the PBX keeps it.
    fn upload(mut self, file: Upload) -> Result<Dynamic, Fault> {
        // Asked first: whoever may not send it is not told what is there.
        self.guard().allows(self.operation).map_err(Fault::Denied)?;
        let Some(wanted) = self.file.clone() else { return Ok(Dynamic::UNIT) };
        if !wanted.replace && self.namesake().flatten().is_some() {
            return Err(Fault::Taken { operation: self.operation.full_name(), name: wanted.name });
        }
        let meter = self.connection.voice().display.meter(&wanted.name, Unit::Bytes, Some(file.length()));
        self.arguments.file = Some(file.telling(meter.counter()));
        Ok(wanted.kept(self.send()?).into())
    }

    fn send(&self) -> Result<Reply, Fault> {
        let guard = self.guard();
        guard.allows(self.operation).map_err(Fault::Denied)?;
        let request =
            build(self.variant, self.open.release, &self.arguments).map_err(|error| self.unbuildable(error))?;
        let permit =
            guard.permit_for(self.operation, self.connection.name(), || self.named()).map_err(Fault::Denied)?;
        let reply = match self.open.client.send(permit, &request) {
            Ok(reply) => match self.emptiness(&reply) {
                Some(failed) => self.found(failed)?,
                None => reply,
            },
            Err(failed) => self.found(failed)?,
        };
        if let Some(note) = &reply.note {
            self.connection.note(self.operation, Note::Simulated(note));
        }
        Ok(reply)
    }

    /// The objects that the call is about, as it names them: those of its longest list, else its keys and values.
    fn named(&self) -> Vec<String> {
        let given = self.variant.parameters.iter().zip(&self.arguments.parameters);
        let given: Vec<(&str, &Value)> =
            given.filter_map(|(parameter, value)| Some((parameter.name, value.as_ref()?))).collect();
        let fields = self.arguments.body.as_ref().and_then(Value::as_object).into_iter().flatten();
        let fields = fields.map(|(name, value)| (name.as_str(), value));
        let all: Vec<(&str, &Value)> = given.into_iter().chain(fields).collect();
        let lists = all
            .iter()
            .filter_map(|(_, value)| value.as_array())
            .chain(self.arguments.body.as_ref().and_then(Value::as_array));
        if let Some(list) = lists.max_by_key(|list| list.len()).filter(|list| !list.is_empty()) {
            return list.iter().map(plain).collect();
        }
        let says = |(name, value): &&(&str, &Value)| !is_secret(name) && !value.is_null() && !value.is_object();
        let one: Vec<String> =
            all.iter().filter(says).map(|(name, value)| format!("{name} {}", plain(value))).collect();
        if one.is_empty() { one } else { vec![one.join(", ")] }
    }

    /// What a request has made whose answer was lost.
    fn found(&self, failed: Failed) -> Result<Reply, Fault> {
        let reply = self.settled(failed)?;
        self.connection.note(self.operation, Note::Found);
        Ok(reply)
    }

    /// The pages of a list; each request asks the guard.
    pub(super) fn pages(&self, arguments: Arguments) -> Result<Pages, Fault> {
        let (guard, operation) = (self.guard(), self.operation);
        guard.allows(operation).map_err(Fault::Denied)?;
        Pages::new(&self.open.client, self.variant, self.open.release, &arguments, move || guard.permit(operation))
            .map_err(|error| self.unbuildable(error))
    }

    /// A property of the rows that come back.
    pub(super) fn row_property(&self, name: &str) -> Option<&'static Property> {
        let Answer::List(Ty::Named(element)) = self.variant.answer(self.open.release) else { return None };
        self.schema().property(element, name)
    }

    pub(super) fn fault(&self, error: ClientError) -> Fault {
        Fault::Client { operation: self.operation.full_name(), error, unsure: None }
    }

    pub(super) fn schema(&self) -> Schema {
        let home = Some(self.connection.id());
        Schema { catalog: self.connection.catalog(), release: Some(self.open.release), home }
    }

    /// Nothing where something was promised: it would look like an object that is not. Of an action the code of success is
    /// enough, and 204 says that there is nothing to come.
    fn emptiness(&self, reply: &Reply) -> Option<Failed> {
        let promised = self.variant.answer(self.open.release) != Answer::Nothing
            && (effect(self.operation).is_read() || self.variant.kind == Kind::Create)
            && self.file.is_none();
        let empty = matches!(reply.body, ReplyBody::Nothing) && matches!(reply.status, 200 | 201);
        (promised && empty).then(|| {
            let (url, reason) = (self.open.client.url().to_owned(), "it is empty".to_owned());
            Failed { error: ClientError::Malformed { url, reason }, sent: true }
        })
    }

    pub(super) fn value(&self, answer: Answer, reply: Reply) -> Result<Dynamic, Fault> {
        let schema = self.schema();
        if let ReplyBody::Json(json) = &reply.body
            && !self.partial
        {
            let failures = self.halves(json);
            if !failures.is_empty() {
                return Err(Fault::Partly { operation: self.operation.full_name(), failures });
            }
        }
        Ok(match reply.body {
            ReplyBody::Nothing => Dynamic::UNIT,
            ReplyBody::Download(download) => Dynamic::from(Download::new(download, self.clone())),
            ReplyBody::Json(json) => match answer {
                Answer::Nothing => value::plain(&json),
                Answer::Object(ty) => value::typed(schema, ty, json),
                Answer::List(element) => array(schema, element, value::inner(json)),
                Answer::Value(ty) => value::typed(schema, ty, value::inner(json)),
            },
        })
    }
}

/// A value as a person would say it; of an object what names it.
fn plain(value: &Value) -> String {
    let named = ["Number", "Name", "Id"].iter().find_map(|name| value.get(name));
    named.unwrap_or(value).as_str().map_or_else(|| hidden(named.unwrap_or(value)).to_string(), str::to_owned)
}

/// Does it answer with rows, a page at a time?
pub(super) fn is_list(operation: &Operation, variant: &Variant, release: Release) -> bool {
    let rows = matches!(variant.answer(release), Answer::List(_));
    rows && variant.method == Method::Get && !operation.is_download()
}

/// The rows that an action gives back all at once.
fn array(schema: Schema, element: Ty, json: Value) -> Dynamic {
    match json {
        Value::Array(rows) => rows.into_iter().map(|row| value::typed(schema, element, row)).collect::<Array>().into(),
        other => value::typed(schema, element, other),
    }
}

/// The facts of a request that could not be built; most were found before, with better words.
impl Query {
    pub(super) fn unbuildable(&self, error: BuildError) -> Fault {
        let signature = signature(self.operation, self.variant);
        let wrong =
            |name: &str, expected: String, given: String| Fault::WrongType { what: name.to_owned(), expected, given };
        match error {
            BuildError::Missing { name } => Fault::Missing { name, signature },
            BuildError::MissingBody => Fault::Missing { name: "body", signature },
            BuildError::WrongType { name, expected, given } => wrong(name, name_of(expected), given.to_owned()),
            BuildError::WrongForm { name, expected, given, .. } => wrong(name, name_of(expected), format!("{given:?}")),
            BuildError::OutOfRange { name, expected, given } => wrong(name, name_of(expected), given),
            BuildError::BadIfMatch { given } => wrong("if_match", "a tag".to_owned(), given),
            BuildError::TooMany { given, .. } => Fault::Arity { signature, given },
            BuildError::NoBody
            | BuildError::BodyNotMap { .. }
            | BuildError::NoIfMatch
            | BuildError::NoSuchOption { .. }
            | BuildError::Path { .. } => Fault::WrongType {
                what: signature,
                expected: "what the description says".to_owned(),
                given: error.to_string(),
            },
        }
    }
}
