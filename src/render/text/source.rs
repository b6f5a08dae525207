//! What the source says of a finding, in fields of its block.

use crate::diagnose::SourceVerdict;
use crate::report::FindingLine;
use crate::text::escape;

use super::names::cells_of;
use super::names::position;

/// The first words: what is most likely, and what ends the wait.
pub(super) fn in_short(finding: &FindingLine) -> Vec<(&'static str, String)> {
    let sentences = finding.from_source.sentences.iter().map(|it| escape(it).into_owned());
    let wake = finding.from_source.wake.iter().map(|it| escape(it).into_owned());
    named("source", sentences).chain(named("woken by", wake)).collect()
}

/// Everything: each verdict with its lines, why there is none, and all that ends the wait.
pub(super) fn in_full(finding: &FindingLine) -> Vec<(&'static str, String)> {
    let source = &finding.finding.source;
    let mut said: Vec<String> = Vec::new();
    for (sentence, verdict) in finding.from_source.verdicts.iter().zip(&source.verdicts) {
        said.push(escape(sentence).into_owned());
        said.extend(evidence(verdict));
    }
    let is_said = source.verdicts.iter().any(|it| it.sentence == source.undecided);
    if !source.undecided.is_empty() && !is_said {
        said.push(escape(&format!("undecided: {}", source.undecided)).into_owned());
    }
    let wakes = finding.from_source.wakes.iter().map(|it| escape(it).into_owned());
    named("source", said.into_iter()).chain(named("woken by", wakes)).collect()
}

/// The lines that a verdict is about: `made  chans/chans.go:29  ch := make(chan int)`.
fn evidence(verdict: &SourceVerdict) -> impl Iterator<Item = String> {
    let lines = verdict.evidence.iter().map(|it| {
        let text = it.text.replace('\t', "    ");
        (escape(&it.role).into_owned(), position(&it.file, it.line), escape(text.trim()).into_owned())
    });
    let lines: Vec<(String, String, String)> = lines.collect();
    let widest = |of: fn(&(String, String, String)) -> &String| {
        lines.iter().map(|it| cells_of(of(it))).filter(|cells| *cells <= WIDE).max().unwrap_or(0)
    };
    let (roles, positions) = (widest(|it| &it.0), widest(|it| &it.1));
    let pad = |text: &str, cells: usize| " ".repeat(cells.saturating_sub(cells_of(text)));
    lines.into_iter().map(move |(role, position, text)| {
        format!("{role}{}  {position}{}  {text}", pad(&role, roles), pad(&position, positions))
    })
}

/// A column is no wider than this.
const WIDE: usize = 40;

/// Texts of which only the first has the name of its field.
fn named(
    name: &'static str,
    texts: impl Iterator<Item = String>,
) -> impl Iterator<Item = (&'static str, String)> {
    texts.enumerate().map(move |(index, text)| (if index == 0 { name } else { "" }, text))
}
