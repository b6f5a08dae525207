//! Options for fetching from a live process.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::ValueEnum;

use super::duration;

#[derive(Debug, Args)]
#[command(next_help_heading = "Profiles to fetch besides the goroutine profile")]
pub(crate) struct WhatArgs {
    /// A traceback (debug=2); auto fetches it up to --traceback-limit goroutines.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) tracebacks: When,
    /// Goroutine count up to which auto fetches a traceback or a goroutineleak profile.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    pub(crate) traceback_limit: u64,
    /// The heap profile.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) heap: When,
    /// The goroutineleak profile (Go 1.27); auto fetches it up to --traceback-limit goroutines.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) leaks: When,
    /// Save what is fetched below DIR, one capture folder per snapshot.
    #[arg(long, value_name = "DIR")]
    pub(crate) save: Option<PathBuf>,
}

/// When to fetch a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// If the server has it and it is cheap.
    Auto,
    /// In every snapshot; it is an error if it cannot be fetched.
    Always,
    /// Not at all.
    Never,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "HTTP")]
pub(crate) struct HttpArgs {
    /// Send this header with each request. May be given several times.
    #[arg(long, short = 'H', value_name = "NAME: VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// Environment variable that holds a bearer token.
    #[arg(long, value_name = "VAR", conflicts_with = "bearer_file")]
    pub(crate) bearer_env: Option<String>,
    /// File that holds a bearer token.
    #[arg(long, value_name = "FILE")]
    pub(crate) bearer_file: Option<PathBuf>,
    /// Credentials for basic authentication. Without PASSWORD, it is read from LEAKSCOPE_PASSWORD.
    #[arg(long, short = 'u', value_name = "NAME[:PASSWORD]")]
    pub(crate) user: Option<String>,
    /// PEM file with certificates to trust besides the system's.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,
    /// PEM file with a client certificate and its key.
    #[arg(long, value_name = "FILE")]
    pub(crate) client_cert: Option<PathBuf>,
    /// Accept any certificate. Anyone on the network path can then read and change everything.
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Ignore the proxy settings of the environment.
    #[arg(long)]
    pub(crate) no_proxy: bool,
    /// Time limit for connecting, including the TLS handshake.
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    pub(crate) connect_timeout: Duration,
    /// Time limit between two chunks of a response.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub(crate) idle_timeout: Duration,
    /// Time limit for a whole request, including its retries.
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// Maximum retries after a refused connection or a busy server.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) retries: u32,
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("write it like 'X-Api-Key: VALUE'")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
