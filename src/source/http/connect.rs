//! Builds reqwest's client for one target: names, certificates, proxies, headers.

use std::fmt;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Certificate;
use reqwest::ClientBuilder;
use reqwest::Identity;
use reqwest::Url;
use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use reqwest::header::ACCEPT_ENCODING;
use reqwest::header::AUTHORIZATION;
use reqwest::header::HeaderMap;
use reqwest::header::HeaderName;
use reqwest::header::HeaderValue;
use reqwest::header::USER_AGENT;
use reqwest::redirect::Policy;
use rustls::crypto::CryptoProvider;

use crate::source::error::Cause;
use crate::source::error::CauseKind;
use crate::source::error::SourceError;
use crate::source::http::allowed::AllowedAddresses;
use crate::source::http::allowed::LinkLocal;
use crate::source::http::allowed::NotAllowed;
use crate::source::http::allowed::is_link_local;
use crate::source::http::classify::cause_of;
use crate::source::http::target::Target;
use crate::text::escape_bytes;

/// Credentials, certificates and limits for requests.
#[derive(Clone)]
pub struct HttpOptions {
    /// Headers to send, name and value, in order.
    pub headers: Vec<(String, String)>,
    /// A token sent as `Authorization: Bearer`; `None` sends none. It takes precedence over `user`.
    pub bearer: Option<String>,
    /// User and password sent as `Authorization: Basic`; `None` takes those of the target's URL, if any.
    pub user: Option<(String, String)>,
    /// PEM certificates of authorities to trust besides the system's; `None` trusts only the system's.
    pub ca_cert: Option<Vec<u8>>,
    /// Whether to trust no authority but those of `ca_cert`, as a cluster's own.
    pub only_ca_cert: bool,
    /// A client certificate with its key in PEM; `None` sends none.
    pub client_cert: Option<Vec<u8>>,
    /// Whether to accept any certificate.
    pub insecure: bool,
    /// Whether to use the environment's proxies. Loopback addresses and Unix sockets are never proxied.
    pub proxy: bool,
    /// The time limit for connecting, including the TLS handshake.
    pub connect_timeout: Duration,
    /// The time limit from a request to its first byte, and between two chunks of the body.
    pub idle_timeout: Duration,
    /// The time limit for one profile, including redirects and retries.
    pub timeout: Duration,
    /// The maximum size of the body in bytes.
    pub max_input: u64,
    /// The maximum number of retries after a temporary failure.
    pub retries: u32,
    /// Whether redirects within the origin are followed.
    pub redirects: bool,
    /// For targets from a list, which addresses they may have; `None` for a target that a person named.
    pub allowed: Option<AllowedAddresses>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            headers: Vec::new(),
            bearer: None,
            user: None,
            ca_cert: None,
            only_ca_cert: false,
            client_cert: None,
            insecure: false,
            proxy: true,
            connect_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            // Even with an endless body, the process stays below 256 MiB.
            max_input: 224 * 1024 * 1024,
            retries: 2,
            redirects: true,
            allowed: None,
        }
    }
}

