//! The fields of the document. New fields may be added; to rename or drop one needs a new schema number and a line in CHANGELOG.md.

use crate::report;
use std::collections::BTreeMap;

use serde::Serialize;

use super::super::goleak::goleak_sketch;
use super::super::object::object;
use crate::diagnose::Forecast;
use crate::diagnose::ForecastOutcome;
use crate::diagnose::HeapHeld;
use crate::gate::GateOutcome;
use crate::gate::GateVerdict;
use crate::model::BlockedOn;
use crate::series::Column;
use crate::series::growth::Shape;

use super::source::source;

/// Grows when a field is renamed or dropped.
pub(super) const SCHEMA: u32 = 1;

pub(super) fn document(report: &report::Report) -> impl Serialize {
    object! {
        "schema": SCHEMA,
        "tool": object! { "name": "leakscope", "version": env!("CARGO_PKG_VERSION"), },
        "program": &report.program,
        "death": report.death.as_ref().map(death),
        "snapshots": list(&report.snapshots, snapshot),
        "groups": list(&report.groups, |it| group(it, &report.by)),
        "groups_left_out": report.omitted.groups,
        "findings": list(&report.findings, finding),
        "outlook": list(&report.outlook, outlook),
        "verdict": report.verdict.as_ref().map(verdict),
        "warnings": &report.warnings,
    }
}

fn list<'a, T, S>(values: &'a [T], object: impl Fn(&'a T) -> S) -> Vec<S> {
    values.iter().map(object).collect()
}

fn snapshot(it: &Column) -> impl Serialize {
    let time = it.taken_at.and_then(|nanos| jiff::Timestamp::from_nanosecond(i128::from(nanos)).ok());
    object! {
        "origin": &it.origin,
        "form": it.form.as_str(),
        "kind": it.kind.as_str(),
        "delta": it.is_delta,
        "taken_at": time.map(|time| time.to_string()),
        "goroutines": it.goroutines,
        "claimed": it.declared_total,
        "go_version": &it.go_version,
        "stacks_unique": it.stacks_unique,
        "incomplete": it.incomplete,
        "warnings": &it.warnings,
    }
}

fn death(it: &report::DeathLine) -> impl Serialize {
    object! {
        "kind": it.death.kind.as_str(),
        "text": &it.death.text,
        "message": it.sentence(),
        "goroutine": it.death.goroutine,
        "site": it.site.as_ref().map(frame),
        "fingerprint": &it.fingerprint,
        "detail": Some(&it.death.detail).filter(|text| !text.is_empty()),
        "earlier": &it.death.earlier,
        "tests": &it.death.tests,
        "line": it.death.line,
    }
}

fn group(it: &report::GroupLine, by: &[String]) -> impl Serialize {
    let values: BTreeMap<_, _> = it.key.iter().map(|(key, value)| (key, value)).collect();
    let value = match it.key.as_slice() {
        // By the stack alone: the frame that names the row.
        [] => it.name.as_ref().map_or("", |frame| &frame.function).to_owned(),
        key => key.iter().map(|(_, value)| value.as_deref().unwrap_or("")).collect::<Vec<_>>().join(", "),
    };
    object! {
        "fingerprint": &it.fingerprint,
        "counts": &it.counts,
        "gain": it.gain,
        "change": it.change.as_str(),
        "per_hour": it.per_hour,
        "growth": it.growth.as_ref().map(|it| object! {
            "verdict": it.verdict.as_str(),
            "shape": it.shape.map(Shape::as_str),
            "basis": it.basis.as_str(),
            "per_hour": it.per_hour,
            "p_value": it.p_value,
            "reason": it.reason.to_string(),
        }),
        "stack": list(&it.stack, frame),
        "cut": it.cut,
        "labels": it.labels.iter().map(|(key, value)| (key, value)).collect::<BTreeMap<_, _>>(),
        "label_keys": list(&it.label_keys, |it| object! {
            "key": &it.key,
            "goroutines": it.goroutines,
            "values": it.values,
            "most": &it.most.0,
            "most_goroutines": it.most.1,
        }),
        "key": object! {
            "by": by.join(","),
            "value": value,
            "values"?: (!values.is_empty()).then_some(values),
        },
        "blocked_on": it.blocked_on.map(|(value, basis)| object! {
            "value": value.as_str(),
            "basis": basis.as_str(),
            "detail": &it.blocked_detail,
        }),
        "state": &it.state,
        "states": list(&it.states, |(state, count)| object! { "state": state, "goroutines": count, }),
        "waits": list(&it.waits, |(wait, count)| object! { "wait": wait, "goroutines": count, }),
        "waited": it.waited.map(|it| object! {
            "min_s": it.min_s, "median_s": it.median_s, "max_s": it.max_s,
        }),
        "site": it.site.as_ref().map(frame),
        "site_in_user_code": it.site_in_user_code.as_ref().map(frame),
        "site_in_library": it.site_in_library.as_ref().map(frame),
        "calls": it.calls.as_ref().map(frame),
        "spawn_site": it.spawn_site.as_ref().map(|(frame, basis)| object! {
            "function": &frame.function,
            "file": &frame.file,
            "line": (frame.line > 0).then_some(frame.line),
            "basis": basis.as_str(),
        }),
        "spawn_sites": list(&it.spawn_sites, |(it, count)| object! {
            "function": &it.function,
            "file": &it.file,
            "line": (it.line > 0).then_some(it.line),
            "goroutines": count,
        }),
        "entry": it.entry.as_ref().map(frame),
        "heap_held": it.heap_held.as_ref().map(heap_held),
        "proven_leaked": it.proven_leaked,
        "background": &it.background,
        "go_test": it.test.as_ref().map(go_test),
    }
}

