//! Whether a rule's conditions hold for a row.

use std::cell::OnceCell;
use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::rules::FramePattern;
use crate::rules::Rule;
use crate::rules::Text;

use super::context::DiagnosisContext;
use super::row_view::RowView;

/// Waits that end without another goroutine. If the holder of a lock is in one of them, the lock will be released.
const MOVING: [&str; 4] = ["sleep", "network", "syscall", "nothing"];

/// The fewest children from which one parent is mentioned.
const MIN_CHILDREN: usize = 20;

/// One condition of a rule.
type Check = fn(&CompiledRule<'_>, &DiagnosisContext<'_>, &RowView<'_>) -> bool;

/// The conditions with their names. Cheap ones are first.
const CHECKS: [(&str, Check); 10] = [
    ("what it is blocked on", |rule, context, it| rule.blocked_on(context, it)),
    ("how many there are", |rule, context, it| rule.count(context, it)),
    ("that it grows", |rule, context, it| rule.growing(context, it)),
    ("its frames", |rule, context, it| rule.frames(context, it)),
    ("frames that must not be there", |rule, context, it| rule.without(context, it)),
    ("its entry", |rule, context, it| rule.entry(context, it)),
    ("who started it", |rule, context, it| rule.spawned_by(context, it)),
    ("the words of its name", |rule, context, it| rule.named(context, it)),
    ("the stacks beside it", |rule, context, it| rule.beside(context, it)),
    ("its parents, children or lock holder", |rule, context, it| rule.neighbours(context, it)),
];

/// A rule that is checked for many rows.
pub(super) struct CompiledRule<'r> {
    pub(super) rule: &'r Rule,
    /// Compiled at first use: most rules fail a check that is before those of the patterns in [`CHECKS`].
    patterns: OnceCell<Patterns>,
}

/// The compiled patterns of a rule.
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

    /// Whether all conditions hold for a row.
    pub(super) fn holds(&self, context: &DiagnosisContext<'_>, row: usize) -> bool {
        let Some(row_view) = context.rows.get(row) else { return false };
        CHECKS.iter().all(|(_, check)| check(self, context, row_view))
    }

    /// The names of the conditions that do not hold for a row.
    pub(super) fn unmet(&self, context: &DiagnosisContext<'_>, row: usize) -> Vec<&'static str> {
        let Some(row_view) = context.rows.get(row) else { return Vec::new() };
        CHECKS.iter().filter(|(_, check)| !check(self, context, row_view)).map(|(name, _)| *name).collect()
    }

    fn blocked_on(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        let wanted = &self.rule.when.blocked_on;
        let blocked_on = row_view.blocked_on.map_or("unknown", |it| it.as_str());
        wanted.is_empty() || wanted.iter().any(|it| it == blocked_on)
    }

    fn count(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        row_view.row.count() >= i128::from(self.rule.when.min_count)
    }

    fn growing(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        !self.rule.when.growing || row_view.row.is_growing()
    }

    fn frames(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        let frames = &self.patterns().frames;
        frames.is_empty() || frames.iter().any(|it| it.matches(row_view.names()))
    }

    fn without(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        !self.patterns().without.iter().any(|it| it.matches(row_view.names()))
    }

    fn entry(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        let entry = &self.patterns().entry;
        entry.is_empty() || entry.iter().any(|it| it.matches(row_view.entry.into_iter()))
    }

    fn spawned_by(&self, context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        let Some(spawn) = row_view.spawn else { return true };
        let name = context.names().function_name(spawn);
        let spawned_by = &self.patterns().spawned_by;
        spawned_by.is_empty() || spawned_by.iter().any(|it| it.matches(std::iter::once(name)))
    }

    fn named(&self, _: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        let wanted = &self.rule.when.named;
        wanted.is_empty()
            || row_view.words().iter().any(|word| wanted.iter().any(|it| word.starts_with(it.as_ref())))
    }

    fn beside(&self, context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        self.patterns().beside.iter().all(|(pattern, [least, most])| {
            let others = context.current_rows().filter(|it| !std::ptr::eq(*it, row_view));
            let count: i128 = others.filter(|it| pattern.matches(it.names())).map(|it| it.row.count()).sum();
            let ratio = count as f64 / row_view.row.count().max(1) as f64;
            count > 0 && (*least..=*most).contains(&ratio)
        })
    }

    fn neighbours(&self, context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
        let when = &self.rule.when;
        if let Some(blocked_on) = &when.spawner_blocked_on
            && !row_view.spawn.is_some_and(|spawn| context.blocked_in(spawn, &[blocked_on]))
        {
            return false;
        }
        if let Some(blocked_on) = &when.children_blocked_on
            && !has_children(context, row_view, blocked_on)
        {
            return false;
        }
        if let Some(moves) = when.holder_moves {
            let is_moving =
                row_view.function.is_some_and(|frame| context.blocked_in(frame.function, &MOVING));
            if is_moving != moves {
                return false;
            }
        }
        if when.same_receiver_twice && !same_receiver_twice(row_view) {
            return false;
        }
        if when.lock_order && lock_partner(context, row_view).is_none() {
            return false;
        }
        !when.one_living_parent || one_living_parent(context, row_view).is_some()
    }
}

fn has_children(context: &DiagnosisContext<'_>, row_view: &RowView<'_>, blocked_on: &str) -> bool {
    context.current_rows().any(|it| {
        let mine = it.spawn.is_some_and(|spawn| row_view.has(spawn));
        mine && it.blocked_on.is_some_and(|it| it.as_str() == blocked_on)
    })
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

/// The types whose methods are on a stack, from the lock outwards.
fn receivers<'a>(row_view: &RowView<'a>) -> Vec<&'a str> {
    methods(row_view).into_iter().map(|(receiver, _)| receiver).collect()
}

/// The row that seems to hold the lock that this one waits for, and to wait for one that this one holds. Inferred from the types of
/// the methods on both stacks and from the addresses of the locks; `None` if there is no such row.
pub(super) fn lock_partner<'w, 'a>(
    context: &'w DiagnosisContext<'a>,
    row_view: &RowView<'a>,
) -> Option<&'w RowView<'a>> {
    let waits = |it: &RowView<'_>| matches!(it.blocked_on, Some(BlockedOn::Lock | BlockedOn::RwLock));
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
