//! Profiles that Pyroscope keeps: the newest of each instance, not merged with others.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use leakscope::source::Call;
use leakscope::text::escape;
use prost::Message;
use serde::Deserialize;
use serde_json::Value;
use serde_json::json;

use super::Answer;
use super::Sources;
use super::list_options;
use super::stored::Label;
use super::stored::LeftOut;
use super::stored::by_name;
use super::stored::instance;
use super::stored::label_names;
use super::stored::selector;
use crate::exit_code::Failure;
use crate::sweep::road::Found;
use crate::sweep::road::Road;
use crate::sweep::road::Stored;

/// Which profiles of a server that keeps them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoredOptions<'a> {
    pub(crate) url: &'a str,
    /// A selector of labels, such as `{env="prod"}`; `None` for all.
    pub(crate) matching: Option<&'a str>,
    /// The tenant that a server with several asks for; `None` sends none.
    pub(crate) tenant: Option<&'a str>,
    /// How old a profile may be.
    pub(crate) within: Duration,
    pub(crate) now: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Types {
    #[serde(default)]
    profile_types: Vec<Type>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    #[serde(rename = "ID")]
    id: String,
    #[serde(default)]
    sample_type: String,
}

#[derive(Deserialize)]
struct AllSeries {
    #[serde(default)]
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    labels: Vec<Label>,
    #[serde(default)]
    points: Vec<Point>,
}

#[derive(Deserialize)]
struct Point {
    #[serde(default)]
    exemplars: Vec<Exemplar>,
}

/// One profile that is part of a point. Numbers of 64 bits are strings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exemplar {
    #[serde(default)]
    timestamp: String,
    #[serde(default)]
    profile_id: String,
    #[serde(default)]
    value: String,
    #[serde(default)]
    labels: Vec<Label>,
}

/// The request of both calls that answer with a profile.
#[derive(Clone, PartialEq, Message)]
struct Merge {
    #[prost(string, tag = "1")]
    profile_type: String,
    #[prost(string, tag = "2")]
    selector: String,
    #[prost(int64, tag = "3")]
    start: i64,
    #[prost(int64, tag = "4")]
    end: i64,
    /// Of `SelectMergeStacktraces`: 4 asks for pprof.
    #[prost(int32, tag = "6")]
    format: i32,
    /// Of `SelectMergeProfile`.
    #[prost(string, repeated, tag = "7")]
    older_ids: Vec<String>,
    /// Of `SelectMergeStacktraces`.
    #[prost(string, repeated, tag = "8")]
    ids: Vec<String>,
}

/// The answer of `SelectMergeStacktraces`. An older server answers with a flame graph, and no field 5.
#[derive(Clone, PartialEq, Message)]
struct Stacktraces {
    #[prost(message, optional, tag = "5")]
    pprof: Option<Pprof>,
}

#[derive(Clone, PartialEq, Message)]
struct Pprof {
    /// A profile that is not packed.
    #[prost(bytes = "vec", tag = "1")]
    profile: Vec<u8>,
}

const SERVICE: &str = "/querier.v1.QuerierService";
const PPROF: i32 = 4;
const STEPS: u64 = 4;
/// Around the time of a profile, so that a server that ignores its ID does not merge it with others.
const AROUND_MS: i64 = 1_000;

