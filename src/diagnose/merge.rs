//! Merges candidates with the same cause into one finding.

use std::cmp::Reverse;

use crate::golang::Owner;
use crate::golang::is_wait_itself;
use crate::golang::package;
use crate::golang::package_and_rest;
use crate::model::BlockedOn;
use crate::model::FunctionId;
use crate::rules::Level;
use crate::rules::Rule;
use crate::rules::RuleKind;
use crate::rules::Text;
use crate::series::Row;
use crate::sort;

use super::candidate::Candidate;
use super::condition::CompiledRule;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::deadlock;
use super::evidence::Evidence;
use super::evidence::evidence;
use super::finding::Confidence;
use super::finding::Finding;
use super::locks::locks;
use super::message;
use super::partner::WaitsFor;
use super::partner::causes_of_partner;
use super::partner::partner;
use super::source_verdict::SourceView;

const MAX_CAUSES: usize = 3;

/// The most candidates, and the most other rows with a gain, of which it is asked for which row they wait: the time is linear in the
/// rows for each.
const MAX_COMPARED: usize = 256;

/// The findings, each led by its most important candidate.
pub(super) fn findings<'r>(
    context: &DiagnosisContext<'_>,
    rules: &'r [CompiledRule<'r>],
    mut candidates: Vec<Candidate<'r>>,
) -> Vec<Finding> {
    candidates.sort_by_cached_key(|it| {
        let row = context.rows[it.row].row;
        // What is stuck because of others does not lead them.
        let standing = deadlock::standing(context, &context.rows[it.row]);
        // Of equal gain, the user's own stack leads those of the libraries that it uses.
        let rank = (it.confidence, it.level, standing, row.gain(), row.user_code, row.count());
        (Reverse(rank), it.row)
    });
    for candidate in candidates.iter_mut().take(MAX_COMPARED) {
        candidate.partner = partner_row(context, candidate);
    }
    let mut clusters: Vec<Vec<Candidate<'_>>> = Vec::new();
    for candidate in candidates {
        let has_cause = |it: &Candidate<'_>| have_one_cause(context, it, &candidate);
        match clusters.iter_mut().find(|cluster| cluster.iter().any(has_cause)) {
            Some(cluster) => cluster.push(candidate),
            None => clusters.push(vec![candidate]),
        }
    }
    for cluster in &mut clusters {
        lead_with_cause(context, cluster);
    }
    attach_symptoms(context, rules, &mut clusters);
    clusters.into_iter().map(|cluster| finding(context, rules, &cluster)).collect()
}

/// Moves the row to the front that explains the others: one that others wait for, else one of the user's code, else one of a library,
/// for which a signature says more than a mechanism.
fn lead_with_cause(context: &DiagnosisContext<'_>, cluster: &mut [Candidate<'_>]) {
    let rank = |it: &Candidate<'_>| {
        let row_view = &context.rows[it.row];
        let is_awaited = cluster.iter().any(|other| other.row != it.row && waits_for(other, it));
        let is_library = library_owner(context, row_view).is_some();
        let is_signature = it.rule().is_some_and(|rule| rule.kind == RuleKind::Signature);
        let standing = deadlock::standing(context, row_view);
        (it.confidence, standing, is_awaited, row_view.row.user_code, is_library, is_signature)
    };
    let Some(first) = cluster.first().map(rank) else { return };
    let mut best = (0, first);
    for (at, candidate) in cluster.iter().enumerate().skip(1) {
        let rank = rank(candidate);
        if rank > best.1 {
            best = (at, rank);
        }
    }
    if let Some(front) = cluster.get_mut(..=best.0) {
        front.rotate_right(1);
    }
}

