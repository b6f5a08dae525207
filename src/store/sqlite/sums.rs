//! The sums of a day, made anew from its snapshots.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::Connection;
use rusqlite::params;

use crate::store::pairs;
use crate::store::sums::DaySums;
use crate::store::sums::Sum;
use crate::store::sums::Taken;
use crate::store::sums::day_sums;
use crate::store::sums::first_version;

/// Makes the rows of `daily`, `looked` and `since` of a service and a day from its snapshots. The answer is a snapshot that is damaged, if there
/// is one. If the day has no snapshots any more, its sums stay as they are.
pub(super) fn remake(connection: &Connection, service: i64, day: i32) -> rusqlite::Result<Option<i64>> {
    let snapshots = snapshots(connection, service, day)?;
    if snapshots.is_empty() {
        return Ok(None);
    }
    let mut taken = Vec::with_capacity(snapshots.len());
    for (id, mut it, packed) in snapshots {
        match pairs::unpack(&packed) {
            Some(pairs) => it.pairs = pairs,
            None => return Ok(Some(id)),
        }
        taken.push(it);
    }
    let DaySums { looked, sums, seen } = day_sums(&taken);
    for table in ["daily", "looked"] {
        let mut statement =
            connection.prepare_cached(&format!("delete from {table} where day = ?1 and service = ?2"))?;
        statement.execute(params![day, service])?;
    }
    let mut insert = connection
        .prepare_cached("insert into looked (day, service, version, instances) values (?1, ?2, ?3, ?4)")?;
    for (version, instances) in &looked {
        insert.execute(params![day, service, version, instances])?;
    }
    let mut insert = connection.prepare_cached(
        "insert into daily (day, service, version, stack, instances, total, squares, most, most_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?;
    for ((version, stack), sum) in &sums {
        let Sum { instances, total, squares, most, most_at } = sum;
        insert.execute(params![day, service, version, stack, instances, total, squares, most, most_at])?;
    }
    since(connection, service, day, seen)?;
    Ok(None)
}

/// The snapshots of a service on a day: by instance, and of each the last one first.
fn snapshots(
    connection: &Connection,
    service: i64,
    day: i32,
) -> rusqlite::Result<Vec<(i64, Taken, Vec<u8>)>> {
    let mut statement = connection.prepare_cached(
        "select s.id, s.version, s.instance, s.sweep, s.taken_at, s.pairs from sweep w join snapshot s on s.sweep = w.id
         where w.day = ?1 and s.service = ?2 order by s.instance, s.taken_at desc, s.sweep desc",
    )?;
    let taken = |row: &rusqlite::Row<'_>| {
        let (version, instance, sweep) = (row.get(1)?, row.get(2)?, row.get(3)?);
        let taken = Taken { version, instance, sweep, taken_at: row.get(4)?, pairs: Vec::new() };
        Ok((row.get(0)?, taken, row.get(5)?))
    };
    statement.query_map(params![day, service], taken)?.collect()
}

/// Notes the first day of each stack. If several versions had it on that day, it belongs to the one that is there for longest.
fn since(
    connection: &Connection,
    service: i64,
    day: i32,
    seen: BTreeMap<i64, BTreeMap<i64, i64>>,
) -> rusqlite::Result<()> {
    let mut first_day = connection.prepare_cached(
        "select v.name, (select min(day) from looked where service = ?1 and version = ?2) from version v where v.id = ?2",
    )?;
    let mut ages: BTreeMap<i64, (i32, String)> = BTreeMap::new();
    let mut insert = connection.prepare_cached(
        "insert into since (service, stack, day, version, last) values (?1, ?2, ?3, ?4, ?3)
         on conflict (service, stack) do update set
           version = case when excluded.day <= day then excluded.version else version end,
           day = min(day, excluded.day), last = max(last, excluded.last)",
    )?;
    for versions in seen.values() {
        for version in versions.keys() {
            if let Entry::Vacant(place) = ages.entry(*version) {
                place.insert(first_day.query_row(params![service, version], |row| {
                    // A version without sums was not looked at before.
                    Ok((row.get::<_, Option<i32>>(1)?.unwrap_or(i32::MAX), row.get(0)?))
                })?);
            }
        }
    }
    for (stack, versions) in seen {
        let age = |version| ages.get(&version).cloned().unwrap_or((i32::MAX, String::new()));
        if let Some(version) = first_version(&versions, age) {
            insert.execute(params![service, stack, day, version])?;
        }
    }
    Ok(())
}
