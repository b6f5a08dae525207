//! Other goroutines of the profile that hold the lock: what they wait for themselves.

use super::held::Held;
use super::holders::Holder;
use super::holders::Holders;
use super::holders::all_held;
use super::holders::holders_of;
use super::holders::stops;
use super::identity::is_same_object;
use super::kept::Kept;
use super::kept::kept;
use super::operation::Mode;
use super::operation::takes;
use super::operation::text_of;
use super::waiter::DEADLOCK;
use super::waiter::STARVATION;
use super::waiter::Waiter;
use super::wanted::Wanted;
use super::words::count;
use super::words::doing;
use super::words::leaves;
use super::words::line_of;
use super::words::unlocking;
use super::words::who_of;
use crate::code::Object;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::diagnose::SourceCertainty;
use crate::model::BlockedOn;
use crate::syntax::Kind;

/// Bound of the goroutines that are followed from one lock to the next.
const MAX_LINKS: usize = 5;

/// Bound of the verdicts where several goroutines may hold the lock.
const MAX_CANDIDATES: usize = 3;

const HELD_ACROSS_WAIT: &str = "lock-held-across-wait";
const CONTENTION: &str = "lock-contention";

/// Why the last holder of a chain does not go on.
enum End<'a> {
    /// It waits for a lock that the first group holds.
    Cycle(Held<'a>),
    /// It waits for the lock that it holds.
    Itself,
    /// It waits for a lock that an earlier link holds.
    OtherCycle,
    /// It waits for a lock that a function kept.
    Kept(Kept<'a>),
    /// It waits for a lock, and who holds that is not seen.
    Lock,
    /// It waits for something else.
    Waits,
    /// It runs.
    Runs,
}

impl<'a> Waiter<'_, 'a> {
    /// Other goroutines of the profile hold it.
    pub(super) fn others_hold_it(&self, holders: &Holders<'a>) -> Vec<Said> {
        let is_writer_waiting = holders.writer.is_some();
        let stopping: Vec<&Holder<'a>> =
            holders.sure.iter().filter(|it| stops(&it.held, self.wanted.mode, is_writer_waiting)).collect();
        let said: Vec<(Said, bool)> = stopping.iter().filter_map(|it| self.held_by(it, holders)).collect();
        // Of a cycle that this group is in, nothing else is needed.
        if let Some((said, _)) = said.iter().find(|(_, is_mine)| *is_mine) {
            return vec![said.clone()];
        }
        let causes = || said.iter().map(|(said, _)| said.cause);
        let is_one_object = matches!(self.wanted.lock.object, Object::PackageVariable(_));
        let is_clear = is_one_object || causes().all(|it| Some(it) == causes().next());
        if is_clear {
            return said.into_iter().map(|(said, _)| said).take(1).collect();
        }
        let doubtful = |(said, _): (Said, bool)| match said.certainty {
            SourceCertainty::Confirmed => Said { certainty: SourceCertainty::Candidate, ..said },
            _ => said,
        };
        said.into_iter().map(doubtful).take(MAX_CANDIDATES).collect()
    }

    /// What one holder says of the wait, and whether this group is part of its cycle.
    fn held_by(&self, holder: &Holder<'a>, holders: &Holders<'a>) -> Option<(Said, bool)> {
        let about = self.about();
        let label = self.wanted.lock.label();
        let (links, end) = self.follow(holder);
        let first = links.first()?;
        let holds = |it: &Holder<'a>| {
            format!(
                "{} holds {} (locked at {})",
                who_of(&it.held.op),
                it.held.lock.label(),
                line_of(&it.held.op, about)
            )
        };
        let reads = takes(&first.held.op) == Some(Mode::Read) && self.wanted.mode == Mode::Read;
        let starved = holders.writer.filter(|_| reads);
        let after = match starved {
            Some(writer) => {
                format!("; since a writer waits at {}, no other reader gets in", line_of(&writer.op, about))
            }
            None => String::new(),
        };
        let waits_for =
            |it: &Wanted<'a>| format!("waits at {} for {}", line_of(&it.op, about), it.lock.label());
        let chained: Vec<String> = links
            .iter()
            .map(|it| match it.wanted {
                Some(wanted) => format!("{} and {}", holds(it), waits_for(&wanted)),
                None => holds(it),
            })
            .collect();
        let with_lines = |mut said: Said| {
            said = said.with("waits", about);
            for link in &links {
                said = said.with("locked", link.held.op.node);
                if let Some(frame) = link.chain.frames.first() {
                    said = said.with("waits while it holds the lock", frame.node);
                }
            }
            said
        };
        match end {
            End::Cycle(own) => {
                let sentence = format!(
                    "{} holds {} (locked at {}) and {}, while {}: each waits for the other{after}",
                    who_of(&own.op),
                    own.lock.label(),
                    line_of(&own.op, about),
                    waits_for(&self.wanted),
                    chained.join(", and "),
                );
                let advice = format!("take {} and {label} in the same order everywhere", own.lock.label());
                let said = with_lines(Said::confirmed(DEADLOCK, sentence).with("locked", own.op.node));
                Some((said.advising(advice), true))
            }
            End::Itself => {
                let last = links.last()?;
                let wanted = last.wanted?;
                let again = format!(
                    "{} and comes to {}, which locks it again",
                    holds(last),
                    line_of(&wanted.op, about)
                );
                let reads_twice = takes(&last.held.op) == Some(Mode::Read) && wanted.mode == Mode::Read;
                let (cause, sentence) = if links.len() > 1 {
                    let before: Vec<&str> =
                        chained.iter().take(links.len() - 1).map(String::as_str).collect();
                    (DEADLOCK, format!("{}, and {again}: it waits for itself", before.join(", and ")))
                } else if reads_twice && self.wanted.mode == Mode::Write {
                    let behind =
                        "this writer waits for the first read lock, and the second waits for the writer";
                    (STARVATION, format!("{again} for reading: {behind}"))
                } else if let Some(writer) = starved.filter(|_| reads_twice) {
                    let at = line_of(&writer.op, about);
                    let behind = "which waits for the first read lock; so does every reader after it";
                    (
                        STARVATION,
                        format!("{again} for reading: there it waits for the writer at {at}, {behind}"),
                    )
                } else {
                    (DEADLOCK, format!("{again}: it waits for itself, and all others wait for it{after}"))
                };
                let text = text_of(&last.held.op);
                let before = last.call_line(about);
                let advice = format!(
                    "unlock `{text}` before {before}, or do not lock it again at {}",
                    line_of(&wanted.op, about)
                );
                Some((with_lines(Said::confirmed(cause, sentence)).advising(advice), false))
            }
            End::OtherCycle => {
                let sentence = format!("{}: these wait for each other{after}", chained.join(", and "));
                let mut locks: Vec<String> = Vec::new();
                for lock in links.iter().map(|it| it.held.lock.label()) {
                    if !locks.contains(&lock) {
                        locks.push(lock);
                    }
                }
                let advice = format!("take {} in the same order everywhere", locks.join(" and "));
                Some((with_lines(Said::confirmed(DEADLOCK, sentence)).advising(advice), false))
            }
            End::Kept(kept) => {
                let sentence = format!(
                    "{}, which nobody in this profile holds: {}",
                    chained.join(", and "),
                    leaves(&kept, about)
                );
                let advice = unlocking(&kept, about);
                Some((with_lines(Said::confirmed(DEADLOCK, sentence)).advising(advice), false))
            }
            End::Lock => {
                let sentence = chained.join(", and ");
                Some((with_lines(Said::candidate(DEADLOCK, sentence)), false))
            }
            End::Waits => {
                let last = links.last()?;
                let doing = doing(last.group, &last.chain, about)?;
                let sentence =
                    format!("{} while it {doing} {}{after}", chained.join(", and "), count(last.group));
                let cause = match last.group.blocked_on {
                    _ if starved.is_some() => STARVATION,
                    Some(BlockedOn::Sleep) => CONTENTION,
                    _ => HELD_ACROSS_WAIT,
                };
                let (text, line) = (text_of(&last.held.op), last.call_line(about));
                // What a defer unlocks cannot be unlocked before, too.
                let is_deferred = last.held.op.scope.own().any(|it| {
                    it.kind() == Kind::DeferStatement
                        && it.text().contains(text)
                        && it.text().ends_with("nlock()")
                });
                let advice = if is_deferred {
                    format!(
                        "copy what {line} needs while `{text}` is locked, unlock it without defer, and wait at {line} then"
                    )
                } else {
                    format!("unlock `{text}` before {line}")
                };
                Some((with_lines(Said::confirmed(cause, sentence)).advising(advice), false))
            }
            End::Runs => {
                let last = links.last()?;
                let at = last.chain.frames.first().map_or(String::new(), |it| line_in(it.node, about));
                let sentence = format!("{} and runs at {at} {}", chained.join(", and "), count(last.group));
                Some((with_lines(Said::candidate(CONTENTION, sentence)), false))
            }
        }
    }

    /// Follows a holder to the lock that it waits for, and to the holder of that, until it is clear what stops them.
    fn follow(&self, holder: &Holder<'a>) -> (Vec<Holder<'a>>, End<'a>) {
        let mut links = vec![holder.clone()];
        loop {
            let Some(last) = links.last() else { return (links, End::Runs) };
            let Some(wanted) = last.wanted else {
                let is_lock = matches!(last.group.blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock));
                let runs = doing(last.group, &last.chain, self.about()).is_none();
                let end = if runs {
                    End::Runs
                } else if is_lock {
                    End::Lock
                } else {
                    End::Waits
                };
                return (links, end);
            };
            if let Some(own) = self.own.iter().find(|it| it.is_sure && it.lock == wanted.lock) {
                let end = End::Cycle(*own);
                return (links, end);
            }
            let own = all_held(last);
            let same = own.iter().find(|it| it.is_sure && it.lock == wanted.lock);
            if same.is_some_and(|it| is_same_object(&last.chain, (it.frame, &it.op), (0, &wanted.op))) {
                return (links, End::Itself);
            }
            if links.iter().rev().skip(1).any(|it| it.held.lock == wanted.lock) {
                return (links, End::OtherCycle);
            }
            if links.len() >= MAX_LINKS {
                return (links, End::Lock);
            }
            let next = holders_of(self.case, wanted.lock, last.group.row);
            let is_writer_waiting = next.writer.is_some();
            let is_new = |it: &&Holder<'a>| {
                stops(&it.held, wanted.mode, is_writer_waiting)
                    && !links.iter().any(|link| link.group.row == it.group.row)
            };
            match next.sure.iter().find(is_new) {
                Some(next) => {
                    let next = next.clone();
                    links.push(next);
                }
                None => {
                    let nobody = next.sure.is_empty() && !next.may_be_more;
                    let kept = kept(wanted.lock).into_iter().find(|it| it.is_sure && nobody);
                    let end = match (same, kept) {
                        // Names do not tell that it is one object; but nobody else holds one.
                        (Some(_), None) if nobody => End::Itself,
                        (Some(_), _) | (None, None) => End::Lock,
                        (None, Some(kept)) => End::Kept(kept),
                    };
                    return (links, end);
                }
            }
        }
    }
}
