//! Ranks the stacks of all services.

use std::collections::HashMap;

use rusqlite::params;

use super::SqliteStore;
use super::candidate::Candidate;
use super::candidate::Service;
use super::candidate::is_new;
use super::candidate::services;
use super::candidate::versions;
use super::coverage;
use super::shown_rows;
use super::shown_rows::Lines;
use crate::store::Order;
use crate::store::Question;
use crate::store::Ranking;
use crate::store::StoreError;

pub(super) fn rank(store: &SqliteStore, question: &Question) -> Result<Ranking, StoreError> {
    let day = store.last_day()?.ok_or_else(|| StoreError::Empty { path: store.path.clone() })?;
    let after = day.saturating_sub(i32::try_from(question.since_days).unwrap_or(i32::MAX));
    let before: Option<i32> = store.wrapped(|it| {
        it.query_row("select max(day) from looked where day <= ?1", [after], |row| row.get(0))
    })?;
    let services = services(store, question)?;
    let versions = versions(store)?;
    let none = Vec::new();
    let versions_of = |service: &i64| versions.get(service).unwrap_or(&none);
    let growth = match (question.order, before) {
        (Order::Growth, Some(before)) => rms_of_day(store, before)?,
        (Order::Rms | Order::New | Order::Odd | Order::Growth, _) => RmsOfDay::default(),
    };
    // `None` for a stack that is not in the answer. The larger comes first.
    let key = |it: &Candidate| match question.order {
        Order::Rms => Some(it.rms()),
        Order::New => is_new(it, versions_of(&it.service), after).then(|| it.rms()),
        Order::Odd => it.is_odd().then_some(it.most as f64),
        Order::Growth => growth.of(it).map(|before| it.rms() - before).filter(|gain| *gain > 0.0),
    };
    let candidates = candidates(store, day, &services)?;
    let mut keyed: Vec<(f64, Candidate)> =
        candidates.into_iter().filter_map(|it| Some((key(&it)?, it))).collect();
    let name = |it: &Candidate| services.get(&it.service).map(|service| service.name.as_str());
    let order = |(left, a): &(f64, Candidate), (right, b): &(f64, Candidate)| {
        let names = || name(a).cmp(&name(b)).then_with(|| a.fingerprint.cmp(&b.fingerprint));
        right.total_cmp(left).then_with(names)
    };
    let found = keyed.len();
    let shown = if question.limit == 0 { found } else { question.limit.min(found) };
    // Only what is shown needs an order.
    if shown < found {
        keyed.select_nth_unstable_by(shown, order);
        keyed.truncate(shown);
    }
    keyed.sort_unstable_by(order);
    let lines = Lines { day, before, after, versions: &versions };
    let mut rows = Vec::with_capacity(shown);
    for (_, candidate) in &keyed {
        if let Some(service) = services.get(&candidate.service) {
            rows.push(shown_rows::row(store, candidate, service, &lines)?);
        }
    }
    let coverage = coverage::coverage(store, day, &services)?;
    Ok(Ranking { day, before, coverage, omitted: found - rows.len(), rows })
}

/// The stacks of a day that are not background, of the services that are kept.
fn candidates(
    store: &SqliteStore,
    day: i32,
    services: &HashMap<i64, Service>,
) -> Result<Vec<Candidate>, StoreError> {
    let looked_at = looked_at(store, day)?;
    let mut candidates: Vec<Candidate> = Vec::new();
    store.wrapped(|it| {
        let mut statement = it.prepare(
            "select d.service, d.stack, total(d.squares), total(d.total), sum(d.instances), max(d.most), s.day, s.version, k.fp
             from daily d join stack k on k.id = d.stack join since s on s.service = d.service and s.stack = d.stack
             where d.day = ?1 and k.background = 0 group by d.service, d.stack",
        )?;
        let mut rows = statement.query([day])?;
        while let Some(row) = rows.next()? {
            let service = row.get(0)?;
            if !services.contains_key(&service) {
                continue;
            }
            candidates.push(Candidate {
                service,
                stack: row.get(1)?,
                squares: row.get(2)?,
                total: row.get(3)?,
                instances: row.get(4)?,
                most: row.get(5)?,
                looked_at: looked_at.get(&service).copied().unwrap_or(0),
                since_day: row.get(6)?,
                since_version: row.get(7)?,
                fingerprint: row.get::<_, i64>(8)?.cast_unsigned(),
            });
        }
        Ok(())
    })?;
    Ok(candidates)
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

/// The root mean squares of a day.
#[derive(Default)]
struct RmsOfDay {
    looked_at: HashMap<i64, i64>,
    rms: HashMap<(i64, i64), f64>,
}

impl RmsOfDay {
    /// 0 for a stack that its service did not have then; `None` for a service that was not looked at.
    fn of(&self, candidate: &Candidate) -> Option<f64> {
        self.looked_at.get(&candidate.service)?;
        Some(self.rms.get(&(candidate.service, candidate.stack)).copied().unwrap_or(0.0))
    }
}

fn rms_of_day(store: &SqliteStore, day: i32) -> Result<RmsOfDay, StoreError> {
    let looked_at = looked_at(store, day)?;
    let mut rms = HashMap::new();
    store.wrapped(|it| {
        let mut statement = it.prepare(
            "select service, stack, total(squares) from daily where day = ?1 group by service, stack",
        )?;
        let mut rows = statement.query(params![day])?;
        while let Some(row) = rows.next()? {
            let (service, stack, squares): (i64, i64, f64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let instances = looked_at.get(&service).copied().unwrap_or(1).max(1) as f64;
            rms.insert((service, stack), (squares / instances).sqrt());
        }
        Ok(())
    })?;
    Ok(RmsOfDay { looked_at, rms })
}
