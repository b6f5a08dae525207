//! What can be typed to pull from a live process.

use std::path::PathBuf;

use clap::Args;

use super::OutlookArgs;
use super::ReportArgs;
use super::When;
use super::duration;

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// host:6060, http(s)://host[:port][/base][/debug/pprof], unix:/path.sock
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    #[command(flatten)]
    pub(crate) what: WhatArgs,
    #[command(flatten)]
    pub(crate) repeat: RepeatArgs,
    #[command(flatten)]
    pub(crate) http: HttpArgs,
    #[command(flatten)]
    pub(crate) outlook: OutlookArgs,
    #[command(flatten)]
    pub(crate) report: ReportArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What is pulled beside the goroutine profile")]
pub(crate) struct WhatArgs {
    /// A traceback (debug=2): auto up to --traceback-limit goroutines.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) tracebacks: When,
    /// Goroutines up to which auto pulls a traceback or a goroutineleak profile.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) traceback_limit: u64,
    /// The heap profile: auto where the server has it.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) heap: When,
    /// The goroutineleak profile (Go 1.27): auto where the server has it.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) leaks: When,
    /// Keep what was pulled: one capture folder a snapshot, below DIR.
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "A series")]
pub(crate) struct RepeatArgs {
    /// Pull again and again: 30s, 5m.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) every: Option<std::time::Duration>,
    /// Snapshots of a series [default: 6].
    #[arg(long, value_name = "N", conflicts_with = "for_", requires = "every", value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) count: Option<u32>,
    /// How long a series lasts.
    #[arg(long = "for", id = "for_", value_name = "DURATION", value_parser = duration, requires = "every")]
    pub(crate) lasts: Option<std::time::Duration>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "HTTP")]
pub(crate) struct HttpArgs {
    /// A header for each request.
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// A bearer token from this environment variable.
    #[arg(long, value_name = "VAR", conflicts_with = "bearer_file")]
    pub(crate) bearer_env: Option<String>,
    /// A bearer token from this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) bearer_file: Option<PathBuf>,
    /// Basic credentials, NAME:PASSWORD; NAME alone takes the password from LEAKSCOPE_PASSWORD.
    #[arg(long, short = 'u', value_name = "NAME[:PASSWORD]")]
    pub(crate) user: Option<String>,
    /// Certificates to trust beside the system's, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// A client certificate with its key, PEM.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Trust any certificate. Whoever sits between can read and change everything.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Do not use the proxy that the environment names.
    #[arg(long)]
    pub(crate) no_proxy: bool,
    /// For connecting and the TLS handshake.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub(crate) connect_timeout: std::time::Duration,
    /// Between two pieces of an answer.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) idle_timeout: std::time::Duration,
    /// For one whole request.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: std::time::Duration,
    /// New tries after a refused connection or a busy server.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it like 'X-Api-Key: VALUE'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
