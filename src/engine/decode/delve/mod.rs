//! Delve's lists of goroutines: `goroutines` with any of its options, and `goroutine`.
//!
//! Source: Delve's `pkg/terminal/command.go` (`goroutines`, `formatGoroutine`, `writeGoroutineLong`, `writeGoroutineLabels`),
//! `service/api/prettyprint.go` (`PrintStack`), and `service/api/command.go` for what `-group` leaves out.

mod goroutine;
mod line;
mod reader;

use std::collections::HashMap;

use super::DecodeError;
use super::Limits;
use super::ansi::without_colours;
use super::text::Text;
use crate::model::Goroutine;
use crate::model::Goroutines;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::Warning;
use crate::text::pluralize;
use goroutine::Listed;
use reader::Reader;

/// Decodes the output of Delve's `goroutines`; `None` if the text has no line of it.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    if !text.content().contains("Goroutine ") {
        return Ok(None);
    }
    let mut reader = Reader::new(limits);
    let last = text.lines().filter(|line| !line.text.trim().is_empty()).last().map(|line| line.number);
    for line in text.lines() {
        let is_last = Some(line.number) == last;
        reader.read(&without_colours(line.text), line.number, is_last)?;
    }
    if reader.goroutines.is_empty() {
        return Ok(None);
    }
    let mut profile = profile(&mut reader);
    profile.warnings.splice(0..0, text.warnings.iter().cloned());
    Ok(Some(profile))
}

fn profile(reader: &mut Reader<'_>) -> Profile {
    let mut profile = std::mem::take(&mut reader.profile);
    let mut rows = HashMap::new();
    for it in &reader.goroutines {
        let (frames, truncation) = it.stack(&mut profile.stacks);
        let stack = profile.stacks.intern(&frames, truncation);
        let key = (stack, it.labels, it.state, it.go);
        let row = *rows.entry(key).or_insert_with(|| {
            profile.samples.push(Sample { stack, labels: it.labels, count: 0 });
            profile.details.push(SampleDetail { state: it.state, spawn: it.go, ..SampleDetail::default() });
            profile.goroutines.push(Goroutines::new());
            profile.samples.len() - 1
        });
        if let Some(sample) = profile.samples.get_mut(row) {
            sample.count = sample.count.saturating_add(i64::try_from(it.count).unwrap_or(i64::MAX));
        }
        if let (Some(id), Some(goroutines)) = (it.id, profile.goroutines.get_mut(row)) {
            goroutines.push(Goroutine { id, parent: None, minutes: None, waits_for: None });
        }
    }
    profile.declared_total = reader.claimed().map(i128::from);
    warn(&mut profile, reader);
    profile
}

/// Says what the lists do not state, and what could not be read.
fn warn(profile: &mut Profile, reader: &Reader<'_>) {
    let read = profile.total();
    let mut add = |warning| profile.warnings.push(warning);
    if let Some(line) = reader.cut_at {
        let text = "the input is truncated inside this goroutine: it is counted, but a part of it is unknown";
        add(Warning::loss(text).at(line));
    }
    if let Some(claimed) = reader.claimed().map(i128::from).filter(|claimed| *claimed != read) {
        add(Warning::loss(format!(
            "Delve counted {}, the text lists {read}",
            pluralize(claimed, "goroutine")
        )));
    }
    if reader.too_many_groups {
        add(Warning::loss("Delve left groups out (\"Too many groups\"): their goroutines are missing"));
    }
    if let Some(text) = not_shown(&reader.goroutines) {
        add(Warning::note(text));
    }
    if reader.is_earlier_list_dropped {
        add(Warning::note("the text has several lists of the same goroutines; the last one is shown"));
    }
    if reader.only_counted > 0 {
        let n = pluralize(i128::from(reader.only_counted), "goroutine");
        add(Warning::note(format!(
            "{n} counted but not listed: Delve shows only a few of each group, so states are unknown"
        )));
    }
    if reader.unreadable > 0 {
        let n = pluralize(i128::from(reader.unreadable), "goroutine");
        add(Warning::note(format!("{n} that Delve could not read: counted, but the stack is unknown")));
    }
    if reader.waits.has_since {
        let text = "Delve states when each wait began, by a clock that starts with the machine: how long the waits last is unknown";
        add(Warning::note(text));
    }
    if reader.labels_left_out > 0 {
        add(Warning::note("Delve shows at most five labels of a goroutine; the others are unknown"));
    }
}

/// What none of the goroutines shows: whole stacks, places that block, or who started them. `None` if stacks are whole.
fn not_shown(goroutines: &[Listed]) -> Option<&'static str> {
    if goroutines.iter().any(Listed::has_stack) {
        return None;
    }
    let any = |has: fn(&Listed) -> bool| goroutines.iter().any(has);
    let leaf = any(|it| it.runtime.is_some() || it.user.is_some());
    let (start, go) = (any(|it| it.start.is_some()), any(|it| it.go.is_some()));
    Some(match (leaf, start, go) {
        (true, _, true) => "a list of single frames, not of stacks",
        (true, _, false) => {
            "a list of single frames, not of stacks: the functions that started these goroutines are unknown"
        }
        (false, true, _) => {
            "a list of the functions that goroutines started with: where they block is unknown"
        }
        (false, false, _) => {
            "a list of the go statements that started goroutines: where they block is unknown"
        }
    })
}
