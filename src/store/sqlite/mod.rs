//! A store in one file of SQLite.
//!
//! `schema` opens the file and brings it up to date, `write` adds what a sweep saw and `sums` makes the rows of its day from it, `second` adds second looks; `rank`,
//! `coverage` and `history` answer, `notices` knows what was reported; `merge`, `prune` and `export` are for the whole file.

mod candidate;
mod coverage;
mod export;
mod history;
mod merge;
mod names;
mod notices;
mod prune;
mod rank;
mod schema;
mod second;
mod shown_rows;
mod sums;
#[cfg(test)]
mod tests;
mod write;

use std::collections::HashSet;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use super::History;
use super::KnownNotice;
use super::Notice;
use super::Question;
use super::Ranking;
use super::SecondLook;
use super::ServiceSweep;
use super::Store;
use super::StoreError;
use super::SweepStart;
use super::error::shown;
use names::StackCache;

pub use export::Table;
pub use prune::Ages;
pub use prune::Pruned;

/// A store in one file of SQLite.
pub struct SqliteStore {
    connection: Connection,
    path: String,
    stacks: StackCache,
}

impl SqliteStore {
    /// Opens a store. A file that is not there is created, and only its owner can read it.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::create(path)?;
        Ok(SqliteStore { connection, path: shown(path), stacks: StackCache::default() })
    }

    /// Opens a store that is there.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = schema::open(path)?;
        Ok(SqliteStore { connection, path: shown(path), stacks: StackCache::default() })
    }

    /// Adds what another store holds, by names and fingerprints. Doing it twice is the same as doing it once.
    pub fn merge(&mut self, other: &SqliteStore) -> Result<(), StoreError> {
        merge::merge(self, other)
    }

    /// Removes what is older than its age, and gives the space back. `today` is in days since 1970.
    pub fn prune(&mut self, today: i32, ages: &Ages) -> Result<Pruned, StoreError> {
        self.stacks.clear();
        prune::prune(&mut self.connection, today, ages).map_err(|source| sqlite_error(&self.path, source))
    }

    /// Writes a table as CSV with a line of names, in an order that depends only on the contents.
    pub fn export(
        &self,
        table: Table,
        out: &mut dyn std::io::Write,
    ) -> Result<std::io::Result<()>, StoreError> {
        export::export(self, table, out)
    }

    /// The last day that has sums.
    fn last_day(&self) -> Result<Option<i32>, StoreError> {
        self.wrapped(|it| it.query_row("select max(day) from looked", [], |row| row.get(0)))
    }

    /// Runs statements, and puts the path into their error.
    fn wrapped<T>(&self, run: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        run(&self.connection).map_err(|source| sqlite_error(&self.path, source))
    }

    fn damaged(&self, snapshot: i64) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), snapshot }
    }
}

fn sqlite_error(path: &str, source: rusqlite::Error) -> StoreError {
    StoreError::Sqlite { path: path.to_owned(), source }
}

impl Store for SqliteStore {
    fn begin(&mut self, sweep: &SweepStart) -> Result<(), StoreError> {
        self.wrapped(|it| {
            it.execute(
                "insert into sweep (id, day, begun, source) values (?1, ?2, ?3, ?4)
                 on conflict (id) do update set begun = min(begun, excluded.begun)",
                params![sweep.id, sweep.day, sweep.begun, sweep.source],
            )
        })?;
        Ok(())
    }

    fn pulled(&self, sweep: &str) -> Result<HashSet<(String, String)>, StoreError> {
        self.wrapped(|it| {
            let mut statement = it.prepare(
                "select v.name, s.instance from snapshot s join service v on v.id = s.service where s.sweep = ?1",
            )?;
            let rows = statement.query_map([sweep], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
    }

    fn larger_than(&self, limit: u64, since_day: i32) -> Result<Vec<(String, String, u64)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.wrapped(|it| {
            // Of the columns beside a lone max(), SQLite takes the row that has it.
            let mut statement = it.prepare(
                "with last as (select s.service, s.instance, s.goroutines, max(s.taken_at) from snapshot s
                   join sweep w on w.id = s.sweep where w.day >= ?2 group by 1, 2)
                 select v.name, last.instance, last.goroutines from last join service v on v.id = last.service
                 where last.goroutines > ?1",
            )?;
            let rows = statement.query_map(params![limit, since_day], |row| {
                let goroutines: i64 = row.get(2)?;
                Ok((row.get(0)?, row.get(1)?, goroutines.unsigned_abs()))
            })?;
            rows.collect()
        })
    }

    fn write(&mut self, sweep: &str, service: &ServiceSweep) -> Result<(), StoreError> {
        let day = self.wrapped(|it| {
            let day = it.query_row("select day from sweep where id = ?1", [sweep], |row| row.get(0));
            day.optional()
        })?;
        let Some(day) = day else {
            let sweep = crate::text::escape(sweep).into_owned();
            return Err(StoreError::NoSweep { path: self.path.clone(), sweep });
        };
        write::write(self, sweep, day, service)
    }

    fn looked_again(&self, sweep: &str) -> Result<HashSet<String>, StoreError> {
        second::looked_again(self, sweep)
    }

    fn write_again(&mut self, sweep: &str, look: &SecondLook) -> Result<(), StoreError> {
        second::write(self, sweep, look)
    }

    fn end(&mut self, sweep: &str, ended: i64) -> Result<(), StoreError> {
        self.wrapped(|it| {
            let set = "update sweep set ended = max(coalesce(ended, ?2), ?2) where id = ?1";
            it.execute(set, params![sweep, ended])
        })?;
        Ok(())
    }

    fn rank(&self, question: &Question) -> Result<Ranking, StoreError> {
        rank::rank(self, question)
    }

    fn history(&self, service: &str, fingerprint: u64) -> Result<Option<History>, StoreError> {
        history::history(self, service, fingerprint)
    }

    fn notices(&self) -> Result<Vec<KnownNotice>, StoreError> {
        notices::notices(self)
    }

    fn remember(&mut self, notices: &[Notice]) -> Result<(), StoreError> {
        notices::remember(self, notices)
    }
}
