//! The sums of a day, made anew from its snapshots.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::Connection;
use rusqlite::params;

use super::names::clamped;
use crate::store::pairs;

/// One stack in one version on one day.
#[derive(Default)]
struct Sum {
    instances: i64,
    total: i64,
    squares: i64,
    most: i64,
    most_at: String,
}

/// A snapshot without its pairs.
struct Taken {
    id: i64,
    version: i64,
    instance: String,
    taken_at: i64,
    pairs: Vec<u8>,
}

/// Makes the rows of `daily`, `looked` and `since` of a service and a day from its snapshots. The answer is a snapshot that is damaged, if there
/// is one. If the day has no snapshots any more, its sums stay as they are.
pub(super) fn remake(connection: &Connection, service: i64, day: i32) -> rusqlite::Result<Option<i64>> {
    let snapshots = snapshots(connection, service, day)?;
    if snapshots.is_empty() {
        return Ok(None);
    }
    let mut looked: BTreeMap<i64, i64> = BTreeMap::new();
    let mut sums: BTreeMap<(i64, i64), Sum> = BTreeMap::new();
    // Of each stack, all versions that have it, with the time of the first snapshot of this version.
    let mut seen: BTreeMap<i64, BTreeMap<i64, i64>> = BTreeMap::new();
    let mut before: Option<&str> = None;
    for taken in &snapshots {
        let Some(pairs) = pairs::unpack(&taken.pairs) else { return Ok(Some(taken.id)) };
        // Of an instance the last snapshot comes first.
        let is_last = before != Some(taken.instance.as_str());
        before = Some(&taken.instance);
        if is_last {
            *looked.entry(taken.version).or_default() += 1;
        }
        for (stack, count) in pairs {
            let first = seen.entry(stack).or_default().entry(taken.version).or_insert(taken.taken_at);
            *first = taken.taken_at.min(*first);
            if is_last {
                sums.entry((taken.version, stack)).or_default().add(clamped(count), &taken.instance);
            }
        }
    }
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

impl Sum {
    fn add(&mut self, count: i64, instance: &str) {
        self.instances += 1;
        self.total = self.total.saturating_add(count);
        self.squares = self.squares.saturating_add(count.saturating_mul(count));
        if count > self.most {
            self.most = count;
            self.most_at = instance.to_owned();
        }
    }
}

/// The snapshots of a service on a day: by instance, and of each the last one first.
fn snapshots(connection: &Connection, service: i64, day: i32) -> rusqlite::Result<Vec<Taken>> {
    let mut statement = connection.prepare_cached(
        "select s.id, s.version, s.instance, s.taken_at, s.pairs from sweep w join snapshot s on s.sweep = w.id
         where w.day = ?1 and s.service = ?2 order by s.instance, s.taken_at desc, s.sweep desc",
    )?;
    let taken = |row: &rusqlite::Row<'_>| {
        Ok(Taken {
            id: row.get(0)?,
            version: row.get(1)?,
            instance: row.get(2)?,
            taken_at: row.get(3)?,
            pairs: row.get(4)?,
        })
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
    for (stack, versions) in seen {
        let mut oldest = None;
        for (version, taken_at) in versions {
            let (first, name) = match ages.entry(version) {
                Entry::Occupied(age) => age.into_mut(),
                Entry::Vacant(place) => {
                    place.insert(first_day.query_row(params![service, version], |row| {
                        // A version without sums was not looked at before.
                        Ok((row.get::<_, Option<i32>>(1)?.unwrap_or(i32::MAX), row.get(0)?))
                    })?)
                }
            };
            let key = (*first, taken_at, name.clone());
            if oldest.as_ref().is_none_or(|(before, _)| key < *before) {
                oldest = Some((key, version));
            }
        }
        if let Some((_, version)) = oldest {
            insert.execute(params![service, stack, day, version])?;
        }
    }
    Ok(())
}
