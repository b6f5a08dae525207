//! One try of a request: the profile whole, or the step at which it failed.
#![expect(clippy::disallowed_methods, reason = "requests are timed here, at the door of the library")]

use std::time::Duration;
use std::time::Instant;

use jiff::Timestamp;
use reqwest::Response;
use reqwest::Url;
use reqwest::header::CONTENT_ENCODING;
use reqwest::header::RETRY_AFTER;

use crate::source::cause::Limit;
use crate::source::cause::Phase;
use crate::source::classify::cause_of;
use crate::source::classify::phase_of;
use crate::source::clock::Clock;
use crate::source::error::SourceError;
use crate::source::redirect;
use crate::source::target::Target;
use crate::text::escape_bytes;

/// Bytes read of the body of an error.
const MAX_ERROR_BODY: usize = 4096;
/// Bytes shown of it.
const SHOWN_ERROR_BODY: usize = 200;
/// How much later than the connection's own limit the wait for the first byte ends, where both are the same, so
/// that the error names the right step.
const CONNECT_GRACE: Duration = Duration::from_millis(50);

/// A profile as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The body, whole. Never decoded: a transport's gzip is still on it.
    pub bytes: Vec<u8>,
    /// The HTTP status: 200, as all others are errors.
    pub status: u16,
    /// When the request of the successful try was sent, by this machine's clock as it was when the client was made.
    pub requested_at: Timestamp,
    /// When the body was read whole, by the same clock.
    pub answered_at: Timestamp,
    /// The time between the two, by a clock that never goes back.
    pub elapsed: Duration,
    /// The URL that answered, without credentials, after redirects.
    pub url: String,
    /// How often it was tried, at least 1.
    pub tries: u32,
}

/// One try, with its redirects.
pub(crate) struct Request<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) limits: &'a Limits,
    pub(crate) clock: &'a Clock,
    pub(crate) target: &'a Target,
    /// When the first try began.
    pub(crate) started: Instant,
    /// Which try this is, from 1.
    pub(crate) tries: u32,
}

/// What bounds a request.
pub(crate) struct Limits {
    pub(crate) connect: Duration,
    pub(crate) idle: Duration,
    pub(crate) total: Duration,
    pub(crate) max_input: u64,
}

