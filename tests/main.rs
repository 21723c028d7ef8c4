//! The tests of the program as its users meet it: one binary, one module for each area.

// A test that cannot go on says so by panicking.
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_macros)]

mod architecture;
mod call;
mod catalog;
mod check;
mod cli;
mod commands;
mod common;
mod dates;
mod definitions;
mod descriptions;
mod doctor;
mod errors;
mod examples;
mod faults;
mod files;
mod flow;
mod habits;
mod help;
#[cfg(unix)]
mod interrupts;
#[cfg(unix)]
mod kills;
mod language;
mod library;
mod lists;
mod live;
mod operations;
#[cfg(unix)]
mod pasted;
mod permissions;
mod plan;
mod plan_chance;
mod profiles;
mod progress;
mod prompt;
mod refusals;
mod runner;
mod sandbox;
mod secrets;
mod settings;
mod terminals;
#[cfg(unix)]
mod transcripts;
mod transport;
mod traps;
mod types;
mod upload;
mod walk;
mod wire;