fn heap_held(it: &HeapHeld) -> impl Serialize {
    object! {
        "bytes": it.bytes,
        "basis": "inferred",
        "allocated_at": &it.allocated_at,
        "bytes_each": it.each.map(|(each, _)| each),
        "r_squared": it.each.map(|(_, fit)| fit),
    }
}

fn frame(it: &report::FrameLine) -> impl Serialize {
    object! { "function": &it.function, "file": &it.file, "line": (it.line > 0).then_some(it.line), }
}

/// What `leakscope goleak-test` needs; `read.rs` reads it.
fn go_test(it: &report::GoTest) -> impl Serialize {
    object! {
        "package": &it.package,
        "function": &it.function,
        "function_package": &it.function_package,
        "blocked": &it.blocked.1,
        "blocked_package": &it.blocked.0,
        "written_in": &it.written_in,
        "blocked_on": it.blocked_on.map(BlockedOn::as_str),
    }
}

fn finding(it: &report::FindingLine) -> impl Serialize {
    object! {
        "rule": &it.rule,
        "level": it.level.as_str(),
        "confidence": it.confidence.as_str(),
        "fingerprint": &it.lead.fingerprint,
        "fingerprints": list(&it.fingerprints, ToString::to_string),
        "causes": &it.causes,
        "title": &it.title,
        "message": &it.message,
        "evidence": &it.evidence,
        "callers": list(&it.callers, caller),
        "advice": &it.advice,
        "sketch": &it.sketch,
        "excerpts": list(&it.excerpts, excerpt),
        "test": it.lead.test.as_ref().map_or(String::new(), goleak_sketch),
        "go_test": it.lead.test.as_ref().map(go_test),
        "keep": it.keep.as_ref().map(|it| object! { "test": &it.test, "gate": &it.gate, }),
        "heap_held": it.heap_held.as_ref().map(heap_held),
        "outlook": list(&it.outlook, outlook),
        "links": &it.links,
        "source": source(&it.finding.source, &it.from_source),
    }
}

/// Code of the user's that has to do with the finding, though its stack is a library's alone.
fn caller(it: &report::Caller) -> impl Serialize {
    object! {
        "function": &it.frame.function,
        "file": &it.frame.file,
        "line": (it.frame.line > 0).then_some(it.frame.line),
        "calls": &it.calls,
        "fit": it.fit.as_str(),
        "source": it.source.as_str(),
        "basis": it.basis.as_str(),
    }
}

fn excerpt(it: &report::SourceLines) -> impl Serialize {
    object! {
        "what": it.what,
        "file": &it.file,
        "line": it.line,
        "lines": it.lines.iter().map(|(number, text)| (number, text)).collect::<BTreeMap<_, _>>(),
        "doubt": &it.doubt,
    }
}

fn outlook(it: &Forecast) -> impl Serialize {
    let (now, per_hour, hours, unknown) = match it.outcome {
        ForecastOutcome::Reached { now } => (Some(now), None, Some(0.0), None),
        ForecastOutcome::Reaches { now, per_hour, hours } => (Some(now), Some(per_hour), Some(hours), None),
        ForecastOutcome::Unknown(why) => (None, None, None, Some(why)),
    };
    object! {
        "resource": it.resource.as_str(),
        "limit": it.limit,
        "now": now,
        "per_hour": per_hour,
        "hours": hours,
        "basis": "inferred",
        "unknown": unknown,
    }
}

fn verdict(it: &GateVerdict) -> impl Serialize {
    let (inconclusive, unusable) = match &it.outcome {
        GateOutcome::Inconclusive(why) => (Some(why), None),
        GateOutcome::Unusable(why) => (None, Some(why)),
        GateOutcome::Pass | GateOutcome::Denied => (None, None),
    };
    object! {
        "pass": it.outcome == GateOutcome::Pass,
        "denied": it.denied,
        "inconclusive": inconclusive,
        "unusable": unusable,
        "allowed": &it.allowed,
        "unused_allows": &it.unused_allows,
        "remarks": &it.remarks,
    }
}
