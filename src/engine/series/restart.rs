//! Where the process started anew between two snapshots. A restart is concluded from evidence, never from a fall of the counts while
//! other goroutines live on: a burst ends in the same way.

use super::Column;
use super::Row;
use super::column::is_other_build;
use super::column::tallied;

/// The fewest goroutines whose disappearance says something.
const MIN_COUNT: i128 = 5;

/// What shows that a column is of another process than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    /// The program's build ID differs.
    Build,
    /// Goroutine IDs start anew, or belong to other goroutines.
    Ids,
    /// Every stack lost at least half of its goroutines: nothing suggests that any goroutine lives on.
    Counts,
}

/// For each column, what shows that the process restarted before it; `None` if nothing does.
pub(super) fn restarts(rows: &[Row], columns: &[Column]) -> Vec<Option<Restart>> {
    let mut restarts: Vec<Option<Restart>> = columns.iter().take(1).map(|_| None).collect();
    restarts.extend(columns.array_windows().enumerate().map(|(at, [before, after])| {
        if is_other_build(before, after) {
            return Some(Restart::Build);
        }
        let has_ids = before.has_traceback && after.has_traceback;
        match has_ids {
            true => after.ids_start_anew.then_some(Restart::Ids),
            false => all_fell(rows, [at, at + 1], [before, after]).then_some(Restart::Counts),
        }
    }));
    restarts
}

/// Whether each stack lost at least half of its goroutines. Stacks that the filters hide may live on.
fn all_fell(rows: &[Row], at: [usize; 2], columns: [&Column; 2]) -> bool {
    let [earlier, later] = columns;
    let is_whole = |column: &Column| column.in_all == column.goroutines && !column.is_delta;
    if !is_whole(earlier) || !is_whole(later) || earlier.goroutines < MIN_COUNT {
        return false;
    }
    let [before, after] = at;
    let count = |row: &Row, column: usize| row.counts.get(column).copied().unwrap_or(0);
    let mut present = rows.iter().filter(|row| count(row, before) > 0);
    present.all(|row| count(row, after).saturating_mul(2) <= count(row, before))
}

/// Warnings about restarts. That of another build is among the warnings about columns. Goroutines that exited with their process are not
/// fixed.
pub(super) fn warnings(columns: &[Column], restarts: &[Option<Restart>]) -> Vec<String> {
    let text = |(column, restart): (&Column, &Option<Restart>)| {
        let why = match (*restart)? {
            Restart::Build => return None,
            Restart::Ids => "goroutine IDs start anew, as after a restart",
            Restart::Counts => "most goroutines disappeared at once, as after a restart",
        };
        Some(format!("{}: {why}; growth is measured from here on", column.origin_word()))
    };
    tallied(columns.iter().zip(restarts).filter_map(text).collect())
}
