//! The pods of an API server that is made here.

use serde_json::Value;
use serde_json::json;

use super::Work;
use super::not_found;
use super::profile;
use crate::support::recorder::Recorder;

/// A pod as the API server lists it.
fn pod(name: &str, address: &str, more: &Value) -> Value {
    let mut pod = json!({
        "metadata": {"name": name, "namespace": "prod", "labels": {"app": "shop"}, "managedFields": [{"x": 1}]},
        "spec": {"containers": [{"image": "r/shop:v7", "ports": [{"name": "pprof", "containerPort": 6060, "protocol": "TCP"}]}]},
        "status": {"phase": "Running", "podIP": address},
    });
    for (key, value) in more.as_object().expect("an object") {
        for (key_there, value) in value.as_object().expect("an object") {
            pod[key][key_there] = value.clone();
        }
    }
    pod
}

/// What the API server says if it refuses.
fn status(code: u16, message: &str) -> Vec<u8> {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "code": code})
        .to_string()
        .into_bytes()
}

/// An API server: lists pods in two pages, and asks pods through its proxy.
fn api_server() -> Recorder {
    Recorder::start(|asked, own| {
        let port: u16 = own.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).expect("it has a port");
        let page = |items: &[Value], next: &str| {
            let list = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": next}, "items": items});
            ("200 OK", list.to_string().into_bytes())
        };
        let (path, query) = asked.line.split_once('?').unwrap_or((&asked.line, ""));
        match path {
            "GET /api/v1/namespaces/prod/pods" if query.contains("continue=x%2F2") => page(
                &[
                    pod(
                        "shop-3",
                        "127.0.0.1",
                        &json!({"spec": {"containers": [{"image": "r/shop@sha256:1"}]}}),
                    ),
                    pod(
                        "shop-4",
                        "127.0.0.1",
                        &json!({"metadata": {"deletionTimestamp": "2026-12-01T10:00:00Z"}}),
                    ),
                    pod("shop-5", "", &json!({})),
                    pod("../../secrets", "127.0.0.1", &json!({})),
                ],
                "",
            ),
            "GET /api/v1/namespaces/prod/pods" => {
                let own = json!({"spec": {"containers": [{"image": "r/shop:v8", "ports": [{"containerPort": port}]}]}});
                page(&[pod("shop-1", "127.0.0.1", &own), pod("shop-2", "127.0.0.2", &json!({}))], "x/2")
            }
            "GET /api/v1/pods" => {
                ("403 Forbidden", status(403, "pods is forbidden: User \"x\" cannot list resource \"pods\""))
            }
            "GET /debug/pprof/goroutine" => ("200 OK", profile("send", 80)),
            "GET /api/v1/namespaces/prod/pods/shop-2:6060/proxy/debug/pprof/goroutine" => (
                "503 Service Unavailable",
                status(
                    503,
                    "error trying to reach service: dial tcp 127.0.0.2:6060: connect: connection refused",
                ),
            ),
            proxied if proxied.starts_with("GET /api/v1/namespaces/prod/pods/shop-1:") => {
                ("200 OK", profile("send", 90))
            }
            _ => not_found(),
        }
    })
}

#[test]
fn pods_are_asked_at_their_address_or_through_the_api_server() {
    let server = api_server();
    let url = format!("http://{}", server.address);
    let kubernetes =
        ["--kubernetes", &url, "--namespace", "prod", "--selector", "app=shop", "--instances", "0"];
    let work = Work::new();
    let (code, text) = work.sweep(&[&kubernetes[..], &["--allow-local"]].concat());
    assert!(code == 0 && text.contains("looked at 1 of 2 instances"), "{text}");
    assert!(text.contains("1 pod left out: no container states a port"), "{text}");
    assert!(text.contains("3 pods left out: being deleted, or without an address"), "{text}");
    assert_eq!(work.rows(), ["shop shop-1 v8 80"]);
    let first = "GET /api/v1/namespaces/prod/pods?fieldSelector=status.phase%3DRunning&limit=500&labelSelector=app%3Dshop";
    assert_eq!(server.lines()[..2], [first.to_owned(), format!("{first}&continue=x%2F2")]);

    let work = Work::new();
    let (code, text) = work.sweep(&[&kubernetes[..], &["--via", "proxy"]].concat());
    assert!(code == 0 && text.contains("looked at 1 of 2 instances"), "{text}");
    assert!(text.contains("shop shop-2: refused: cannot fetch"), "{text}");
    assert_eq!(work.rows(), ["shop shop-1 v8 90"]);

    let (code, text) = work.sweep(&["--kubernetes", &url]);
    assert!(
        code == 3 && text.contains("the right to list pods in the whole cluster (a ClusterRole)"),
        "{code} {text}"
    );
    // A pod may not send the API server's credentials to another path of it.
    let redirecting = Recorder::start(|asked, own| match asked.line.split_once('?') {
        Some(("GET /api/v1/namespaces/prod/pods", _)) => {
            let list = json!({"metadata": {}, "items": [pod("shop-1", "10.0.0.1", &json!({}))]});
            ("200 OK", list.to_string().into_bytes())
        }
        _ if asked.line.contains("/proxy/") => {
            // The status line is followed by a header.
            let to: &'static str = format!("302 Found\r\nLocation: http://{own}/api/v1/secrets").leak();
            (to, vec![])
        }
        _ => ("200 OK", profile("steal", 60)),
    });
    let url_there = format!("http://{}", redirecting.address);
    let (_, text) =
        work.sweep(&["--kubernetes", &url_there, "--namespace", "prod", "--via", "proxy", "--sweep-id", "b"]);
    assert!(text.contains("this request follows no redirect"), "{text}");
    assert!(!redirecting.lines().iter().any(|it| it.contains("secrets")), "{:?}", redirecting.lines());

    let (code, text) = work.sweep(&["--kubernetes"]);
    assert!(code == 2 && text.contains("hint: outside of a cluster run kubectl proxy"), "{code} {text}");
    let (code, text) = work.sweep(&["--kubernetes", &url, "--namespace", "../x"]);
    assert!(code == 2 && text.contains("it is no name of a namespace"), "{code} {text}");
    assert!(server.asked().iter().all(|it| it.line.starts_with("GET ")), "{:?}", server.lines());
}
