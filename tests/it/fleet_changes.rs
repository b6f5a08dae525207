//! What `leakscope fleet` says of owners and of changes: messages to a hook, metrics, and what is not reported twice.

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::process::Output;
use std::thread::JoinHandle;

use leakscope::fleet::Observation;
use leakscope::fleet::ObservedStack;
use leakscope::stacks::Fingerprint;
use leakscope::store::Seen;
use leakscope::store::ServiceSweep;
use leakscope::store::SqliteStore;
use leakscope::store::Store;
use leakscope::store::SweepStart;
use serde_json::Value;

use crate::support;
use crate::support::json_schema::Schema;

pub(crate) const DAY: i32 = 20_700;

/// Writes a day: for each service its name, and for each of its instances the number of goroutines of its stack, whose fingerprint is the sum of
/// the letters.
pub(crate) fn day(store: &Path, day: i32, services: &[(&str, &[u64])]) {
    let mut store = SqliteStore::create(store).expect("a store is created");
    let begun = i64::from(day) * 86_400;
    let id = format!("day-{day}");
    let start = SweepStart { id: id.clone(), day, begun, source: "test".to_owned() };
    store.begin(&start).expect("it begins");
    for (service, counts) in services {
        let seen = counts.iter().zip(0..).map(|(count, at)| {
            let stack = ObservedStack {
                fingerprint: Fingerprint(service.bytes().map(u64::from).sum()),
                frames: format!("shop.io/a/{service}.(*Hub).send\tshop.io/a/{service}/hub.go:9\n"),
                site: Some(format!("shop.io/a/{service}.(*Hub).send")),
                spawn: Some("main.main\tshop.io/a/main.go:4".to_owned()),
                blocked_on: Some("channel send".to_owned()),
                rule: None,
                is_background: false,
            };
            let stacks = if *count > 0 { vec![(stack, *count)] } else { vec![] };
            let observation = Observation {
                taken_at: begun + at,
                goroutines: *count,
                go_version: None,
                form: "pprof",
                stacks,
            };
            let version = Some(if day > DAY { "v2" } else { "v1" }.to_owned());
            Seen {
                instance: format!("{service}-{at}"),
                place: format!("10.0.0.{at}:6060"),
                version,
                observation,
            }
        });
        let wanted = counts.len() as u64;
        let team = Some("label-team".to_owned()).filter(|_| *service == "b");
        let (name, seen, missed) = ((*service).to_owned(), seen.collect(), Vec::new());
        let swept = ServiceSweep { name, team, listed: wanted, wanted, seen, missed };
        store.write(&id, &swept).expect("it is written");
    }
    store.end(&id, begun + 60).expect("it ends");
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("the temporary folder can be written")
}

/// Runs `leakscope fleet` in a folder, with a store, and a URL in the variable `HOOK`.
fn fleet(folder: &Path, url: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .arg("fleet")
        .args(arguments)
        .args(["--store", "fleet.db"])
        .current_dir(folder)
        .env("HOOK", url)
        .output()
        .expect("the binary is built for this test")
}

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.as_slice(), &output.stderr].concat()).expect("leakscope prints UTF-8")
}

