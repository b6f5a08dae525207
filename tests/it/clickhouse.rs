//! A store in ClickHouse answers as a store in a file does, on two real servers: the old one that Debian has, over its own HTTP, and today's
//! engine, chdb, behind `tests/clickhouse/serve.py`.
#![expect(clippy::disallowed_methods, reason = "a test reads the environment; the core does not")]

use std::error::Error;
use std::io::BufRead;
use std::io::BufReader;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;

use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::fleet::Observation;
use leakscope::fleet::ObservedStack;
use leakscope::fleet::StackLook;
use leakscope::fleet::Waits;
use leakscope::source::HttpOptions;
use leakscope::source::Poster;
use leakscope::stacks::Fingerprint;
use leakscope::store::ClickHouseStore;
use leakscope::store::Notice;
use leakscope::store::NoticeKind;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::SecondLook;
use leakscope::store::Seen;
use leakscope::store::ServiceSweep;
use leakscope::store::SqliteStore;
use leakscope::store::Store;
use leakscope::store::SweepStart;
use leakscope::store::Transport;

use crate::support;

/// A server, for as long as this value lives.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Http(Poster);

impl Transport for Http {
    fn send(&self, statement: &str, rows: Vec<u8>) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
        let database = ("database", "leakscope");
        Ok(match rows.is_empty() {
            true => {
                let plain = ("output_format_json_quote_64bit_integers", "0");
                self.0.post(&[database, plain], "text/plain", statement.as_bytes().to_vec())?
            }
            false => self.0.post(&[database, ("query", statement)], "text/plain", rows)?,
        })
    }
}

fn poster(url: &str) -> Poster {
    Poster::new(url, &HttpOptions { proxy: false, ..HttpOptions::default() }).expect("it is a URL")
}

fn store(server: &Server) -> ClickHouseStore {
    ClickHouseStore::new(Box::new(Http(poster(&server.url))), server.url.clone())
}

