//! Exit codes. The numbers are promises: see docs/ci.md.

use std::fmt;
use std::io;
use std::process::ExitCode;

use super::signals::Signal;

/// The result of a command that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All inputs were read and nothing is denied.
    Done,
    /// The gate denies something.
    Denied,
    /// The gate cannot decide whether something grows.
    Inconclusive,
    /// The report is shown, but an input could not be read or a fetch failed.
    Incomplete,
    /// A signal ended a series. The report covers the snapshots fetched before.
    Interrupted(Signal),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => ExitCode::SUCCESS,
            Outcome::Denied => ExitCode::from(1),
            Outcome::Incomplete => ExitCode::from(3),
            Outcome::Inconclusive => ExitCode::from(4),
            Outcome::Interrupted(signal) => signal.into(),
        }
    }
}

/// An error that ended a command, with a hint for the user.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    error: anyhow::Error,
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailureKind {
    /// An argument or a configuration file is wrong.
    Usage,
    /// An input cannot be read, fetched or used.
    Input,
}

impl Failure {
    /// An argument or a configuration file is wrong.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Failure { kind: FailureKind::Usage, error: error.into(), hint: None }
    }

    /// An input cannot be read, fetched or used.
    pub(crate) fn input(error: impl Into<anyhow::Error>) -> Self {
        Failure { kind: FailureKind::Input, error: error.into(), hint: None }
    }

    /// The same failure with a hint.
    pub(crate) fn with_hint(self, hint: Option<String>) -> Self {
        Failure { hint, ..self }
    }

    /// How the user can fix it, in one line.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether a write failed because the reader has closed the pipe.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let io = self.error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
        self.kind == FailureKind::Input && io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.kind {
            FailureKind::Usage => ExitCode::from(2),
            FailureKind::Input => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}
