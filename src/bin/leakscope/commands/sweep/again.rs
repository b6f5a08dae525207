//! The second look of a sweep: which services are the worst, and one instance of each once more, with what costs too much for all.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use leakscope::decode::Limits;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::Plan;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::RankedRow;
use leakscope::store::SecondLook;
use leakscope::store::Store;
use leakscope::store::StoreError;

use super::args::SweepArgs;
use super::sources::Key;
use super::sources::key;
use crate::options::WhatArgs;
use crate::options::When;
use crate::sweep;
use crate::sweep::Again;
use crate::sweep::AskOptions;
use crate::sweep::Look;
use crate::sweep::Looker;
use crate::sweep::Road;
use crate::sweep::Taken;
use crate::sweep::Task;

/// A stack with fewer goroutines than this is worth no second look: they can come by chance.
const FEWEST: u64 = 10;
/// Rows of each order that are compared to find a service.
const ROWS: usize = 5;

/// What became of the second look.
#[derive(Debug, Default)]
pub(super) struct Looked {
    /// The services that were looked at again, with what was left out there, and why.
    pub(super) seen: BTreeMap<String, Vec<String>>,
    /// The services that could not be, with the instance, and why.
    pub(super) missed: BTreeMap<String, (String, String)>,
    /// Whether the sweep is of an earlier day than the last one of the store, whose stacks are not ranked.
    pub(super) is_of_earlier_day: bool,
}

/// An instance that is looked at again.
struct Chosen<'a> {
    /// The position of its service.
    service: usize,
    target: &'a FleetTarget,
    road: Road,
}

/// Whom a sweep may look at again.
pub(super) struct Askable<'a> {
    plan: &'a Plan,
    roads: &'a HashMap<Key, Road>,
    /// Instances that are no processes.
    pub(super) folders: HashSet<Key>,
}

impl<'a> Askable<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        roads: &'a HashMap<Key, Road>,
        folders: impl Iterator<Item = Key>,
    ) -> Self {
        Askable { plan, roads, folders: folders.collect() }
    }

    /// The target of an instance, and how it is asked; `None` if there is no process that could be.
    fn find(&self, service: &str, instance: &str) -> Option<Chosen<'a>> {
        let at = self.plan.services.binary_search_by(|it| it.name.as_str().cmp(service)).ok()?;
        let target = self.plan.services.get(at)?.asked.iter().find(|it| it.instance == instance)?;
        let key = key(target);
        let road = self.roads.get(&key).cloned().unwrap_or(Road::Direct);
        let is_process = !self.folders.contains(&key) && !matches!(road, Road::Stored(..));
        is_process.then_some(Chosen { service: at, target, road })
    }
}

/// Looks again at the worst services that this sweep has not looked at again yet, and writes what it sees.
pub(super) fn look_again(
    store: &mut dyn Store,
    id: &str,
    args: &SweepArgs,
    askable: &Askable<'_>,
    options: &AskOptions,
    looker: &Looker,
) -> Result<Looked, StoreError> {
    let done = store.looked_again(id)?;
    let count = args.deep.saturating_sub(done.len());
    if count == 0 {
        return Ok(Looked::default());
    }
    let Some(worst) = worst(store, id, askable, &done, count)? else {
        return Ok(Looked { is_of_earlier_day: true, ..Looked::default() });
    };
    let again = Arc::new(Again { what: what(args), limits: Limits::default() });
    let tasks: Vec<Task> = worst
        .into_iter()
        .map(|Chosen { service, target, road }| {
            let look = Look::Again(Arc::clone(&again));
            Task { service, target: target.clone(), road, look }
        })
        .collect();
    let mut looked = Looked::default();
    let mut result = Ok(());
    sweep::ask(&tasks, options, |answer| {
        let Some(FleetTarget { service, instance, .. }) = tasks.get(answer.index).map(|it| &it.target) else {
            return;
        };
        let mut miss = |why: String| {
            looked.missed.insert(service.clone(), (instance.clone(), why));
        };
        let taken = match answer.result {
            None => return miss("the sweep ended before its answer".to_owned()),
            Some(Err(fault)) => {
                let missed = sweep::missed(instance, fault);
                return miss(format!("{}: {}", missed.cause.as_str(), missed.detail));
            }
            Some(Ok(taken)) => taken,
        };
        let Taken { input, taken_at, left_out, .. } = taken;
        let stacks = match looker.look_again(input) {
            Ok(stacks) => stacks,
            Err((cause, detail)) => return miss(format!("{}: {detail}", cause.as_str())),
        };
        let look = SecondLook { service: service.clone(), instance: instance.clone(), taken_at, stacks };
        if result.is_ok() {
            result = store.write_again(id, &look);
        }
        looked.seen.insert(service.clone(), left_out);
    });
    result.map(|()| looked)
}

/// The profiles of a second look.
fn what(args: &SweepArgs) -> WhatArgs {
    WhatArgs {
        tracebacks: When::Auto,
        traceback_limit: args.budget.traceback_limit,
        heap: When::Never,
        leaks: When::Auto,
        save: None,
    }
}

/// For each of the worst services the instance with most of its worst stack. First come stacks that are growing, new or odd, then the others:
/// a large stack that stays is a pool. `None` if the last day of the store is not that of this sweep.
fn worst<'a>(
    store: &dyn Store,
    id: &str,
    askable: &Askable<'a>,
    done: &HashSet<String>,
    count: usize,
) -> Result<Option<Vec<Chosen<'a>>>, StoreError> {
    let names = askable.plan.services.iter().map(|it| &it.name).filter(|name| !done.contains(*name));
    let among: HashSet<String> = names.cloned().collect();
    let mut rows: BTreeMap<(String, u64), RankedRow> = BTreeMap::new();
    for order in Order::ALL {
        let question = Question {
            order: *order,
            since_days: 7,
            service: None,
            team: None,
            among: Some(among.clone()),
            least_rms: 0.0,
            limit: count.saturating_mul(ROWS),
        };
        let ranking = store.rank(&question)?;
        if !ranking.coverage.sweeps.iter().any(|it| it.id == id) {
            return Ok(None);
        }
        rows.extend(ranking.rows.into_iter().map(|it| ((it.service.clone(), it.fingerprint), it)));
    }
    let mut rows: Vec<RankedRow> = rows.into_values().filter(|it| it.most >= FEWEST).collect();
    let has_changed = |it: &RankedRow| it.is_new || it.is_odd || it.is_growing();
    rows.sort_by(|a, b| {
        has_changed(b).cmp(&has_changed(a)).then(b.rms.total_cmp(&a.rms)).then(a.service.cmp(&b.service))
    });
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    for row in &rows {
        if let Some(found) = askable.find(&row.service, &row.most_at)
            && chosen.len() < count
            && !chosen.iter().any(|it| it.service == found.service)
        {
            chosen.push(found);
        }
    }
    Ok(Some(chosen))
}
