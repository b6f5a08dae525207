//! Where the list of a fleet comes from: one file for each kind of source. A source is a server that a person named; what it lists is input
//! from outside.

mod http_sd;
mod kubernetes;
mod parca;
mod prometheus;
mod pyroscope;
mod stored;

use std::time::Duration;

use leakscope::fleet::LabelNames;
use leakscope::source;
use leakscope::text::escape;

use super::credentials::Credentials;
use super::road::Found;
use crate::api::Api;
use crate::exit_code::Failure;

pub(crate) use http_sd::http_sd;
pub(crate) use kubernetes::KubernetesOptions;
pub(crate) use kubernetes::Via;
pub(crate) use kubernetes::kubernetes;
pub(crate) use parca::parca;
pub(crate) use prometheus::PrometheusOptions;
pub(crate) use prometheus::prometheus;
pub(crate) use pyroscope::StoredOptions;
pub(crate) use pyroscope::pyroscope;

/// What all sources need.
pub(crate) struct Sources<'a> {
    pub(crate) names: &'a LabelNames,
    pub(crate) credentials: &'a Credentials,
    /// Where pprof is served, if a source does not say so.
    pub(crate) pprof: &'a Pprof,
    /// How instances are asked through a source.
    pub(crate) asking: &'a source::HttpOptions,
}

/// Where the instances of a source serve pprof.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pprof {
    /// `None` for the port that the source states.
    pub(crate) port: Option<u16>,
    /// `None` for the scheme that the source states, or http.
    pub(crate) scheme: Option<String>,
    /// The path before `/debug/pprof`, without slashes at its ends; may be empty.
    pub(crate) base: String,
}

/// What a source says.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) found: Vec<Found>,
    /// What is odd about it, a sentence each.
    pub(crate) warnings: Vec<String>,
}

/// An answer of a source has at most this many bytes.
const MAX_LIST: u64 = 64 << 20;

impl Sources<'_> {
    /// The server at a URL that a person gave.
    fn api(&self, what: &'static str, url: &str) -> Result<Api, Failure> {
        self.api_with(what, url, &list_options())
    }

    /// The same with options that do not come from the file of credentials.
    fn api_with(&self, what: &'static str, url: &str, options: &source::HttpOptions) -> Result<Api, Failure> {
        let target = source::Target::parse(url).map_err(|error| Failure::from(error).in_usage())?;
        Ok(Api::new(what, target.clone(), &self.credentials.for_source(&target, options))?)
    }
}

impl Pprof {
    /// The URL of pprof on a host, which has brackets if it is an IPv6 address.
    pub(crate) fn place(&self, scheme: &str, host: &str, port: Option<u16>) -> String {
        let scheme = self.scheme.as_deref().unwrap_or(scheme);
        let port = self.port.or(port).map(|port| format!(":{port}")).unwrap_or_default();
        let separator = if self.base.is_empty() { "" } else { "/" };
        format!("{scheme}://{host}{port}{separator}{}", self.base)
    }
}

fn list_options() -> source::HttpOptions {
    source::HttpOptions {
        idle_timeout: Duration::from_secs(30),
        max_input: MAX_LIST,
        ..source::HttpOptions::default()
    }
}

/// `3 of prometheus have none of the labels service, job`; `None` for 0.
fn nameless(count: usize, what: &str, names: &[String]) -> Option<String> {
    let labels = names.iter().map(|it| escape(it).into_owned()).collect::<Vec<_>>().join(", ");
    let counted = leakscope::text::pluralize(count as i128, what);
    (count > 0).then(|| {
        format!("{counted} left out: none of the labels {labels} names a service (--label service=…)")
    })
}
