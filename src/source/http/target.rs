//! Parses the targets that a user may write, and builds the URLs of their profiles.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use reqwest::Url;

use crate::source::error::SourceError;
use crate::source::http::allowed::AllowedAddresses;
use crate::text::masked;

/// A process that serves net/http/pprof.
///
/// ```
/// use leakscope::source::Target;
///
/// let target = Target::parse("localhost:6060/internal")?;
/// assert_eq!(
///     target.url("goroutine", Some("debug=2")),
///     "http://localhost:6060/internal/debug/pprof/goroutine?debug=2"
/// );
/// # Ok::<(), leakscope::source::SourceError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    /// Scheme, host and port of requests, without a slash at the end and without credentials.
    root: String,
    /// For messages: the root, or `unix:` and the path of the socket.
    origin: String,
    socket: Option<PathBuf>,
    /// The path before `/debug/pprof`: empty, or starts with a slash.
    base: String,
    profile: Option<String>,
    /// The query keys to send with each request, as `a=1&b=2`; may be empty.
    query: String,
    userinfo: Option<(String, String)>,
}

impl Target {
    /// Parses `host:6060`, `:6060`, `http(s)://host[:port][/base][/debug/pprof[/goroutine]]`, `unix:/path.sock` or
    /// `unix:/path.sock:/base`. The default port is 80 or 443.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let fault = |reason: &str, instead| SourceError::Target {
            target: masked(text),
            reason: reason.to_owned(),
            instead,
        };
        if text.is_empty() {
            return Err(fault("it is empty", Some("give a host and port, such as localhost:6060")));
        }
        if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(fault("it contains a space or control character", None));
        }
        let (url, socket) = match text.split_once("://") {
            _ if text.starts_with("unix:") => {
                let rest = text.trim_start_matches("unix:");
                let rest = rest.strip_prefix("//").unwrap_or(rest);
                let (socket, path) = rest.split_at(rest.find(":/").unwrap_or(rest.len()));
                if socket.is_empty() {
                    return Err(fault("it has no socket path", Some("write it as unix:/path/to.sock")));
                }
                (format!("http://localhost{}", path.trim_start_matches(':')), Some(socket))
            }
            Some((scheme, _)) if matches!(&*scheme.to_ascii_lowercase(), "http" | "https") => {
                (text.to_owned(), None)
            }
            Some(_) => return Err(fault("its scheme is not http, https or unix", None)),
            None if text.starts_with("::") => {
                return Err(fault("an IPv6 address needs brackets", Some("write it as [::1]:6060")));
            }
            None if text.starts_with(':') => (format!("http://localhost{text}"), None),
            None => (format!("http://{text}"), None),
        };
        let url = Url::parse(&url).map_err(|error| fault(&error.to_string(), None))?;
        let too_deep = "/debug/pprof is followed by more than the name of a profile";
        let form = "write the path as /base/debug/pprof/goroutine";
        let (base, profile) = split_path(url.path()).ok_or_else(|| fault(too_deep, Some(form)))?;
        let root = url.origin().ascii_serialization();
        Ok(Self {
            origin: socket.map_or_else(|| root.clone(), |socket| format!("unix:{socket}")),
            root,
            socket: socket.map(PathBuf::from),
            base,
            profile,
            query: kept_query(&url),
            userinfo: userinfo(&url),
        })
    }

    /// The URL of a profile, as in `("goroutine", Some("debug=2"))`.
    ///
    /// It has no userinfo, but it keeps the target's other query keys, which may be secret: use it for requests, not for
    /// messages. For a Unix socket its host is `localhost`.
    pub fn url(&self, profile: &str, query: Option<&str>) -> String {
        let mut url = format!("{}{}/debug/pprof/{profile}", self.root, self.base);
        let mut separator = '?';
        for part in [query.unwrap_or_default(), &self.query] {
            if !part.is_empty() {
                url.push(separator);
                url.push_str(part);
                separator = '&';
            }
        }
        url
    }

    /// Scheme, host and port, such as `http://localhost:6060`, or `unix:/path.sock`. Without credentials, for messages.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is asked over TLS.
    pub fn is_https(&self) -> bool {
        self.root.starts_with("https://")
    }

    /// The host in lower case, without the brackets of an IPv6 address, and the port; `None` for a Unix socket.
    pub fn host_and_port(&self) -> Option<(String, u16)> {
        let url = Url::parse(&self.root).ok().filter(|_| self.socket.is_none())?;
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        Some((host, url.port_or_known_default()?))
    }

    /// An argument that means the same target: origin and base, without credentials and without query.
    pub fn to_arg(&self) -> String {
        let (origin, base) = (&self.origin, &self.base);
        match (base.is_empty(), &self.socket) {
            (true, _) => origin.clone(),
            (false, None) => format!("{origin}{base}/debug/pprof"),
            (false, Some(_)) => format!("{origin}:{base}/debug/pprof"),
        }
    }

    /// The profile in the URL, such as `heap`; `None` if it has none.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// The user and password in the URL, decoded; `None` without. The password is empty if only a user was given.
    pub fn userinfo(&self) -> Option<(&str, &str)> {
        self.userinfo.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// Checks a target that a list names: it goes over the network, has no credentials and no query, and its address is allowed. A name is
    /// checked again when it was looked up.
    pub fn check_listed(&self, allowed: &AllowedAddresses) -> Result<(), SourceError> {
        let fault = |reason: String| Err(SourceError::NotAllowed { target: masked(&self.to_arg()), reason });
        if self.socket.is_some() {
            return fault("a list may not name a Unix socket".to_owned());
        }
        if self.userinfo.is_some() {
            return fault("a list may not contain credentials".to_owned());
        }
        if !self.query.is_empty() {
            return fault("a list may not contain a query".to_owned());
        }
        let url = Url::parse(&self.root).map_err(|error| SourceError::Target {
            target: masked(&self.to_arg()),
            reason: error.to_string(),
            instead: None,
        })?;
        allowed.check_url(&url).or_else(|why| fault(why.to_string()))
    }

    /// What requests to other interfaces start with: scheme, host, port, path and query, without credentials. The query may be secret.
    pub fn root_url(&self) -> String {
        let separator = if self.query.is_empty() { "" } else { "?" };
        format!("{}{}{separator}{}", self.root, self.base, self.query)
    }

    pub(crate) fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// A URL of this target without secrets, for messages and files.
    pub(crate) fn shown(&self, url: &str) -> String {
        match url.strip_prefix(&self.root) {
            Some(path) if self.socket.is_some() => masked(&format!("{}:{path}", self.origin)),
            _ => masked(url),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("origin", &self.origin)
            .field("base", &self.base)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// Query keys that select the form of a profile. They are dropped, because leakscope selects it.
const FORM_KEYS: [&str; 2] = ["debug", "seconds"];

/// The path before `/debug/pprof`, and the profile's name after it; `None` if more than a name follows.
fn split_path(path: &str) -> Option<(String, Option<String>)> {
    const MOUNT: &str = "/debug/pprof";
    let path = path.trim_end_matches('/');
    let is_whole = |at: &usize| matches!(path.as_bytes().get(at + MOUNT.len()), None | Some(b'/'));
    let Some(at) = path.rmatch_indices(MOUNT).map(|(at, _)| at).find(is_whole) else {
        return Some((path.to_owned(), None));
    };
    let (base, rest) = path.split_at(at);
    let profile = rest.trim_start_matches(MOUNT).trim_start_matches('/');
    if profile.contains('/') {
        return None;
    }
    let profile = (!profile.is_empty()).then(|| profile.to_owned());
    Some((base.trim_end_matches('/').to_owned(), profile))
}

/// The query without [`FORM_KEYS`], as `a=1&b=2`; may be empty.
fn kept_query(url: &Url) -> String {
    let pairs = url.query().unwrap_or_default().split('&');
    let kept = pairs.filter(|pair| {
        let key = pair.split('=').next().unwrap_or_default();
        !pair.is_empty() && !FORM_KEYS.contains(&key)
    });
    kept.collect::<Vec<_>>().join("&")
}

/// The user and password, decoded; `None` if the URL has neither.
fn userinfo(url: &Url) -> Option<(String, String)> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some((percent_decoded(url.username()), percent_decoded(url.password().unwrap_or_default())))
}

fn percent_decoded(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        let escaped = tail.split_first_chunk::<2>().filter(|_| *first == b'%');
        let decode = |([high, low], after): (&[u8; 2], _)| Some((digit(high)? << 4 | digit(low)?, after));
        let (byte, after) = escaped.and_then(decode).unwrap_or((u32::from(*first), tail));
        decoded.push(byte as u8);
        rest = after;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn argument_means_the_same_target() {
        let check = |typed: &str, expected: &str| {
            let target = Target::parse(typed).expect("it is a target");
            assert_eq!(target.to_arg(), expected, "{typed}");
            let again = Target::parse(expected).expect("it can be typed");
            assert_eq!(again.url("x", None), target.url("x", None).replace("?t=1", ""), "{typed}");
        };
        check("localhost:6060", "http://localhost:6060");
        check("https://a:b@api/ops/debug/pprof/goroutine?t=1", "https://api/ops/debug/pprof");
        check("unix:/run/app.sock", "unix:/run/app.sock");
        check("unix:/run/app.sock:/ops/debug/pprof", "unix:/run/app.sock:/ops/debug/pprof");
    }

    #[test]
    fn forms() {
        let check = |text: &str, origin: &str, url: &str| {
            let target = Target::parse(text).expect(text);
            assert_eq!(target.origin(), origin, "{text}");
            let root = if origin.starts_with("unix:") { "http://localhost" } else { origin };
            assert_eq!(target.url("x", Some("debug=2")), format!("{root}{url}"), "{text}");
        };
        check("localhost:6060", "http://localhost:6060", "/debug/pprof/x?debug=2");
        check("host", "http://host", "/debug/pprof/x?debug=2");
        check(":6060", "http://localhost:6060", "/debug/pprof/x?debug=2");
        check("localhost:6060/", "http://localhost:6060", "/debug/pprof/x?debug=2");
        check("localhost:6060/a/b/", "http://localhost:6060", "/a/b/debug/pprof/x?debug=2");
        check("[::1]:6060", "http://[::1]:6060", "/debug/pprof/x?debug=2");
        check("HTTPS://Host/debug/pprof", "https://host", "/debug/pprof/x?debug=2");
        check("https://h:443/x/debug/pprof/", "https://h", "/x/debug/pprof/x?debug=2");
        check("h/debug/pprof/heap?debug=1", "http://h", "/debug/pprof/x?debug=2");
        check("http://u:p@h:80/?token=x&seconds=5&a", "http://h", "/debug/pprof/x?debug=2&token=x&a");
        check("h/debug/pprofiles", "http://h", "/debug/pprofiles/debug/pprof/x?debug=2");
        check("unix:/run/a.sock", "unix:/run/a.sock", "/debug/pprof/x?debug=2");
        check("unix:///run/a.sock", "unix:/run/a.sock", "/debug/pprof/x?debug=2");
        check("unix:/a.sock:/b/debug/pprof/heap", "unix:/a.sock", "/b/debug/pprof/x?debug=2");
    }

    #[test]
    fn profiles_and_credentials() {
        let check = |text: &str, profile: Option<&str>, userinfo: Option<(&str, &str)>| {
            let target = Target::parse(text).expect(text);
            assert_eq!((target.profile(), target.userinfo()), (profile, userinfo), "{text}");
            assert!(!format!("{target:?}").contains("p@w"), "{text}");
        };
        check("http://u:p%40w@h:80/debug/pprof/", None, Some(("u", "p@w")));
        check("tok%zz@h:1", None, Some(("tok%zz", "")));
        check("[::1]:6060/debug/pprof/goroutine?debug=2", Some("goroutine"), None);
        check("unix:/run/a.sock:/x/debug/pprof/heap", Some("heap"), None);
    }

    #[test]
    fn refuses_invalid_targets() {
        let cases = [
            ("", "it is empty"),
            ("a b:6060", "a space or control character"),
            ("::1", "an IPv6 address needs brackets"),
            ("ftp://host", "not http, https or unix"),
            ("file:///etc/passwd", "not http, https or unix"),
            ("host:99999", "invalid port number"),
            ("http://", "empty host"),
            ("http://u:s3cr3t@h:x", "invalid target http://h:x: invalid port number"),
            ("unix:", "it has no socket path"),
            ("h/debug/pprof/a/b", "more than the name of a profile"),
        ];
        for (text, expected) in cases {
            let error = Target::parse(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn lists_name_no_sockets_and_no_secrets() {
        let check = |text: &str, expected: &str| {
            let target = Target::parse(text).expect(text);
            let error = target.check_listed(&AllowedAddresses::default()).expect_err(text).to_string();
            assert!(error.contains(expected) && !error.contains("s3cr3t"), "{text}: {error}");
        };
        check("unix:/run/a.sock", "a list may not name a Unix socket");
        check("http://u:s3cr3t@h:1", "a list may not contain credentials");
        check("http://h:1/?token=s3cr3t", "a list may not contain a query");
        check("127.0.0.1:6060", "needs --allow-local");
        let target = Target::parse("http://h:1/ops").expect("a target");
        assert!(target.check_listed(&AllowedAddresses::default()).is_ok());
    }

    #[test]
    fn shows_sockets_and_masks_secrets() {
        let target = Target::parse("unix:/run/a.sock:/x?token=s3cr3t").expect("a socket");
        let url = target.url("heap", None);
        assert_eq!(target.shown(&url), "unix:/run/a.sock:/x/debug/pprof/heap?token=***");
    }
}
