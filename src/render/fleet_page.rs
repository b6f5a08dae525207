//! The pages of many services, in one HTML file each.

use std::io;

use crate::report::FleetReport;
use crate::report::FleetRow;

use super::html;

/// Writes the page of a ranking. The same report gives the same bytes.
pub fn fleet_page(report: &FleetReport, out: &mut dyn io::Write) -> io::Result<()> {
    html::fleet::render(report, out)
}

/// Writes the page of one stack of a service. `day` is the last day on which it was seen, as a date.
pub fn fleet_stack_page(row: &FleetRow, day: &str, out: &mut dyn io::Write) -> io::Result<()> {
    html::fleet::render_one(row, day, out)
}
