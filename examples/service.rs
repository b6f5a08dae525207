//! Judges the captures that a service saved, and writes the report as JSON: for a scheduled job beside the service.
//!
//! `cargo run --example service -- captures/ report.json` exits with 1 if something is denied. The service's policy is
//! `leakscope.toml` in the working folder; it is optional.

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;

use leakscope::Analysis;
use leakscope::ReadSnapshot;
use leakscope::Snapshot;
use leakscope::diagnose::ForecastLimits;
use leakscope::gate::GateOutcome;
use leakscope::gate::Policy;
use leakscope::render::Format;
use leakscope::render::render;
use leakscope::rules::RuleSet;

const POLICY: &str = "leakscope.toml";

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(captures), Some(json)) = (args.next(), args.next()) else {
        return Err("usage: service CAPTURES REPORT.json".into());
    };
    let policy = match std::fs::exists(POLICY)? {
        true => Policy::parse(POLICY, &std::fs::read_to_string(POLICY)?, &RuleSet::built_in())?,
        false => Policy::default(),
    };
    let report = Analysis::default()
        .limits(ForecastLimits { goroutines: Some(100_000), memory: None })
        .gate(&policy, None, jiff::Zoned::now().date())
        .run(Snapshot::read_series(&captures)?);
    render(&report, Format::JSON, &mut File::create(json)?)?;
    let is_pass = report.verdict.is_some_and(|verdict| verdict.outcome == GateOutcome::Pass);
    Ok(if is_pass { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
