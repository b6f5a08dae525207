//! `leakscope fetch` against Go programs that run: those of `testdata/programs`, on loopback.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::thread;

use serde_json::Value;

use crate::support;
use crate::support::server::Server;

impl Server {
    /// The body of an answer.
    fn body(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).expect("the program listens");
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("the program reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the program answers");
        let end = answer.array_windows::<4>().position(|it| it == b"\r\n\r\n").expect("an answer has a head");
        let body = answer.split_off(end + 4);
        let head = String::from_utf8_lossy(&answer);
        assert!(head.contains(" 200 "), "{path}: {head}");
        body
    }

    fn get(&self, path: &str) -> String {
        String::from_utf8(self.body(path)).expect("the program answers with text")
    }

    fn work(&self, n: u32) {
        self.get(&format!("/work?n={n}"));
    }

    /// How many goroutines the program itself counts.
    fn total(&self) -> i64 {
        let text = self.get("/debug/pprof/goroutine?debug=1");
        let total = text.strip_prefix("goroutine profile: total ").and_then(|it| it.lines().next());
        total.and_then(|it| it.parse().ok()).expect("the text of counts begins with the total")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `leakscope fetch` of a series, with work done for this server after each snapshot but the last.
    fn series(&self, count: u32, work: u32, arguments: &[&str]) -> Output {
        let mut fetch = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args(["fetch", &self.address, "--every", "1s", "--format", "json", "--limit", "0", "--count"])
            .arg(count.to_string())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary is built for this test");
        let mut said = String::new();
        for line in BufReader::new(fetch.stderr.take().expect("it is piped")).lines() {
            let line = line.expect("what leakscope says is text");
            let pulled = |index: u32| line.contains(&format!("{index} of {count}:"));
            if (1..count).any(pulled) {
                self.work(work);
            }
            said.push_str(&line);
            said.push('\n');
        }
        let mut output = fetch.wait_with_output().expect("leakscope ends");
        output.stderr = said.into_bytes();
        output
    }
}

