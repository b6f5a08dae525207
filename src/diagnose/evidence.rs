//! How we know: sentences with figures, from Go's proof, goroutine IDs, their parents, ages and locks.

use std::num::NonZeroU64;

use crate::model::BlockedOn;
use crate::series::Row;

use super::condition::lock_partner;
use super::condition::one_living_parent;
use super::context::Subject;
use super::context::World;

/// Goroutines from which on the spread of their IDs or ages says something.
const ENOUGH: usize = 8;

/// Sentences of the main evidence: more would not be read.
const MAX_MAIN: usize = 4;

/// Stacks of a finding that are named beside the leading one.
const MAX_COMPANIONS: usize = 3;

/// How we know, in sentences.
pub(super) struct Evidence {
    /// All that is known, with every figure, for JSON and `--explain`.
    pub(super) all: Vec<String>,
    /// At most [`MAX_MAIN`] short sentences, the strongest first, for a page.
    pub(super) main: Vec<String>,
}

/// How strong a sentence is as evidence, the strongest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Proof,
    LockOrder,
    Companions,
    Cohort,
    Growth,
    Lock,
    Parents,
    Ages,
    Ids,
    NoProof,
}

/// One thing that is known.
struct Sentence {
    strength: Strength,
    /// With every figure.
    full: String,
    /// For a page; `None` where the page says it elsewhere.
    short: Option<String>,
}

impl Sentence {
    fn new(strength: Strength, text: String) -> Self {
        Sentence { strength, full: text.clone(), short: Some(text) }
    }
}

/// The evidence for a finding; `rows` has the leading one first.
pub(super) fn evidence(world: &World<'_>, rows: &[usize]) -> Evidence {
    let Some(lead) = rows.first().and_then(|row| world.subjects.get(*row)) else {
        return Evidence { all: Vec::new(), main: Vec::new() };
    };
    let mut known: Vec<Sentence> = Vec::new();
    known.extend(proof(world, lead, rows.len()));
    known.extend(cohort(lead.row, rows.len()));
    known.extend(parents(world, lead));
    known.extend(spread_of_ids(world, lead));
    known.extend(ages(lead.row));
    known.extend(lock(lead));
    known.extend(lock_order(world, lead));
    known.extend(growth(lead.row));
    known.extend(companions(world, lead, rows));
    let mut by_strength: Vec<&Sentence> = known.iter().collect();
    by_strength.sort_by_key(|it| it.strength);
    let main = by_strength.iter().filter_map(|it| it.short.clone()).take(MAX_MAIN).collect();
    Evidence { all: known.into_iter().map(|it| it.full).collect(), main }
}

/// The bare facts, where no rule may say what is wrong: how many are blocked on what.
pub(super) fn heading(subject: &Subject<'_>, count: i128) -> String {
    let are = if count == 1 { "is" } else { "are" };
    let what = match subject.class {
        Some(class) => doing(class, count),
        None => format!("{are} blocked; this profile format does not record on what"),
    };
    format!("{} {what}", goroutines(count))
}

/// What `count` goroutines that are blocked on something do.
fn doing(class: BlockedOn, count: i128) -> String {
    let are = if count == 1 { "is" } else { "are" };
    let on = match class {
        BlockedOn::ChannelSend => "a channel send",
        BlockedOn::NilChannelSend => "a send on a nil channel",
        BlockedOn::ChannelReceive => "a channel receive",
        BlockedOn::NilChannelReceive => "a receive on a nil channel",
        BlockedOn::Select => "a select",
        BlockedOn::EmptySelect => "a select without cases",
        BlockedOn::Lock => "a lock",
        BlockedOn::RwLock => "an RWMutex",
        BlockedOn::WaitGroup => "a WaitGroup",
        BlockedOn::Condition => "a condition variable",
        BlockedOn::Semaphore => "a semaphore",
        BlockedOn::Coroutine => "a coroutine switch",
        BlockedOn::Network => "the network",
        BlockedOn::TestBubble => "other goroutines of a test bubble",
        BlockedOn::Runtime => "Go's runtime",
        BlockedOn::Sleep => return format!("{are} in time.Sleep"),
        BlockedOn::Syscall => return format!("{are} in a system call"),
        BlockedOn::Nothing => return (if count == 1 { "runs" } else { "run" }).to_owned(),
    };
    format!("{are} blocked on {on}")
}

