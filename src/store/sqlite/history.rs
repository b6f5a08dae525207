//! All about one stack of a service.

use std::cmp::Reverse;

use rusqlite::OptionalExtension;
use rusqlite::params;

use super::SqliteStore;
use super::candidate;
use super::names::version_name;
use super::shown_rows;
use super::shown_rows::Lines;
use crate::store::History;
use crate::store::InstanceLine;
use crate::store::StoreError;
use crate::store::VersionLine;
use crate::store::candidate::Candidate;
use crate::store::candidate::Service;
use crate::store::day_sum::DaySum;
use crate::store::pairs;

pub(super) fn history(
    store: &SqliteStore,
    service: &str,
    fingerprint: u64,
) -> Result<Option<History>, StoreError> {
    let found: Option<(i64, Option<String>, i64, i32, i64)> = store.wrapped(|it| {
        let find = it.query_row(
            "select v.id, v.team, k.id, s.day, s.version from service v, stack k
             join since s on s.service = v.id and s.stack = k.id where v.name = ?1 and k.fp = ?2",
            params![service, fingerprint.cast_signed()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        );
        find.optional()
    })?;
    let Some((service_id, team, stack, since_day, since_version)) = found else { return Ok(None) };
    let empty = Candidate {
        service: service_id,
        stack,
        fingerprint,
        squares: 0.0,
        total: 0.0,
        instances: 0,
        most: 0,
        looked_at: 0,
        since_day,
        since_version,
    };
    let sums = shown_rows::days(store, &empty)?;
    // The last day on which it was there: of another one there is nothing to show.
    let Some(last) = sums.iter().rev().find(|it| it.instances > 0) else { return Ok(None) };
    let candidate = Candidate {
        squares: last.squares,
        total: last.total,
        instances: last.instances,
        most: last.most,
        looked_at: last.looked_at,
        ..empty
    };
    let service = Service { name: service.to_owned(), team };
    let versions = candidate::versions(store)?;
    let before = sums.iter().map(|it| it.day).filter(|day| *day < last.day).max();
    let lines = Lines { day: last.day, before, after: since_day - 1, versions: &versions };
    let row = shown_rows::row(store, &candidate, &service, &lines)?;
    let (day, days) = (last.day, sums.iter().map(DaySum::to_line).collect());
    let versions = versions_of(store, &candidate)?;
    let instances = instances_of(store, &candidate, day)?;
    Ok(Some(History { row, day, days, versions, instances }))
}

fn versions_of(store: &SqliteStore, candidate: &Candidate) -> Result<Vec<VersionLine>, StoreError> {
    store.wrapped(|it| {
        let mut statement = it.prepare(
            "with v as (select version, min(day) first, max(day) last from looked where service = ?1 group by 1)
             select n.name, v.first, v.last,
               coalesce((select d.total * 1.0 / l.instances from looked l cross join daily d
                 on d.day = l.day and d.service = l.service and d.version = l.version and d.stack = ?2
                 where l.day = v.last and l.service = ?1 and l.version = v.version), 0.0),
               exists (select 1 from looked l cross join daily d
                 on d.day = l.day and d.service = l.service and d.version = l.version and d.stack = ?2
                 where l.service = ?1 and l.version = v.version)
             from v join version n on n.id = v.version order by v.first, n.name",
        )?;
        let rows = statement.query_map(params![candidate.service, candidate.stack], |row| {
            Ok(VersionLine {
                version: version_name(row.get(0)?),
                first_day: row.get(1)?,
                last_day: row.get(2)?,
                mean: row.get(3)?,
                has_it: row.get(4)?,
            })
        })?;
        rows.collect()
    })
}

/// The instances of a day, the largest first. Without snapshots, which are pruned first, there are none.
fn instances_of(
    store: &SqliteStore,
    candidate: &Candidate,
    day: i32,
) -> Result<Vec<InstanceLine>, StoreError> {
    let packed: Vec<(i64, Vec<u8>, InstanceLine)> = store.wrapped(|it| {
        let mut statement = it.prepare(
            "select s.id, s.pairs, s.instance, coalesce(p.place, s.instance), v.name, s.taken_at
             from sweep w join snapshot s on s.sweep = w.id join version v on v.id = s.version
             left join place p on p.service = s.service and p.instance = s.instance
             where w.day = ?1 and s.service = ?2 order by s.instance, s.taken_at desc, s.sweep desc",
        )?;
        let rows = statement.query_map(params![day, candidate.service], |row| {
            let line = InstanceLine {
                instance: row.get(2)?,
                place: row.get(3)?,
                version: version_name(row.get(4)?),
                count: 0,
                taken_at: row.get(5)?,
            };
            Ok((row.get(0)?, row.get(1)?, line))
        })?;
        rows.collect()
    })?;
    let mut lines: Vec<InstanceLine> = Vec::new();
    for (id, bytes, mut line) in packed {
        // Of an instance the last snapshot comes first.
        if lines.last().is_some_and(|before| before.instance == line.instance) {
            continue;
        }
        let counts = pairs::unpack(&bytes).ok_or_else(|| store.damaged(id))?;
        let at = counts.binary_search_by_key(&candidate.stack, |(stack, _)| *stack);
        line.count = at.ok().and_then(|at| counts.get(at)).map_or(0, |(_, count)| *count);
        lines.push(line);
    }
    lines.sort_by_key(|it| Reverse(it.count));
    Ok(lines)
}
