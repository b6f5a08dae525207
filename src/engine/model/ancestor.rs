//! The goroutines that led to a goroutine, as a traceback lists them.

use std::num::NonZeroU64;

use super::Frame;

/// A goroutine from which another one descends, as it was when it ran the `go` statement. It may have ended since.
///
/// Go records and prints ancestors only with `GODEBUG=tracebackancestors=N` (`runtime/traceback.go`, `printAncestorTraceback`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ancestor {
    /// Its id. Of a row with several goroutines it is that of the first one's ancestor: the others have the same stacks, not
    /// the same ids. `None` if it cannot be read.
    pub id: Option<NonZeroU64>,
    /// Its stack at the `go` statement, leaf first: the first frame is the function that ran the statement.
    pub frames: Box<[Frame]>,
    /// Whether Go left out the outermost frames.
    pub cut: bool,
    /// The `go` statement that started it; `None` for the main goroutine.
    pub spawn: Option<Frame>,
}
