//! Files that a script sends to a PBX: looked at here, before anything leaves.

use std::path::Path;

use crate::bindings::arguments::wrong_type;
use crate::bindings::fault::Fault;
use crate::bindings::value::Unknown;
use crate::catalog::{FileBody, FileFormat};
use crate::client::{Reply, ReplyBody, Sent, Upload};
use crate::guard::Access;
use crate::kit::store;
use crate::kit::wav::{self, Flaw, Wav};
use crate::script::native::{Dynamic, Map};

/// What a call says about the file that it sends.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    path: String,
    /// Under which the PBX is to know it.
    pub(super) name: String,
    /// It may take the place of one that is there.
    pub(super) replace: bool,
}

/// Why a file is not one that the PBX takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    Flaw(Flaw),
    /// It is one, but not of the wanted kind or not whole.
    Wav(Wav),
    /// Larger than this many bytes.
    Large(u64),
}

/// Nobody means to send more: a prompt of this size takes more than an hour and a half to play.
const MOST: u64 = 100_000_000;

impl Wanted {
    /// Reads a path and takes its options out of the map. What is not known before the script runs fits.
    pub(super) fn read(file: &FileBody, path: &Dynamic, named: &mut Map) -> Result<Wanted, Fault> {
        let known = |given: &Dynamic| Unknown::of(given).is_none() && !given.is_unit();
        let [name, replace] = FileBody::OPTIONS.map(|(name, _)| named.remove(name).filter(known));
        let text =
            |what: &str, given: &Dynamic| given.clone().into_string().map_err(|_| wrong_type(what, "a string", given));
        let given = if Unknown::of(path).is_none() { Some(text("path", path)?) } else { None };
        if given.as_deref() == Some("") {
            return Err(wrong_type("path", "that of a file", path));
        }
        let last = given.as_deref().and_then(|path| Path::new(path).file_name());
        let name = match (name, last) {
            (Some(name), _) => plain("name", text("name", &name)?, file.format)?,
            // A path like `..` is no file, which is told when it is opened.
            (None, Some(last)) => {
                plain("the name of the file, or the option `name`,", last.to_string_lossy().into_owned(), file.format)?
            }
            (None, None) => String::new(),
        };
        let truth = |given: Dynamic| given.as_bool().map_err(|_| wrong_type("replace", "true or false", &given));
        let replace = replace.map(truth).transpose()?.unwrap_or(false);
        Ok(Wanted { path: given.unwrap_or_default(), name, replace })
    }

    /// Opens the file, if the script may read it and a PBX would take it.
    pub(super) fn open(&self, access: &Access, file: &FileBody) -> Result<Upload, Fault> {
        let (mut open, length) = store::open_plain(access, &self.path)?;
        let unfit = |why| Fault::Unfit { path: self.path.clone(), wanted: file.format, why };
        let wav = wav::read(&mut open, length).map_err(|error| store::broken(&self.path, &error))?;
        let wav = wav.map_err(|flaw| unfit(Unfit::Flaw(flaw)))?;
        if !fits(&wav, file.format) {
            return Err(unfit(Unfit::Wav(wav)));
        }
        if length > MOST {
            return Err(unfit(Unfit::Large(MOST)));
        }
        let (name, path) = (self.name.clone(), self.path.clone());
        let sent = Sent { field: file.field, media_type: file.format.media_type(), name, path, length };
        Ok(Upload::new(open, sent))
    }

    /// The name under which the PBX keeps it: what it says, else what it was told.
    pub(super) fn kept(&self, reply: Reply) -> String {
        let said = match reply.body {
            ReplyBody::Json(mut json) => match json.get_mut("value").map(serde_json::Value::take).unwrap_or(json) {
                serde_json::Value::String(name) => Some(name),
                _ => None,
            },
            ReplyBody::Nothing | ReplyBody::Download(_) => None,
        };
        said.filter(|name| !name.is_empty()).unwrap_or_else(|| self.name.clone())
    }
}

/// A name that means the same everywhere, and no way to another folder.
fn plain(what: &str, name: String, format: FileFormat) -> Result<String, Fault> {
    let wrong = |expected: &str| Fault::WrongType {
        what: what.to_owned(),
        expected: expected.to_owned(),
        given: format!("the string {name:?}"),
    };
    if name.contains(['/', '\\', '"', ':', '*', '?', '<', '>', '|', '\u{fffd}']) || name.chars().any(char::is_control) {
        return Err(wrong("a plain file name, without folders, quotes and other signs of paths"));
    }
    let ending = format.ending();
    let stem = name.len().checked_sub(ending.len()).filter(|stem| name.is_char_boundary(*stem));
    match stem.map(|stem| name.split_at(stem)) {
        Some((stem, end)) if end.eq_ignore_ascii_case(ending) && !stem.trim().is_empty() => Ok(name),
        _ => Err(wrong(&format!("a file name that ends with {ending}"))),
    }
}

fn fits(wav: &Wav, format: FileFormat) -> bool {
    let FileFormat::Wav { rate, bits, channels } = format;
    let kind = (wav.encoding, wav.rate, wav.bits, wav.channels) == (wav::PCM, rate, bits, channels);
    kind && wav.announced > 0 && wav.there == wav.announced
}
