//! The tests of the program as its users meet it: one binary, one module for each area.

// A test that cannot go on says so by panicking.
#![allow(clippy::expect_used, clippy::panic, clippy::disallowed_methods, clippy::disallowed_macros)]

mod architecture;
mod catalog;
mod check;
mod cli;
mod common;
mod descriptions;
mod examples;
mod language;
mod operations;
mod prompt;
mod sandbox;
mod traps;
