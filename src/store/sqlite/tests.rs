//! A store over days: what is written twice, in parts, or in another order is the same; questions have the right answers.

use std::path::Path;

use super::*;
use crate::fleet::MissCause;
use crate::fleet::Missed;
use crate::fleet::Observation;
use crate::fleet::ObservedStack;
use crate::fleet::StackLook;
use crate::fleet::Waits;
use crate::stacks::Fingerprint;
use crate::store::Order;
use crate::store::Seen;

const DAY: i32 = 20_000;

fn store(folder: &Path, name: &str) -> SqliteStore {
    SqliteStore::create(&folder.join(name)).expect("a store is created")
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("the temporary folder can be written")
}

fn begin(store: &mut SqliteStore, day: i32) -> String {
    let id = format!("sweep-{day}");
    let begun = i64::from(day) * 86_400;
    store.begin(&SweepStart { id: id.clone(), day, begun, source: "test".to_owned() }).expect("it begins");
    id
}

fn stack(fingerprint: u64) -> ObservedStack {
    ObservedStack {
        fingerprint: Fingerprint(fingerprint),
        frames: format!("main.f{fingerprint}\t/srv/a.go:{fingerprint}\n"),
        site: Some(format!("main.f{fingerprint}")),
        spawn: None,
        blocked_on: Some("channel send".to_owned()),
        rule: None,
        is_background: fingerprint == 1,
    }
}

/// A service with instances `i0`, `i1` and so on, each with its version and the counts of its stacks.
fn swept(name: &str, day: i32, instances: &[(&str, &[(u64, u64)])]) -> ServiceSweep {
    let seen = instances.iter().zip(0..).map(|((version, stacks), at)| Seen {
        instance: format!("i{at}"),
        place: format!("http://10.0.0.{at}:6060"),
        version: Some((*version).to_owned()).filter(|it| !it.is_empty()),
        observation: Observation {
            taken_at: i64::from(day) * 86_400 + 60 + at,
            goroutines: stacks.iter().map(|(_, count)| count).sum(),
            go_version: None,
            form: "pprof",
            stacks: stacks.iter().map(|(fingerprint, count)| (stack(*fingerprint), *count)).collect(),
        },
    });
    let wanted = instances.len() as u64;
    let team = Some("pay".to_owned()).filter(|_| name == "checkout");
    ServiceSweep {
        name: name.to_owned(),
        team,
        listed: wanted + 1,
        wanted,
        seen: seen.collect(),
        missed: vec![],
    }
}

/// All that a store holds, by names.
fn contents(store: &SqliteStore) -> String {
    let mut bytes = Vec::new();
    for table in Table::ALL {
        bytes.extend(format!("== {}\n", table.as_str()).bytes());
        store.export(*table, &mut bytes).expect("the store is whole").expect("a vector can be written");
    }
    String::from_utf8(bytes).expect("it is text")
}

fn question(order: Order) -> Question {
    Question { order, since_days: 7, service: None, team: None, among: None, least_rms: 0.0, limit: 20 }
}

/// `service fingerprint rms since` of each row.
fn rows(store: &SqliteStore, question: &Question) -> Vec<String> {
    let ranking = store.rank(question).expect("it answers");
    let line = |it: &crate::store::RankedRow| {
        let since = it.since_version.as_deref().unwrap_or("-");
        format!("{} {} {:.1} {since} {}", it.service, it.fingerprint, it.rms, it.since_day - DAY)
    };
    ranking.rows.iter().map(line).collect()
}

/// Two services over three days; on day 2 a new version of `checkout` brings stack 7, and an instance of `search` is odd.
fn days() -> Vec<(i32, Vec<ServiceSweep>)> {
    let quiet: &[(u64, u64)] = &[(1, 900), (2, 10)];
    let mut days = Vec::new();
    for day in DAY..DAY + 2 {
        let checkout = swept("checkout", day, &[("v1", quiet), ("v1", quiet)]);
        days.push((
            day,
            vec![checkout, swept("search", day, &[("", &[(3, 4)]), ("", &[(3, 4)]), ("", &[])])],
        ));
    }
    let leaks: &[(u64, u64)] = &[(1, 900), (2, 10), (7, 600)];
    let checkout = swept("checkout", DAY + 2, &[("v1", quiet), ("v2", leaks)]);
    let search = swept("search", DAY + 2, &[("", &[(3, 4)]), ("", &[(3, 400)]), ("", &[])]);
    days.push((DAY + 2, vec![checkout, search]));
    days
}

