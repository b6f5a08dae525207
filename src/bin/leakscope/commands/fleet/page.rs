//! A ranking as the page of a fleet.

use leakscope::fleet::Owners;
use leakscope::fleet::growth_over_days;
use leakscope::render::fleet_page;
use leakscope::render::fleet_stack_page;
use leakscope::report::FleetCause;
use leakscope::report::FleetDay;
use leakscope::report::FleetReport;
use leakscope::report::FleetRow;
use leakscope::report::FleetVersion;
use leakscope::rules::RuleSet;
use leakscope::store::History;
use leakscope::store::Order;
use leakscope::store::Question;
use leakscope::store::RankedRow;
use leakscope::store::Ranking;
use leakscope::store::Store;

use super::figures::date;
use super::lines;
use super::owners::owner_of;
use super::second;
use crate::exit_code::Failure;
use crate::stores::failure;

/// Instances of a row that are listed.
const MAX_INSTANCES: usize = 10;

/// The page. Each row takes its history from the store.
pub(super) fn page(
    store: &dyn Store,
    ranking: &Ranking,
    question: &Question,
    owners: &Owners,
) -> Result<Vec<u8>, Failure> {
    let rules = RuleSet::built_in();
    let mut rows = Vec::with_capacity(ranking.rows.len());
    for it in &ranking.rows {
        let history = store.history(&it.service, it.fingerprint).map_err(failure)?;
        rows.push(row(it, history, question.order, owners, &rules));
    }
    let coverage = &ranking.coverage;
    let report = FleetReport {
        day: date(ranking.day),
        order: order(ranking, question),
        services: coverage.services,
        pulled: coverage.pulled,
        wanted: coverage.wanted,
        gaps: lines::gaps(coverage).lines().map(str::to_owned).collect(),
        rows,
        omitted: ranking.omitted,
    };
    let mut bytes = Vec::new();
    fleet_page(&report, &mut bytes)?;
    Ok(bytes)
}

/// The page of one stack of a service.
pub(super) fn of_one(history: History, owners: &Owners) -> Result<Vec<u8>, Failure> {
    let (stack, day) = (history.row.clone(), date(history.day));
    let mut bytes = Vec::new();
    let row = row(&stack, Some(history), Order::Rms, owners, &RuleSet::built_in());
    fleet_stack_page(&row, &day, &mut bytes)?;
    Ok(bytes)
}

/// What decides the order, in our words.
fn order(ranking: &Ranking, question: &Question) -> String {
    match (question.order, ranking.before) {
        (Order::Rms, _) => "by root mean square over instances".to_owned(),
        (Order::Growth, Some(before)) => format!("by gain of the root mean square since {}", date(before)),
        (Order::Growth, None) => "by gain, for which no day is old enough".to_owned(),
        (Order::New, _) => "only those that the newest version brought".to_owned(),
        (Order::Odd, _) => "only those of which one instance has far more than the others".to_owned(),
    }
}

fn row(
    row: &RankedRow,
    history: Option<History>,
    order: Order,
    owners: &Owners,
    rules: &RuleSet,
) -> FleetRow {
    let gain = row.rms_before.filter(|_| order == Order::Growth).map(|before| row.rms - before);
    let rule = row.cause().and_then(|it| rules.find(it));
    let frame = |text: &str| {
        let (function, place) = text.split_once('\t').unwrap_or((text, ""));
        (function.to_owned(), place.to_owned())
    };
    let (days, versions, at) = match history {
        Some(it) => (it.days, it.versions, it.instances),
        None => Default::default(),
    };
    let versions = versions.into_iter().map(|it| FleetVersion {
        version: it.version,
        first: date(it.first_day),
        last: date(it.last_day),
        mean: it.has_it.then_some(it.mean),
    });
    let (more_at, place) = (at.len().saturating_sub(MAX_INSTANCES), at.first().map(|it| it.place.clone()));
    FleetRow {
        service: row.service.clone(),
        fingerprint: format!("{:016x}", row.fingerprint),
        site: row.site.clone(),
        rms: row.rms,
        gain,
        most: row.most,
        most_at: row.most_at.clone(),
        instances: row.instances,
        looked_at: row.looked_at,
        since: date(row.since_day),
        since_version: row.since_version.clone(),
        owner: owner_of(owners, row).map(|it| (it.names.join(" "), lines::by(&it))),
        is_growing: row.is_growing(),
        is_new: row.is_new,
        odd: row.is_odd.then(|| lines::odd(row)),
        proven: row.proven(),
        second: row.second.as_ref().map(second::sentence),
        blocked_on: row.blocked_on.clone(),
        cause: rule.map(|it| FleetCause {
            title: it.title.to_string(),
            description: it.description.to_string(),
            fix: Some(it.say.advice.to_string()).filter(|it| !it.is_empty()),
            rule: it.id.to_string(),
        }),
        growth: growth_over_days(&row.days, row.looked_at)
            .map(|it| format!("{}: {}", it.verdict.as_str(), it.reason)),
        frames: row.frames.lines().map(frame).collect(),
        spawn: row.spawn.as_deref().map(frame),
        days: days.iter().map(|it| FleetDay { day: it.day, mean: it.mean }).collect(),
        versions: versions.collect(),
        at: at.into_iter().take(MAX_INSTANCES).map(|it| (it.instance, it.version, it.count)).collect(),
        more_at,
        place,
    }
}
