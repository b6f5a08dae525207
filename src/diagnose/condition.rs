//! Whether a rule's conditions hold for a row.

use std::cell::OnceCell;
use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::rules::FramePattern;
use crate::rules::Rule;
use crate::rules::Text;

use super::children::children;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::held_by::HeldBy;
use super::held_by::Holder;
use super::locks::locks;
use super::methods::methods;
use super::methods::waits_in_a_method;

/// Waits that end without another goroutine. If the holder of a lock is in one of them, the lock will be released.
const MOVING: [&str; 4] = ["sleep", "network", "syscall", "nothing"];

/// Instead of what children are blocked on: whatever it is.
const ANYTHING: &str = "anything";

const MIN_CHILDREN: usize = 20;

type Check = fn(&CompiledRule<'_>, &DiagnosisContext<'_>, &RowView<'_>) -> bool;

/// The conditions with their names. Cheap ones are first. A condition that a rule does not state holds.
const CHECKS: [(&str, Check); 12] = [
    ("what it is blocked on", |rule, _, it| {
        let (wanted, blocked_on) =
            (&rule.rule.when.blocked_on, it.blocked_on.map_or("unknown", BlockedOn::as_str));
        wanted.is_empty() || wanted.iter().any(|it| it == blocked_on)
    }),
    ("how many there are", |rule, _, it| it.row.count() >= i128::from(rule.rule.when.min_count)),
    ("that it grows", |rule, _, it| !rule.rule.when.growing || it.row.is_growing()),
    ("its frames", |rule, _, it| {
        let frames = &rule.patterns().frames;
        frames.is_empty() || rule.has_frames(it)
    }),
    ("frames that must not be there", |rule, _, it| {
        !rule.patterns().without.iter().any(|pattern| pattern.matches(|| it.names()))
    }),
    ("its entry", |rule, _, it| {
        let entry = &rule.patterns().entry;
        entry.is_empty() || entry.iter().any(|pattern| pattern.matches(|| it.entry.into_iter()))
    }),
    ("who started it", |rule, context, it| {
        let spawned_by = &rule.patterns().spawned_by;
        let mut known = it.spawn.into_iter().chain(it.spawn_helper).peekable();
        // Where it is not known, the other conditions decide, if there are any.
        if spawned_by.is_empty() || (known.peek().is_none() && rule.rule.when.is_particular()) {
            return true;
        }
        let matches = |name: &str| spawned_by.iter().any(|pattern| pattern.matches(|| std::iter::once(name)));
        known.any(|function| matches(context.names().function_name(function)))
    }),
    ("the words of its name", |rule, _, it| {
        let wanted = &rule.rule.when.named;
        wanted.is_empty()
            || it.words().iter().any(|word| wanted.iter().any(|it| word.starts_with(it.as_ref())))
    }),
    ("the stacks beside it", |rule, context, it| {
        rule.patterns().beside.iter().all(|(pattern, [least, most])| {
            let others = context.current_rows().filter(|other| !std::ptr::eq(*other, it));
            let count: i128 =
                others.filter(|it| pattern.matches(|| it.names())).map(|it| it.row.count()).sum();
            let ratio = count as f64 / it.row.count().max(1) as f64;
            count > 0 && (*least..=*most).contains(&ratio)
        })
    }),
    ("its parents, children or lock holder", |rule, context, it| {
        let when = &rule.rule.when;
        let spawner_is = |class: &str| it.spawn.is_some_and(|spawn| context.blocked_in(spawn, &[class]));
        let children_are = |class: &str| {
            children(context, it).any(|child| match child.blocked_on {
                Some(BlockedOn::Nothing) | None => false,
                Some(blocked_on) => class == ANYTHING || blocked_on.as_str() == class,
            })
        };
        when.spawner_blocked_on.as_deref().is_none_or(spawner_is)
            && when.children_blocked_on.as_deref().is_none_or(children_are)
            && when.holder_moves.is_none_or(|moves| moves == holder_moves(context, it))
            && (when.holder_blocked_on.is_empty() || holder_is(&when.holder_blocked_on, context, it))
            && (!when.holds_lock || locks(context).holds_one(it.index))
            && (!when.same_receiver_twice || same_receiver_twice(context, it))
            && (!when.lock_order || lock_partner(context, it).is_some())
            && (!when.one_living_parent || one_living_parent(context, it).is_some())
    }),
    ("what it was given", |rule, _, it| {
        let wanted = &rule.rule.when.given;
        wanted.is_empty() || wanted.iter().any(|wanted| wanted == it.given())
    }),
    ("whose code it is", |rule, context, it| !rule.rule.when.library_only || it.library(context).is_some()),
];

pub(super) struct CompiledRule<'r> {
    pub(super) rule: &'r Rule,
    /// Made at first use: most rules fail a check that is before those of the patterns in [`CHECKS`].
    patterns: OnceCell<Patterns<'r>>,
}

