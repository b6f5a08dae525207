//! Reads reqwest's errors: which step failed, and what lies beneath.

use std::error::Error;
use std::io;

use rustls::AlertDescription;
use rustls::CertificateError;
use rustls::InvalidMessage;

use crate::source::cause::Cause;
use crate::source::cause::CauseKind;
use crate::source::cause::Phase;
use crate::text::escape_bytes;

/// The step in which sending a request failed.
pub(crate) fn phase_of(error: &reqwest::Error) -> Phase {
    if error.is_dns() {
        return Phase::Resolving;
    }
    // A server that wants a client certificate may say so only after the handshake.
    if find::<rustls::Error>(error).is_some() {
        return Phase::Tls;
    }
    if error.is_connect() { Phase::Connecting } else { Phase::FirstByte }
}

/// What lies at the bottom of an error. Its text never holds the URL, which only reqwest's outermost error names.
pub(crate) fn cause_of(error: &reqwest::Error) -> Cause {
    let mut root: &(dyn Error + 'static) = error;
    while let Some(source) = root.source() {
        root = source;
    }
    let text = match root.downcast_ref::<reqwest::Error>() {
        Some(_) => "the request could not be made".to_owned(),
        None => escape_bytes(root.to_string().as_bytes()),
    };
    Cause { kind: kind_of(error, &text), text }
}

fn kind_of(error: &reqwest::Error, text: &str) -> CauseKind {
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
    // Hyper's errors have no public kinds reachable from here, so their words are read.
    if text.contains("before message") {
        return CauseKind::Closed;
    }
    if text.starts_with("invalid HTTP version") || text.contains("preface") {
        return CauseKind::NotHttp;
    }
    CauseKind::Other
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls names dozens, and only these have a way out")]
fn tls_kind(error: &rustls::Error) -> CauseKind {
    match error {
        rustls::Error::InvalidCertificate(certificate) => certificate_kind(certificate),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => CauseKind::PlainHttp,
        rustls::Error::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnknownCA
            | AlertDescription::CertificateUnknown
            | AlertDescription::AccessDenied,
        ) => CauseKind::ClientCertificate,
        _ => CauseKind::Other,
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "rustls names dozens, and only these have a way out")]
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
        // A self-signed certificate that calls itself an authority: webpki stops there, before its issuer.
        CertificateError::Other(_) if error.to_string().contains("CaUsedAsEndEntity") => {
            CauseKind::UnknownIssuer
        }
        _ => CauseKind::Other,
    }
}

/// The first error of a type in the chain, also where an `io::Error` wraps it without naming it as its source.
fn find<E: Error + 'static>(error: &reqwest::Error) -> Option<&E> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}
