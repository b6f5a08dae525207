//! Adds one store to another, by names and fingerprints.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use rusqlite::Connection;
use rusqlite::params;

use super::SqliteStore;
use super::names;
use super::names::StackCache;
use super::notices;
use super::second;
use super::sqlite_error;
use super::sums;
use crate::fleet::ObservedStack;
use crate::stacks::Fingerprint;
use crate::store::Notice;
use crate::store::StoreError;
use crate::store::pairs;

/// The IDs of the other store, and those that the same names have here.
struct Ids {
    stacks: HashMap<i64, i64>,
    versions: HashMap<i64, i64>,
}

pub(super) fn merge(store: &mut SqliteStore, other: &SqliteStore) -> Result<(), StoreError> {
    let services: Vec<(i64, String, Option<String>)> = other.wrapped(|it| {
        let mut statement = it.prepare("select id, name, team from service order by name")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    })?;
    let SqliteStore { connection, path, stacks } = store;
    let here = |source| sqlite_error(path, source);
    // Names and sweeps first, in one transaction; then a service each.
    let transaction = connection.transaction().map_err(here)?;
    let ids = names(&transaction, stacks, other).map_err(here).inspect_err(|_| stacks.clear())?;
    transaction.commit().map_err(here).inspect_err(|_| stacks.clear())?;
    let mut damaged = None;
    for (id, name, team) in services {
        let transaction = connection.transaction().map_err(here)?;
        let service = names::service(&transaction, &name, team.as_deref()).map_err(here)?;
        let days = snapshots(&transaction, other, &ids, (id, service))?;
        for day in days {
            damaged = damaged.or(sums::remake(&transaction, service, day).map_err(here)?);
        }
        sums_of(&transaction, other, &ids, (id, service)).map_err(here)?;
        looks(&transaction, other, &ids, (id, service)).map_err(here)?;
        transaction.commit().map_err(here)?;
    }
    let notices: Vec<Notice> = notices::notices(other)?.into_iter().map(|it| it.notice).collect();
    notices::remember(store, &notices)?;
    damaged.map_or(Ok(()), |snapshot| Err(store.damaged(snapshot)))
}

/// Adds sweeps, versions and stacks. An error may be of either store; both are named by the caller's command.
fn names(connection: &Connection, cache: &mut StackCache, other: &SqliteStore) -> rusqlite::Result<Ids> {
    let there = &other.connection;
    let mut sweeps = there.prepare("select id, day, begun, ended, source from sweep")?;
    let mut rows = sweeps.query([])?;
    while let Some(row) = rows.next()? {
        type Row = (String, i32, i64, Option<i64>, String);
        let (id, day, begun, ended, source): Row =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        connection.execute(
            "insert into sweep (id, day, begun, ended, source) values (?1, ?2, ?3, ?4, ?5)
             on conflict (id) do update set begun = min(begun, excluded.begun),
               ended = coalesce(max(ended, excluded.ended), ended, excluded.ended), source = max(source, excluded.source)",
            params![id, day, begun, ended, source],
        )?;
    }
    let mut ids = Ids { stacks: HashMap::new(), versions: HashMap::new() };
    let mut versions = there.prepare("select id, name from version")?;
    let mut rows = versions.query([])?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(1)?;
        ids.versions.insert(row.get(0)?, names::version(connection, Some(&name))?);
    }
    let mut stacks =
        there.prepare("select id, fp, frames, site, spawn, blocked_on, rule, background from stack")?;
    let mut rows = stacks.query([])?;
    while let Some(row) = rows.next()? {
        let stack = ObservedStack {
            fingerprint: Fingerprint(row.get::<_, i64>(1)?.cast_unsigned()),
            frames: row.get(2)?,
            site: row.get(3)?,
            spawn: row.get(4)?,
            blocked_on: row.get(5)?,
            rule: row.get(6)?,
            is_background: row.get(7)?,
        };
        ids.stacks.insert(row.get(0)?, cache.row(connection, &stack)?);
    }
    Ok(ids)
}

