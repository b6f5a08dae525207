//! Which frames of a stack are Go's own plumbing, so that a stack looks the same in every form.
//!
//! `debug=1` hides the runtime's frames at the leaf, `debug=2` hides all but the exported ones, the protobuf hides none
//! (`runtime/pprof/pprof.go`, `printStackRecord`; `runtime/traceback.go`, `showfuncinfo`).

use crate::golang::Owner;

/// How a function counts in the identity of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameVisibility {
    /// Always part of it.
    Visible,
    /// A part unless it stands at the leaf: exported functions of the runtime, and a panic.
    UnlessLeaf,
    /// Never a part of it, unless the stack has nothing else.
    Hidden,
}

/// How a function counts, by its identity name and its owner.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles() {
        let check = |name: &str, owner: Owner, expected: FrameVisibility| {
            assert_eq!(frame_visibility(name, owner), expected, "{name}")
        };
        check("runtime.gopark", Owner::Runtime, FrameVisibility::Hidden);
        check("runtime.Gosched", Owner::Runtime, FrameVisibility::UnlessLeaf);
        check("runtime.gopanic", Owner::Runtime, FrameVisibility::UnlessLeaf);
        check("internal/runtime/maps.fatal", Owner::Runtime, FrameVisibility::UnlessLeaf);
        check("runtime/pprof.writeGoroutine", Owner::Standard, FrameVisibility::Visible);
    }
}
