//! Why the process died, as a report says it.

use crate::model::Death;
use crate::model::DeathKind;
use crate::text::ShownLabels;
use crate::text::word;

use super::frame_line::FrameLine;
use super::last_words::last_words;

/// Why the process of the last snapshot died.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeathLine {
    /// What the text says. Messages are masked, but not safe to print.
    pub death: Death,
    /// The frame of the goroutine that did it: of the user's code if it has one. `None` if no group has that goroutine.
    pub site: Option<FrameLine>,
    /// The fingerprint of its group.
    pub fingerprint: Option<String>,
    /// How messages of the program are shown in a sentence.
    pub labels: ShownLabels,
}

impl DeathLine {
    /// What happened, as a sentence without the place. Of a message, what Go itself does not say is one word.
    pub fn sentence(&self) -> String {
        self.sentence_with(|text| last_words(text, self.labels))
    }

    /// The same with messages as the program wrote them, for formats that mark where outside text begins and ends. A long one is cut.
    pub fn full_sentence(&self) -> String {
        self.sentence_with(|text| match text.char_indices().nth(MAX_MESSAGE) {
            None => text.to_owned(),
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        })
    }

    fn sentence_with(&self, said: impl Fn(&str) -> String) -> String {
        let Death { kind, text, earlier, tests, detail, .. } = &self.death;
        let text = said(text);
        let mut sentence = match kind {
            DeathKind::Deadlock if text.contains("no goroutines") => {
                format!(
                    "the Go runtime says that no goroutine is left, because main called runtime.Goexit ({text})"
                )
            }
            DeathKind::Deadlock => {
                format!(
                    "the Go runtime says that all goroutines are asleep: a deadlock of the whole program ({text})"
                )
            }
            DeathKind::BubbleDeadlock => {
                format!("the Go runtime says that no goroutine of a test bubble can go on ({text})")
            }
            DeathKind::Signal if text.starts_with("SIGQUIT") => {
                format!("ended by a signal that asks for this dump ({text})")
            }
            DeathKind::Signal if text.starts_with("SIG") => format!("ended by a signal ({text})"),
            DeathKind::Panic
            | DeathKind::TestTimeout
            | DeathKind::MapRace
            | DeathKind::LockMisuse
            | DeathKind::OutOfMemory
            | DeathKind::StackOverflow
            | DeathKind::ThreadLimit
            | DeathKind::Signal
            | DeathKind::FatalError => format!("died of {text}"),
        };
        // Which instruction of a panic raised the signal says nothing to a reader.
        if !detail.is_empty() && *kind != DeathKind::Panic {
            sentence.push_str(&format!("; {}", said(detail)));
        }
        if let Some(last) = earlier.last() {
            sentence.push_str(&format!("; it came after {}", said(last)));
        }
        if !tests.is_empty() {
            let shown = tests.iter().take(MAX_TESTS).map(|it| test(it)).collect::<Vec<_>>().join(", ");
            let more = tests.len().saturating_sub(MAX_TESTS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            sentence.push_str(&format!("; running: {shown}{more}"));
        }
        sentence
    }
}

/// `TestWait (3s)`: the name of a test as one word, and its duration.
fn test(text: &str) -> String {
    let is_duration = |it: &&(&str, &str)| {
        let text = it.1.strip_suffix(')').unwrap_or_default();
        !text.is_empty()
            && text.len() < 20
            && text.chars().all(|c| c.is_ascii_digit() || "hmnsµ.".contains(c))
    };
    match text.rsplit_once(" (").as_ref().filter(is_duration) {
        Some((name, duration)) => format!("{} ({duration}", word(name)),
        None => word(text).into_owned(),
    }
}

/// Characters of a message in a full sentence.
const MAX_MESSAGE: usize = 240;

/// Running tests that a sentence names.
const MAX_TESTS: usize = 3;
