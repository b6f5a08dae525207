//! A profile as canonical text: for `leakscope raw` and for tests.

use std::fmt::Write;

use crate::model::Death;
use crate::model::Frame;
use crate::model::Goroutines;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::text::ShownLabels;

use crate::text::escape;

/// The canonical text of a profile. Samples are sorted by count, then by their text, so that the order of the input does not matter;
/// goroutines are sorted by ID.
pub fn raw(profile: &Profile, labels: ShownLabels) -> String {
    let declared_total = profile.declared_total.map_or("–".to_owned(), |it| it.to_string());
    let is_delta = if profile.is_delta { " delta" } else { "" };
    let mut out = format!("{} {}{is_delta}\n", profile.kind.as_str(), profile.form.as_str());
    // Writing to a String cannot fail.
    let _ = writeln!(out, "goroutines {} claimed {declared_total}", profile.total());
    for warning in &profile.warnings {
        let _ = writeln!(out, "warning {}", escape(&warning.to_string()));
    }
    if let Some(death) = &profile.death {
        out.push_str(&died(death, labels));
    }
    let mut samples: Vec<(i64, String)> = profile
        .samples_with_details()
        .map(|sample_ref| (sample_ref.sample.count, body(profile, &sample_ref, labels)))
        .collect();
    samples.sort_by(|(a, body), (b, other)| b.cmp(a).then_with(|| body.cmp(other)));
    for (count, body) in samples {
        let _ = write!(out, "\n{count}{body}");
    }
    out
}

/// Why the process died. The texts are masked as labels are: a panic may print a password.
fn died(death: &Death, labels: ShownLabels) -> String {
    let mut out = format!("died {}", death.kind.as_str());
    out.extend(death.goroutine.map(|id| format!(" in goroutine {id}")));
    let first = [("", &death.text), ("  ", &death.detail)];
    let earlier = death.earlier.iter().map(|text| ("  after ", text));
    let tests = death.tests.iter().map(|text| ("  test ", text));
    for (head, text) in first.into_iter().chain(earlier).chain(tests).filter(|(_, text)| !text.is_empty()) {
        out.push_str(if head.is_empty() { ": " } else { head });
        out.push_str(&escape(&labels.message(text)));
        out.push('\n');
    }
    out
}

fn body(profile: &Profile, sample_ref: &SampleRef<'_>, labels: ShownLabels) -> String {
    let mut out = String::new();
    if let Some(state) = profile.state(sample_ref) {
        let _ = write!(out, " {}", escape(&state.reason));
        for (flag, word) in [
            (state.leaked, " (leaked)"),
            (state.scan, " (scan)"),
            (state.durable, " (durable)"),
            (state.locked, ", locked to thread"),
        ] {
            out.push_str(if flag { word } else { "" });
        }
        out.extend(state.bubble.map(|bubble| format!(", bubble {bubble}")));
    }
    out.push('\n');
    for (key, value) in profile.labels.pairs(sample_ref.sample.labels) {
        let (key, value) = (labels.key(key), labels.value(key, value));
        let _ = writeln!(out, "  label {}={}", escape(&key), escape(&value));
    }
    let truncation = profile.stacks.truncation(sample_ref.sample.stack);
    for (frame, depth) in profile.stacks.frames(sample_ref.sample.stack).zip(0u32..) {
        if truncation.elided_after == Some(depth) {
            out.push_str("  … elided\n");
        }
        let _ = writeln!(out, "  {}", position(profile, frame));
    }
    out.push_str(if truncation.cut { "  … cut\n" } else { "" });
    if let Some(spawn) = sample_ref.spawn() {
        let _ = writeln!(out, "  created by {}", position(profile, spawn));
    }
    for ancestor in sample_ref.ancestors() {
        out.push_str("  originating from");
        out.push_str(&ancestor.id.map_or(" a goroutine".to_owned(), |id| format!(" goroutine {id}")));
        out.push('\n');
        for frame in &ancestor.frames {
            let _ = writeln!(out, "    {}", position(profile, *frame));
        }
        out.push_str(if ancestor.cut { "    … cut\n" } else { "" });
        if let Some(spawn) = ancestor.spawn {
            let _ = writeln!(out, "    created by {}", position(profile, spawn));
        }
    }
    for goroutine in sample_ref.goroutines.map(Goroutines::sorted).into_iter().flatten() {
        let _ = write!(out, "  goroutine {}", goroutine.id);
        out.extend(goroutine.parent.map(|parent| format!(" of {parent}")));
        out.extend(goroutine.minutes.map(|minutes| format!(" {minutes} min")));
        out.push('\n');
    }
    out
}

fn position(profile: &Profile, frame: Frame) -> String {
    let function = escape(profile.symbols.function(frame.function));
    match profile.symbols.file(frame.file) {
        "" => function.into_owned(),
        file => format!("{function} {}:{}", escape(file), frame.line),
    }
}
