//! Writes services, some at a time: a server likes few large inserts.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use serde::Deserialize;
use serde::Serialize;

use super::server::Server;
use super::server::hex_list;
use crate::fleet::ObservedStack;
use crate::store::ServiceSweep;
use crate::store::StoreError;
use crate::store::sums::Taken;
use crate::store::sums::day_sums;
use crate::store::sums::first_version;

/// Services that are written at a time. A process that is killed loses them.
const SERVICES: usize = 50;
/// Samples that are written at a time, at least.
const SAMPLES: usize = 200_000;
/// With more stacks, the set of known ones starts again.
const MAX_KNOWN: usize = 1 << 18;
/// Makes an age of a day: the earlier day has the greater age.
const LAST_DAY: i32 = 1_000_000;

/// What is not written yet.
#[derive(Default)]
pub(super) struct Batch {
    services: Vec<Pending>,
    stacks: Vec<StackRow>,
    samples: usize,
    /// Hashes of the stacks that were written.
    known: HashSet<u64>,
}

struct Pending {
    sweep: String,
    day: i32,
    name: String,
    team: Option<String>,
    listed: u64,
    wanted: u64,
    seen: Vec<(SnapshotRow, Vec<(i64, u64)>)>,
    missed: Vec<(String, &'static str, String)>,
}

/// The snapshots of a service on a day, with their stacks and counts, by instance and sweep.
type Snapshots = BTreeMap<(String, String), (SnapshotRow, Vec<(i64, u64)>)>;

#[derive(Clone, Serialize, Deserialize)]
struct SnapshotRow {
    day: i32,
    sweep: String,
    service: String,
    instance: String,
    version: String,
    taken_at: i64,
    goroutines: u64,
    go_version: String,
    form: String,
    place: String,
}

#[derive(Serialize, Deserialize)]
struct SampleRow {
    day: i32,
    sweep: String,
    service: String,
    instance: String,
    fp: u64,
    n: u64,
}

#[derive(Serialize)]
struct StackRow {
    fp: u64,
    frames: String,
    site: String,
    spawn: String,
    blocked_on: String,
    rule: String,
    background: u8,
}

#[derive(Serialize)]
struct ServiceRow<'a> {
    name: &'a str,
    team: &'a str,
    day: i32,
}

#[derive(Serialize)]
struct PlannedRow<'a> {
    day: i32,
    sweep: &'a str,
    service: &'a str,
    listed: u64,
    wanted: u64,
}

#[derive(Serialize)]
struct MissedRow<'a> {
    day: i32,
    sweep: &'a str,
    service: &'a str,
    instance: &'a str,
    cause: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct LookedRow<'a> {
    day: i32,
    service: &'a str,
    version: &'a str,
    instances: u64,
    generation: u64,
}

#[derive(Serialize)]
struct DailyRow<'a> {
    day: i32,
    service: &'a str,
    version: &'a str,
    fp: u64,
    instances: u64,
    total: u64,
    squares: u64,
    most: u64,
    most_at: String,
    generation: u64,
}

#[derive(Serialize)]
struct SinceRow<'a> {
    service: &'a str,
    fp: u64,
    day: i32,
    version: &'a str,
    age: u32,
}

#[derive(Deserialize)]
struct VersionDay {
    service: String,
    version: String,
    first_day: i32,
}

impl Batch {
    /// Adds a service; whether the batch is large enough to be written.
    pub(super) fn add(&mut self, sweep: &str, day: i32, service: &ServiceSweep) -> bool {
        let mut seen = Vec::new();
        for it in &service.seen {
            let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
            for (stack, count) in &it.observation.stacks {
                self.add_stack(stack);
                *counts.entry(stack.fingerprint.0.cast_signed()).or_default() += *count;
            }
            self.samples += counts.len();
            let snapshot = SnapshotRow {
                day,
                sweep: sweep.to_owned(),
                service: service.name.clone(),
                instance: it.instance.clone(),
                version: it.version.clone().unwrap_or_default(),
                taken_at: it.observation.taken_at,
                goroutines: it.observation.goroutines,
                go_version: it.observation.go_version.clone().unwrap_or_default(),
                form: it.observation.form.to_owned(),
                place: it.place.clone(),
            };
            seen.push((snapshot, counts.into_iter().collect()));
        }
        let missed =
            service.missed.iter().map(|it| (it.instance.clone(), it.cause.as_str(), it.detail.clone()));
        let pending = Pending {
            sweep: sweep.to_owned(),
            day,
            name: service.name.clone(),
            team: service.team.clone(),
            listed: service.listed,
            wanted: service.wanted,
            seen,
            missed: missed.collect(),
        };
        self.services.push(pending);
        self.services.len() >= SERVICES || self.samples >= SAMPLES
    }