/// A second look at a service.
fn second(name: &str, day: i32) -> SecondLook {
    let waits = Waits { listed: 590, stated: 400, least: 1, median: 30, most: 600 };
    let look = StackLook { count: 600, rule: Some("x".to_owned()), waits: Some(waits), proven: Some(580) };
    SecondLook {
        service: name.to_owned(),
        instance: "i1".to_owned(),
        taken_at: i64::from(day) * 86_400 + 90,
        stacks: vec![(stack(7), look), (stack(2), StackLook { count: 10, ..StackLook::default() })],
    }
}

fn fill(store: &mut SqliteStore, keep: impl Fn(&ServiceSweep) -> bool) {
    for (day, services) in days() {
        let sweep = begin(store, day);
        for service in services.iter().filter(|it| keep(it)) {
            store.write(&sweep, service).expect("it is written");
            store.write_again(&sweep, &second(&service.name, day)).expect("it is written");
        }
        store.end(&sweep, i64::from(day) * 86_400 + 100).expect("it ends");
    }
}

#[test]
fn ranks() {
    let folder = folder();
    let mut store = store(folder.path(), "a.db");
    assert!(matches!(store.rank(&question(Order::Rms)), Err(StoreError::Empty { .. })));
    fill(&mut store, |_| true);
    // sqrt(600² / 2), sqrt((4² + 400²) / 3): absent instances count as 0, and background goroutines are not ranked.
    let all = ["checkout 7 424.3 v2 2", "search 3 231.0 - 0", "checkout 2 10.0 v1 0"];
    assert_eq!(rows(&store, &question(Order::Rms)), all);
    assert_eq!(rows(&store, &question(Order::New)), all[..1]);
    assert_eq!(rows(&store, &question(Order::Odd)), all[1..2]);
    assert_eq!(rows(&store, &Question { since_days: 1, ..question(Order::Growth) }), all[..2]);
    assert_eq!(rows(&store, &Question { limit: 1, ..question(Order::Rms) }), all[..1]);
    let regex = regex_lite::Regex::new("^sea").expect("it is valid");
    assert_eq!(rows(&store, &Question { service: Some(regex), ..question(Order::Rms) }), all[1..2]);
    assert_eq!(rows(&store, &Question { team: Some("pay".to_owned()), ..question(Order::Odd) }), [""; 0]);

    let ranking = store.rank(&Question { since_days: 2, ..question(Order::Rms) }).expect("it answers");
    assert_eq!((ranking.day, ranking.before), (DAY + 2, Some(DAY)));
    let row = &ranking.rows[1];
    assert_eq!((row.most, row.most_at.as_str(), row.instances, row.looked_at), (400, "i1", 2, 3));
    assert_eq!((row.is_odd, row.is_new, row.rms_before.map(f64::round)), (true, false, Some(3.0)));
    assert_eq!(row.days.iter().map(|it| it.mean.round()).collect::<Vec<_>>(), [3.0, 3.0, 135.0]);
    let coverage = &ranking.coverage;
    assert_eq!((coverage.services, coverage.listed, coverage.wanted, coverage.pulled), (2, 7, 5, 5));
}

