//! All about one stack of a service.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::HashMap;

use serde::Deserialize;

use super::numbers::Numbers;
use super::rank::teams;
use super::rank::versions;
use super::server::Server;
use super::server::hex;
use super::server::some;
use super::shown::Shown;
use crate::store::History;
use crate::store::InstanceLine;
use crate::store::StoreError;
use crate::store::VersionLine;
use crate::store::candidate::Candidate;
use crate::store::candidate::Service;
use crate::store::candidate::is_new;
use crate::store::day_sum::DaySum;

#[derive(Deserialize)]
struct SnapshotRow {
    sweep: String,
    instance: String,
    version: String,
    taken_at: i64,
    place: String,
}

#[derive(Deserialize)]
struct SampleRow {
    sweep: String,
    instance: String,
    n: u64,
}

pub(super) fn history(server: &Server, service: &str, fp: u64) -> Result<Option<History>, StoreError> {
    let shown = Shown::read(server, &[(service, fp)])?;
    let Some((since_day, since_name)) = shown.since(service, fp) else { return Ok(None) };
    let sums = shown.days(service, fp);
    // The last day on which it was there: of another one there is nothing to show.
    let Some(last) = sums.iter().rev().find(|it| it.instances > 0) else { return Ok(None) };
    let (mut numbers, mut version_numbers) = (Numbers::default(), Numbers::default());
    let versions = versions(server, &mut numbers, &mut version_numbers)?;
    let candidate = Candidate {
        service: numbers.of(service),
        stack: fp.cast_signed(),
        fingerprint: fp,
        squares: last.squares,
        total: last.total,
        instances: last.instances,
        most: last.most,
        looked_at: last.looked_at,
        since_day,
        since_version: version_numbers.of(&since_name),
    };
    let team = teams(server)?.remove(service).flatten();
    let named = Service { name: service.to_owned(), team };
    let before = sums.iter().map(|it| it.day).filter(|day| *day < last.day).max();
    let mut row = shown.row(&named, &candidate, last.day, before);
    let none = Vec::new();
    row.is_new = is_new(&candidate, versions.get(&candidate.service).unwrap_or(&none), since_day - 1);
    let day = last.day;
    let days = sums.iter().map(DaySum::to_line).collect();
    let versions = versions_of(&shown, service, fp);
    let instances = instances(server, service, fp, day)?;
    Ok(Some(History { row, day, days, versions, instances }))
}

/// The versions of the service, in the order in which they were first seen.
fn versions_of(shown: &Shown, service: &str, fp: u64) -> Vec<VersionLine> {
    let mut versions: BTreeMap<&str, (i32, i32, i64)> = BTreeMap::new();
    // Rows are in the order of days.
    for it in shown.looked.get(service).into_iter().flatten() {
        let entry = versions.entry(&it.version).or_insert((it.day, it.day, it.instances));
        (entry.1, entry.2) = (it.day, it.instances);
    }
    let daily = || shown.daily.get(&(service.to_owned(), fp)).into_iter().flatten();
    let line = |(version, (first_day, last_day, instances)): (&str, (i32, i32, i64))| {
        let total = daily().find(|it| it.version == version && it.day == last_day).map_or(0.0, |it| it.total);
        VersionLine {
            version: some(version.to_owned()),
            first_day,
            last_day,
            mean: total / instances.max(1) as f64,
            has_it: daily().any(|it| it.version == version),
        }
    };
    let mut lines: Vec<VersionLine> = versions.into_iter().map(line).collect();
    lines.sort_by_key(|it| it.first_day);
    lines
}

/// The instances of a day, the largest first. Without snapshots, which are removed first, there are none.
fn instances(server: &Server, service: &str, fp: u64, day: i32) -> Result<Vec<InstanceLine>, StoreError> {
    let of_day = format!("day = {day} and service = {}", hex(service));
    let snapshots: Vec<SnapshotRow> = server.rows(&format!(
        "select sweep, instance, version, taken_at, place from snapshot final where {of_day}
         order by instance, taken_at desc, sweep desc"
    ))?;
    let samples: Vec<SampleRow> =
        server.rows(&format!("select sweep, instance, n from sample final where {of_day} and fp = {fp}"))?;
    let counts: HashMap<(String, String), u64> =
        samples.into_iter().map(|it| ((it.sweep, it.instance), it.n)).collect();
    let mut lines: Vec<InstanceLine> = Vec::new();
    for it in snapshots {
        // Of an instance the last snapshot comes first.
        if lines.last().is_some_and(|before| before.instance == it.instance) {
            continue;
        }
        let count = counts.get(&(it.sweep, it.instance.clone())).copied().unwrap_or(0);
        let (instance, place, version, taken_at) = (it.instance, it.place, some(it.version), it.taken_at);
        lines.push(InstanceLine { instance, place, version, count, taken_at });
    }
    lines.sort_by_key(|it| Reverse(it.count));
    Ok(lines)
}
