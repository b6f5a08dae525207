//! Why the process died, with the goroutine that did it.

use crate::model::Death;
use crate::model::DeathKind;
use crate::series::Row;
use crate::series::Series;
use crate::text::ShownLabels;

use super::group_line::frame_line;
use super::group_line::name;
use super::lines::DeathLine;

impl DeathLine {
    /// What happened, as a sentence without the place.
    pub fn sentence(&self) -> String {
        let Death { kind, text, earlier, tests, detail, .. } = &self.death;
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
            sentence.push_str(&format!("; {detail}"));
        }
        if let Some(last) = earlier.last() {
            sentence.push_str(&format!("; it came after {last}"));
        }
        if !tests.is_empty() {
            let shown = tests.iter().take(MAX_TESTS).map(String::as_str).collect::<Vec<_>>().join(", ");
            let more = tests.len().saturating_sub(MAX_TESTS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            sentence.push_str(&format!("; running: {shown}{more}"));
        }
        sentence
    }
}

/// Running tests that a sentence names.
const MAX_TESTS: usize = 3;

/// Why the process of the last snapshot died; `None` if it does not say.
pub(super) fn death(series: &Series, labels: ShownLabels) -> Option<DeathLine> {
    let death = series.columns.last()?.death.as_deref()?;
    let message = |text: &String| labels.message(text).into_owned();
    let shown = Death {
        text: message(&death.text),
        detail: message(&death.detail),
        earlier: death.earlier.iter().map(message).collect(),
        tests: death.tests.iter().map(message).collect(),
        ..death.clone()
    };
    let has = |row: &&Row| {
        row.count() > 0 && row.facts.goroutines().iter().any(|it| Some(it.id) == death.goroutine)
    };
    let row = death.goroutine.and_then(|_| series.rows.iter().find(has));
    let site = row.and_then(|row| name(series, row, &row.stack.frames(&series.names).collect::<Vec<_>>()));
    Some(DeathLine {
        death: shown,
        site: site.map(|it| frame_line(series, it)),
        fingerprint: row.map(|row| row.fingerprint.to_string()),
    })
}
