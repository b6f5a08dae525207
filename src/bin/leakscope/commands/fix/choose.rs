//! Which findings are fixed, and with which patches.

use std::path::Path;
use std::path::PathBuf;

use anyhow::anyhow;
use leakscope::diagnose::PatchTier;
use leakscope::diagnose::SourceCertainty;
use leakscope::diagnose::SourcePatch;
use leakscope::diagnose::SourceVerdict;
use leakscope::patch::MergedPatches;
use leakscope::render::FixEntry;
use leakscope::render::RefusedFix;
use leakscope::report::FindingLine;
use leakscope::text::pluralize;

use crate::exit_code::Failure;

/// The fewest hex digits that are taken for a fingerprint.
const MIN_FINGERPRINT: usize = 4;

/// The inputs, and the fingerprint if the last argument is one.
pub(super) fn split(arguments: &[PathBuf]) -> (&[PathBuf], Option<&str>) {
    let is_fingerprint = |it: &str| {
        it.len() >= MIN_FINGERPRINT
            && it.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !Path::new(it).exists()
    };
    match arguments.split_last() {
        Some((last, inputs)) if !inputs.is_empty() => match last.to_str().filter(|it| is_fingerprint(it)) {
            Some(fingerprint) => (inputs, Some(fingerprint)),
            None => (arguments, None),
        },
        _ => (arguments, None),
    }
}

/// The findings on a stack, or all of them.
pub(super) fn chosen<'f>(
    findings: &[&'f FindingLine],
    fingerprint: Option<&str>,
) -> Result<Vec<&'f FindingLine>, Failure> {
    let Some(wanted) = fingerprint else { return Ok(findings.to_vec()) };
    let wanted = wanted.to_ascii_lowercase();
    let is_on = |it: &&&FindingLine| it.fingerprints.iter().any(|it| it.to_string().starts_with(&wanted));
    let named: Vec<&FindingLine> = findings.iter().filter(is_on).copied().collect();
    if named.is_empty() {
        let error = anyhow!("no finding has a fingerprint that begins with {wanted}");
        let hint = "leakscope diff INPUT... lists the findings and their fingerprints";
        return Err(Failure::usage(error).with_hint(hint));
    }
    Ok(named)
}

/// A finding with a verdict on it and its patch.
#[derive(Clone, Copy)]
pub(super) struct Offered<'f> {
    pub(super) finding: &'f FindingLine,
    pub(super) verdict: &'f SourceVerdict,
    pub(super) patch: &'f SourcePatch,
}

impl Offered<'_> {
    /// The first fingerprint of the finding, in full.
    pub(super) fn fingerprint(&self) -> String {
        first_fingerprint(self.finding)
    }

    /// The first digits of it.
    pub(super) fn short(&self) -> String {
        self.fingerprint().chars().take(8).collect()
    }
}

fn first_fingerprint(finding: &FindingLine) -> String {
    finding.fingerprints.first().map_or(String::new(), ToString::to_string)
}

/// The patches of the tiers that are wanted, and why other findings have none and what helps instead.
pub(super) fn offered<'f>(findings: &[&'f FindingLine], review: bool) -> (Vec<Offered<'f>>, Vec<RefusedFix>) {
    let (mut offered, mut refused) = (Vec::new(), Vec::new());
    for finding in findings.iter().copied() {
        let mut why = Vec::new();
        let before = offered.len();
        for verdict in &finding.source.verdicts {
            match &verdict.patch {
                Some(patch) if review || patch.tier == PatchTier::Safe => {
                    offered.push(Offered { finding, verdict, patch })
                }
                Some(patch) => {
                    let title = format!("{}: {}; this needs a decision", patch.title, patch.because);
                    why.push((title, "leakscope fix --review writes it"));
                }
                None if !verdict.refused.is_empty() => why.push((verdict.refused.clone(), &verdict.advice)),
                None => {}
            }
        }
        if offered.len() == before {
            let (why, next) = why.into_iter().next().unwrap_or_else(|| (unproven(finding), ""));
            let next = if next.is_empty() { &finding.advice } else { next };
            let (fingerprint, message) = (first_fingerprint(finding), finding.message.clone());
            refused.push(RefusedFix { fingerprint, message, why, next: next.to_owned() });
        }
    }
    (offered, refused)
}

/// Why the source proves nothing of a finding.
fn unproven(finding: &FindingLine) -> String {
    let mut candidates = finding.source.with(SourceCertainty::Candidate);
    match (candidates.next(), finding.source.undecided.as_str()) {
        (Some(first), _) => {
            let others = match candidates.count() {
                0 => String::new(),
                others => format!("; also {}", pluralize(others as i128, "other")),
            };
            format!("the source names a candidate and proves none: {}{others}", first.sentence)
        }
        (None, "") => "no line of the source is seen to cause it".to_owned(),
        (None, undecided) => undecided.to_owned(),
    }
}

/// The patches as a document lists them.
pub(super) fn entries<'f>(offered: &[Offered<'f>], merged: &MergedPatches) -> Vec<FixEntry<'f>> {
    let conflict = |index: &Option<usize>| index.and_then(|it| offered.get(it)).map(Offered::fingerprint);
    let all = offered.iter().zip(&merged.conflicts);
    all.map(|(it, index)| FixEntry {
        finding: &it.finding.finding,
        verdict: it.verdict,
        patch: it.patch,
        conflicts_with: conflict(index),
    })
    .collect()
}