struct Patterns<'r> {
    frames: Vec<LazyPattern<'r>>,
    without: Vec<LazyPattern<'r>>,
    entry: Vec<LazyPattern<'r>>,
    spawned_by: Vec<LazyPattern<'r>>,
    beside: Vec<(LazyPattern<'r>, [f64; 2])>,
    because_of: Option<LazyPattern<'r>>,
    held_in: Vec<LazyPattern<'r>>,
}

/// A pattern that is compiled when a stack may match it: no name of most stacks starts with its first byte.
pub(super) struct LazyPattern<'r> {
    text: &'r str,
    compiled: OnceCell<FramePattern>,
}

impl<'r> LazyPattern<'r> {
    fn new(text: &'r str) -> Self {
        LazyPattern { text: text.trim_start(), compiled: OnceCell::new() }
    }

    /// As [`FramePattern::matches`].
    pub(super) fn matches<'a, I: Iterator<Item = &'a str>>(&self, names: impl Fn() -> I) -> bool {
        let first = self.text.as_bytes().first();
        let may_match = first == Some(&b'*') || names().any(|name| name.as_bytes().first() == first);
        may_match && self.compiled.get_or_init(|| FramePattern::new(self.text)).matches(names())
    }
}

impl<'r> CompiledRule<'r> {
    pub(super) fn new(rule: &'r Rule) -> Self {
        CompiledRule { rule, patterns: OnceCell::new() }
    }

    fn patterns(&self) -> &Patterns<'r> {
        let when = &self.rule.when;
        let all = |texts: &'r [Text]| texts.iter().map(|text| LazyPattern::new(text)).collect();
        self.patterns.get_or_init(|| Patterns {
            frames: all(&when.frames),
            without: all(&when.without),
            entry: all(&when.entry),
            spawned_by: all(&when.spawned_by),
            beside: when.beside.iter().map(|it| (LazyPattern::new(&it.frames), it.ratio)).collect(),
            because_of: Some(&*self.rule.because_of).filter(|it| !it.is_empty()).map(LazyPattern::new),
            held_in: all(&self.rule.held_in),
        })
    }

    /// The frames of the goroutines for which those of the rule wait; `None` if the rule does not say.
    pub(super) fn because_of(&self) -> Option<&LazyPattern<'r>> {
        self.patterns().because_of.as_ref()
    }

    /// The frames of the goroutines that have what those of the rule wait for.
    pub(super) fn held_in(&self) -> &[LazyPattern<'r>] {
        &self.patterns().held_in
    }

    /// Whether a row has frames that the rule is about.
    pub(super) fn has_frames(&self, row_view: &RowView<'_>) -> bool {
        self.patterns().frames.iter().any(|pattern| pattern.matches(|| row_view.names()))
    }

    pub(super) fn holds(&self, context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        CHECKS.iter().all(|(_, check)| check(self, context, row_view))
    }

    /// The names of the conditions that do not hold for a row.
    pub(super) fn unmet(&self, context: &DiagnosisContext<'_>, row: usize) -> Vec<&'static str> {
        let Some(row_view) = context.rows.get(row) else { return Vec::new() };
        CHECKS.iter().filter(|(_, check)| !check(self, context, row_view)).map(|(name, _)| *name).collect()
    }
}

/// Whether another goroutine in the same function, or the one that holds the lock, waits for something that ends by itself.
fn holder_moves(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    match locks(context).held_by(row_view.index) {
        // Only a goroutine that crashed is `running` while the others of a traceback wait.
        HeldBy::Other(holder) => blocked_on_one_of(context, holder, &MOVING) && !is_running(context, holder),
        HeldBy::Itself(_) | HeldBy::Nobody => false,
        HeldBy::Unknown => row_view.function.is_some_and(|frame| context.blocked_in(frame.function, &MOVING)),
    }
}

fn is_running(context: &DiagnosisContext<'_>, holder: Holder) -> bool {
    let stated = context.rows[holder.row].row.facts.stated.as_ref();
    stated.and_then(|it| it.states.one(true)).is_some_and(|state| state == "running")
}

fn blocked_on_one_of(context: &DiagnosisContext<'_>, holder: Holder, classes: &[&str]) -> bool {
    let blocked_on = context.rows[holder.row].blocked_on;
    blocked_on.is_some_and(|it| classes.contains(&it.as_str()))
}

