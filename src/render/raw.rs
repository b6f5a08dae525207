//! A profile as canonical text: for `leakscope raw` and for tests.

use std::fmt::Write;

use crate::model::Frame;
use crate::model::Goroutines;
use crate::model::Profile;
use crate::model::SampleRef;
use crate::text::ShownLabels;

use crate::text::escape;

/// The canonical text of a profile. Samples are sorted by count, then by their text, so that the order of the input does not matter;
/// goroutines are sorted by ID.
pub fn raw(profile: &Profile, labels: ShownLabels) -> String {
    let mut out = String::new();
    let declared_total = profile.declared_total.map_or("–".to_owned(), |it| it.to_string());
    let total = profile.total();
    let is_delta = if profile.is_delta { " delta" } else { "" };
    line(&mut out, &format!("{} {}{is_delta}", profile.kind.as_str(), profile.form.as_str()));
    line(&mut out, &format!("goroutines {total} claimed {declared_total}"));
    for warning in &profile.warnings {
        line(&mut out, &format!("warning {}", escape(&warning.to_string())));
    }
    let mut samples: Vec<(i64, String)> = profile
        .samples_with_details()
        .map(|sample_ref| (sample_ref.sample.count, body(profile, &sample_ref, labels)))
        .collect();
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

fn body(profile: &Profile, sample_ref: &SampleRef<'_>, labels: ShownLabels) -> String {
    let mut out = String::new();
    if let Some(state) = profile.state(sample_ref) {
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
    for (key, value) in profile.labels.pairs(sample_ref.sample.labels) {
        line(
            &mut out,
            &format!("  label {}={}", escape(&labels.key(key)), escape(&labels.value(key, value))),
        );
    }
    let truncation = profile.stacks.truncation(sample_ref.sample.stack);
    for (frame, depth) in profile.stacks.frames(sample_ref.sample.stack).zip(0u32..) {
        if truncation.elided_after == Some(depth) {
            line(&mut out, "  … elided");
        }
        line(&mut out, &format!("  {}", position(profile, frame)));
    }
    if truncation.cut {
        line(&mut out, "  … cut");
    }
    if let Some(spawn) = sample_ref.spawn() {
        line(&mut out, &format!("  created by {}", position(profile, spawn)));
    }
    for goroutine in sample_ref.goroutines.map(Goroutines::sorted).into_iter().flatten() {
        let mut words = format!("  goroutine {}", goroutine.id);
        words.extend(goroutine.parent.map(|parent| format!(" of {parent}")));
        words.extend(goroutine.minutes.map(|minutes| format!(" {minutes} min")));
        line(&mut out, &words);
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
