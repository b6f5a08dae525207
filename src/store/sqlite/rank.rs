//! Ranks the stacks of all services.

use std::collections::HashMap;

use rusqlite::params;
use rustc_hash::FxHashMap;

use super::SqliteStore;
use super::candidate::services;
use super::candidate::versions;
use super::coverage;
use super::shown_rows;
use super::shown_rows::Lines;
use crate::store::Order;
use crate::store::Question;
use crate::store::Ranking;
use crate::store::StoreError;
use crate::store::candidate::Candidate;
use crate::store::candidate::Chooser;
use crate::store::candidate::RmsOfDay;
use crate::store::candidate::Service;

pub(super) fn rank(store: &SqliteStore, question: &Question) -> Result<Ranking, StoreError> {
    let day = store.last_day()?.ok_or_else(|| StoreError::Empty { path: store.path.clone() })?;
    let after = day.saturating_sub(i32::try_from(question.since_days).unwrap_or(i32::MAX));
    let before: Option<i32> = store.wrapped(|it| {
        it.query_row("select max(day) from looked where day <= ?1", [after], |row| row.get(0))
    })?;
    let services = services(store, question)?;
    let versions = versions(store)?;
    let growth = match (question.order, before) {
        (Order::Growth, Some(before)) => rms_of_day(store, before)?,
        (Order::Rms | Order::New | Order::Odd | Order::Growth, _) => RmsOfDay::default(),
    };
    let mut candidates = candidates(store, day, &services)?;
    if question.order == Order::New {
        let recent = first_days(store, after)?;
        for it in &mut candidates {
            if let Some((day, version)) = recent.get(&(it.service, it.stack)) {
                (it.since_day, it.since_version) = (*day, *version);
            }
        }
    }
    let chooser = Chooser { question, after, services: &services, versions: &versions, before: growth };
    let (shown, omitted) = chooser.choose(candidates);
    let lines = Lines { day, before, after, versions: &versions };
    let mut rows = Vec::with_capacity(shown.len());
    for candidate in &shown {
        if let Some(service) = services.get(&candidate.service) {
            let (since_day, since_version) = first_day(store, candidate)?;
            let candidate = Candidate { since_day, since_version, ..*candidate };
            rows.push(shown_rows::row(store, &candidate, service, &lines)?);
        }
    }
    let coverage = coverage::coverage(store, day, &services)?;
    Ok(Ranking { day, before, coverage, omitted, rows })
}

/// The stacks of a day that are not background, of the services that are kept.
fn candidates(
    store: &SqliteStore,
    day: i32,
    services: &HashMap<i64, Service>,
) -> Result<Vec<Candidate>, StoreError> {
    let looked_at = looked_at(store, day)?;
    let stacks = stacks(store)?;
    let mut candidates: Vec<Candidate> = Vec::new();
    store.wrapped(|it| {
        // In the order of the table: by service, version and stack. Joins and sums by SQLite would look up each of a million rows.
        let mut statement = it.prepare(
            "select service, version, stack, squares, total, instances, most from daily where day = ?1",
        )?;
        let mut rows = statement.query([day])?;
        // Of the service in hand: its first candidate, whether it has more than one version, and where its stacks are.
        let (mut start, mut of_version) = (0, (i64::MIN, i64::MIN));
        let mut at: FxHashMap<i64, usize> = FxHashMap::default();
        while let Some(row) = rows.next()? {
            let (service, version, stack): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if of_version.0 != service {
                start = candidates.len();
                at.clear();
            } else if of_version.1 != version && at.is_empty() {
                at.extend(candidates.iter().enumerate().skip(start).map(|(at, it)| (it.stack, at)));
            }
            of_version = (service, version);
            let fingerprint = match stacks.get(&stack) {
                Some(Some(fingerprint)) if services.contains_key(&service) => *fingerprint,
                Some(Some(_) | None) | None => continue,
            };
            let (squares, total) = (row.get::<_, i64>(3)? as f64, row.get::<_, i64>(4)? as f64);
            let (instances, most): (i64, i64) = (row.get(5)?, row.get(6)?);
            if let Some(sum) = at.get(&stack).and_then(|at| candidates.get_mut(*at)) {
                sum.squares += squares;
                sum.total += total;
                sum.instances += instances;
                sum.most = sum.most.max(most);
                continue;
            }
            if !at.is_empty() {
                at.insert(stack, candidates.len());
            }
            candidates.push(Candidate {
                service,
                stack,
                squares,
                total,
                instances,
                most,
                looked_at: looked_at.get(&service).copied().unwrap_or(0),
                since_day: i32::MIN,
                since_version: i64::MIN,
                fingerprint,
            });
        }
        Ok(())
    })?;
    Ok(candidates)
}

/// The fingerprint of each stack; `None` for one that is background.
fn stacks(store: &SqliteStore) -> Result<FxHashMap<i64, Option<u64>>, StoreError> {
    store.wrapped(|it| {
        let mut statement = it.prepare("select id, fp, background from stack")?;
        let rows = statement.query_map([], |row| {
            let fingerprint = row.get::<_, i64>(1)?.cast_unsigned();
            Ok((row.get(0)?, Some(fingerprint).filter(|_| row.get(2).is_ok_and(|it: i64| it == 0))))
        })?;
        rows.collect()
    })
}

/// The first day and version of stacks, by service and stack.
type FirstDays = FxHashMap<(i64, i64), (i32, i64)>;

/// Of those that came after a day.
fn first_days(store: &SqliteStore, after: i32) -> Result<FirstDays, StoreError> {
    store.wrapped(|it| {
        let mut statement = it.prepare("select service, stack, day, version from since where day > ?1")?;
        let rows = statement
            .query_map([after], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?;
        rows.collect()
    })
}

fn first_day(store: &SqliteStore, candidate: &Candidate) -> Result<(i32, i64), StoreError> {
    store.wrapped(|it| {
        let mut statement =
            it.prepare_cached("select day, version from since where service = ?1 and stack = ?2")?;
        statement.query_row([candidate.service, candidate.stack], |row| Ok((row.get(0)?, row.get(1)?)))
    })
}

/// The instances of each service that were looked at on a day.
pub(super) fn looked_at(store: &SqliteStore, day: i32) -> Result<HashMap<i64, i64>, StoreError> {
    store.wrapped(|it| {
        let mut statement =
            it.prepare("select service, sum(instances) from looked where day = ?1 group by 1")?;
        let rows = statement.query_map([day], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    })
}

fn rms_of_day(store: &SqliteStore, day: i32) -> Result<RmsOfDay, StoreError> {
    let looked_at = looked_at(store, day)?;
    let mut rms: FxHashMap<(i64, i64), f64> = FxHashMap::default();
    store.wrapped(|it| {
        let mut statement = it.prepare("select service, stack, squares from daily where day = ?1")?;
        let mut rows = statement.query(params![day])?;
        while let Some(row) = rows.next()? {
            let squares: i64 = row.get(2)?;
            *rms.entry((row.get(0)?, row.get(1)?)).or_default() += squares as f64;
        }
        Ok(())
    })?;
    for ((service, _), it) in &mut rms {
        *it = (*it / looked_at.get(service).copied().unwrap_or(1).max(1) as f64).sqrt();
    }
    Ok(RmsOfDay { looked_at, rms })
}
