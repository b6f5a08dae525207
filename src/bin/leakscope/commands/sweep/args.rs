//! The arguments of `leakscope sweep`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use leakscope::fleet::Budget;
use leakscope::fleet::Shard;
use leakscope::source;

use super::source_args::SourceArgs;
use crate::options::duration;

#[derive(Debug, Args)]
pub(crate) struct SweepArgs {
    /// List of targets. May be given several times.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["captures", "http_sd", "prometheus", "kubernetes", "pyroscope", "parca"])]
    pub(super) targets: Vec<PathBuf>,
    /// Folder of captures, one folder for each service. May be given several times.
    #[arg(long, value_name = "DIR")]
    pub(super) captures: Vec<PathBuf>,
    /// Which labels of a JSON list name what, such as service=job,k8s_app; also version, team and instance.
    #[arg(long, value_name = "WHAT=LABEL,...", value_parser = label_names)]
    pub(super) label: Vec<(String, Vec<String>)>,
    /// The file that keeps what was seen, or a server: http://clickhouse.internal:8123/DATABASE
    #[arg(long, value_name = "FILE", default_value = "fleet.db")]
    pub(super) store: PathBuf,
    /// Name of the sweep; one that is in the store is continued [default: today's date in UTC].
    #[arg(long, value_name = "ID")]
    pub(super) sweep_id: Option<String>,
    /// Ask only the K-th of N parts of the services.
    #[arg(long, value_name = "K/N")]
    pub(super) shard: Option<Shard>,
    /// Look again at the N services with the worst stacks: at one instance of each, with a traceback (debug=2), and a goroutineleak profile
    /// where Go has one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) deep: usize,
    /// Print who would be asked, and ask nobody.
    #[arg(long)]
    pub(super) dry_run: bool,
    #[command(flatten)]
    pub(super) source: SourceArgs,
    #[command(flatten)]
    pub(super) budget: BudgetArgs,
    #[command(flatten)]
    pub(super) addresses: AddressArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Budgets")]
pub(super) struct BudgetArgs {
    /// Instances that are asked at once.
    #[arg(long, value_name = "N", default_value_t = 64)]
    pub(super) at_once: usize,
    /// Of one service at once.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(super) per_service: usize,
    /// On one host at once.
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub(super) per_host: usize,
    /// Instances of each service; 0 for all. Another sweep ID chooses others.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(super) instances: usize,
    /// Leave out instances that had more goroutines when they were last looked at, within a week.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(super) max_goroutines: u64,
    /// Of --deep, goroutine count up to which an instance is asked for a traceback or a goroutineleak profile.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(super) traceback_limit: u64,
    /// Time limit of the sweep.
    #[arg(long, value_name = "DURATION", default_value = "20m", value_parser = duration)]
    pub(super) deadline: Duration,
    /// Time limit for connecting to an instance.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub(super) connect_timeout: Duration,
    /// Time limit for the answer of an instance. Those that exceed it are asked once more at the end.
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub(super) timeout: Duration,
    /// Services that may be missing, in percent, before the exit code is 3.
    #[arg(long, value_name = "PERCENT", default_value = "0", value_parser = percent)]
    pub(super) allow_missing: f64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Addresses that a list may name")]
pub(super) struct AddressArgs {
    /// Also loopback addresses.
    #[arg(long)]
    pub(super) allow_local: bool,
    /// Only this network, such as 10.0.0.0/8. May be given several times.
    #[arg(long, value_name = "NETWORK")]
    pub(super) allow_net: Vec<source::Network>,
    /// Only this port. May be given several times.
    #[arg(long, value_name = "PORT")]
    pub(super) allow_port: Vec<u16>,
}

/// An answer of an instance has at most this many bytes: a profile of 100,000 different stacks is smaller.
const MAX_ANSWER: u64 = 64 << 20;

/// How to ask: once, without a proxy, and only what a list may name.
pub(super) fn http_options(args: &SweepArgs) -> source::HttpOptions {
    let AddressArgs { allow_local, allow_net, allow_port } = &args.addresses;
    let allowed = source::AllowedAddresses {
        local: *allow_local,
        networks: allow_net.clone(),
        ports: allow_port.clone(),
    };
    let BudgetArgs { connect_timeout, timeout, .. } = args.budget;
    source::HttpOptions {
        connect_timeout,
        idle_timeout: timeout,
        timeout,
        retries: 0,
        proxy: false,
        max_input: MAX_ANSWER,
        allowed: Some(allowed),
        ..source::HttpOptions::default()
    }
}

fn label_names(text: &str) -> Result<(String, Vec<String>), String> {
    let (what, labels) = text.split_once('=').ok_or("write it like service=job,k8s_app")?;
    if !["service", "version", "team", "instance"].contains(&what) {
        return Err("it must be service, version, team or instance".to_owned());
    }
    Ok((what.to_owned(), labels.split(',').map(|it| it.trim().to_owned()).collect()))
}

fn percent(text: &str) -> Result<f64, String> {
    let number: f64 = text.trim_end_matches('%').parse().map_err(|_| "write it like 5%".to_owned())?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("it must be from 0 to 100".to_owned()) }
}

impl BudgetArgs {
    /// How many may be asked at once.
    pub(super) fn budget(&self) -> Budget {
        let Self { at_once, per_service, per_host, .. } = *self;
        Budget { at_once, per_service, per_host }
    }

    /// The budgets in words.
    pub(super) fn shown(&self) -> String {
        let Self { at_once, per_service, per_host, .. } = self;
        format!("at most {at_once} at once, {per_service} of a service, {per_host} on a host")
    }
}
