//! The rows that are shown, with their names, versions and days. Each costs a few statements, so there are only those of the limit.

use std::collections::BTreeMap;

use rusqlite::params;

use super::SqliteStore;
use super::names::version_name;
use super::second;
use crate::store::RankedRow;
use crate::store::StoreError;
use crate::store::candidate::Candidate;
use crate::store::candidate::Service;
use crate::store::candidate::VersionDays;
use crate::store::candidate::is_new;
use crate::store::day_sum::DaySum;
use crate::store::day_sum::recent_means;

/// What all rows need.
pub(super) struct Lines<'a> {
    pub(super) day: i32,
    pub(super) before: Option<i32>,
    pub(super) after: i32,
    pub(super) versions: &'a VersionDays,
}

/// One row.
pub(super) fn row(
    store: &SqliteStore,
    candidate: &Candidate,
    service: &Service,
    lines: &Lines<'_>,
) -> Result<RankedRow, StoreError> {
    let none = Vec::new();
    let versions = lines.versions.get(&candidate.service).unwrap_or(&none);
    let sums = days(store, candidate)?;
    let rms_before = lines.before.and_then(|before| sums.iter().find(|it| it.day == before)).map(DaySum::rms);
    let days = recent_means(&sums, lines.day);
    store.wrapped(|it| {
        let key = params![candidate.service, candidate.stack, lines.day];
        // Of the columns beside a lone max(), SQLite takes the row that has it.
        let mut statement = it.prepare_cached(
            "select max(most), most_at from (select * from daily where service = ?1 and stack = ?2 and day = ?3 order by most_at desc)",
        )?;
        let most_at: String = statement.query_row(key, |row| row.get(1))?;
        let mut statement = it.prepare_cached(
            "select v.name from daily d join version v on v.id = d.version
             where d.service = ?1 and d.stack = ?2 and d.day = ?3 order by 1",
        )?;
        let names: Vec<String> = statement.query_map(key, |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut statement = it.prepare_cached("select name from version where id = ?1")?;
        let since_version = statement.query_row([candidate.since_version], |row| row.get(0))?;
        let second = second::seen(it, candidate.service, candidate.stack)?;
        let mut statement = it.prepare_cached(
            "select fp, frames, site, spawn, blocked_on, rule from stack where id = ?1",
        )?;
        statement.query_row([candidate.stack], |row| {
            Ok(RankedRow {
                service: service.name.clone(),
                team: service.team.clone(),
                fingerprint: row.get::<_, i64>(0)?.cast_unsigned(),
                rms: candidate.rms(),
                rms_before,
                mean: candidate.total / candidate.looked_at.max(1) as f64,
                most: candidate.most.unsigned_abs(),
                most_at,
                instances: candidate.instances.unsigned_abs(),
                looked_at: candidate.looked_at.unsigned_abs(),
                is_odd: candidate.is_odd(),
                is_new: is_new(candidate, versions, lines.after),
                versions: names.into_iter().filter_map(version_name).collect(),
                since_day: candidate.since_day,
                since_version: version_name(since_version),
                days,
                frames: row.get(1)?,
                site: row.get(2)?,
                spawn: row.get(3)?,
                blocked_on: row.get(4)?,
                rule: row.get(5)?,
                second,
            })
        })
    })
}

/// All days on which the service was looked at, oldest first.
pub(super) fn days(store: &SqliteStore, candidate: &Candidate) -> Result<Vec<DaySum>, StoreError> {
    store.wrapped(|it| {
        let mut days: BTreeMap<i32, DaySum> = BTreeMap::new();
        let mut statement = it.prepare_cached(
            "select l.day, sum(l.instances) from looked l where l.service = ?1 group by 1",
        )?;
        let mut rows = statement.query([candidate.service])?;
        while let Some(row) = rows.next()? {
            let day = row.get(0)?;
            days.insert(day, DaySum { day, looked_at: row.get(1)?, ..DaySum::default() });
        }
        let mut statement = it.prepare_cached(
            "select d.day, total(d.squares), total(d.total), sum(d.instances), max(d.most) from looked l
             cross join daily d on d.day = l.day and d.service = l.service and d.version = l.version and d.stack = ?2
             where l.service = ?1 group by 1",
        )?;
        let mut rows = statement.query(params![candidate.service, candidate.stack])?;
        while let Some(row) = rows.next()? {
            let Some(sum) = days.get_mut(&row.get(0)?) else { continue };
            (sum.squares, sum.total) = (row.get(1)?, row.get(2)?);
            (sum.instances, sum.most) = (row.get(3)?, row.get(4)?);
        }
        Ok(days.into_values().collect())
    })
}
