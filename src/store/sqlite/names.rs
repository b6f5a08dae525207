//! Names and stacks to the IDs of their rows, and other small writes that a sweep and a merge share.

use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

use rusqlite::Connection;
use rusqlite::params;

use crate::fleet::ObservedStack;

/// The stacks that were written before, by fingerprint: their row, and a hash of the texts that it has. Most stacks of a snapshot are
/// known, and need no statement.
#[derive(Default)]
pub(super) struct StackCache {
    rows: HashMap<u64, (i64, u64)>,
}

/// With more stacks, the cache starts again: memory does not grow with the number of services.
const MAX_CACHED: usize = 1 << 16;

impl StackCache {
    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// The row of a stack, which is added if it is new. If the row has other texts than these, each column takes the greater text: in
    /// whatever order snapshots are added and stores are merged, the row is the same in the end.
    pub(super) fn row(&mut self, connection: &Connection, stack: &ObservedStack) -> rusqlite::Result<i64> {
        let fingerprint = stack.fingerprint.0;
        let hash = hash_of(stack);
        if let Some((row, known)) = self.rows.get(&fingerprint)
            && *known == hash
        {
            return Ok(*row);
        }
        let mut statement = connection.prepare_cached(
            "insert into stack (fp, frames, site, spawn, blocked_on, rule, background) values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict (fp) do update set frames = max(frames, excluded.frames),
               site = coalesce(max(site, excluded.site), site, excluded.site),
               spawn = coalesce(max(spawn, excluded.spawn), spawn, excluded.spawn),
               blocked_on = coalesce(max(blocked_on, excluded.blocked_on), blocked_on, excluded.blocked_on),
               rule = coalesce(max(rule, excluded.rule), rule, excluded.rule),
               background = min(background, excluded.background)
             returning id",
        )?;
        let ObservedStack { frames, site, spawn, blocked_on, rule, is_background, .. } = stack;
        let values = params![
            fingerprint.cast_signed(),
            frames,
            site,
            spawn,
            blocked_on,
            rule,
            i64::from(*is_background)
        ];
        let row: i64 = statement.query_row(values, |row| row.get(0))?;
        if self.rows.len() >= MAX_CACHED {
            self.rows.clear();
        }
        self.rows.insert(fingerprint, (row, hash));
        Ok(row)
    }
}

fn hash_of(stack: &ObservedStack) -> u64 {
    let mut hasher = DefaultHasher::new();
    let ObservedStack { fingerprint, frames, site, spawn, blocked_on, rule, is_background } = stack;
    (fingerprint, frames, site, spawn, blocked_on, rule, is_background).hash(&mut hasher);
    hasher.finish()
}

/// The row of a service, which is added if it is new. A team that is known replaces an older one.
pub(super) fn service(connection: &Connection, name: &str, team: Option<&str>) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(
        "insert into service (name, team) values (?1, ?2)
         on conflict (name) do update set team = coalesce(excluded.team, team) returning id",
    )?;
    statement.query_row(params![name, team], |row| row.get(0))
}

/// The row of a version, which is added if it is new.
pub(super) fn version(connection: &Connection, name: Option<&str>) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(
        "insert into version (name) values (?1) on conflict (name) do update set name = excluded.name returning id",
    )?;
    statement.query_row([name.unwrap_or_default()], |row| row.get(0))
}

/// A version as its row has it: an empty name is none.
pub(super) fn version_name(name: String) -> Option<String> {
    Some(name).filter(|name| !name.is_empty())
}

/// An instance that was looked at was not missed after all.
pub(super) fn found(
    connection: &Connection,
    sweep: &str,
    service: i64,
    instance: &str,
) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("delete from missed where sweep = ?1 and service = ?2 and instance = ?3")?;
    statement.execute(params![sweep, service, instance])?;
    Ok(())
}

/// Notes what is read to look at an instance. The last day wins.
pub(super) fn place(
    connection: &Connection,
    service: i64,
    instance: &str,
    day: i32,
    place: &str,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "insert into place (service, instance, day, place) values (?1, ?2, ?3, ?4)
         on conflict (service, instance) do update set day = excluded.day, place = excluded.place
         where (excluded.day, excluded.place) > (day, place)",
    )?;
    statement.execute(params![service, instance, day, place])?;
    Ok(())
}

/// A number as SQLite can hold it.
pub(super) fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
