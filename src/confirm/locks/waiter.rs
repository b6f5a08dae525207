//! A group that waits for a lock which it holds itself.

use super::chain::Chain;
use super::held::Held;
use super::holders::Holders;
use super::identity::are_callers_choice;
use super::identity::is_same_each_time;
use super::identity::is_same_object;
use super::operation::Mode;
use super::operation::takes;
use super::operation::text_of;
use super::wanted::Wanted;
use super::words::line_of;
use super::words::who_of;
use crate::code::Object;
use crate::code::loops_around;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Node;
use crate::text::pluralize;

/// A lock that never comes: a cycle, a second lock by the same goroutine, or a lock that was kept.
pub(super) const DEADLOCK: &str = "deadlock-mutex";

/// Readers that wait behind a writer.
pub(super) const STARVATION: &str = "reader-writer-starvation";

/// What is asked of one group that waits for a lock.
pub(super) struct Waiter<'c, 'a> {
    /// The case.
    pub(super) case: &'c Case<'c, 'a>,
    /// Its frames in the source.
    pub(super) chain: Chain<'a>,
    /// The lock that it waits for.
    pub(super) wanted: Wanted<'a>,
    /// All locks that it holds itself.
    pub(super) own: Vec<Held<'a>>,
}

impl<'a> Waiter<'_, 'a> {
    /// The line that it waits in: sentences are about its file.
    pub(super) fn about(&self) -> Node<'a> {
        self.wanted.op.node
    }

    /// That line, as a sentence names it.
    pub(super) fn line(&self) -> String {
        line_in(self.about(), self.about())
    }

    fn me(&self) -> String {
        who_of(&self.wanted.op)
    }

    /// What the group holds of the lock that it waits for: maybe that of another object.
    fn own_of_wanted(&self) -> impl Iterator<Item = &Held<'a>> {
        self.own.iter().filter(|it| it.lock == self.wanted.lock && it.is_sure)
    }

    /// Whether it holds, or may hold, the lock that it waits for: maybe that of another object.
    pub(super) fn holds_another(&self) -> bool {
        self.own.iter().any(|it| it.lock == self.wanted.lock)
    }

    /// The goroutine waits for itself.
    pub(super) fn holds_it_itself(&self, holders: &Holders<'a>) -> Option<Said> {
        let op = &self.wanted.op;
        if let Some(said) = self.comes_round(holders) {
            return Some(said);
        }
        for held in self.own_of_wanted().filter(|it| it.op.node != op.node) {
            if !is_same_object(&self.chain, (held.frame, &held.op), (0, op)) {
                continue;
            }
            let reads_twice = self.reads_twice(held);
            if reads_twice && holders.writer.is_none() {
                continue;
            }
            return Some(self.again(held, holders.writer.filter(|_| reads_twice), true));
        }
        None
    }

    /// It comes round a loop with the lock. In the first round somebody else may have had it: so nobody else may hold it now.
    fn comes_round(&self, holders: &Holders<'a>) -> Option<Said> {
        let op = &self.wanted.op;
        let held = self.own.iter().find(|it| it.op.node == op.node)?;
        let loops = loops_around(op.node, Some(op.scope));
        let is_other = !is_same_each_time(&self.chain, held.frame, op, &loops);
        if is_other || !holders.sure.is_empty() || holders.may_be_more {
            return None;
        }
        let line = self.line();
        let text = text_of(op);
        let sentence = format!(
            "nobody else in this profile holds {}: {} locks it at {line} and comes round its loop to {line} again \
             without unlocking it",
            self.wanted.lock.label(),
            self.me()
        );
        let advice = format!("unlock `{text}` before the loop comes round to {line}");
        Some(Said::confirmed(DEADLOCK, sentence).with("waits", op.node).advising(advice))
    }

    /// The same stack locks twice. `writer` waits between two read locks. `is_same` says whether names tell that it is one object;
    /// otherwise it is so because nobody else holds one.
    fn again(&self, held: &Held<'a>, writer: Option<Wanted<'a>>, is_same: bool) -> Said {
        let (about, op) = (self.about(), &self.wanted.op);
        let label = self.wanted.lock.label();
        let call = self.chain.frames.get(held.frame).map(|it| it.node).filter(|it| *it != op.node);
        let taken = line_of(&held.op, about);
        let what = match (writer, takes(&held.op), self.wanted.mode) {
            (Some(_), ..) => "takes a read lock of it again",
            (None, Some(Mode::Read), Mode::Write) => "locks it for writing while it reads",
            (None, Some(Mode::Write), Mode::Read) => "takes a read lock of it while it writes",
            (None, ..) => "locks it again",
        };
        let comes = match call {
            Some(call) => {
                format!("comes through the call at {} to {}, which {what}", line_in(call, about), self.line())
            }
            None => format!("{what} at {}", self.line()),
        };
        let so = match (writer, is_same) {
            (Some(writer), _) => format!(
                "the writer at {} waits between the two, for the first, and the second waits for the writer",
                line_of(&writer.op, about)
            ),
            (None, true) => "it waits for itself".to_owned(),
            (None, false) => "no other goroutine of this profile holds it, so it waits for itself".to_owned(),
        };
        let sentence = format!("{} holds {label} (locked at {taken}) and {comes}: {so}", who_of(&held.op));
        let cause = if writer.is_some() { STARVATION } else { DEADLOCK };
        let mut said = Said::confirmed(cause, sentence).with("locked", held.op.node);
        if let Some(call) = call {
            said = said.with("calls", call);
        }
        said = said.with("locks it again", op.node);
        if let Some(writer) = writer {
            said = said.with("a writer waits", writer.op.node);
        }
        let text = text_of(&held.op);
        said.advising(match call {
            Some(call) if op.scope != held.op.scope => {
                format!(
                    "unlock `{text}` before {}, or call a function there that does not lock it",
                    line_in(call, about)
                )
            }
            _ => format!("lock `{text}` once: at {taken} or at {}", self.line()),
        })
    }

    /// The stack holds a lock of the same field already, names do not tell of which object, and nobody else of the profile holds one:
    /// so these goroutines wait for themselves or for each other.
    pub(super) fn holds_one_of_the_same_kind(&self, holders: &Holders<'a>) -> Option<Said> {
        let held = *self.own_of_wanted().next()?;
        let is_local = matches!(self.wanted.lock.object, Object::Local { .. });
        if holders.may_be_more || !holders.sure.is_empty() || is_local {
            return None;
        }
        if held.op.scope != self.wanted.op.scope {
            let reads_twice = self.reads_twice(&held);
            return match holders.writer {
                None if reads_twice => None,
                writer => Some(self.again(&held, writer.filter(|_| reads_twice), false)),
            };
        }
        if self.case.group.count <= 1 {
            return None;
        }
        let about = self.about();
        let label = self.wanted.lock.label();
        let taken = line_of(&held.op, about);
        let (first, second) = (text_of(&held.op), text_of(&self.wanted.op));
        let goroutines = pluralize(self.case.group.count, "goroutine");
        let what = if first == second {
            format!("`{first}` (locked at {taken}) and waits at {} for that of another", self.line())
        } else {
            format!("`{first}` (locked at {taken}) and waits at {} for `{second}`", self.line())
        };
        let holds = format!(
            "each of {goroutines} holds {what}, and no other goroutine of this profile is seen to hold {label}"
        );
        // In a tree, or of two fields of one object, the order may be the same everywhere.
        if !are_callers_choice(&self.chain, held.frame, &held.op, &self.wanted.op) {
            let said = Said::candidate(
                DEADLOCK,
                format!("{holds}: they may lock the same objects in different orders"),
            );
            return Some(said.with("locked", held.op.node).with("waits", about));
        }
        let advice = format!(
            "lock `{first}` and `{second}` in an order that does not depend on the caller, such as by ID"
        );
        let sentence =
            format!("{holds}: they lock the same objects in different orders, and wait for each other");
        let said = Said::confirmed(DEADLOCK, sentence).with("locked", held.op.node).with("waits", about);
        Some(said.advising(advice))
    }

    fn reads_twice(&self, held: &Held<'a>) -> bool {
        takes(&held.op) == Some(Mode::Read) && self.wanted.mode == Mode::Read
    }
}
