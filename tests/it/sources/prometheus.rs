//! Whom Prometheus names.

use serde_json::Value;
use serde_json::json;

use super::Work;
use super::not_found;
use super::profile;
use crate::support::recorder::Recorder;

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
fn prometheus_puts_first_whom_a_list_has() {
    let server = Recorder::start(|asked, own| match asked.line.split_once('?') {
        Some(("GET /api/v1/query", _)) => ("200 OK", vector(&[("shop", "host:8080", 60.0)])),
        Some(("GET /api/v1/targets", _)) => {
            let target = json!({"labels": {"job": "shop", "instance": "host:8080"}, "health": "up",
                "scrapeUrl": format!("http://{own}/metrics")});
            (
                "200 OK",
                json!({"status": "success", "data": {"activeTargets": [target]}}).to_string().into_bytes(),
            )
        }
        _ => not_found(),
    });
    let work = Work::new();
    // Prometheus names the instance by another name, at the same place.
    let lines: String = (1..9).map(|it| format!("shop 10.0.0.{it}:6060\n")).collect();
    let list = work.write("list", &format!("{lines}shop {} instance=last\n", server.address));
    let url = format!("http://{}", server.address);
    let (_, text) = work.sweep(&[
        "--targets",
        &list,
        "--prometheus",
        &url,
        "--instances",
        "1",
        "--dry-run",
        "--allow-local",
    ]);
    assert!(text.contains("instance=last\n") && text.contains("1 of 9 instances would be asked"), "{text}");
    assert!(!text.contains("listed in several places"), "{text}");
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
    check("calm", &[], 0, "there is nobody to ask");
    check("blind", &[], 3, "it knows no go_goroutines");
    check("scalar", &["--query", "1+1"], 2, "--query 1+1: its result is not an instant vector");
    check("wrong", &["--query", "("], 3, "parse error");
    check("other", &["--query", "x"], 3, "the answer is not that of Prometheus");
}
