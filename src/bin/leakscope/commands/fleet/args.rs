//! The arguments of `leakscope fleet`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;

use crate::options::duration;

#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(subcommand)]
    pub(super) command: Option<FleetCommand>,
    /// The file that sweeps write, or a server: http://clickhouse.internal:8123/DATABASE
    #[arg(long, value_name = "FILE", default_value = "fleet.db", global = true)]
    pub(super) store: PathBuf,
    /// What decides the order, and which rows there are.
    #[arg(long, value_name = "ORDER", default_value = "rms")]
    pub(super) by: By,
    /// How far back growth is measured, and how long a stack is new, in days such as 7d.
    #[arg(long, value_name = "DAYS", default_value = "7d", value_parser = days)]
    pub(super) since: u32,
    /// Only services whose name has a match.
    #[arg(long, value_name = "REGEX")]
    pub(super) service: Option<String>,
    /// Only services of this team.
    #[arg(long, value_name = "TEAM")]
    pub(super) team: Option<String>,
    /// Maximum number of rows; 0 shows all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
    /// The policy: owners, mutes, and what is worth a message [default: the nearest leakscope.toml].
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) policy: Option<PathBuf>,
    /// Use no policy.
    #[arg(long, conflicts_with = "policy", global = true)]
    pub(super) isolated: bool,
    /// CODEOWNERS file of the repository whose files the policy's `strip` describes.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) codeowners: Option<PathBuf>,
    /// Format of the answer.
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    pub(super) format: Format,
    /// Also write the ranking in this format into a file, such as html=fleet.html. May be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    pub(super) output: Vec<(Format, PathBuf)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// Root mean square over the instances.
    Rms,
    /// Gain of it since an earlier day.
    Growth,
    /// Only stacks that the newest version brought.
    New,
    /// Only stacks of which one instance has far more than the others.
    Odd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// A page to send on, in one file.
    Html,
}

#[derive(Debug, Subcommand)]
pub(super) enum FleetCommand {
    /// All about one stack of a service: days, versions, instances, cause, and the command that looks again.
    Show {
        /// The service.
        service: String,
        /// The fingerprint of the stack, as the list shows it.
        #[arg(value_parser = fingerprint)]
        fingerprint: u64,
    },
    /// Send a message about changes to each owner: what is new, worse or gone. What was reported is not reported again.
    Tell {
        /// The variable with the URL that takes {"text": "..."}, such as that of a Slack hook.
        #[arg(long, value_name = "VARIABLE", required_unless_present = "dry_run")]
        webhook_env: Option<String>,
        /// Print the messages, send none, and remember nothing.
        #[arg(long)]
        dry_run: bool,
        /// Maximum number of changes in a run; the rest follows in the next.
        #[arg(long, value_name = "N", default_value_t = 10)]
        max_changes: usize,
    },
    /// Write the largest stacks and the result of the last day's sweeps for Prometheus, as a file for the collector of text files.
    Metrics {
        /// The file, whose name ends in .prom. It is replaced as a whole.
        file: PathBuf,
    },
    /// Create the store: a file, or the tables in a database of ClickHouse. What is there stays.
    Init,
    /// Add what other stores hold to a store, which is created if it is not there. Doing it twice changes nothing.
    Merge {
        /// The store that is added to.
        into: PathBuf,
        /// The stores that are read.
        #[arg(required = true)]
        from: Vec<PathBuf>,
    },
    /// Remove what is old: snapshots, then the sums of days, then those of weeks.
    Prune {
        /// Days that snapshots are kept.
        #[arg(long, value_name = "DAYS", default_value = "14d", value_parser = days)]
        snapshots: u32,
        /// Days that the sums of each day are kept.
        #[arg(long, value_name = "DAYS", default_value = "90d", value_parser = days)]
        daily: u32,
        /// Days that the sums of one day a week are kept.
        #[arg(long, value_name = "DAYS", default_value = "730d", value_parser = days)]
        weekly: u32,
    },
    /// Write all tables as CSV into a folder.
    Export {
        /// The folder; it is created if it is not there.
        folder: PathBuf,
    },
}

fn fingerprint(text: &str) -> Result<u64, String> {
    let number = Some(text).filter(|it| it.len() == 16).and_then(|it| u64::from_str_radix(it, 16).ok());
    number.ok_or_else(|| "a fingerprint has 16 digits, such as 5be1a0d2c3f4e596".to_owned())
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, path) = text.split_once('=').ok_or("write it like html=fleet.html")?;
    let format =
        Format::from_str(format, false).map_err(|_| "the format is text, json or html".to_owned())?;
    if path.is_empty() { Err("it names no file".to_owned()) } else { Ok((format, PathBuf::from(path))) }
}

/// Days as `7d`, or another duration, of which whole days count.
fn days(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_suffix('d') {
        Some(days) => days.parse().ok(),
        None => duration(text).ok().map(|it: Duration| it.as_secs().div_ceil(86_400) as u32),
    };
    parsed.filter(|days| *days > 0).ok_or_else(|| "write it like 7d".to_owned())
}
