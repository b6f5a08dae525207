//! Which frames belong to Go's runtime and are hidden, so that a stack looks the same in every form.
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