/// Adds rows to a finding that have more goroutines than before, though nothing more is known of them: those that hold the lock for
/// which its leading row waits, and those that wait for its leading row.
fn attach_symptoms<'r>(
    context: &DiagnosisContext<'_>,
    rules: &'r [CompiledRule<'r>],
    clusters: &mut [Vec<Candidate<'r>>],
) {
    if clusters.is_empty() {
        return;
    }
    let mut known: Vec<bool> = vec![false; context.rows.len()];
    clusters.iter().flatten().for_each(|it| known[it.row] = true);
    let waits = |it: &&RowView<'_>| {
        matches!(it.blocked_on, Some(BlockedOn::WaitGroup | BlockedOn::ChannelReceive))
            && it.row.gain() > 0
            && it.benign.is_none()
    };
    let mut waiting: Vec<&RowView<'_>> =
        context.rows.iter().filter(|it| !known[it.index]).filter(waits).collect();
    if waiting.len() > MAX_COMPARED {
        waiting.select_nth_unstable_by_key(MAX_COMPARED, |it| (Reverse(it.row.gain()), it.index));
        waiting.truncate(MAX_COMPARED);
        sort::by_key(&mut waiting, |it| it.index);
    }
    for row_view in waiting {
        let holding: Vec<&CompiledRule<'_>> = rules.iter().filter(|it| it.holds(context, row_view)).collect();
        let (row, confidence, level) = (row_view.index, Confidence::Watch, Level::Allow);
        let mut symptom = Candidate { row, confidence, level, rules: holding, partner: None };
        symptom.partner = partner_row(context, &symptom);
        let explains = |cluster: &&mut Vec<Candidate<'_>>| {
            cluster.first().is_some_and(|lead| waits_for(lead, &symptom) || waits_for(&symptom, lead))
        };
        if let Some(cluster) = clusters.iter_mut().find(explains) {
            cluster.push(symptom);
        }
    }
}

/// Whether two rows have one cause: one waits for the other or follows it, both wait for one lock, or the same rule holds for both. A
/// rule about a mechanism also needs equal counts and the same spawn site, or that one row started the other.
fn have_one_cause(context: &DiagnosisContext<'_>, a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    if follows(context, a, b) || follows(context, b, a) || waits_for(a, b) || waits_for(b, a) {
        return true;
    }
    let (one, two) = (&context.rows[a.row], &context.rows[b.row]);
    let lock = |row| locks(context).address(row);
    if lock(a.row).is_some() && lock(a.row) == lock(b.row) {
        return true;
    }
    if belong_to_one_library(context, one, two) || are_equal_in_excerpt(context, one, two) {
        return true;
    }
    let (Some(rule), Some(other)) = (a.rule(), b.rule()) else { return false };
    let alike =
        rule.id == other.id || (rule.kind == other.kind && rule.causes.first() == other.causes.first());
    let same_spawn = one.spawn.is_some() && one.spawn == two.spawn;
    let started =
        |child: &RowView<'_>, parent: &RowView<'_>| child.spawn.is_some_and(|spawn| parent.has(spawn));
    let lockstep = one.row.counts == two.row.counts;
    alike
        && match rule.kind {
            RuleKind::Signature => true,
            RuleKind::Mechanism => (lockstep && same_spawn) || started(one, two) || started(two, one),
        }
}

/// The fewest snapshots in which equal counts of two rows are no coincidence.
const MIN_LOCKSTEP_SNAPSHOTS: usize = 3;

/// Whether a stack of libraries alone always has the same count as one of the user's own, which then explains it.
fn follows(context: &DiagnosisContext<'_>, library: &Candidate<'_>, user: &Candidate<'_>) -> bool {
    let (library, user) = (context.rows[library.row].row, context.rows[user.row].row);
    let long = user.counts.len() >= MIN_LOCKSTEP_SNAPSHOTS && user.gain() > 1;
    long && user.user_code && !library.user_code && library.counts == user.counts
}

/// Whether the goroutines of one row wait for those of the other.
fn waits_for(waiting: &Candidate<'_>, other: &Candidate<'_>) -> bool {
    waiting.partner == Some(other.row)
}

/// The row for which the goroutines of a candidate wait; `None` if none is found.
fn partner_row(context: &DiagnosisContext<'_>, candidate: &Candidate<'_>) -> Option<usize> {
    let (found, _) = partner(context, candidate.rules.first()?, &context.rows[candidate.row])?;
    Some(found.index)
}

