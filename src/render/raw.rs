//! A snapshot in canonical text: what `leakscope raw` prints and what goldens are kept in.

use std::fmt::Write;

use crate::model::Frame;
use crate::model::Goroutines;
use crate::model::Record;
use crate::model::Snapshot;
use crate::report::ShownLabels;

use super::escape::escape;

/// The canonical text of a snapshot. Samples come by count, then by what they say, so that the order of the input does
/// not matter; goroutines are listed by number.
pub fn raw(snapshot: &Snapshot, labels: ShownLabels) -> String {
    let mut out = String::new();
    let claimed = snapshot.claimed.map_or("–".to_owned(), |it| it.to_string());
    let total = snapshot.total();
    let delta = if snapshot.delta { " delta" } else { "" };
    line(&mut out, &format!("{} {}{delta}", snapshot.kind.as_str(), snapshot.form.as_str()));
    line(&mut out, &format!("goroutines {total} claimed {claimed}"));
    for warning in &snapshot.warnings {
        line(&mut out, &format!("warning {}", escape(&warning.to_string())));
    }
    let mut samples: Vec<(i64, String)> =
        snapshot.records().map(|record| (record.sample.count, body(snapshot, &record, labels))).collect();
    samples.sort_by(|(a, body), (b, other)| b.cmp(a).then_with(|| body.cmp(other)));
    for (count, body) in samples {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n{count}{body}");
    }
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

fn body(snapshot: &Snapshot, record: &Record<'_>, labels: ShownLabels) -> String {
    let mut out = String::new();
    if let Some(state) = snapshot.state(record) {
        let mut words = format!(" {}", escape(&state.reason));
        for (flag, word) in [
            (state.leaked, " (leaked)"),
            (state.scan, " (scan)"),
            (state.durable, " (durable)"),
            (state.locked, ", locked to thread"),
        ] {
            words.push_str(if flag { word } else { "" });
        }
        words.extend(state.bubble.map(|bubble| format!(", bubble {bubble}")));
        out.push_str(&words);
    }
    out.push('\n');
    for (key, value) in snapshot.labels.pairs(record.sample.labels) {
        line(
            &mut out,
            &format!("  label {}={}", escape(&labels.key(key)), escape(&labels.value(key, value))),
        );
    }
    let gap = snapshot.stacks.gap(record.sample.stack);
    for (frame, depth) in snapshot.stacks.frames(record.sample.stack).zip(0u32..) {
        if gap.elided_after == Some(depth) {
            line(&mut out, "  … elided");
        }
        line(&mut out, &format!("  {}", position(snapshot, frame)));
    }
    if gap.cut {
        line(&mut out, "  … cut");
    }
    if let Some(spawn) = record.spawn() {
        line(&mut out, &format!("  created by {}", position(snapshot, spawn)));
    }
    for goroutine in record.goroutines.map(Goroutines::sorted).into_iter().flatten() {
        let mut words = format!("  goroutine {}", goroutine.id);
        words.extend(goroutine.parent.map(|parent| format!(" of {parent}")));
        words.extend(goroutine.minutes.map(|minutes| format!(" {minutes} min")));
        line(&mut out, &words);
    }
    out
}

fn position(snapshot: &Snapshot, frame: Frame) -> String {
    let function = escape(snapshot.symbols.function(frame.function));
    match snapshot.symbols.file(frame.file) {
        "" => function.into_owned(),
        file => format!("{function} {}:{}", escape(file), frame.line),
    }
}
