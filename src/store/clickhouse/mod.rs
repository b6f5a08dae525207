//! A store in tables of ClickHouse, for those who have outgrown a file: several machines write to it, and other programs ask it.
//!
//! `tables.sql` and `ages.sql` are what `init` creates; `server` sends statements and reads rows; `batch` writes services, some at a time, `second` second looks;
//! `rank`, `coverage` and `history` answer, with what `shown` reads of the stacks in the answer, with the same choice and the same sums as the file.
//!
//! **Invariants:** a name from outside is in a statement only in hexadecimal digits, or in the rows that follow it. Writing twice is the same as
//! writing once: the keys of the tables suffice, and of several generations of sums the last one counts.

mod batch;
mod coverage;
mod history;
mod notices;
mod numbers;
mod rank;
mod second;
mod server;
mod shown;

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;

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
use batch::Batch;
use server::Server;
use server::hex;

pub use server::Transport;

/// A store in tables of ClickHouse.
pub struct ClickHouseStore {
    server: Server,
    /// What is written with the next services. A question writes it first.
    batch: RefCell<Batch>,
    days: RefCell<HashMap<String, i32>>,
}

#[derive(serde::Deserialize)]
struct Pulled {
    service: String,
    instance: String,
}

#[derive(serde::Deserialize)]
struct Large {
    service: String,
    instance: String,
    newest: u64,
}

#[derive(serde::Deserialize)]
struct Day {
    day: i32,
}

#[derive(serde::Serialize)]
struct SweepRow<'a> {
    id: &'a str,
    day: i32,
    begun: i64,
    ended: i64,
    source: &'a str,
}

impl ClickHouseStore {
    /// A store behind a transport. `place` names it in errors, without credentials.
    pub fn new(transport: Box<dyn Transport>, place: String) -> Self {
        let server = Server { transport, place };
        ClickHouseStore { server, batch: RefCell::default(), days: RefCell::default() }
    }

    /// Creates the tables that are not there, and sets how long the server keeps their rows. The answer says what the server does not take: an
    /// old one keeps all rows.
    pub fn init(&self) -> Result<Vec<String>, StoreError> {
        for statement in statements(include_str!("tables.sql")) {
            self.server.run(&statement, Vec::new())?;
        }
        let ages = statements(include_str!("ages.sql")).map(|it| self.server.run(&it, Vec::new()));
        let refused = ages.filter_map(Result::err).next();
        Ok(refused
            .map(|error| format!("old rows are not removed: {}", server::whole(&error)))
            .into_iter()
            .collect())
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.batch.borrow_mut().write(&self.server)
    }

    /// The day of a sweep; `None` if there is no such sweep.
    fn day_of(&self, sweep: &str) -> Result<Option<i32>, StoreError> {
        if let Some(day) = self.days.borrow().get(sweep) {
            return Ok(Some(*day));
        }
        let days: Vec<Day> = self
            .server
            .rows(&format!("select day from sweep where id = {} order by begun limit 1", hex(sweep)))?;
        let day = days.first().map(|it| it.day);
        if let Some(day) = day {
            self.days.borrow_mut().insert(sweep.to_owned(), day);
        }
        Ok(day)
    }
}

/// The statements of a file, without its comments.
fn statements(text: &str) -> impl Iterator<Item = String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.starts_with("--")).collect();
    let code = code.join("\n");
    let all: Vec<String> =
        code.split(';').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect();
    all.into_iter()
}

impl Store for ClickHouseStore {
    fn begin(&mut self, sweep: &SweepStart) -> Result<(), StoreError> {
        // A sweep that is continued keeps its day.
        let day = self.day_of(&sweep.id)?.unwrap_or(sweep.day);
        let row = SweepRow { id: &sweep.id, day, begun: sweep.begun, ended: 0, source: &sweep.source };
        self.server.insert("sweep", &[row])?;
        self.days.borrow_mut().insert(sweep.id.clone(), day);
        Ok(())
    }

    fn pulled(&self, sweep: &str) -> Result<HashSet<(String, String)>, StoreError> {
        self.flush()?;
        let rows: Vec<Pulled> = self
            .server
            .rows(&format!("select distinct service, instance from snapshot where sweep = {}", hex(sweep)))?;
        Ok(rows.into_iter().map(|it| (it.service, it.instance)).collect())
    }

    fn larger_than(&self, limit: u64, since_day: i32) -> Result<Vec<(String, String, u64)>, StoreError> {
        let rows: Vec<Large> = self.server.rows(&format!(
            "select service, instance, argMax(goroutines, taken_at) as newest from snapshot where day >= {since_day}
             group by service, instance having newest > {limit}"
        ))?;
        Ok(rows.into_iter().map(|it| (it.service, it.instance, it.newest)).collect())
    }

    fn write(&mut self, sweep: &str, service: &ServiceSweep) -> Result<(), StoreError> {
        let Some(day) = self.day_of(sweep)? else {
            let sweep = crate::text::escape(sweep).into_owned();
            return Err(StoreError::NoSweep { path: self.server.place.clone(), sweep });
        };
        let is_full = self.batch.get_mut().add(sweep, day, service);
        if is_full { self.flush() } else { Ok(()) }
    }

    fn looked_again(&self, sweep: &str) -> Result<HashSet<String>, StoreError> {
        second::looked_again(&self.server, sweep)
    }

    fn write_again(&mut self, sweep: &str, look: &SecondLook) -> Result<(), StoreError> {
        let Some(day) = self.day_of(sweep)? else {
            let sweep = crate::text::escape(sweep).into_owned();
            return Err(StoreError::NoSweep { path: self.server.place.clone(), sweep });
        };
        self.batch.get_mut().add_stacks(look.stacks.iter().map(|(stack, _)| stack));
        self.flush()?;
        second::write(&self.server, sweep, day, look)
    }

    fn end(&mut self, sweep: &str, ended: i64) -> Result<(), StoreError> {
        self.flush()?;
        let day = self.day_of(sweep)?.unwrap_or_default();
        self.server.insert("sweep", &[SweepRow { id: sweep, day, begun: i64::MAX, ended, source: "" }])
    }

    fn rank(&self, question: &Question) -> Result<Ranking, StoreError> {
        self.flush()?;
        rank::rank(&self.server, question)
    }

    fn history(&self, service: &str, fingerprint: u64) -> Result<Option<History>, StoreError> {
        self.flush()?;
        history::history(&self.server, service, fingerprint)
    }

    fn notices(&self) -> Result<Vec<KnownNotice>, StoreError> {
        notices::notices(&self.server)
    }

    fn remember(&mut self, notices: &[Notice]) -> Result<(), StoreError> {
        notices::remember(&self.server, notices)
    }
}
