//! What the analysis of source reads of a profile: groups of goroutines with their stacks.

use crate::model::BlockedOn;
use crate::model::Frame;
use crate::series::Row;
use crate::series::Series;

/// A frame of a stack, as the profile names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObservedFrame {
    /// The function, in its canonical name.
    pub(crate) function: String,
    /// The path of its file; empty if it is not known.
    pub(crate) file: String,
    /// The line, from 1; 0 if it is not known.
    pub(crate) line: u32,
}

/// A group of goroutines with one stack.
#[derive(Clone, Debug)]
pub(crate) struct ObservedGroup {
    /// Its row in the series.
    pub(crate) row: usize,
    /// Its stack, leaf first, without frames of the runtime that all forms leave out.
    pub(crate) stack: Vec<ObservedFrame>,
    /// Its goroutines in the last snapshot.
    pub(crate) count: i128,
    /// Whether they are more than in the first snapshot. With one snapshot it is not known, and they are not.
    pub(crate) grew: bool,
    /// What they wait for; `None` if it is not known.
    pub(crate) blocked_on: Option<BlockedOn>,
    /// The `go` statement that started them; its line is 0 if only the function is known.
    pub(crate) spawn_site: Option<ObservedFrame>,
    /// Whether they are background goroutines in a normal number.
    pub(crate) is_background: bool,
    /// The user's frames that made what the goroutines belong to: ancestors state them, or the heap profile shows them. Empty if neither
    /// form is there.
    pub(crate) makers: Vec<ObservedFrame>,
}

impl ObservedGroup {
    /// The functions and files of its stack.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.stack.iter().map(|it| (it.function.as_str(), it.file.as_str()))
    }
}

/// The rows of a series as groups, in the same order. `background` says for each row whether it is background.
pub(crate) fn observe(series: &Series, background: &[Option<String>]) -> Vec<ObservedGroup> {
    let observed = |frame: Frame| ObservedFrame {
        function: series.names.function_name(frame.function).to_owned(),
        file: series.names.symbols.file(frame.file).to_owned(),
        line: frame.line,
    };
    let group = |(row, it): (usize, &Row)| {
        let blocked_on = it.facts.blocked_on(true).map(|fact| fact.value);
        ObservedGroup {
            row,
            stack: it.stack.frames(&series.names).map(observed).collect(),
            count: it.counts.last().copied().unwrap_or(0),
            grew: it.gain() > 0,
            blocked_on,
            spawn_site: it.facts.spawn_site(true).map(|fact| observed(fact.value)),
            is_background: background.get(row).is_some_and(Option::is_some),
            makers: makers(series, it).into_iter().map(observed).collect(),
        }
    };
    series.rows.iter().enumerate().map(group).collect()
}

/// The user's frames behind a row without code of the user's.
fn makers(series: &Series, row: &Row) -> Vec<Frame> {
    if row.user_code {
        return Vec::new();
    }
    let stated = row.facts.stated.iter().flat_map(|it| it.ancestor_calls.sorted());
    let stated: Vec<Frame> = stated.map(|(call, _)| call.frame).collect();
    let Some(spawn) = row.facts.spawn_site(true).filter(|_| stated.is_empty()) else { return stated };
    let calls = series.heap_calls.calls.iter().filter_map(|call| call.split_last());
    let through = |library: &[Frame]| library.iter().any(|it| it.function == spawn.value.function);
    calls.filter(|(_, library)| through(library)).map(|(user, _)| *user).collect()
}
