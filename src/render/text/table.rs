//! Columns of text, laid out by comfy-table: blanks and no boxes, one line a row.

use comfy_table::CellAlignment;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::names::cells_of;
use super::names::cut_middle;

/// A column: its heading and its cells.
pub(super) struct Column {
    pub(super) heading: String,
    pub(super) cells: Vec<String>,
    pub(super) fit: Fit,
}

/// How a column behaves when the page is narrow.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// Numbers, aligned to the right, never cut.
    Number,
    /// Words, never cut.
    Word,
    /// Names: cut in the middle, down to so many cells.
    Name(usize),
    /// Left out where there is no room for it beside the names at their shortest; the lowest rank goes first.
    Droppable(u8),
    /// The same, for numbers.
    DroppableNumber(u8),
}

/// Blanks between two columns.
const GAP: usize = 2;

/// Lays the columns out in `width` cells; the first line is the heading.
pub(super) fn lay_out(mut columns: Vec<Column>, width: usize) -> Vec<String> {
    columns.retain(|column| column.cells.iter().any(|cell| !cell.is_empty()));
    // A name cut to its least is hard to read; a column that only adds to what others say goes first.
    while columns.iter().map(|column| least_of(column) + GAP).sum::<usize>() > width + GAP {
        let lowest = columns.iter().filter_map(rank).min();
        let Some(at) = columns.iter().position(|column| rank(column).is_some() && rank(column) == lowest)
        else {
            break;
        };
        columns.remove(at);
    }
    // The widest name gives way first, so that no short one is cut for a long one.
    let mut widths: Vec<usize> = columns.iter().map(width_of).collect();
    while needed(&widths) > width {
        let names = columns.iter().zip(&mut widths).filter_map(|(column, wide)| match column.fit {
            Fit::Name(least) if *wide > least => Some(wide),
            Fit::Name(_) | Fit::Number | Fit::Word | Fit::Droppable(_) | Fit::DroppableNumber(_) => None,
        });
        let Some(widest) = names.max_by_key(|wide| **wide) else {
            break;
        };
        *widest -= 1;
    }
    for (column, &wide) in columns.iter_mut().zip(&widths).filter(|(column, wide)| width_of(column) > **wide)
    {
        column.heading = cut_middle(&column.heading, wide);
        for cell in &mut column.cells {
            *cell = cut_middle(cell, wide);
        }
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| &column.heading));
    let rows = columns.first().map_or(0, |column| column.cells.len());
    for row in 0..rows {
        table.add_row(columns.iter().map(|column| &column.cells[row]));
    }
    for (column, laid) in columns.iter().zip(table.column_iter_mut()) {
        laid.set_padding((0, u16::try_from(GAP).expect("a gap is small")));
        if matches!(column.fit, Fit::Number | Fit::DroppableNumber(_)) {
            laid.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}

fn width_of(column: &Column) -> usize {
    column.cells.iter().chain([&column.heading]).map(|cell| cells_of(cell)).max().unwrap_or(0)
}

/// How far a column can be cut.
fn least_of(column: &Column) -> usize {
    match column.fit {
        Fit::Name(least) => least.min(width_of(column)),
        Fit::Number | Fit::Word | Fit::Droppable(_) | Fit::DroppableNumber(_) => width_of(column),
    }
}

fn rank(column: &Column) -> Option<u8> {
    match column.fit {
        Fit::Droppable(rank) | Fit::DroppableNumber(rank) => Some(rank),
        Fit::Number | Fit::Word | Fit::Name(_) => None,
    }
}

/// The cells that columns of these widths take beside each other.
fn needed(widths: &[usize]) -> usize {
    widths.iter().map(|wide| wide + GAP).sum::<usize>().saturating_sub(GAP)
}

/// A line of bars, one for each count; of a long series so many, evenly chosen.
pub(super) fn sparkline(counts: &[i128]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const MOST: usize = 12;
    let n = counts.len().min(MOST);
    let chosen: Vec<i128> =
        (0..n).map(|i| counts[if n < 2 { 0 } else { i * (counts.len() - 1) / (n - 1) }]).collect();
    let least = chosen.iter().copied().min().unwrap_or(0);
    let span = chosen.iter().copied().max().unwrap_or(0) - least;
    let bar = |count: &i128| {
        let level = if span == 0 { 0 } else { ((count - least) as f64 / span as f64 * 7.0).round() as usize };
        BARS[level.min(7)]
    };
    chosen.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparklines() {
        assert_eq!(sparkline(&[8, 16, 24, 32, 40, 48]), "▁▂▄▅▇█");
        assert_eq!(sparkline(&[4, 4, 4]), "▁▁▁");
        assert_eq!(sparkline(&[]), "");
        assert_eq!(sparkline(&(0..100).collect::<Vec<_>>()).chars().count(), 12);
    }

    #[test]
    fn narrow_pages_cut_names_and_nothing_else() {
        let column = |heading: &str, cell: &str, fit| Column {
            heading: heading.to_owned(),
            cells: vec![cell.to_owned()],
            fit,
        };
        let columns = || {
            vec![
                column("count", "48", Fit::Number),
                column("where", "heapleak.(*holder).holdBuffer", Fit::Name(12)),
                column("file", "heapleak.go:26", Fit::Droppable(1)),
            ]
        };
        assert_eq!(lay_out(columns(), 100)[1], "   48  heapleak.(*holder).holdBuffer  heapleak.go:26");
        assert_eq!(lay_out(columns(), 40)[1], "   48  heapl….holdBuffer  heapleak.go:26");
        assert_eq!(lay_out(columns(), 30)[1], "   48  heaplea…der).holdBuffer");
    }
}
