//! The values of a group's key as words.

use crate::golang::blocked_on_by_words;
use crate::model::BlockedOn;
use crate::report::GroupLine;
use crate::report::Report;
use crate::text::word;

/// The dimensions of a group's key with their values: `tenant=acme`; `–` for goroutines without one.
pub(super) fn key_words(report: &Report, group: &GroupLine) -> Vec<String> {
    let shown = |(key, value): &(String, Option<String>)| {
        let value = value.as_deref().map_or_else(|| "–".to_owned(), |value| value_word(report, key, value));
        format!("{}={value}", word(key))
    };
    group.key.iter().map(shown).collect()
}

/// A value of a dimension as one word; a state that Go has is in Go's words.
pub(super) fn value_word(report: &Report, key: &str, value: &str) -> String {
    match key {
        "state" if is_state(value) => value.to_owned(),
        key if key.starts_with("label:") => report.shown_labels.value_word(value).into_owned(),
        _ => word(value).into_owned(),
    }
}

/// Whether this is a state of Go, or what we say of one.
fn is_state(value: &str) -> bool {
    let reason = value.strip_suffix(" (durable)").unwrap_or(value);
    BlockedOn::ALL.iter().any(|it| it.as_str() == value)
        || matches!(reason, "semacquire" | "leaked" | "waiting")
        || blocked_on_by_words(reason).is_some()
}
