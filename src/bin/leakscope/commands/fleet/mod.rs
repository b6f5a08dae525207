//! `leakscope fleet`: asks a store which stacks of which services are the worst.
#![expect(clippy::disallowed_methods, reason = "pruning needs today's date")]

use std::io::Write;

use anyhow::anyhow;
use leakscope::source;
use leakscope::store::Ages;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::SqliteStore;
use leakscope::store::Table;
use leakscope::text::pluralize;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::stores;
use crate::stores::failure;
use crate::terminal::Terminal;

mod args;
mod document;
mod figures;
mod lines;
mod metrics;
mod mutes;
mod owners;
mod page;
mod second;
mod tell;

use args::By;
pub(crate) use args::FleetArgs;
use args::FleetCommand;
use args::Format;

pub(super) const HELP: &str = "\
Rows are ranked by the root mean square over the instances that were looked at; an instance without the stack counts as 0. \
Background goroutines in a normal number are left out.

Examples:
  leakscope fleet --store fleet.db
  leakscope fleet --by growth --since 7d --team pay
  leakscope fleet show checkout 5be1a0d2c3f4e596
  leakscope fleet --output html=fleet.html
  leakscope fleet tell --webhook-env SLACK_URL
  leakscope fleet merge fleet.db shard-1.db shard-2.db";

pub(super) fn run(args: &FleetArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    match &args.command {
        None => rank(args, terminal),
        Some(FleetCommand::Tell { webhook_env, dry_run, max_changes }) => {
            let policy = owners::policy(args)?;
            let owners = owners::owners(args, &policy, terminal)?;
            let (policy, owners, since_days) = (&policy, &owners, args.since);
            let telling = tell::Telling { policy, owners, since_days, max_changes: *max_changes };
            let receiver = match webhook_env {
                Some(variable) if !dry_run => tell::Receiver::Variable(variable),
                Some(_) | None => tell::Receiver::DryRun,
            };
            tell::tell(&mut *stores::open(&args.store)?, &receiver, &telling, terminal)
        }
        Some(FleetCommand::Metrics { file }) => {
            let policy = owners::policy(args)?;
            let owners = owners::owners(args, &policy, terminal)?;
            let question = Question { limit: metrics::MAX_ROWS, ..question(args, Order::Rms)? };
            let ranking = stores::open(&args.store)?.rank(&question).map_err(failure)?;
            source::write_whole(file, metrics::metrics(&ranking, &owners).as_bytes())?;
            Ok(Outcome::Done)
        }
        Some(FleetCommand::Init) => {
            if !stores::is_server(&args.store) {
                SqliteStore::create(&args.store).map_err(failure)?;
                return Ok(Outcome::Done);
            }
            let refused = stores::server(&args.store)?.init().map_err(failure)?;
            refused.iter().for_each(|it| terminal.warning(it));
            Ok(Outcome::Done)
        }
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
            let pruned = open_file(args, "fleet prune")?.prune(today, &ages).map_err(failure)?;
            let counted = |count: usize, what| pluralize(count as i128, what);
            let (snapshots, sums) = (counted(pruned.snapshots, "snapshot"), counted(pruned.sums, "row"));
            let stacks = counted(pruned.stacks, "stack");
            terminal.print(&format!("removed {snapshots}, {sums} of sums, {stacks}\n"))
        }
        Some(FleetCommand::Export { folder }) => {
            let store = open_file(args, "fleet export")?;
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

/// The store as a file, for what servers do by themselves.
fn open_file(args: &FleetArgs, what: &str) -> Result<SqliteStore, Failure> {
    if stores::is_server(&args.store) {
        return Err(Failure::usage(anyhow!("{what} is for files: a server has its own ways")));
    }
    SqliteStore::open(&args.store).map_err(failure)
}

fn question(args: &FleetArgs, order: Order) -> Result<Question, Failure> {
    let service = args.service.as_ref().map(|it| regex_lite::Regex::new(it)).transpose();
    Ok(Question {
        order,
        since_days: args.since,
        service: service.map_err(|error| Failure::usage(anyhow!("--service: {error}")))?,
        team: args.team.clone(),
        among: None,
        least_rms: 0.0,
        limit: args.limit,
    })
}

fn rank(args: &FleetArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let order = match args.by {
        By::Rms => Order::Rms,
        By::Growth => Order::Growth,
        By::New => Order::New,
        By::Odd => Order::Odd,
    };
    let question = question(args, order)?;
    let policy = owners::policy(args)?;
    let owners = owners::owners(args, &policy, terminal)?;
    let store = stores::open(&args.store)?;
    let ranking = store.rank(&question).map_err(failure)?;
    let written = |format| match format {
        Format::Text => Ok(lines::ranking(&ranking, &question, &owners).into_bytes()),
        Format::Json => Ok(document::ranking(&ranking, &question, &owners)?.into_bytes()),
        Format::Html => page::page(&*store, &ranking, &question, &owners),
    };
    for (format, path) in &args.output {
        source::write_whole(path, &written(*format)?)?;
    }
    terminal.output().write_all(&written(args.format)?)?;
    Ok(Outcome::Done)
}

fn show(args: &FleetArgs, service: &str, fingerprint: u64, terminal: &Terminal) -> Result<Outcome, Failure> {
    let policy = owners::policy(args)?;
    let owners = owners::owners(args, &policy, terminal)?;
    let Some(history) = stores::open(&args.store)?.history(service, fingerprint).map_err(failure)? else {
        let error = anyhow!("the store has no stack {fingerprint:016x} of {service}");
        return Err(Failure::input(error).with_hint("leakscope fleet --limit 0 lists what it has"));
    };
    match args.format {
        Format::Text => terminal.print(&lines::history(&history, &owners)),
        Format::Json => terminal.print(&document::history(&history, &owners)?),
        Format::Html => {
            terminal.output().write_all(&page::of_one(history, &owners)?)?;
            Ok(Outcome::Done)
        }
    }
}
