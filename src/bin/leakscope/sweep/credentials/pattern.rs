//! To which hosts and ports credentials may go.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use leakscope::source::Network;
use leakscope::source::Target;

/// `api.internal:6060`, `*.pay.internal:6060`, `10.2.0.0/16:6060` or `[fd00::/8]:6060`; with `https://` before it, over TLS only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    is_https_only: bool,
    host: Host,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// This name, in lower case.
    Name(String),
    /// The names that end in this, which starts with a dot.
    Below(String),
    /// The addresses of this network. No name matches, whatever it resolves to.
    Net(Network),
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (is_https_only, rest) = match text.split_once("://") {
            Some(("https", rest)) => (true, rest),
            Some(_) => return Err("only https:// may come before the host".to_owned()),
            None => (false, text),
        };
        let without_port = || "write it as HOST:PORT, such as *.pay.internal:6060".to_owned();
        let (host, port) = rest.rsplit_once(':').ok_or_else(without_port)?;
        let port = port.parse().map_err(|_| without_port())?;
        let host =
            host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host).to_ascii_lowercase();
        Ok(Pattern { text: text.to_owned(), is_https_only, host: Host::parse(&host)?, port })
    }
}

impl Host {
    fn parse(host: &str) -> Result<Self, String> {
        if host.contains('/') || host.parse::<IpAddr>().is_ok() {
            return host.parse().map(Host::Net);
        }
        let (name, is_below) = match host.strip_prefix('*') {
            Some(rest) => (rest.strip_prefix('.').unwrap_or_default(), true),
            None => (host, false),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        if name.is_empty() || name.starts_with('.') || !name.bytes().all(is_name) {
            return Err("a * may only be the first part of a name, as in *.pay.internal:6060".to_owned());
        }
        Ok(if is_below { Host::Below(format!(".{name}")) } else { Host::Name(name.to_owned()) })
    }
}

impl Pattern {
    pub(super) fn matches(&self, target: &Target) -> bool {
        let Some((host, port)) = target.host_and_port() else { return false };
        let is_host = match (&self.host, host.parse::<IpAddr>()) {
            (Host::Net(network), Ok(address)) => network.has(address.to_canonical()),
            (Host::Name(name), Err(_)) => *name == host,
            (Host::Below(end), Err(_)) => host.ends_with(end.as_str()),
            (Host::Net(_), Err(_)) | (Host::Name(_) | Host::Below(_), Ok(_)) => false,
        };
        is_host && port == self.port && (target.is_https() || !self.is_https_only)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_ports() {
        let check = |pattern: &str, target: &str, expected: bool| {
            let target = Target::parse(target).expect(target);
            let pattern: Pattern = pattern.parse().expect(pattern);
            assert_eq!(pattern.matches(&target), expected, "{pattern} {target:?}");
        };
        check("API.internal:6060", "http://api.Internal:6060/ops", true);
        check("api.internal:80", "api.internal", true);
        check("api.internal:6060", "api.internal:6061", false);
        check("api.internal:6060", "api.internal.thief:6060", false);
        check("*.pay.internal:6060", "a.b.pay.internal:6060", true);
        check("*.pay.internal:6060", "pay.internal:6060", false);
        check("*.pay.internal:6060", "xpay.internal:6060", false);
        check("https://h:443", "https://h", true);
        check("https://h:443", "http://h:443", false);
        check("10.2.0.0/16:6060", "10.2.255.1:6060", true);
        check("10.2.0.0/16:6060", "10.3.0.1:6060", false);
        check("10.2.0.0/16:6060", "10.2.0.1.thief:6060", false);
        check("10.2.0.1:6060", "10.2.0.1:6060", true);
        check("[fd00::/8]:6060", "[fd12::1]:6060", true);
        check("*.internal:1", "unix:/a.internal", false);
    }

    #[test]
    fn what_is_no_pattern() {
        for wrong in [
            "*:6060",
            "*.:6060",
            "a*b:1",
            "h",
            "h:x",
            "http://h:1",
            "10.2.*.*:1",
            "a..*:1",
            "",
            ":1",
            "h/x:1",
            "*..b:1",
        ] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }
}
