//! The way out of each error, one line.

use std::io;

use crate::source::cause::CauseKind;
use crate::source::cause::MAX_RETRY_AFTER;
use crate::source::cause::Phase;
use crate::source::error::RedirectFault;
use crate::source::error::SourceError;

impl SourceError {
    /// How the user can mend it, in one line; `None` where the error says all there is.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Target { instead, .. } => instead.map(str::to_owned),
            Self::Transport { url, phase, source, .. } => transport_hint(url, *phase, source.kind),
            Self::TimedOut { limit, .. } => Some(format!("raise the limit with {}", limit.flag())),
            // Why it was not tried again.
            Self::Status { retry_after: Some(wait), .. } if *wait > MAX_RETRY_AFTER => Some(format!(
                "the server asks to wait {} s, which is not waited for: fetch again then",
                wait.as_secs()
            )),
            Self::Status { origin, status, from_go_pprof, body, .. } => {
                status_hint(origin, *status, *from_go_pprof, body)
            }
            Self::Redirect { to, fault, .. } => redirect_hint(to, *fault),
            Self::Coding { .. } => Some("fetch from the process itself, not through the proxy".to_owned()),
            Self::TooLarge { .. } => Some("raise the limit with --max-input".to_owned()),
            Self::Read { source, .. } => read_hint(source.kind()),
            Self::NotAFile { kind, .. } if kind.contains("pipe") => {
                Some("give - as the input and pipe into standard input".to_owned())
            }
            Self::Meta { .. } => Some("move capture.json away: the profiles are read without it".to_owned()),
            Self::EmptyFolder { .. } => Some("fetch --save writes capture folders".to_owned()),
            Self::NotAFile { .. } | Self::Setting { .. } | Self::FileName { .. } | Self::Save { .. } => None,
        }
    }
}

fn transport_hint(url: &str, phase: Phase, kind: CauseKind) -> Option<String> {
    let hint = match kind {
        CauseKind::Refused => "is the server running and listening on that address and port?",
        CauseKind::Reset | CauseKind::Closed => match phase {
            Phase::Body { .. } => "the profile is cut and was dropped: fetch again",
            Phase::Resolving | Phase::Connecting | Phase::ConnectingOrTls | Phase::Tls | Phase::FirstByte => {
                "the server hung up: does it serve HTTP on that port, or does it want https://?"
            }
        },
        CauseKind::Name => "check the host's name, or give its address",
        CauseKind::NoSocket => "is the server running and listening on that socket?",
        CauseKind::UnknownIssuer => "name the authority that signed the certificate: --ca-cert FILE",
        CauseKind::WrongName => "the certificate is for another name: use a name that it holds",
        CauseKind::OutOfDate => "the certificate is not valid today: renew it, or check this machine's clock",
        CauseKind::ClientCertificate => {
            "the server wants a certificate of yours: --client-cert FILE (certificate and key in PEM)"
        }
        CauseKind::PlainHttp => return Some(format!("the server speaks plain HTTP: try {}", plain(url))),
        CauseKind::NotHttp if url.starts_with("http://") => {
            "what answers is no HTTP server; if it speaks TLS, write https://"
        }
        CauseKind::NotHttp => "what answers there is no HTTP/1 server",
        CauseKind::Proxy => {
            "the proxy comes from the environment: check HTTPS_PROXY, or add the host to NO_PROXY"
        }
        CauseKind::Other => return None,
    };
    Some(hint.to_owned())
}

fn status_hint(origin: &str, status: u16, from_go_pprof: bool, body: &str) -> Option<String> {
    if status == 400 && body.contains("HTTPS server") {
        return Some("the server speaks TLS: write https://".to_owned());
    }
    let hint = match status {
        404 if from_go_pprof => "this Go has no such profile (goroutineleak needs Go 1.27)",
        404 => {
            let prefixed = prefixed(origin);
            return Some(format!(
                "add  import _ \"net/http/pprof\"  or name the prefix: leakscope fetch {prefixed}"
            ));
        }
        401 | 403 => "give credentials with --bearer-env, --user or --header",
        405 => "something before the server refuses GET: name the port of the process itself",
        407 => "the proxy wants credentials: put them into HTTP_PROXY, or add the host to NO_PROXY",
        429 => "too many requests: wait, then fetch again",
        500 if body.contains("WriteTimeout") => {
            "the server's WriteTimeout is shorter than the profile takes: raise it there"
        }
        500 => "the server failed on its own: look into its log",
        502 | 504 => "the gateway got no answer: name the port of the process itself",
        503 => "the server is not ready: wait, then fetch again, or allow more tries with --retries",
        501 | 505..=599 => "the server failed on its own: look into its log",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn redirect_hint(to: &str, fault: RedirectFault) -> Option<String> {
    // Link-local addresses are those of cloud metadata services: nobody is sent there on a server's word.
    if to.contains("://169.254.") || to.contains("://[fe80:") || to.contains("://[::ffff:a9fe:") {
        return None;
    }
    match fault {
        RedirectFault::OtherOrigin => {
            Some(format!("if that is the right place, name it: leakscope fetch {to}"))
        }
        RedirectFault::Userinfo => Some("give credentials with --bearer-env, --user or --header".to_owned()),
        RedirectFault::Downgrade => Some(format!("if plain http is meant, name it: leakscope fetch {to}")),
        RedirectFault::TooMany => {
            Some("name the port of the process itself, behind proxies and logins".to_owned())
        }
        RedirectFault::Scheme | RedirectFault::NotAUrl | RedirectFault::Missing => None,
    }
}

fn read_hint(kind: io::ErrorKind) -> Option<String> {
    if kind == io::ErrorKind::NotFound {
        return Some("check the path; a live process is read with leakscope fetch".to_owned());
    }
    None
}

fn plain(url: &str) -> String {
    match url.strip_prefix("https://") {
        Some(rest) => format!("http://{rest}"),
        None => "http://".to_owned(),
    }
}

fn prefixed(origin: &str) -> String {
    if origin.starts_with("unix:") {
        return format!("{origin}:/internal/debug/pprof");
    }
    let host = origin.strip_prefix("http://").unwrap_or(origin);
    format!("{host}/internal/debug/pprof")
}