/// Whether both rows are stacks of libraries alone whose counts always have the same ratio, and both libraries are of one owner, or one
/// of them is Go's own: goroutines of one kind of object.
fn belong_to_one_library(context: &DiagnosisContext<'_>, a: &RowView<'_>, b: &RowView<'_>) -> bool {
    let long = a.row.counts.len() >= MIN_LOCKSTEP_SNAPSHOTS && a.row.gain() > 1 && b.row.gain() > 1;
    if !long || a.row.user_code || b.row.user_code || !have_one_ratio(&a.row.counts, &b.row.counts) {
        return false;
    }
    match (library_owner(context, a), library_owner(context, b)) {
        (Some(one), Some(two)) => one == two,
        (Some(_), None) | (None, Some(_)) => a.row.counts == b.row.counts,
        (None, None) => false,
    }
}

/// The fewest goroutines of two stacks of an excerpt whose equal number is no coincidence.
const MIN_EQUAL_IN_EXCERPT: i128 = 5;

/// Whether somebody cut two stacks with equally many goroutines out of one dump: goroutines of one kind of object.
fn are_equal_in_excerpt(context: &DiagnosisContext<'_>, a: &RowView<'_>, b: &RowView<'_>) -> bool {
    let count = a.row.count();
    a.row.counts.len() == 1 && count >= MIN_EQUAL_IN_EXCERPT && count == b.row.count() && context.is_excerpt()
}

/// Whether one list is a whole multiple of the other.
fn have_one_ratio(a: &[i128], b: &[i128]) -> bool {
    let (Some(x), Some(y)) = (a.last(), b.last()) else { return false };
    let (small, large) = if x <= y { (a, b) } else { (b, a) };
    let (x, y) = (*x.min(y), *x.max(y));
    x > 0 && y % x == 0 && small.iter().zip(large).all(|(one, other)| one * (y / x) == *other)
}

/// Whose library the innermost frame is of that is not Go's own: the host and the account of its package's path.
fn library_owner<'a>(context: &DiagnosisContext<'a>, row_view: &RowView<'a>) -> Option<&'a str> {
    let is_gos_own = |path: &str| path.starts_with("golang.org/");
    let packages = row_view.frames().filter(|it| context.names().owner(it.function) == Owner::Dependency);
    let mut packages = packages.map(|it| package_and_rest(context.names().function_name(it.function)).0);
    let path = packages.find(|path| !is_gos_own(path))?;
    let hosted = ["github.com/", "gitlab.com/", "bitbucket.org/", "gopkg.in/"];
    let slashes = if hosted.iter().any(|it| path.starts_with(it)) { 2 } else { 1 };
    let end = path.match_indices('/').nth(slashes - 1).map_or(path.len(), |(at, _)| at);
    Some(path.split_at(end).0)
}

