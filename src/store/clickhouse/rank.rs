//! Ranks the stacks of all services.

use std::collections::BTreeSet;
use std::collections::HashMap;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::coverage;
use super::numbers::Numbers;
use super::server::Server;
use super::server::some;
use super::shown;
use super::shown::Shown;
use super::shown::since;
use crate::store::Order;
use crate::store::Question;
use crate::store::RankedRow;
use crate::store::Ranking;
use crate::store::StoreError;
use crate::store::candidate::Candidate;
use crate::store::candidate::Chooser;
use crate::store::candidate::RmsOfDay;
use crate::store::candidate::Service;
use crate::store::candidate::VersionDays;
use crate::store::candidate::is_new;

#[derive(Deserialize)]
struct Days {
    last_day: i32,
    days: u64,
}

#[derive(Deserialize)]
struct Team {
    name: String,
    last_team: String,
}

#[derive(Deserialize)]
struct VersionDay {
    service: String,
    version: String,
    first_day: i32,
}

#[derive(Deserialize)]
struct Sums {
    service: String,
    fp: u64,
    sum_squares: f64,
    sum_total: f64,
    sum_instances: i64,
    max_most: i64,
}

#[derive(Deserialize)]
struct LookedAt {
    service: String,
    sum_instances: i64,
}

/// The last generation of each service on a day.
pub(super) fn last_generation(day: i32) -> String {
    format!(
        "day = {day} and (service, generation) in (select service, max(generation) from looked where day = {day} group by service)"
    )
}

/// The last day that has sums up to one; `None` if there is none.
fn last_day(server: &Server, up_to: i32) -> Result<Option<i32>, StoreError> {
    let days: Vec<Days> = server
        .rows(&format!("select max(day) as last_day, count() as days from looked where day <= {up_to}"))?;
    Ok(days.first().filter(|it| it.days > 0).map(|it| it.last_day))
}

/// The team of each service; `None` if it is not known.
pub(super) fn teams(server: &Server) -> Result<HashMap<String, Option<String>>, StoreError> {
    let known: Vec<Team> =
        server.rows("select name, argMax(team, day) as last_team from service group by name")?;
    Ok(known.into_iter().map(|it| (it.name, some(it.last_team))).collect())
}

/// The first day of each version of each service.
pub(super) fn versions(
    server: &Server,
    numbers: &mut Numbers,
    version_numbers: &mut Numbers,
) -> Result<VersionDays, StoreError> {
    let rows: Vec<VersionDay> = server
        .rows("select service, version, min(day) as first_day from looked group by service, version")?;
    let mut versions = VersionDays::new();
    for it in rows {
        let version = version_numbers.of(&it.version);
        versions.entry(numbers.of(&it.service)).or_default().push((version, it.first_day));
    }
    Ok(versions)
}

pub(super) fn rank(server: &Server, question: &Question) -> Result<Ranking, StoreError> {
    let empty = || StoreError::Empty { path: server.place.clone() };
    let day = last_day(server, i32::MAX)?.ok_or_else(empty)?;
    let after = day.saturating_sub(i32::try_from(question.since_days).unwrap_or(i32::MAX));
    let before = last_day(server, after)?;
    let (mut numbers, mut version_numbers) = (Numbers::default(), Numbers::default());
    let versions = versions(server, &mut numbers, &mut version_numbers)?;
    let mut services = HashMap::new();
    let teams = teams(server)?;
    for name in names_of_day(server, day)? {
        let team = teams.get(&name).cloned().flatten();
        let service = Service { name, team };
        if service.is_kept(question) {
            services.insert(numbers.of(&service.name), service);
        }
    }
    let growth = match (question.order, before) {
        (Order::Growth, Some(before)) => rms_of_day(server, before, &mut numbers)?,
        (Order::Rms | Order::New | Order::Odd | Order::Growth, _) => RmsOfDay::default(),
    };
    let mut candidates = candidates(server, day, &services, &mut numbers)?;
    if question.order == Order::New {
        first_days(server, after, &mut candidates, &mut numbers, &mut version_numbers)?;
    }
    let chooser = Chooser { question, after, services: &services, versions: &versions, before: growth };
    let (chosen, omitted) = chooser.choose(candidates);
    let none = Vec::new();
    let mut rows: Vec<RankedRow> = Vec::with_capacity(chosen.len());
    for part in chosen.chunks(shown::PART) {
        let keys: Vec<(&str, u64)> = part
            .iter()
            .filter_map(|it| Some((services.get(&it.service)?.name.as_str(), it.fingerprint)))
            .collect();
        let shown = Shown::read(server, &keys)?;
        for candidate in part {
            let Some(service) = services.get(&candidate.service) else { continue };
            let mut row = shown.row(service, candidate, day, before);
            let since_version = version_numbers.of(row.since_version.as_deref().unwrap_or_default());
            let dated = Candidate { since_day: row.since_day, since_version, ..*candidate };
            row.is_new = is_new(&dated, versions.get(&candidate.service).unwrap_or(&none), after);
            rows.push(row);
        }
    }
    let coverage = coverage::coverage(server, day, &services, &mut numbers)?;
    Ok(Ranking { day, before, coverage, rows, omitted })
}

