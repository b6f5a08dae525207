//! Against a real API server of Kubernetes, if there is one: `LEAKSCOPE_KUBE_APISERVER` names the program, which `tests/kubernetes/build` builds.
#![expect(clippy::disallowed_methods, reason = "tests read the environment; the core does not")]

use std::process::Command;
use std::process::Stdio;

use crate::support;

#[test]
fn a_real_api_server() {
    let Some(program) = std::env::var_os("LEAKSCOPE_KUBE_APISERVER") else {
        return support::skipped::record("LEAKSCOPE_KUBE_APISERVER names no API server of Kubernetes");
    };
    let output = Command::new("unshare")
        .arg("--net")
        .arg(support::root("tests/kubernetes/live"))
        .arg(program)
        .arg(env!("CARGO_BIN_EXE_leakscope"))
        .arg(support::root("docs/fleet-kubernetes.yaml"))
        .stdin(Stdio::null())
        .output()
        .expect("unshare is part of every Linux");
    let text = super::said(&output);
    assert!(output.status.success(), "{text}");
    let mut rest = text.as_str();
    // In this order.
    for expected in [
        "accepted: ServiceAccount",
        "accepted: Role",
        "accepted: RoleBinding",
        "accepted: PersistentVolumeClaim",
        "accepted: CronJob",
        "== no right to list all",
        "the right to list pods in the whole cluster (a ClusterRole)",
        "exit 3",
        "== pod-ip",
        "looked at 3 of 5 instances",
        "shop-3: refused",
        "shop-4: not allowed: not asked: http://127.0.0.1:6060: the loopback address",
        "== no right to proxy",
        "missed 5: 5 denied",
        "cannot get resource \\\"pods/proxy\\\"",
        "exit 3",
        "== proxy",
        "looked at 3 of 5 instances",
        "shop-3: refused",
        "shop-4: not allowed",
        "== fetch",
        "3 of 5 targets · prod/shop-2 is odd",
        "exit 3",
        "== in a pod",
        "looked at 3 of 5 instances",
    ] {
        let at = rest.find(expected);
        let at = at.unwrap_or_else(|| panic!("{expected} does not follow: {text}"));
        rest = rest.split_at(at + expected.len()).1;
    }
}
