//! `leakscope sweep`: looks at a few instances of many services, and keeps what it saw in a store.
#![expect(clippy::disallowed_methods, reason = "a sweep has a day and a deadline")]

use std::collections::HashMap;
use std::collections::HashSet;
use std::time::Instant;

use leakscope::fleet;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::fleet::Plan;
use leakscope::rules::RuleSet;
use leakscope::source;
use leakscope::store::SweepStart;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::signals;
use crate::stores;
use crate::stores::failure;
use crate::sweep::AskOptions;
use crate::sweep::Collector;
use crate::sweep::Credentials;
use crate::sweep::Limits;
use crate::sweep::Look;
use crate::sweep::Looker;
use crate::sweep::Road;
use crate::sweep::Task;
use crate::terminal::Terminal;

mod again;
mod args;
mod one_run;
mod source_args;
mod sources;
mod summary;

use again::Askable;
use again::Looked;
pub(crate) use args::SweepArgs;
use args::http_options;
use one_run::Sweep;
use sources::Key;
use sources::Read;
use sources::key;

pub(super) const HELP: &str = "\
A list has lines such as
  checkout 10.2.0.7:6060 version=v1.2.0 team=pay
or is the JSON of Prometheus's file_sd. --captures reads DIR/SERVICE/INSTANCE or DIR/SERVICE@VERSION/INSTANCE.

What it costs an instance: one goroutine profile, which stops the world twice, briefly, and takes about 0.14 s at 100,000 \
goroutines. --dry-run prints who would be asked.

Examples:
  leakscope sweep --targets fleet.txt --dry-run
  leakscope sweep --targets fleet.txt --allow-net 10.0.0.0/8 --deep 20 --store fleet.db
  leakscope fleet --store fleet.db";

/// How long the number of goroutines of an instance counts for --max-goroutines.
const REMEMBERED_DAYS: i32 = 7;
const SECONDS_A_DAY: i64 = 86_400;

/// What is known before anybody is asked.
struct Prepared {
    plan: Plan,
    captures: HashMap<Key, source::CaptureEntry>,
    roads: HashMap<Key, Road>,
    credentials: Credentials,
    source: String,
}

pub(super) fn run(args: &SweepArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let now = jiff::Timestamp::now();
    let today = now.as_second().div_euclid(SECONDS_A_DAY) as i32;
    let id = args.sweep_id.clone().unwrap_or_else(|| now.strftime("%Y-%m-%d").to_string());
    let mut prepared = prepare(args, &id, terminal)?;
    let is_there = args.store.exists() || stores::is_server(&args.store);
    let known = if args.dry_run && !is_there { None } else { Some(stores::create(&args.store)?) };
    let (pulled, large) = match &known {
        Some(store) => (
            store.pulled(&id).map_err(failure)?,
            store.larger_than(args.budget.max_goroutines, today - REMEMBERED_DAYS).map_err(failure)?,
        ),
        None => (HashSet::new(), Vec::new()),
    };
    let large: HashMap<Key, u64> =
        large.into_iter().map(|(service, instance, count)| ((service, instance), count)).collect();
    let mut tasks = tasks(&prepared.plan, &prepared.roads, &pulled);
    if args.dry_run {
        let options = http_options(args);
        let refused = |task: &Task| refusal(task, &options, &large, &prepared.captures);
        return terminal.print(&summary::dry_run(&prepared.plan, &tasks, refused, args));
    }
    let Some(mut store) = known else { return Ok(Outcome::Done) };
    if prepared.plan.services.is_empty() {
        terminal.note("there is nobody to ask");
        return Ok(Outcome::Done);
    }
    if tasks.is_empty() && args.deep == 0 {
        terminal.note(&format!("the sweep {id} has all of its instances already"));
        return Ok(Outcome::Done);
    }
    let folders = prepared.captures.keys().cloned().collect::<Vec<Key>>();
    let options = AskOptions {
        http: http_options(args),
        credentials: std::mem::take(&mut prepared.credentials),
        limits: Limits { budget: args.budget.budget(), deadline: Instant::now() + args.budget.deadline },
    };
    let looker = Looker { limits: leakscope::decode::Limits::default(), rules: RuleSet::built_in() };
    store
        .begin(&SweepStart {
            id: id.clone(),
            day: today,
            begun: now.as_second(),
            source: prepared.source.clone(),
        })
        .map_err(failure)?;
    let mut open: HashMap<usize, usize> = HashMap::new();
    for task in &tasks {
        *open.entry(task.service).or_default() += 1;
    }
    let blocked = signals::block();
    let collector = Collector::new(&mut *store, &id, &prepared.plan.services, open.into_iter());
    let mut sweep = Sweep { looker: &looker, collector, asked_at: now };
    // What needs no request comes first.
    let mut failed = Ok(());
    tasks.retain(|Task { service, target, .. }| {
        let key = key(target);
        let done = if let Some(capture) = prepared.captures.remove(&key) {
            Some(sweep.capture(target, capture))
        } else {
            large.get(&key).map(|count| Err(too_many(target, *count)))
        };
        let Some(result) = done else { return true };
        if failed.is_ok() {
            failed = sweep.collector.take(*service, result).map_err(failure);
        }
        false
    });
    failed?;
    sweep.ask(&tasks, &options, terminal).map_err(failure)?;
    let totals = sweep.collector.finish().map_err(failure)?;
    let mut looked = Looked::default();
    if args.deep > 0 && signals::received().is_none() {
        let askable = Askable::new(&prepared.plan, &prepared.roads, folders.into_iter());
        looked = again::look_again(&mut *store, &id, args, &askable, &options, &looker).map_err(failure)?;
    }
    let ended = jiff::Timestamp::now().as_second();
    let signal = signals::received();
    if signal.is_none() {
        store.end(&id, ended).map_err(failure)?;
    }
    drop(blocked);
    let unseen = unseen(&prepared.plan, &store.pulled(&id).map_err(failure)?);
    terminal.print(&summary::swept(&id, &prepared.plan, pulled.len(), &totals, &unseen))?;
    terminal.print(&summary::looked_again(&looked))?;
    if let Some(signal) = signal {
        terminal.warning(&format!("the sweep {id} was interrupted: run it again to continue"));
        return Ok(Outcome::Interrupted(signal));
    }
    let share = unseen.len() as f64 / prepared.plan.services.len().max(1) as f64;
    Ok(if share * 100.0 > args.budget.allow_missing { Outcome::Incomplete } else { Outcome::Done })
}

