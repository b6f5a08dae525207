//! How much of a fleet was looked at on a day.

use std::collections::HashMap;

use serde::Deserialize;

use super::numbers::Numbers;
use super::server::Server;
use crate::store::Coverage;
use crate::store::StoreError;
use crate::store::SweepLine;
use crate::store::candidate::Service;
use crate::store::covered::Planned;
use crate::store::covered::covered;

#[derive(Deserialize)]
struct SweepRow {
    id: String,
    min_begun: i64,
    max_ended: i64,
    max_source: String,
}

#[derive(Deserialize)]
struct PlannedRow {
    service: String,
    max_listed: u64,
    max_wanted: u64,
}

#[derive(Deserialize)]
struct PulledRow {
    service: String,
    pulled: u64,
}

#[derive(Deserialize)]
struct MissedRow {
    service: String,
    instance: String,
    cause: String,
    detail: String,
}

pub(super) fn coverage(
    server: &Server,
    day: i32,
    services: &HashMap<i64, Service>,
    numbers: &mut Numbers,
) -> Result<Coverage, StoreError> {
    let sweeps: Vec<SweepRow> = server.rows(&format!(
        "select id, min(begun) as min_begun, max(ended) as max_ended, max(source) as max_source from sweep where day = {day}
         group by id order by id"
    ))?;
    let sweeps = sweeps.into_iter().map(|it| SweepLine {
        id: it.id,
        begun: it.min_begun,
        ended: Some(it.max_ended).filter(|ended| *ended > 0),
        source: it.max_source,
    });
    let pulled: Vec<PulledRow> = server.rows(&format!(
        "select service, uniqExact(instance) as pulled from snapshot where day = {day} group by service"
    ))?;
    let pulled: HashMap<String, u64> = pulled.into_iter().map(|it| (it.service, it.pulled)).collect();
    let planned: Vec<PlannedRow> = server.rows(&format!(
        "select service, max(listed) as max_listed, max(wanted) as max_wanted from planned where day = {day} group by service"
    ))?;
    let planned = planned.into_iter().map(|it| Planned {
        service: numbers.of(&it.service),
        listed: it.max_listed,
        wanted: it.max_wanted,
        pulled: pulled.get(&it.service).copied().unwrap_or(0),
    });
    let planned = planned.collect();
    let missed: Vec<MissedRow> = server.rows(&format!(
        "select service, instance, cause, detail from missed final where day = {day}
           and (service, instance) not in (select service, instance from snapshot where day = {day}) order by sweep"
    ))?;
    let missed = missed.into_iter().map(|it| (numbers.of(&it.service), it.instance, it.cause, it.detail));
    let missed = missed.collect();
    Ok(covered(sweeps.collect(), planned, missed, services))
}
