//! What would end a wait, and which exported call does it.
//!
//! - `step.rs`: a place that waits, and the calls that lead to it
//! - `blocking.rs`, `parts.rs`: operations that block, what each waits for, and whether the goroutine goes on afterwards
//! - `origin.rs`: where a channel or context comes from; `context.rs`: who cancels it
//! - `ends.rs`: the places that end a wait; `reach.rs`: the exported functions that reach them
//! - `owner.rs`: the object that the goroutine works for, and what makes it
//! - `of_group.rs`: the same for a group of a profile; `made.rs`: where the user's code makes the object
//! - `unended.rs`: objects of the user's own packages that nothing ends
//! - `facts.rs`: all goroutines of a package with their waits
//!
//! **Invariant:** a function is named only if its call reaches the operation. What names do not show is left out.

mod blocking;
mod context;
mod ends;
#[cfg(any(feature = "learn", test))]
mod facts;
mod made;
mod names;
mod of_group;
mod origin;
mod owner;
mod parts;
mod reach;
mod step;
#[cfg(test)]
mod tests;
mod unended;

use crate::code::Package;
use crate::model::BlockedOn;
use crate::sort;

pub(crate) use ends::End;
pub(crate) use ends::EndKind;
#[cfg(any(feature = "learn", test))]
pub(crate) use facts::SourceFact;
#[cfg(any(feature = "learn", test))]
pub(crate) use facts::facts_of;
pub(super) use of_group::Wakes;
pub(crate) use reach::Exported;
pub(crate) use step::Wait;
pub(crate) use unended::Unended;
pub(crate) use unended::made_and_not_ended;

/// What ends a wait, from source alone.
#[derive(Clone, Debug)]
pub(crate) struct Ending<'a> {
    /// What it waits for.
    pub(crate) blocked_on: BlockedOn,
    /// The exported types whose objects the goroutine works for; several if all of them have the goroutine. Sorted.
    pub(crate) objects: Vec<&'a str>,
    /// Exported functions that make such an object.
    pub(crate) constructors: Vec<Exported<'a>>,
    /// Exported methods that start the goroutine.
    pub(crate) starts: Vec<Exported<'a>>,
    /// The places that end the wait: first those after which the function that waits is left.
    pub(crate) ends: Vec<End<'a>>,
    /// Whether all places that could end it are seen.
    pub(crate) is_whole: bool,
}

/// What ends a wait; `None` for an operation that does not block.
pub(crate) fn ends_of_wait<'a>(package: &'a Package<'a>, wait: &Wait<'a>) -> Option<Ending<'a>> {
    let mut blocked_on = parts::blocked_on(wait.operation)?;
    let mut ending = Ending {
        blocked_on,
        objects: Vec::new(),
        constructors: Vec::new(),
        starts: Vec::new(),
        ends: Vec::new(),
        is_whole: package.is_whole && !wait.scope.is_broken(),
    };
    if wait.scope.is_broken() {
        return Some(ending);
    }
    let mut owner = None;
    for part in parts::parts_of(wait.operation, wait.scope) {
        let found = ends::ends_of(package, wait, &part);
        ending.is_whole &= found.is_whole;
        let is_end = found.ends.iter().any(|it| it.is_last);
        if owner.is_none() || is_end {
            owner = found.owner.or(owner);
        }
        ending.ends.extend(found.ends);
    }
    if blocked_on == BlockedOn::Condition && ending.ends.iter().any(|it| it.kind == EndKind::Done) {
        blocked_on = BlockedOn::WaitGroup;
    }
    ending.blocked_on = blocked_on;
    let reaching = ending.ends.iter().filter(|it| it.is_last && it.kind != EndKind::Given);
    let ended_by: Vec<&Exported<'a>> = reaching.flat_map(|it| &it.ended_by).collect();
    let objects = owner::objects_of(package, &ended_by, wait, owner);
    let makers = owner::makers(package, &objects, wait);
    // Who makes the object or starts the goroutine does not end it, though it may clean up after an error; nor does who waits.
    let mut others: Vec<&str> =
        makers.constructors.iter().chain(&makers.starts).map(|it| it.name.as_str()).collect();
    let waiting = wait.path.iter().map(|it| it.caller).chain([wait.function]);
    let waiting: Vec<String> = waiting.map(|it| names::of_function(package, it)).collect();
    others.extend(waiting.iter().map(String::as_str));
    let given: Vec<String> = ending
        .ends
        .iter()
        .filter(|it| it.kind == EndKind::Given)
        .flat_map(|it| it.ended_by.iter().map(|by| by.name.clone()))
        .collect();
    others.extend(given.iter().map(String::as_str));
    for end in ending.ends.iter_mut().filter(|it| it.kind != EndKind::Given) {
        end.ended_by.retain(|it| !others.contains(&it.name.as_str()));
    }
    owner::keep_those_that_end(&mut ending.ends, &objects, owner::preferred(package, wait, owner));
    let reaching = ending.ends.iter().filter(|it| it.is_last && it.kind != EndKind::Given);
    let ended_by: Vec<&Exported<'a>> = reaching.flat_map(|it| &it.ended_by).collect();
    let objects = owner::objects_of(package, &ended_by, wait, owner);
    sort::by_key(&mut ending.ends, |it| (!it.is_last, it.ended_by.is_empty(), it.kind, it.node.line()));
    ending.objects = objects;
    ending.constructors = makers.constructors;
    ending.starts = makers.starts;
    Some(ending)
}
