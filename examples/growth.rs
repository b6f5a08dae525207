//! Compares two snapshots and prints what grows: `cargo run --example growth -- before.pb.gz after.pb.gz`.

use std::error::Error;
use std::io::Write;

use leakscope::Analysis;
use leakscope::ReadSnapshot;
use leakscope::Snapshot;

fn main() -> Result<(), Box<dyn Error>> {
    let snapshots = std::env::args().skip(1).map(Snapshot::read).collect::<Result<Vec<_>, _>>()?;
    let report = Analysis::default().run(snapshots);
    let mut out = std::io::stdout();
    for finding in &report.findings {
        writeln!(out, "{finding}")?;
    }
    Ok(())
}
