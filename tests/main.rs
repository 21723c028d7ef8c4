//! The tests of the program as its users meet it: one binary, one module for each area.

mod architecture;
mod catalog;
mod cli;
mod common;
mod examples;
mod language;
mod operations;
