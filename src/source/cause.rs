//! The parts of a transport error: the step that failed, the time limit that was exceeded, the underlying cause.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// The longest `Retry-After` that is respected.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The step of a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Looking up the host name.
    Resolving,
    /// Connecting.
    Connecting,
    /// Connecting or the TLS handshake: one time limit covers both.
    ConnectingOrTls,
    /// The TLS handshake.
    Tls,
    /// Sending the request, until the response's head is complete.
    FirstByte,
    /// Receiving the body.
    Body {
        /// Bytes of the body received.
        received: u64,
        /// The `Content-Length`; `None` without one.
        promised: Option<u64>,
    },
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolving => f.write_str("resolving the host name"),
            Self::Connecting => f.write_str("connecting"),
            Self::ConnectingOrTls => f.write_str("connecting or TLS handshake"),
            Self::Tls => f.write_str("TLS handshake"),
            Self::FirstByte => f.write_str("waiting for the first byte"),
            Self::Body { received, promised: Some(promised) } => {
                write!(f, "reading the body, {received} of {promised} bytes received")
            }
            Self::Body { received: 1, promised: None } => f.write_str("reading the body, 1 byte received"),
            Self::Body { received, promised: None } => {
                write!(f, "reading the body, {received} bytes received")
            }
        }
    }
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
