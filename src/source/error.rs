//! The errors of reading, fetching and saving.

use std::io;
use std::time::Duration;

use thiserror::Error;

/// The longest `Retry-After` that is respected.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Why an input could not be read or fetched, or a file could not be written.
///
/// URLs, paths and texts from outside are escaped and contain no credentials, so that they can be shown.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The target is not valid.
    #[error("invalid target {target}: {reason}")]
    Target {
        /// The target as given, without credentials.
        target: String,
        /// What is wrong with it.
        reason: String,
        /// How to write it; `None` if the reason says enough.
        instead: Option<&'static str>,
    },
    /// A list names a target that a list may not name.
    #[error("not asked: {target}: {reason}")]
    NotAllowed {
        /// The target, without credentials.
        target: String,
        /// Why.
        reason: String,
    },
    /// A setting of the client is not usable.
    #[error("cannot use {setting}")]
    Setting {
        /// The setting, never its value.
        setting: String,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The request failed below HTTP.
    #[error("cannot fetch {url}: {phase}{}", attempts(*tries))]
    Transport {
        /// The requested URL.
        url: String,
        /// The step that failed.
        phase: Phase,
        /// The number of attempts, at least 1.
        tries: u32,
        /// The underlying cause.
        #[source]
        source: Cause,
    },
    /// The request exceeded a time limit.
    #[error("cannot fetch {url}: {phase}: exceeded the limit of {after:?}{}", attempts(*tries))]
    TimedOut {
        /// The requested URL.
        url: String,
        /// The step that was in progress.
        phase: Phase,
        /// The limit.
        limit: Limit,
        /// The limit's value.
        after: Duration,
        /// The number of attempts, at least 1.
        tries: u32,
    },
    /// The server answered with a status other than 200.
    #[error("cannot fetch {url}: status {}{}{}", status_line(*status), attempts(*tries), quoted(body))]
    Status {
        /// The requested URL.
        url: String,
        /// The origin of the URL.
        origin: String,
        /// The HTTP status.
        status: u16,
        /// Whether the response came from Go's net/http/pprof, which marks its errors with `X-Go-Pprof`.
        from_go_pprof: bool,
        /// The `Retry-After` of the response; `None` without one, or if it is not in seconds.
        retry_after: Option<Duration>,
        /// The start of the response body; empty without one.
        body: String,
        /// The number of attempts, at least 1.
        tries: u32,
    },
    /// The server redirects to a place that this client does not follow.
    #[error("cannot fetch {url}: status {status} redirects to {to}: {fault}")]
    Redirect {
        /// The requested URL.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The Location; `nowhere` without one.
        to: String,
        /// Why it is not followed.
        fault: RedirectFault,
    },
    /// The body has a content coding that was not requested.
    #[error("cannot fetch {url}: the body has the content coding {coding}, which was not requested")]
    Coding {
        /// The requested URL.
        url: String,
        /// The `Content-Encoding`.
        coding: String,
    },
    /// The input is larger than the limit.
    #[error("cannot read {input}: {}larger than the limit of {}", announced(*promised), size(*limit))]
    TooLarge {
        /// The URL, path or `standard input`.
        input: String,
        /// The announced size in bytes; `None` if the input turned out too large while it was read.
        promised: Option<u64>,
        /// The limit in bytes.
        limit: u64,
    },
    /// A file, folder or standard input cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The path, or `standard input`.
        path: String,
        /// The system's error.
        #[source]
        source: io::Error,
    },
    /// The path exists, but is not a regular file.
    #[error("cannot read {path}: it is {kind}, not a file")]
    NotAFile {
        /// The path.
        path: String,
        /// What it is, with an article: `a pipe`.
        kind: &'static str,
    },
    /// The folder contains no profile.
    #[error("no profile in the folder {path}")]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// A capture's `capture.json` is not valid.
    #[error("cannot parse {path}")]
    Meta {
        /// The path of the file.
        path: String,
        /// The position and the reason.
        #[source]
        source: serde_json::Error,
    },
    /// A file of a capture may not have this name.
    #[error(
        "cannot save a file named {name}: a name may only contain letters, digits, dots, dashes and underscores, and may not start with a dot"
    )]
    FileName {
        /// The name.
        name: String,
    },
    /// A capture or an output could not be written. No part of it is left, and an existing file is unchanged.
    #[error("cannot save: {step} {path}")]
    Save {
        /// The step that failed.
        step: &'static str,
        /// The path.
        path: String,
        /// The system's error.
        #[source]
        source: io::Error,
    },
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RedirectFault {
    /// It goes to another scheme, host or port.
    #[error("another origin, not followed")]
    OtherOrigin,
    /// It goes from https to http.
    #[error("from https to plain http, not followed")]
    Downgrade,
    /// It goes to a scheme other than http or https.
    #[error("neither http nor https, not followed")]
    Scheme,
    /// It contains credentials.
    #[error("it contains credentials, not followed")]
    Userinfo,
    /// It is not a valid URL.
    #[error("not a URL")]
    NotAUrl,
    /// The response has no Location.
    #[error("the response has no Location")]
    Missing,
    /// This request follows none: it is a POST, or goes through a server whose credentials are not for another place.
    #[error("this request follows no redirect")]
    Refused,
    /// There were too many redirects.
    #[error("more than 5 redirects")]
    TooMany,
}

