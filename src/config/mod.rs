//! The settings that lead to PBXs: profiles in a file, their secrets in the keyring of the system or in files of their own, or three
//! variables.
//!
//! Reads no environment: it is handed the variables, and the folder in which its files are.

mod edit;
mod environment;
mod fault;
mod file;
pub mod keyring;
mod profile;
mod secrets;
mod store;
#[cfg(test)]
mod tests;

pub use environment::{CLIENT_ID, CLIENT_SECRET, Settings, URL, from_environment};
pub use fault::{Fault, Wrong};
pub use keyring::{Keyring, Mute};
pub use profile::{Kept, Profile, Profiles, Trust, check_name};
pub use store::{Place, Store, Stored};
