//! Tracebacks: `debug=2`, and the output of panics, fatal errors, SIGQUIT and goleak, anywhere in a text.
//!
//! [`decode`] reads a whole text; [`read`] reads a plain traceback in chunks. Both pass lines to a `Reader`, which
//! passes them to an `Assembler`. A goroutine whose lines are out of order is skipped with a warning; its stack is
//! never guessed.

mod assemble;
mod chunks;
mod death;
mod ending;
mod faults;
mod frame;
mod header;
mod line_cache;
mod marker;
mod one_line;
mod reader;
mod wrapped;

use std::sync::atomic::AtomicUsize;

use super::DecodeError;
use super::Limits;
use super::text::Text;
use crate::model::Profile;
use crate::model::Warning;
use ending::TextEnd;
use header::Certainty;
use reader::Headers;
use reader::Reader;

pub(super) use chunks::MIN_CHUNKED;
pub(super) use chunks::Source;
pub(super) use chunks::can_continue;
pub(super) use chunks::can_read;
pub(super) use chunks::for_each_chunk;
pub(super) use chunks::read;
pub(super) use death::last_words;

/// Decodes a text that contains goroutines; `None` if it contains none.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let has_headers = text.lines().any(|line| reader::header_in(line.trimmed(limits)).is_some());
    // A report of the race detector has stacks, but no goroutine that waits.
    let is_race = !has_headers && text.content().contains("WARNING: DATA RACE");
    if is_race || !(has_headers || has_frames(text, limits)) {
        return Ok(None);
    }
    if let Some(columns) = wrapped::wrap_width(text, limits) {
        let why = format!("its lines are hard-wrapped at {columns} columns and cannot be joined reliably");
        return Err(DecodeError::NoGoroutine { form: "a traceback", why });
    }
    let goroutines = AtomicUsize::new(0);
    let headers = if has_headers { Headers::Present } else { Headers::Absent };
    let mut reader = Reader::new(limits, headers, &goroutines);
    for line in text.lines() {
        reader.read(line)?;
    }
    let end = TextEnd::new(text.lines(), text.ends_mid_line(), text.input_len, limits);
    reader.end(&end);
    if reader.assembler.is_empty() {
        return Ok(None);
    }
    let mut profile = reader.finish(&end)?;
    if !has_headers {
        let text = "no stack has a header: each counts as one goroutine, and its state is not known";
        profile.warnings.insert(0, Warning::note(text));
    }
    profile.warnings.splice(0..0, text.warnings.iter().cloned());
    profile.death = death::find(text, limits);
    Ok(Some(profile))
}

/// Whether a text can be the name of a function.
pub(super) fn is_function_name(name: &str) -> bool {
    frame::is_name(name)
}

/// Parses a source position: file and line.
pub(super) fn location(line: &str) -> Option<(&str, u32)> {
    frame::location(line)
}

/// Whether a trimmed line is the header of a goroutine, whatever is around it.
pub(super) fn is_header(line: &str) -> bool {
    header::parse(line).is_some_and(|it| it.certainty == Certainty::Sure)
}

/// Whether a function line is followed by a source position, as below any header.
fn has_frames(text: &Text<'_>, limits: &Limits) -> bool {
    let mut after_call = false;
    for line in text.lines() {
        let line = line.trimmed(limits);
        if after_call && location(line).is_some() {
            return true;
        }
        after_call = frame::call(line).is_some() || (line.is_empty() && after_call);
    }
    false
}

#[cfg(test)]
mod tests;
