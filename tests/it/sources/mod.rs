//! The sources of `leakscope sweep`: servers that list instances, and what may be asked of whom. The servers are made here, from the published
//! types of each protocol.

mod cluster;
mod live;
mod stored;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;
use serde_json::json;

use crate::support;
use crate::support::recorder::Asked;
use crate::support::recorder::Recorder;

/// A goroutine profile in which this many wait in a function of this name.
fn profile(function: &str, count: usize) -> Vec<u8> {
    let stack = format!("{count} @ 0x1\n#\t0x1\tmain.{function}+0x1\t/srv/{function}.go:1\n");
    format!("goroutine profile: total {count}\n{stack}").into_bytes()
}

fn not_found() -> (&'static str, Vec<u8>) {
    ("404 Not Found", b"404 page not found".to_vec())
}

/// A folder, and commands with a store in it.
struct Work(tempfile::TempDir);

impl Work {
    fn new() -> Self {
        Work(tempfile::tempdir().expect("the temporary folder can be written"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("the file is written");
        text_of(&path)
    }

    /// Sweeps and answers with the exit code and what was said.
    fn sweep(&self, arguments: &[&str]) -> (i32, String) {
        let store = text_of(&self.path("fleet.db"));
        let limits = ["--store", &store, "--timeout", "5s"];
        let id = if arguments.contains(&"--sweep-id") { &[][..] } else { &["--sweep-id", "a"] };
        let output = support::leakscope(&[&["sweep"], arguments, &limits, id].concat());
        (output.status.code().expect("no signal ends it"), said(&output))
    }

    /// All about the worst row of a service.
    fn show(&self, service: &str) -> String {
        let store = text_of(&self.path("fleet.db"));
        let ranked =
            support::document(&support::leakscope(&["fleet", "--format", "json", "--store", &store]));
        let fingerprint = ranked["rows"][0]["fingerprint"].as_str().expect("there is a row");
        said(&support::leakscope(&["fleet", "show", service, fingerprint, "--store", &store]))
    }

    /// `service instance version count` of the worst rows.
    fn rows(&self) -> Vec<String> {
        let store = text_of(&self.path("fleet.db"));
        let output = support::leakscope(&["fleet", "--format", "json", "--store", &store]);
        let document = support::document(&output);
        let text = |it: &Value| it.as_str().unwrap_or("-").to_owned();
        let row = |it: &Value| {
            format!(
                "{} {} {} {}",
                text(&it["service"]),
                text(&it["most_at"]),
                text(&it["versions"][0]),
                it["most"]
            )
        };
        document["rows"].as_array().expect("there are rows").iter().map(row).collect()
    }
}

fn text_of(path: &Path) -> String {
    path.to_str().expect("folders of tests are text").to_owned()
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).expect("leakscope prints UTF-8")
}

#[test]
fn a_list_that_a_server_makes() {
    let server = Recorder::start(|asked, own| match asked.line.as_str() {
        "GET /sd?zone=a" => {
            let labels = |base: &str| json!({"job": "shop", "version": "v1", "__pprof_base__": base, "instance": base});
            let list = json!([
                {"targets": [own], "labels": labels("a")},
                {"targets": [own], "labels": labels("b")},
                {"targets": ["169.254.169.254:80"], "labels": {"job": "meta"}},
            ]);
            ("200 OK", list.to_string().into_bytes())
        }
        "GET /a/debug/pprof/goroutine" => ("200 OK", profile("send", 70)),
        "GET /b/debug/pprof/goroutine" => ("200 OK", profile("send", 3)),
        "GET /empty" => ("200 OK", b"[]".to_vec()),
        "GET /page" => ("200 OK", b"<html>".to_vec()),
        _ => not_found(),
    });
    let url = |path: &str| format!("http://{}{path}", server.address);
    let work = Work::new();
    let (code, text) = work.sweep(&["--http-sd", &url("/sd?zone=a"), "--allow-local"]);
    assert_eq!(code, 3, "a service is missing: {text}");
    assert!(text.contains("looked at 2 of 3 instances"), "{text}");
    assert!(
        text.contains("not allowed: not asked: http://169.254.169.254: the link-local address"),
        "{text}"
    );
    assert_eq!(work.rows(), ["shop a v1 70"]);
    assert!(work.show("shop").contains(&format!("leakscope fetch {}", url("/a"))), "{}", work.show("shop"));
    let work = Work::new();
    let (_, text) = work.sweep(&["--http-sd", &url("/sd?zone=a")]);
    assert!(text.contains("looked at 0 of 3 instances") && text.contains("needs --allow-local"), "{text}");
    for (path, expected) in [
        ("/empty", "/empty: it names no target"),
        ("/page", "/page: it is not the JSON of Prometheus's file_sd and http_sd"),
        ("/none", "status 404 Not Found: \"404 page not found\"\nhint: give the URL of a server of http_sd"),
    ] {
        let (code, text) = work.sweep(&["--http-sd", &url(path)]);
        assert!(code == 3 && text.contains(expected), "{path}: {code} {text}");
    }
}

#[test]
fn tokens_go_only_where_they_belong() {
    let thief = Recorder::start(|_, _| ("200 OK", profile("steal", 60)));
    let home = thief.address.clone();
    let server = Recorder::start(move |asked, own| match asked.line.as_str() {
        "GET /sd" if asked.header("authorization") == Some("Bearer of-the-list") => {
            let list = json!([
                {"targets": [own], "labels": {"job": "shop"}},
                {"targets": [home], "labels": {"job": "thief"}},
            ]);
            ("200 OK", list.to_string().into_bytes())
        }
        "GET /debug/pprof/goroutine" if asked.header("authorization") == Some("Bearer of-the-target") => {
            ("200 OK", profile("send", 70))
        }
        _ => ("401 Unauthorized", vec![]),
    });
    let work = Work::new();
    let (list, target) = (work.write("list", "of-the-list\n"), work.write("target", "of-the-target"));
    let address = &server.address;
    let credentials = work.write(
        "credentials.toml",
        &format!(
            "[[source]]\nmatch = \"{address}\"\nbearer_file = '{list}'\n[[source]]\nmatch = \"other:1\"\nbearer_file = '{list}'\n\
             [[target]]\nmatch = \"{address}\"\nbearer_file = '{target}'\n"
        ),
    );
    let url = format!("http://{address}/sd");
    let (code, text) = work.sweep(&["--http-sd", &url, "--allow-local", "--credentials", &credentials]);
    assert!(code == 0 && text.contains("looked at 2 of 2 instances"), "{text}");
    assert!(text.contains("credentials: no source matches other:1"), "{text}");
    assert_eq!(work.rows().len(), 2);
    let asked: Vec<Asked> = thief.asked();
    assert!(!asked.is_empty() && asked.iter().all(|it| it.header("authorization").is_none()), "{asked:?}");
    let (code, text) = work.sweep(&["--http-sd", &url, "--allow-local"]);
    assert!(code == 3 && text.contains("wants other credentials: docs/fleet.md"), "{code} {text}");
}

/// Prometheus's answer to a query.
fn vector(series: &[(&str, &str, f64)]) -> Vec<u8> {
    let sample = |(job, instance, value): &(&str, &str, f64)| json!({"metric": {"job": job, "instance": instance, "version": "v1"}, "value": [1795990041.0, value.to_string()]});
    let result: Vec<Value> = series.iter().map(sample).collect();
    json!({"status": "success", "data": {"resultType": "vector", "result": result}}).to_string().into_bytes()
}

#[test]
fn prometheus_names_whom_to_look_at() {
    let server = Recorder::start(|asked, own| {
        let (path, query) = asked.line.split_once('?').unwrap_or((&asked.line, ""));
        match path {
            "GET /prom/api/v1/query" if query.contains("min_over_time") => {
                ("200 OK", vector(&[("shop", "a:8080", 60.0), ("shop", "b:8080", 900.0)]))
            }
            "GET /prom/api/v1/query" if query.contains("quantile") => {
                ("200 OK", vector(&[("shop", "c:8080", 4.5)]))
            }
            "GET /prom/api/v1/targets" => {
                let target = |instance: &str, health: &str| {
                    json!({"labels": {"job": "shop", "instance": instance}, "health": health,
                        "scrapeUrl": format!("http://{own}/metrics"), "discoveredLabels": {}})
                };
                let all = ["a:8080", "b:8080", "c:8080", "d:8080", "e:8080", "f:8080"];
                let all: Vec<Value> =
                    all.iter().map(|it| target(it, if *it == "d:8080" { "down" } else { "up" })).collect();
                (
                    "200 OK",
                    json!({"status": "success", "data": {"activeTargets": all}}).to_string().into_bytes(),
                )
            }
            "GET /ops/debug/pprof/goroutine" => ("200 OK", profile("send", 70)),
            _ => not_found(),
        }
    });
    let work = Work::new();
    let url = format!("http://{}/prom", server.address);
    let arguments = ["--prometheus", &url, "--peers", "1", "--pprof-base", "/ops/", "--allow-local"];
    let (code, text) = work.sweep(&[&arguments[..], &["--instances", "0"]].concat());
    assert!(code == 0 && text.contains("looked at 4 of 4 instances"), "{text}");
    assert!(server.lines().iter().all(|it| it.starts_with("GET ")), "{:?}", server.lines());
    // Three are named: the first of each query comes first, and a peer comes last.
    for (instances, expected) in
        [("2", ["b:8080", "c:8080"].as_slice()), ("4", &["a:8080", "b:8080", "c:8080", "e:8080"])]
    {
        let (_, text) = work
            .sweep(&[&arguments[..], &["--instances", instances, "--dry-run", "--sweep-id", "b"]].concat());
        let named: Vec<&str> =
            text.lines().filter_map(|it| it.split_once("instance=")).map(|it| it.1).collect();
        assert_eq!(named, expected, "{text}");
    }
}

#[test]
fn prometheus_that_names_nobody() {
    let server = Recorder::start(|asked, _| match asked.line.split_once("query=") {
        Some(("GET /calm/api/v1/query?", query)) if query.starts_with("count") => {
            let one = json!({"metric": {}, "value": [1795990041.0, "200"]});
            (
                "200 OK",
                json!({"status": "success", "data": {"resultType": "vector", "result": [one]}})
                    .to_string()
                    .into_bytes(),
            )
        }
        Some(("GET /calm/api/v1/query?" | "GET /blind/api/v1/query?", _)) => ("200 OK", vector(&[])),
        Some(("GET /scalar/api/v1/query?", _)) => {
            ("200 OK", br#"{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}"#.to_vec())
        }
        Some(("GET /wrong/api/v1/query?", _)) => (
            "400 Bad Request",
            br#"{"status":"error","errorType":"bad_data","error":"parse error"}"#.to_vec(),
        ),
        _ => ("200 OK", b"{\"a\": \"\x1b[2J\"}".to_vec()),
    });
    let work = Work::new();
    let check = |path: &str, query: &[&str], code: i32, expected: &str| {
        let url = format!("http://{}/{path}", server.address);
        let (got, text) = work.sweep(&[&["--prometheus", &url], query].concat());
        assert!(got == code && text.contains(expected), "{path}: {got} {text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    };
    check("calm", &[], 0, "names nobody: no series answers the queries");
    check("blind", &[], 3, "it knows no go_goroutines");
    check("scalar", &["--query", "1+1"], 2, "--query 1+1: its result is not an instant vector");
    check("wrong", &["--query", "("], 3, "parse error");
    check("other", &["--query", "x"], 3, "the answer is not that of Prometheus");
}

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
