//! What the process says when it ends. The numbers are promises: see docs/ci.md.

use std::fmt;
use std::io;
use std::process::ExitCode;

use super::signals::Signal;

/// How a command ended that ran to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All inputs were read; nothing is denied.
    Done,
    /// The gate denies something.
    Denied,
    /// The gate cannot tell.
    Inconclusive,
    /// The report is shown, but an input could not be read or a pull failed.
    Incomplete,
    /// A signal ended a series; the report on what was pulled until then is shown.
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

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: Kind,
    error: anyhow::Error,
    hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What was typed or configured cannot be done.
    Usage,
    /// An input or the way to it is unusable.
    Input,
}

impl Failure {
    /// What was typed cannot be done.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Failure { kind: Kind::Usage, error: error.into(), hint: None }
    }

    /// An input is unusable.
    pub(crate) fn input(error: impl Into<anyhow::Error>) -> Self {
        Failure { kind: Kind::Input, error: error.into(), hint: None }
    }

    /// The same, with the way out.
    pub(crate) fn with_hint(self, hint: Option<String>) -> Self {
        Failure { hint, ..self }
    }

    /// The way out, one line.
    pub(crate) fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// Whether writing failed because nobody reads any more.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let io = self.error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
        self.kind == Kind::Input && io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        match self.kind {
            Kind::Usage => ExitCode::from(2),
            Kind::Input => ExitCode::from(3),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}
