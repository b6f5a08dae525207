//! Which addresses a target from a list may have. A list is input from outside: it could name a place that only this machine reaches.

use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

/// Which addresses a target from a list may have. Link-local ones are always refused: cloud metadata services serve secrets there.
#[derive(Clone, Debug, Default)]
pub struct AllowedAddresses {
    /// Whether a loopback address is allowed.
    pub local: bool,
    /// Only these networks; empty for all.
    pub networks: Vec<Network>,
    /// Only these ports; empty for all.
    pub ports: Vec<u16>,
}

/// A network, such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u32,
}

/// Why an address is refused.
#[derive(Debug, PartialEq, Eq, Error)]
pub(crate) enum NotAllowed {
    #[error("the link-local address {0} is never asked for a list")]
    LinkLocal(IpAddr),
    #[error("the loopback address {0} needs --allow-local")]
    Loopback(IpAddr),
    #[error("{0} is not the address of a host")]
    NoHost(IpAddr),
    #[error("the address {0} is in no network of --allow-net")]
    Network(IpAddr),
    #[error("the port {0} is not one of --allow-port")]
    Port(u16),
}

/// A name resolves only to link-local addresses.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("it resolves to the link-local address {0}; only an explicit IP target may use one")]
pub(crate) struct LinkLocal(pub(crate) IpAddr);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (base, bits) = text.split_once('/').map_or((text, None), |(base, bits)| (base, Some(bits)));
            let base: IpAddr = base.parse().ok()?;
            let most = if base.is_ipv4() { 32 } else { 128 };
            let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
            (bits <= most).then_some(Network { base, bits })
        };
        parse().ok_or_else(|| "write it like 10.0.0.0/8 or fd00::/8".to_owned())
    }
}

impl Network {
    /// Whether an address is in this network.
    pub fn has(&self, address: IpAddr) -> bool {
        let differ = match (self.base, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        differ >= self.bits
    }
}

impl AllowedAddresses {
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), NotAllowed> {
        let address = address.to_canonical();
        if is_link_local(address) {
            return Err(NotAllowed::LinkLocal(address));
        }
        if address.is_unspecified() || address.is_multicast() {
            return Err(NotAllowed::NoHost(address));
        }
        if address.is_loopback() && !self.local {
            return Err(NotAllowed::Loopback(address));
        }
        // A loopback address was allowed by its own flag.
        if address.is_loopback() || self.networks.is_empty() || self.networks.iter().any(|it| it.has(address))
        {
            return Ok(());
        }
        Err(NotAllowed::Network(address))
    }

    /// Checks what a URL says by itself: its port, and its host if that is an address. A name is checked when it was looked up.
    pub(crate) fn check_url(&self, url: &Url) -> Result<(), NotAllowed> {
        let port = url.port_or_known_default().unwrap_or_default();
        if !self.ports.is_empty() && !self.ports.contains(&port) {
            return Err(NotAllowed::Port(port));
        }
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host.parse().map_or(Ok(()), |address| self.check(address))
    }
}

pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let networks = vec!["10.0.0.0/8".parse().expect("a network"), "fd00::/8".parse().expect("a network")];
        let narrow = AllowedAddresses { local: false, networks, ports: vec![6060] };
        let check = |allowed: &AllowedAddresses, url: &str, expected: &str| {
            let url = Url::parse(url).expect(url);
            let said = allowed.check_url(&url).map_or_else(|refused| refused.to_string(), |()| String::new());
            assert_eq!(said, expected, "{url}");
        };
        check(&narrow, "http://10.255.0.1:6060", "");
        check(&narrow, "http://[fd12::1]:6060", "");
        check(&narrow, "http://name:6060", "");
        check(&narrow, "http://11.0.0.1:6060", "the address 11.0.0.1 is in no network of --allow-net");
        check(&narrow, "http://10.0.0.1", "the port 80 is not one of --allow-port");
        let open = AllowedAddresses::default();
        check(&open, "http://8.8.8.8", "");
        check(
            &open,
            "http://169.254.169.254",
            "the link-local address 169.254.169.254 is never asked for a list",
        );
        check(
            &open,
            "http://[::ffff:a9fe:a9fe]",
            "the link-local address 169.254.169.254 is never asked for a list",
        );
        check(&open, "http://2130706433", "the loopback address 127.0.0.1 needs --allow-local");
        check(&open, "http://0x7f.1", "the loopback address 127.0.0.1 needs --allow-local");
        check(&open, "http://0.0.0.0", "0.0.0.0 is not the address of a host");
        check(&AllowedAddresses { local: true, ..narrow }, "http://[::1]:6060", "");
        for wrong in ["10.0.0.0/33", "x", "10.0.0/8", "fd00::/129"] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }
}
