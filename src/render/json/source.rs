//! What the source says of a finding. All of it is inferred from the text of the program.

use serde::Serialize;

use crate::diagnose::SourceCertainty;
use crate::diagnose::SourcePatch;
use crate::diagnose::SourcePlace;
use crate::diagnose::SourceVerdict;
use crate::diagnose::SourceView;
use crate::diagnose::Wake;
use crate::render::object::object;
use crate::report::FromSource;

/// The surest verdict, the others, and what ends the wait; `None` if the source says nothing.
pub(super) fn source(view: &SourceView, said: &FromSource) -> Option<impl Serialize> {
    if view.is_empty() {
        return None;
    }
    let first = view.lead();
    let undecided = Some(&view.undecided).filter(|text| !text.is_empty());
    let certainty = first.map(|it| it.certainty).or(undecided.map(|_| SourceCertainty::Undecided));
    let is_first = |it: &SourceVerdict| first.is_some_and(|lead| std::ptr::eq(lead, it));
    let advised = view.verdicts.iter().zip(&said.advice);
    let advice = advised.clone().find(|(it, _)| is_first(it)).map_or("", |(_, advice)| advice);
    let others: Vec<_> =
        advised.filter(|(it, _)| !is_first(it)).map(|(it, advice)| other(it, advice)).collect();
    Some(object! {
        "verdict": certainty.map(SourceCertainty::as_str),
        "cause": first.and_then(cause),
        "sentence": first.map(|it| &it.sentence).or(undecided),
        "advice": advice,
        "place": first.and_then(|it| place(&it.place)),
        "evidence": evidence(first),
        "patch": first.and_then(|it| it.patch.as_ref()).map(patch),
        "refused": first.map(|it| &it.refused).filter(|why| !why.is_empty()),
        "others": others,
        "undecided": undecided,
        "wakes": view.wakes.iter().map(wake).collect::<Vec<_>>(),
    })
}

fn other(it: &SourceVerdict, advice: &str) -> impl Serialize {
    object! {
        "verdict": it.certainty.as_str(),
        "cause": cause(it),
        "sentence": &it.sentence,
        "advice": advice,
        "place": place(&it.place),
        "evidence": evidence(Some(it)),
        "patch": it.patch.as_ref().map(patch),
        "refused": Some(&it.refused).filter(|why| !why.is_empty()),
    }
}

fn patch(it: &SourcePatch) -> impl Serialize {
    object! {
        "tier": it.tier.as_str(),
        "title": &it.title,
        "because": &it.because,
        "diff": &it.diff,
    }
}

fn cause(it: &SourceVerdict) -> Option<&str> {
    Some(it.cause.as_str()).filter(|cause| !cause.is_empty())
}

fn place(it: &SourcePlace) -> Option<impl Serialize> {
    (!it.file.is_empty())
        .then(|| object! { "file": &it.file, "line": line(it.line), "moved_by": it.moved_by, })
}

fn evidence(verdict: Option<&SourceVerdict>) -> Vec<impl Serialize> {
    let lines = verdict.into_iter().flat_map(|it| &it.evidence);
    lines
        .map(|it| object! { "role": &it.role, "file": &it.file, "line": line(it.line), "text": &it.text, })
        .collect()
}

fn wake(it: &Wake) -> impl Serialize {
    let made_at = it.made_at.iter().map(|it| {
        object! { "function": &it.function, "file": &it.file, "line": line(it.line), "ended": it.is_ended, }
    });
    object! {
        "operation": &it.operation,
        "file": &it.file,
        "line": line(it.line),
        "ended_by": &it.ended_by,
        "object": Some(&it.object).filter(|object| !object.is_empty()),
        "made_at": made_at.collect::<Vec<_>>(),
        "last": it.is_last,
        "from": if it.from_table { "table" } else { "source" },
        "basis": "inferred",
    }
}

/// A line of 0 is not known.
fn line(line: u32) -> Option<u32> {
    (line > 0).then_some(line)
}
