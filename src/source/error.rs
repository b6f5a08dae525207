//! What can go wrong at the door.

use std::fmt;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::source::cause::Cause;
use crate::source::cause::Limit;
use crate::source::cause::Phase;

/// Why bytes could not be read or a capture not be saved.
///
/// URLs, paths and texts from outside are held as they may be shown: escaped, without credentials.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The target is not of a form that can be fetched.
    #[error("cannot read the target {target}: {reason}")]
    Target {
        /// The target as given.
        target: String,
        /// What is wrong with it.
        reason: String,
        /// How to write it; `None` where the reason says enough.
        instead: Option<&'static str>,
    },
    /// A setting of the client cannot be used.
    #[error("cannot use {setting}")]
    Setting {
        /// The setting, never with its value.
        setting: String,
        /// What is wrong with it.
        #[source]
        source: Cause,
    },
    /// The request failed beneath HTTP.
    #[error("cannot fetch {url}: {phase}{}", Tries(*tries))]
    Transport {
        /// The URL asked for.
        url: String,
        /// The step that failed.
        phase: Phase,
        /// How often it was tried, at least 1.
        tries: u32,
        /// What lies beneath.
        #[source]
        source: Cause,
    },
    /// A time limit ended the request.
    #[error("cannot fetch {url}: {phase}: over the limit of {after:?}{}", Tries(*tries))]
    TimedOut {
        /// The URL asked for.
        url: String,
        /// The step under way.
        phase: Phase,
        /// Which limit it was.
        limit: Limit,
        /// The limit's length.
        after: Duration,
        /// How often it was tried, at least 1.
        tries: u32,
    },
    /// The server answered with something else than 200.
    #[error("cannot fetch {url}: status {}{}{}", StatusLine(*status), Tries(*tries), Quote(body))]
    Status {
        /// The URL asked for.
        url: String,
        /// The origin of the URL.
        origin: String,
        /// The HTTP status.
        status: u16,
        /// Whether the answer came from Go's net/http/pprof, which marks its errors with `X-Go-Pprof`.
        from_go_pprof: bool,
        /// The wait the server asks for; `None` if it asks for none in seconds.
        retry_after: Option<Duration>,
        /// The beginning of the error body; empty if there was none.
        body: String,
        /// How often it was tried, at least 1.
        tries: u32,
    },
    /// The server redirects to where this client does not follow.
    #[error("cannot fetch {url}: status {status} redirects to {to}: {fault}")]
    Redirect {
        /// The URL asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// Where it redirects to; `nowhere` without a Location.
        to: String,
        /// Why it is not followed.
        fault: RedirectFault,
    },
    /// The body is wrapped in a transport coding that was not asked for.
    #[error("cannot fetch {url}: the body comes in the content coding {coding}, which was not asked for")]
    Coding {
        /// The URL asked for.
        url: String,
        /// The header's value.
        coding: String,
    },
    /// The input is larger than the limit.
    #[error("cannot read {input}: {}larger than the limit of {}", Promised(*promised), Size(*limit))]
    TooLarge {
        /// The URL, path or `standard input`.
        input: String,
        /// The size announced, in bytes; `None` if it was found while reading.
        promised: Option<u64>,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A file, folder or standard input cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The path, or `standard input`.
        path: String,
        /// The system's word.
        #[source]
        source: io::Error,
    },
    /// The path is there, but no regular file.
    #[error("cannot read {path}: it is {kind}, not a file")]
    NotAFile {
        /// The path.
        path: String,
        /// What it is, with its article.
        kind: &'static str,
    },
    /// The folder holds no profile.
    #[error("no profile in the folder {path}")]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// A capture's `capture.json` cannot be understood.
    #[error("cannot understand {path}")]
    Meta {
        /// The path of the file.
        path: String,
        /// Where and why.
        #[source]
        source: serde_json::Error,
    },
    /// A name that a capture's file may not have.
    #[error("cannot save a file named {name}: only letters, digits, dot, dash and underscore, no dot first")]
    FileName {
        /// The name.
        name: String,
    },
    /// A capture or an output could not be written; nothing of it is left, and an old file is as it was.
    #[error("cannot save: {step} {path}")]
    Save {
        /// What was being done.
        step: &'static str,
        /// To which path.
        path: String,
        /// The system's word.
        #[source]
        source: io::Error,
    },
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RedirectFault {
    /// It leads to another scheme, host or port.
    #[error("another origin, not followed")]
    OtherOrigin,
    /// It leads from https to http.
    #[error("from https to plain http, not followed")]
    Downgrade,
    /// It leads to something else than http or https.
    #[error("neither http nor https, not followed")]
    Scheme,
    /// It brings credentials of its own.
    #[error("it holds credentials, not followed")]
    Userinfo,
    /// It cannot be parsed as a URL.
    #[error("not a URL")]
    NotAUrl,
    /// There is no Location.
    #[error("the answer has no Location")]
    Missing,
    /// It is one redirect too many.
    #[error("more than 5 redirects")]
    TooMany,
}

/// ` (3 tries)`, or nothing after one.
struct Tries(u32);

impl fmt::Display for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => Ok(()),
            tries => write!(f, " ({tries} tries)"),
        }
    }
}

/// The status with its usual name; a server's own words for it are not shown.
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

/// `: "text"`, or nothing.
struct Quote<'a>(&'a str);

impl fmt::Display for Quote<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return Ok(());
        }
        write!(f, ": \"{}\"", self.0)
    }
}

/// `12345 bytes are `, or nothing.
struct Promised(Option<u64>);

impl fmt::Display for Promised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(bytes) => write!(f, "{bytes} bytes are "),
            None => Ok(()),
        }
    }
}

/// A size in whole MiB where it is some, else in bytes.
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
