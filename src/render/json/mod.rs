//! The JSON document: the interface for other programs.

mod read;
mod schema;
mod source;

use std::io;

use crate::report::Report;

pub use read::ReportError;
pub use read::looks_like_report;
pub use read::read_testable_stacks;

/// Writes the report as one document and a line end.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &schema::document(report))?;
    io::Write::write_all(&mut out, b"\n")?;
    io::Write::flush(&mut out)
}
