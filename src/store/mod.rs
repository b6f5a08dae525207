//! Keeps what sweeps saw, and answers questions about it. A store is a file of SQLite, or tables of ClickHouse.
//!
//! `Store` is what a sweep and the questions need; `sqlite/` and `clickhouse/` are the two that there are. A sweep writes one service after the other, each in one
//! transaction, so that a process that is killed leaves each service either whole or not at all. Writing twice is the same as
//! writing once.
//!
//! **Invariant:** names come from outside. They are bound as parameters, or in a statement as hexadecimal digits, never as they are.

mod answer;
mod candidate;
mod clickhouse;
mod covered;
mod day_sum;
mod error;
mod notice;
mod pairs;
mod sqlite;
mod sums;
mod written;

use std::collections::HashSet;

pub use answer::Coverage;
pub use answer::DayLine;
pub use answer::History;
pub use answer::InstanceLine;
pub use answer::MissedLine;
pub use answer::Order;
pub use answer::Question;
pub use answer::RankedRow;
pub use answer::Ranking;
pub use answer::SecondSeen;
pub use answer::SweepLine;
pub use answer::VersionLine;
pub use clickhouse::ClickHouseStore;
pub use clickhouse::Transport;
pub use error::StoreError;
pub use notice::Change;
pub use notice::KnownNotice;
pub use notice::Notice;
pub use notice::NoticeKind;
pub use notice::changes;
pub use sqlite::Ages;
pub use sqlite::Pruned;
pub use sqlite::SqliteStore;
pub use sqlite::Table;
pub use written::SecondLook;
pub use written::Seen;
pub use written::ServiceSweep;
pub use written::SweepStart;

/// What a sweep writes to, and what answers questions about it.
pub trait Store {
    /// Begins a sweep, or continues the one with this ID.
    fn begin(&mut self, sweep: &SweepStart) -> Result<(), StoreError>;

    /// The instances that this sweep has already, as service and instance.
    fn pulled(&self, sweep: &str) -> Result<HashSet<(String, String)>, StoreError>;

    /// The instances whose last snapshot since that day has more goroutines than `limit`, as service and instance, with their number.
    fn larger_than(&self, limit: u64, since_day: i32) -> Result<Vec<(String, String, u64)>, StoreError>;

    /// Adds what a sweep saw of one service, and makes the sums of its day anew. An instance that is there already stays as it is.
    fn write(&mut self, sweep: &str, service: &ServiceSweep) -> Result<(), StoreError>;

    /// The services that this sweep looked at again.
    fn looked_again(&self, sweep: &str) -> Result<HashSet<String>, StoreError>;

    /// Adds what a second look saw of a service. One that the sweep has already stays as it is.
    fn write_again(&mut self, sweep: &str, look: &SecondLook) -> Result<(), StoreError>;

    /// Notes when a sweep ended, in seconds since 1970.
    fn end(&mut self, sweep: &str, ended: i64) -> Result<(), StoreError>;

    /// The stacks of all services in an order, of the last day that has any.
    fn rank(&self, question: &Question) -> Result<Ranking, StoreError>;

    /// All about one stack of a service; `None` if it was never seen there.
    fn history(&self, service: &str, fingerprint: u64) -> Result<Option<History>, StoreError>;

    /// What was reported, by service and stack.
    fn notices(&self) -> Result<Vec<KnownNotice>, StoreError>;

    /// Remembers what was reported. An older day does not replace a later one.
    fn remember(&mut self, notices: &[Notice]) -> Result<(), StoreError>;
}
