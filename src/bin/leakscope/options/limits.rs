//! Limits on inputs.

use clap::Args;

use super::values::limit;

/// Limits on what one input may contain or expand to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits on inputs")]
pub(crate) struct LimitArgs {
    /// Maximum size of an input.
    #[arg(long, value_name = "SIZE", default_value = "224MiB", value_parser = limit::<u64>, hide_short_help = true)]
    pub(crate) max_input: u64,
    /// Maximum size of an input after decompression [default: 1GiB].
    #[arg(long, value_name = "SIZE", value_parser = limit::<u64>, hide_short_help = true)]
    pub(crate) max_inflated: Option<u64>,
    /// Maximum compression ratio, checked after the first 128 MiB of decompressed data [default: 500].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_ratio: Option<u64>,
    /// Maximum number of nested gzip layers [default: 2].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_layers: Option<usize>,
    /// Maximum samples in a profile [default: 5000000].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_samples: Option<u64>,
    /// Maximum strings in a profile (limits of its other tables scale with it) [default: 8000000].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_table: Option<u64>,
    /// Maximum frames in a stack [default: 131072].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_depth: Option<usize>,
    /// Maximum size of a string in a profile [default: 16MiB].
    #[arg(long, value_name = "SIZE", value_parser = limit::<usize>, hide_short_help = true)]
    pub(crate) max_string: Option<usize>,
    /// Maximum size of a line of text; a longer line is cut [default: 1MiB].
    #[arg(long, value_name = "SIZE", value_parser = limit::<usize>, hide_short_help = true)]
    pub(crate) max_line: Option<usize>,
    /// Maximum goroutines in a traceback [default: 10000000].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_traceback_goroutines: Option<usize>,
    /// Maximum frames in all stacks of an input together [default: 64000000].
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub(crate) max_frames: Option<usize>,
    /// Maximum memory for an input [default: 1GiB, or a third of `ulimit -v` if that is less].
    #[arg(long, value_name = "SIZE", value_parser = limit::<u64>, hide_short_help = true)]
    pub(crate) max_memory: Option<u64>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::Parser;
    use leakscope::decode::Limits;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        limits: LimitArgs,
    }

    #[test]
    fn help_states_the_defaults() {
        let limits = Limits::default();
        let expected = [
            ("max_inflated", limits.max_inflated),
            ("max_ratio", limits.max_ratio),
            ("max_layers", limits.max_layers as u64),
            ("max_samples", limits.max_samples),
            ("max_table", limits.max_table),
            ("max_depth", limits.max_depth as u64),
            ("max_string", limits.max_string as u64),
            ("max_line", limits.max_line as u64),
            ("max_traceback_goroutines", limits.max_goroutines as u64),
            ("max_frames", limits.max_frames as u64),
            ("max_memory", limits.max_memory),
        ];
        let command = Alone::command();
        for (id, expected) in expected {
            let argument = command.get_arguments().find(|it| it.get_id() == id).expect(id);
            let help = argument.get_help().expect(id).to_string();
            let (_, stated) = help.split_once("[default: ").expect(id);
            let stated = stated.split([',', ']']).next().unwrap_or(stated);
            let stated = stated.parse().ok().or_else(|| limit::<u64>(stated).ok());
            assert_eq!(stated, Some(expected), "{help}");
        }
        assert_eq!(Alone::parse_from(["x"]).limits.max_input, 224 << 20);
    }
}
