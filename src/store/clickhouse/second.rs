//! Second looks: one instance of a service in a sweep, and what its traceback and its goroutineleak profile say of stacks.

use std::collections::HashMap;
use std::collections::HashSet;

use serde::Deserialize;
use serde::Serialize;

use super::server::Server;
use super::server::hex;
use super::server::some;
use crate::fleet::StackLook;
use crate::fleet::Waits;
use crate::store::SecondLook;
use crate::store::SecondSeen;
use crate::store::StoreError;

#[derive(Serialize, Deserialize)]
struct LookRow {
    day: i32,
    sweep: String,
    service: String,
    instance: String,
    taken_at: i64,
}

#[derive(Serialize, Deserialize)]
struct StackRow {
    day: i32,
    sweep: String,
    service: String,
    fp: u64,
    n: u64,
    rule: String,
    listed: u64,
    stated: u64,
    least: u32,
    median: u32,
    most: u32,
    has_waits: u8,
    proven: u64,
    has_proof: u8,
    taken_at: i64,
}

#[derive(Deserialize)]
struct Name {
    service: String,
}

pub(super) fn looked_again(server: &Server, sweep: &str) -> Result<HashSet<String>, StoreError> {
    let names: Vec<Name> =
        server.rows(&format!("select distinct service from look where sweep = {}", hex(sweep)))?;
    Ok(names.into_iter().map(|it| it.service).collect())
}

/// The look comes last: without it, the service is looked at again, and the rows of its stacks are replaced.
pub(super) fn write(server: &Server, sweep: &str, day: i32, look: &SecondLook) -> Result<(), StoreError> {
    let row = |(stack, seen): &(crate::fleet::ObservedStack, StackLook)| {
        let waits = seen.waits.unwrap_or(Waits { listed: 0, stated: 0, least: 0, median: 0, most: 0 });
        StackRow {
            day,
            sweep: sweep.to_owned(),
            service: look.service.clone(),
            fp: stack.fingerprint.0,
            n: seen.count,
            rule: seen.rule.clone().unwrap_or_default(),
            listed: waits.listed,
            stated: waits.stated,
            least: waits.least,
            median: waits.median,
            most: waits.most,
            has_waits: u8::from(seen.waits.is_some()),
            proven: seen.proven.unwrap_or(0),
            has_proof: u8::from(seen.proven.is_some()),
            taken_at: look.taken_at,
        }
    };
    let rows: Vec<StackRow> = look.stacks.iter().map(row).collect();
    server.insert("look_stack", &rows)?;
    let SecondLook { service, instance, taken_at, .. } = look;
    let (sweep, service, instance) = (sweep.to_owned(), service.clone(), instance.clone());
    server.insert("look", &[LookRow { day, sweep, service, instance, taken_at: *taken_at }])
}

/// What the last look at each of these services saw of their stacks. `keys` are services and stacks, as what follows `in`.
pub(super) fn seen(
    server: &Server,
    keys: &str,
    services: &str,
) -> Result<HashMap<(String, u64), SecondSeen>, StoreError> {
    let looks: Vec<LookRow> = server.rows(&format!(
        "select day, sweep, service, instance, taken_at from look final where service in {services} order by service, taken_at, sweep"
    ))?;
    // Of a service the last one stays.
    let looks: HashMap<String, LookRow> = looks.into_iter().map(|it| (it.service.clone(), it)).collect();
    if looks.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<StackRow> = server.rows(&format!(
        "select day, sweep, service, fp, n, rule, listed, stated, least, median, most, has_waits, proven, has_proof, taken_at
         from look_stack final where (service, fp) in {keys}"
    ))?;
    let mut seen = HashMap::new();
    for it in rows {
        let is_last = |look: &&LookRow| look.sweep == it.sweep && look.taken_at == it.taken_at;
        let Some(look) = looks.get(&it.service).filter(is_last) else { continue };
        let StackRow { listed, stated, least, median, most, .. } = it;
        let waits = (it.has_waits > 0).then_some(Waits { listed, stated, least, median, most });
        let proven = (it.has_proof > 0).then_some(it.proven);
        let look_at = StackLook { count: it.n, rule: some(it.rule), waits, proven };
        let (instance, taken_at) = (look.instance.clone(), look.taken_at);
        seen.insert((it.service, it.fp), SecondSeen { instance, taken_at, look: look_at });
    }
    Ok(seen)
}
