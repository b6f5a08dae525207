//! Why a process died, as its last words say it.

use crate::text::words;

words! {
    /// What ended a process.
    pub enum DeathKind {
        /// A panic that nobody recovered.
        Panic = "panic",
        /// The runtime found that no goroutine of the process can run again.
        Deadlock = "deadlock",
        /// The runtime found that no goroutine of a test bubble (`testing/synctest`) can run again.
        BubbleDeadlock = "bubble deadlock",
        /// A test ran longer than `go test -timeout` allows.
        TestTimeout = "test timeout",
        /// Two goroutines used one map at the same time, and one of them wrote.
        MapRace = "concurrent map access",
        /// A mutex was unlocked that nobody had locked, or its state was damaged.
        LockMisuse = "unlock of an unlocked mutex",
        /// The memory was used up.
        OutOfMemory = "out of memory",
        /// The stack of one goroutine reached its limit: usually a recursion without end.
        StackOverflow = "stack overflow",
        /// No further thread could be started.
        ThreadLimit = "out of threads",
        /// A signal, such as the SIGQUIT that asks for a dump.
        Signal = "signal",
        /// Another error that the runtime calls fatal.
        FatalError = "fatal error",
    }
}

/// Why a process died. Its texts come from the program: they are not safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// What ended it.
    pub kind: DeathKind,
    /// The first line of what Go printed: `panic: boom`, `fatal error: out of memory`, `SIGQUIT: quit`.
    pub text: String,
    /// The goroutine that did it; `None` if the text states none, or if none did it, as in a deadlock.
    pub goroutine: Option<u64>,
    /// Panics before the one that ended the process, oldest first: it happened while these unwound the stack.
    pub earlier: Vec<String>,
    /// What the runtime printed about the error: the limit that was reached, or the signal behind a panic. Empty if nothing.
    pub detail: String,
    /// The tests that were running, with their durations, if a test ran too long.
    pub tests: Vec<String>,
    /// The line of the text, from 1.
    pub line: u64,
}

impl Death {
    /// Whether the runtime itself found that goroutines can never run again.
    pub fn is_deadlock(&self) -> bool {
        matches!(self.kind, DeathKind::Deadlock | DeathKind::BubbleDeadlock)
    }
}
