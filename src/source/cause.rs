//! The parts of a transport error: the step it happened in, the limit that ended it, the cause beneath.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

/// The longest wait that a server may ask for.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// The step of a request that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The host's name is looked up.
    Resolving,
    /// The connection is made.
    Connecting,
    /// The connection is made or its TLS handshake is under way: one limit covers both.
    ConnectingOrTls,
    /// TLS is agreed on.
    Tls,
    /// The request is sent and the head of the answer has not come whole.
    FirstByte,
    /// The body comes in.
    Body {
        /// Bytes of the body that came.
        received: u64,
        /// Bytes that the head promised; `None` if it named no length.
        promised: Option<u64>,
    },
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolving => f.write_str("resolving the name"),
            Self::Connecting => f.write_str("connecting"),
            Self::ConnectingOrTls => f.write_str("connecting or TLS handshake"),
            Self::Tls => f.write_str("TLS handshake"),
            Self::FirstByte => f.write_str("waiting for the first byte"),
            Self::Body { received, promised: Some(promised) } => {
                write!(f, "reading the body, {received} of {promised} bytes read")
            }
            Self::Body { received: 1, promised: None } => f.write_str("reading the body, 1 byte read"),
            Self::Body { received, promised: None } => {
                write!(f, "reading the body, {received} bytes read")
            }
        }
    }
}

/// A time limit of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// For the connection with its TLS handshake.
    Connect,
    /// From the request to its first byte, and from one piece of the body to the next.
    Idle,
    /// For the request as a whole, with its retries and redirects.
    Total,
}

impl Limit {
    /// The flag of the command line that sets the limit.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Connect => "--connect-timeout",
            Self::Idle => "--idle-timeout",
            Self::Total => "--timeout",
        }
    }
}

/// What lies beneath a transport error.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct Cause {
    /// The class of the cause, as far as it is known.
    pub kind: CauseKind,
    /// The words of whoever found it (system, TLS or HTTP library), escaped.
    pub text: String,
}

/// The class of a [`Cause`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CauseKind {
    /// Nothing listens there.
    Refused,
    /// The other side reset the connection.
    Reset,
    /// The other side closed the connection before its answer was whole.
    Closed,
    /// The name is unknown or could not be looked up.
    Name,
    /// No file lies where the Unix socket should be.
    NoSocket,
    /// The certificate is signed by nobody this machine trusts.
    UnknownIssuer,
    /// The certificate is for another name.
    WrongName,
    /// The certificate has expired or is not valid yet.
    OutOfDate,
    /// The server wants a client certificate, or refuses the one given.
    ClientCertificate,
    /// The server speaks plain HTTP where TLS was meant.
    PlainHttp,
    /// What came is no HTTP/1 answer.
    NotHttp,
    /// The proxy would not connect.
    Proxy,
    /// Any other.
    Other,
}
