//! The goroutines of the profile that hold a lock.

use super::chain::Chain;
use super::chain::chain;
use super::held::Held;
use super::held::Lock;
use super::held::held;
use super::held::held_one;
use super::held::is_unclear;
use super::operation::Mode;
use super::operation::takes;
use super::table::operations;
use super::wanted::Wanted;
use super::wanted::wanted;
use super::wanted::without_condition;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::Case;
use crate::confirm::place::PlacedGroup;
use crate::confirm::place::last_name;
use crate::confirm::said::line_in;
use crate::sort;
use crate::syntax::Node;

/// A group of the profile that holds a lock.
#[derive(Clone, Debug)]
pub(super) struct Holder<'a> {
    /// The group.
    pub(super) group: &'a ObservedGroup,
    /// Its frames in the source.
    pub(super) chain: Chain<'a>,
    /// How it holds the lock.
    pub(super) held: Held<'a>,
    /// The lock that it waits for itself.
    pub(super) wanted: Option<Wanted<'a>>,
}

impl<'a> Holder<'a> {
    /// The line that it is at in the function that took the lock, as a sentence names it.
    pub(super) fn call_line(&self, about: Node<'a>) -> String {
        self.chain.frames.get(self.held.frame).map_or_else(String::new, |it| line_in(it.node, about))
    }
}

/// The holders of a lock, and whether these are all.
#[derive(Debug)]
pub(super) struct Holders<'a> {
    /// The groups that hold it for certain, those with the most goroutines first.
    pub(super) sure: Vec<Holder<'a>>,
    /// Whether other groups may hold it: their lines do not tell.
    pub(super) may_be_more: bool,
    /// A group that waits to take it for writing.
    pub(super) writer: Option<Wanted<'a>>,
}

/// The other groups of the profile that hold a lock. A reader is stopped by a reader only if a writer waits between them.
pub(super) fn holders_of<'a>(case: &Case<'_, 'a>, lock: Lock<'a>, row: usize) -> Holders<'a> {
    let mut found = Holders { sure: Vec::new(), may_be_more: false, writer: None };
    let operations = operations(lock.package);
    let mut names: Vec<&str> = operations
        .get(&lock.object)
        .into_iter()
        .flatten()
        .flat_map(|op| [Some(op.function.name), op.function.receiver])
        .flatten()
        .collect();
    // Closures of package variables: `glob..func1`, since Go 1.21 `init.func1`.
    names.extend(["glob", "init"]);
    names.sort_unstable();
    names.dedup();
    let waits = case.groups.iter().find(|it| it.group.row == row);
    let is_leaked = waits.is_some_and(|it| it.group.is_leaked == Some(true));
    for other in case.groups {
        // What a goroutine that lives on will unlock can be reached, and who waits for it has not leaked.
        if is_leaked && other.group.is_leaked == Some(false) {
            continue;
        }
        // Most groups are in no function that uses the lock.
        let is_near = |it: &PlacedGroup<'a>| {
            it.group.stack.iter().any(|frame| names.iter().any(|name| has_name(&frame.function, name)))
        };
        if other.group.count <= 0 || !(is_near(other) || lock.is_visible()) {
            continue;
        }
        let chain = chain(case.workspace, other.group, other.place);
        let wanted = wanted(&chain, other.group);
        if let Some(wanted) = wanted.filter(|it| it.lock == lock && it.mode == Mode::Write) {
            found.writer.get_or_insert(wanted);
        }
        if other.group.row == row {
            continue;
        }
        let held = without_condition(&chain, other.group, held_one(&chain, lock));
        match held.iter().find(|it| it.is_sure) {
            Some(held) => {
                found.sure.push(Holder { group: other.group, chain, held: *held, wanted });
            }
            None => found.may_be_more |= !held.is_empty() || is_unclear(&chain, lock),
        }
    }
    sort::by_key(&mut found.sure, |it| (std::cmp::Reverse(it.group.count), it.group.row));
    found
}

/// Whether a function of a profile is in a declared function of a name, or in a closure of it.
fn has_name(function: &str, name: &str) -> bool {
    last_name(function) == name
        || function.match_indices(name).any(|(at, _)| {
            let before = function.get(..at).and_then(|it| it.chars().next_back());
            let after = function.get(at + name.len()..).and_then(|it| it.chars().next());
            matches!(before, Some('.' | '*' | '(')) && matches!(after, Some('.' | ')' | '[') | None)
        })
}

/// Whether a holder stops one that wants the lock.
pub(super) fn stops(holder: &Held<'_>, wanted: Mode, is_writer_waiting: bool) -> bool {
    wanted == Mode::Write || takes(&holder.op) != Some(Mode::Read) || is_writer_waiting
}

/// All locks that a holder holds.
pub(super) fn all_held<'a>(holder: &Holder<'a>) -> Vec<Held<'a>> {
    without_condition(&holder.chain, holder.group, held(&holder.chain))
}
