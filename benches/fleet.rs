//! A fleet through the whole pipeline and a store, without HTTP: how much of what is planted is found, what is said of the innocent, and
//! what it costs. `cargo bench --features fleet --bench fleet`; LEAKSCOPE_SERVICES, LEAKSCOPE_DAYS, LEAKSCOPE_INSTANCES set its size,
//! and LEAKSCOPE_STORE names a file that is kept, and that is only asked if it is there.
//!
//! LEAKSCOPE_STORE may also be a server of ClickHouse and a database, such as http://127.0.0.1:8123/leakscope.
//!
//! CPU time is that of the thread that works, as Linux counts it; elsewhere it is shown as 0.

#![expect(clippy::print_stdout, reason = "a bench reports to its user")]
#![expect(clippy::disallowed_methods, reason = "a bench measures, and its size is set by variables")]

#[path = "inputs/fleet.rs"]
mod inputs;
#[path = "inputs/written.rs"]
mod written;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use inputs::Fleet;
use inputs::Plant;
use leakscope::decode::Limits;
use leakscope::fleet::observe;
use leakscope::input::Input;
use leakscope::input::SnapshotInput;
use leakscope::input::read_snapshot;
use leakscope::rules::RuleSet;
use leakscope::source::HttpOptions;
use leakscope::source::Poster;
use leakscope::store::ClickHouseStore;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::RankedRow;
use leakscope::store::Seen;
use leakscope::store::ServiceSweep;
use leakscope::store::SqliteStore;
use leakscope::store::Store;
use leakscope::store::SweepStart;
use leakscope::store::Transport;

/// In 2079: a server removes old rows.
const FIRST: i32 = 40_000;

fn main() {
    let (services, days, instances) = (size("SERVICES", 200), size("DAYS", 6), size("INSTANCES", 20));
    let fleet = Fleet::new(services);
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let kept = std::env::var("LEAKSCOPE_STORE").ok();
    let is_server = kept.as_ref().is_some_and(|it| it.starts_with("http://"));
    let place = kept.unwrap_or_else(|| folder.path().join("fleet.db").display().to_string());
    println!("{services} services x {instances} instances x {days} days");
    let is_filled = Path::new(&place).exists();
    let mut store = open(&place);
    let is_filled = is_filled || is_server && store.rank(&question(Order::Rms, 1)).is_ok();
    if !is_filled {
        for day in 0..days {
            sweep(&mut *store, &fleet, day, instances);
        }
    }
    if !is_server {
        println!("store {} KB", std::fs::metadata(&place).map_or(0, |it| it.len()) / 1000);
    }
    drop(store);
    questions(&*open(&place), &fleet, days);
}

fn size(name: &str, otherwise: u64) -> u64 {
    std::env::var(format!("LEAKSCOPE_{name}")).map_or(otherwise, |it| it.parse().expect("a number"))
}

fn open(place: &str) -> Box<dyn Store> {
    let Some(rest) = place.strip_prefix("http://") else {
        return Box::new(SqliteStore::create(Path::new(place)).expect("a store is created"));
    };
    let (host, database) = rest.split_once('/').expect("a server has the name of a database");
    let options = HttpOptions { proxy: false, ..HttpOptions::default() };
    let poster = Poster::new(&format!("http://{host}/"), &options).expect("it is a URL");
    let store = ClickHouseStore::new(Box::new(Http(poster, database.to_owned())), place.to_owned());
    store.init().expect("the database is there");
    Box::new(store)
}

struct Http(Poster, String);

impl Transport for Http {
    fn send(
        &self,
        statement: &str,
        rows: Vec<u8>,
    ) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
        let keys = [("database", self.1.as_str()), ("output_format_json_quote_64bit_integers", "0")];
        Ok(match rows.is_empty() {
            true => self.0.post(&keys, "text/plain", statement.as_bytes().to_vec())?,
            false => self.0.post(&[keys[0], ("query", statement)], "text/plain", rows)?,
        })
    }
}

fn question(order: Order, limit: usize) -> Question {
    // Growth is measured over three days; what is planted came before these.
    let since_days = if order == Order::New { 100 } else { 3 };
    Question { order, since_days, service: None, team: None, among: None, least_rms: 0.0, limit }
}

