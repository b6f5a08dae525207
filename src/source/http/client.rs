//! The HTTP client: fetches one profile at a time from one target, with retries. Callers need no async runtime of their own.
#![expect(clippy::disallowed_methods, reason = "requests are timed here, and nowhere else in the library")]

use std::fmt;
use std::pin::pin;
use std::time::Duration;
use std::time::Instant;

use reqwest::Url;
use tokio::runtime::Builder;

use crate::source::error::SourceError;
use crate::source::http::call::Call;
use crate::source::http::call::CallBody;
use crate::source::http::connect;
use crate::source::http::connect::HttpOptions;
use crate::source::http::request::Clock;
use crate::source::http::request::Fetched;
use crate::source::http::request::HttpLimits;
use crate::source::http::request::Request;
use crate::source::http::retry;
use crate::source::http::target::Target;

const CANCEL_POLL_INTERVAL: Duration = Duration::from_millis(50);

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
            redirects: options.redirects,
        };
        let connect_limit = limits.connect.min(limits.idle).min(limits.total);
        let http = connect::build(options, target, connect_limit)?;
        let origin = target.origin().to_owned();
        Ok(Self { http, origin, limits, retries: options.retries, clock: Clock::set() })
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
        let url = Url::parse(&target.url(profile, query)).map_err(|error| SourceError::Target {
            target: target.origin().to_owned(),
            reason: error.to_string(),
            instead: None,
        })?;
        self.request(target, url, None).await
    }

    /// Sends a request to another interface below the target's path, with the same limits and retries. The body is not inspected.
    pub async fn call(&self, target: &Target, call: &Call) -> Result<Fetched, SourceError> {
        self.request(target, call.url(target)?, call.body.as_ref()).await
    }

    async fn request(
        &self,
        target: &Target,
        url: Url,
        posted: Option<&CallBody>,
    ) -> Result<Fetched, SourceError> {
        // The client's credentials must not go to another target.
        if target.origin() != self.origin {
            return Err(SourceError::Target {
                target: target.origin().to_owned(),
                reason: format!("this client was made for {}", self.origin),
                instead: None,
            });
        }
        let started = Instant::now();
        let mut tries = 1;
        loop {
            let Self { http, limits, clock, .. } = self;
            let request = Request { http, limits, clock, target, posted, started, tries };
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

/// Runs a future to completion on a new single-threaded runtime.
///
/// # Panics
/// If the system cannot create an event queue, as when no file descriptor is left, or if called from within itself.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a process that can open files can create an event queue");
    let output = runtime.block_on(future);
    // A name lookup that exceeded its limit still blocks a thread: do not wait for it.
    runtime.shutdown_background();
    output
}

/// Runs a future until it completes, or until `cancelled` returns true; then the result is `None`. For futures that
/// [`block_on`] runs.
pub async fn run_until_cancelled<F: Future>(cancelled: impl Fn() -> bool, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    while !cancelled() {
        if let Ok(output) = tokio::time::timeout(CANCEL_POLL_INTERVAL, future.as_mut()).await {
            return Some(output);
        }
    }
    None
}

/// Sleeps. For futures that [`block_on`] runs.
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}
