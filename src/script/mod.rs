//! The script engine: sessions, sources, imports and limits around Rhai.
//!
//! Knows nothing of a PBX or of HTTP. What a script can reach beyond the language is plugged in as a [`Host`].

mod carried;
mod caught;
mod definitions;
mod doc;
mod ending;
mod engine;
mod entries;
mod failure;
mod given;
mod host;
mod looped;
mod modules;
pub mod native;
mod natives;
mod own;
pub mod panics;
mod reading;
mod session;
mod source;
mod spans;
mod survey;
mod thrown;
pub mod tree;

pub(crate) use carried::{Carried, own_closure, own_value};
pub(crate) use caught::{call_with, caught, is_final};
pub use definitions::standard_definitions;
pub use doc::Doc;
pub use ending::{Ending, Skip};
pub(crate) use engine::{glue, on_constants};
pub use failure::{Failure, Frame, Kind, Place};
pub(crate) use given::{describe, nearest, with_article};
pub use host::Host;
pub use looped::{Loop, Swallowed};
pub use modules::Library;
pub use natives::Native;
pub use reading::Described;
pub use session::{Session, Setup, Variables};
pub use source::Source;
pub use survey::Survey;
pub use thrown::{Fact, Origin, Raised, Wording};
pub use tree::Function;