/// The same with what they gained and their place.
pub(super) fn message(world: &World<'_>, subject: &Subject<'_>, count: i128, gain: i128) -> String {
    let more =
        if gain > 0 { format!(" ({} more)", crate::text::with_thousands(gain)) } else { String::new() };
    let place = super::message::place(world, subject);
    let goroutines = goroutines(count);
    match subject.class {
        Some(class) => format!("{goroutines}{more} {} at {place}", doing(class, count)),
        None => {
            let are = if count == 1 { "is" } else { "are" };
            format!(
                "{goroutines}{more} {are} blocked at {place}; this profile format does not record on what"
            )
        }
    }
}

fn goroutines(n: i128) -> String {
    crate::text::pluralize(n, "goroutine")
}

fn proof(world: &World<'_>, subject: &Subject<'_>, stacks: usize) -> Option<Sentence> {
    let proven = subject.row.facts.proven()?;
    let count = subject.row.count();
    if proven > 0 {
        let proven = proven.min(count);
        let (which, them) = match count {
            1 => ("this goroutine".to_owned(), "it"),
            n if proven == n && stacks > 1 => (format!("all {n} in this stack"), "them"),
            n if proven == n => (format!("all {n}"), "them"),
            n => (format!("{proven} of {n}"), "those"),
        };
        let text = format!("Go's garbage collector proves {which} leaked: nothing can wake {them}.");
        return Some(Sentence::new(Strength::Proof, text));
    }
    let asked = world.series.columns.last().is_some_and(|column| column.has_proof);
    let sees = matches!(
        subject.class,
        Some(
            BlockedOn::ChannelSend
                | BlockedOn::ChannelReceive
                | BlockedOn::Select
                | BlockedOn::Lock
                | BlockedOn::RwLock
                | BlockedOn::WaitGroup
                | BlockedOn::Condition
        )
    );
    let why = if sees {
        "it cannot see what a global, a timer or a running goroutine still reaches"
    } else {
        "it never proves what sleeps, runs or waits for the network or a system call"
    };
    let none = "Go's garbage collector proves none of them leaked, which does not clear them";
    asked.then(|| Sentence {
        strength: Strength::NoProof,
        full: format!("{none}: {why}."),
        short: Some(format!("{none}.")),
    })
}

