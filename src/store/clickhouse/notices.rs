//! What was reported of stacks.

use std::collections::HashMap;

use serde::Deserialize;
use serde::Serialize;

use super::rank::teams;
use super::server::Server;
use super::server::some;
use crate::store::KnownNotice;
use crate::store::Notice;
use crate::store::NoticeKind;
use crate::store::StoreError;

#[derive(Serialize, Deserialize)]
struct NoticeRow {
    service: String,
    fp: u64,
    kind: String,
    day: i32,
    rms: f64,
}

#[derive(Deserialize)]
struct LastDay {
    service: String,
    fp: u64,
    last_day: i32,
}

#[derive(Deserialize)]
struct LookedDay {
    service: String,
    day: i32,
}

#[derive(Deserialize)]
struct Site {
    fp: u64,
    max_site: String,
}

pub(super) fn notices(server: &Server) -> Result<Vec<KnownNotice>, StoreError> {
    let notices: Vec<NoticeRow> =
        server.rows("select service, fp, kind, day, rms from notice final order by service, fp")?;
    let last_days: Vec<LastDay> = server.rows(
        "select service, fp, max(day) as last_day from daily where (service, fp) in (select service, fp from notice)
         group by service, fp",
    )?;
    let looked: Vec<LookedDay> = server
        .rows("select distinct service, day from looked where service in (select service from notice)")?;
    let sites: Vec<Site> = server.rows(
        "select fp, max(site) as max_site from stack where fp in (select fp from notice) group by fp",
    )?;
    let mut teams = teams(server)?;
    let last_days: HashMap<(String, u64), i32> =
        last_days.into_iter().map(|it| ((it.service, it.fp), it.last_day)).collect();
    let sites: HashMap<u64, String> = sites.into_iter().map(|it| (it.fp, it.max_site)).collect();
    let mut known = Vec::with_capacity(notices.len());
    for NoticeRow { service, fp, kind, day, rms } in notices {
        let last = last_days.get(&(service.clone(), fp)).copied().unwrap_or(day);
        let absent = looked.iter().filter(|it| it.service == service && it.day > last).count();
        // A word that this version does not know is of a later one: what was reported stays reported.
        let kind = NoticeKind::ALL.iter().find(|it| it.as_str() == kind).copied().unwrap_or(NoticeKind::New);
        known.push(KnownNotice {
            days_absent: u32::try_from(absent).unwrap_or(u32::MAX),
            site: sites.get(&fp).cloned().and_then(some),
            team: teams.entry(service.clone()).or_default().clone(),
            notice: Notice { service, fingerprint: fp, kind, day, rms },
        });
    }
    Ok(known)
}

pub(super) fn remember(server: &Server, notices: &[Notice]) -> Result<(), StoreError> {
    let rows: Vec<NoticeRow> = notices
        .iter()
        .map(|it| NoticeRow {
            service: it.service.clone(),
            fp: it.fingerprint,
            kind: it.kind.as_str().to_owned(),
            day: it.day,
            rms: it.rms,
        })
        .collect();
    server.insert("notice", &rows)
}
