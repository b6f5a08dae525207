//! Goroutines that wait for a lock: who holds it.

use super::chain::Chain;
use super::chain::chain;
use super::held::held;
use super::holders::holders_of;
use super::kept::Kept;
use super::kept::kept;
use super::operation::Mode;
use super::waiter::DEADLOCK;
use super::waiter::Waiter;
use super::wanted::wanted;
use super::wanted::without_condition;
use super::words::leaves;
use super::words::unlocking;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::diagnose::SourceCertainty;

/// Bound of the functions that may have kept the lock.
const MAX_KEPT: usize = 3;

/// Says of a group that waits for a lock who holds it.
pub(super) fn waiting(case: &Case<'_, '_>) -> Vec<Said> {
    let chain = chain(case.workspace, case.group, Some(case.place));
    let Some(wanted) = wanted(&chain, case.group) else {
        return unnamed(&chain, case).into_iter().collect();
    };
    let own = without_condition(&chain, case.group, held(&chain));
    let waiter = Waiter { case, chain, wanted, own };
    let holders = holders_of(case, wanted.lock, case.group.row);
    if let Some(said) = waiter.holds_it_itself(&holders) {
        return vec![said];
    }
    let mut said = waiter.others_hold_it(&holders);
    if said.iter().any(|it| it.certainty == SourceCertainty::Confirmed) {
        return said;
    }
    let nobody = holders.sure.is_empty() && !holders.may_be_more;
    let mut kept: Vec<Kept<'_>> = kept(wanted.lock);
    kept.retain(|it| it.is_sure);
    let is_kept = nobody && !kept.is_empty();
    if nobody && !is_kept {
        said.extend(waiter.holds_one_of_the_same_kind(&holders));
    }
    let nobody = nobody && !waiter.holds_another();
    if said.is_empty() {
        said.extend(kept.iter().take(MAX_KEPT).map(|kept| somebody_kept_it(&waiter, kept, nobody)));
    }
    if said.is_empty() {
        let label = wanted.lock.label();
        let reads_only = !holders.may_be_more && !nobody && wanted.mode == Mode::Read;
        let sentence = if nobody {
            format!(
                "no goroutine of this profile is seen to hold {label}, and no path through its package is seen to keep it"
            )
        } else if reads_only {
            format!("{label} is held for reading only, and no goroutine of this profile waits to write")
        } else {
            format!("which goroutine holds {label} is not seen: the lines of some do not tell")
        };
        said.push(Said::undecided(DEADLOCK, sentence).with("waits", wanted.op.node));
    }
    said
}

/// The innermost frame locks something that names do not tell.
fn unnamed(chain: &Chain<'_>, case: &Case<'_, '_>) -> Option<Said> {
    let operation = case.place.operation?;
    let frame = chain.frames.first()?;
    let what = frame.node.text().lines().next().unwrap_or("");
    let sentence = format!("names do not tell which lock `{what}` takes");
    Some(Said::undecided(DEADLOCK, sentence).with("waits", operation))
}

/// Nobody is seen to hold it, and a function ends with it.
fn somebody_kept_it<'a>(waiter: &Waiter<'_, 'a>, kept: &Kept<'a>, nobody: bool) -> Said {
    let about = waiter.about();
    let label = waiter.wanted.lock.label();
    let sentence = if nobody {
        format!("nobody in this profile holds {label}: {}", leaves(kept, about))
    } else {
        leaves(kept, about)
    };
    let certainty = if nobody { SourceCertainty::Confirmed } else { SourceCertainty::Candidate };
    let mut said =
        Said::new(certainty, DEADLOCK, sentence).with("waits", about).with("locked", kept.take.node);
    for exit in kept.exits.iter().take(2) {
        said = said.with("leaves with the lock", *exit);
    }
    for give in kept.gives.iter().take(2) {
        said = said.with("unlocked", give.node);
    }
    said.advising(unlocking(kept, about))
}