/// Created, exited and survived between the last two tracebacks.
fn cohort(row: &Row, stacks: usize) -> Option<Sentence> {
    let cohort = row.cohort.as_deref()?;
    let before = cohort.survived + cohort.exited;
    let (is, born) = (if cohort.born == 1 { "is" } else { "are" }, cohort.born);
    let survived = match (before, cohort.exited) {
        (0, _) if born == 0 => return None,
        (0, _) => {
            let text = "None of them was in the previous snapshot.".to_owned();
            return Some(Sentence::new(Strength::Cohort, text));
        }
        (1, 0) => "the one from the previous snapshot is still there".to_owned(),
        (n, 0) => format!("all {n} from the previous snapshot are still there"),
        (n, _) if cohort.survived == 0 => {
            format!("none of the {n} from the previous snapshot is still there")
        }
        (n, _) => {
            let verb = if cohort.survived == 1 { "is" } else { "are" };
            format!("{} of the {n} from the previous snapshot {verb} still there", cohort.survived)
        }
    };
    let survived = if stacks > 1 { format!("In this stack, {survived}") } else { capitalized(&survived) };
    let exited = cohort.exited;
    let new = if born == 0 { "none is new".to_owned() } else { format!("{born} {is} new") };
    Some(Sentence {
        strength: Strength::Cohort,
        full: format!("{survived}; since then {born} were created and {exited} exited."),
        short: Some(format!("{survived}; {new}.")),
    })
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Who started them, by goroutine ID.
fn parents(world: &World<'_>, subject: &Subject<'_>) -> Option<Sentence> {
    if let Some((parent, children)) = one_living_parent(world, subject) {
        let text = format!("Goroutine {parent}, which is still there, started {children} of them.");
        return Some(Sentence::new(Strength::Parents, text));
    }
    let parents = world.parents(subject.row);
    let started: usize = parents.iter().map(|(_, n)| n).sum();
    if parents.len() < 3 || parents.len() * 2 < started {
        return None;
    }
    let gone = parents.iter().filter(|(parent, _)| !world.lives(*parent)).count();
    let all = parents.len();
    let text = if gone == all {
        format!("{all} goroutines started them, all exited: one per request or task.")
    } else {
        format!("{all} goroutines started them, {gone} of those have exited.")
    };
    Some(Sentence::new(Strength::Parents, text))
}

/// Goroutine IDs grow over a process's life, so their spread says when goroutines were created.
fn spread_of_ids(world: &World<'_>, subject: &Subject<'_>) -> Option<Sentence> {
    if subject.row.facts.goroutines().len() < ENOUGH || world.greatest_id == 0 {
        return None;
    }
    let ids = subject.row.facts.goroutines().ids();
    let (first, last) = (*ids.first()?, *ids.last()?);
    let spread = (last - first) as f64 / world.greatest_id as f64;
    let range = format!("(IDs {first} to {last} of {})", world.greatest_id);
    let text = if spread >= 0.5 && is_even(&ids) {
        format!("Created throughout the process's life {range}.")
    } else if spread < 0.1 && last * 4 < world.greatest_id {
        format!("All created early in the process's life {range}.")
    } else {
        return None;
    };
    Some(Sentence::new(Strength::Ids, text))
}

/// Whole minutes waited, as a distribution.
fn ages(row: &Row) -> Option<Sentence> {
    let minutes = row.facts.minutes();
    let (youngest, oldest) = (*minutes.first()?, *minutes.last()?);
    let all = row.facts.goroutines().len();
    let (who, some) = match minutes.len() {
        n if n < all => {
            (format!("{n} of {all} say how long they have waited:"), format!("Where known ({n} of {all}), t"))
        }
        _ => ("They have waited".to_owned(), "T".to_owned()),
    };
    if youngest == oldest {
        let why = "one burst, or the time of the last garbage collection";
        let full = format!("{who} {oldest} min, all the same: {why}.");
        let short = (minutes.len() > 1).then(|| format!("{some}he wait times are the same: {why}."));
        return Some(Sentence { strength: Strength::Ages, full, short });
    }
    let spread: Vec<u64> = minutes.iter().map(|it| u64::from(*it)).collect();
    if minutes.len() >= ENOUGH && is_even(&spread) {
        let per_minute = (minutes.len() - 1) as f64 / f64::from(oldest - youngest);
        let rate = if per_minute >= 1.0 {
            format!("{per_minute:.1} a minute")
        } else {
            format!("one every {:.1} min", 1.0 / per_minute)
        };
        return Some(Sentence {
            strength: Strength::Ages,
            full: format!("{who} {youngest} to {oldest} min, evenly spread: about {rate} for {oldest} min."),
            short: Some(format!("{some}he wait times are evenly spread: about {rate} for {oldest} min.")),
        });
    }
    // The page has the range in a line of its own.
    let full = format!("{who} {youngest} to {oldest} min.");
    Some(Sentence { strength: Strength::Ages, full, short: None })
}

/// Why it is said to grow, or not to.
fn growth(row: &Row) -> Option<Sentence> {
    let reason = &row.growth.as_ref()?.reason;
    let (full, short) = (format!("Growth: {reason}."), reason.summary());
    Some(Sentence { strength: Strength::Growth, full, short })
}

/// The other stacks of the finding. A page has one sentence for all of them.
fn companions(world: &World<'_>, lead: &Subject<'_>, rows: &[usize]) -> Vec<Sentence> {
    let others: Vec<&Subject<'_>> = rows.iter().skip(1).filter_map(|row| world.subjects.get(*row)).collect();
    let function =
        |other: &Subject<'_>| other.function.map_or("?", |frame| world.names().function_name(frame.function));
    let mut by_function: Vec<(&str, i128)> = Vec::new();
    for other in &others {
        let name = function(other);
        match by_function.iter_mut().find(|(it, _)| *it == name) {
            Some((_, count)) => *count += other.row.count(),
            None => by_function.push((name, other.row.count())),
        }
    }
    let mut parts: Vec<String> = Vec::new();
    for (name, count) in by_function.iter().take(MAX_COMPANIONS) {
        let count = if parts.is_empty() { goroutines(*count) } else { crate::text::with_thousands(*count) };
        parts.push(format!("{count} in {name}"));
    }
    match by_function.split_at(parts.len()).1 {
        [] => {}
        rest => parts.push(format!("{} elsewhere", rest.iter().map(|(_, count)| count).sum::<i128>())),
    }
    let list = match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => return Vec::new(),
    };
    let sentence = |(at, other): (usize, &&Subject<'_>)| {
        let lockstep = if other.row.counts == lead.row.counts { ", in lockstep" } else { "" };
        Sentence {
            strength: Strength::Companions,
            full: format!(
                "Counted with them{lockstep}: {} in {}.",
                goroutines(other.row.count()),
                function(other)
            ),
            short: (at == 0).then(|| format!("Counted with them: {list}.")),
        }
    };
    others.iter().take(MAX_COMPANIONS).enumerate().map(sentence).collect()
}

