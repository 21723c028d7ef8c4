//! What registered functions say about themselves, for help, references and editors.

/// One function of the script language that this program adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doc {
    /// `csv::read`, `List.take`, `sleep`.
    pub name: &'static str,
    /// The ways to call it: `csv::read(path, #{ separator: ";" }) → array`.
    pub calls: &'static [&'static str],
    /// What it does, what it gives back, and when it fails.
    pub text: &'static str,
    /// Lines that run on the sandbox.
    pub example: &'static str,
}
