//! The tests of the program as its users meet it: one binary, one module for each area.

// A test that cannot go on says so by panicking.
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_macros)]

mod architecture;
mod catalog;
mod check;
mod cli;
mod common;
mod dates;
mod definitions;
mod descriptions;
mod doctor;
mod examples;
mod files;
mod flow;
mod habits;
mod language;
mod library;
mod lists;
mod operations;
mod permissions;
mod profiles;
mod prompt;
mod runner;
mod sandbox;
mod secrets;
mod traps;
mod types;
mod wire;
