//! Where profiles are fetched from: the forms a user may write, and the URLs made of them.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

use reqwest::Url;

use crate::source::error::SourceError;
use crate::source::url_parts::kept_query;
use crate::source::url_parts::split_path;
use crate::source::url_parts::userinfo;
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
    /// Scheme, host and port as requested: no slash at the end, no credentials.
    root: String,
    /// As shown: the root, or `unix:` and the path of the socket.
    origin: String,
    socket: Option<PathBuf>,
    /// What stands before `/debug/pprof`: empty, or begins with a slash.
    base: String,
    profile: Option<String>,
    /// Query keys that are not ours, as `a=1&b=2`; empty without.
    query: String,
    userinfo: Option<(String, String)>,
}

impl Target {
    /// Reads `host:6060`, `:6060`, `http(s)://host[:port][/base][/debug/pprof[/goroutine]]`, `unix:/path.sock` or
    /// `unix:/path.sock:/base`. Without a port it is the scheme's own: 80 or 443.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let fault = |reason: &str, instead| SourceError::Target {
            target: masked(text),
            reason: reason.to_owned(),
            instead,
        };
        if text.is_empty() {
            return Err(fault("it is empty", Some("name a host and port, as in localhost:6060")));
        }
        if text.chars().any(|character| character.is_control() || character.is_whitespace()) {
            return Err(fault("it holds a space or control character", None));
        }
        if let Some(rest) = text.strip_prefix("unix:") {
            return Self::parse_socket(rest, &fault);
        }
        let url = match text.split_once("://") {
            Some((scheme, _)) if is_http(scheme) => text.to_owned(),
            Some(_) => return Err(fault("its scheme is neither http nor https nor unix", None)),
            None if text.starts_with("::") => {
                return Err(fault("an IPv6 address needs brackets", Some("write it as [::1]:6060")));
            }
            None if text.starts_with(':') => format!("http://localhost{text}"),
            None => format!("http://{text}"),
        };
        let url = Url::parse(&url).map_err(|error| fault(&error.to_string(), None))?;
        let userinfo = userinfo(&url);
        let origin = url.origin().ascii_serialization();
        let (base, profile) = split_path(url.path()).ok_or_else(|| fault(TOO_DEEP, Some(PATH_FORM)))?;
        let query = kept_query(&url);
        Ok(Self { root: origin.clone(), origin, socket: None, base, profile, query, userinfo })
    }

    fn parse_socket(
        rest: &str,
        fault: &dyn Fn(&str, Option<&'static str>) -> SourceError,
    ) -> Result<Self, SourceError> {
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (socket, path) = match rest.find(":/") {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        if socket.is_empty() {
            return Err(fault("it names no socket", Some("write it as unix:/path/to.sock")));
        }
        let root = "http://localhost".to_owned();
        let url = Url::parse(&format!("{root}{path}")).map_err(|error| fault(&error.to_string(), None))?;
        let (base, profile) = split_path(url.path()).ok_or_else(|| fault(TOO_DEEP, Some(PATH_FORM)))?;
        Ok(Self {
            root,
            origin: format!("unix:{socket}"),
            socket: Some(PathBuf::from(socket)),
            base,
            profile,
            query: kept_query(&url),
            userinfo: None,
        })
    }

    /// The URL that a profile is asked for with, as in `("goroutine", Some("debug=2"))`.
    ///
    /// It has no userinfo, but keeps the other keys of the target's query, which may be secret: for the request, not
    /// for showing. For a Unix socket its host is `localhost`.
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

    /// Scheme, host and port, as in `http://localhost:6060`, or `unix:/path.sock`: without credentials, for showing.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What can be typed to name the same target: origin and base, without credentials and without query.
    pub fn again(&self) -> String {
        let (origin, base) = (&self.origin, &self.base);
        match (base.is_empty(), &self.socket) {
            (true, _) => origin.clone(),
            (false, None) => format!("{origin}{base}/debug/pprof"),
            (false, Some(_)) => format!("{origin}:{base}/debug/pprof"),
        }
    }

    /// The profile that a pasted URL named, as in `heap`; `None` if it named none.
    pub fn profile(&self) -> Option<&str> {
        self.profile.as_deref()
    }

    /// User and password of a pasted URL, decoded; `None` without. The password is empty if only a user was given.
    pub fn userinfo(&self) -> Option<(&str, &str)> {
        self.userinfo.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// The Unix socket; `None` for a target reached over TCP.
    pub(crate) fn socket(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// A URL of this target as it may be shown and saved.
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

const TOO_DEEP: &str = "more than the name of a profile follows /debug/pprof";
const PATH_FORM: &str = "write the path as /base/debug/pprof/goroutine";

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_typed_again() {
        let check = |typed: &str, expected: &str| {
            let target = Target::parse(typed).expect("it is a target");
            assert_eq!(target.again(), expected, "{typed}");
            let again = Target::parse(expected).expect("it can be typed");
            assert_eq!(
                again.url("goroutine", None),
                target.url("goroutine", None).replace("?t=1", ""),
                "{typed}"
            );
        };
        check("localhost:6060", "http://localhost:6060");
        check(
            "https://a:b@api.internal/ops/debug/pprof/goroutine?t=1",
            "https://api.internal/ops/debug/pprof",
        );
        check("unix:/run/app.sock", "unix:/run/app.sock");
        check("unix:/run/app.sock:/ops/debug/pprof", "unix:/run/app.sock:/ops/debug/pprof");
    }

    #[test]
    fn makes_the_url_of_each_form() {
        let cases = [
            ("localhost:6060", "http://localhost:6060/debug/pprof/x?debug=2"),
            ("host", "http://host/debug/pprof/x?debug=2"),
            (":6060", "http://localhost:6060/debug/pprof/x?debug=2"),
            ("localhost:6060/", "http://localhost:6060/debug/pprof/x?debug=2"),
            ("localhost:6060/a/b/", "http://localhost:6060/a/b/debug/pprof/x?debug=2"),
            ("[::1]:6060", "http://[::1]:6060/debug/pprof/x?debug=2"),
            ("HTTPS://Host/debug/pprof", "https://host/debug/pprof/x?debug=2"),
            ("http://h:1/x/debug/pprof/", "http://h:1/x/debug/pprof/x?debug=2"),
            ("h/debug/pprof/heap?debug=1", "http://h/debug/pprof/x?debug=2"),
            ("http://u:p@h/?token=x&seconds=5&a", "http://h/debug/pprof/x?debug=2&token=x&a"),
            ("h/debug/pprofiles", "http://h/debug/pprofiles/debug/pprof/x?debug=2"),
            ("unix:/run/a.sock", "http://localhost/debug/pprof/x?debug=2"),
            ("unix:///run/a.sock", "http://localhost/debug/pprof/x?debug=2"),
            ("unix:/a.sock:/b/debug/pprof/heap", "http://localhost/b/debug/pprof/x?debug=2"),
        ];
        for (text, expected) in cases {
            let target = Target::parse(text).expect(text);
            assert_eq!(target.url("x", Some("debug=2")), expected, "{text}");
        }
        let target = Target::parse("h").expect("a target");
        assert_eq!(target.url("goroutine", None), "http://h/debug/pprof/goroutine");
    }

    #[test]
    fn tells_origin_profile_and_credentials_apart() {
        let cases = [
            ("localhost:6060", "http://localhost:6060", None, None),
            ("https://h:443/debug/pprof/heap", "https://h", Some("heap"), None),
            ("http://u:p%40w@h:80/debug/pprof/", "http://h", None, Some(("u", "p@w"))),
            ("tok%zz@h:1", "http://h:1", None, Some(("tok%zz", ""))),
            ("[::1]:6060/debug/pprof/goroutine?debug=2", "http://[::1]:6060", Some("goroutine"), None),
            ("unix:/run/a.sock:/x/debug/pprof/heap", "unix:/run/a.sock", Some("heap"), None),
        ];
        for (text, origin, profile, userinfo) in cases {
            let target = Target::parse(text).expect(text);
            assert_eq!(target.origin(), origin, "{text}");
            assert_eq!(target.profile(), profile, "{text}");
            assert_eq!(target.userinfo(), userinfo, "{text}");
            assert!(!format!("{target:?}").contains("p@w"), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        let cases = [
            ("", "it is empty"),
            ("a b:6060", "a space or control character"),
            ("::1", "an IPv6 address needs brackets"),
            ("ftp://host", "neither http nor https nor unix"),
            ("file:///etc/passwd", "neither http nor https nor unix"),
            ("host:99999", "invalid port number"),
            ("http://", "empty host"),
            ("http://u:s3cr3t@h:x", "cannot read the target http://h:x: invalid port number"),
            ("unix:", "it names no socket"),
            ("h/debug/pprof/a/b", "more than the name of a profile"),
        ];
        for (text, expected) in cases {
            let error = Target::parse(text).expect_err(text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn shows_sockets_and_masks_secrets() {
        let target = Target::parse("unix:/run/a.sock:/x?token=s3cr3t").expect("a socket");
        let url = target.url("heap", None);
        assert_eq!(target.shown(&url), "unix:/run/a.sock:/x/debug/pprof/heap?token=***");
    }
}