/// Adds the snapshots of a service, what was missed, and where instances are. The answer is the days that have new ones.
fn snapshots(
    connection: &Connection,
    other: &SqliteStore,
    ids: &Ids,
    (there, here): (i64, i64),
) -> Result<BTreeSet<i32>, StoreError> {
    let mut days = BTreeSet::new();
    let mut faulty = None;
    other.wrapped(|it| {
        let mut statement = it.prepare_cached(
            "select s.sweep, w.day, s.version, s.instance, s.taken_at, s.goroutines, s.go_version, s.form, s.pairs, s.id
             from snapshot s join sweep w on w.id = s.sweep where s.service = ?1",
        )?;
        let mut insert = connection.prepare_cached(
            "insert into snapshot (sweep, service, version, instance, taken_at, goroutines, go_version, form, pairs)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) on conflict (sweep, service, instance) do nothing",
        )?;
        let mut rows = statement.query([there])?;
        while let Some(row) = rows.next()? {
            let bytes: Vec<u8> = row.get(8)?;
            let Some(pairs) = pairs::unpack(&bytes) else {
                faulty = Some(row.get(9)?);
                continue;
            };
            let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
            for (stack, count) in pairs {
                if let Some(stack) = ids.stacks.get(&stack) {
                    *counts.entry(*stack).or_default() += count;
                }
            }
            let counts: Vec<(i64, u64)> = counts.into_iter().collect();
            let (sweep, day, instance): (String, i32, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let version = ids.versions.get(&row.get(2)?).copied().unwrap_or_default();
            let (taken_at, goroutines): (i64, i64) = (row.get(4)?, row.get(5)?);
            let (go_version, form): (Option<String>, String) = (row.get(6)?, row.get(7)?);
            let pairs = pairs::pack(&counts);
            let added = insert.execute(params![
                sweep, here, version, instance, taken_at, goroutines, go_version, form, pairs
            ])?;
            if added > 0 {
                days.insert(day);
                names::found(connection, &sweep, here, &instance)?;
            }
        }
        let mut planned =
            it.prepare_cached("select sweep, listed, wanted from planned where service = ?1")?;
        let mut rows = planned.query([there])?;
        while let Some(row) = rows.next()? {
            let (sweep, listed, wanted): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            connection.execute(
                "insert into planned (sweep, service, listed, wanted) values (?1, ?2, ?3, ?4)
                 on conflict (sweep, service) do update set listed = max(listed, excluded.listed), wanted = max(wanted, excluded.wanted)",
                params![sweep, here, listed, wanted],
            )?;
        }
        let mut missed =
            it.prepare_cached("select sweep, instance, cause, detail from missed where service = ?1")?;
        let mut rows = missed.query([there])?;
        while let Some(row) = rows.next()? {
            let (sweep, instance): (String, String) = (row.get(0)?, row.get(1)?);
            let (cause, detail): (String, String) = (row.get(2)?, row.get(3)?);
            connection.execute(
                "insert into missed (sweep, service, instance, cause, detail) select ?1, ?2, ?3, ?4, ?5
                 where not exists (select 1 from snapshot where sweep = ?1 and service = ?2 and instance = ?3)
                 on conflict (sweep, service, instance) do nothing",
                params![sweep, here, instance, cause, detail],
            )?;
        }
        let mut places = it.prepare_cached("select instance, day, place from place where service = ?1")?;
        let mut rows = places.query([there])?;
        while let Some(row) = rows.next()? {
            let (instance, day, place): (String, i32, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            names::place(connection, here, &instance, day, &place)?;
        }
        Ok(())
    })?;
    faulty.map_or(Ok(days), |snapshot| Err(other.damaged(snapshot)))
}

/// Adds the sums of days that have no sums here: their snapshots were pruned. First days are compared.
fn sums_of(
    connection: &Connection,
    other: &SqliteStore,
    ids: &Ids,
    (there, here): (i64, i64),
) -> rusqlite::Result<()> {
    let there_all = &other.connection;
    let version = |id: i64| ids.versions.get(&id).copied().unwrap_or_default();
    let stack = |id: i64| ids.stacks.get(&id).copied().unwrap_or_default();
    let mut looked =
        there_all.prepare_cached("select day, version, instances from looked where service = ?1")?;
    let mut known = connection.prepare_cached("select 1 from looked where day = ?1 and service = ?2")?;
    let mut missing = BTreeSet::new();
    let mut rows = looked.query([there])?;
    while let Some(row) = rows.next()? {
        let (day, version, instances): (i32, i64, i64) = (row.get(0)?, version(row.get(1)?), row.get(2)?);
        if missing.contains(&day) || !known.exists(params![day, here])? {
            missing.insert(day);
            connection.execute(
                "insert into looked (day, service, version, instances) values (?1, ?2, ?3, ?4)",
                params![day, here, version, instances],
            )?;
        }
    }
    let mut daily = there_all.prepare_cached(
        "select version, stack, instances, total, squares, most, most_at from daily where day = ?1 and service = ?2",
    )?;
    for day in missing {
        let mut rows = daily.query(params![day, there])?;
        while let Some(row) = rows.next()? {
            let (version, stack) = (version(row.get(0)?), stack(row.get(1)?));
            let (instances, total): (i64, i64) = (row.get(2)?, row.get(3)?);
            let (squares, most, most_at): (i64, i64, String) = (row.get(4)?, row.get(5)?, row.get(6)?);
            connection.execute(
                "insert into daily (day, service, version, stack, instances, total, squares, most, most_at)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                params![day, here, version, stack, instances, total, squares, most, most_at],
            )?;
        }
    }
    let mut since =
        there_all.prepare_cached("select stack, day, version, last from since where service = ?1")?;
    let mut rows = since.query([there])?;
    while let Some(row) = rows.next()? {
        let (stack, version) = (stack(row.get(0)?), version(row.get(2)?));
        let (day, last): (i32, i32) = (row.get(1)?, row.get(3)?);
        connection.execute(
            "insert into since (service, stack, day, version, last) values (?1, ?2, ?3, ?4, ?5)
             on conflict (service, stack) do update set
               version = case when excluded.day < day then excluded.version else version end,
               day = min(day, excluded.day), last = max(last, excluded.last)",
            params![here, stack, day, version, last],
        )?;
    }
    Ok(())
}

/// Adds the second looks at a service. One that the sweep has here stays as it is.
fn looks(
    connection: &Connection,
    other: &SqliteStore,
    ids: &Ids,
    (there, here): (i64, i64),
) -> rusqlite::Result<()> {
    let mut looks =
        other.connection.prepare_cached("select sweep, instance, taken_at from look where service = ?1")?;
    let mut stacks = other.connection.prepare_cached(&format!(
        "select s.stack, {} from look_stack s where s.service = ?1 and s.sweep = ?2",
        second::COLUMNS
    ))?;
    let mut rows = looks.query([there])?;
    while let Some(row) = rows.next()? {
        let (sweep, instance): (String, String) = (row.get(0)?, row.get(1)?);
        if !second::add(connection, &sweep, here, &instance, row.get(2)?)? {
            continue;
        }
        let mut rows = stacks.query(params![there, sweep])?;
        while let Some(row) = rows.next()? {
            if let Some(stack) = ids.stacks.get(&row.get(0)?) {
                second::add_stack(connection, &sweep, here, *stack, &second::stack_look(row, 1)?)?;
            }
        }
    }
    Ok(())
}
