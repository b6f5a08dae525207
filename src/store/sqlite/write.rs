//! Adds what a sweep saw of one service, in one transaction.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rusqlite::params;

use super::SqliteStore;
use super::names;
use super::names::StackCache;
use super::sqlite_error;
use super::sums;
use crate::store::Seen;
use crate::store::ServiceSweep;
use crate::store::StoreError;
use crate::store::pairs;

pub(super) fn write(
    store: &mut SqliteStore,
    sweep: &str,
    day: i32,
    service: &ServiceSweep,
) -> Result<(), StoreError> {
    let SqliteStore { connection, path, stacks } = store;
    let mut run = || {
        let transaction = connection.transaction()?;
        let row = add(&transaction, stacks, sweep, day, service)?;
        let damaged = sums::remake(&transaction, row, day)?;
        transaction.commit()?;
        Ok(damaged)
    };
    let damaged = run().map_err(|source| {
        // What was rolled back may be in the cache.
        sqlite_error(path, source)
    });
    if damaged.is_err() {
        stacks.clear();
    }
    match damaged? {
        Some(snapshot) => Err(store.damaged(snapshot)),
        None => Ok(()),
    }
}

fn add(
    connection: &Connection,
    stacks: &mut StackCache,
    sweep: &str,
    day: i32,
    swept: &ServiceSweep,
) -> rusqlite::Result<i64> {
    let service = names::service(connection, &swept.name, swept.team.as_deref())?;
    let mut planned = connection.prepare_cached(
        "insert into planned (sweep, service, listed, wanted) values (?1, ?2, ?3, ?4)
         on conflict (sweep, service) do update set listed = max(listed, excluded.listed), wanted = max(wanted, excluded.wanted)",
    )?;
    planned.execute(params![sweep, service, names::clamped(swept.listed), names::clamped(swept.wanted)])?;
    for seen in &swept.seen {
        snapshot(connection, stacks, sweep, service, seen)?;
        names::place(connection, service, &seen.instance, day, &seen.place)?;
    }
    for missed in &swept.missed {
        let mut statement = connection.prepare_cached(
            "insert into missed (sweep, service, instance, cause, detail) select ?1, ?2, ?3, ?4, ?5
             where not exists (select 1 from snapshot where sweep = ?1 and service = ?2 and instance = ?3)
             on conflict (sweep, service, instance) do update set cause = excluded.cause, detail = excluded.detail",
        )?;
        let (cause, detail) = (missed.cause.as_str(), &missed.detail);
        statement.execute(params![sweep, service, missed.instance, cause, detail])?;
    }
    Ok(service)
}

fn snapshot(
    connection: &Connection,
    stacks: &mut StackCache,
    sweep: &str,
    service: i64,
    seen: &Seen,
) -> rusqlite::Result<()> {
    let version = names::version(connection, seen.version.as_deref())?;
    let mut counts: BTreeMap<i64, u64> = BTreeMap::new();
    for (stack, count) in &seen.observation.stacks {
        *counts.entry(stacks.row(connection, stack)?).or_default() += *count;
    }
    let counts: Vec<(i64, u64)> = counts.into_iter().collect();
    let observation = &seen.observation;
    let mut statement = connection.prepare_cached(
        "insert into snapshot (sweep, service, version, instance, taken_at, goroutines, go_version, form, pairs)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) on conflict (sweep, service, instance) do nothing",
    )?;
    statement.execute(params![
        sweep,
        service,
        version,
        seen.instance,
        observation.taken_at,
        names::clamped(observation.goroutines),
        observation.go_version,
        observation.form,
        pairs::pack(&counts),
    ])?;
    names::found(connection, sweep, service, &seen.instance)
}