#[test]
fn history_of_a_stack() {
    let folder = folder();
    let mut store = store(folder.path(), "a.db");
    fill(&mut store, |_| true);
    let history = store.history("checkout", 7).expect("it answers").expect("it was seen");
    let days: Vec<(i32, u64)> = history.days.iter().map(|it| (it.day - DAY, it.most)).collect();
    assert_eq!(days, [(0, 0), (1, 0), (2, 600)]);
    let versions: Vec<(Option<&str>, bool, f64)> =
        history.versions.iter().map(|it| (it.version.as_deref(), it.has_it, it.mean)).collect();
    assert_eq!(versions, [(Some("v1"), false, 0.0), (Some("v2"), true, 600.0)]);
    let instances: Vec<(&str, u64)> =
        history.instances.iter().map(|it| (it.place.as_str(), it.count)).collect();
    assert_eq!(instances, [("http://10.0.0.1:6060", 600), ("http://10.0.0.0:6060", 0)]);
    assert_eq!(store.history("checkout", 3).expect("it answers"), None);
    let seen = history.row.second.as_ref().expect("there was a second look");
    let look = second("checkout", DAY + 2);
    assert_eq!(
        (&seen.instance, seen.taken_at, &seen.look),
        (&look.instance, look.taken_at, &look.stacks[0].1)
    );
    assert_eq!((history.row.cause(), history.row.proven()), (Some("x"), 580));
    let again = store.looked_again(&format!("sweep-{}", DAY + 2)).expect("it answers");
    assert_eq!(again, ["checkout", "search"].map(str::to_owned).into());
}

#[test]
fn twice_is_as_once_in_any_order() {
    let folder = folder();
    let (mut once, mut twice) = (store(folder.path(), "once.db"), store(folder.path(), "twice.db"));
    fill(&mut once, |_| true);
    fill(&mut twice, |it| it.name == "search");
    fill(&mut twice, |_| true);
    fill(&mut twice, |_| true);
    assert_eq!(contents(&once), contents(&twice));
    assert!(contents(&once).contains("20002,checkout,v2,0000000000000007,1,600,360000,600,i1"));
}

#[test]
fn shards_merged_equal_one_store() {
    let folder = folder();
    let mut whole = store(folder.path(), "whole.db");
    fill(&mut whole, |_| true);
    let (mut a, mut b) = (store(folder.path(), "a.db"), store(folder.path(), "b.db"));
    fill(&mut a, |it| it.name == "checkout");
    fill(&mut b, |it| it.name == "search");
    for order in [[&a, &b], [&b, &a], [&b, &whole]] {
        let mut merged = store(folder.path(), "merged.db");
        for part in order.into_iter().chain(order) {
            merged.merge(part).expect("it is merged");
        }
        assert_eq!(contents(&merged), contents(&whole));
        for order in Order::ALL {
            assert_eq!(rows(&merged, &question(*order)), rows(&whole, &question(*order)));
        }
        drop(merged);
        for file in ["merged.db", "merged.db-wal", "merged.db-shm"] {
            // The last connection removes the log itself.
            let _ = std::fs::remove_file(folder.path().join(file));
        }
    }
}

#[test]
fn what_was_missed_is_filled_in() {
    let folder = folder();
    let mut store = store(folder.path(), "a.db");
    let sweep = begin(&mut store, DAY);
    let missed = |instance: &str| Missed {
        instance: instance.to_owned(),
        cause: MissCause::TimedOut,
        detail: "after 10 s".to_owned(),
    };
    let none = ServiceSweep { missed: vec![missed("i0"), missed("i9")], wanted: 2, ..swept("a", DAY, &[]) };
    store.write(&sweep, &none).expect("it is written");
    let filled = swept("a", DAY, &[("", &[(3, 4)])]);
    store.write(&sweep, &filled).expect("it is written");
    // A second try that fails does not undo the first.
    store.write(&sweep, &ServiceSweep { missed: vec![missed("i0")], ..none.clone() }).expect("it is written");
    let ranking = store.rank(&question(Order::Rms)).expect("it answers");
    let missed: Vec<&str> = ranking.coverage.missed.iter().map(|it| it.instance.as_str()).collect();
    assert_eq!((ranking.coverage.pulled, ranking.coverage.wanted, missed), (1, 2, vec!["i9"]));
    assert_eq!(store.pulled(&sweep).expect("it answers"), [("a".to_owned(), "i0".to_owned())].into());
    assert_eq!(store.larger_than(3, DAY).expect("it answers"), [("a".to_owned(), "i0".to_owned(), 4)]);
    assert_eq!(store.larger_than(4, DAY).expect("it answers"), []);
    assert!(matches!(store.write("other", &none), Err(StoreError::NoSweep { .. })));
}

