//! The settings that lead to PBXs: profiles in a file, their secrets in files of their own, or three variables.
//!
//! Reads no environment: it is handed the variables, and the folder in which its files are.

mod edit;
mod environment;
mod fault;
mod file;
mod profile;
mod secrets;
mod store;
#[cfg(test)]
mod tests;

pub use environment::{CLIENT_ID, CLIENT_SECRET, Settings, URL, from_environment};
pub use fault::{Fault, Wrong};
pub use profile::{Profile, Profiles, Trust, check_name};
pub use store::Store;