impl fmt::Debug for HttpOptions {
    /// Shows which credentials are set, but not their values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("HttpOptions")
            .field("headers", &names)
            .field("bearer", &self.bearer.as_ref().map(|_| "***"))
            .field("user", &self.user.as_ref().map(|_| "***"))
            .field("client_cert", &self.client_cert.as_ref().map(|_| "***"))
            .field("insecure", &self.insecure)
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

pub(crate) fn build(
    options: &HttpOptions,
    target: &Target,
    connect_limit: Duration,
) -> Result<reqwest::Client, SourceError> {
    if CryptoProvider::get_default().is_none() {
        // This fails only if another thread has just installed one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    if let Some(allowed) = &options.allowed {
        target.check_listed(allowed)?;
    }
    let mut builder = ClientBuilder::new()
        .default_headers(headers(options, target)?)
        .redirect(Policy::none())
        .referer(false)
        .dns_resolver(DnsResolver { allowed: options.allowed.clone() })
        .http1_only()
        // A new connection for each request, because the server may close an idle one at any time.
        .pool_max_idle_per_host(0)
        .retry(reqwest::retry::never())
        .connect_timeout(connect_limit);
    // A proxy would look up the name itself, and reach what is not allowed.
    let direct = !options.proxy || options.allowed.is_some() || is_local(target);
    if direct {
        builder = builder.no_proxy();
    }
    #[cfg(unix)]
    if let Some(path) = target.socket() {
        builder = builder.unix_socket(path.to_owned());
    }
    #[cfg(not(unix))]
    if target.socket().is_some() {
        #[cfg(not(unix))]
        return Err(setting("a Unix socket", other("this system does not support them")));
    }
    if !direct || target.origin().starts_with("https://") {
        builder = with_trust(builder, options)?;
    } else {
        // Plain HTTP without a proxy needs no certificates, so it also works on a machine that has none.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| setting("the TLS settings", cause_of(&error)))
}

fn with_trust(mut builder: ClientBuilder, options: &HttpOptions) -> Result<ClientBuilder, SourceError> {
    if let Some(pem) = &options.ca_cert {
        let error = |cause| setting("the certificates of --ca-cert", cause);
        let certificates = Certificate::from_pem_bundle(pem).map_err(|it| error(cause_of(&it)))?;
        if certificates.is_empty() {
            return Err(error(other("it contains no PEM certificate")));
        }
        builder = match options.only_ca_cert {
            true => builder.tls_certs_only(certificates),
            false => builder.tls_certs_merge(certificates),
        };
    }
    if let Some(pem) = &options.client_cert {
        let identity = Identity::from_pem(pem);
        let error = |error| setting("the client certificate", cause_of(&error));
        builder = builder.identity(identity.map_err(error)?);
    }
    Ok(builder.tls_danger_accept_invalid_certs(options.insecure))
}

/// Whether the target is on this machine: a loopback address or a Unix socket.
fn is_local(target: &Target) -> bool {
    if target.socket().is_some() {
        return true;
    }
    let url = Url::parse(target.origin());
    let Some(host) = url.as_ref().ok().and_then(Url::host_str) else { return false };
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

fn headers(options: &HttpOptions, target: &Target) -> Result<HeaderMap, SourceError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &options.headers {
        let shown = || format!("the header {}", escape_bytes(name.as_bytes()));
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| setting(&shown(), other("not a valid header name")))?;
        headers.append(name, secret_value(value).ok_or_else(|| setting(&shown(), other(BAD_VALUE)))?);
    }
    if !headers.contains_key(AUTHORIZATION)
        && let Some(credentials) = authorization(options, target)
    {
        let value = secret_value(&credentials);
        headers.insert(AUTHORIZATION, value.ok_or_else(|| setting("the bearer token", other(BAD_VALUE)))?);
    }
    // A profile is already compressed, so request no content coding on top.
    headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static("identity"));
    let agent = HeaderValue::from_static(concat!("leakscope/", env!("CARGO_PKG_VERSION")));
    headers.entry(USER_AGENT).or_insert(agent);
    Ok(headers)
}

const BAD_VALUE: &str =
    "its value contains a line break or another character that is not allowed in a header";

