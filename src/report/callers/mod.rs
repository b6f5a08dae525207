//! The user's code behind a finding whose stack is a library's alone: who seems to have made what leaks.
//!
//! Other stacks of the series, the stacks of its heap profiles and the goroutines that started others show where the user's code calls
//! the library. What is found is inferred, except where the profile itself says that this code started the goroutine.

mod anchors;
mod calls;
mod candidate;
mod lineage;
mod subject;

use crate::diagnose::Finding;
use crate::model::Basis;
use crate::series::Row;
use crate::series::Series;
use crate::stacks::is_written_by_user;

use super::lines::Caller;
use super::lines::CallerFit;
use super::lines::CallerSource;

use anchors::Anchors;
use candidate::Candidate;
use candidate::Found;
use subject::Subject;
use subject::Wanted;
use subject::subject;

pub(super) use candidate::sentence;

/// Findings that are looked at, the most important first.
const MAX_FINDINGS: usize = 50;

/// For each finding, the user's code behind it, the likeliest first; empty where its own stack shows it, or where no form knows it.
pub(super) fn callers(series: &Series, findings: &[Finding]) -> Vec<Vec<Caller>> {
    let mut all = vec![Vec::new(); findings.len()];
    let subjects: Vec<Subject<'_>> =
        findings.iter().enumerate().take(MAX_FINDINGS).filter_map(|it| subject(series, it)).collect();
    if subjects.is_empty() {
        return all;
    }
    let lineages = lineage::lineages(series, &subjects);
    let anchors = Anchors::new(series, &subjects, &lineages);
    let mut found: Vec<Found> = vec![Found::default(); subjects.len()];
    for ((subject, lineage), found) in subjects.iter().zip(&lineages).zip(&mut found) {
        subject.rows.iter().for_each(|row| ancestors(row, found));
        own_stacks(series, subject, found);
        lineage.callers.iter().for_each(|it| found.add(*it));
    }
    calls::add_calls(series, &anchors, &mut found);
    for (subject, found) in subjects.iter().zip(found) {
        all[subject.finding] = found.best(series);
    }
    all
}

/// Adds the user's code that a traceback states: it is on the stack of an ancestor.
fn ancestors(row: &Row, found: &mut Found) {
    for (call, weight) in row.facts.stated.iter().flat_map(|it| it.ancestor_calls.sorted()) {
        found.add(Candidate {
            frame: call.frame,
            calls: call.calls,
            fit: CallerFit::CallsCreator,
            source: CallerSource::Ancestor,
            basis: Basis::Stated,
            weight,
        });
    }
}

/// Adds the user's code on the other stacks of the finding: they have one cause.
fn own_stacks(series: &Series, subject: &Subject<'_>, found: &mut Found) {
    if subject.wanted == Wanted::CallersOfCreator {
        return;
    }
    for row in subject.rows.iter().skip(1) {
        let own = row.stack.frames(&series.names).find(|it| is_written_by_user(*it, &series.names));
        let spawn = row.facts.spawn_site(true).map(|fact| fact.value);
        let spawn = spawn.filter(|it| is_written_by_user(*it, &series.names));
        if let Some(frame) = own.or(spawn) {
            found.add(Candidate {
                frame,
                calls: None,
                fit: CallerFit::SameFinding,
                source: CallerSource::Stacks,
                basis: Basis::Inferred,
                weight: row.count(),
            });
        }
    }
}
