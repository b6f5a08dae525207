//! `leakscope raw`: a decoded snapshot in canonical text.

use std::io::Write;

use anyhow::anyhow;
use leakscope::decode::Decoded;
use leakscope::render::raw;

use super::super::args::RawArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &RawArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
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
            let hint =
                format!("give it beside a goroutine profile: leakscope top goroutine.pb.gz --heap {name}");
            Err(Failure::input(anyhow!("{name}: a heap profile, not a goroutine profile"))
                .with_hint(Some(hint)))
        }
    }
}
