//! One instance of a service.

/// One instance of a service, as a list names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FleetTarget {
    /// The service.
    pub service: String,
    /// The instance: unique within its service.
    pub instance: String,
    /// What is read: a URL, or the path of a capture. It comes from outside.
    pub place: String,
    /// The version that runs there; `None` if the list names none.
    pub version: Option<String>,
    /// The team of the service; `None` if the list names none.
    pub team: Option<String>,
    /// Where it is among those that a source wants asked, such as one whose number of goroutines rises; 0 comes first. `None` if it is only
    /// listed.
    pub precedence: Option<u32>,
}

impl FleetTarget {
    /// The host of the place, for the budget of a host: the text before the port. It does not decide what is asked.
    pub fn host(&self) -> &str {
        host_of(&self.place)
    }
}

/// The host of an address or a URL: the text before the port, with the brackets of an IPv6 address.
pub fn host_of(place: &str) -> &str {
    let rest = place.split_once("://").map_or(place, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) | None => authority,
    }
}

/// The name of an instance whose list names only its URL: host, port and path, without scheme, credentials and query.
pub(super) fn instance_of(place: &str) -> String {
    let rest = place.split_once("://").map_or(place, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = path.trim_end_matches('/');
    if path.is_empty() { authority.to_owned() } else { format!("{authority}/{path}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_instances() {
        let check = |place: &str, host: &str, instance: &str| {
            let target = FleetTarget { place: place.to_owned(), ..FleetTarget::default() };
            assert_eq!((target.host(), instance_of(place).as_str()), (host, instance), "{place}");
        };
        check("10.2.0.7:6060", "10.2.0.7", "10.2.0.7:6060");
        check("https://api-0.pay:6060/ops/", "api-0.pay", "api-0.pay:6060/ops");
        check("[::1]:6060", "[::1]", "[::1]:6060");
        check("http://h", "h", "h");
        check("http://u:s3cr3t@h:1/?token=x", "u:s3cr3t@h", "h:1");
    }
}
