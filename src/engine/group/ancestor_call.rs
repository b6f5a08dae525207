//! The user's code that led to a goroutine, as its ancestors show it (`GODEBUG=tracebackancestors=N`).

use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::SampleRef;
use crate::stacks::SymbolTable;
use crate::stacks::called;
use crate::stacks::is_written_by_user;

use super::filtered::FilteredProfile;

/// A call of the user's code on the stack of an ancestor, when it ran the `go` statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AncestorCall {
    /// The user's frame.
    pub frame: Frame,
    /// The function that it calls; `None` if it is the one with the `go` statement.
    pub calls: Option<FunctionId>,
}

/// The call of the user's code that is nearest to the goroutine among its ancestors.
pub(super) fn ancestor_call(
    filtered: &FilteredProfile<'_>,
    sample_ref: &SampleRef<'_>,
    symbols: &SymbolTable,
) -> Option<AncestorCall> {
    sample_ref.ancestors().iter().find_map(|ancestor| {
        let frames = ancestor.frames.iter().map(|it| filtered.stacks.symbol_map.frame(*it));
        let frames: Vec<Frame> = frames.collect();
        let at = frames.iter().position(|frame| is_written_by_user(*frame, symbols))?;
        let (inner, outer) = frames.split_at(at);
        Some(AncestorCall { frame: *outer.first()?, calls: called(inner, symbols) })
    })
}
