//! How much of a fleet was looked at on a day.

use std::collections::HashMap;

use super::SqliteStore;
use super::candidate::Service;
use crate::store::Coverage;
use crate::store::MissedLine;
use crate::store::StoreError;
use crate::store::SweepLine;

pub(super) fn coverage(
    store: &SqliteStore,
    day: i32,
    services: &HashMap<i64, Service>,
) -> Result<Coverage, StoreError> {
    let mut coverage = Coverage {
        sweeps: store.wrapped(|it| {
            let mut statement =
                it.prepare("select id, begun, ended, source from sweep where day = ?1 order by id")?;
            let rows = statement.query_map([day], |row| {
                Ok(SweepLine { id: row.get(0)?, begun: row.get(1)?, ended: row.get(2)?, source: row.get(3)? })
            })?;
            rows.collect()
        })?,
        ..Coverage::default()
    };
    // Of several sweeps a day, an instance counts once.
    let planned: Vec<(i64, u64, u64, u64)> = store.wrapped(|it| {
        let mut statement = it.prepare(
            "select p.service, max(p.listed), max(p.wanted),
               (select count(distinct s.instance) from sweep v join snapshot s on s.sweep = v.id
                where v.day = ?1 and s.service = p.service)
             from sweep w join planned p on p.sweep = w.id where w.day = ?1 group by 1",
        )?;
        let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        let rows = statement
            .query_map([day], |row| Ok((row.get(0)?, number(row, 1)?, number(row, 2)?, number(row, 3)?)))?;
        rows.collect()
    })?;
    for (id, listed, wanted, pulled) in planned {
        let Some(service) = services.get(&id) else { continue };
        // Several sweeps of a day may have chosen different instances.
        let wanted = wanted.max(pulled);
        coverage.services += 1;
        coverage.listed += listed;
        coverage.wanted += wanted;
        coverage.pulled += pulled;
        if pulled == 0 {
            coverage.unseen.push(service.name.clone());
        } else if 2 * pulled < wanted {
            coverage.thin.push(service.name.clone());
        }
    }
    coverage.unseen.sort();
    coverage.thin.sort();
    let missed: Vec<(i64, String, String, String)> = store.wrapped(|it| {
        let mut statement = it.prepare(
            "select m.service, m.instance, m.cause, m.detail from sweep w join missed m on m.sweep = w.id
             where w.day = ?1 and not exists (select 1 from sweep v join snapshot s on s.sweep = v.id
               where v.day = ?1 and s.service = m.service and s.instance = m.instance)
             order by w.id",
        )?;
        let rows =
            statement.query_map([day], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        rows.collect()
    })?;
    for (id, instance, cause, detail) in missed {
        if let Some(service) = services.get(&id) {
            coverage.missed.push(MissedLine { service: service.name.clone(), instance, cause, detail });
        }
    }
    let key = |it: &MissedLine| (it.service.clone(), it.instance.clone());
    coverage.missed.sort_by_key(key);
    coverage.missed.dedup_by_key(|it| key(it));
    Ok(coverage)
}
