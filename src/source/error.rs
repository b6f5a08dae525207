//! The errors of reading, fetching and saving.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::source::cause::Cause;
use crate::source::cause::Limit;
use crate::source::cause::Phase;

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
    #[error("cannot fetch {url}: {phase}{}", Attempts(*tries))]
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
    #[error("cannot fetch {url}: {phase}: exceeded the limit of {after:?}{}", Attempts(*tries))]
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
    #[error("cannot fetch {url}: status {}{}{}", StatusLine(*status), Attempts(*tries), Quote(body))]
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
    #[error("cannot read {input}: {}larger than the limit of {}", Promised(*promised), Size(*limit))]
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
    /// There were too many redirects.
    #[error("more than 5 redirects")]
    TooMany,
}

/// ` (3 attempts)`; nothing after a single attempt.
struct Attempts(u32);

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => Ok(()),
            tries => write!(f, " ({tries} attempts)"),
        }
    }
}

/// The status with its standard name. The server's own reason phrase is not shown.
struct StatusLine(u16);

impl fmt::Display for StatusLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.0 {
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
        write!(f, "{}{name}", self.0)
    }
}

/// `: "text"`; nothing if the text is empty.
struct Quote<'a>(&'a str);

impl fmt::Display for Quote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, ": \"{}\"", self.0)
    }
}

/// `12345 bytes are `; nothing without a size.
struct Promised(Option<u64>);

impl fmt::Display for Promised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => write!(f, "{bytes} bytes are "),
            None => Ok(()),
        }
    }
}

/// A size in MiB if it is a multiple of 1 MiB, otherwise in bytes.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MIB: u64 = 1024 * 1024;
        match self.0 {
            1 => f.write_str("1 byte"),
            bytes if bytes > 0 && bytes % MIB == 0 => write!(f, "{} MiB", bytes / MIB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}
