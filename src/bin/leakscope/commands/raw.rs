//! `leakscope raw`: prints a decoded profile in canonical text form.

use std::io::Write;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use leakscope::decode::Decoded;
use leakscope::render::raw;

use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::options::LabelArgs;
use super::super::options::LimitArgs;
use super::super::terminal::Terminal;

pub(super) const HELP: &str = "\
Example:
  leakscope raw goroutine.pb.gz";

#[derive(Debug, Args)]
pub(crate) struct RawArgs {
    /// Profile, or `-` for standard input.
    #[arg(value_name = "INPUT")]
    input: PathBuf,
    #[command(flatten)]
    labels: LabelArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(super) fn run(args: &RawArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let file = inputs::file_at(&args.input, args.limits.max_input)?;
    let name = file.name.clone();
    let decoded = file.decode(&inputs::limits(&args.limits)).map_err(inputs::unreadable)?;
    match decoded {
        Decoded::Goroutines(profile) => {
            let text = raw(&profile, args.labels.shown());
            terminal
                .output()
                .write_all(text.as_bytes())
                .map_err(|error| Failure::input(anyhow::Error::new(error)))?;
            Ok(Outcome::Done)
        }
        Decoded::Heap(_) => {
            let hint = format!(
                "give it together with a goroutine profile: leakscope top goroutine.pb.gz --heap {name}"
            );
            Err(Failure::input(anyhow!("{name}: a heap profile, not a goroutine profile"))
                .with_hint(Some(hint)))
        }
    }
}
