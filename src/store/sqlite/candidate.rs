//! What a ranking chooses from: the stacks of a day, their services and versions.

use std::collections::HashMap;

use super::SqliteStore;
use crate::store::Question;
use crate::store::StoreError;

/// One stack of a service on a day, before anything of it is shown. There is one for each that the filters keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) service: i64,
    pub(super) stack: i64,
    pub(super) fingerprint: u64,
    pub(super) squares: f64,
    pub(super) total: f64,
    pub(super) instances: i64,
    pub(super) most: i64,
    pub(super) looked_at: i64,
    pub(super) since_day: i32,
    pub(super) since_version: i64,
}

impl Candidate {
    /// An instance without the stack counts as 0.
    pub(super) fn rms(&self) -> f64 {
        (self.squares / self.looked_at.max(1) as f64).sqrt()
    }

    /// Whether one instance has at least 50 goroutines, and ten times as many as the others have on average; so at least three were
    /// looked at.
    pub(super) fn is_odd(&self) -> bool {
        const FEWEST_INSTANCES: i64 = 3;
        const FEWEST: i64 = 50;
        const TIMES: f64 = 10.0;
        let others = (self.total - self.most as f64) / (self.looked_at - 1).max(1) as f64;
        self.looked_at >= FEWEST_INSTANCES && self.most >= FEWEST && self.most as f64 > TIMES * others
    }
}

/// The versions of a service, by ID: the first day on which each was looked at.
pub(super) type VersionDays = HashMap<i64, Vec<(i64, i32)>>;

/// Whether a stack is new: the newest version of its service brought it, or, if the service has only one version, it came after the
/// service was first looked at. `after` is the last day that does not count as recent.
pub(super) fn is_new(candidate: &Candidate, versions: &[(i64, i32)], after: i32) -> bool {
    let days = versions.iter().map(|(_, day)| *day);
    let (Some(oldest), Some(newest)) = (days.clone().min(), days.max()) else { return false };
    let came_later = candidate.since_day > oldest && candidate.since_day > after;
    let is_of_newest = || versions.contains(&(candidate.since_version, newest));
    came_later && (oldest == newest || is_of_newest())
}

/// A service that the filters keep.
pub(super) struct Service {
    pub(super) name: String,
    pub(super) team: Option<String>,
}

/// The services that the filters keep, by ID.
pub(super) fn services(
    store: &SqliteStore,
    question: &Question,
) -> Result<HashMap<i64, Service>, StoreError> {
    let all: Vec<(i64, Service)> = store.wrapped(|it| {
        let mut statement = it.prepare("select id, name, team from service")?;
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, Service { name: row.get(1)?, team: row.get(2)? })))?;
        rows.collect()
    })?;
    let is_kept = |it: &Service| {
        question.service.as_ref().is_none_or(|regex| regex.is_match(&it.name))
            && question.team.as_ref().is_none_or(|team| it.team.as_ref() == Some(team))
    };
    Ok(all.into_iter().filter(|(_, service)| is_kept(service)).collect())
}

pub(super) fn versions(store: &SqliteStore) -> Result<VersionDays, StoreError> {
    let mut versions = VersionDays::new();
    let rows: Vec<(i64, i64, i32)> = store.wrapped(|it| {
        let mut statement = it.prepare("select service, version, min(day) from looked group by 1, 2")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    })?;
    for (service, version, day) in rows {
        versions.entry(service).or_default().push((version, day));
    }
    Ok(versions)
}
