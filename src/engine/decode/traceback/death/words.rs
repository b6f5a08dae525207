//! The words with which a death begins.

use crate::model::DeathKind;

/// Errors that the runtime calls fatal, by a part of their text. The first that fits counts.
const FATAL_ERRORS: [(&str, DeathKind); 13] = [
    ("all goroutines are asleep", DeathKind::Deadlock),
    ("no goroutines (main called runtime.Goexit)", DeathKind::Deadlock),
    ("all goroutines in bubble are blocked", DeathKind::BubbleDeadlock),
    ("main bubble goroutine has exited but", DeathKind::BubbleDeadlock),
    ("concurrent map", DeathKind::MapRace),
    ("of unlocked ", DeathKind::LockMisuse),
    ("inconsistent mutex state", DeathKind::LockMisuse),
    ("out of memory", DeathKind::OutOfMemory),
    ("cannot allocate memory", DeathKind::OutOfMemory),
    ("stack overflow", DeathKind::StackOverflow),
    ("newosproc", DeathKind::ThreadLimit),
    ("thread exhaustion", DeathKind::ThreadLimit),
    ("unexpected signal", DeathKind::Signal),
];

/// Panics of Go itself, by how their text begins.
const PANICS: [(&str, DeathKind); 3] = [
    ("test timed out after ", DeathKind::TestTimeout),
    ("deadlock: all goroutines in bubble are blocked", DeathKind::BubbleDeadlock),
    ("deadlock: main bubble goroutine has exited but", DeathKind::BubbleDeadlock),
];

/// What dies with these words; `None` if a line does not begin with any.
pub(super) fn kind_of(words: &str) -> Option<DeathKind> {
    if let Some(value) = words.strip_prefix("panic: ").or((words == "panic:").then_some("")) {
        let known = PANICS.iter().find(|(text, _)| value.starts_with(text));
        return Some(known.map_or(DeathKind::Panic, |(_, kind)| *kind));
    }
    if let Some(error) = words.strip_prefix("fatal error: ") {
        let known = FATAL_ERRORS.iter().find(|(text, _)| error.contains(text));
        let fault = (error == "fault").then_some(DeathKind::Signal);
        return Some(known.map(|(_, kind)| *kind).or(fault).unwrap_or(DeathKind::FatalError));
    }
    let (name, what) = words.strip_prefix("SIG")?.split_once(": ")?;
    let is_name =
        name.len() <= 6 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    // `runtime/sigtab_linux_generic.go`: a few words in lower case.
    let is_what = what.len() < 40
        && what.bytes().all(|byte| byte.is_ascii_lowercase() || b" -/0123456789".contains(&byte));
    (is_name && is_what).then_some(DeathKind::Signal)
}

/// The text without the marks that Go writes after it, and whether the panic was recovered.
pub(super) fn without_marks(words: &str) -> (&str, bool) {
    for mark in [" [recovered, repanicked]", " [recovered]", " [goexit]"] {
        if let Some(text) = words.strip_suffix(mark) {
            return (text, true);
        }
    }
    (words, false)
}