    /// Adds stacks that are written with the next services, or before them.
    pub(super) fn add_stacks<'a>(&mut self, stacks: impl Iterator<Item = &'a ObservedStack>) {
        stacks.for_each(|it| self.add_stack(it));
    }

    fn add_stack(&mut self, stack: &ObservedStack) {
        let ObservedStack { fingerprint, frames, site, spawn, blocked_on, rule, is_background } = stack;
        let mut hasher = DefaultHasher::new();
        (fingerprint, frames, site, spawn, blocked_on, rule, is_background).hash(&mut hasher);
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        if !self.known.insert(hasher.finish()) {
            return;
        }
        let text = |it: &Option<String>| it.clone().unwrap_or_default();
        self.stacks.push(StackRow {
            fp: fingerprint.0,
            frames: frames.clone(),
            site: text(site),
            spawn: text(spawn),
            blocked_on: text(blocked_on),
            rule: text(rule),
            background: u8::from(*is_background),
        });
    }

    /// Writes what was added. Snapshots come last: an instance that has one is not asked again.
    pub(super) fn write(&mut self, server: &Server) -> Result<(), StoreError> {
        server.insert("stack", &self.stacks)?;
        self.stacks.clear();
        if self.services.is_empty() {
            return Ok(());
        }
        let mut days: BTreeMap<i32, Vec<&Pending>> = BTreeMap::new();
        for it in &self.services {
            days.entry(it.day).or_default().push(it);
        }
        for (day, services) in days {
            day_of_services(server, day, &services)?;
        }
        self.services.clear();
        self.samples = 0;
        Ok(())
    }
}

fn day_of_services(server: &Server, day: i32, services: &[&Pending]) -> Result<(), StoreError> {
    let names = hex_list(services.iter().map(|it| it.name.as_str()));
    let there = format!("day = {day} and service in {names}");
    let known: Vec<SnapshotRow> = server.rows(&format!(
        "select day, sweep, service, instance, version, taken_at, goroutines, go_version, form, place from snapshot final where {there}"
    ))?;
    // Samples without a snapshot are of a process that was killed: its instances are asked again.
    let samples: Vec<SampleRow> = match known.is_empty() {
        true => Vec::new(),
        false => server
            .rows(&format!("select day, sweep, service, instance, fp, n from sample final where {there}"))?,
    };
    let mut pairs: HashMap<(String, String, String), Vec<(i64, u64)>> = HashMap::new();
    for it in samples {
        pairs.entry((it.service, it.sweep, it.instance)).or_default().push((it.fp.cast_signed(), it.n));
    }
    let first_days: Vec<VersionDay> = server.rows(&format!(
        "select service, version, min(day) as first_day from looked where service in {names} group by service, version"
    ))?;
    let mut by_service: BTreeMap<&str, Snapshots> = BTreeMap::new();
    for it in known {
        let Some(name) = services.iter().map(|it| it.name.as_str()).find(|name| *name == it.service) else {
            continue;
        };
        let counts =
            pairs.remove(&(it.service.clone(), it.sweep.clone(), it.instance.clone())).unwrap_or_default();
        by_service.entry(name).or_default().insert((it.instance.clone(), it.sweep.clone()), (it, counts));
    }
    let (mut snapshots, mut new_samples, mut missed, mut planned, mut teams) =
        (vec![], vec![], vec![], vec![], vec![]);
    for it in services {
        let (sweep, service) = (it.sweep.as_str(), it.name.as_str());
        planned.push(PlannedRow { day, sweep, service, listed: it.listed, wanted: it.wanted });
        teams.extend(it.team.as_deref().map(|team| ServiceRow { name: service, team, day }));
        let all = by_service.entry(service).or_default();
        for (snapshot, counts) in &it.seen {
            let key = (snapshot.instance.clone(), snapshot.sweep.clone());
            // An instance that is there already stays as it is.
            if all.contains_key(&key) {
                continue;
            }
            new_samples.extend(counts.iter().map(|(fp, n)| SampleRow {
                day,
                sweep: it.sweep.clone(),
                service: it.name.clone(),
                instance: snapshot.instance.clone(),
                fp: fp.cast_unsigned(),
                n: *n,
            }));
            snapshots.push(snapshot.clone());
            all.insert(key, (snapshot.clone(), counts.clone()));
        }
        let is_there = |instance: &String| all.contains_key(&(instance.clone(), it.sweep.clone()));
        missed.extend(
            it.missed
                .iter()
                .filter(|(instance, ..)| !is_there(instance))
                .map(|(instance, cause, detail)| MissedRow { day, sweep, service, instance, cause, detail }),
        );
    }
    server.insert("service", &teams)?;
    server.insert("planned", &planned)?;
    server.insert("missed", &missed)?;
    server.insert("sample", &new_samples)?;
    sums(server, day, by_service, &first_days)?;
    server.insert("snapshot", &snapshots)
}

