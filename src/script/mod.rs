//! The script engine: sessions, sources, imports and limits around Rhai.
//!
//! Knows nothing of a PBX or of HTTP. What a script can reach beyond the language is plugged in as a [`Host`].

mod doc;
mod ending;
mod engine;
mod failure;
mod host;
mod modules;
pub mod native;
mod reading;
mod session;
mod source;
mod spans;
mod survey;
mod thrown;
pub mod tree;

pub use doc::Doc;
pub use ending::Ending;
pub(crate) use engine::{glue, on_constants};
pub use failure::{Failure, Frame, Kind, Place};
pub use host::Host;
pub use modules::Library;
pub use session::{Session, Setup};
pub use source::Source;
pub use survey::Survey;
pub use thrown::{Fact, Origin, Raised, Wording};
