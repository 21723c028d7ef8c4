//! pbxsh: the scriptable shell for 3CX phone systems. `ARCHITECTURE.md` says which folder owns what and may use whom.

pub mod bindings;
pub mod catalog;
pub mod check;
pub mod cli;
pub mod client;
pub mod code;
pub mod config;
pub mod diag;
pub mod disk;
pub mod doctor;
pub mod guard;
pub mod kit;
pub mod odata;
pub mod plan;
pub mod repl;
pub mod sandbox;
pub mod script;
pub mod show;
pub mod suite;
pub mod terminal;
