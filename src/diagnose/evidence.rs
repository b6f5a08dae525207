//! How we know: sentences with figures, from Go's proof, goroutine IDs, their parents, ages and locks.
//!
//! **Invariant:** a sentence that concludes more than the profile states says so: `(inferred)`, `most likely` or `may`.

use crate::model::BlockedOn;
use crate::series::Row;
use crate::sort;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::candidate::MIN_SAMPLES_FOR_SPREAD;
use super::candidate::is_even;
use super::condition::CompiledRule;
use super::condition::one_living_parent;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::lock_evidence::holder;
use super::lock_evidence::lock;
use super::lock_evidence::lock_order;
use super::message;
use super::partner::WaitsFor;
use super::partner::partner;
use super::sentence::Sentence;
use super::sentence::same;

/// Sentences of the main evidence: more would not be read.
pub(super) const MAX_MAIN: usize = 4;

/// Stacks of a finding that are named beside the leading one.
const MAX_COMPANIONS: usize = 3;

/// The evidence for a finding.
#[derive(Default)]
pub(super) struct Evidence {
    /// All that is known, with every figure, for JSON and `--explain`.
    pub(super) all: Vec<String>,
    /// At most [`MAX_MAIN`] short sentences, the strongest first, for a page.
    pub(super) main: Vec<String>,
    /// Those of both that conclude from other stacks what these goroutines wait for.
    pub(super) conclusions: Vec<String>,
}

/// The evidence for a finding. `rows` has the leading one first. `rule` is the one that leads; `None` if no rule holds.
pub(super) fn evidence(
    context: &DiagnosisContext<'_>,
    rows: &[usize],
    rule: Option<&CompiledRule<'_>>,
) -> Evidence {
    let Some(lead) = rows.first().and_then(|row| context.rows.get(*row)) else {
        return Evidence::default();
    };
    let proof = proof(context, lead, rows.len());
    let (proven, unproven) =
        if lead.row.facts.proven() > Some(0) { (&proof, &None) } else { (&None, &proof) };
    let (cohort, parents) = (cohort(lead.row, rows.len()), parents(context, lead));
    let (ids, ages) = (spread_of_ids(context, lead), ages(lead.row));
    let (lock, lock_order, holder) = (lock(lead), lock_order(context, lead), holder(context, lead));
    let awaited = rule.and_then(|rule| awaited(context, rule, lead));
    let held_in = rule.and_then(|rule| held_in(context, rule, lead));
    let (growth, companions) = (growth(lead.row), companions(context, lead, rows));
    let all =
        [&proof, &cohort, &parents, &ids, &ages, &lock, &lock_order, &holder, &awaited, &held_in, &growth];
    let all = all.into_iter().flatten().chain(&companions).map(|(full, _)| full.clone()).collect();
    let others = [&cohort, &growth, &lock, &parents, &ages, &ids, unproven];
    let strongest = proven
        .iter()
        .chain(&lock_order)
        .chain(&holder)
        .chain(&awaited)
        .chain(&held_in)
        .chain(&companions)
        .chain(others.into_iter().flatten());
    let concluded = [&lock_order, &holder, &awaited, &held_in].into_iter().flatten();
    Evidence {
        all,
        main: strongest.filter_map(|(_, short)| short.clone()).take(MAX_MAIN).collect(),
        conclusions: concluded.flat_map(|(full, short)| short.iter().chain([full])).cloned().collect(),
    }
}

/// Waits that Go's garbage collector can prove endless.
const PROVABLE: [BlockedOn; 7] = [
    BlockedOn::ChannelSend,
    BlockedOn::ChannelReceive,
    BlockedOn::Select,
    BlockedOn::Lock,
    BlockedOn::RwLock,
    BlockedOn::WaitGroup,
    BlockedOn::Condition,
];