/// The newest profile of each instance.
pub(crate) fn pyroscope(options: &StoredOptions<'_>, sources: &Sources<'_>) -> Result<Answer, Failure> {
    let headers = options.tenant.map(|tenant| ("X-Scope-OrgID".to_owned(), tenant.to_owned()));
    let headers: Vec<(String, String)> = headers.into_iter().collect();
    let lists = leakscope::source::HttpOptions { headers: headers.clone(), ..list_options() };
    let api = sources.api_with("Pyroscope", options.url, &lists)?;
    let asking = leakscope::source::HttpOptions { headers, allowed: None, ..sources.asking.clone() };
    let asked = Arc::new(sources.api_with("Pyroscope", options.url, &asking)?);
    let names = label_names(sources.names, &["service_name", "job", "service"]);
    let end = options.now.as_millisecond();
    let within = i64::try_from(options.within.as_millis()).unwrap_or(i64::MAX);
    let start = end.saturating_sub(within);
    let post = |method: &str, body: &Value| {
        Call::get(&format!("{SERVICE}/{method}")).posting("application/json", body.to_string().into_bytes())
    };
    let shown = super::stored::shown(options.within);
    // Of each step there is one profile, which need not be its newest.
    let step = (options.within.as_secs() / STEPS).max(1);
    let types: Types = api.ask(&post("ProfileTypes", &json!({"start": start, "end": end})))?;
    let types: Vec<Type> = types
        .profile_types
        .into_iter()
        .filter(|it| matches!(it.sample_type.as_str(), "goroutine" | "goroutines"))
        .collect();
    if types.is_empty() {
        let fault = api.fault(&format!("it holds no goroutine profile of the last {shown}"));
        return Err(fault.with_hint("let Alloy or the SDK send goroutine profiles, or raise --within"));
    }
    let group_by: Vec<&String> =
        [&names.service, &names.version, &names.instance, &names.team].into_iter().flatten().collect();
    let mut answer = Answer::default();
    let mut left_out = LeftOut::default();
    for Type { id, .. } in types {
        let all: AllSeries = api.ask(&post(
            "SelectSeries",
            &json!({"profileTypeID": id, "labelSelector": selector(options.matching, &by_name(&[])), "start": start, "end": end,
                "groupBy": group_by, "step": step, "exemplarType": "EXEMPLAR_TYPE_INDIVIDUAL"}),
        ))?;
        for series in all.series {
            let exemplars = series.points.into_iter().flat_map(|it| it.exemplars);
            let newest = exemplars
                .filter_map(newest)
                .max_by_key(|(at, _, exemplar)| (*at, exemplar.profile_id.clone()));
            let Some((at, total, exemplar)) = newest else {
                left_out.without_profile += 1;
                continue;
            };
            let of_series = by_name(&series.labels);
            let mut labels = by_name(&exemplar.labels);
            labels.extend(
                of_series.iter().filter(|(_, value)| !value.is_empty()).map(|(a, b)| (a.clone(), b.clone())),
            );
            let place = format!("pyroscope+{}", asked.origin());
            let Some(target) = instance(&labels, &names, &place, &mut left_out) else { continue };
            let merge = Merge {
                profile_type: id.clone(),
                selector: selector(options.matching, &of_series),
                start: at - AROUND_MS,
                end: at + AROUND_MS,
                ..Merge::default()
            };
            let newer = Merge { format: PPROF, ids: vec![exemplar.profile_id.clone()], ..merge.clone() };
            let older = Merge { older_ids: vec![exemplar.profile_id], ..merge };
            let call = |method: &str, merge: &Merge| {
                Call::get(&format!("{SERVICE}/{method}")).posting("application/proto", merge.encode_to_vec())
            };
            let calls = vec![call("SelectMergeStacktraces", &newer), call("SelectMergeProfile", &older)];
            let stored = Stored { calls, unpack, total: Some(total), taken_at: at.div_euclid(1_000) };
            answer.found.push(Found { target, road: Road::Stored(Arc::clone(&asked), Arc::new(stored)) });
        }
    }
    answer.warnings = left_out.warnings(&names, &shown);
    if answer.found.is_empty() {
        let why = "it gives no single profile of an instance";
        let hint = answer.warnings.pop().unwrap_or_else(|| {
            format!("nothing was sent in the last {shown}: raise --within, or check --match")
        });
        return Err(api.fault(why).with_hint(escape(&hint).into_owned()));
    }
    Ok(answer)
}

/// When a profile was taken, in milliseconds since 1970, and its sum; `None` without an ID, a time or a sum.
fn newest(exemplar: Exemplar) -> Option<(i64, u64, Exemplar)> {
    let at: i64 = exemplar.timestamp.parse().ok()?;
    let total: u64 = exemplar.value.parse().ok()?;
    let is_usable = !exemplar.profile_id.is_empty() && at > AROUND_MS && at < i64::MAX - AROUND_MS;
    is_usable.then_some((at, total, exemplar))
}

fn unpack(call: usize, answer: &[u8]) -> Result<Option<Vec<u8>>, String> {
    if call > 0 {
        return Ok(Some(answer.to_vec()));
    }
    let answer = Stacktraces::decode(answer)
        .map_err(|error| format!("the answer is not that of Pyroscope: {error}"))?;
    Ok(answer.pprof.map(|it| it.profile))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let newer = Stacktraces { pprof: Some(Pprof { profile: b"profile".to_vec() }) }.encode_to_vec();
        assert_eq!(unpack(0, &newer), Ok(Some(b"profile".to_vec())));
        // A flame graph is field 1.
        assert_eq!(unpack(0, &[0x0a, 0x02, 0x0a, 0x00]), Ok(None));
        assert!(unpack(0, b"<html>").is_err_and(|why| why.contains("not that of Pyroscope")));
        assert_eq!(unpack(1, b"profile"), Ok(Some(b"profile".to_vec())));
    }
}