fn finding(context: &DiagnosisContext<'_>, rules: &[CompiledRule<'_>], cluster: &[Candidate<'_>]) -> Finding {
    let lead = &cluster[0];
    let row_view = &context.rows[lead.row];
    let rows: Vec<usize> = cluster.iter().map(|it| it.row).collect();
    let total = |of: fn(&Row) -> i128| rows.iter().map(|row| of(context.rows[*row].row)).sum();
    let (count, gain): (i128, i128) = (total(Row::count), total(Row::gain));
    let confidence = cluster.iter().map(|it| it.confidence).max().unwrap_or(Confidence::Watch);
    let level = cluster.iter().map(|it| it.level).max().unwrap_or(Level::Allow);
    let causes = causes(context, rules, cluster);
    let first = lead.rule();
    let plain = {
        let alike =
            || rows.iter().map(|row| &context.rows[*row]).filter(|it| it.blocked_on == row_view.blocked_on);
        let (count, gain) = (alike().map(|it| it.row.count()).sum(), alike().map(|it| it.row.gain()).sum());
        message::plain(context, row_view, count, gain)
    };
    // A rule describes a mechanism of accumulation. Where that is not likely, the message states only the facts.
    let (heading, message) = match first.filter(|_| confidence >= Confidence::Likely) {
        Some(rule) => {
            // The sentence is about the goroutines that its rule is about.
            let alike = || cluster.iter().filter(|it| it.rule().is_some_and(|it| it.id == rule.id));
            let sum = |of: fn(&Row) -> i128| alike().map(|it| of(context.rows[it.row].row)).sum();
            let (count, gain): (i128, i128) = (sum(Row::count), sum(Row::gain));
            let fill = |template: &str| message::fill(template, context, row_view, count, gain);
            (fill(&message::without_place(&rule.say.each)), fill(&rule.say.each))
        }
        None => plain.clone(),
    };
    let words = |text: fn(&Rule) -> &str| first.map_or(String::new(), |rule| text(rule).to_owned());
    let elsewhere = first.and_then(|rule| rule.say.advice_elsewhere.as_ref());
    let (advice, sketch) = match elsewhere.filter(|_| !waits_in_users_code(context, row_view)) {
        Some(advice) => (advice.to_string(), String::new()),
        None => (words(|rule| &rule.say.advice), words(|rule| rule.say.sketch.trim())),
    };
    let Evidence { all: evidence, main: main_evidence, conclusions } =
        evidence(context, &rows, lead.rules.first().copied());
    Finding {
        rule: first.map_or_else(|| "grew".to_owned(), |rule| rule.id.to_string()),
        title: words(|rule| &rule.title),
        level,
        confidence,
        fingerprints: rows.iter().map(|row| context.rows[*row].row.fingerprint).collect(),
        causes,
        heading,
        message,
        facts: plain,
        evidence,
        main_evidence,
        conclusions,
        advice,
        sketch,
        links: first.map_or(Vec::new(), |rule| rule.links.iter().map(Text::to_string).collect()),
        rows,
        count,
        gain,
        source: SourceView::default(),
    }
}

/// Whether the operation that waits is in the user's code and not in a library that it calls. A read or a system call of the standard library
/// is the user's own: its deadline is set outside of it.
fn waits_in_users_code(context: &DiagnosisContext<'_>, row_view: &RowView<'_>) -> bool {
    let names = context.names();
    let is_io = matches!(row_view.blocked_on, Some(BlockedOn::Network | BlockedOn::Syscall));
    let is_wait = |function: FunctionId| match names.owner(function) {
        Owner::Runtime => true,
        Owner::Standard => is_io || is_wait_itself(package(names.function_name(function))),
        Owner::Dependency | Owner::User => false,
    };
    let operation = row_view.frames().find(|it| !is_wait(it.function));
    operation.is_some_and(|it| names.owner(it.function) == Owner::User)
}

/// The causes that the rules of a row name, and those of the row that it waits for.
fn causes(
    context: &DiagnosisContext<'_>,
    rules: &[CompiledRule<'_>],
    cluster: &[Candidate<'_>],
) -> Vec<String> {
    let Some(lead) = cluster.first() else { return Vec::new() };
    let row_view = &context.rows[lead.row];
    // What the signatures of the other rows say comes right after the first cause of the leading one.
    let is_signature = |rule: &&Rule| rule.kind == RuleKind::Signature;
    let others = cluster.iter().skip(1).filter_map(|it| it.rule().filter(is_signature));
    let of_lead = || lead.rules.iter().flat_map(|it| it.rule.causes.iter());
    let others = others.filter_map(|rule| rule.causes.first());
    let own = of_lead().take(1).chain(others).chain(of_lead().skip(1));
    let partner = lead.rules.first().and_then(|rule| causes_of_partner(context, rules, rule, row_view));
    let ordered: Vec<&Text> = match partner {
        Some((other, WaitsFor::Result)) => other.causes.iter().take(1).chain(own).collect(),
        Some((other, WaitsFor::Lock)) => {
            own.clone().take(1).chain(other.causes.first()).chain(own.skip(1)).collect()
        }
        None => own.collect(),
    };
    let mut causes: Vec<String> = Vec::new();
    for cause in ordered {
        if !causes.iter().any(|it| it == cause) && causes.len() < MAX_CAUSES {
            causes.push(cause.to_string());
        }
    }
    causes
}
