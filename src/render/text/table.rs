//! Columns of text, laid out by comfy-table: blanks and no boxes, one line a row.

use comfy_table::CellAlignment;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::names::cells_of;
use super::names::cut_end;

/// A column: its heading and its cells.
#[derive(Clone)]
pub(super) struct Column {
    /// What [`Shrink`] calls it.
    pub(super) id: &'static str,
    pub(super) heading: String,
    /// Of each row the text in all its lengths, the longest first: the longest that fits is shown.
    pub(super) cells: Vec<Vec<String>>,
    pub(super) align: Align,
}

/// To which side the cells of a column are aligned.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// One way to make a table narrower. They are tried in order, until it fits.
#[derive(Clone, Copy)]
pub(super) enum Shrink {
    /// Leaves the column out.
    Drop(&'static str),
    /// Shows shorter texts of its cells, as far as there are any.
    Shorten(&'static str),
    /// Cuts the ends of its texts, down to this width.
    Cut(&'static str, usize),
}

/// Blanks between two columns.
const GAP: usize = 2;

/// Rows up to which steps that turn out needless are taken back.
const MAX_RETRIED_ROWS: usize = 200;

impl Column {
    /// A column of which each cell has one length.
    pub(super) fn new(id: &'static str, align: Align, cells: Vec<String>) -> Self {
        let cells = cells.into_iter().map(|cell| vec![cell]).collect();
        Column { id, heading: id.to_owned(), cells, align }
    }

    /// A column of cells in several lengths, aligned to the left.
    pub(super) fn of_variants(id: &'static str, heading: &str, cells: Vec<Vec<String>>) -> Self {
        Column { id, heading: heading.to_owned(), cells, align: Align::Left }
    }

    fn width(&self, cell: impl Fn(&Vec<String>) -> Option<&String>) -> usize {
        let cells = self.cells.iter().filter_map(cell).map(|cell| cells_of(cell));
        cells.chain([cells_of(&self.heading)]).max().unwrap_or(0)
    }

    /// Keeps of each cell what takes at most `width` cells, or its shortest text.
    fn shorten(&mut self, width: usize) {
        for cell in &mut self.cells {
            let fits = cell.iter().position(|text| cells_of(text) <= width);
            cell.drain(..fits.unwrap_or(cell.len().saturating_sub(1)));
        }
    }
}

/// Lays the columns out in `width` cells; the first line is the heading.
pub(super) fn lay_out(mut columns: Vec<Column>, steps: &[Shrink], width: usize) -> Vec<String> {
    columns.retain(|column| column.cells.iter().flat_map(|cell| cell.first()).any(|cell| !cell.is_empty()));
    // Each step with the width that it left its column.
    let mut taken: Vec<(Shrink, usize)> = Vec::new();
    let mut narrow = columns.clone();
    for step in steps {
        let excess = needed(&narrow).saturating_sub(width);
        let Some(column) = narrow.iter().find(|column| column.id == step.id()).filter(|_| excess > 0) else {
            continue;
        };
        let target = step.target(column, excess);
        shrink(&mut narrow, *step, target);
        taken.push((*step, target));
    }
    // A late step may have made an early one needless. Of a long table each attempt would be a copy.
    if columns.first().is_some_and(|column| column.cells.len() <= MAX_RETRIED_ROWS) {
        for at in (0..taken.len()).rev() {
            let mut without = taken.clone();
            without.remove(at);
            let mut wider = columns.clone();
            without.iter().for_each(|(step, target)| shrink(&mut wider, *step, *target));
            if needed(&wider) <= width {
                (taken, narrow) = (without, wider);
            }
        }
    }
    let columns = narrow;
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(columns.iter().map(|column| &column.heading));
    let rows = columns.first().map_or(0, |column| column.cells.len());
    for row in 0..rows {
        table.add_row(columns.iter().map(|column| column.cells[row].first().map_or("", String::as_str)));
    }
    for (column, laid) in columns.iter().zip(table.column_iter_mut()) {
        laid.set_padding((0, u16::try_from(GAP).expect("a gap is small")));
        if column.align == Align::Right {
            laid.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}

impl Shrink {
    /// The column that it is about.
    fn id(self) -> &'static str {
        let (Shrink::Drop(id) | Shrink::Shorten(id) | Shrink::Cut(id, _)) = self;
        id
    }

    /// How wide the column is to be so that the table gets narrower by `excess`, as far as the step can.
    fn target(self, column: &Column, excess: usize) -> usize {
        let wanted = column.width(|cell| cell.first()).saturating_sub(excess);
        match self {
            Shrink::Drop(_) => 0,
            Shrink::Shorten(_) => wanted.max(column.width(|cell| cell.last())),
            Shrink::Cut(_, least) => wanted.max(least),
        }
    }
}

/// Makes a column of the table take at most `target` cells.
fn shrink(columns: &mut Vec<Column>, step: Shrink, target: usize) {
    let Some(at) = columns.iter().position(|column| column.id == step.id()) else { return };
    match step {
        Shrink::Drop(_) => {
            columns.remove(at);
        }
        Shrink::Shorten(_) => columns[at].shorten(target),
        Shrink::Cut(..) => {
            let column = &mut columns[at];
            column.shorten(target);
            column.heading = cut_end(&column.heading, target);
            for text in column.cells.iter_mut().flatten() {
                *text = cut_end(text, target);
            }
        }
    }
}

/// The cells that the columns take beside each other.
fn needed(columns: &[Column]) -> usize {
    columns.iter().map(|it| it.width(|cell| cell.first()) + GAP).sum::<usize>().saturating_sub(GAP)
}

/// A line of bars, one for each count; of a long series at most 12, evenly chosen.
pub(super) fn sparkline(counts: &[i128]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const MAX_BARS: usize = 12;
    let n = counts.len().min(MAX_BARS);
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
    fn narrow_pages_cut_names_last() {
        let cells = |texts: &str| vec![texts.split(" | ").map(str::to_owned).collect::<Vec<_>>()];
        let functions = "x/heapleak.(*holder).hold | heapleak.(*holder).hold | (*holder).hold";
        let columns = || {
            vec![
                Column::new("count", Align::Right, vec!["48".to_owned()]),
                Column::new("share", Align::Right, vec!["86 %".to_owned()]),
                Column::of_variants("where", "where", cells(functions)),
                Column::of_variants(
                    "file",
                    "file",
                    cells("internal/heapleak/heapleak.go:26 | heapleak.go:26"),
                ),
            ]
        };
        let steps = [
            Shrink::Drop("share"),
            Shrink::Shorten("file"),
            Shrink::Shorten("where"),
            Shrink::Drop("file"),
            Shrink::Cut("where", 8),
        ];
        let check = |width, expected: &str| assert_eq!(lay_out(columns(), &steps, width)[1], expected);
        check(100, "   48   86 %  x/heapleak.(*holder).hold  internal/heapleak/heapleak.go:26");
        check(70, "   48  x/heapleak.(*holder).hold  internal/heapleak/heapleak.go:26");
        check(55, "   48   86 %  x/heapleak.(*holder).hold  heapleak.go:26");
        check(47, "   48  heapleak.(*holder).hold  heapleak.go:26");
        check(40, "   48  (*holder).hold  heapleak.go:26");
        check(30, "   48   86 %  (*holder).hold");
        check(18, "   48  (*holder).…");
    }
}
