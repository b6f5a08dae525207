//! Second looks: one instance of a service in a sweep, and what its traceback and its goroutineleak profile say of stacks.

use std::collections::HashSet;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::Row;
use rusqlite::params;

use super::SqliteStore;
use super::names;
use super::sqlite_error;
use crate::fleet::StackLook;
use crate::fleet::Waits;
use crate::store::SecondLook;
use crate::store::SecondSeen;
use crate::store::StoreError;

pub(super) fn looked_again(store: &SqliteStore, sweep: &str) -> Result<HashSet<String>, StoreError> {
    store.wrapped(|it| {
        let mut statement =
            it.prepare("select v.name from look l join service v on v.id = l.service where l.sweep = ?1")?;
        statement.query_map([sweep], |row| row.get(0))?.collect()
    })
}

pub(super) fn write(store: &mut SqliteStore, sweep: &str, look: &SecondLook) -> Result<(), StoreError> {
    let SqliteStore { connection, path, stacks } = store;
    let mut run = || {
        let transaction = connection.transaction()?;
        let service = names::service(&transaction, &look.service, None)?;
        if add(&transaction, sweep, service, &look.instance, look.taken_at)? {
            for (stack, seen) in &look.stacks {
                add_stack(&transaction, sweep, service, stacks.row(&transaction, stack)?, seen)?;
            }
        }
        transaction.commit()
    };
    let written = run().map_err(|source| sqlite_error(path, source));
    // What was rolled back may be in the cache.
    written.inspect_err(|_| stacks.clear())
}

/// Adds a look; whether the sweep had none at this service.
pub(super) fn add(
    connection: &Connection,
    sweep: &str,
    service: i64,
    instance: &str,
    taken_at: i64,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "insert into look (sweep, service, instance, taken_at) values (?1, ?2, ?3, ?4) on conflict (sweep, service) do nothing",
    )?;
    Ok(statement.execute(params![sweep, service, instance, taken_at])? > 0)
}

/// Adds what a look saw of a stack.
pub(super) fn add_stack(
    connection: &Connection,
    sweep: &str,
    service: i64,
    stack: i64,
    seen: &StackLook,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "insert into look_stack (sweep, service, stack, count, rule, listed, stated, least, median, most, proven)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) on conflict (service, stack, sweep) do nothing",
    )?;
    let StackLook { count, rule, waits, proven } = seen;
    statement.execute(params![
        sweep,
        service,
        stack,
        names::clamped(*count),
        rule,
        waits.map(|it| names::clamped(it.listed)),
        waits.map(|it| names::clamped(it.stated)),
        waits.map(|it| it.least),
        waits.map(|it| it.median),
        waits.map(|it| it.most),
        proven.map(names::clamped),
    ])?;
    Ok(())
}

/// The columns of `look_stack` that [`stack_look`] reads, in its order.
pub(super) const COLUMNS: &str = "s.count, s.rule, s.listed, s.stated, s.least, s.median, s.most, s.proven";

/// A look at a stack from the columns that begin at a position.
pub(super) fn stack_look(row: &Row<'_>, first: usize) -> rusqlite::Result<StackLook> {
    let number = |at: usize| row.get::<_, Option<i64>>(first + at).map(|it| it.map(i64::unsigned_abs));
    let minutes = |at: usize| row.get::<_, Option<u32>>(first + at).map(Option::unwrap_or_default);
    let waits = match number(2)? {
        None => None,
        Some(listed) => {
            let stated = number(3)?.unwrap_or(0);
            Some(Waits { listed, stated, least: minutes(4)?, median: minutes(5)?, most: minutes(6)? })
        }
    };
    let count = row.get::<_, i64>(first)?.unsigned_abs();
    Ok(StackLook { count, rule: row.get(first + 1)?, waits, proven: number(7)? })
}

/// What the last look at a service saw of a stack.
pub(super) fn seen(
    connection: &Connection,
    service: i64,
    stack: i64,
) -> rusqlite::Result<Option<SecondSeen>> {
    let mut statement = connection.prepare_cached(&format!(
        "select l.instance, l.taken_at, {COLUMNS} from (select sweep, instance, taken_at from look where service = ?1
           order by taken_at desc, sweep desc limit 1) l
         join look_stack s on s.service = ?1 and s.stack = ?2 and s.sweep = l.sweep"
    ))?;
    let seen = |row: &Row<'_>| {
        Ok(SecondSeen { instance: row.get(0)?, taken_at: row.get(1)?, look: stack_look(row, 2)? })
    };
    statement.query_row([service, stack], seen).optional()
}