/// Debian's server; `None` if it is not there.
#[track_caller]
fn debian(folder: &Path) -> Option<Server> {
    if support::program("clickhouse-server").is_none() {
        support::skip("LEAKSCOPE_REQUIRE_CLICKHOUSE", "there is no clickhouse-server on PATH");
        return None;
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .expect("a port is free")
        .port();
    let path = folder.display();
    let config = format!(
        "<yandex><logger><level>error</level><console>1</console></logger><http_port>{port}</http_port>\
         <listen_host>127.0.0.1</listen_host><path>{path}/data/</path><tmp_path>{path}/tmp/</tmp_path>\
         <users_config>users.xml</users_config><default_profile>default</default_profile>\
         <default_database>default</default_database><mark_cache_size>33554432</mark_cache_size></yandex>"
    );
    let users = "<yandex><profiles><default/></profiles><users><default><password></password>\
        <networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default></users>\
        <quotas><default/></quotas></yandex>";
    std::fs::write(folder.join("config.xml"), config).expect("it is written");
    std::fs::write(folder.join("users.xml"), users).expect("it is written");
    let child = Command::new("clickhouse-server")
        .arg(format!("--config-file={path}/config.xml"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it is on PATH");
    let server = Server { child, url: format!("http://127.0.0.1:{port}/") };
    for _ in 0..600 {
        let created = poster(&server.url).post(&[], "text/plain", b"create database leakscope".to_vec());
        if created.is_ok() {
            return Some(server);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server did not start within a minute");
}

/// Today's engine; `None` if it is not there. `LEAKSCOPE_PYTHON` names a Python that has chdb.
#[track_caller]
fn chdb(folder: &Path) -> Option<Server> {
    let python = std::env::var("LEAKSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python).args(["-c", "import chdb"]).output().is_ok_and(|it| it.status.success());
    if !has {
        support::skip("LEAKSCOPE_REQUIRE_CLICKHOUSE", "Python has no chdb");
        return None;
    }
    let mut child = Command::new(python)
        .arg(support::root("tests/clickhouse/serve.py"))
        .arg(folder.join("chdb"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it ran just before");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is piped"))
        .read_line(&mut line)
        .expect("it prints its port");
    Some(Server { child, url: format!("http://127.0.0.1:{}/", line.trim()) })
}

/// In 2079: a server removes old rows.
const DAY: i32 = 40_000;
const HOSTILE: &str = "a'); drop table stack; --\n\"x\"\\";

fn stack(fingerprint: u64) -> ObservedStack {
    ObservedStack {
        fingerprint: Fingerprint(fingerprint),
        frames: format!("main.f{fingerprint}\t/srv/a.go:{}\n", fingerprint % 1000),
        site: Some(format!("main.f{fingerprint}")).filter(|_| fingerprint != 3),
        spawn: None,
        blocked_on: Some("channel send".to_owned()),
        rule: Some("it's".to_owned()).filter(|_| fingerprint == 2),
        is_background: fingerprint == 1,
    }
}

/// What a service has on a day: leaks, a pool, an odd instance, versions that come and go, instances that are missed.
fn swept(name: &str, day: i32, sweep: i32) -> ServiceSweep {
    let age = i64::from(day - DAY);
    let seen = (0..4i64).filter(|at| (at + age + i64::from(sweep)) % 5 != 0).map(|at| {
        let version = match (name, at) {
            ("plain", _) => None,
            _ if age < 2 => Some("v1"),
            (_, 0) if age < 4 => Some("v1"),
            _ => Some("v2"),
        };
        let mut stacks = vec![(1, 500), (2, 40 + 50 * age.unsigned_abs()), (u64::MAX - 9, 7)];
        if version == Some("v2") {
            stacks.push((4, 90 + at.unsigned_abs()));
        }
        if at == 2 && name == HOSTILE {
            stacks.push((3, 600));
        }
        let stacks: Vec<(ObservedStack, u64)> =
            stacks.into_iter().map(|(fp, count)| (stack(fp), count)).collect();
        Seen {
            instance: format!("{name}-{at}"),
            place: format!("10.0.0.{at}:6060"),
            version: version.map(str::to_owned),
            observation: Observation {
                taken_at: i64::from(day) * 86_400 + 60 * i64::from(sweep) + at,
                goroutines: stacks.iter().map(|it| it.1).sum(),
                go_version: None,
                form: "pprof",
                stacks,
            },
        }
    });
    let seen: Vec<Seen> = if name == "silent" { Vec::new() } else { seen.collect() };
    let is_missed = |at: &i64| !seen.iter().any(|it| it.instance == format!("{name}-{at}"));
    let missed = (0..4i64).filter(is_missed).map(|at| Missed {
        instance: format!("{name}-{at}"),
        cause: MissCause::TimedOut,
        detail: format!("after {sweep} s, it's\tlate"),
    });
    let missed = missed.collect();
    let team = Some("pay".to_owned()).filter(|_| name == "plain");
    ServiceSweep { name: name.to_owned(), team, listed: 6, wanted: 4, seen, missed }
}

/// A second look at a service, with and without waits and a proof.
fn second(name: &str, day: i32, sweep: i32) -> SecondLook {
    let waits = Waits { listed: 90, stated: 80, least: 1, median: 7, most: day.unsigned_abs() };
    let looks = [
        (3, StackLook { count: 90, rule: Some("it's".to_owned()), waits: Some(waits), proven: Some(70) }),
        (2, StackLook { count: 40, rule: None, waits: None, proven: Some(0) }),
        (u64::MAX - 9, StackLook { count: 7, rule: None, waits: Some(waits), proven: None }),
    ];
    // Of the last day the second sweep saw less.
    let kept = if sweep == 0 { 3 } else { 2 };
    SecondLook {
        service: name.to_owned(),
        instance: format!("{name}-{sweep}"),
        taken_at: i64::from(day) * 86_400 + 3600 + i64::from(sweep),
        stacks: looks.into_iter().take(kept).map(|(fp, look)| (stack(fp), look)).collect(),
    }
}

/// Days of two sweeps each, of which one does not end.
fn fill(store: &mut dyn Store) {
    for day in DAY..DAY + 6 {
        for sweep in 0..2 {
            let id = format!("{day} {sweep}'s");
            let begun = i64::from(day) * 86_400 + i64::from(sweep);
            store
                .begin(&SweepStart { id: id.clone(), day, begun, source: "it's a test".to_owned() })
                .expect("it begins");
            for name in ["plain", HOSTILE, "silent", "third"] {
                store.write(&id, &swept(name, day, sweep)).expect("it is written");
            }
            if day < DAY + 2 {
                for name in [HOSTILE, "third"] {
                    store.write_again(&id, &second(name, day, sweep)).expect("it is written");
                }
            }
            if sweep == 0 {
                store.end(&id, begun + 30).expect("it ends");
            }
        }
    }
}

#[track_caller]
fn same_answers(file: &dyn Store, server: &dyn Store) {
    for order in Order::ALL {
        for (limit, team, service) in
            [(0, None, None), (2, None, None), (0, Some("pay"), None), (0, None, Some("drop|third"))]
        {
            let question = Question {
                order: *order,
                since_days: 3,
                service: service.map(|it| regex_lite::Regex::new(it).expect("a pattern")),
                team: team.map(str::to_owned),
                among: None,
                least_rms: 8.0,
                limit,
            };
            let [expected, found] = [file, server].map(|it| it.rank(&question).expect("it answers"));
            assert_eq!(found, expected, "{order:?} {limit} {team:?} {service:?}");
        }
    }
    for (service, fp) in
        [("plain", 2), (HOSTILE, 3), (HOSTILE, 4), ("third", u64::MAX - 9), ("third", 3), ("none", 2)]
    {
        let [expected, found] = [file, server].map(|it| it.history(service, fp).expect("it answers"));
        assert_eq!(found, expected, "{service} {fp}");
    }
    let id = format!("{} 1's", DAY + 5);
    let [expected, found] = [file, server].map(|it| it.pulled(&id).expect("it answers"));
    assert_eq!(found, expected);
    for day in [DAY, DAY + 5] {
        let id = format!("{day} 1's");
        let [expected, found] = [file, server].map(|it| it.looked_again(&id).expect("it answers"));
        assert_eq!((found.len(), &found), (if day == DAY { 2 } else { 0 }, &expected));
    }
    let seen = server.history("third", u64::MAX - 9).expect("it answers").and_then(|it| it.row.second);
    assert_eq!(seen, None, "the last second look says nothing more of it");
    let [mut expected, mut found] = [file, server].map(|it| it.larger_than(300, DAY).expect("it answers"));
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(server.notices().expect("it answers"), file.notices().expect("it answers"));
}

#[track_caller]
fn check(folder: &Path, server: &Server) {
    let mut on_server = store(server);
    let refused = on_server.init().expect("the tables are created");
    assert!(refused.len() < 2, "{refused:?}");
    on_server.init().expect("what is there stays");
    let mut file = SqliteStore::create(&folder.join("fleet.db")).expect("a store is created");
    fill(&mut file);
    fill(&mut on_server);
    same_answers(&file, &on_server);
    // Again, by another process, is as once.
    let mut again = store(server);
    fill(&mut again);
    same_answers(&file, &again);
    let notice =
        |day, kind, fingerprint| Notice { service: HOSTILE.to_owned(), fingerprint, kind, day, rms: 2.5 };
    let notices = [
        notice(DAY, NoticeKind::New, 3),
        notice(DAY + 1, NoticeKind::Worse, 3),
        notice(DAY, NoticeKind::New, 4),
    ];
    for notice in &notices {
        file.remember(std::slice::from_ref(notice)).expect("it is remembered");
        again.remember(std::slice::from_ref(notice)).expect("it is remembered");
    }
    same_answers(&file, &again);
    let unknown = again.write("no such sweep", &swept("plain", DAY, 0));
    assert!(unknown.is_err_and(|it| it.to_string().contains("has no sweep")));
    // The same through the command line.
    let url = format!("{}leakscope", server.url);
    let asked = |store: &str| {
        let output = support::leakscope(&[
            "fleet",
            "--by",
            "growth",
            "--since",
            "3d",
            "--format",
            "json",
            "--isolated",
            "--store",
            store,
        ]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        support::document(&output)
    };
    assert_eq!(asked(&url), asked(folder.join("fleet.db").to_str().expect("folders of tests are text")));
}

#[test]
fn debians_server_answers_as_a_file() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let Some(server) = debian(folder.path()) else { return };
    check(folder.path(), &server);
}

#[test]
fn todays_engine_answers_as_a_file() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let Some(server) = chdb(folder.path()) else { return };
    check(folder.path(), &server);
}

#[test]
fn mistakes() {
    let check = |store: &str, code: i32, expected: &str| {
        let output = support::leakscope(&["fleet", "--isolated", "--store", store]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{store}: {text}");
        assert!(text.contains(expected) && !text.contains("s3cr3t"), "{store}: {text}");
    };
    check(
        "http://127.0.0.1:1/leakscope",
        3,
        "the store http://127.0.0.1:1/leakscope: cannot fetch http://127.0.0.1:1",
    );
    check("http://u:s3cr3t@127.0.0.1:1/leakscope", 2, "set CLICKHOUSE_USER and CLICKHOUSE_PASSWORD");
    check("http://127.0.0.1:1/", 2, "a server needs the name of a database");
    check("http://127.0.0.1:1/a;b", 2, "of letters, digits and _");
}
