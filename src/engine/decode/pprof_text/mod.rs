//! What `go tool pprof` prints of a goroutine profile, for itself or after its prompt.
//!
//! | report | module | states |
//! |---|---|---|
//! | `-raw` | `raw` | stacks with files and lines, labels |
//! | `-traces` | `traces` | stacks of functions, labels |
//! | `-top`, `-text`, `-tree`, `-peek` | `table` | goroutines at each function, and the total |
//! | `-list` | `listing` | goroutines at each function that was asked for, and the total |
//!
//! Source: google/pprof's `internal/report/report.go` and `source.go`, and `profile/profile.go` (`String`).

mod form;
mod kind;
mod listing;
mod name;
mod overlap;
mod raw;
mod table;
mod traces;

use super::DecodeError;
use super::Limits;
use super::text::Text;
use crate::model::Profile;

pub(super) use kind::unsupported;

/// Decodes a report; `None` if the text has none.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    // The report that says most comes first.
    for decode in [raw::decode, traces::decode, table::decode, listing::decode] {
        if let Some(mut profile) = decode(text, limits)? {
            profile.warnings.splice(0..0, text.warnings.iter().cloned());
            return Ok(Some(profile));
        }
    }
    Ok(None)
}