/// One day: each instance is decoded, grouped, diagnosed and written.
fn sweep(store: &mut dyn Store, fleet: &Fleet, day: u64, instances: u64) {
    let rules = RuleSet::built_in();
    let id = format!("day-{day}");
    let at = (i64::from(FIRST) + day as i64) * 86_400;
    let start = SweepStart { id: id.clone(), day: FIRST + day as i32, begun: at, source: "bench".to_owned() };
    store.begin(&start).expect("it begins");
    let (mut looking, mut writing, mut stacks) = (0.0, 0.0, 0);
    for service in &fleet.services {
        let profiles: Vec<Vec<u8>> = (0..instances).map(|it| fleet.profile(service, it, day)).collect();
        let before = cpu();
        let seen = profiles.into_iter().zip(0..).map(|(bytes, instance)| {
            let input = SnapshotInput::from_input(Input::from_bytes(String::new(), bytes));
            let snapshot = read_snapshot(input, &Limits::default()).expect("it is a profile");
            let observation = observe(snapshot, &rules, at);
            stacks += observation.stacks.len();
            Seen {
                instance: format!("{}-{instance}", service.name),
                place: format!("10.0.0.{instance}:6060"),
                version: Some(Fleet::version(day).to_owned()),
                observation,
            }
        });
        let seen: Vec<Seen> = seen.collect();
        let (name, team) = (service.name.clone(), Some(service.team.clone()));
        let missed = Vec::new();
        let swept = ServiceSweep { name, team, listed: instances, wanted: instances, seen, missed };
        let between = cpu();
        store.write(&id, &swept).expect("it is written");
        looking += between - before;
        writing += cpu() - between;
    }
    store.end(&id, at + 60).expect("it ends");
    let each = 1000.0 / (fleet.services.len() as f64 * instances as f64);
    println!(
        "day {day}: {stacks} samples; CPU of an instance: {:.2} ms to look, {:.2} ms to write; peak memory {} MB",
        looking * each,
        writing * each,
        peak_memory()
    );
}

/// All questions to the last day, and what their answers say of what is planted.
fn questions(store: &dyn Store, fleet: &Fleet, days: u64) {
    let plants: BTreeMap<String, (Plant, &str)> = fleet
        .services
        .iter()
        .filter_map(|it| Some((Fleet::planted(it), (it.plant?, it.name.as_str()))))
        .collect();
    let is_leak = |plant: &Plant| matches!(plant, Plant::Leak(_));
    let is_odd = |plant: &Plant| matches!(plant, Plant::Odd(_));
    let count = |which: &dyn Fn(&Plant) -> bool| plants.values().filter(|(plant, _)| which(plant)).count();
    let (leaks, odd) = (count(&is_leak), count(&is_odd));
    println!(
        "planted: {leaks} leaks, {odd} odd instances; {} large and innocent",
        plants.len() - leaks - odd
    );
    for order in Order::ALL {
        let wanted: &dyn Fn(&Plant) -> bool = match order {
            Order::Odd => &is_odd,
            Order::Rms | Order::Growth | Order::New => &is_leak,
        };
        let limit = 2 * count(wanted);
        let question = question(*order, limit);
        let before = cpu();
        let ranking = store.rank(&question).expect("it answers");
        let took = cpu() - before;
        let plant_of = |row: &RankedRow| row.site.as_ref().and_then(|site| plants.get(site));
        let found: BTreeSet<&str> = ranking
            .rows
            .iter()
            .filter_map(|row| plant_of(row).filter(|(plant, _)| wanted(plant)).map(|(_, service)| *service))
            .collect();
        let growing = ranking.rows.iter().filter(|row| row.is_growing());
        let (right, wrong): (Vec<&RankedRow>, Vec<&RankedRow>) =
            growing.partition(|row| plant_of(row).is_some_and(|(plant, _)| is_leak(plant)));
        let odd_wrong =
            ranking.rows.iter().filter(|it| it.is_odd && !plant_of(it).is_some_and(|(it, _)| is_odd(it)));
        let since = right.iter().filter(|it| {
            it.since_version.as_deref() == Some("v2") && it.since_day == ranking.day + 2 - days as i32
        });
        println!(
            "{}: {took:.3} s of CPU; {} of {} planted in the first {}; growing: {} right (since the right day and version {}), {} wrong; odd: {} wrong; {} more rows",
            order.as_str(),
            found.len(),
            count(wanted),
            ranking.rows.len(),
            right.len(),
            since.count(),
            wrong.len(),
            odd_wrong.count(),
            ranking.omitted
        );
    }
    let worst = store.rank(&question(Order::Rms, 1)).expect("it answers");
    if let Some(row) = worst.rows.first() {
        let before = cpu();
        let history = store.history(&row.service, row.fingerprint).expect("it answers");
        assert!(history.is_some(), "a row has a history");
        println!("show: {:.3} s of CPU", cpu() - before);
    }
    println!("peak memory {} MB", peak_memory());
}

/// The CPU time of this thread, in seconds.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// The largest amount of memory that this process had, in MB.
fn peak_memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|it| it.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1000
}
