//! The page of many services, in one HTML file.

use std::io;

use crate::report::FleetReport;

use super::html;

/// Writes the page. The same report gives the same bytes.
pub fn fleet_page(report: &FleetReport, out: &mut dyn io::Write) -> io::Result<()> {
    html::fleet::render(report, out)
}
