//! Answers that are not errors.

use serde_json::Value;

use crate::client::download::Download;

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: ReplyBody,
    /// What a simulated PBX has to say about itself.
    pub note: Option<String>,
}

#[derive(Debug)]
pub enum ReplyBody {
    Nothing,
    Json(Value),
    /// Anything else; decided by what the answer says of itself, not by what the operation promises.
    Download(Box<Download>),
}
