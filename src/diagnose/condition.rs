//! Whether a row meets a rule's conditions.

use std::cell::OnceCell;
use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::rules::FramePattern;
use crate::rules::Rule;
use crate::rules::Text;

use super::context::Subject;
use super::context::World;

/// What ends by itself: whoever waits for it will go on.
const MOVING: [&str; 4] = ["sleep", "network", "syscall", "nothing"];

/// From so many children on, one parent is remarkable.
const MANY_CHILDREN: usize = 20;

/// One condition of a rule.
type Check = fn(&CompiledRule<'_>, &World<'_>, &Subject<'_>) -> bool;

/// The conditions, the cheap ones first, and what they are about.
const CHECKS: [(&str, Check); 10] = [
    ("what it is blocked on", |rule, world, it| rule.class(world, it)),
    ("how many there are", |rule, world, it| rule.count(world, it)),
    ("that it grows", |rule, world, it| rule.growing(world, it)),
    ("its frames", |rule, world, it| rule.frames(world, it)),
    ("frames that must not be there", |rule, world, it| rule.without(world, it)),
    ("its entry", |rule, world, it| rule.entry(world, it)),
    ("who started it", |rule, world, it| rule.spawned_by(world, it)),
    ("the words of its name", |rule, world, it| rule.named(world, it)),
    ("the stacks beside it", |rule, world, it| rule.beside(world, it)),
    ("its parents, children or lock holder", |rule, world, it| rule.neighbours(world, it)),
];

/// A rule that is asked about many rows.
pub(super) struct CompiledRule<'r> {
    pub(super) rule: &'r Rule,
    /// Made when first looked at: a rule is most often told by what stands before its patterns in [`CHECKS`].
    patterns: OnceCell<Patterns>,
}

/// The patterns of a rule, ready to be matched.
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
    pub(super) fn holds(&self, world: &World<'_>, row: usize) -> bool {
        let Some(subject) = world.subjects.get(row) else { return false };
        CHECKS.iter().all(|(_, check)| check(self, world, subject))
    }

    /// The conditions that do not hold for a row, in words.
    pub(super) fn unmet(&self, world: &World<'_>, row: usize) -> Vec<&'static str> {
        let Some(subject) = world.subjects.get(row) else { return Vec::new() };
        CHECKS.iter().filter(|(_, check)| !check(self, world, subject)).map(|(name, _)| *name).collect()
    }

    fn class(&self, _: &World<'_>, subject: &Subject<'_>) -> bool {
        let wanted = &self.rule.when.blocked_on;
        let class = subject.class.map_or("unknown", |class| class.as_str());
        wanted.is_empty() || wanted.iter().any(|it| it == class)
    }

    fn count(&self, _: &World<'_>, subject: &Subject<'_>) -> bool {
        subject.row.count() >= i128::from(self.rule.when.min_count)
    }

    fn growing(&self, _: &World<'_>, subject: &Subject<'_>) -> bool {
        !self.rule.when.growing || subject.row.is_growing()
    }

    fn frames(&self, _: &World<'_>, subject: &Subject<'_>) -> bool {
        let frames = &self.patterns().frames;
        frames.is_empty() || frames.iter().any(|it| it.matches(subject.names()))
    }

    fn without(&self, _: &World<'_>, subject: &Subject<'_>) -> bool {
        !self.patterns().without.iter().any(|it| it.matches(subject.names()))
    }

    fn entry(&self, _: &World<'_>, subject: &Subject<'_>) -> bool {
        let entry = &self.patterns().entry;
        entry.is_empty() || entry.iter().any(|it| it.matches(subject.entry.into_iter()))
    }

    fn spawned_by(&self, world: &World<'_>, subject: &Subject<'_>) -> bool {
        let Some(spawn) = subject.spawn else { return true };
        let name = world.names().function_name(spawn);
        let spawned_by = &self.patterns().spawned_by;
        spawned_by.is_empty() || spawned_by.iter().any(|it| it.matches(std::iter::once(name)))
    }

    fn named(&self, world: &World<'_>, subject: &Subject<'_>) -> bool {
        let wanted = &self.rule.when.named;
        wanted.is_empty()
            || subject
                .words(world.names())
                .iter()
                .any(|word| wanted.iter().any(|it| word.starts_with(it.as_ref())))
    }

    fn beside(&self, world: &World<'_>, subject: &Subject<'_>) -> bool {
        self.patterns().beside.iter().all(|(pattern, [least, most])| {
            let others = world.present().filter(|it| !std::ptr::eq(*it, subject));
            let count: i128 = others.filter(|it| pattern.matches(it.names())).map(|it| it.row.count()).sum();
            let ratio = count as f64 / subject.row.count().max(1) as f64;
            count > 0 && (*least..=*most).contains(&ratio)
        })
    }

    fn neighbours(&self, world: &World<'_>, subject: &Subject<'_>) -> bool {
        let when = &self.rule.when;
        if let Some(class) = &when.spawner_blocked_on {
            let blocked = subject.spawn.is_some_and(|spawn| world.blocked_in(spawn, &[class]));
            if !blocked {
                return false;
            }
        }
        if let Some(class) = &when.children_blocked_on
            && !has_children(world, subject, class)
        {
            return false;
        }
        if let Some(moves) = when.holder_moves {
            let holder = subject.function.is_some_and(|frame| world.blocked_in(frame.function, &MOVING));
            if holder != moves {
                return false;
            }
        }
        if when.same_receiver_twice && !same_receiver_twice(subject) {
            return false;
        }
        if when.lock_order && lock_partner(world, subject).is_none() {
            return false;
        }
        !when.one_living_parent || one_living_parent(world, subject).is_some()
    }
}