/// Whether sorted values are spread evenly between the first and the last: their Kolmogorov-Smirnov distance from a uniform
/// distribution is at most 0.3.
fn is_even(sorted: &[u64]) -> bool {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return false };
    if last == first {
        return false;
    }
    let n = sorted.len() as f64;
    let farthest = sorted.iter().enumerate().map(|(index, value)| {
        let expected = (value - first) as f64 / (last - first) as f64;
        let (before, after) = (index as f64 / n, (index + 1) as f64 / n);
        (expected - before).abs().max((expected - after).abs())
    });
    farthest.fold(0.0, f64::max) <= 0.30
}

/// The address that lock waiters have in common, where arguments are printed.
fn lock(subject: &Subject<'_>) -> Option<Sentence> {
    let what = match subject.class? {
        BlockedOn::Lock | BlockedOn::RwLock => "lock",
        BlockedOn::WaitGroup => "WaitGroup",
        BlockedOn::Condition => "condition variable",
        BlockedOn::ChannelSend
        | BlockedOn::NilChannelSend
        | BlockedOn::ChannelReceive
        | BlockedOn::NilChannelReceive
        | BlockedOn::Select
        | BlockedOn::EmptySelect
        | BlockedOn::Semaphore
        | BlockedOn::Coroutine
        | BlockedOn::Sleep
        | BlockedOn::Network
        | BlockedOn::Syscall
        | BlockedOn::TestBubble
        | BlockedOn::Runtime
        | BlockedOn::Nothing => return None,
    };
    let mut addresses: Vec<NonZeroU64> =
        subject.row.facts.goroutines().iter().filter_map(|it| it.waits_for).collect();
    let all = addresses.len();
    addresses.sort_unstable();
    addresses.dedup();
    let text = match addresses.as_slice() {
        [one] if all > 1 => format!("All {all} wait for the same {what}, at 0x{one:x}."),
        several if several.len() > 1 && several.len() * 2 <= all => {
            format!("{all} of them wait for {} different {what}s.", several.len())
        }
        _ => return None,
    };
    Some(Sentence::new(Strength::Lock, text))
}

/// The stack with which this one waits in a circle.
fn lock_order(world: &World<'_>, subject: &Subject<'_>) -> Option<Sentence> {
    let partner = lock_partner(world, subject)?;
    let place = |it: &Subject<'_>| super::message::place(world, it);
    let function = partner.function.map_or("?", |frame| world.names().function_name(frame.function));
    let others = goroutines(partner.row.count());
    Some(Sentence {
        strength: Strength::LockOrder,
        full: format!(
            "{} at {} and {others} at {} each wait for a lock that the other most likely holds (by the types on their \
             stacks).",
            goroutines(subject.row.count()),
            place(subject),
            place(partner)
        ),
        short: Some(format!(
            "They and {others} in {function} each wait for a lock that the other most likely holds."
        )),
    })
}

/// Whether one traceback shows accumulation: created throughout the process's life by goroutines that have exited, or with
/// ages spread evenly. Many of one age, or early IDs, are a pool.
pub(super) fn accumulates(world: &World<'_>, subject: &Subject<'_>) -> bool {
    if subject.row.facts.goroutines().len() < ENOUGH {
        return false;
    }
    let ids = subject.row.facts.goroutines().ids();
    let (Some(first), Some(last)) = (ids.first(), ids.last()) else { return false };
    let spread = (last - first) as f64 / world.greatest_id.max(1) as f64;
    if spread < 0.5 || !is_even(&ids) {
        return false;
    }
    let parents = world.parents(subject.row);
    let gone = || parents.iter().filter(|(parent, _)| !world.lives(*parent)).count();
    let orphans = parents.len() * 2 >= ids.len() && gone() * 10 >= parents.len() * 9;
    let minutes: Vec<u64> = subject.row.facts.minutes().into_iter().map(u64::from).collect();
    let aged = match (minutes.first(), minutes.last()) {
        (Some(youngest), Some(oldest)) => {
            minutes.len() >= ENOUGH && is_even(&minutes) && oldest - youngest >= 2
        }
        _ => false,
    };
    orphans || aged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_spreads() {
        assert!(is_even(&[1, 2, 3, 4, 5, 6, 7, 8]));
        assert!(is_even(&[10, 11, 20, 22, 29, 41, 50, 55, 60]));
        assert!(!is_even(&[1, 100, 101, 102, 103, 104, 105, 106]));
        assert!(!is_even(&[5, 5, 5]));
    }
}
