//! Removes what is older than its age.

use rusqlite::Connection;
use rusqlite::params;

/// How many days each part of a store is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ages {
    /// Snapshots, and what sweeps missed.
    pub snapshots: u32,
    /// The sums of each day.
    pub days: u32,
    /// The sums of one day a week.
    pub weeks: u32,
}

impl Default for Ages {
    fn default() -> Self {
        Ages { snapshots: 14, days: 90, weeks: 730 }
    }
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Snapshots.
    pub snapshots: usize,
    /// Rows of sums.
    pub sums: usize,
    /// Stacks that nothing names any more.
    pub stacks: usize,
}

pub(super) fn prune(connection: &mut Connection, today: i32, ages: &Ages) -> rusqlite::Result<Pruned> {
    let first = |days: u32| today.saturating_sub(i32::try_from(days).unwrap_or(i32::MAX));
    let mut pruned = Pruned::default();
    let transaction = connection.transaction()?;
    let old = params![first(ages.snapshots)];
    pruned.snapshots = transaction
        .execute("delete from snapshot where sweep in (select id from sweep where day < ?1)", old)?;
    for table in ["missed", "planned", "look", "look_stack"] {
        let delete = format!("delete from {table} where sweep in (select id from sweep where day < ?1)");
        transaction.execute(&delete, old)?;
    }
    transaction.execute("delete from sweep where day < ?1", old)?;
    // Of each week the last day on which anything was looked at. Day 0 was a Thursday: weeks begin on Monday.
    transaction.execute_batch(
        "create temp table week (day integer primary key);
         insert into week select max(day) from (select distinct day from looked) group by (day + 3) / 7;",
    )?;
    for table in ["daily", "looked"] {
        let delete =
            format!("delete from {table} where day < ?1 or (day < ?2 and day not in (select day from week))");
        pruned.sums += transaction.execute(&delete, params![first(ages.weeks), first(ages.days)])?;
    }
    transaction.execute("drop table week", [])?;
    transaction.execute("delete from since where last < ?1", params![first(ages.weeks)])?;
    transaction.execute(
        "delete from notice where not exists (select 1 from since s where s.service = notice.service and s.stack = notice.stack)",
        [],
    )?;
    pruned.stacks = transaction.execute("delete from stack where id not in (select stack from since)", [])?;
    transaction.execute("delete from place where day < ?1", params![first(ages.days)])?;
    transaction.commit()?;
    if pruned != Pruned::default() {
        connection.execute_batch("vacuum; pragma wal_checkpoint(truncate);")?;
    }
    Ok(pruned)
}