/// A hook that answers this many requests with a status, and ends with their paths and texts.
fn hook(requests: usize, status: &'static str) -> (String, JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/T0/s3cr3t?key=s3cr3t", listener.local_addr().expect("it has an address"));
    let served = std::thread::spawn(move || {
        let request = |_| {
            let (mut stream, _) = listener.accept().expect("somebody connects");
            let mut bytes = Vec::new();
            let mut chunk = [0; 4096];
            let (head, body) = loop {
                let read = stream.read(&mut chunk).expect("a request is read");
                bytes.extend_from_slice(&chunk[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                let length = head
                    .lines()
                    .find_map(|it| it.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if body.len() >= length.expect("a body has a length") {
                    break (head.to_owned(), body.to_owned());
                }
            };
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
                .expect("an answer is written");
            let text: Value = serde_json::from_str(&body).expect("it is JSON");
            let path = head.lines().next().unwrap_or_default().to_owned();
            (path, text["text"].as_str().expect("it has a text").to_owned())
        };
        (0..requests).map(request).collect()
    });
    (url, served)
}

const POLICY: &str = "[fleet]\ntell_rms = 100\nstrip = [\"shop.io/a/\"]\nshared = [\"@platform\"]\n\
    [[fleet.owner]]\nservice = \"policed\"\nowner = \"@<law>\"\n";

#[test]
fn owners() {
    let folder = folder();
    day(
        &folder.path().join("fleet.db"),
        DAY,
        &[("a", &[300]), ("b", &[200]), ("c", &[100]), ("policed", &[50])],
    );
    fs::write(folder.path().join("leakscope.toml"), POLICY).expect("it is written");
    fs::write(folder.path().join("CODEOWNERS"), "/a/ @hub\n/main.go @platform\n/b/\n")
        .expect("it is written");
    let output = fleet(folder.path(), "", &["--format", "json", "--codeowners", "CODEOWNERS"]);
    let document = support::document(&output);
    let schema = Schema::new(support::json(&support::root("testdata/schemas/fleet-1.json")));
    assert_eq!(schema.faults(&document), Vec::<String>::new());
    let of = |row: &Value| match row["owner"].as_object() {
        Some(owner) => format!("{} {} {}", row["service"], owner["names"][0], owner["by"]),
        None => format!("{} none", row["service"]),
    };
    let rows: Vec<String> = document["rows"].as_array().expect("rows").iter().map(of).collect();
    let expected = [
        "\"a\" \"@hub\" \"codeowners\"",
        "\"b\" \"label-team\" \"label\"",
        "\"c\" none",
        "\"policed\" \"@<law>\" \"policy\"",
    ];
    assert_eq!(rows, expected);
    let page = said(&fleet(folder.path(), "", &["--codeowners", "CODEOWNERS"]));
    assert!(page.lines().any(|it| it.contains("  c   ") && it.contains(" none ")), "{page}");
    let page =
        said(&fleet(folder.path(), "", &["show", "a", "0000000000000061", "--codeowners", "CODEOWNERS"]));
    assert!(page.contains("owner @hub (by CODEOWNERS, a/hub.go)"), "{page}");
    let unusable = fleet(folder.path(), "", &["--codeowners", "CODEOWNERS", "--isolated"]);
    assert_eq!(unusable.status.code(), Some(2));
    assert!(said(&unusable).contains("strip"), "{}", said(&unusable));
}

#[test]
fn changes_are_reported_once() {
    let folder = folder();
    let store = folder.path().join("fleet.db");
    fs::write(folder.path().join("leakscope.toml"), POLICY).expect("it is written");
    let tell = ["tell", "--webhook-env", "HOOK"];
    // A pool is large from the first day on: that is no change.
    day(&store, DAY, &[("pool", &[900, 900]), ("a", &[0]), ("b", &[0]), ("policed", &[0])]);
    let output = fleet(folder.path(), "http://127.0.0.1:1/s3cr3t", &tell);
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(0), "no change\n"));
    day(&store, DAY + 1, &[("pool", &[900, 900]), ("a", &[300]), ("b", &[90]), ("policed", &[120])]);
    // A dry run remembers nothing, and a hook that fails neither.
    let dry = said(&fleet(folder.path(), "", &["tell", "--dry-run"]));
    assert!(
        dry.contains("• new: `shop.io/a/a.(*Hub).send` in `a`: up to 300 in an instance (rms 300), since"),
        "{dry}"
    );
    assert!(dry.contains("· @&lt;law&gt;\n"), "{dry}");
    let (url, served) = hook(1, "500 Oops");
    let failed = fleet(folder.path(), &url, &tell);
    served.join().expect("the hook ends");
    assert_eq!(failed.status.code(), Some(3));
    assert!(said(&failed).contains("status 500") && !said(&failed).contains("s3cr3t"), "{}", said(&failed));
    let (url, served) = hook(2, "200 OK");
    let output = fleet(folder.path(), &url, &tell);
    let messages = served.join().expect("the hook ends");
    assert_eq!(said(&output), "2 changes in 2 messages\n");
    assert_eq!(messages[0].0, "POST /T0/s3cr3t?key=s3cr3t HTTP/1.1");
    assert!(messages.iter().any(|it| it.1.contains("no owner is known\n• new: ")), "{messages:?}");
    assert_eq!(said(&fleet(folder.path(), &url, &tell)), "no change\n");
    // More of the same is no change; twice as much is; a service that is capped has its turn in the next run.
    day(&store, DAY + 2, &[("pool", &[900, 900]), ("a", &[599]), ("b", &[90]), ("policed", &[120])]);
    assert_eq!(said(&fleet(folder.path(), &url, &tell)), "no change\n");
    day(&store, DAY + 3, &[("pool", &[900, 900]), ("a", &[600]), ("b", &[100]), ("policed", &[120])]);
    let (url, served) = hook(1, "200 OK");
    let output = fleet(folder.path(), &url, &["tell", "--webhook-env", "HOOK", "--max-changes", "1"]);
    let text = served.join().expect("the hook ends");
    assert!(text[0].1.contains("worse: `shop.io/a/a.(*Hub).send` in `a`: up to 600 in an instance (rms 600, 300 when last reported)"), "{text:?}");
    assert!(said(&output).contains("1 more wait for the next run"), "{}", said(&output));
    // A mute has an end: it holds today, and yesterday's does not.
    let mute = |until: &str| {
        format!("{POLICY}[[allow]]\nservice = \"b\"\nuntil = \"{until}\"\nreason = \"known\"\n")
    };
    fs::write(folder.path().join("leakscope.toml"), mute("2999-01-01")).expect("it is written");
    assert_eq!(said(&fleet(folder.path(), &url, &tell)), "no change\n1 more are muted by the policy\n");
    fs::write(folder.path().join("leakscope.toml"), mute("2001-01-01")).expect("it is written");
    let (url, served) = hook(1, "200 OK");
    let output = fleet(folder.path(), &url, &tell);
    assert!(said(&output).contains("expired on 2001-01-01"), "{}", said(&output));
    assert!(served.join().expect("the hook ends")[0].1.contains("label-team\n• new: "));
    // What is gone for three days is reported, once.
    for late in 4..7 {
        day(&store, DAY + late, &[("pool", &[900, 900]), ("a", &[0]), ("b", &[100]), ("policed", &[120])]);
    }
    let (url, served) = hook(1, "200 OK");
    fleet(folder.path(), &url, &tell);
    let text = served.join().expect("the hook ends");
    assert!(text[0].1.contains("gone: `shop.io/a/a.(*Hub).send` in `a`: not seen on three days"), "{text:?}");
    assert_eq!(said(&fleet(folder.path(), &url, &tell)).lines().next(), Some("no change"));
    assert_eq!(fleet(folder.path(), "", &["tell", "--webhook-env", "NO_SUCH"]).status.code(), Some(2));
    let bad = fleet(folder.path(), "ftp://h/s3cr3t", &tell);
    assert_eq!(bad.status.code(), Some(2));
    assert!(said(&bad).contains("the variable HOOK") && !said(&bad).contains("s3cr3t"), "{}", said(&bad));
}

#[test]
fn metrics() {
    let folder = folder();
    day(&folder.path().join("fleet.db"), DAY, &[("a\"\\\n", &[300, 0]), ("b", &[200])]);
    let output = fleet(folder.path(), "", &["metrics", "leakscope.prom"]);
    assert!(output.status.success(), "{}", said(&output));
    let text = fs::read_to_string(folder.path().join("leakscope.prom")).expect("it is written");
    let end = i64::from(DAY) * 86_400 + 60;
    assert!(text.contains(&format!("leakscope_sweep_last_success_timestamp_seconds {end}\n")), "{text}");
    assert!(text.contains("leakscope_sweep_targets{result=\"pulled\"} 3\n"), "{text}");
    let row = "leakscope_fleet_rms{service=\"b\",fingerprint=\"0000000000000062\",function=\"shop.io/a/b.(*Hub).send\",owner=\"label-team\"} 200.000\n";
    assert!(text.contains(row), "{text}");
    assert!(text.lines().all(|it| it.starts_with("# ") || it.starts_with("leakscope_")), "{text}");
    if !support::has_tool("promtool") {
        return;
    }
    let mut checked = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it is on PATH");
    checked.stdin.take().expect("it is piped").write_all(text.as_bytes()).expect("it reads");
    let output = checked.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", said(&output));
}