/// The step of a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Phase {
    /// Looking up the host name.
    #[error("resolving the host name")]
    Resolving,
    /// Connecting.
    #[error("connecting")]
    Connecting,
    /// Connecting or the TLS handshake: one time limit covers both.
    #[error("connecting or TLS handshake")]
    ConnectingOrTls,
    /// The TLS handshake.
    #[error("TLS handshake")]
    Tls,
    /// Sending the request, until the response's head is complete.
    #[error("waiting for the first byte")]
    FirstByte,
    /// Receiving the body.
    #[error("reading the body, {} received", progress(*received, *promised))]
    Body {
        /// Bytes of the body received.
        received: u64,
        /// The `Content-Length`; `None` without one.
        promised: Option<u64>,
    },
}

/// A time limit of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// For connecting, including the TLS handshake.
    Connect,
    /// From the request to the first byte, and between two chunks of the body.
    Idle,
    /// For the whole request, including retries and redirects.
    Total,
}

impl Limit {
    /// The command-line flag that sets the limit.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Connect => "--connect-timeout",
            Self::Idle => "--idle-timeout",
            Self::Total => "--timeout",
        }
    }
}

/// The underlying cause of a transport error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct Cause {
    /// The class of the cause.
    pub kind: CauseKind,
    /// The message of the system, the TLS library or the HTTP library, escaped.
    pub text: String,
}

/// The class of a [`Cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CauseKind {
    /// Nothing listens on that address and port.
    Refused,
    /// The peer reset the connection.
    Reset,
    /// The peer closed the connection before its response was complete.
    Closed,
    /// The host name is unknown or could not be looked up.
    Name,
    /// The name has only addresses that a list may not name.
    NotAllowed,
    /// There is no file at the path of the Unix socket.
    NoSocket,
    /// The certificate is signed by an authority that this machine does not trust.
    UnknownIssuer,
    /// The certificate is for another host name.
    WrongName,
    /// The certificate has expired or is not valid yet.
    OutOfDate,
    /// The server requires a client certificate, or rejects the one given.
    ClientCertificate,
    /// The server speaks plain HTTP instead of TLS.
    PlainHttp,
    /// The response is not HTTP/1.
    NotHttp,
    /// The proxy refused to connect.
    Proxy,
    /// Any other cause.
    Other,
}

/// `7 of 12 bytes`
fn progress(received: u64, promised: Option<u64>) -> String {
    promised.map_or_else(|| bytes(received), |promised| format!("{received} of {promised} bytes"))
}

fn bytes(n: u64) -> String {
    if n == 1 { "1 byte".to_owned() } else { format!("{n} bytes") }
}

/// A size in MiB if it is a multiple of 1 MiB, otherwise in bytes.
fn size(n: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if n > 0 && n.is_multiple_of(MIB) { format!("{} MiB", n / MIB) } else { bytes(n) }
}

/// ` (3 attempts)`; nothing after a single attempt.
fn attempts(tries: u32) -> String {
    if tries > 1 { format!(" ({tries} attempts)") } else { String::new() }
}

/// The status with its standard name. The server's own reason phrase is not shown.
fn status_line(status: u16) -> String {
    let name = match status {
        204 => " No Content",
        206 => " Partial Content",
        304 => " Not Modified",
        400 => " Bad Request",
        401 => " Unauthorized",
        403 => " Forbidden",
        404 => " Not Found",
        405 => " Method Not Allowed",
        407 => " Proxy Authentication Required",
        429 => " Too Many Requests",
        500 => " Internal Server Error",
        502 => " Bad Gateway",
        503 => " Service Unavailable",
        504 => " Gateway Timeout",
        _ => "",
    };
    format!("{status}{name}")
}

/// `: "text"`; nothing if the text is empty.
fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": \"{text}\"") }
}

/// `12345 bytes are `; nothing without a size.
fn announced(promised: Option<u64>) -> String {
    promised.map_or_else(String::new, |n| format!("{n} bytes are "))
}
