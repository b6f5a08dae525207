//! The services and versions that a ranking chooses from.

use std::collections::HashMap;

use super::SqliteStore;
use crate::store::Question;
use crate::store::StoreError;
use crate::store::candidate::Service;
use crate::store::candidate::VersionDays;

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
    Ok(all.into_iter().filter(|(_, service)| service.is_kept(question)).collect())
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
