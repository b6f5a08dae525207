//! Forms of a snapshot, and what each can state.

use std::fmt;

/// The form that a profile was read from. It decides what can be known.
///
/// Go's own forms are constants of this type. The form of another program's output is declared beside its decoder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Form(pub(crate) &'static FormFacts);

/// What is known of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FormFacts {
    /// The word for people and for JSON.
    pub(crate) name: &'static str,
    pub(crate) rows: RowKind,
    /// Whether stacks may begin in the runtime's own functions, such as `runtime.gopark`.
    pub(crate) shows_runtime: bool,
}

/// What one row of a form is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A stack, and how many goroutines have it.
    Stack,
    /// A goroutine with its state. Such a form need not show labels.
    Goroutine,
    /// A function, and how many goroutines are in it: one goroutine is counted at each function of its stack.
    Function,
}

impl Form {
    /// `debug=0`: the protobuf profile.
    pub const PPROF: Form = Form(&FormFacts { name: "pprof", rows: RowKind::Stack, shows_runtime: true });
    /// `debug=1`: counts and stacks as text.
    pub const COUNT_TEXT: Form =
        Form(&FormFacts { name: "debug1", rows: RowKind::Stack, shows_runtime: false });
    /// `debug=2`, and everything else that prints Go's tracebacks: panics, SIGQUIT, goleak.
    pub const TRACEBACK: Form =
        Form(&FormFacts { name: "debug2", rows: RowKind::Goroutine, shows_runtime: false });

    /// The word for people and for JSON.
    pub const fn as_str(self) -> &'static str {
        self.0.name
    }

    /// What one row is.
    pub const fn rows(self) -> RowKind {
        self.0.rows
    }

    pub(crate) const fn shows_runtime(self) -> bool {
        self.0.shows_runtime
    }
}

impl Default for Form {
    fn default() -> Self {
        Form::PPROF
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
