//! A hint for each error, in one line.

use std::io::ErrorKind;

use crate::source::error::CauseKind;
use crate::source::error::MAX_RETRY_AFTER;
use crate::source::error::Phase;
use crate::source::error::RedirectFault;
use crate::source::error::SourceError;

impl SourceError {
    /// How the user can fix it, in one line; `None` if the error says enough.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Target { instead, .. } => instead.map(str::to_owned),
            Self::Transport { url, phase, source, .. } => transport_hint(url, *phase, source.kind),
            Self::TimedOut { limit, .. } => Some(format!("raise the limit with {}", limit.flag())),
            // This is also why it was not retried.
            Self::Status { retry_after: Some(wait), .. } if *wait > MAX_RETRY_AFTER => {
                Some(format!("the server asks to retry after {} s; run fetch again then", wait.as_secs()))
            }
            Self::Status { origin, status, from_go_pprof, body, .. } => {
                status_hint(origin, *status, *from_go_pprof, body)
            }
            Self::Redirect { to, fault, .. } => redirect_hint(to, *fault),
            Self::Coding { .. } => Some("fetch directly from the process, not through a proxy".to_owned()),
            Self::TooLarge { .. } => Some("raise the limit with --max-input".to_owned()),
            Self::Read { source, .. } if source.kind() == ErrorKind::NotFound => {
                Some("check the path; to read from a live process, use leakscope fetch".to_owned())
            }
            Self::NotAFile { kind, .. } if kind.contains("pipe") => {
                Some("give - as the input and pipe the data into standard input".to_owned())
            }
            Self::Meta { .. } => Some("remove capture.json: the profiles can be read without it".to_owned()),
            Self::EmptyFolder { .. } => {
                Some("give a folder that leakscope fetch --save wrote, or one with profiles in it".to_owned())
            }
            Self::Read { .. }
            | Self::NotAFile { .. }
            | Self::Setting { .. }
            | Self::NotAllowed { .. }
            | Self::FileName { .. }
            | Self::Save { .. } => None,
        }
    }
}

fn transport_hint(url: &str, phase: Phase, kind: CauseKind) -> Option<String> {
    let hint = match kind {
        CauseKind::Refused => "is the server running, and does it listen on that address and port?",
        CauseKind::Reset | CauseKind::Closed if matches!(phase, Phase::Body { .. }) => {
            "the profile is incomplete and was dropped: fetch again"
        }
        CauseKind::Reset | CauseKind::Closed => {
            "the server closed the connection: does it serve HTTP on that port, or does it need https://?"
        }
        CauseKind::Name => "check the host name, or give the IP address",
        CauseKind::NoSocket => "is the server running, and does it listen on that socket?",
        CauseKind::UnknownIssuer => "give the certificate of the authority that signed it: --ca-cert FILE",
        CauseKind::WrongName => "the certificate is for another host name: use a name that it contains",
        CauseKind::OutOfDate => "the certificate is not valid today: renew it, or check this machine's clock",
        CauseKind::ClientCertificate => {
            "the server requires a client certificate: --client-cert FILE (certificate and key in PEM)"
        }
        CauseKind::PlainHttp => {
            let rest = url.strip_prefix("https://").unwrap_or_default();
            return Some(format!("the server speaks plain HTTP: try http://{rest}"));
        }
        CauseKind::NotHttp if url.starts_with("http://") => {
            "this is not an HTTP server; if it speaks TLS, write https://"
        }
        CauseKind::NotHttp => "this is not an HTTP/1 server",
        CauseKind::Proxy => {
            "the proxy is set in the environment: check HTTPS_PROXY, or add the host to NO_PROXY"
        }
        CauseKind::NotAllowed | CauseKind::Other => return None,
    };
    Some(hint.to_owned())
}

fn status_hint(origin: &str, status: u16, from_go_pprof: bool, body: &str) -> Option<String> {
    if status == 400 && body.contains("HTTPS server") {
        return Some("the server speaks TLS: write https://".to_owned());
    }
    let hint = match status {
        404 if from_go_pprof => "this version of Go has no such profile (goroutineleak needs Go 1.27)",
        404 => {
            let colon = if origin.starts_with("unix:") { ":" } else { "" };
            let target = format!("{}{colon}/internal/debug/pprof", origin.trim_start_matches("http://"));
            return Some(format!(
                "add  import _ \"net/http/pprof\"  or name the prefix: leakscope fetch {target}"
            ));
        }
        401 | 403 => "give credentials with --bearer-env, --user or --header",
        405 => "a proxy or gateway refuses GET: give the port of the process itself",
        407 => "the proxy requires credentials: put them into HTTP_PROXY, or add the host to NO_PROXY",
        429 => "too many requests: wait, then fetch again",
        500 if body.contains("WriteTimeout") => {
            "the server's WriteTimeout is shorter than the profile takes: raise it there"
        }
        502 | 504 => "the gateway got no answer: give the port of the process itself",
        503 => "the server is not ready: wait, then fetch again, or raise --retries",
        500..=599 => "the server has an error of its own: see its log",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn redirect_hint(to: &str, fault: RedirectFault) -> Option<String> {
    // Link-local addresses are those of cloud metadata services: never suggest to fetch from there.
    if to.contains("://169.254.") || to.contains("://[fe80:") || to.contains("://[::ffff:a9fe:") {
        return None;
    }
    match fault {
        RedirectFault::OtherOrigin => {
            Some(format!("if that is the right server, fetch from it: leakscope fetch {to}"))
        }
        RedirectFault::Userinfo => Some("give credentials with --bearer-env, --user or --header".to_owned()),
        RedirectFault::Downgrade => Some(format!("if you mean plain http, say so: leakscope fetch {to}")),
        RedirectFault::TooMany => {
            Some("give the port of the process itself, behind proxies and logins".to_owned())
        }
        RedirectFault::Refused => Some(format!("if that is the right server, give its URL: {to}")),
        RedirectFault::Scheme | RedirectFault::NotAUrl | RedirectFault::Missing => None,
    }
}