fn proof(context: &DiagnosisContext<'_>, row_view: &RowView<'_>, stacks: usize) -> Option<Sentence> {
    let proven = row_view.row.facts.proven()?;
    let count = row_view.row.count();
    if proven > 0 {
        let proven = proven.min(count);
        let (which, them) = match count {
            1 => ("this goroutine".to_owned(), "it"),
            n if proven == n && stacks > 1 => (format!("all {n} in this stack"), "them"),
            n if proven == n => (format!("all {n}"), "them"),
            n => (format!("{proven} of {n}"), "those"),
        };
        let text = format!("Go's garbage collector proves {which} leaked: nothing can wake {them}.");
        return Some(same(text));
    }
    let asked = context.series.columns.last().is_some_and(|column| column.has_proof);
    let why = if row_view.blocked_on.is_some_and(|it| PROVABLE.contains(&it)) {
        "it cannot see what a global, a timer or a running goroutine still reaches"
    } else {
        "it never proves what sleeps, runs or waits for the network or a system call"
    };
    let none = "Go's garbage collector proves none of them leaked, which does not clear them";
    asked.then(|| (format!("{none}: {why}."), Some(format!("{none}."))))
}

fn cohort(row: &Row, stacks: usize) -> Option<Sentence> {
    let cohort = row.cohort.as_deref()?;
    let before = cohort.survived + cohort.exited;
    let (is, created) = (if cohort.born == 1 { "is" } else { "are" }, cohort.born);
    let survived = match (before, cohort.exited) {
        (0, _) if created == 0 => return None,
        (0, _) => {
            return Some(same("None of them was in the previous snapshot.".to_owned()));
        }
        (1, 0) => "the one from the previous snapshot is still there".to_owned(),
        (n, 0) => format!("all {n} from the previous snapshot are still there"),
        (n, _) => {
            let (verb, some) = match cohort.survived {
                0 => ("is", "none".to_owned()),
                1 => ("is", "1".to_owned()),
                some => ("are", some.to_string()),
            };
            format!("{some} of the {n} from the previous snapshot {verb} still there")
        }
    };
    let survived = if stacks > 1 { format!("In this stack, {survived}") } else { capitalized(&survived) };
    let exited = cohort.exited;
    let new = if created == 0 { "none is new".to_owned() } else { format!("{created} {is} new") };
    let full = format!("{survived}; since then {created} were created and {exited} exited.");
    Some((full, Some(format!("{survived}; {new}."))))
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn parents(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<Sentence> {
    if let Some((parent, children)) = one_living_parent(context, row_view) {
        let text = format!("Goroutine {parent}, which is still there, started {children} of them.");
        return Some(same(text));
    }
    let parents = context.parents(row_view.row);
    let started: usize = parents.iter().map(|(_, n)| n).sum();
    if parents.len() < 3 || parents.len() * 2 < started {
        return None;
    }
    let gone = parents.iter().filter(|(parent, _)| !context.is_alive(*parent)).count();
    let all = parents.len();
    let text = if gone == all {
        format!("{all} goroutines started them, all exited (inferred: one per request or task).")
    } else if gone == 0 {
        format!("{all} goroutines started them, all still there.")
    } else {
        format!("{all} goroutines started them, {gone} of those have exited.")
    };
    Some(same(text))
}

/// Goroutine IDs grow over a process's life, so their spread says when goroutines were created.
fn spread_of_ids(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> Option<Sentence> {
    if row_view.row.facts.goroutines().len() < MIN_SAMPLES_FOR_SPREAD || context.greatest_id == 0 {
        return None;
    }
    let ids = row_view.row.facts.goroutines().ids();
    let (first, last) = (*ids.first()?, *ids.last()?);
    let spread = (last - first) as f64 / context.greatest_id as f64;
    let range = format!("(IDs {first} to {last} of {})", context.greatest_id);
    let text = if spread >= 0.5 && is_even(&ids) {
        format!("Created throughout the process's life {range}.")
    } else if spread < 0.1 && last * 4 < context.greatest_id {
        format!("All created early in the process's life {range}.")
    } else {
        return None;
    };
    Some(same(text))
}

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
    if all == 1 {
        // The page has the time in a line of its own.
        return Some((format!("It has waited {oldest} min."), None));
    }
    if youngest == oldest {
        let why = "one burst, or the time of the last garbage collection";
        let full = format!("{who} {oldest} min, all the same: {why}.");
        let short = (minutes.len() > 1).then(|| format!("{some}he wait times are the same: {why}."));
        return Some((full, short));
    }
    let spread: Vec<u64> = minutes.iter().map(|it| u64::from(*it)).collect();
    if minutes.len() >= MIN_SAMPLES_FOR_SPREAD && is_even(&spread) {
        let per_minute = (minutes.len() - 1) as f64 / f64::from(oldest - youngest);
        let rate = if per_minute >= 1.0 {
            format!("{per_minute:.1} a minute")
        } else {
            format!("one every {:.1} min", 1.0 / per_minute)
        };
        let spread = format!("evenly spread: about {rate} for {oldest} min.");
        let short = Some(format!("{some}he wait times are {spread}"));
        return Some((format!("{who} {youngest} to {oldest} min, {spread}"), short));
    }
    // The page has the range in a line of its own.
    Some((format!("{who} {youngest} to {oldest} min."), None))
}

/// Why it is said to grow, or not to.
fn growth(row: &Row) -> Option<Sentence> {
    let reason = &row.growth.as_ref()?.reason;
    Some((format!("Growth: {reason}."), reason.summary()))
}

/// The other stacks of the finding. A page has one sentence for all of them.
fn companions(context: &DiagnosisContext<'_>, lead: &RowView<'_>, rows: &[usize]) -> Vec<Sentence> {
    let others: Vec<&RowView<'_>> = rows.iter().skip(1).filter_map(|row| context.rows.get(*row)).collect();
    let function = |other: &RowView<'_>| other.function_word(context);
    let mut by_function: Vec<(String, i128)> = Vec::new();
    for other in &others {
        let (name, count) = (function(other), other.row.count());
        match by_function.iter_mut().find(|(it, _)| *it == name) {
            Some((_, total)) => *total += count,
            None => by_function.push((name, count)),
        }
    }
    let (named, rest) = by_function.split_at(by_function.len().min(MAX_COMPANIONS));
    let mut parts: Vec<String> = Vec::new();
    for (name, count) in named {
        let count = if parts.is_empty() { pluralize(*count, "goroutine") } else { with_thousands(*count) };
        parts.push(format!("{count} in {name}"));
    }
    if !rest.is_empty() {
        parts.push(format!("{} elsewhere", rest.iter().map(|(_, count)| count).sum::<i128>()));
    }
    let list = match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => return Vec::new(),
    };
    let sentence = |(at, other): (usize, &&RowView<'_>)| {
        let lockstep = if other.row.counts == lead.row.counts { ", in lockstep" } else { "" };
        let other = format!("{} in {}", pluralize(other.row.count(), "goroutine"), function(other));
        let short = (at == 0).then(|| format!("Counted with them (inferred): {list}."));
        (format!("Counted with them{lockstep} (inferred): {other}."), short)
    };
    others.iter().take(MAX_COMPANIONS).enumerate().map(sentence).collect()
}

/// The goroutines for which these wait.
fn awaited(
    context: &DiagnosisContext<'_>,
    rule: &CompiledRule<'_>,
    row_view: &RowView<'_>,
) -> Option<Sentence> {
    let (other, WaitsFor::Result) = partner(context, rule, row_view)? else { return None };
    let count = other.row.count();
    let (goroutines, does) = (pluralize(count, "goroutine"), message::doing(other.blocked_on?, count));
    let place = message::location_text(context, other);
    let short = other.function_word(context);
    let text = |place: &str| format!("What they wait for (inferred): {goroutines} in {place}, which {does}.");
    Some((text(&place), Some(text(&short))))
}

/// The goroutines that have what these wait for, by the user's functions.
fn held_in(
    context: &DiagnosisContext<'_>,
    rule: &CompiledRule<'_>,
    row_view: &RowView<'_>,
) -> Option<Sentence> {
    let has_it = |it: &&RowView<'_>| {
        it.index != row_view.index
            && rule.held_in().iter().any(|pattern| pattern.matches(|| it.names()))
            && !rule.has_frames(it)
    };
    let mut holders: Vec<&RowView<'_>> = context.current_rows().filter(has_it).collect();
    sort::by_key(&mut holders, |it| std::cmp::Reverse((it.row.user_code, it.row.count())));
    let parts: Vec<String> = holders
        .iter()
        .take(MAX_COMPANIONS)
        .filter_map(|it| {
            let function = context.function_word(it.function?.function);
            let does = it.blocked_on.map_or(String::new(), |class| format!(" ({})", class.as_str()));
            Some(format!("{} in {function}{does}", with_thousands(it.row.count())))
        })
        .collect();
    (!parts.is_empty()).then(|| same(format!("Who may have what they wait for: {}.", parts.join(", "))))
}