#[test]
fn the_last_sweep_of_a_day_counts() {
    let folder = folder();
    let mut store = store(folder.path(), "a.db");
    for (id, count, minute) in [("noon", 90, 10), ("night", 30, 20)] {
        let start = SweepStart { id: id.to_owned(), day: DAY, begun: 0, source: String::new() };
        store.begin(&start).expect("it begins");
        let mut service = swept("a", DAY, &[("v1", &[(3, count)])]);
        service.seen[0].observation.taken_at = minute;
        store.write(id, &service).expect("it is written");
    }
    let ranking = store.rank(&question(Order::Rms)).expect("it answers");
    assert_eq!((ranking.rows[0].most, ranking.rows[0].looked_at, ranking.coverage.pulled), (30, 1, 1));
}

#[test]
fn old_parts_are_pruned() {
    let folder = folder();
    let mut store = store(folder.path(), "a.db");
    for day in [DAY - 800, DAY - 200, DAY - 199, DAY - 100, DAY - 20, DAY] {
        let sweep = begin(&mut store, day);
        let gone = day == DAY - 800;
        let stacks: &[(u64, u64)] = if gone { &[(9, 1)] } else { &[(3, 4)] };
        store.write(&sweep, &swept("a", day, &[("v1", stacks)])).expect("it is written");
    }
    let pruned = store.prune(DAY, &Ages::default()).expect("it is pruned");
    assert_eq!(pruned.snapshots, 5);
    assert_eq!(pruned.stacks, 1);
    let history = store.history("a", 3).expect("it answers").expect("it was seen");
    let days: Vec<i32> = history.days.iter().map(|it| it.day - DAY).collect();
    assert_eq!(days, [-199, -100, -20, 0], "day -800 is too old, and of the week of -200 the last day stays");
    assert_eq!(history.row.since_day, DAY - 200, "the first day is still known");
    let before = contents(&store);
    assert_eq!(store.prune(DAY, &Ages::default()).expect("it is pruned"), Pruned::default());
    assert_eq!(contents(&store), before);
}

#[test]
fn files_are_private_and_recognised() {
    let folder = folder();
    let path = folder.path().join("a.db");
    fill(&mut store(folder.path(), "a.db"), |_| true);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&path).expect("it is there").permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(SqliteStore::open(&folder.path().join("none.db")).is_err());
    assert!(!folder.path().join("none.db").exists());
    let connection = Connection::open(&path).expect("it opens");
    connection.pragma_update(None, "user_version", 99).expect("it is written");
    assert!(matches!(SqliteStore::create(&path), Err(StoreError::Newer { found: 99, known: 3, .. })));
    let other = folder.path().join("other.db");
    let connection = Connection::open(&other).expect("it opens");
    connection.execute_batch("create table t (a)").expect("it is written");
    assert!(matches!(SqliteStore::create(&other), Err(StoreError::Foreign { .. })));
    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database, but long enough to be read as its first page")
        .expect("it is written");
    assert!(matches!(SqliteStore::create(&text), Err(StoreError::Sqlite { .. })));
}

#[test]
fn hostile_names_stay_names() {
    let folder = folder();
    let mut store = store(folder.path(), "a.db");
    let sweep = begin(&mut store, DAY);
    let name = "a'); drop table stack; --\n\"x\",";
    store.write(&sweep, &swept(name, DAY, &[("v'1", &[(3, 4)])])).expect("it is written");
    assert_eq!(store.rank(&question(Order::Rms)).expect("it answers").rows[0].service, name);
    assert!(contents(&store).contains("20000,\"a'); drop table stack; --\n\"\"x\"\",\",v'1,"));
}
