//! OData text as the client writes and reads it: literals, keys in paths, query options, filters, error bodies.
//!
//! Everything here is text in, text out. It knows no operation and no connection, and imports nothing of this crate, so
//! that every rule of quoting stands in one place and can be tested without a server.

pub mod error;
pub mod filter;
pub mod key;
pub mod literal;
pub mod options;

pub use error::{Detail, ErrorBody, parse_error};
pub use filter::{BindError, bind, bind_literals, equals};
pub use literal::{Literal, LiteralError, LiteralKind, literal};
pub use options::Options;
