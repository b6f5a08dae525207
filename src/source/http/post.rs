//! Sends a body to a URL: a message to a hook, rows to a database.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::CONTENT_TYPE;

use crate::source::error::Limit;
use crate::source::error::Phase;
use crate::source::error::SourceError;
use crate::source::http::block_on;
use crate::source::http::classify::cause_of;
use crate::source::http::classify::phase_of;
use crate::source::http::connect;
use crate::source::http::connect::HttpOptions;
use crate::source::http::target::Target;
use crate::text::escape_bytes;

/// The part of the body of an error that is shown.
const SHOWN_ERROR_BODY: usize = 400;

/// A place that takes bodies.
pub struct Poster {
    http: reqwest::Client,
    url: Url,
    origin: String,
    timeout: Duration,
    max_answer: u64,
}

impl Poster {
    /// A client for this URL. Sends nothing yet. Neither errors nor `Debug` show more of the URL than its origin: the path of a hook is a secret.
    pub fn new(url: &str, options: &HttpOptions) -> Result<Self, SourceError> {
        let fault =
            |reason: String| SourceError::Target { target: "the URL".to_owned(), reason, instead: None };
        let parsed = Url::parse(url).map_err(|error| fault(error.to_string()))?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(fault("its scheme is not http or https".to_owned()));
        }
        let origin = parsed.origin().ascii_serialization();
        let target = Target::parse(&origin)?;
        let (timeout, max_answer) = (options.timeout, options.max_input);
        let http = connect::build(options, &target, options.connect_timeout.min(timeout))?;
        Ok(Poster { http, url: parsed, origin, timeout, max_answer })
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Sends a body once, with these query keys added to the URL, and returns the body of the answer. A status other than 200 to 299 is an
    /// error, and so is a redirect. Must not be called from within [`block_on`].
    pub fn post(
        &self,
        query: &[(&str, &str)],
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, SourceError> {
        block_on(async {
            match tokio::time::timeout(self.timeout, self.run(query, kind, body)).await {
                Ok(result) => result,
                Err(_) => Err(SourceError::TimedOut {
                    url: self.origin.clone(),
                    phase: Phase::FirstByte,
                    limit: Limit::Total,
                    after: self.timeout,
                    tries: 1,
                }),
            }
        })
    }

    async fn run(
        &self,
        query: &[(&str, &str)],
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, SourceError> {
        let mut url = self.url.clone();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let failed = |phase, error: reqwest::Error| SourceError::Transport {
            url: self.origin.clone(),
            phase,
            tries: 1,
            source: cause_of(&error),
        };
        let request = self.http.post(url).header(CONTENT_TYPE, kind).body(body);
        let mut response = request.send().await.map_err(|error| failed(phase_of(&error), error))?;
        let status = response.status();
        let mut bytes: Vec<u8> = Vec::new();
        let promised = response.content_length();
        loop {
            let phase = Phase::Body { received: bytes.len() as u64, promised };
            let Some(chunk) = response.chunk().await.map_err(|error| failed(phase, error))? else { break };
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > self.max_answer {
                let (input, limit) = (self.origin.clone(), self.max_answer);
                return Err(SourceError::TooLarge { input, promised: None, limit });
            }
            if !status.is_success() && bytes.len() > SHOWN_ERROR_BODY {
                break;
            }
        }
        if status.is_success() {
            return Ok(bytes);
        }
        let shown = bytes.get(..SHOWN_ERROR_BODY).unwrap_or(&bytes).trim_ascii();
        Err(SourceError::Status {
            url: self.origin.clone(),
            origin: self.origin.clone(),
            status: status.as_u16(),
            from_go_pprof: false,
            retry_after: None,
            body: escape_bytes(shown),
            tries: 1,
        })
    }
}

impl std::fmt::Debug for Poster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Poster").field("origin", &self.origin).finish_non_exhaustive()
    }
}
