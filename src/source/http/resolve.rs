//! Resolves host names, without link-local addresses: cloud metadata services serve secrets there, and an attacker may change
//! what a name resolves to between two requests.

use std::net::IpAddr;
use std::net::SocketAddr;

use reqwest::dns::Addrs;
use reqwest::dns::Name;
use reqwest::dns::Resolve;
use reqwest::dns::Resolving;
use thiserror::Error;

/// The system's resolver without link-local addresses.
#[derive(Debug)]
pub(crate) struct DnsResolver;

impl Resolve for DnsResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Addrs = Box::new(usable(found)?.into_iter());
            Ok(addresses)
        })
    }
}

/// A name resolves only to link-local addresses.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("it resolves to the link-local address {0}; only an explicit IP target may use one")]
struct LinkLocal(IpAddr);

/// The addresses that are not link-local. Fails if there are only link-local ones.
fn usable(found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, LinkLocal> {
    let (refused, usable): (Vec<_>, Vec<_>) = found.partition(|address| is_link_local(address.ip()));
    match refused.first() {
        Some(first) if usable.is_empty() => Err(LinkLocal(first.ip())),
        Some(_) | None => Ok(usable),
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: &[&str], expected: Result<&[&str], &str>) {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|it| SocketAddr::new(it.parse().expect("an address"), 0)).collect()
        };
        let expected = match expected {
            Ok(texts) => Ok(addresses(texts)),
            Err(text) => Err(LinkLocal(text.parse().expect("an address"))),
        };
        assert_eq!(usable(addresses(found).into_iter()), expected, "{found:?}");
    }

    #[test]
    fn excludes_link_local_addresses() {
        check(&["127.0.0.1", "::1", "10.0.0.7"], Ok(&["127.0.0.1", "::1", "10.0.0.7"]));
        check(&["169.254.169.254", "10.0.0.7"], Ok(&["10.0.0.7"]));
        check(&["169.254.169.254"], Err("169.254.169.254"));
        check(&["::ffff:169.254.169.254"], Err("::ffff:169.254.169.254"));
        check(&["fe80::1", "febf::1"], Err("fe80::1"));
        check(&["fec0::1"], Ok(&["fec0::1"]));
        check(&[], Ok(&[]));
    }
}
