//! The page of a heap profile that has no goroutines beside it.

use std::io;

use crate::report::HeapAlone;
use crate::report::HeapSite;
use crate::text::escape;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;

use super::TextOptions;
use super::names::long_position;
use super::rows::UNBOUNDED;
use super::table::Column;
use super::table::Fit;
use super::table::lay_out;

/// Writes it, `limit` rows of it; 0 means all.
pub fn heap_alone(
    heap: &HeapAlone,
    limit: usize,
    options: TextOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let (bytes, objects) = (units::bytes(heap.bytes as f64), pluralize(heap.objects, "object"));
    writeln!(out, "heap profile · {bytes} live in {objects} · no goroutines in it")?;
    let shown = if limit == 0 { heap.sites.len() } else { limit.min(heap.sites.len()) };
    let sites = heap.sites.split_at(shown).0;
    if !sites.is_empty() {
        let column = |heading: &str, fit: Fit, cell: &dyn Fn(&HeapSite) -> String| Column {
            heading: heading.to_owned(),
            cells: sites.iter().map(cell).collect(),
            fit,
        };
        let mut columns = vec![
            column("live", Fit::Number, &|it| units::bytes(it.bytes as f64)),
            column("share", Fit::DroppableNumber(1), &|it| units::share(it.bytes, heap.bytes)),
            column("objects", Fit::DroppableNumber(0), &|it| with_thousands(it.objects)),
            column("allocated in", Fit::Name(16), &|it| escape(&it.function).into_owned()),
            column("", Fit::Name(8), &|it| long_position(&it.file, it.line)),
        ];
        let numbers = (1..=sites.len()).map(|number| number.to_string()).collect();
        columns.insert(0, Column { heading: "#".to_owned(), cells: numbers, fit: Fit::Number });
        let width = if options.full { UNBOUNDED } else { options.width };
        writeln!(out)?;
        for line in lay_out(columns, width) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    let more = heap.sites.len() - shown;
    if more > 0 {
        writeln!(out, "    {} (-n 0 shows all)", pluralize(more as i128, "more place"))?;
    }
    writeln!(
        out,
        "\nit says who allocated, not who holds it; with the goroutines of the same moment it does:"
    )?;
    writeln!(out, "  leakscope top goroutine.pb.gz --heap {}", escape(&heap.name))
}
