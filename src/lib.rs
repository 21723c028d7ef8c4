//! pbxsh: the scriptable shell for 3CX phone systems. `ARCHITECTURE.md` says which folder owns what and may use whom.

#![forbid(unsafe_code)]

pub mod catalog;
pub mod client;
pub mod guard;
pub mod odata;
pub mod sandbox;
pub mod script;
