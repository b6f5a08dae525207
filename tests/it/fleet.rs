//! `leakscope sweep` and `leakscope fleet`: against 200 live instances that one Go program serves, and against folders of captures.
#![expect(
    clippy::disallowed_methods,
    reason = "tests measure time and read the environment; the core does not"
)]

use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Output;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support;
use crate::support::json_schema::Schema;
use crate::support::server;

/// A fleet, for as long as this value lives.
struct Fleet {
    child: Child,
    list: String,
}

impl Fleet {
    /// `None` without Go.
    #[track_caller]
    fn start() -> Option<Self> {
        let mut child = Command::new(server::programs()?.join("fleet"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let stdout = child.stdout.take().expect("it is piped");
        let lines = BufReader::new(stdout).lines().map(|it| it.expect("it prints text"));
        let list = lines.take_while(|line| line != "END").map(|line| line + "\n").collect();
        Some(Fleet { child, list })
    }

    /// Ends the program; it fails if it was asked for anything but counts.
    fn end(mut self) {
        drop(self.child.stdin.take());
        assert!(self.child.wait().expect("it ends").success(), "something else was asked for");
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("the temporary folder can be written")
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).expect("leakscope prints UTF-8")
}

/// Runs leakscope with a store.
fn run(store: &Path, arguments: &[&str]) -> Output {
    let store = store.to_str().expect("folders of tests are text");
    support::leakscope(&[arguments, &["--store", store]].concat())
}

fn rows(store: &Path, arguments: &[&str]) -> Vec<Value> {
    let document = support::document(&run(store, &[&["fleet", "--format", "json"], arguments].concat()));
    check_schema(&document);
    document["rows"].as_array().expect("there are rows").clone()
}

#[track_caller]
fn check_schema(document: &Value) {
    let schema = Schema::new(support::json(&support::root("testdata/schemas/fleet-1.json")));
    assert_eq!(schema.faults(document), Vec::<String>::new());
}

#[test]
fn a_sweep_of_200_live_instances() {
    let Some(fleet) = Fleet::start() else { return };
    let folder = folder();
    let (list, store) = (folder.path().join("fleet.txt"), folder.path().join("fleet.db"));
    fs::write(&list, &fleet.list).expect("the list is written");
    let list = list.to_str().expect("folders of tests are text");
    let sweep = ["sweep", "--targets", list, "--allow-local", "--instances", "0", "--per-host", "64"];
    let limits = ["--timeout", "2s", "--deadline", "60s", "--sweep-id", "a"];

    let dry = run(&store, &[&sweep[..], &["--dry-run"]].concat());
    assert!(said(&dry).contains("40 services · 200 of 200 instances would be asked once"), "{}", said(&dry));
    assert!(!store.exists(), "a dry run writes nothing");
    let refused = run(&store, &["sweep", "--targets", list, "--dry-run"]);
    assert!(said(&refused).contains("needs --allow-local"), "{}", said(&refused));

    let started = Instant::now();
    let output = run(&store, &[&sweep[..], &limits].concat());
    assert!(started.elapsed() < Duration::from_secs(60), "it took {:?}", started.elapsed());
    let text = said(&output);
    assert_eq!(output.status.code(), Some(3), "a service is missing: {text}");
    let expected = [
        "sweep a · 40 services · looked at 190 of 200 instances",
        "missed 10: 6 refused, 1 timed out, 1 denied, 1 not a profile, 1 cut",
        "svc-03 svc-03-0: timed out: cannot fetch",
        "svc-04 svc-04-1: not a profile: ",
        "svc-05 svc-05-3: refused: cannot fetch",
        "svc-06 svc-06-0: denied: cannot fetch",
        "svc-09 svc-09-4: cut: cannot fetch",
        "1 service not at all: svc-08",
    ];
    for line in expected {
        assert!(text.contains(line), "{line} is not in: {text}");
    }

    let ranked = rows(&store, &[]);
    let first = &ranked[0];
    assert_eq!(
        (&first["service"], &first["site"]),
        (&"svc-07".into(), &"example.com/shop/api.(*Hub).send".into())
    );
    assert_eq!(
        (&first["most"], &first["most_at"], &first["looked_at"]),
        (&904.into(), &"svc-07-4".into(), &5.into())
    );
    assert_eq!((&first["versions"][0], &first["blocked_on"]), (&"v2.0.0".into(), &"channel send".into()));
    let rms = (902.0f64.powi(2) + 903.0f64.powi(2) + 904.0f64.powi(2)) / 5.0;
    assert!((first["rms"].as_f64().expect("a number") - rms.sqrt()).abs() < 1e-9, "{first}");
    assert_eq!(ranked[1]["service"], "svc-11");
    let odd = rows(&store, &["--by", "odd"]);
    assert_eq!(
        (odd.len(), &odd[0]["service"], &odd[0]["most_at"]),
        (1, &"svc-11".into(), &"svc-11-2".into())
    );
    assert_eq!(rows(&store, &["--team", "team-3", "--limit", "1"])[0]["service"], "svc-07");
    assert_eq!(rows(&store, &["--service", "^svc-11$"])[0]["service"], "svc-11");

    let page = said(&run(&store, &["fleet", "--limit", "3"]));
    assert!(page.contains("odd: svc-11-2 has 400, the others 1 on average"), "{page}");
    assert!(page.contains("1 service not at all: svc-08"), "{page}");
    let fingerprint = first["fingerprint"].as_str().expect("a text");
    let page = said(&run(&store, &["fleet", "show", "svc-07", fingerprint]));
    for line in
        ["v1.0.0", "never seen", "look at the worst now: leakscope fetch 127.0.0.1:", "api.(*Hub).send"]
    {
        assert!(page.contains(line), "{line} is not in: {page}");
    }
    check_schema(&support::document(&run(
        &store,
        &["fleet", "show", "svc-07", fingerprint, "--format", "json"],
    )));

    // The same again asks only those that were missed, and changes nothing that is known.
    let tables = contents(&store, folder.path());
    let output = run(&store, &[&sweep[..], &limits].concat());
    assert!(said(&output).contains("looked at 0 of 200 instances, 190 before"), "{}", said(&output));
    assert_eq!(contents(&store, folder.path()), tables);

    // Two shards that are merged equal one sweep.
    let merged = folder.path().join("merged.db");
    for shard in ["1/2", "2/2"] {
        let part = folder.path().join(format!("{}.db", &shard[..1]));
        let output = run(&part, &[&sweep[..], &limits, &["--shard", shard]].concat());
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", said(&output));
        let [merged, part] = [&merged, &part].map(|it| it.to_str().expect("folders of tests are text"));
        let output = support::leakscope(&["fleet", "merge", merged, part]);
        assert!(output.status.success(), "{}", said(&output));
    }
    assert_eq!(contents(&merged, folder.path()), tables);
    fleet.end();
}

/// What a store holds besides times, by names.
fn contents(store: &Path, folder: &Path) -> String {
    let out = folder.join("csv");
    let output = run(store, &["fleet", "export", out.to_str().expect("folders of tests are text")]);
    assert!(output.status.success(), "{}", said(&output));
    let tables = ["daily", "looked", "stacks", "since", "planned", "missed"];
    let mut text = String::new();
    for table in tables {
        let bytes = support::read(&out.join(format!("{table}.csv")));
        text.push_str(&String::from_utf8(bytes).expect("tables are text"));
    }
    // How long a limit took to be exceeded is not always the same.
    text.lines().filter(|it| !it.contains("timed out")).map(|it| format!("{it}\n")).collect()
}

/// Captures of services with three instances each.
fn captures(folder: &Path, services: usize) -> PathBuf {
    let all = folder.join("captures");
    for service in 0..services {
        for instance in 0..3 {
            let capture = all.join(format!("svc-{service:03}@v1/i{instance}"));
            fs::create_dir_all(&capture).expect("a folder is made");
            let count = |stack| 1 + (service * instance + stack) % 9;
            let stacks: String = (0..40)
                .map(|stack| {
                    let count = count(stack);
                    format!("{count} @ 0x1\n#\t0x1\tmain.work{stack}+0x1\t/srv/a.go:{}\n\n", stack + 1)
                })
                .collect();
            let total: usize = (0..40).map(count).sum();
            fs::write(capture.join("goroutine.txt"), format!("goroutine profile: total {total}\n{stacks}"))
                .expect("a file is written");
        }
    }
    all
}

#[test]
fn killed_and_run_again_equals_run_once() {
    let folder = folder();
    let captures = captures(folder.path(), 60);
    let captures = captures.to_str().expect("folders of tests are text");
    let sweep = ["sweep", "--sweep-id", "a", "--captures", captures];
    let once = folder.path().join("once.db");
    let started = Instant::now();
    let output = run(&once, &sweep);
    let took = started.elapsed();
    assert!(output.status.success(), "{}", said(&output));
    let expected = contents(&once, folder.path());
    let kills: u32 = std::env::var("LEAKSCOPE_KILLS").map_or(8, |it| it.parse().expect("a number"));
    let mut early = 0;
    for kill in 0..kills {
        let store = folder.path().join(format!("killed-{kill}.db"));
        let mut child = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args(sweep)
            .arg("--store")
            .arg(&store)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary is built for this test");
        // Kills at times spread over the whole sweep.
        std::thread::sleep(took * (kill + 1) / (kills + 1));
        // If it has ended by itself there is nothing left to kill.
        let _ = child.kill();
        early += u32::from(!child.wait().expect("it ends").success());
        // What is there is whole: a service has all of its instances or none.
        if store.exists() && fs::metadata(&store).is_ok_and(|it| it.len() > 0) {
            let out = folder.path().join("csv");
            let output = run(&store, &["fleet", "export", out.to_str().expect("folders of tests are text")]);
            assert!(output.status.success(), "{}", said(&output));
            let looked = String::from_utf8(support::read(&out.join("looked.csv"))).expect("tables are text");
            assert!(looked.lines().skip(1).all(|line| line.ends_with(",v1,3")), "{looked}");
        }
        let output = run(&store, &sweep);
        assert!(output.status.success(), "{}", said(&output));
        assert_eq!(contents(&store, folder.path()), expected, "killed after {kill} of {kills} parts");
    }
    assert!(early > 0, "no process was killed before its end");
}

#[test]
fn mistakes() {
    let folder = folder();
    let store = folder.path().join("fleet.db");
    let check = |list: &str, code: i32, expected: &str| {
        let path = folder.path().join("list.txt");
        fs::write(&path, list).expect("the list is written");
        let path = path.to_str().expect("folders of tests are text");
        let output = run(&store, &["sweep", "--targets", path, "--timeout", "1s"]);
        assert_eq!(output.status.code(), Some(code), "{list}: {}", said(&output));
        assert!(said(&output).contains(expected), "{list}: {}", said(&output));
    };
    check("", 3, "it names no target");
    check("[]", 3, "it names no target");
    check("a b c", 3, "line 1: c is none of version=V");
    check("a http://127.0.0.1:1", 3, "not allowed: not asked: http://127.0.0.1:1: the loopback address");
    check("b http://localhost:1", 3, "not allowed: cannot fetch http://localhost:1");
    check("c http://169.254.169.254", 3, "the link-local address 169.254.169.254 is never asked");
    check("d unix:/run/a.sock", 3, "a list may not name a Unix socket");
    check("e http://u:s3cr3t@h:1", 3, "a list may not contain credentials");
    check("f file:///etc/passwd", 3, "its scheme is not http, https or unix");
    let shown = said(&run(&store, &["fleet"]));
    assert!(!shown.contains("s3cr3t"), "{shown}");
    assert!(!said(&run(&store, &["fleet", "show", "a", "0000000000000001"])).is_empty());
    let none = folder.path().join("none.db");
    assert_eq!(run(&none, &["fleet"]).status.code(), Some(3));
    assert!(!none.exists(), "a question creates no store");
}

#[test]
fn a_store_is_a_path_and_an_instance_counts_once() {
    let folder = folder();
    let captures = captures(folder.path(), 1);
    let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(["sweep", "--store", "file:a.db?mode=memory", "--captures"])
        .arg(captures)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .expect("the binary is built for this test");
    assert!(output.status.success(), "{}", said(&output));
    let both = folder.path().join("captures");
    let both = both.to_str().expect("folders of tests are text");
    let output = run(&folder.path().join("b.db"), &["sweep", "--captures", both, "--captures", both]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("svc-000 i0: listed in several places"), "{}", said(&output));
    assert!(said(&output).contains("looked at 3 of 3 instances"), "{}", said(&output));
    let length = fs::metadata(folder.path().join("file:a.db?mode=memory")).map(|it| it.len());
    assert!(length.is_ok_and(|it| it > 4096), "the store is not in the file of that name");
}
