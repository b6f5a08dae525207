//! What the goroutines of one sample are blocked on.

use crate::golang;
use crate::model::BlockedOn;
use crate::model::Fact;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::stacks::AnalyzedStacks;
use crate::stacks::SymbolTable;

/// What a sample is blocked on: stated by its state, otherwise inferred from its frames. `None` if neither shows it.
pub(super) fn blocked_on(
    profile: &Profile,
    stacks: &AnalyzedStacks,
    sample_ref: &SampleRef<'_>,
    symbols: &SymbolTable,
) -> Option<Fact<BlockedOn>> {
    let stack = sample_ref.sample.stack;
    if let Some(state) = profile.state(sample_ref) {
        return golang::blocked_on_stated(&state.reason, stacks.frames.leaves(profile, stack, symbols));
    }
    let wait = stacks.class(stack).wait;
    let inferred = wait.blocked_on.or(sample_ref.inferred_wait());
    inferred.or(wait.blocked_in_library).map(Fact::inferred)
}
