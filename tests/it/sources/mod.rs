//! The sources of `leakscope sweep`: servers that list instances, and what may be asked of whom. The servers are made here, from the published
//! types of each protocol.

mod cluster;
mod live;
mod pods;
mod prometheus;
mod second;
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

#[test]
fn whatever_a_server_answers() {
    let deep = "[".repeat(10_000);
    let bodies: Vec<Vec<u8>> = [
        "",
        "null",
        "[]",
        "{}",
        &deep,
        "<html>\u{1b}[2J",
        r#"{"metadata": {"continue": "x"}, "items": []}"#,
        r#"{"metadata": {}, "items": [{"metadata": {"name": 7}}]}"#,
        r#"{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "NaN"]}]}}"#,
        r#"{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {"job": "\u001b[2J"}, "value": [1, "x"]}]}}"#,
        r#"{"profileTypes": [{"ID": "\u001b[2J", "sampleType": "goroutine"}], "types": [{"sampleType": "goroutine"}]}"#,
        r#"{"profileTypes": [{"ID": "a", "sampleType": "goroutine"}], "series": [{"points": [{"exemplars": [
            {"timestamp": "9223372036854775807", "profileId": "x", "value": "-1"}]}]}]}"#,
        r#"{"types": [{"sampleType": "goroutine"}], "series": [{"samples": [{"timestamp": "x", "value": "1"}]}]}"#,
        r#"{"types": [{"sampleType": "goroutine"}], "series": [{"labelset": {"labels": [{"name": "job", "value": "j"}, {"name": "pod", "value": "p"}]},
            "samples": [{"timestamp": "2026-12-01T10:00:00Z", "value": "1"}]}], "pprof": "AAAA"}"#,
        r#"[{"targets": ["h:1"], "labels": {"job": "\u001b[2J", "__scheme__": "file"}}, {"targets": ["::", "", "a b"], "labels": {"job": "x"}}]"#,
    ]
    .iter()
    .map(|it| it.as_bytes().to_vec())
    .chain([b"\xff\xfe".to_vec()])
    .collect();
    let work = Work::new();
    for body in bodies {
        let shown = String::from_utf8_lossy(&body).chars().take(200).collect::<String>();
        let server = Recorder::start(move |_, _| ("200 OK", body.clone()));
        let url = format!("http://{}", server.address);
        for source in ["--http-sd", "--prometheus", "--kubernetes", "--pyroscope", "--parca"] {
            let (code, text) = work.sweep(&[source, &url]);
            let is_calm = source == "--prometheus" && text.contains("there is nobody to ask");
            assert!(code == 3 || code == 0 && is_calm, "{source}: {shown}: {code} {text}");
            let is_clean = !text.contains('\u{1b}') && !text.contains("panicked") && text.len() < 2_000;
            assert!(is_clean, "{source}: {shown}: {text}");
        }
    }
}