fn has_children(world: &World<'_>, subject: &Subject<'_>, class: &str) -> bool {
    world.present().any(|it| {
        let mine = it.spawn.is_some_and(|spawn| subject.has(spawn));
        mine && it.class.is_some_and(|it| it.as_str() == class)
    })
}

/// Whether two different methods of one type stand on the stack above the lock.
fn same_receiver_twice(subject: &Subject<'_>) -> bool {
    let own =
        subject.names().filter(|name| !name.starts_with("sync.") && !name.starts_with("internal/sync."));
    let methods: Vec<(&str, &str)> = own.filter_map(|name| name.split_once(").")).collect();
    methods.array_windows::<2>().any(|[(inner, method), (outer, other)]| inner == outer && method != other)
}

/// The types whose methods stand on a stack, from the lock outwards.
fn receivers<'a>(subject: &Subject<'a>) -> Vec<&'a str> {
    let own =
        subject.names().filter(|name| !name.starts_with("sync.") && !name.starts_with("internal/sync."));
    own.filter_map(|name| name.split_once(").").map(|(receiver, _)| receiver)).collect()
}

/// The stack that holds what this one waits for, and waits for what this one holds, as far as the types of their methods
/// and the addresses of their locks tell.
pub(super) fn lock_partner<'w, 'a>(world: &'w World<'a>, subject: &Subject<'a>) -> Option<&'w Subject<'a>> {
    let waits = |it: &Subject<'_>| matches!(it.class, Some(BlockedOn::Lock | BlockedOn::RwLock));
    let mine = receivers(subject);
    let (inner, outer) = mine.split_first()?;
    if !waits(subject) {
        return None;
    }
    world.present().find(|it| {
        let theirs = receivers(it);
        let Some((their_inner, their_outer)) = theirs.split_first() else { return false };
        if !waits(it) || std::ptr::eq(*it, subject) {
            return false;
        }
        // A under B here, B under A there.
        let crossed = inner != their_inner && outer.contains(their_inner) && their_outer.contains(inner);
        // Both inside of A, one of them under B, and for different locks: A's method takes a second one.
        let under = |outer: &[&str]| outer.iter().any(|it| it != inner);
        let meet =
            inner == their_inner && (under(outer) || under(their_outer)) && different_locks(subject, it);
        crossed || meet
    })
}

/// Whether the addresses that two stacks wait for are known, and none is the same.
fn different_locks(a: &Subject<'_>, b: &Subject<'_>) -> bool {
    let addresses = |it: &Subject<'_>| -> Vec<NonZeroU64> {
        it.row.facts.goroutines().iter().filter_map(|it| it.waits_for).collect()
    };
    let (a, b) = (addresses(a), addresses(b));
    !a.is_empty() && !b.is_empty() && !a.iter().any(|address| b.contains(address))
}

/// The one goroutine that still lives and started nearly all of a row.
pub(super) fn one_living_parent(world: &World<'_>, subject: &Subject<'_>) -> Option<(u64, usize)> {
    let parents = world.parents(subject.row);
    let (parent, children) = *parents.first()?;
    let all: usize = parents.iter().map(|(_, n)| n).sum();
    let nearly_all = children >= MANY_CHILDREN && children * 10 >= all * 9;
    (nearly_all && world.lives(parent)).then_some((parent, children))
}
