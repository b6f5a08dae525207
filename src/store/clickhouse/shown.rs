//! What is shown of some stacks: their days, versions and texts, in a few questions for all of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;

use serde::Deserialize;

use super::second;
use super::server::Server;
use super::server::hex;
use super::server::hex_list;
use super::server::some;
use crate::store::RankedRow;
use crate::store::SecondSeen;
use crate::store::StoreError;
use crate::store::candidate::Candidate;
use crate::store::candidate::Service;
use crate::store::day_sum::DaySum;
use crate::store::day_sum::recent_means;

/// Stacks that are asked for at a time: a statement has a limit.
pub(super) const PART: usize = 200;

type StackKey = (String, u64);

/// What is known of some stacks.
pub(super) struct Shown {
    /// By service: the instances that were looked at, by day and version.
    pub(super) looked: HashMap<String, Vec<LookedRow>>,
    /// By service and stack: a row for each day and version.
    pub(super) daily: HashMap<StackKey, Vec<DailyRow>>,
    since: HashMap<StackKey, Since>,
    texts: HashMap<u64, Texts>,
    seconds: HashMap<StackKey, SecondSeen>,
}

#[derive(Deserialize)]
pub(super) struct LookedRow {
    service: String,
    pub(super) day: i32,
    pub(super) version: String,
    pub(super) instances: i64,
}

#[derive(Deserialize)]
pub(super) struct DailyRow {
    service: String,
    fp: u64,
    pub(super) day: i32,
    pub(super) version: String,
    instances: i64,
    pub(super) total: f64,
    squares: f64,
    most: i64,
    most_at: String,
}

#[derive(Deserialize)]
pub(super) struct Since {
    pub(super) service: String,
    pub(super) fp: u64,
    pub(super) first_day: i32,
    pub(super) first_version: String,
}

#[derive(Deserialize)]
struct Texts {
    fp: u64,
    max_frames: String,
    max_site: String,
    max_spawn: String,
    max_blocked_on: String,
    max_rule: String,
}

impl Shown {
    pub(super) fn read(server: &Server, keys: &[(&str, u64)]) -> Result<Self, StoreError> {
        let (all, services) = (key_list(keys), service_list(keys));
        let last = format!(
            "(day, service, generation) in (select day, service, max(generation) from looked where service in {services} group by day, service)"
        );
        let mut shown = Shown {
            looked: HashMap::new(),
            daily: HashMap::new(),
            since: HashMap::new(),
            texts: HashMap::new(),
            seconds: HashMap::new(),
        };
        if keys.is_empty() {
            return Ok(shown);
        }
        let looked: Vec<LookedRow> = server.rows(&format!(
            "select service, day, version, toInt64(instances) as instances from looked final
             where service in {services} and {last} order by day, version"
        ))?;
        for it in looked {
            shown.looked.entry(it.service.clone()).or_default().push(it);
        }
        let daily: Vec<DailyRow> = server.rows(&format!(
            "select service, fp, day, version, toInt64(instances) as instances, toFloat64(total) as total,
               toFloat64(squares) as squares, toInt64(most) as most, most_at from daily final
             where (service, fp) in {all} and {last} order by day, version"
        ))?;
        for it in daily {
            shown.daily.entry((it.service.clone(), it.fp)).or_default().push(it);
        }
        for it in since(server, &format!("where (service, fp) in {all}"), "")? {
            shown.since.insert((it.service.clone(), it.fp), it);
        }
        let stacks: Vec<String> = keys.iter().map(|(_, fp)| fp.to_string()).collect();
        let texts: Vec<Texts> = server.rows(&format!(
            "select fp, max(frames) as max_frames, max(site) as max_site, max(spawn) as max_spawn,
               max(blocked_on) as max_blocked_on, max(rule) as max_rule from stack where fp in ({}) group by fp",
            stacks.join(", ")
        ))?;
        shown.seconds = second::seen(server, &all, &services)?;
        shown.texts = texts.into_iter().map(|it| (it.fp, it)).collect();
        Ok(shown)
    }

