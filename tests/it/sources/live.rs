//! Against a real Prometheus, if there is one on PATH.
#![expect(clippy::disallowed_methods, reason = "tests wait for a server; the core does not")]

use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use super::Work;
use super::not_found;
use super::profile;
use super::text_of;
use crate::support;
use crate::support::recorder::Recorder;

/// A process that ends with this value.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // If it has ended by itself there is nothing left to kill.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a server answers to a GET, with its head; nothing if it does not.
fn get(address: &str, path: &str) -> String {
    let mut text = String::new();
    let asked = TcpStream::connect(address).and_then(|mut stream| {
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n")?;
        stream.read_to_string(&mut text)
    });
    asked.map_or_else(|_| String::new(), |_| text)
}

/// A process that publishes its number of goroutines, and serves pprof.
fn process(count: usize) -> Recorder {
    Recorder::start(move |asked, _| match asked.line.as_str() {
        "GET /metrics" => {
            ("200 OK", format!("# TYPE go_goroutines gauge\ngo_goroutines {count}\n").into_bytes())
        }
        "GET /debug/pprof/goroutine" => ("200 OK", profile("send", count)),
        _ => not_found(),
    })
}

#[test]
fn a_real_prometheus_names_the_odd_one() {
    if support::program("prometheus").is_none() {
        return support::skip("LEAKSCOPE_REQUIRE_PROMETHEUS", "there is no prometheus on PATH");
    }
    let processes = [process(60), process(62), process(61), process(400)];
    let work = Work::new();
    let targets: Vec<String> = processes.iter().map(|it| format!("'{}'", it.address)).collect();
    let config = work.write(
        "prometheus.yml",
        &format!(
            "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n- job_name: shop\n  static_configs:\n  - targets: [{}]\n    labels: {{version: v4}}\n",
            targets.join(", ")
        ),
    );
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound listener has an address").to_string();
    drop(listener);
    let child = Command::new("prometheus")
        .arg(format!("--config.file={config}"))
        .arg(format!("--storage.tsdb.path={}", text_of(&work.path("data"))))
        .arg(format!("--web.listen-address={address}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it was found just before");
    let running = Running(child);
    let started = Instant::now();
    let is_scraped = || get(&address, "/api/v1/query?query=count(go_goroutines)").contains("\"4\"]");
    while !is_scraped() {
        assert!(started.elapsed() < Duration::from_secs(60), "prometheus at {address} scrapes nothing");
        std::thread::sleep(Duration::from_millis(100));
    }
    let url = format!("http://{address}");
    let (code, text) = work.sweep(&["--prometheus", &url, "--peers", "2", "--allow-local"]);
    assert!(code == 0 && text.contains("looked at 3 of 3 instances"), "{text}");
    let odd = &processes[3].address;
    assert_eq!(work.rows(), [format!("shop {odd} v4 400")]);
    let work = Work::new();
    let (code, text) =
        work.sweep(&["--prometheus", &url, "--query", "go_goroutines > 61", "--peers", "0", "--allow-local"]);
    assert!(code == 0 && text.contains("looked at 2 of 2 instances"), "{text}");
    let (code, text) = work.sweep(&["--prometheus", &url, "--query", "go_goroutines >", "--allow-local"]);
    assert!(code == 3 && text.contains("parse error"), "{code} {text}");
    drop(running);
}
