//! Delve's list of goroutines: one line for each, with the user's frame and the wait reason.

use std::collections::HashMap;

use super::DecodeError;
use super::Limits;
use super::text::Text;
use crate::model::Form;
use crate::model::Frame;
use crate::model::Goroutine;
use crate::model::Goroutines;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::State;
use crate::model::StateId;
use crate::model::Truncation;
use crate::model::Warning;

/// Decodes the output of Delve's `goroutines`; `None` if the text has no line of it.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let mut profile = Profile::new(Form::DelveList, Kind::Goroutine);
    let mut states: HashMap<&str, StateId> = HashMap::new();
    for line in text.lines() {
        let Some(row) = row(line.text) else { continue };
        let function = profile.symbols.intern_function(row.function);
        let file = profile.symbols.intern_file(row.file);
        let frame = profile.stacks.intern_frame(Frame { function, file, line: row.line });
        let stack = profile.stacks.intern(&[frame], Truncation { cut: true, elided_after: None });
        let state = row.reason.map(|reason| {
            *states.entry(reason).or_insert_with(|| {
                profile.states.push(State { reason: reason.to_owned(), ..State::default() });
                StateId(u32::try_from(profile.states.len() - 1).unwrap_or(u32::MAX))
            })
        });
        limits.check_rows(profile.samples.len() + 1)?;
        let one = Goroutine { id: row.id, parent: None, minutes: None, waits_for: None };
        profile.goroutines.push(Goroutines::from_iter([one]));
        profile.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: 1 });
        profile.details.push(SampleDetail { state, ..SampleDetail::default() });
    }
    if profile.samples.is_empty() {
        return Ok(None);
    }
    profile.warnings.push(Warning::note(
        "a list of single frames, not of stacks: the functions that started these goroutines are unknown",
    ));
    Ok(Some(profile))
}

struct Row<'a> {
    id: u64,
    file: &'a str,
    line: u32,
    function: &'a str,
    reason: Option<&'a str>,
}

/// `  Goroutine 117 - User: /srv/service.go:1018 main.(*service).Wait (0x558c5506af69) [chan receive]`
fn row(text: &str) -> Option<Row<'_>> {
    let text = text.trim_start_matches(['*', ' ', '\t']);
    let (id, rest) = text.strip_prefix("Goroutine ")?.split_once(" - ")?;
    let (_, rest) = rest.split_once(": ")?;
    let (place, rest) = rest.rsplit_once(" (0x")?;
    let (position, function) = place.rsplit_once(' ')?;
    let (file, line) = position.rsplit_once(':')?;
    let reason = rest.split_once('[').and_then(|(_, rest)| rest.split(']').next());
    Some(Row { id: id.parse().ok()?, file, line: line.parse().ok()?, function, reason })
}
