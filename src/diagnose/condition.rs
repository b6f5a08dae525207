//! Whether a rule's conditions hold for a row.

use std::cell::OnceCell;
use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::rules::FramePattern;
use crate::rules::Rule;
use crate::rules::Text;

use super::context::DiagnosisContext;
use super::context::RowView;

/// Waits that end without another goroutine. If the holder of a lock is in one of them, the lock will be released.
const MOVING: [&str; 4] = ["sleep", "network", "syscall", "nothing"];

const MIN_CHILDREN: usize = 20;

type Check = fn(&CompiledRule<'_>, &DiagnosisContext<'_>, &RowView<'_>) -> bool;

/// The conditions with their names. Cheap ones are first. A condition that a rule does not state holds.
const CHECKS: [(&str, Check); 10] = [
    ("what it is blocked on", |rule, _, it| {
        let (wanted, blocked_on) =
            (&rule.rule.when.blocked_on, it.blocked_on.map_or("unknown", BlockedOn::as_str));
        wanted.is_empty() || wanted.iter().any(|it| it == blocked_on)
    }),
    ("how many there are", |rule, _, it| it.row.count() >= i128::from(rule.rule.when.min_count)),
    ("that it grows", |rule, _, it| !rule.rule.when.growing || it.row.is_growing()),
    ("its frames", |rule, _, it| {
        let frames = &rule.patterns().frames;
        frames.is_empty() || frames.iter().any(|pattern| pattern.matches(it.names()))
    }),
    ("frames that must not be there", |rule, _, it| {
        !rule.patterns().without.iter().any(|pattern| pattern.matches(it.names()))
    }),
    ("its entry", |rule, _, it| {
        let entry = &rule.patterns().entry;
        entry.is_empty() || entry.iter().any(|pattern| pattern.matches(it.entry.into_iter()))
    }),
    ("who started it", |rule, context, it| {
        let Some(spawn) = it.spawn else { return true };
        let (name, spawned_by) = (context.names().function_name(spawn), &rule.patterns().spawned_by);
        spawned_by.is_empty() || spawned_by.iter().any(|pattern| pattern.matches(std::iter::once(name)))
    }),
    ("the words of its name", |rule, _, it| {
        let wanted = &rule.rule.when.named;
        wanted.is_empty()
            || it.words().iter().any(|word| wanted.iter().any(|it| word.starts_with(it.as_ref())))
    }),
    ("the stacks beside it", |rule, context, it| {
        rule.patterns().beside.iter().all(|(pattern, [least, most])| {
            let others = context.current_rows().filter(|other| !std::ptr::eq(*other, it));
            let count: i128 = others.filter(|it| pattern.matches(it.names())).map(|it| it.row.count()).sum();
            let ratio = count as f64 / it.row.count().max(1) as f64;
            count > 0 && (*least..=*most).contains(&ratio)
        })
    }),
    ("its parents, children or lock holder", |rule, context, it| {
        let when = &rule.rule.when;
        let spawner_is = |class: &str| it.spawn.is_some_and(|spawn| context.blocked_in(spawn, &[class]));
        let children_are = |class: &str| {
            let is_child = |other: &RowView<'_>| other.spawn.is_some_and(|spawn| it.has(spawn));
            context
                .current_rows()
                .any(|it| is_child(it) && it.blocked_on.is_some_and(|it| it.as_str() == class))
        };
        let holder_moves = || it.function.is_some_and(|frame| context.blocked_in(frame.function, &MOVING));
        when.spawner_blocked_on.as_deref().is_none_or(spawner_is)
            && when.children_blocked_on.as_deref().is_none_or(children_are)
            && when.holder_moves.is_none_or(|moves| moves == holder_moves())
            && (!when.same_receiver_twice || same_receiver_twice(it))
            && (!when.lock_order || lock_partner(context, it).is_some())
            && (!when.one_living_parent || one_living_parent(context, it).is_some())
    }),
];

pub(super) struct CompiledRule<'r> {
    pub(super) rule: &'r Rule,
    /// Compiled at first use: most rules fail a check that is before those of the patterns in [`CHECKS`].
    patterns: OnceCell<Patterns>,
}

struct Patterns {
    frames: Vec<FramePattern>,
    without: Vec<FramePattern>,
    entry: Vec<FramePattern>,
    spawned_by: Vec<FramePattern>,
    beside: Vec<(FramePattern, [f64; 2])>,
}

impl<'r> CompiledRule<'r> {
    pub(super) fn new(rule: &'r Rule) -> Self {
        CompiledRule { rule, patterns: OnceCell::new() }
    }

    fn patterns(&self) -> &Patterns {
        let when = &self.rule.when;
        let all = |texts: &[Text]| texts.iter().map(|text| FramePattern::new(text)).collect();
        self.patterns.get_or_init(|| Patterns {
            frames: all(&when.frames),
            without: all(&when.without),
            entry: all(&when.entry),
            spawned_by: all(&when.spawned_by),
            beside: when.beside.iter().map(|it| (FramePattern::new(&it.frames), it.ratio)).collect(),
        })
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

/// Whether two different methods of one type are on the stack above the lock.
fn same_receiver_twice(row_view: &RowView<'_>) -> bool {
    methods(row_view)
        .array_windows::<2>()
        .any(|[(inner, method), (outer, other)]| inner == outer && method != other)
}

/// The methods on a stack as receiver and name, from the lock outwards.
fn methods<'a>(row_view: &RowView<'a>) -> Vec<(&'a str, &'a str)> {
    let own =
        row_view.names().filter(|name| !name.starts_with("sync.") && !name.starts_with("internal/sync."));
    own.filter_map(|name| name.split_once(").")).collect()
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
    let mine = receivers(row_view);
    let (inner, outer) = mine.split_first()?;
    if !waits(row_view) {
        return None;
    }
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