/// Whether the goroutine that most likely holds the lock is blocked on one of these; `nobody` is a word for itself.
fn holder_is(wanted: &[Text], context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    match locks(context).held_by(row_view.index) {
        HeldBy::Other(holder) => wanted.iter().any(|it| blocked_on_one_of(context, holder, &[it])),
        HeldBy::Nobody => wanted.iter().any(|it| it == "nobody"),
        HeldBy::Itself(_) | HeldBy::Unknown => false,
    }
}

/// Whether the method that waits for the lock was called by another method of the same object, which most likely holds it. Without
/// addresses the types of the receivers have to do.
fn same_receiver_twice(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    match (locks(context).held_by(row_view.index), locks(context).address(row_view.index)) {
        (HeldBy::Itself(_), _) => true,
        // These wait for a goroutine that took the lock twice.
        (HeldBy::Other(holder), _) if matches!(locks(context).held_by(holder.row), HeldBy::Itself(_)) => true,
        (HeldBy::Unknown, None) => {
            let methods = methods(row_view);
            let Some(((receiver, method), outer)) = methods.split_first() else { return false };
            let is_same = |(kind, name): &(&str, &str)| kind == receiver && name != method;
            waits_in_a_method(row_view) && outer.iter().any(is_same)
        }
        // The lock is not in the object whose methods are on the stack, or another goroutine has it.
        (HeldBy::Unknown, Some(_)) | (HeldBy::Other(_) | HeldBy::Nobody, _) => false,
    }
}

/// The row that seems to hold the lock that this one waits for, and to wait for one that this one holds. Inferred from the types of
/// the methods on both stacks and from the addresses of the locks; `None` if there is no such row.
pub(super) fn lock_partner<'w, 'a>(
    context: &'w DiagnosisContext<'a>,
    row_view: &RowView<'a>,
) -> Option<&'w RowView<'a>> {
    let waits = |it: &RowView<'_>| matches!(it.blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock));
    // The types whose methods are on a stack, from the lock outwards.
    let receivers =
        |it: &RowView<'a>| -> Vec<&str> { methods(it).into_iter().map(|(receiver, _)| receiver).collect() };
    if !waits(row_view) {
        return None;
    }
    let holder = locks(context).holder_that_never_ends(row_view.index);
    let circle = locks(context).circle(row_view.index);
    if let Some(partner) = circle.or(holder.filter(|it| locks(context).circle(*it).is_some())) {
        return context.rows.get(partner);
    }
    // Where it is known who has the lock, types say nothing more.
    if !matches!(locks(context).held_by(row_view.index), HeldBy::Unknown) {
        return None;
    }
    let mine = receivers(row_view);
    let (inner, outer) = mine.split_first()?;
    context.current_rows().find(|it| {
        let theirs = receivers(it);
        let Some((their_inner, their_outer)) = theirs.split_first() else { return false };
        if !waits(it) || std::ptr::eq(*it, row_view) {
            return false;
        }
        // A is called under B here, and B under A there.
        let crossed = inner != their_inner && outer.contains(their_inner) && their_outer.contains(inner);
        // Both wait inside A, one of them under B, for different locks: A's method takes a second lock.
        let under = |outer: &[&str]| outer.iter().any(|it| it != inner);
        let meet =
            inner == their_inner && (under(outer) || under(their_outer)) && different_locks(row_view, it);
        crossed || meet
    })
}

/// Whether the addresses of the locks of both rows are known, and they have none in common.
fn different_locks(a: &RowView<'_>, b: &RowView<'_>) -> bool {
    let addresses = |it: &RowView<'_>| -> Vec<NonZeroU64> {
        it.row.facts.goroutines().iter().filter_map(|it| it.waits_for).collect()
    };
    let (a, b) = (addresses(a), addresses(b));
    !a.is_empty() && !b.is_empty() && !a.iter().any(|address| b.contains(address))
}

/// The goroutine that is alive and started at least nine tenths of a row, with the number of its children; `None` if there is none.
pub(super) fn one_living_parent(
    context: &DiagnosisContext<'_>,
    row_view: &RowView<'_>,
) -> Option<(u64, usize)> {
    let parents = context.parents(row_view.row);
    let (parent, children) = *parents.first()?;
    let all: usize = parents.iter().map(|(_, n)| n).sum();
    let nearly_all = children >= MIN_CHILDREN && children * 10 >= all * 9;
    (nearly_all && context.is_alive(parent)).then_some((parent, children))
}
