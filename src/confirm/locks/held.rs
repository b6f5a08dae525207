//! The locks that the goroutines of a stack hold where they are.

use super::chain::Chain;
use super::operation::is_same_target;
use super::operation::takes;
use super::state::Hold;
use super::state::follow;
use super::state::runs_in;
use super::table::UNNAMED;
use super::table::operations;
use crate::code::Object;
use crate::code::Op;
use crate::code::Package;
use crate::confirm::place::FrameNode;

/// A lock: a variable, or a field of a type in all objects of that type.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lock<'a> {
    /// The package that uses it.
    pub(super) package: &'a Package<'a>,
    /// The variable or field.
    pub(super) object: Object<'a>,
}

impl PartialEq for Lock<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.package, other.package) && self.object == other.object
    }
}

impl Lock<'_> {
    /// Whether other packages can name it, and so lock and unlock it.
    pub(super) fn is_visible(&self) -> bool {
        let upper = |name: &str| name.rsplit('.').next().is_some_and(|it| it.starts_with(char::is_uppercase));
        match self.object {
            Object::Field { name, .. } | Object::PackageVariable(name) | Object::Embedded(name) => {
                upper(name)
            }
            Object::Local { .. } => false,
            Object::AnyField(_) | Object::Extern { .. } | Object::Expression(_) => true,
        }
    }

    /// As a sentence has it, in backticks.
    pub(super) fn label(&self) -> String {
        match self.object {
            Object::Embedded(owner) => format!("the lock of `{owner}`"),
            other => format!("`{}`", other.label()),
        }
    }
}

/// A lock that the goroutines of a stack hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held<'a> {
    /// The lock.
    pub(super) lock: Lock<'a>,
    /// The frame that took it, as an index of the frames in the source.
    pub(super) frame: usize,
    /// The operation that took it.
    pub(super) op: Op<'a>,
    /// Whether all paths to where the goroutines are hold it, and not only some.
    pub(super) is_sure: bool,
}

/// Every lock that the goroutines of a stack hold, in order of the packages and locks.
pub(super) fn held<'a>(chain: &Chain<'a>) -> Vec<Held<'a>> {
    let mut found = Vec::new();
    let mut packages: Vec<&'a Package<'a>> = Vec::new();
    for frame in &chain.frames {
        if packages.iter().any(|it| std::ptr::eq(*it, frame.package)) {
            continue;
        }
        packages.push(frame.package);
        let operations = operations(frame.package);
        let mut locks: Vec<&Object<'a>> = operations.keys().filter(|it| **it != UNNAMED).collect();
        locks.sort_unstable();
        for object in locks {
            found.extend(held_one(chain, Lock { package: frame.package, object: *object }));
        }
    }
    found
}

/// Whether, and by which operations, the goroutines of a stack hold one lock: one entry for each object that the text distinguishes.
pub(super) fn held_one<'a>(chain: &Chain<'a>, lock: Lock<'a>) -> Vec<Held<'a>> {
    let operations = operations(lock.package);
    let Some(ops) = operations.get(&lock.object) else { return Vec::new() };
    let mut held: Vec<Held<'a>> = Vec::new();
    for (index, frame) in chain.frames.iter().enumerate().rev() {
        let own: Vec<Op<'a>> = ops.iter().filter(|it| runs_in(it.node, frame.scope)).copied().collect();
        if own.is_empty() {
            continue;
        }
        // What callers hold, this function may have given back.
        if !held.is_empty() {
            let at = follow(frame.scope, &own, Hold::Entered, Some(frame.node)).map(|it| it.at);
            let at = at.unwrap_or_default();
            if !at.is_empty() && !at.contains(&Hold::Entered) {
                held.clear();
            }
            for it in &mut held {
                it.is_sure &= at.iter().all(|it| *it == Hold::Entered) && !at.is_empty();
            }
        }
        let mut done: Vec<Op<'a>> = Vec::new();
        for take in own.iter().filter(|it| takes(it).is_some()) {
            if done.iter().any(|it| is_same_target(it, take)) {
                continue;
            }
            done.push(*take);
            let same: Vec<Op<'a>> = own.iter().filter(|it| is_same_target(it, take)).copied().collect();
            let Some(followed) = follow(frame.scope, &same, Hold::Free, Some(frame.node)) else { continue };
            let taken = followed.at.iter().find_map(|it| match it {
                Hold::Taken(index) => same.get(*index),
                Hold::Free | Hold::Entered => None,
            });
            if let Some(op) = taken {
                let is_sure = followed.at.iter().all(|it| matches!(it, Hold::Taken(_)));
                held.push(Held { lock, frame: index, op: *op, is_sure });
            }
        }
    }
    held
}

/// Whether what a stack holds of a lock is not known: a frame of a function that uses the lock does not tell where it is.
pub(super) fn is_unclear<'a>(chain: &Chain<'a>, lock: Lock<'a>) -> bool {
    let operations = operations(lock.package);
    let Some(ops) = operations.get(&lock.object) else { return false };
    let is_unresolved = ops.iter().any(|op| chain.unresolved.contains(&op.function));
    let unnamed = Lock { package: lock.package, object: UNNAMED };
    let is_undecided = || {
        chain.frames.iter().any(|frame| {
            let own: Vec<Op<'a>> = ops.iter().filter(|it| runs_in(it.node, frame.scope)).copied().collect();
            !own.is_empty() && follow(frame.scope, &own, Hold::Free, Some(frame.node)).is_none()
        })
    };
    let is_held_abroad = || {
        let path = lock.package.path.as_str();
        let abroad =
            |it: &FrameNode<'a>| !std::ptr::eq(it.package, lock.package) && it.function.file.imports(path);
        lock.is_visible()
            && chain.frames.iter().any(abroad)
            && held(chain).iter().any(|it| !std::ptr::eq(it.lock.package, lock.package))
    };
    chain.is_cut
        || is_held_abroad()
        || is_unresolved
        || is_undecided()
        || lock != unnamed && !held_one(chain, unnamed).is_empty()
}
