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

/// A group of goroutines with one stack, that waits at one line.
#[derive(Clone, Debug)]
pub(crate) struct ObservedGroup {
    /// Its row in the series; after the last row for goroutines of a row that wait at another line than most of it.
    pub(crate) row: usize,
    /// Its stack, leaf first, without frames of the runtime that all forms leave out.
    pub(crate) stack: Vec<ObservedFrame>,
    /// Its goroutines in the last snapshot.
    pub(crate) count: i128,
    /// Whether they are more than in the first snapshot. With one snapshot it is not known, and they are not.
    pub(crate) grew: bool,
    /// Whether they are growing: more than a burst or two snapshots can explain.
    pub(crate) is_growing: bool,
    /// What they wait for; `None` if it is not known.
    pub(crate) blocked_on: Option<BlockedOn>,
    /// The `go` statement that started them; its line is 0 if only the function is known.
    pub(crate) spawn_site: Option<ObservedFrame>,
    /// Whether the garbage collector proved that all of them have leaked; `Some(false)` if it looked and found none, and `None` if it found
    /// some, or did not look.
    pub(crate) is_leaked: Option<bool>,
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

/// Bound of the lines of a row that are looked at.
const MAX_LINES: usize = 4;

/// The rows of a series as groups, in the same order, and after them the goroutines of a row that wait at other lines of the same function:
/// rows by function do not distinguish them, but only some may hold a lock. `background` says for each row whether it is background.
pub(crate) fn observe(series: &Series, background: &[Option<String>]) -> Vec<ObservedGroup> {
    let observed = |frame: Frame| ObservedFrame {
        function: series.names.function_name(frame.function).to_owned(),
        file: series.names.symbols.file(frame.file).to_owned(),
        line: frame.line,
    };
    let group = |(row, it): (usize, &Row)| {
        let blocked_on = it.facts.blocked_on(true).map(|fact| fact.value);
        let count = it.counts.last().copied().unwrap_or(0);
        let proven = it.facts.proven();
        ObservedGroup {
            row,
            stack: it.stack.frames(&series.names).map(observed).collect(),
            count,
            grew: it.gain() > 0,
            is_growing: it.is_growing(),
            blocked_on,
            spawn_site: it.facts.spawn_site(true).map(|fact| observed(fact.value)),
            is_leaked: proven.filter(|it| *it == 0 || *it >= count).map(|it| it > 0),
            is_background: background.get(row).is_some_and(Option::is_some),
            makers: makers(series, it).into_iter().map(observed).collect(),
        }
    };
    let mut groups: Vec<ObservedGroup> = series.rows.iter().enumerate().map(group).collect();
    for (row, it) in series.rows.iter().enumerate() {
        let lines = it.facts.sites.sorted().into_iter().map(|(frame, count)| (observed(frame), count));
        let others = groups.get_mut(row).map(|group| at_other_lines(group, lines)).unwrap_or_default();
        for other in others {
            groups.push(ObservedGroup { row: groups.len(), ..other });
        }
    }
    groups
}

/// The goroutines of a group that wait at other lines of the function that its stack shows. They are taken out of the group.
fn at_other_lines(
    group: &mut ObservedGroup,
    lines: impl Iterator<Item = (ObservedFrame, i128)>,
) -> Vec<ObservedGroup> {
    let mut others = Vec::new();
    let whole = group.count;
    for (frame, count) in lines.take(MAX_LINES) {
        let is_same = |it: &ObservedFrame| it.function == frame.function && it.file == frame.file;
        let Some(at) = group.stack.iter().position(is_same) else { continue };
        let is_shown = group.stack.get(at).is_none_or(|it| it.line == frame.line || frame.line == 0);
        if is_shown || whole <= 1 {
            continue;
        }
        let mut other = ObservedGroup { count: count.clamp(1, whole - 1), ..group.clone() };
        if let Some(shown) = other.stack.get_mut(at) {
            shown.line = frame.line;
        }
        group.count = (group.count - other.count).max(1);
        others.push(other);
    }
    others
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_function_are_groups_of_their_own() {
        let frame = |function: &str, line| ObservedFrame {
            function: function.to_owned(),
            file: "/srv/a.go".to_owned(),
            line,
        };
        let mut group = ObservedGroup {
            row: 0,
            stack: vec![frame("a.Total", 44), frame("a.main", 9)],
            count: 8,
            grew: true,
            is_growing: true,
            blocked_on: Some(BlockedOn::Lock),
            spawn_site: None,
            is_leaked: None,
            is_background: false,
            makers: Vec::new(),
        };
        let lines = [(frame("a.Total", 44), 7), (frame("a.Total", 47), 1), (frame("b.Other", 3), 1)];
        let others = at_other_lines(&mut group, lines.into_iter());
        let shown: Vec<_> = others.iter().map(|it| (it.count, it.stack.clone())).collect();
        assert_eq!(shown, [(1, vec![frame("a.Total", 47), frame("a.main", 9)])]);
        assert_eq!(group.count, 7);
    }
}