    /// The first day and version of a stack; `None` if it was never seen in the service.
    pub(super) fn since(&self, service: &str, fp: u64) -> Option<(i32, String)> {
        let since = self.since.get(&(service.to_owned(), fp))?;
        Some((since.first_day, since.first_version.clone()))
    }

    /// All days on which the service was looked at, oldest first.
    pub(super) fn days(&self, service: &str, fp: u64) -> Vec<DaySum> {
        let mut days: BTreeMap<i32, DaySum> = BTreeMap::new();
        for it in self.looked.get(service).into_iter().flatten() {
            days.entry(it.day).or_insert_with(|| DaySum { day: it.day, ..DaySum::default() }).looked_at +=
                it.instances;
        }
        for it in self.daily.get(&(service.to_owned(), fp)).into_iter().flatten() {
            let Some(day) = days.get_mut(&it.day) else { continue };
            day.squares += it.squares;
            day.total += it.total;
            day.instances += it.instances;
            day.most = day.most.max(it.most);
        }
        days.into_values().collect()
    }

    /// A row of a day. Whether it is new is not decided here.
    pub(super) fn row(
        &self,
        service: &Service,
        candidate: &Candidate,
        day: i32,
        before: Option<i32>,
    ) -> RankedRow {
        let (name, fp) = (service.name.as_str(), candidate.fingerprint);
        let sums = self.days(name, fp);
        let rms_before = before.and_then(|before| sums.iter().find(|it| it.day == before)).map(DaySum::rms);
        let of_day =
            || self.daily.get(&(name.to_owned(), fp)).into_iter().flatten().filter(|it| it.day == day);
        let most = of_day().max_by(|a, b| (a.most, &a.most_at).cmp(&(b.most, &b.most_at)));
        let (since_day, since_version) = self.since(name, fp).unwrap_or((day, String::new()));
        let texts = self.texts.get(&fp);
        let text = |of: fn(&Texts) -> &String| texts.map(|it| of(it).clone()).and_then(some);
        RankedRow {
            service: service.name.clone(),
            team: service.team.clone(),
            fingerprint: fp,
            rms: candidate.rms(),
            rms_before,
            mean: candidate.total / candidate.looked_at.max(1) as f64,
            most: candidate.most.unsigned_abs(),
            most_at: most.map(|it| it.most_at.clone()).unwrap_or_default(),
            instances: candidate.instances.unsigned_abs(),
            looked_at: candidate.looked_at.unsigned_abs(),
            is_odd: candidate.is_odd(),
            is_new: false,
            versions: of_day().filter_map(|it| some(it.version.clone())).collect(),
            since_day,
            since_version: some(since_version),
            days: recent_means(&sums, day),
            frames: text(|it| &it.max_frames).unwrap_or_default(),
            site: text(|it| &it.max_site),
            spawn: text(|it| &it.max_spawn),
            blocked_on: text(|it| &it.max_blocked_on),
            rule: text(|it| &it.max_rule),
            second: self.seconds.get(&(name.to_owned(), fp)).cloned(),
        }
    }
}

/// The first days of stacks; without a condition, of all.
pub(super) fn since(server: &Server, condition: &str, having: &str) -> Result<Vec<Since>, StoreError> {
    server.rows(&format!(
        "select service, fp, argMax(day, age) as first_day, argMax(version, age) as first_version from since final {condition}
         group by service, fp {having}"
    ))
}

/// Keys of stacks as what follows `in`: an expression of texts in digits, and numbers.
fn key_list(keys: &[(&str, u64)]) -> String {
    let all: Vec<String> = keys.iter().map(|(service, fp)| format!("({}, {fp})", hex(service))).collect();
    format!("({})", all.join(", "))
}

/// The services of keys as what follows `in`.
fn service_list(keys: &[(&str, u64)]) -> String {
    let names: BTreeSet<&str> = keys.iter().map(|(service, _)| *service).collect();
    hex_list(names.into_iter())
}
