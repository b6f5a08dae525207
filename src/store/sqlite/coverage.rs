//! How much of a fleet was looked at on a day.

use std::collections::HashMap;

use super::SqliteStore;
use crate::store::Coverage;
use crate::store::StoreError;
use crate::store::SweepLine;
use crate::store::candidate::Service;
use crate::store::covered::Planned;
use crate::store::covered::covered;

pub(super) fn coverage(
    store: &SqliteStore,
    day: i32,
    services: &HashMap<i64, Service>,
) -> Result<Coverage, StoreError> {
    let sweeps = store.wrapped(|it| {
        let mut statement =
            it.prepare("select id, begun, ended, source from sweep where day = ?1 order by id")?;
        let rows = statement.query_map([day], |row| {
            Ok(SweepLine { id: row.get(0)?, begun: row.get(1)?, ended: row.get(2)?, source: row.get(3)? })
        })?;
        rows.collect()
    })?;
    // Of several sweeps a day, an instance counts once.
    let planned: Vec<Planned> = store.wrapped(|it| {
        let mut statement = it.prepare(
            "select p.service, max(p.listed), max(p.wanted),
               (select count(distinct s.instance) from sweep v join snapshot s on s.sweep = v.id
                where v.day = ?1 and s.service = p.service)
             from sweep w join planned p on p.sweep = w.id where w.day = ?1 group by 1",
        )?;
        let number = |row: &rusqlite::Row<'_>, at| row.get::<_, i64>(at).map(i64::unsigned_abs);
        let planned = |row: &rusqlite::Row<'_>| {
            let (listed, wanted, pulled) = (number(row, 1)?, number(row, 2)?, number(row, 3)?);
            Ok(Planned { service: row.get(0)?, listed, wanted, pulled })
        };
        statement.query_map([day], planned)?.collect()
    })?;
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
    Ok(covered(sweeps, planned, missed, services))
}
