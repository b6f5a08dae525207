//! `leakscope raw`: prints a decoded profile in canonical text form.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use leakscope::decode::Decoded;
use leakscope::render::raw;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::options::LabelArgs;
use crate::options::LimitArgs;
use crate::options::LogArgs;
use crate::options::Reading;
use crate::terminal::Terminal;

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
    log: LogArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(super) fn run(args: &RawArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let file = inputs::file_at(&args.input, &Reading::new(&args.limits, &args.log))?;
    let name = file.name.clone();
    match file.decode(&inputs::limits(&args.limits))? {
        Decoded::Goroutines(profile) => {
            let printed = terminal.print(&raw(&profile, args.labels.show_labels))?;
            let lacks_some = profile.declared_total.is_some_and(|claimed| claimed > profile.total());
            Ok(if lacks_some && !profile.is_delta { Outcome::Incomplete } else { printed })
        }
        Decoded::Heap(_) => {
            let hint = format!(
                "give it together with a goroutine profile: leakscope top goroutine.pb.gz --heap {name}"
            );
            let error = anyhow!("{name}: a heap profile, not a goroutine profile");
            Err(Failure::input(error).with_hint(hint))
        }
    }
}
