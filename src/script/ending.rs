//! Why a run is ended from outside of the script: no `catch` holds these.

/// The reason, as the engine carries it through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Somebody pressed Ctrl-C, or asked the process to end.
    Interrupted,
    /// The script called `exit(code)`.
    Exit(u8),
    /// It ran longer than it may.
    Timeout,
    /// It did more steps than it may.
    Operations,
    /// It holds more memory than it may.
    Memory,
}

/// The end of a test that says itself why it cannot run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip(pub String);
