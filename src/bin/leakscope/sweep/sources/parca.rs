//! Profiles that Parca keeps: the newest of each instance, not merged with others.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use leakscope::source::Call;
use leakscope::source::HttpOptions;
use leakscope::source::SourceError;
use leakscope::source::block_on;
use serde::Deserialize;

use super::Answer;
use super::Sources;
use super::pyroscope::StoredOptions;
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

#[derive(Deserialize)]
struct Types {
    #[serde(default)]
    types: Vec<Type>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    #[serde(default)]
    name: String,
    #[serde(default)]
    sample_type: String,
    #[serde(default)]
    sample_unit: String,
    #[serde(default)]
    period_type: String,
    #[serde(default)]
    period_unit: String,
    #[serde(default)]
    delta: bool,
}

#[derive(Deserialize)]
struct AllSeries {
    #[serde(default)]
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    labelset: LabelSet,
    #[serde(default)]
    samples: Vec<Sample>,
}

#[derive(Default, Deserialize)]
struct LabelSet {
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Deserialize)]
struct Sample {
    timestamp: Timestamp,
    /// The sum of a profile. A number of 64 bits is a string.
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Report {
    pprof: Option<String>,
}

/// Parca shows one profile of each step.
const STEP: &str = "60s";

/// The newest profile of each instance.
pub(crate) fn parca(options: &StoredOptions<'_>, sources: &Sources<'_>) -> Result<Answer, Failure> {
    let api = sources.api("Parca", options.url)?;
    let asking = HttpOptions { allowed: None, ..sources.asking.clone() };
    let asked = Arc::new(sources.api_with("Parca", options.url, &asking)?);
    let names = label_names(sources.names, &["service", "job", "service_name", "comm"]);
    let shown = super::stored::shown(options.within);
    let types: Types = api.ask(&Call::get("/api/profiles/types"))?;
    let types: Vec<String> = types.types.iter().filter_map(name).collect();
    if types.is_empty() {
        let fault = api.fault("it holds no goroutine profile");
        return Err(fault.with_hint("scrape goroutine profiles: profiling_config.pprof_config.goroutine"));
    }
    let start = options.now.checked_sub(options.within).unwrap_or(Timestamp::UNIX_EPOCH);
    let mut answer = Answer::default();
    let mut left_out = LeftOut::default();
    for name in types {
        let query = format!("{name}{}", selector(options.matching, &by_name(&[])));
        let call = Call::get("/api/profiles/query_range")
            .with("query", query)
            .with("start", start.to_string())
            .with("end", options.now.to_string())
            .with("step", STEP);
        let all: AllSeries = match block_on(api.call(&call)) {
            Ok(fetched) => api.parse(&fetched)?,
            // So it says that there is nothing within that time.
            Err(SourceError::Status { status: 404, body, .. }) if body.contains("No data found") => continue,
            Err(error) => return Err(api.failure(error)),
        };
        for series in all.series {
            let newest = series.samples.into_iter().max_by_key(|it| it.timestamp);
            let Some((sample, total)) =
                newest.and_then(|it| it.value.parse().ok().map(|total: u64| (it, total)))
            else {
                left_out.without_profile += 1;
                continue;
            };
            let labels = by_name(&series.labelset.labels);
            let place = format!("parca+{}", asked.origin());
            let Some(target) = instance(&labels, &names, &place, &mut left_out) else { continue };
            let call = Call::get("/api/profiles/query")
                .with("mode", "MODE_SINGLE_UNSPECIFIED")
                .with("single.query", format!("{name}{}", selector(options.matching, &labels)))
                .with("single.time", sample.timestamp.to_string())
                .with("report_type", "REPORT_TYPE_PPROF");
            let stored = Stored {
                calls: vec![call],
                unpack,
                total: Some(total),
                taken_at: sample.timestamp.as_second(),
            };
            answer.found.push(Found { target, road: Road::Stored(Arc::clone(&asked), Arc::new(stored)) });
        }
    }
    answer.warnings = left_out.warnings(&names, &shown);
    if answer.found.is_empty() {
        let hint = answer.warnings.pop().unwrap_or_else(|| {
            format!("nothing was scraped in the last {shown}: raise --within, or check --match")
        });
        return Err(api.fault("it gives no profile of an instance").with_hint(hint));
    }
    Ok(answer)
}

/// The name of a type in a query; `None` for one that does not count goroutines.
fn name(it: &Type) -> Option<String> {
    let Type { name, sample_type, sample_unit, period_type, period_unit, delta } = it;
    let counts = matches!(sample_type.as_str(), "goroutine" | "goroutines") && !delta;
    counts.then(|| format!("{name}:{sample_type}:{sample_unit}:{period_type}:{period_unit}"))
}

fn unpack(_call: usize, answer: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let not_parca = |error: &dyn std::fmt::Display| format!("the answer is not that of Parca: {error}");
    let report: Report = serde_json::from_slice(answer).map_err(|error| not_parca(&error))?;
    let pprof = report.pprof.ok_or_else(|| not_parca(&"it has no pprof"))?;
    STANDARD.decode(pprof).map(Some).map_err(|error| not_parca(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        assert_eq!(unpack(0, br#"{"pprof": "cHJvZmlsZQ==", "total": "3"}"#), Ok(Some(b"profile".to_vec())));
        for wrong in ["<html>", "{}", r#"{"pprof": "?"}"#] {
            assert!(
                unpack(0, wrong.as_bytes()).is_err_and(|why| why.contains("not that of Parca")),
                "{wrong}"
            );
        }
    }
}
