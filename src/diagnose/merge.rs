//! Candidates with one cause become one finding.

use crate::rules::Level;
use crate::rules::Rule;
use crate::rules::Text;

use super::candidate::Candidate;
use super::context::World;
use super::evidence;
use super::finding::Confidence;
use super::finding::Finding;
use super::message;

/// Causes that a finding names at the most.
const MOST_CAUSES: usize = 3;

pub(super) fn findings(world: &World<'_>, mut candidates: Vec<Candidate<'_>>) -> Vec<Finding> {
    candidates.sort_by(|a, b| {
        let rank = |it: &Candidate<'_>| {
            let row = world.subjects[it.row].row;
            // The user's own stack leads those of the libraries that it uses.
            (it.confidence, it.level, row.gain(), row.user_code, row.count())
        };
        rank(b).cmp(&rank(a)).then(a.row.cmp(&b.row))
    });
    let mut clusters: Vec<Vec<Candidate<'_>>> = Vec::new();
    for candidate in candidates {
        match clusters.iter_mut().find(|cluster| cluster.iter().any(|it| one_cause(world, it, &candidate))) {
            Some(cluster) => cluster.push(candidate),
            None => clusters.push(vec![candidate]),
        }
    }
    clusters.into_iter().map(|cluster| finding(world, &cluster)).collect()
}

/// Whether two rows have one cause: the same rule says so of both, and they move in lockstep, or one started the other.
fn one_cause(world: &World<'_>, a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    if follows(world, a, b) || follows(world, b, a) {
        return true;
    }
    let (Some(rule), Some(other)) = (a.rules.first(), b.rules.first()) else { return false };
    let alike =
        rule.id == other.id || (rule.kind == other.kind && rule.causes.first() == other.causes.first());
    if !alike {
        return false;
    }
    let (one, two) = (&world.subjects[a.row], &world.subjects[b.row]);
    let same_spawn = one.spawn.is_some() && one.spawn == two.spawn;
    let started = |child: &super::context::Subject<'_>, parent: &super::context::Subject<'_>| {
        child.spawn.is_some_and(|spawn| parent.has(spawn))
    };
    let lockstep = one.row.counts == two.row.counts;
    match rule.kind {
        crate::rules::RuleKind::Signature => true,
        crate::rules::RuleKind::Mechanism => {
            (lockstep && same_spawn) || started(one, two) || started(two, one)
        }
    }
}

/// Moments from which on equal counts are no chance.
const LOCKSTEP_MOMENTS: usize = 3;

/// Whether a stack of libraries alone moves in lockstep with one of the user's own: it is there for the other's sake.
fn follows(world: &World<'_>, library: &Candidate<'_>, user: &Candidate<'_>) -> bool {
    let (library, user) = (world.subjects[library.row].row, world.subjects[user.row].row);
    let long = user.counts.len() >= LOCKSTEP_MOMENTS && user.gain() > 1;
    long && user.user_code && !library.user_code && library.counts == user.counts
}

fn finding(world: &World<'_>, cluster: &[Candidate<'_>]) -> Finding {
    let lead = &cluster[0];
    let subject = &world.subjects[lead.row];
    let rows: Vec<usize> = cluster.iter().map(|it| it.row).collect();
    let total =
        |of: fn(&crate::series::Row) -> i128| rows.iter().map(|row| of(world.subjects[*row].row)).sum();
    let (count, gain): (i128, i128) = (total(crate::series::Row::count), total(crate::series::Row::gain));
    let confidence = cluster.iter().map(|it| it.confidence).max().unwrap_or(Confidence::Watch);
    let level = cluster.iter().map(|it| it.level).max().unwrap_or(Level::Allow);
    let mut causes: Vec<String> = Vec::new();
    for cause in lead.rules.iter().flat_map(|rule| rule.causes.iter()) {
        if !causes.iter().any(|it| it == cause) && causes.len() < MOST_CAUSES {
            causes.push(cause.to_string());
        }
    }
    // What a rule says of a mechanism is only said of what accumulates; else the bare facts are, and the rule is a guess.
    let sure = lead.rules.first().filter(|_| confidence >= Confidence::Likely);
    let words =
        |text: fn(&Rule) -> &str| lead.rules.first().map_or(String::new(), |rule| text(rule).to_owned());
    let evidence = evidence::evidence(world, &rows);
    Finding {
        rule: lead.rules.first().map_or_else(|| "grew".to_owned(), |rule| rule.id.to_string()),
        title: words(|rule| &rule.title),
        level,
        confidence,
        fingerprints: rows.iter().map(|row| world.subjects[*row].row.fingerprint).collect(),
        causes,
        heading: match sure {
            Some(rule) => message::fill(&message::without_place(&rule.say.each), world, subject, count, gain),
            None => evidence::heading(subject, count),
        },
        message: match sure {
            Some(rule) => message::fill(&rule.say.each, world, subject, count, gain),
            None => evidence::message(world, subject, count, gain),
        },
        evidence: evidence.all,
        main_evidence: evidence.main,
        advice: words(|rule| &rule.say.advice),
        sketch: words(|rule| rule.say.sketch.trim()),
        links: lead.rules.first().map_or(Vec::new(), |rule| rule.links.iter().map(Text::to_string).collect()),
        rows,
        count,
        gain,
    }
}
