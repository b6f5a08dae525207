//! Why there is no patch.

/// The precondition of a patch that fails. Lines are those of the file that would change, or name their file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// The file is not to be edited by hand.
    #[error("{file} is {what}: it is never changed")]
    File {
        /// The file.
        file: String,
        /// What it is: `generated`.
        what: &'static str,
    },
    /// No patch is known that keeps what the program does otherwise.
    #[error("no mechanical change is known for {cause}")]
    NoChange {
        /// The cause.
        cause: String,
    },
    /// The verdict is on a library's goroutine, and the place is not one operation.
    #[error("the profile does not name one operation to change")]
    NoPlace,
    /// The statement shares its lines with others.
    #[error("line {line} has another shape than one statement")]
    Shape {
        /// The line.
        line: u32,
    },
    /// Comments would have to be aligned again.
    #[error("gofmt would align the comments around line {line} anew")]
    Comments {
        /// The line.
        line: u32,
    },
    /// A precondition of one kind of patch, in its words.
    #[error("{why}")]
    Precondition {
        /// What fails.
        why: String,
    },
    /// Two kinds of patch could do, and each has its reason.
    #[error("{first}; and {second}")]
    Both {
        /// Why not the one.
        first: Box<Refusal>,
        /// Why not the other.
        second: Box<Refusal>,
    },
    /// The text after the edit is no Go, or cannot be compared.
    #[error("after the edit the file cannot be read")]
    Broken,
    /// The check of the source proves the cause in the edited text too.
    #[error("after the edit {cause} is still confirmed")]
    StillConfirmed {
        /// The cause.
        cause: String,
    },
}

/// A refusal in the words of one kind of patch.
pub(super) fn refuse<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Precondition { why: why.into() })
}