fn prepare(args: &SweepArgs, id: &str, terminal: &Terminal) -> Result<Prepared, Failure> {
    let credentials =
        args.source.credentials.as_deref().map(Credentials::read).transpose()?.unwrap_or_default();
    let Read { targets, captures, roads, shown } = sources::read(args, &credentials, terminal)?;
    let instances = Some(args.budget.instances).filter(|count| *count > 0);
    let plan = fleet::plan(targets, &fleet::Choice { instances, shard: args.shard, turn: id });
    Ok(Prepared { plan, captures, roads, credentials, source: shown })
}

/// The instances that the store does not have yet, with the position of their service.
fn tasks(plan: &Plan, roads: &HashMap<Key, Road>, pulled: &HashSet<Key>) -> Vec<Task> {
    let mut tasks = Vec::new();
    for (service, planned) in plan.services.iter().enumerate() {
        for target in &planned.asked {
            let key = key(target);
            if !pulled.contains(&key) {
                let road = roads.get(&key).cloned().unwrap_or(Road::Direct);
                tasks.push(Task { service, target: target.clone(), road, look: Look::Counts });
            }
        }
    }
    tasks
}

/// The services of which no instance was looked at.
fn unseen<'a>(plan: &'a Plan, pulled: &HashSet<Key>) -> Vec<&'a str> {
    let seen: HashSet<&str> = pulled.iter().map(|(service, _)| service.as_str()).collect();
    plan.services.iter().map(|it| it.name.as_str()).filter(|name| !seen.contains(name)).collect()
}

/// Why an instance would not be asked.
fn refusal(
    Task { target, road, .. }: &Task,
    options: &source::HttpOptions,
    large: &HashMap<Key, u64>,
    captures: &HashMap<Key, source::CaptureEntry>,
) -> Option<String> {
    let key = key(target);
    if captures.contains_key(&key) {
        return None;
    }
    if let Some(count) = large.get(&key) {
        return Some(too_many(target, *count).detail);
    }
    if !matches!(road, Road::Direct) {
        return None;
    }
    let parsed = source::Target::parse(&target.place);
    let checked =
        parsed.and_then(|it| options.allowed.as_ref().map_or(Ok(()), |allowed| it.check_listed(allowed)));
    checked.err().map(|error| error.to_string())
}

fn too_many(target: &FleetTarget, count: u64) -> Missed {
    let count = leakscope::text::pluralize(i128::from(count), "goroutine");
    let detail = format!("{count} when it was last looked at (--max-goroutines)");
    Missed { instance: target.instance.clone(), cause: MissCause::TooManyGoroutines, detail }
}
