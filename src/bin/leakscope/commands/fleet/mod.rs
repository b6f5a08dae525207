//! `leakscope fleet`: asks a store which stacks of which services are the worst.
#![expect(clippy::disallowed_methods, reason = "pruning needs today's date")]

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use clap::Subcommand;
use clap::ValueEnum;
use leakscope::source;
use leakscope::store::Ages;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::SqliteStore;
use leakscope::store::Store;
use leakscope::store::Table;
use leakscope::text::pluralize;

use super::sweep::failure;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::options::duration;
use crate::terminal::Terminal;

mod document;
mod lines;

pub(super) const HELP: &str = "\
Rows are ranked by the root mean square over the instances that were looked at; an instance without the stack counts as 0. \
Background goroutines in a normal number are left out.

Examples:
  leakscope fleet --store fleet.db
  leakscope fleet --by growth --since 7d --team pay
  leakscope fleet show checkout 5be1a0d2c3f4e596
  leakscope fleet merge fleet.db shard-1.db shard-2.db";

#[derive(Debug, Args)]
pub(crate) struct FleetArgs {
    #[command(subcommand)]
    command: Option<FleetCommand>,
    /// The file that sweeps write.
    #[arg(long, value_name = "FILE", default_value = "fleet.db", global = true)]
    store: PathBuf,
    /// What decides the order, and which rows there are.
    #[arg(long, value_name = "ORDER", default_value = "rms")]
    by: By,
    /// How far back growth is measured, and how long a stack is new, in days such as 7d.
    #[arg(long, value_name = "DAYS", default_value = "7d", value_parser = days)]
    since: u32,
    /// Only services whose name has a match.
    #[arg(long, value_name = "REGEX")]
    service: Option<String>,
    /// Only services of this team.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// Maximum number of rows; 0 shows all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Format of the answer.
    #[arg(long, value_name = "FORMAT", default_value = "text", global = true)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
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
enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
}

#[derive(Debug, Subcommand)]
enum FleetCommand {
    /// All about one stack of a service: days, versions, instances, cause, and the command that looks again.
    Show {
        /// The service.
        service: String,
        /// The fingerprint of the stack, as the list shows it.
        #[arg(value_parser = fingerprint)]
        fingerprint: u64,
    },
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

pub(super) fn run(args: &FleetArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    match &args.command {
        None => rank(args, terminal),
        Some(FleetCommand::Show { service, fingerprint }) => show(args, service, *fingerprint, terminal),
        Some(FleetCommand::Merge { into, from }) => {
            let mut store = SqliteStore::create(into).map_err(failure)?;
            for path in from {
                store.merge(&SqliteStore::open(path).map_err(failure)?).map_err(failure)?;
            }
            Ok(Outcome::Done)
        }
        Some(FleetCommand::Prune { snapshots, daily, weekly }) => {
            let ages = Ages { snapshots: *snapshots, days: *daily, weeks: *weekly };
            let today = jiff::Timestamp::now().as_second().div_euclid(86_400) as i32;
            let pruned = open(args)?.prune(today, &ages).map_err(failure)?;
            let counted = |count: usize, what| pluralize(count as i128, what);
            let (snapshots, sums) = (counted(pruned.snapshots, "snapshot"), counted(pruned.sums, "row"));
            let stacks = counted(pruned.stacks, "stack");
            terminal.print(&format!("removed {snapshots}, {sums} of sums, {stacks}\n"))
        }
        Some(FleetCommand::Export { folder }) => {
            let store = open(args)?;
            std::fs::create_dir_all(folder).map_err(|error| {
                Failure::input(error).context(format!("cannot create {}", crate::inputs::name(folder)))
            })?;
            for table in Table::ALL {
                let mut bytes = Vec::new();
                store.export(*table, &mut bytes).map_err(failure)??;
                source::write_whole(&folder.join(format!("{}.csv", table.as_str())), &bytes)?;
            }
            Ok(Outcome::Done)
        }
    }
}

fn open(args: &FleetArgs) -> Result<SqliteStore, Failure> {
    SqliteStore::open(&args.store).map_err(failure)
}

fn rank(args: &FleetArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let service = args.service.as_ref().map(|it| regex_lite::Regex::new(it)).transpose();
    let order = match args.by {
        By::Rms => Order::Rms,
        By::Growth => Order::Growth,
        By::New => Order::New,
        By::Odd => Order::Odd,
    };
    let question = Question {
        order,
        since_days: args.since,
        service: service.map_err(|error| Failure::usage(anyhow!("--service: {error}")))?,
        team: args.team.clone(),
        limit: args.limit,
    };
    let ranking = open(args)?.rank(&question).map_err(failure)?;
    match args.format {
        Format::Text => terminal.print(&lines::ranking(&ranking, &question)),
        Format::Json => terminal.print(&document::ranking(&ranking, &question)?),
    }
}

fn show(args: &FleetArgs, service: &str, fingerprint: u64, terminal: &Terminal) -> Result<Outcome, Failure> {
    let Some(history) = open(args)?.history(service, fingerprint).map_err(failure)? else {
        let error = anyhow!("the store has no stack {fingerprint:016x} of {service}");
        return Err(Failure::input(error).with_hint("leakscope fleet --limit 0 lists what it has"));
    };
    match args.format {
        Format::Text => terminal.print(&lines::history(&history)),
        Format::Json => terminal.print(&document::history(&history)?),
    }
}

fn fingerprint(text: &str) -> Result<u64, String> {
    let number = Some(text).filter(|it| it.len() == 16).and_then(|it| u64::from_str_radix(it, 16).ok());
    number.ok_or_else(|| "a fingerprint has 16 digits, such as 5be1a0d2c3f4e596".to_owned())
}

/// Days as `7d`, or another duration, of which whole days count.
fn days(text: &str) -> Result<u32, String> {
    let parsed = match text.strip_suffix('d') {
        Some(days) => days.parse().ok(),
        None => duration(text).ok().map(|it: Duration| it.as_secs().div_ceil(86_400) as u32),
    };
    parsed.filter(|days| *days > 0).ok_or_else(|| "write it like 7d".to_owned())
}
