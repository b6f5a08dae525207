//! The arguments of `leakscope fetch`, and what they mean for requests and reports.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::source;

use crate::command_line;
use crate::exit_code::Failure;
use crate::inputs;
use crate::options::ForecastArgs;
use crate::options::HttpArgs;
use crate::options::OutputArgs;
use crate::options::ReportArgs;
use crate::options::WhatArgs;
use crate::options::duration;
use crate::show;

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// host:6060, http(s)://host[:port][/base][/debug/pprof], unix:/path.sock, or k8s:NAMESPACE/SELECTOR for pods. Several are fetched at
    /// once and compared.
    #[arg(required = true, value_name = "TARGET")]
    pub(super) targets: Vec<String>,
    #[command(flatten)]
    pub(super) what: WhatArgs,
    #[command(flatten)]
    pub(super) repeat: RepeatArgs,
    #[command(flatten)]
    pub(super) kubernetes: KubernetesArgs,
    #[command(flatten)]
    pub(super) http: HttpArgs,
    #[command(flatten)]
    pub(super) forecast: ForecastArgs,
    #[command(flatten)]
    pub(super) report: ReportArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Series of snapshots")]
pub(super) struct RepeatArgs {
    /// Fetch a snapshot at this interval, such as 30s or 5m.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(super) every: Option<Duration>,
    /// Number of snapshots, at least 2 [default: 6].
    #[arg(long, value_name = "N", conflicts_with = "for_", requires = "every", value_parser = clap::value_parser!(u32).range(2..))]
    pub(super) count: Option<u32>,
    /// Duration of the series, instead of --count.
    #[arg(long = "for", id = "for_", value_name = "DURATION", value_parser = duration, requires = "every")]
    pub(super) lasts: Option<Duration>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Pods of k8s:NAMESPACE/SELECTOR")]
pub(super) struct KubernetesArgs {
    /// API server [default: that of this pod's cluster, or kubectl proxy at http://127.0.0.1:8001].
    #[arg(long, value_name = "URL")]
    pub(super) kubernetes: Option<String>,
    /// Port of pprof [default: the one named pprof, http-pprof or debug, or the first].
    #[arg(long, value_name = "PORT")]
    pub(super) pprof_port: Option<u16>,
}

const MAX_TOKEN: u64 = 1 << 16;
const MAX_CERTIFICATES: u64 = 1 << 20;

/// The options of a report on a target.
pub(super) fn options_of(args: &FetchArgs, target: &source::Target) -> Options {
    Options {
        limit: show::rows(&args.report, &args.output),
        sort: args.report.sort,
        next_step: Some(format!(
            "Take six, 30 s apart: leakscope fetch {} --every 30s --count 6",
            target.to_arg()
        )),
        // If there is no traceback, it was left out because of its cost: do not advise one.
        traceback: None,
        explain: args.report.explain.clone(),
        labels: args.report.labels.show_labels,
        outlook: args.forecast.limits(),
        arguments: CommandArguments { inputs: Vec::new(), target: Some(target.to_arg()) },
        command: Some(command_line::shown()),
        label_values: show::label_values(&args.report, &args.output),
        patches: show::patches(&args.report, &args.output),
        source_link: args.output.source_link.clone(),
    }
}

pub(crate) fn http_options(args: &HttpArgs, max_input: u64) -> Result<source::HttpOptions, Failure> {
    let read = |path: &Option<PathBuf>| {
        path.as_ref().map(|path| source::read_input(path, MAX_CERTIFICATES)).transpose()
    };
    let bearer = match (&args.bearer_env, &args.bearer_file) {
        (Some(name), _) => Some(environment(name)?),
        (None, Some(path)) => {
            let bytes = source::read_input(path, MAX_TOKEN)?;
            let text = String::from_utf8(bytes)
                .with_context(|| format!("the token in {} is not UTF-8", inputs::name(path)))
                .map_err(Failure::usage)?;
            Some(text.trim().to_owned())
        }
        (None, None) => None,
    };
    let user = match &args.user {
        None => None,
        Some(user) => match user.split_once(':') {
            Some((name, password)) => Some((name.to_owned(), password.to_owned())),
            None => Some((user.clone(), environment("LEAKSCOPE_PASSWORD")?)),
        },
    };
    Ok(source::HttpOptions {
        headers: args.header.clone(),
        bearer,
        user,
        ca_cert: read(&args.ca_cert)?,
        only_ca_cert: false,
        client_cert: read(&args.client_cert)?,
        insecure: args.insecure,
        proxy: !args.no_proxy,
        connect_timeout: args.connect_timeout,
        idle_timeout: args.idle_timeout.max(Duration::from_millis(1)),
        timeout: args.timeout,
        retries: args.retries,
        redirects: true,
        allowed: None,
        max_input,
    })
}

#[expect(clippy::disallowed_methods, reason = "secrets belong in the environment, not among the arguments")]
fn environment(name: &str) -> Result<String, Failure> {
    std::env::var(name)
        .with_context(|| format!("cannot read the environment variable {name}"))
        .map_err(Failure::usage)
}
