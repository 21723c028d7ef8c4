//! Answers that are not errors.

use std::fmt;

use serde_json::Value;

use crate::client::download::Download;
use crate::client::secrets::hidden;

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: ReplyBody,
    /// What a simulated PBX has to say about itself.
    pub note: Option<String>,
}

pub enum ReplyBody {
    Nothing,
    Json(Value),
    /// Anything else; decided by what the answer says of itself, not by what the operation promises.
    Download(Box<Download>),
}

impl fmt::Debug for ReplyBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplyBody::Nothing => f.write_str("Nothing"),
            ReplyBody::Json(body) => f.debug_tuple("Json").field(&hidden(body)).finish(),
            ReplyBody::Download(download) => f.debug_tuple("Download").field(download).finish(),
        }
    }
}
