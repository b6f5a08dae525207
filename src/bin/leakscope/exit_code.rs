//! Exit codes. The numbers are promises: see docs/ci.md.

use std::fmt;
use std::io;
use std::process::ExitCode;

use leakscope::decode::DecodeError;
use leakscope::input::InputError;
use leakscope::source;

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
    /// A signal ended a series. The report covers the snapshots fetched before; the exit code names the signal.
    Interrupted(u8),
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        ExitCode::from(match outcome {
            Outcome::Done => 0,
            Outcome::Denied => 1,
            Outcome::Incomplete => 3,
            Outcome::Inconclusive => 4,
            Outcome::Interrupted(code) => code,
        })
    }
}

/// An error that ended a command, with a hint for the user.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The exit code.
    pub(crate) code: u8,
    error: anyhow::Error,
    pub(crate) hint: Option<String>,
}

const USAGE: u8 = 2;
const INPUT: u8 = 3;

impl Failure {
    /// An argument or a configuration file is wrong.
    pub(crate) fn usage(error: impl Into<anyhow::Error>) -> Self {
        Failure { code: USAGE, error: error.into(), hint: None }
    }

    /// An input cannot be read, fetched or used.
    pub(crate) fn input(error: impl Into<anyhow::Error>) -> Self {
        Failure { code: INPUT, error: error.into(), hint: None }
    }

    /// The same failure with a hint: how the user can fix it, in one line.
    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Failure { hint: Some(hint.into()), ..self }
    }

    /// The same failure in a file that belongs to the command line, such as a policy.
    pub(crate) fn in_usage(self) -> Self {
        Failure { code: USAGE, ..self }
    }

    /// The same failure, with what was being done in front of it.
    pub(crate) fn context(self, what: impl fmt::Display + Send + Sync + 'static) -> Self {
        Failure { error: self.error.context(what), ..self }
    }

    /// The error of the source, if one is behind this failure.
    pub(crate) fn source_error(&self) -> Option<&source::SourceError> {
        self.error.chain().find_map(|cause| cause.downcast_ref())
    }

    /// The error of the source, if it is this failure itself.
    #[cfg(feature = "fleet")]
    pub(crate) fn into_source_error(self) -> Result<source::SourceError, Self> {
        let Failure { code, error, hint } = self;
        error.downcast().map_err(|error| Failure { code, error, hint })
    }

    /// Whether a write failed because the reader has closed the pipe.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        let io = self.error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
        self.code == INPUT && io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::input(error)
    }
}

impl From<source::SourceError> for Failure {
    fn from(error: source::SourceError) -> Self {
        Failure { hint: error.hint(), ..Failure::input(error) }
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        if let InputError::Decode { name, source: DecodeError::Read { source: read } } = error {
            return source::into_source_error(read, name.as_ref()).into();
        }
        Failure { hint: error.hint(), ..Failure::input(error) }
    }
}