fn secret_value(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn authorization(options: &HttpOptions, target: &Target) -> Option<String> {
    if let Some(token) = &options.bearer {
        return Some(format!("Bearer {token}"));
    }
    let (user, password) =
        options.user.as_ref().map(|(user, password)| (&**user, &**password)).or(target.userinfo())?;
    Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn setting(name: &str, source: Cause) -> SourceError {
    SourceError::Setting { setting: name.to_owned(), source }
}

fn other(text: &str) -> Cause {
    Cause { kind: CauseKind::Other, text: text.to_owned() }
}

/// The system's resolver without link-local addresses: cloud metadata services serve secrets there, and an attacker may
/// change what a name resolves to between two requests.
#[derive(Debug)]
struct DnsResolver {
    /// Which other addresses are excluded, too.
    allowed: Option<AllowedAddresses>,
}

impl Resolve for DnsResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found = match &allowed {
                Some(allowed) => only_allowed(found, allowed)?,
                None => usable(found)?,
            };
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// The addresses that a target from a list may have. Fails if there are only others.
fn only_allowed(
    found: impl Iterator<Item = SocketAddr>,
    allowed: &AllowedAddresses,
) -> Result<Vec<SocketAddr>, NotAllowed> {
    let mut usable = Vec::new();
    let mut refused = None;
    for address in found {
        match allowed.check(address.ip()) {
            Ok(()) => usable.push(address),
            Err(why) => refused = refused.or(Some(why)),
        }
    }
    refused.filter(|_| usable.is_empty()).map_or(Ok(usable), Err)
}

/// The addresses that are not link-local. Fails if there are only link-local ones.
fn usable(found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, LinkLocal> {
    let (refused, usable): (Vec<_>, Vec<_>) = found.partition(|address| is_link_local(address.ip()));
    match refused.first() {
        Some(first) if usable.is_empty() => Err(LinkLocal(first.ip())),
        Some(_) | None => Ok(usable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_targets_are_never_proxied() {
        let is_local = |text: &str| is_local(&Target::parse(text).expect(text));
        for text in
            ["localhost", "127.0.0.9:1", "2130706433", "[::1]:6060", "[::ffff:127.0.0.1]", "unix:/a.sock"]
        {
            assert!(is_local(text), "{text}");
        }
        assert!(!is_local("example.com") && !is_local("10.0.0.1:6060"));
    }

    #[test]
    fn errors_never_contain_secret_values() {
        let target = Target::parse("localhost:1").expect("a target");
        let headers_given = vec![("X-Key".to_owned(), "s3cr3t\n".to_owned())];
        let options = HttpOptions { headers: headers_given, ..HttpOptions::default() };
        let error = headers(&options, &target).expect_err("a line break");
        assert_eq!(error.to_string(), "cannot use the header X-Key");
        assert!(!format!("{error:?} {options:?}").contains("s3cr3t"));
    }
    #[test]
    fn excludes_link_local_addresses() {
        let check = |found: &[&str], expected: &str| {
            let found = found.iter().map(|it| SocketAddr::new(it.parse().expect("an address"), 0));
            let usable = usable(found).map(|all| all.iter().map(|it| format!("{} ", it.ip())).collect());
            assert_eq!(usable.unwrap_or_else(|LinkLocal(address)| format!("refused {address}")), expected);
        };
        check(&["127.0.0.1", "::1", "10.0.0.7"], "127.0.0.1 ::1 10.0.0.7 ");
        check(&["169.254.169.254", "10.0.0.7"], "10.0.0.7 ");
        check(&["169.254.169.254"], "refused 169.254.169.254");
        check(&["::ffff:169.254.169.254"], "refused ::ffff:169.254.169.254");
        check(&["fe80::1", "febf::1"], "refused fe80::1");
        check(&["fec0::1"], "fec0::1 ");
        check(&[], "");
    }

    #[test]
    fn a_list_reaches_only_what_is_allowed() {
        let check = |found: &[&str], expected: Result<usize, &str>| {
            let found = found.iter().map(|it| SocketAddr::new(it.parse().expect("an address"), 0));
            let usable = only_allowed(found, &AllowedAddresses::default());
            let usable = usable.map(|all| all.len()).map_err(|why| why.to_string());
            assert_eq!(usable.as_ref().map(|it| *it).map_err(String::as_str), expected);
        };
        check(&["10.0.0.7", "127.0.0.1"], Ok(1));
        check(&["127.0.0.1"], Err("the loopback address 127.0.0.1 needs --allow-local"));
    }
}
