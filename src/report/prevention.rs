//! What detects a leak when it comes back.

use crate::model::BlockedOn;

/// Commands that detect a leak when it comes back. What the reader has to fill in is in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegressionCommands {
    /// Writes a Go test of the stack; `None` if the stack has no frame.
    pub test: Option<String>,
    /// Judges the process in CI.
    pub gate: String,
}

/// What a Go test needs to detect one stack. `render` writes the test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoTest {
    /// The fingerprint: 16 hex digits.
    pub fingerprint: String,
    /// The import path of the package of the test; `None` if no function of the stack is the user's.
    pub package: Option<String>,
    /// The function to call, without its package: the one that starts the goroutines, otherwise one of the user's code.
    pub function: String,
    /// The import path of its package.
    pub function_package: String,
    /// The function that the goroutines are blocked in: its package and the rest of its name.
    pub blocked: (String, String),
    /// The function that declares `blocked`, without its package; `None` if `blocked` is not a closure.
    pub written_in: Option<String>,
    /// What they are blocked on; `None` if that is not known.
    pub blocked_on: Option<BlockedOn>,
    /// Whether a report offers the test.
    pub offer: TestOffer,
}

/// Whether a report offers a Go test of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestOffer {
    /// A package of the user's can call what leaks.
    Useful,
    /// It is in package main, whose functions are hard to call from a test, or it waits in a library's frame.
    Awkward,
}
