//! Errors → text. Every sentence about an error stands in this folder, and only it names miette.

mod answer;
mod calls;
pub mod catalog;
pub mod check;
mod client;
pub mod codes;
pub mod config;
pub mod doctor;
mod engine;
mod files;
mod habits;
mod kit;
mod login;
mod question;
mod record;
mod refused;
mod report;
mod suite;
mod wire;
mod words;

pub use client::{exit as client_exit, fault as client_fault};
pub use kit::{account, fault as kit_fault};
pub use question::{answer, asked, question};
pub use report::{ErrorFormat, Style, WIDEST, code, problem, problem_of, render};
pub use suite::fault as suite_fault;
pub use wire::{size, wire};
pub use words::{failure, fault, note, unnumbered};

/// The exit codes of the program, in one table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything worked.
    Success,
    /// The script failed: it threw, or the engine found a fault in what it did.
    Failed,
    /// The command line was wrong.
    Usage,
    /// The script is no script, or a call in it was wrong; of that call nothing was sent.
    Script,
    /// No PBX is configured.
    Unconfigured,
    /// The PBX could not be reached, or what answered is none.
    Unreachable,
    /// The PBX refused the login.
    Login,
    /// The PBX refused a request.
    Refused,
    /// The mode or the permissions of the session forbid it.
    Denied,
    /// A file could not be read or written.
    File,
    /// It took more time, steps or memory than it may.
    Limit,
    /// Stopped from outside.
    Interrupted,
    /// What the script chose with `exit(code)`.
    Chosen(u8),
}

impl Exit {
    pub const ALL: [Exit; 12] = [
        Exit::Success,
        Exit::Failed,
        Exit::Usage,
        Exit::Script,
        Exit::Unconfigured,
        Exit::Unreachable,
        Exit::Login,
        Exit::Refused,
        Exit::Denied,
        Exit::File,
        Exit::Limit,
        Exit::Interrupted,
    ];

    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Success => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Script => 3,
            Exit::Unconfigured => 4,
            Exit::Unreachable => 5,
            Exit::Login => 6,
            Exit::Refused => 7,
            Exit::Denied => 8,
            Exit::File => 9,
            Exit::Limit => 10,
            // What shells expect of a program that SIGINT ended.
            Exit::Interrupted => 130,
            Exit::Chosen(code) => code,
        }
    }

    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Exit::Success => "everything worked",
            Exit::Failed => "the script failed",
            Exit::Usage => "the command line is wrong",
            Exit::Script => "the script or a call in it is wrong; nothing was sent for that call",
            Exit::Unconfigured => "no PBX is configured",
            Exit::Unreachable => "the PBX cannot be reached, or what answers is none",
            Exit::Login => "the PBX refused the login",
            Exit::Refused => "the PBX refused a request",
            Exit::Denied => "the mode or the permissions of the session forbid it",
            Exit::File => "a file cannot be read or written",
            Exit::Limit => "the run took more time, steps or memory than it may",
            Exit::Interrupted => "interrupted",
            Exit::Chosen(_) => "what the script chose with `exit(code)`",
        }
    }
}
