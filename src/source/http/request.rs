//! One attempt of a request: returns the complete profile, or the step that failed.
#![expect(clippy::disallowed_methods, reason = "requests are timed here, and nowhere else in the library")]

use std::time::Duration;
use std::time::Instant;

use jiff::SignedDuration;
use jiff::Timestamp;
use reqwest::Response;
use reqwest::Url;
use reqwest::header::CONTENT_ENCODING;
use reqwest::header::CONTENT_TYPE;
use reqwest::header::RETRY_AFTER;

use crate::source::error::Limit;
use crate::source::error::Phase;
use crate::source::error::RedirectFault;
use crate::source::error::SourceError;
use crate::source::http::call::CallBody;
use crate::source::http::classify::cause_of;
use crate::source::http::classify::phase_of;
use crate::source::http::redirect;
use crate::source::http::target::Target;
use crate::text::escape_bytes;

const MAX_ERROR_BODY: usize = 4096;
const SHOWN_ERROR_BODY: usize = 200;
/// Added to the wait for the first byte where it equals the limit for connecting, so that the latter ends first and the error
/// names the right step.
const CONNECT_GRACE: Duration = Duration::from_millis(50);

/// A profile as the server sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The complete body, not decoded: a gzip content coding is still there.
    pub bytes: Vec<u8>,
    /// The HTTP status: always 200, because all others are errors.
    pub status: u16,
    /// When the request of the successful attempt was sent, by a monotonic clock that was set when the client was made.
    pub requested_at: Timestamp,
    /// When the body was complete, by the same clock.
    pub answered_at: Timestamp,
    /// The time between the two.
    pub elapsed: Duration,
    /// The URL that answered, without credentials, after redirects.
    pub url: String,
    /// The number of attempts, at least 1.
    pub tries: u32,
}

/// One attempt, including its redirects.
pub(crate) struct Request<'a> {
    pub(crate) http: &'a reqwest::Client,
    pub(crate) limits: &'a HttpLimits,
    pub(crate) clock: &'a Clock,
    pub(crate) target: &'a Target,
    /// What is posted; `None` for a GET.
    pub(crate) posted: Option<&'a CallBody>,
    pub(crate) started: Instant,
    pub(crate) tries: u32,
}

pub(crate) struct HttpLimits {
    pub(crate) connect: Duration,
    pub(crate) idle: Duration,
    pub(crate) total: Duration,
    pub(crate) max_input: u64,
    /// Whether redirects within the origin are followed.
    pub(crate) redirects: bool,
}

impl Request<'_> {
    pub(crate) async fn run(&self, mut url: Url) -> Result<Fetched, SourceError> {
        let requested_at = self.clock.now();
        let sent = Instant::now();
        let mut followed = 0;
        loop {
            let shown = self.target.shown(url.as_str());
            let response = self.send(&url, &shown).await?;
            let status = response.status().as_u16();
            if redirect::is_redirect(status) {
                let next = redirect::next(&response, &url, &shown, followed)?;
                if self.posted.is_some() || !self.limits.redirects {
                    let (to, fault) = (self.target.shown(next.as_str()), RedirectFault::Refused);
                    return Err(SourceError::Redirect { url: shown, status, to, fault });
                }
                url = next;
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

    async fn send(&self, url: &Url, shown: &str) -> Result<Response, SourceError> {
        let limits = self.limits;
        let (mut wait, limit) = self.next_wait();
        if wait <= limits.connect {
            wait = wait.saturating_add(CONNECT_GRACE);
        }
        let request = match self.posted {
            None => self.http.get(url.clone()),
            Some(CallBody { content_type, bytes }) => {
                self.http.post(url.clone()).header(CONTENT_TYPE, *content_type).body(bytes.clone())
            }
        };
        let error = match tokio::time::timeout(wait, request.send()).await {
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

    async fn body(&self, mut response: Response, shown: &str) -> Result<Vec<u8>, SourceError> {
        let limit = self.limits.max_input;
        let promised = response.content_length();
        let too_large = |promised| SourceError::TooLarge { input: shown.to_owned(), promised, limit };
        if promised.is_some_and(|bytes| bytes > limit) {
            return Err(too_large(promised));
        }
        if let Some(coding) = unexpected_coding(&response) {
            return Err(SourceError::Coding { url: shown.to_owned(), coding });
        }
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let phase = Phase::Body { received: bytes.len() as u64, promised };
            let (wait, kind) = self.next_wait();
            let chunk = match tokio::time::timeout(wait, response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                // The end. hyper has compared it with the Content-Length or seen the last chunk.
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
        // The status is the error. If reading its body fails too, the part received is enough.
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

    pub(crate) fn left(&self) -> Duration {
        self.limits.total.saturating_sub(self.started.elapsed())
    }

    /// The time limit of the next step, and which of the limits it is.
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

/// The content coding, escaped; `None` if there is none, or only gzip, which the decoder detects by content.
fn unexpected_coding(response: &Response) -> Option<String> {
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

/// Whether the bytes are UTF-8, apart from a character cut at the end.
fn is_text(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).err().is_none_or(|error| error.error_len().is_none())
}

/// The start of a text from outside, escaped, for an error message.
fn excerpt(text: &[u8]) -> String {
    let text = text.trim_ascii();
    match text.get(..SHOWN_ERROR_BODY) {
        Some(start) if text.len() > SHOWN_ERROR_BODY => format!("{}…", escape_bytes(start)),
        _ => escape_bytes(text),
    }
}

/// A clock that was set once from the system clock, then monotonic: it does not follow changes of the system clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    set_to: Timestamp,
    set_at: Instant,
}

impl Clock {
    pub(crate) fn set() -> Self {
        Self { set_to: Timestamp::now(), set_at: Instant::now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.set_at.elapsed()).unwrap_or(SignedDuration::MAX);
        self.set_to.checked_add(since).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_monotonic_from_where_it_was_set() {
        let clock = Clock { set_to: Timestamp::UNIX_EPOCH, ..Clock::set() };
        let (first, second) = (clock.now(), clock.now());
        assert!(clock.set_to <= first && first <= second);
        assert!(second.as_second() < 3600, "it does not follow the system clock");
    }
}