/// The sums of the services of a day, made anew from all of their snapshots.
fn sums(
    server: &Server,
    day: i32,
    services: BTreeMap<&str, Snapshots>,
    first_days: &[VersionDay],
) -> Result<(), StoreError> {
    let (mut looked, mut daily, mut since) = (vec![], vec![], vec![]);
    let mut names: Vec<String> =
        services.values().flat_map(|all| all.values().map(|it| it.0.version.clone())).collect();
    names.sort();
    names.dedup();
    let id = |name: &str| names.binary_search_by(|it| it.as_str().cmp(name)).unwrap_or_default() as i64;
    let name = |id: i64| usize::try_from(id).ok().and_then(|at| names.get(at)).map_or("", String::as_str);
    for (service, snapshots) in services {
        let generation = snapshots.len() as u64;
        let mut taken: Vec<Taken> = snapshots
            .into_values()
            .map(|(it, pairs)| Taken {
                version: id(&it.version),
                instance: it.instance,
                sweep: it.sweep,
                taken_at: it.taken_at,
                pairs,
            })
            .collect();
        taken.sort_by(|a, b| {
            a.instance.cmp(&b.instance).then_with(|| (b.taken_at, &b.sweep).cmp(&(a.taken_at, &a.sweep)))
        });
        let sums = day_sums(&taken);
        let ages: HashMap<i64, (i32, String)> = first_days
            .iter()
            .filter(|it| it.service == service)
            .map(|it| (id(&it.version), (it.first_day, it.version.clone())))
            .collect();
        looked.extend(sums.looked.iter().map(|(version, instances)| LookedRow {
            day,
            service,
            version: name(*version),
            instances: instances.unsigned_abs(),
            generation,
        }));
        for (stack, versions) in &sums.seen {
            // A version that no instance has any more, and had on no day before, is of no age.
            let today = |version: i64| if sums.looked.contains_key(&version) { day } else { i32::MAX };
            let age = |version: i64| {
                ages.get(&version)
                    .filter(|it| it.1 == name(version))
                    .map_or(today(version), |(first, _)| (*first).min(day))
            };
            let first = first_version(versions, |version| (age(version), name(version).to_owned()));
            since.extend(first.map(|version| SinceRow {
                service,
                fp: stack.cast_unsigned(),
                day,
                version: name(version),
                age: LAST_DAY.saturating_sub(day).unsigned_abs(),
            }));
        }
        daily.extend(sums.sums.into_iter().map(|((version, stack), sum)| DailyRow {
            day,
            service,
            version: name(version),
            fp: stack.cast_unsigned(),
            instances: sum.instances.unsigned_abs(),
            total: sum.total.unsigned_abs(),
            squares: sum.squares.unsigned_abs(),
            most: sum.most.unsigned_abs(),
            most_at: sum.most_at,
            generation,
        }));
    }
    server.insert("since", &since)?;
    server.insert("daily", &daily)?;
    server.insert("looked", &looked)
}
