//! Which frames of a stack count, so that a stack looks the same in every form and Go version.

use crate::golang::FrameVisibility;
use crate::model::FrameId;

use super::frame_info::FrameSummary;

/// A state machine over the frames of a stack, leaf first, that passes the *visible* frames on.
///
/// Two kinds of frames are not visible: those of Go's runtime (everywhere or only at the leaf, see [`FrameVisibility`]), and
/// *aliases*: a function under a name that only some Go versions use, directly below the same function under its usual name, as
/// `internal/sync.(*Mutex).Lock` called by `sync.(*Mutex).Lock`. Only the next frame shows whether a frame is an alias, so
/// each frame is passed on one step late.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct VisibleFrames {
    /// The last frame that is visible, unless the next one shows that it is an alias.
    pending: OptionalId,
    /// The identity of `pending`, if its function has another name than that.
    pending_identity: OptionalId,
}

impl VisibleFrames {
    /// Moves over the next frames of the stack and calls `visit` with each that is now known to be visible.
    #[inline]
    pub(super) fn advance(
        &mut self,
        frames: &[FrameId],
        summaries: &[FrameSummary],
        mut visit: impl FnMut(FrameId),
    ) {
        for &frame in frames {
            if let Some(visible) = self.next(frame, &summaries[frame.0 as usize]) {
                visit(visible);
            }
        }
    }

    fn next(&mut self, frame: FrameId, summary: &FrameSummary) -> Option<FrameId> {
        match summary.visibility {
            FrameVisibility::Visible => {}
            FrameVisibility::UnlessLeaf if self.pending != OptionalId::NONE => {}
            FrameVisibility::UnlessLeaf | FrameVisibility::Hidden => return None,
        }
        let identity = OptionalId::some(summary.identity.0);
        let pending_is_alias = !summary.renamed && self.pending_identity == identity;
        self.pending_identity = if summary.renamed { identity } else { OptionalId::NONE };
        let pending = std::mem::replace(&mut self.pending, OptionalId::some(frame.0));
        if pending_is_alias { None } else { pending.frame() }
    }

    /// The last visible frame, which is passed on at the end of the stack; `None` if no frame is visible.
    pub(super) fn last(self) -> Option<FrameId> {
        self.pending.frame()
    }
}

/// Calls `visit` with each visible frame of a whole stack. If none is visible, all of them count.
pub(super) fn visit_visible(frames: &[FrameId], summaries: &[FrameSummary], mut visit: impl FnMut(FrameId)) {
    let mut visible = VisibleFrames::default();
    visible.advance(frames, summaries, &mut visit);
    match visible.last() {
        Some(last) => visit(last),
        None => frames.iter().copied().for_each(visit),
    }
}

/// The id of a frame or of a function, or none, in four bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct OptionalId(u32);

impl OptionalId {
    pub(super) const NONE: OptionalId = OptionalId(0);

    pub(super) fn some(id: u32) -> Self {
        OptionalId(id.wrapping_add(1))
    }

    pub(super) fn frame(self) -> Option<FrameId> {
        self.0.checked_sub(1).map(FrameId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FunctionId;

    /// `H` is hidden, `L` is hidden at the leaf, `a` is an alias of `A`, and all others are visible.
    const FRAMES: &str = "HLaAxyz";

    fn summaries() -> Vec<FrameSummary> {
        let summary = |(id, name): (u32, char)| FrameSummary {
            key: id,
            identity: FunctionId(if name == 'a' { id + 1 } else { id }),
            renamed: name == 'a',
            third_party: true,
            spawn_helper: false,
            visibility: match name {
                'H' => FrameVisibility::Hidden,
                'L' => FrameVisibility::UnlessLeaf,
                _ => FrameVisibility::Visible,
            },
        };
        (0u32..).zip(FRAMES.chars()).map(summary).collect()
    }

    #[test]
    fn visible_frames() {
        let summaries = summaries();
        let name = |frame: FrameId| FRAMES.chars().nth(frame.0 as usize).expect("a name");
        let check = |stack: &str, expected: &str| {
            let id = |name: char| FrameId(FRAMES.find(name).expect("a frame") as u32);
            let frames: Vec<FrameId> = stack.chars().map(id).collect();
            let mut visible = String::new();
            visit_visible(&frames, &summaries, |frame| visible.push(name(frame)));
            assert_eq!(visible, expected, "{stack}");
            // Where the stack is split makes no difference.
            for split in 0..=frames.len() {
                let (mut state, mut visible) = (VisibleFrames::default(), String::new());
                state.advance(&frames[..split], &summaries, |frame| visible.push(name(frame)));
                state.advance(&frames[split..], &summaries, |frame| visible.push(name(frame)));
                visible.extend(state.last().map(name));
                assert_eq!(visible, if state.last().is_some() { expected } else { "" }, "{stack} at {split}");
            }
        };
        check("", "");
        check("xyz", "xyz");
        check("xx", "xx");
        check("HxHyH", "xy");
        check("LxLy", "xLy");
        check("HLxL", "xL");
        check("aAx", "Ax");
        check("aaA", "aA");
        check("aHA", "A");
        check("aLA", "aLA");
        check("ax", "ax");
        check("Aa", "Aa");
        check("xa", "xa");
        // Nothing is visible.
        check("HLH", "HLH");
    }
}
