//! Merges candidates with the same cause into one finding.

use crate::rules::Level;
use crate::rules::Rule;
use crate::rules::RuleKind;
use crate::rules::Text;
use crate::series::Row;

use super::candidate::Candidate;
use super::context::DiagnosisContext;
use super::context::RowView;
use super::deadlock;
use super::evidence;
use super::finding::Confidence;
use super::finding::Finding;
use super::message;

const MAX_CAUSES: usize = 3;

/// The findings, each led by its most important candidate.
pub(super) fn findings(context: &DiagnosisContext<'_>, mut candidates: Vec<Candidate<'_>>) -> Vec<Finding> {
    candidates.sort_by(|a, b| {
        let rank = |it: &Candidate<'_>| {
            let row = context.rows[it.row].row;
            // What is stuck because of others does not lead them.
            let standing = deadlock::standing(context, &context.rows[it.row]);
            // Of equal gain, the user's own stack leads those of the libraries that it uses.
            (it.confidence, it.level, standing, row.gain(), row.user_code, row.count())
        };
        rank(b).cmp(&rank(a)).then(a.row.cmp(&b.row))
    });
    let mut clusters: Vec<Vec<Candidate<'_>>> = Vec::new();
    for candidate in candidates {
        let has_cause = |it: &Candidate<'_>| have_one_cause(context, it, &candidate);
        match clusters.iter_mut().find(|cluster| cluster.iter().any(has_cause)) {
            Some(cluster) => cluster.push(candidate),
            None => clusters.push(vec![candidate]),
        }
    }
    clusters.into_iter().map(|cluster| finding(context, &cluster)).collect()
}

/// Whether two rows have one cause: one follows the other, or the same rule holds for both. A rule about a mechanism also needs equal
/// counts and the same spawn site, or that one row started the other.
fn have_one_cause(context: &DiagnosisContext<'_>, a: &Candidate<'_>, b: &Candidate<'_>) -> bool {
    if follows(context, a, b) || follows(context, b, a) {
        return true;
    }
    let (Some(rule), Some(other)) = (a.rules.first(), b.rules.first()) else { return false };
    let alike =
        rule.id == other.id || (rule.kind == other.kind && rule.causes.first() == other.causes.first());
    let (one, two) = (&context.rows[a.row], &context.rows[b.row]);
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

fn finding(context: &DiagnosisContext<'_>, cluster: &[Candidate<'_>]) -> Finding {
    let lead = &cluster[0];
    let row_view = &context.rows[lead.row];
    let rows: Vec<usize> = cluster.iter().map(|it| it.row).collect();
    let total = |of: fn(&Row) -> i128| rows.iter().map(|row| of(context.rows[*row].row)).sum();
    let (count, gain): (i128, i128) = (total(Row::count), total(Row::gain));
    let confidence = cluster.iter().map(|it| it.confidence).max().unwrap_or(Confidence::Watch);
    let level = cluster.iter().map(|it| it.level).max().unwrap_or(Level::Allow);
    let mut causes: Vec<String> = Vec::new();
    for cause in lead.rules.iter().flat_map(|rule| rule.causes.iter()) {
        if !causes.iter().any(|it| it == cause) && causes.len() < MAX_CAUSES {
            causes.push(cause.to_string());
        }
    }
    // A rule describes a mechanism of accumulation. Where that is not likely, the message states only the facts.
    let first = lead.rules.first();
    let (heading, message) = match first.filter(|_| confidence >= Confidence::Likely) {
        Some(rule) => {
            let fill = |template: &str| message::fill(template, context, row_view, count, gain);
            (fill(&message::without_place(&rule.say.each)), fill(&rule.say.each))
        }
        None => message::plain(context, row_view, count, gain),
    };
    let words = |text: fn(&Rule) -> &str| first.map_or(String::new(), |rule| text(rule).to_owned());
    let (evidence, main_evidence) = evidence::evidence(context, &rows);
    Finding {
        rule: first.map_or_else(|| "grew".to_owned(), |rule| rule.id.to_string()),
        title: words(|rule| &rule.title),
        level,
        confidence,
        fingerprints: rows.iter().map(|row| context.rows[*row].row.fingerprint).collect(),
        causes,
        heading,
        message,
        evidence,
        main_evidence,
        advice: words(|rule| &rule.say.advice),
        sketch: words(|rule| rule.say.sketch.trim()),
        links: first.map_or(Vec::new(), |rule| rule.links.iter().map(Text::to_string).collect()),
        rows,
        count,
        gain,
    }
}
