//! The HTTP client: fetches one profile at a time from one target, with retries.
#![expect(clippy::disallowed_methods, reason = "requests are timed here, and nowhere else in the library")]

use std::fmt;
use std::time::Instant;

use reqwest::Url;

use crate::source::error::SourceError;
use crate::source::http::connect;
use crate::source::http::options::HttpOptions;
use crate::source::http::request::Clock;
use crate::source::http::request::Fetched;
use crate::source::http::request::HttpLimits;
use crate::source::http::request::Request;
use crate::source::http::retry;
use crate::source::http::target::Target;

/// Fetches profiles from one target.
pub struct Client {
    http: reqwest::Client,
    origin: String,
    limits: HttpLimits,
    retries: u32,
    clock: Clock,
}

impl Client {
    /// A client for one target. Sends nothing yet.
    pub fn new(options: &HttpOptions, target: &Target) -> Result<Self, SourceError> {
        let limits = HttpLimits {
            connect: options.connect_timeout,
            idle: options.idle_timeout,
            total: options.timeout,
            max_input: options.max_input,
        };
        let connect_limit = limits.connect.min(limits.idle).min(limits.total);
        let http = connect::build(options, target, connect_limit)?;
        Ok(Self {
            http,
            origin: target.origin().to_owned(),
            limits,
            retries: options.retries,
            clock: Clock::set(),
        })
    }

    /// Fetches a profile from the target that the client was made for: `("goroutine", Some("debug=2"))`.
    ///
    /// Refused and reset connections and the statuses 429 and 502 to 504 are retried within the limits. The body is not
    /// inspected.
    pub async fn get(
        &self,
        target: &Target,
        profile: &str,
        query: Option<&str>,
    ) -> Result<Fetched, SourceError> {
        let url = target.url(profile, query);
        let unusable = |reason: String| SourceError::Target {
            target: target.origin().to_owned(),
            reason,
            instead: None,
        };
        // The client's credentials must not go to another target.
        if target.origin() != self.origin {
            return Err(unusable(format!("this client was made for {}", self.origin)));
        }
        let url = Url::parse(&url).map_err(|error| unusable(error.to_string()))?;
        let started = Instant::now();
        let mut tries = 1;
        loop {
            let request = Request {
                http: &self.http,
                limits: &self.limits,
                clock: &self.clock,
                target,
                started,
                tries,
            };
            let error = match request.run(url.clone()).await {
                Ok(fetched) => return Ok(fetched),
                Err(error) => error,
            };
            let Some(wait) = retry::wait_after(&error, tries).filter(|_| tries <= self.retries) else {
                return Err(error);
            };
            if wait >= request.left() {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            tries = tries.saturating_add(1);
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("origin", &self.origin).finish_non_exhaustive()
    }
}
