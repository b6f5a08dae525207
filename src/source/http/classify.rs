//! Converts reqwest's errors: finds the step that failed and the underlying cause.

use std::error::Error;
use std::io;

use rustls::AlertDescription;
use rustls::CertificateError;
use rustls::InvalidMessage;

use crate::source::error::Cause;
use crate::source::error::CauseKind;
use crate::source::error::Phase;
use crate::source::http::allowed::NotAllowed;
use crate::text::escape_bytes;

/// The step in which sending a request failed.
pub(crate) fn phase_of(error: &reqwest::Error) -> Phase {
    if error.is_dns() {
        return Phase::Resolving;
    }
    // A server that requires a client certificate may report it only after the handshake.
    if find::<rustls::Error>(error).is_some() {
        return Phase::Tls;
    }
    if error.is_connect() { Phase::Connecting } else { Phase::FirstByte }
}

/// The innermost cause of an error. Its text never contains the URL, which only reqwest's outermost error names.
pub(crate) fn cause_of(error: &reqwest::Error) -> Cause {
    let mut root: &(dyn Error + 'static) = error;
    while let Some(source) = root.source() {
        root = source;
    }
    let is_reqwest = root.is::<reqwest::Error>();
    let text = if is_reqwest { "the request could not be made".to_owned() } else { root.to_string() };
    let text = escape_bytes(text.as_bytes());
    Cause { kind: kind_of(error, &text), text }
}

fn kind_of(error: &reqwest::Error, text: &str) -> CauseKind {
    if find::<NotAllowed>(error).is_some() {
        return CauseKind::NotAllowed;
    }
    if error.is_dns() {
        return CauseKind::Name;
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return tls_kind(tls);
    }
    let io_kind = find::<io::Error>(error).map(io::Error::kind);
    if error.is_connect() && text.contains("tunnel") || text.contains("proxy") {
        return CauseKind::Proxy;
    }
    match io_kind {
        Some(io::ErrorKind::ConnectionRefused) => return CauseKind::Refused,
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => return CauseKind::Reset,
        Some(io::ErrorKind::NotFound) if error.is_connect() => return CauseKind::NoSocket,
        Some(io::ErrorKind::UnexpectedEof) => return CauseKind::Closed,
        Some(_) | None => {}
    }
    // The kinds of hyper's errors are not accessible through reqwest, so compare their texts.
    if text.contains("before message") {
        return CauseKind::Closed;
    }
    if text.starts_with("invalid HTTP version") || text.contains("preface") {
        return CauseKind::NotHttp;
    }
    CauseKind::Other
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls has dozens of variants; few have a hint")]
fn tls_kind(error: &rustls::Error) -> CauseKind {
    match error {
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => CauseKind::PlainHttp,
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied,
        ) => CauseKind::ClientCertificate,
        rustls::Error::InvalidCertificate(error) => certificate_kind(error),
        _ => CauseKind::Other,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls has dozens of variants; few have a hint")]
fn certificate_kind(error: &CertificateError) -> CauseKind {
    match error {
        CertificateError::UnknownIssuer => CauseKind::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CauseKind::WrongName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CauseKind::OutOfDate,
        // A self-signed certificate with CA:TRUE: webpki rejects it before it looks at the issuer.
        CertificateError::Other(_) if error.to_string().contains("CaUsedAsEndEntity") => {
            CauseKind::UnknownIssuer
        }
        _ => CauseKind::Other,
    }
}

/// The first error of type `E` in the chain. Also looks into an `io::Error`, whose `source` skips the error it wraps.
fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = inner.map_or_else(|| error.source(), |inner| Some(inner as &(dyn Error + 'static)));
    }
    None
}