fn fetch(arguments: &[&str]) -> Output {
    support::leakscope(&[&["fetch"], arguments].concat())
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The counts of each group.
fn counts(document: &Value) -> BTreeMap<&str, &Value> {
    let groups = document["groups"].as_array().expect("a document lists groups");
    groups
        .iter()
        .map(|it| (it["fingerprint"].as_str().expect("a group has a fingerprint"), &it["counts"]))
        .collect()
}

fn names(folder: &Path) -> Vec<String> {
    support::entries(folder).iter().map(|it| support::name(it).to_owned()).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of tests are text")
}

#[test]
fn read_one() {
    let Some(server) = Server::start("sendtimeout", &[]) else { return };
    server.work(5);
    for target in [server.address.clone(), server.url("/debug/pprof/goroutine?debug=2")] {
        let document = support::document(&fetch(&[&target, "--format", "json", "--limit", "0"]));
        let total = document["snapshots"][0]["goroutines"].as_i64().expect("a snapshot has a total");
        // Each request brings a goroutine or two of its own.
        assert!(total.abs_diff(server.total()) <= 3, "{target}: {total}");
        let first = &document["groups"][0];
        assert_eq!(first["stack"][0]["function"], "main.priceOf.func1", "{target}");
        assert_eq!(first["counts"], serde_json::json!([5]), "{target}");
        assert_eq!(first["spawn_site"]["function"], "main.priceOf", "{target}");
        assert_eq!(first["spawn_site"]["basis"], "stated", "{target}");
        assert_eq!(first["blocked_on"]["value"], "channel send", "{target}");
        assert_eq!(first["blocked_on"]["basis"], "stated", "{target}");
    }
}

#[test]
fn series_that_grows_and_its_captures() {
    let Some(server) = Server::start("sendtimeout", &[]) else { return };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let saved = folder.path().join("captures");
    server.work(2);
    let document = support::document(&server.series(3, 4, &["--save", text(&saved)]));
    let first = &document["groups"][0];
    assert_eq!(first["stack"][0]["function"], "main.priceOf.func1");
    assert_eq!(first["counts"], serde_json::json!([2, 6, 10]));
    assert_eq!(first["change"], "grew");

    let captures = support::entries(&saved);
    assert_eq!(captures.len(), 3, "{captures:?}");
    for capture in &captures {
        let files = names(capture);
        for file in ["capture.json", "goroutine.debug2.txt", "goroutine.pb.gz"] {
            assert!(files.iter().any(|it| it == file), "{file} is not among {files:?}");
        }
    }
    let arguments = ["--format", "json", "--limit", "0"];
    let again = support::document(&support::leakscope(&[&["diff", text(&saved)], &arguments[..]].concat()));
    assert_eq!(counts(&again), counts(&document));
    let top =
        support::document(&support::leakscope(&[&["top", text(&captures[2])], &arguments[..]].concat()));
    assert_eq!(top["snapshots"][0]["goroutines"], document["snapshots"][2]["goroutines"]);
}

#[test]
fn pool_that_works_is_the_same() {
    let Some(server) = Server::start("pool", &[]) else { return };
    let document = support::document(&server.series(2, 3, &[]));
    let groups = document["groups"].as_array().expect("a document lists groups");
    let pool =
        groups.iter().find(|group| group["stack"][0]["function"] == "main.work").expect("the pool is shown");
    assert_eq!(pool["counts"], serde_json::json!([16, 16]));
    assert_eq!(pool["change"], "same");
}

#[test]
fn many_goroutines_are_not_traced() {
    let Some(server) = Server::start("many", &["-n", "20000"]) else { return };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let output = fetch(&[&server.address, "--save", text(folder.path()), "--format", "json"]);
    let document = support::document(&output);
    assert!(document["snapshots"][0]["goroutines"].as_i64().is_some_and(|total| total >= 20_000));
    assert!(said(&output).contains("left out goroutine?debug=2"), "{}", said(&output));
    let captures = support::entries(folder.path());
    assert_eq!(captures.len(), 1);
    let files = names(&captures[0]);
    assert!(files.iter().any(|it| it == "goroutine.pb.gz"), "{files:?}");
    assert!(!files.iter().any(|it| it == "goroutine.debug2.txt"), "{files:?}");
}

#[test]
fn url_of_another_profile_is_a_usage_error() {
    // Nothing is asked of the server, so there need not be one.
    let output = fetch(&["http://127.0.0.1:6060/debug/pprof/heap"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let hint = said(&output)
        .lines()
        .any(|line| line.starts_with("hint:") && line.contains("/debug/pprof/goroutine"));
    assert!(hint, "{}", said(&output));
}

#[test]
fn server_without_pprof_gets_a_hint() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address").to_string();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = BufReader::new(&stream).lines();
            while head.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
            // A client that went early got its answer some other way.
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 19\r\nConnection: close\r\n\r\n404 page not found\n");
        }
    });
    let output = fetch(&[&address]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("net/http/pprof"), "{}", said(&output));
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address").to_string();
    drop(listener);
    let output = fetch(&[&address, "--retries", "0"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(output.stdout.is_empty() && said(&output).contains(&address), "{}", said(&output));
}

#[test]
fn both_forms_of_a_heap_profile_say_the_same() {
    let Some(server) = Server::start("heaphold", &[]) else { return };
    server.work(6);
    let folder = tempfile::tempdir().expect("a folder is made");
    // Both tell of the last collection.
    let pages = ["/debug/pprof/heap?gc=1", "/debug/pprof/heap?debug=1"].map(|path| {
        let file = folder.path().join("heap");
        std::fs::write(&file, server.body(path)).expect("a file is written");
        let output = support::leakscope(&["top".as_ref(), file.as_os_str()]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && said.contains("a heap profile, not a goroutine profile"),
            "{said}"
        );
        String::from_utf8(output.stdout).expect("a page is text")
    });
    assert_eq!(pages[0], pages[1]);
    assert!(pages[0].contains("main.render"), "{}", pages[0]);
}
