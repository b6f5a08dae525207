//! One pod: what the API server says of it, and where it serves pprof.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

/// A pod that runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pod {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    /// The name of what made it, without the part that differs between its versions; `None` for a pod that was made by hand.
    pub(crate) owner: Option<String>,
    /// The tag of its first image; `None` without one, or if it is `latest`.
    pub(crate) tag: Option<String>,
    /// Its address, with brackets if it is an IPv6 address.
    pub(crate) host: String,
    /// The port that is named `pprof`, `debug` or `http-pprof`, or the first; `None` without ports.
    pub(crate) port: Option<u16>,
    /// Whether that port's name says https.
    pub(crate) is_https: bool,
}

/// A pod in a list.
#[derive(Deserialize)]
pub(super) struct StatedPod {
    metadata: Metadata,
    #[serde(default)]
    spec: Spec,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    namespace: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    owner_references: Vec<Owner>,
    deletion_timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Owner {
    kind: String,
    name: String,
    #[serde(default)]
    controller: bool,
}

#[derive(Default, Deserialize)]
struct Spec {
    #[serde(default)]
    containers: Vec<Container>,
}

#[derive(Deserialize)]
struct Container {
    #[serde(default)]
    image: String,
    #[serde(default)]
    ports: Vec<Port>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Port {
    #[serde(default)]
    name: String,
    container_port: u16,
    #[serde(default)]
    protocol: String,
}

#[derive(Default, Deserialize)]
struct Status {
    #[serde(rename = "podIP", default)]
    pod_ip: String,
}

/// Names of ports that say what they serve.
const PPROF_PORTS: [&str; 3] = ["pprof", "http-pprof", "debug"];
/// The label whose value a ReplicaSet adds to its name.
const HASH: &str = "pod-template-hash";

impl Pod {
    /// `None` for a pod that is being deleted, has no address, or has names that Kubernetes does not allow.
    pub(super) fn read(stated: StatedPod) -> Option<Self> {
        let StatedPod { metadata, spec, status } = stated;
        let address: IpAddr = status.pod_ip.parse().ok()?;
        if metadata.deletion_timestamp.is_some() || !is_name(&metadata.name) || !is_name(&metadata.namespace)
        {
            return None;
        }
        let owner = metadata.owner_references.iter().find(|it| it.controller).map(|it| {
            let hash = metadata.labels.get(HASH).filter(|_| it.kind == "ReplicaSet");
            let without = hash.and_then(|hash| it.name.strip_suffix(hash.as_str())?.strip_suffix('-'));
            without.unwrap_or(&it.name).to_owned()
        });
        let ports = || {
            spec.containers
                .iter()
                .flat_map(|it| &it.ports)
                .filter(|it| matches!(it.protocol.as_str(), "" | "TCP"))
        };
        let named = PPROF_PORTS.iter().find_map(|name| ports().find(|it| it.name == *name));
        let port = named.or_else(|| ports().next());
        Some(Pod {
            namespace: metadata.namespace,
            name: metadata.name,
            labels: metadata.labels,
            owner,
            tag: spec.containers.first().and_then(|it| tag(&it.image)),
            host: if address.is_ipv6() { format!("[{address}]") } else { address.to_string() },
            port: port.map(|it| it.container_port),
            is_https: port.is_some_and(|it| it.name.starts_with("https")),
        })
    }
}

/// The tag of an image; `None` without one, or if it is `latest`, which names no version.
fn tag(image: &str) -> Option<String> {
    let image = image.split_once('@').map_or(image, |(image, _)| image);
    let (_, last) = image.rsplit_once('/').unwrap_or(("", image));
    let (_, tag) = last.split_once(':')?;
    (!tag.is_empty() && tag != "latest").then(|| tag.to_owned())
}

/// Whether Kubernetes allows this as the name of a pod or a namespace: it is safe in a path.
pub(crate) fn is_name(text: &str) -> bool {
    let is_inner =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let is_end = |byte: Option<&u8>| byte.is_some_and(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    let bytes = text.as_bytes();
    bytes.len() <= 253
        && bytes.iter().all(|byte| is_inner(*byte))
        && is_end(bytes.first())
        && is_end(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Pod> {
        Pod::read(serde_json::from_str(json).expect("it is a pod"))
    }

    #[test]
    fn a_pod_of_a_deployment() {
        let pod = read(
            r#"{"metadata": {"name": "checkout-5d7f-x2x", "namespace": "prod", "labels": {"app": "checkout", "pod-template-hash": "5d7f"},
                "ownerReferences": [{"kind": "ReplicaSet", "name": "checkout-5d7f", "controller": true}]},
                "spec": {"containers": [{"image": "registry:5000/shop/checkout:v1.8.0@sha256:ab", "ports": [
                  {"containerPort": 53, "protocol": "UDP"}, {"name": "http", "containerPort": 8080}, {"name": "pprof", "containerPort": 6060, "protocol": "TCP"}]}]},
                "status": {"phase": "Running", "podIP": "10.2.0.7"}}"#,
        );
        let pod = pod.expect("it runs");
        assert_eq!((pod.owner.as_deref(), pod.tag.as_deref()), (Some("checkout"), Some("v1.8.0")));
        assert_eq!((pod.host.as_str(), pod.port, pod.is_https), ("10.2.0.7", Some(6060), false));
    }

    #[test]
    fn pods_that_are_left_out() {
        let check = |name: &str, more: &str, address: &str, expected: bool| {
            let json = format!(
                r#"{{"metadata": {{"name": "{name}", "namespace": "a"{more}}}, "status": {{"podIP": "{address}"}}}}"#
            );
            assert_eq!(read(&json).is_some(), expected, "{json}");
        };
        check("a-0", "", "10.0.0.1", true);
        check("a-0", "", "fd00::1", true);
        check("a-0", "", "", false);
        check("a-0", "", "10.0.0.1/../x", false);
        check("a-0", r#", "deletionTimestamp": "2026-12-01T00:00:00Z""#, "10.0.0.1", false);
        check("../a", "", "10.0.0.1", false);
        check("a:6060", "", "10.0.0.1", false);
    }

    #[test]
    fn tags_of_images() {
        let check =
            |image: &str, expected: Option<&str>| assert_eq!(tag(image).as_deref(), expected, "{image}");
        check("checkout:v1", Some("v1"));
        check("registry:5000/checkout", None);
        check("registry:5000/checkout:v2", Some("v2"));
        check("checkout:latest", None);
        check("checkout@sha256:abc", None);
        check("", None);
    }
}