impl Request<'_> {
    /// Sends the request, follows redirects and reads the body.
    pub(crate) async fn run(&self, mut url: Url) -> Result<Fetched, SourceError> {
        let requested_at = self.clock.now();
        let sent = Instant::now();
        let mut followed = 0;
        loop {
            let shown = self.target.shown(url.as_str());
            let response = self.send(&url, &shown).await?;
            let status = response.status().as_u16();
            if redirect::is_redirect(status) {
                url = redirect::next(&response, &url, &shown, followed)?;
                followed += 1;
                continue;
            }
            if status != 200 {
                return Err(self.status_error(response, shown).await);
            }
            let bytes = self.body(response, &shown).await?;
            let (answered_at, elapsed) = (self.clock.now(), sent.elapsed());
            let tries = self.tries;
            return Ok(Fetched { bytes, status, requested_at, answered_at, elapsed, url: shown, tries });
        }
    }

    /// Sends the request and waits for the head of its answer.
    async fn send(&self, url: &Url, shown: &str) -> Result<Response, SourceError> {
        let limits = self.limits;
        let (mut wait, limit) = self.next_wait();
        if wait <= limits.connect {
            wait = wait.saturating_add(CONNECT_GRACE);
        }
        let error = match tokio::time::timeout(wait, self.http.get(url.clone()).send()).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => error,
            Err(_) => return Err(self.timed_out(shown, Phase::FirstByte, limit)),
        };
        if error.is_connect() && error.is_timeout() {
            let limit = if limits.connect <= limits.idle.min(limits.total) { Limit::Connect } else { limit };
            let phase = if url.scheme() == "https" { Phase::ConnectingOrTls } else { Phase::Connecting };
            return Err(self.timed_out(shown, phase, limit));
        }
        Err(self.failed(shown, phase_of(&error), &error))
    }

    /// Reads the body piece by piece, up to the limit.
    async fn body(&self, mut response: Response, shown: &str) -> Result<Vec<u8>, SourceError> {
        let limit = self.limits.max_input;
        let promised = response.content_length();
        let too_large = |promised| SourceError::TooLarge { input: shown.to_owned(), promised, limit };
        if promised.is_some_and(|bytes| bytes > limit) {
            return Err(too_large(promised));
        }
        if let Some(coding) = foreign_coding(&response) {
            return Err(SourceError::Coding { url: shown.to_owned(), coding });
        }
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let phase = Phase::Body { received: bytes.len() as u64, promised };
            let (wait, kind) = self.next_wait();
            let chunk = match tokio::time::timeout(wait, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                // The end: hyper has checked it against the length or the last chunk.
                Ok(Ok(None)) => return Ok(bytes),
                Ok(Err(error)) => return Err(self.failed(shown, phase, &error)),
                Err(_) => return Err(self.timed_out(shown, phase, kind)),
            };
            if (bytes.len() as u64).saturating_add(chunk.len() as u64) > limit {
                return Err(too_large(None));
            }
            bytes.extend_from_slice(&chunk);
        }
    }

    async fn status_error(&self, mut response: Response, shown: String) -> SourceError {
        let headers = response.headers();
        let from_go_pprof = headers.contains_key("x-go-pprof");
        let retry_after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let status = response.status().as_u16();
        let mut body: Vec<u8> = Vec::new();
        // The status is the error; where its body fails too, what came of it is enough.
        while body.len() < MAX_ERROR_BODY {
            let (wait, _) = self.next_wait();
            let Ok(Ok(Some(chunk))) = tokio::time::timeout(wait, response.chunk()).await else {
                break;
            };
            body.extend_from_slice(&chunk);
        }
        SourceError::Status {
            url: shown,
            origin: self.target.origin().to_owned(),
            status,
            from_go_pprof,
            retry_after: retry_after.map(Duration::from_secs),
            body: if is_text(&body) { excerpt(&body) } else { String::new() },
            tries: self.tries,
        }
    }

    /// What is left of the time for the whole request.
    pub(crate) fn left(&self) -> Duration {
        self.limits.total.saturating_sub(self.started.elapsed())
    }

    /// How long the next step may take, and which limit says so.
    fn next_wait(&self) -> (Duration, Limit) {
        let (left, idle) = (self.left(), self.limits.idle);
        if left < idle { (left, Limit::Total) } else { (idle, Limit::Idle) }
    }

    fn failed(&self, shown: &str, phase: Phase, error: &reqwest::Error) -> SourceError {
        SourceError::Transport { url: shown.to_owned(), phase, tries: self.tries, source: cause_of(error) }
    }

    fn timed_out(&self, shown: &str, phase: Phase, limit: Limit) -> SourceError {
        let limits = self.limits;
        let after = match limit {
            Limit::Connect => limits.connect,
            Limit::Idle => limits.idle,
            Limit::Total => limits.total,
        };
        SourceError::TimedOut { url: shown.to_owned(), phase, limit, after, tries: self.tries }
    }
}

/// The content coding, escaped, unless it is none or gzip, which the decoder can undo by content.
fn foreign_coding(response: &Response) -> Option<String> {
    const MAX_CODINGS: usize = 2;
    let mut codings = Vec::new();
    for value in response.headers().get_all(CONTENT_ENCODING) {
        codings.extend(value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    }
    let known = |coding: &&[u8]| [&b"gzip"[..], b"x-gzip", b"identity", b""].contains(coding);
    if codings.len() <= MAX_CODINGS && codings.iter().all(known) {
        return None;
    }
    Some(excerpt(&codings.join(&b", "[..])))
}

/// Whether it is UTF-8, but for a character cut at its end.
fn is_text(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).err().is_none_or(|error| error.error_len().is_none())
}

/// The beginning of a text from outside, fit for a line.
fn excerpt(text: &[u8]) -> String {
    let text = text.trim_ascii();
    match text.get(..SHOWN_ERROR_BODY) {
        Some(start) if text.len() > SHOWN_ERROR_BODY => format!("{}…", escape_bytes(start)),
        _ => escape_bytes(text),
    }
}
