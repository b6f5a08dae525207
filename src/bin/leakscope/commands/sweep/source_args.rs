//! The servers that a sweep may take its list from.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::options::duration;
use crate::sweep::Pprof;
use crate::sweep::Via;

#[derive(Debug, Args)]
#[command(next_help_heading = "Servers that list instances, or keep their profiles")]
pub(super) struct SourceArgs {
    /// List in the JSON of Prometheus's http_sd. May be given several times.
    #[arg(long, value_name = "URL")]
    pub(super) http_sd: Vec<String>,
    /// Prometheus, which names instances whose number of goroutines rises or is odd.
    #[arg(long, value_name = "URL")]
    pub(super) prometheus: Option<String>,
    /// Instead name the instances of this query's series. May be given several times.
    #[arg(long, value_name = "PROMQL", requires = "prometheus")]
    pub(super) query: Vec<String>,
    /// Also ask N healthy instances of each service that Prometheus names.
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(super) peers: usize,
    /// Kubernetes, by the service account of this pod, or at a URL such as that of kubectl proxy.
    #[arg(long, value_name = "URL", num_args = 0..=1)]
    pub(super) kubernetes: Option<Option<String>>,
    /// Only pods with these labels, such as app=checkout.
    #[arg(long, value_name = "SELECTOR", requires = "kubernetes")]
    pub(super) selector: Option<String>,
    /// Only pods of this namespace [default: all].
    #[arg(long, value_name = "NAME", requires = "kubernetes", value_parser = namespace)]
    pub(super) namespace: Option<String>,
    /// How pods are asked.
    #[arg(long, value_name = "ROAD", default_value = "pod-ip", requires = "kubernetes")]
    pub(super) via: Via,
    /// Pyroscope or Grafana's proxy of it, which keeps profiles: the newest of each instance.
    #[arg(long, value_name = "URL")]
    pub(super) pyroscope: Option<String>,
    /// Parca, which keeps profiles: the newest of each instance.
    #[arg(long, value_name = "URL")]
    pub(super) parca: Option<String>,
    /// Of Pyroscope and Parca, only series with these labels, such as '{namespace="prod"}'.
    #[arg(long = "match", id = "matching", value_name = "SELECTOR")]
    pub(super) matching: Option<String>,
    /// Of Pyroscope, this tenant.
    #[arg(long, value_name = "NAME", requires = "pyroscope", value_parser = tenant)]
    pub(super) tenant: Option<String>,
    /// Of Pyroscope and Parca, no older profiles than this.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration)]
    pub(super) within: Duration,
    /// Port of pprof [default: that which the source states].
    #[arg(long, value_name = "PORT")]
    pub(super) pprof_port: Option<u16>,
    /// Scheme of pprof [default: that which the source states, or http].
    #[arg(long, value_name = "SCHEME", value_parser = ["http", "https"])]
    pub(super) pprof_scheme: Option<String>,
    /// Path before /debug/pprof.
    #[arg(long, value_name = "PATH", default_value = "")]
    pub(super) pprof_base: String,
    /// File that says which credentials go to which host and port.
    #[arg(long, value_name = "FILE")]
    pub(super) credentials: Option<PathBuf>,
}

impl SourceArgs {
    /// Where instances serve pprof.
    pub(super) fn pprof(&self) -> Pprof {
        Pprof {
            port: self.pprof_port,
            scheme: self.pprof_scheme.clone(),
            base: self.pprof_base.trim_matches('/').to_owned(),
        }
    }
}

fn namespace(text: &str) -> Result<String, String> {
    if crate::kubernetes::is_name(text) {
        Ok(text.to_owned())
    } else {
        Err("it is no name of a namespace".to_owned())
    }
}

/// Profiles of two tenants would mix in one store.
fn tenant(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains('|') {
        return Err("it must be one tenant: use a store for each".to_owned());
    }
    Ok(text.to_owned())
}
