//! Frames that do not count: those of Go's runtime, so that a stack looks the same in every form, and of helpers that start goroutines.
//!
//! `debug=1` hides the runtime's frames at the leaf, `debug=2` hides all but the exported ones, and the protobuf form hides none
//! (`runtime/pprof/pprof.go`, `printStackRecord`; `runtime/traceback.go`, `showfuncinfo`).

use crate::golang::Owner;

/// Whether frames of a function count when stacks are compared and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameVisibility {
    /// They count.
    Visible,
    /// They count, except at the leaf: exported functions of the runtime, and a panic.
    UnlessLeaf,
    /// They do not count, unless the stack has no other frames.
    Hidden,
}

/// Whether frames of a function count, by the function's [`identity`](super::identity) and owner.
pub fn frame_visibility(identity: &str, owner: Owner) -> FrameVisibility {
    if owner != Owner::Runtime {
        return FrameVisibility::Visible;
    }
    let exported = identity
        .strip_prefix("runtime.")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
    if exported || identity == "runtime.gopanic" || !identity.starts_with("runtime.") {
        return FrameVisibility::UnlessLeaf;
    }
    FrameVisibility::Hidden
}

/// Functions that run a `go` statement on behalf of their caller. The name of the closure that they start still contains the caller.
const HELPERS: [&str; 6] = [
    "context.AfterFunc",
    "golang.org/x/sync/errgroup.(*Group).Go",
    "golang.org/x/sync/errgroup.(*Group).TryGo",
    "k8s.io/apimachinery/pkg/util/wait.(*Group).Start",
    "sync.(*WaitGroup).Go",
    "time.goFunc",
];

/// Whether a function starts goroutines for its caller (`sync.(*WaitGroup).Go`, errgroup, timers).
pub fn is_spawn_helper(canonical: &str) -> bool {
    HELPERS.contains(&canonical) || canonical.starts_with("context.(*afterFuncCtx).")
}
