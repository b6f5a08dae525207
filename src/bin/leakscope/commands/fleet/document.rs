//! The answers of a store as JSON. The schema is `testdata/schemas/fleet-1.json`.

use leakscope::fleet::Owners;
use leakscope::fleet::StackLook;
use leakscope::fleet::growth_over_days;
use leakscope::store::DayLine;
use leakscope::store::History;
use leakscope::store::Question;
use leakscope::store::RankedRow;
use leakscope::store::Ranking;
use leakscope::store::SecondSeen;
use serde_json::Value;
use serde_json::json;

use super::figures::date;
use super::owners::owner_of;
use crate::exit_code::Failure;

pub(super) fn ranking(ranking: &Ranking, question: &Question, owners: &Owners) -> Result<String, Failure> {
    let coverage = &ranking.coverage;
    let sweeps: Vec<Value> = coverage
        .sweeps
        .iter()
        .map(|it| json!({"id": it.id, "begun": time(it.begun), "ended": it.ended.map(time), "source": it.source}))
        .collect();
    let missed: Vec<Value> = coverage
        .missed
        .iter()
        .map(|it| json!({"service": it.service, "instance": it.instance, "cause": it.cause, "detail": it.detail}))
        .collect();
    let rows: Vec<Value> = ranking.rows.iter().map(|it| row(it, owners)).collect();
    print(&json!({
        "kind": "fleet",
        "schema": 1,
        "day": date(ranking.day),
        "growth_since": ranking.before.map(date),
        "by": question.order.as_str(),
        "sweeps": sweeps,
        "coverage": {
            "services": coverage.services,
            "listed": coverage.listed,
            "wanted": coverage.wanted,
            "pulled": coverage.pulled,
            "unseen": coverage.unseen,
            "less_than_half": coverage.thin,
        },
        "rows": rows,
        "omitted": ranking.omitted,
        "missed": missed,
    }))
}

pub(super) fn history(history: &History, owners: &Owners) -> Result<String, Failure> {
    let day = |it: &DayLine| json!({"day": date(it.day), "rms": it.rms, "mean": it.mean, "most": it.most, "instances": it.instances, "looked_at": it.looked_at});
    let versions: Vec<Value> = history
        .versions
        .iter()
        .map(|it| {
            json!({"version": it.version, "first": date(it.first_day), "last": date(it.last_day), "mean": it.mean, "has_it": it.has_it})
        })
        .collect();
    let instances: Vec<Value> = history
        .instances
        .iter()
        .map(|it| {
            json!({"instance": it.instance, "place": it.place, "version": it.version, "count": it.count, "taken_at": time(it.taken_at)})
        })
        .collect();
    print(&json!({
        "kind": "fleet-history",
        "schema": 1,
        "day": date(history.day),
        "row": row(&history.row, owners),
        "days": history.days.iter().map(day).collect::<Vec<_>>(),
        "versions": versions,
        "instances": instances,
    }))
}

fn row(row: &RankedRow, owners: &Owners) -> Value {
    let owner =
        owner_of(owners, row).map(|it| json!({"names": it.names, "by": it.basis.as_str(), "file": it.file}));
    let stack: Vec<Value> = row
        .frames
        .lines()
        .map(|line| {
            let (function, place) = line.split_once('\t').unwrap_or((line, ""));
            let (file, number) = place.rsplit_once(':').unwrap_or((place, "0"));
            json!({"function": function, "file": file, "line": number.parse::<u32>().unwrap_or(0)})
        })
        .collect();
    json!({
        "service": row.service,
        "team": row.team,
        "owner": owner,
        "fingerprint": format!("{:016x}", row.fingerprint),
        "rms": row.rms,
        "rms_before": row.rms_before,
        "mean": row.mean,
        "most": row.most,
        "most_at": row.most_at,
        "instances": row.instances,
        "looked_at": row.looked_at,
        "versions": row.versions,
        "since": {"day": date(row.since_day), "version": row.since_version},
        "odd": row.is_odd,
        "new": row.is_new,
        "growing": row.is_growing(),
        "growth": growth_over_days(&row.days, row.looked_at).map(|it| it.verdict.as_str()),
        "site": row.site,
        "spawn": row.spawn,
        "blocked_on": row.blocked_on,
        "rule": row.rule,
        "second_look": row.second.as_ref().map(second),
        "stack": stack,
    })
}

fn second(seen: &SecondSeen) -> Value {
    let StackLook { count, rule, waits, proven } = &seen.look;
    let waits = waits.map(|it| {
        json!({"listed": it.listed, "stated": it.stated, "least_minutes": it.least, "median_minutes": it.median, "most_minutes": it.most})
    });
    json!({
        "instance": seen.instance,
        "taken_at": time(seen.taken_at),
        "count": count,
        "rule": rule,
        "waits": waits,
        "proven_leaked": proven,
    })
}

fn time(seconds: i64) -> Option<String> {
    jiff::Timestamp::from_second(seconds).ok().map(|it| it.to_string())
}

fn print(document: &Value) -> Result<String, Failure> {
    let mut text = serde_json::to_string_pretty(document).map_err(Failure::input)?;
    text.push('\n');
    Ok(text)
}
