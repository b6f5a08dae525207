//! Writes the HTML page.

use std::path::Path;

use leakscope::render;
use leakscope::render::Format;
use leakscope::report::Report;
use leakscope::source::write_whole;

use crate::exit_code::Failure;

/// Writes the page into a folder, and says where it is; says so if this build has no such format.
pub(super) fn page(report: &Report, folder: &Path) -> Result<String, Failure> {
    let Some(format) = Format::named("html") else {
        return Ok("this build has no page".to_owned());
    };
    let mut bytes = Vec::new();
    render::render(report, format, &mut bytes)?;
    let path = folder.join(name(report));
    write_whole(&path, &bytes)?;
    Ok(format!("wrote {}", path.display()))
}

/// `leakscope-shop-20261201T004530Z.html`: the program and the time of the last snapshot.
fn name(report: &Report) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let program: String = report.program.iter().flat_map(|it| it.chars()).filter(|c| is_plain(*c)).collect();
    let program = if program.is_empty() { "watch" } else { program.get(..40).unwrap_or(&program) };
    let taken_at = report.snapshots.last().and_then(|it| it.taken_at);
    let time = taken_at.and_then(|it| jiff::Timestamp::from_nanosecond(i128::from(it)).ok());
    let time = time.map_or(String::new(), |it| it.strftime("-%Y%m%dT%H%M%SZ").to_string());
    format!("leakscope-{program}{time}.html")
}