/// The services that a sweep of the day was to look at, or that have sums.
fn names_of_day(server: &Server, day: i32) -> Result<BTreeSet<String>, StoreError> {
    #[derive(Deserialize)]
    struct Name {
        service: String,
    }
    let mut names = BTreeSet::new();
    for table in ["looked", "planned"] {
        let rows: Vec<Name> =
            server.rows(&format!("select distinct service from {table} where day = {day}"))?;
        names.extend(rows.into_iter().map(|it| it.service));
    }
    Ok(names)
}

fn sums_of_day(server: &Server, day: i32, condition: &str) -> Result<Vec<Sums>, StoreError> {
    server.rows(&format!(
        "select service, fp, sum(toFloat64(squares)) as sum_squares, sum(toFloat64(total)) as sum_total,
           toInt64(sum(instances)) as sum_instances, toInt64(max(most)) as max_most
         from daily final where {}{condition} group by service, fp",
        last_generation(day)
    ))
}

/// The stacks of a day that are not background, of the services that are kept.
fn candidates(
    server: &Server,
    day: i32,
    services: &HashMap<i64, Service>,
    numbers: &mut Numbers,
) -> Result<Vec<Candidate>, StoreError> {
    let looked_at = looked_at(server, day, numbers)?;
    let is_background = " and fp not in (select fp from stack group by fp having min(background) = 1)";
    let mut candidates = Vec::new();
    for it in sums_of_day(server, day, is_background)? {
        let service = numbers.of(&it.service);
        if !services.contains_key(&service) {
            continue;
        }
        candidates.push(Candidate {
            service,
            stack: it.fp.cast_signed(),
            fingerprint: it.fp,
            squares: it.sum_squares,
            total: it.sum_total,
            instances: it.sum_instances,
            most: it.max_most,
            looked_at: looked_at.get(&service).copied().unwrap_or(0),
            since_day: i32::MIN,
            since_version: -1,
        });
    }
    Ok(candidates)
}

fn looked_at(server: &Server, day: i32, numbers: &mut Numbers) -> Result<HashMap<i64, i64>, StoreError> {
    let rows: Vec<LookedAt> = server.rows(&format!(
        "select service, toInt64(sum(instances)) as sum_instances from looked final where {} group by service",
        last_generation(day)
    ))?;
    Ok(rows.into_iter().map(|it| (numbers.of(&it.service), it.sum_instances)).collect())
}

fn rms_of_day(server: &Server, day: i32, numbers: &mut Numbers) -> Result<RmsOfDay, StoreError> {
    let looked_at = looked_at(server, day, numbers)?;
    let mut rms = FxHashMap::default();
    for it in sums_of_day(server, day, "")? {
        let service = numbers.of(&it.service);
        let instances = looked_at.get(&service).copied().unwrap_or(1).max(1) as f64;
        rms.insert((service, it.fp.cast_signed()), (it.sum_squares / instances).sqrt());
    }
    Ok(RmsOfDay { looked_at, rms })
}

/// Sets the first days of candidates that came after a day; others are not new.
fn first_days(
    server: &Server,
    after: i32,
    candidates: &mut [Candidate],
    numbers: &mut Numbers,
    version_numbers: &mut Numbers,
) -> Result<(), StoreError> {
    let mut recent = HashMap::new();
    for it in since(server, "", &format!("having first_day > {after}"))? {
        recent
            .insert((numbers.of(&it.service), it.fp), (it.first_day, version_numbers.of(&it.first_version)));
    }
    for it in candidates {
        if let Some((day, version)) = recent.get(&(it.service, it.fingerprint)) {
            (it.since_day, it.since_version) = (*day, *version);
        }
    }
    Ok(())
}
