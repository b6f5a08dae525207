//! Whom to look at, by Prometheus: the processes whose number of goroutines rises, or differs from that of their peers.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

use anyhow::anyhow;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::LabelNames;
use leakscope::fleet::host_of;
use leakscope::source;
use leakscope::source::Call;
use leakscope::text::escape;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Answer;
use super::Pprof;
use super::Sources;
use super::nameless;
use crate::api::Api;
use crate::exit_code::Failure;
use crate::sweep::road::Found;
use crate::sweep::road::Road;

/// What to ask Prometheus.
#[derive(Clone, Debug)]
pub(crate) struct PrometheusOptions<'a> {
    pub(crate) url: &'a str,
    /// Queries whose series name instances; empty for those of [`queries`].
    pub(crate) queries: &'a [String],
    /// Healthy instances of each named service that are added, so that there is something to compare with.
    pub(crate) peers: usize,
}

type Labels = BTreeMap<String, String>;

/// Each answer of Prometheus.
#[derive(Deserialize)]
struct Envelope<T> {
    data: T,
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
enum Data {
    Vector(Vec<Sample>),
    Matrix(IgnoredAny),
    Scalar(IgnoredAny),
    String(IgnoredAny),
}

#[derive(Deserialize)]
struct Sample {
    metric: Labels,
    /// A time in seconds, and a number as text.
    value: (f64, String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    labels: Labels,
    scrape_url: String,
    health: String,
}

/// The floor that rises, which `leakscope alerts` watches; and those that differ from the median of their service.
fn queries(names: &LabelNames) -> [String; 2] {
    let is_name = |it: &&String| it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let by = names.service.iter().filter(is_name).map(String::as_str).collect::<Vec<_>>().join(", ");
    [
        "min_over_time(go_goroutines[1h]) - min_over_time(go_goroutines[1h] offset 1h) > 50".to_owned(),
        format!(
            "max_over_time(go_goroutines[5m]) / on ({by}) group_left quantile by ({by}) (0.5, go_goroutines) > 3 \
             and max_over_time(go_goroutines[5m]) > 50"
        ),
    ]
}

/// The instances that queries name, and some of their peers.
pub(crate) fn prometheus(options: &PrometheusOptions<'_>, sources: &Sources<'_>) -> Result<Answer, Failure> {
    let api = sources.api("Prometheus", options.url)?;
    let mut answer = Answer::default();
    let own = queries(sources.names);
    let asked = if options.queries.is_empty() { &own[..] } else { options.queries };
    // Each series once, with its best place in the answers: the first of each query, then the second of each.
    let mut named: HashMap<Labels, (usize, usize)> = HashMap::new();
    for (query, text) in asked.iter().enumerate() {
        let mut samples = vector(&api, text)?;
        samples.sort_by(|a, b| {
            number(b).partial_cmp(&number(a)).unwrap_or(Ordering::Equal).then(a.metric.cmp(&b.metric))
        });
        for (rank, sample) in samples.into_iter().enumerate() {
            let place = named.entry(sample.metric).or_insert((rank, query));
            *place = (*place).min((rank, query));
        }
    }
    if named.is_empty() {
        if options.queries.is_empty() && vector(&api, "count(go_goroutines)")?.is_empty() {
            let fault = api.fault("it knows no go_goroutines");
            return Err(fault.with_hint(
                "services publish it with Go's client library; or name other series with --query",
            ));
        }
        answer.warnings.push(format!(
            "Prometheus at {} names nobody: no series answers the queries",
            escape(api.origin())
        ));
        return Ok(answer);
    }
    let mut named: Vec<(Labels, (usize, usize))> = named.into_iter().collect();
    named.sort_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    let scraped =
        if options.peers > 0 || sources.pprof.port.is_none() { scraped(&api, &mut answer)? } else { vec![] };
    let urls: HashMap<(&str, &str), &Target> = scraped.iter().map(|it| (identity(&it.labels), it)).collect();
    let mut without_name = 0;
    let mut instances: HashSet<(String, String)> = HashSet::new();
    for (labels, _) in &named {
        let place = place(labels, urls.get(&identity(labels)).copied(), sources.pprof);
        let Some(target) = place.and_then(|place| sources.names.target(labels, &place)) else {
            without_name += 1;
            continue;
        };
        if instances.insert((target.service.clone(), target.instance.clone())) {
            let precedence = u32::try_from(answer.found.len()).ok();
            answer.found.push(Found { target: FleetTarget { precedence, ..target }, road: Road::Direct });
        }
    }
    answer.warnings.extend(nameless(without_name, "series", &sources.names.service));
    add_peers(options.peers, &scraped, sources, instances, &mut answer.found);
    Ok(answer)
}

/// Adds healthy instances of the services that are named, in the order of their names.
fn add_peers(
    peers: usize,
    scraped: &[Target],
    sources: &Sources<'_>,
    mut instances: HashSet<(String, String)>,
    found: &mut Vec<Found>,
) {
    let mut left: HashMap<String, usize> = HashMap::new();
    for it in found.iter() {
        left.insert(it.target.service.clone(), peers);
    }
    for it in scraped.iter().filter(|it| it.health == "up") {
        let place = place(&it.labels, Some(it), sources.pprof);
        let Some(target) = place.and_then(|place| sources.names.target(&it.labels, &place)) else { continue };
        let Some(left) = left.get_mut(&target.service).filter(|left| **left > 0) else { continue };
        if instances.insert((target.service.clone(), target.instance.clone())) {
            *left -= 1;
            let precedence = u32::try_from(found.len()).ok();
            found.push(Found { target: FleetTarget { precedence, ..target }, road: Road::Direct });
        }
    }
}

/// The URL of pprof of a series: on the host that Prometheus scrapes, or that its label `instance` names.
fn place(labels: &Labels, scraped: Option<&Target>, pprof: &Pprof) -> Option<String> {
    let stated = scraped.map(|it| it.scrape_url.as_str()).or(labels.get("instance").map(String::as_str))?;
    let (scheme, rest) = stated.split_once("://").unwrap_or(("http", stated));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // A URL with credentials is no address that a list may name: it is kept, and refused later.
    let host = host_of(authority);
    if host.is_empty() {
        return None;
    }
    let port =
        authority.strip_prefix(host).and_then(|it| it.strip_prefix(':')).and_then(|it| it.parse().ok());
    // The scheme is that of the port that is scraped.
    let scheme = if pprof.port.is_some() { "http" } else { scheme };
    Some(pprof.place(scheme, host, port))
}

/// What makes a series and a scraped target the same process.
fn identity(labels: &Labels) -> (&str, &str) {
    let label = |name: &str| labels.get(name).map_or("", String::as_str);
    (label("job"), label("instance"))
}

/// What Prometheus scrapes, by name. A server that only answers queries, such as Thanos's, has no such list.
fn scraped(api: &Api, answer: &mut Answer) -> Result<Vec<Target>, Failure> {
    let call = Call::get("/api/v1/targets").with("state", "active");
    match source::block_on(api.call(&call)) {
        Ok(fetched) => {
            let mut targets = api.parse::<Envelope<Targets>>(&fetched)?.data.active_targets;
            targets.sort_by(|a, b| identity(&a.labels).cmp(&identity(&b.labels)));
            Ok(targets)
        }
        Err(source::SourceError::Status { status: 404, .. }) => {
            let what = "it has no list of targets: no peers, and the label instance names each host";
            answer.warnings.push(format!("{}: {what}", escape(api.origin())));
            Ok(Vec::new())
        }
        Err(error) => Err(api.failure(error)),
    }
}

fn vector(api: &Api, query: &str) -> Result<Vec<Sample>, Failure> {
    let call = Call::get("/api/v1/query").with("query", query);
    match api.ask::<Envelope<Data>>(&call)?.data {
        Data::Vector(samples) => Ok(samples),
        Data::Matrix(_) | Data::Scalar(_) | Data::String(_) => {
            let error = anyhow!("--query {}: its result is not an instant vector", escape(query));
            Err(Failure::usage(error).with_hint("each series must have one value: go_goroutines > 1000"))
        }
    }
}

fn number(sample: &Sample) -> f64 {
    let number: f64 = sample.value.1.parse().unwrap_or(f64::NEG_INFINITY);
    if number.is_nan() { f64::NEG_INFINITY } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn places() {
        let check = |instance: &str, scrape_url: Option<&str>, pprof: &Pprof, expected: Option<&str>| {
            let labels = labels(&[("instance", instance)]);
            let target = scrape_url.map(|url| Target {
                labels: labels.clone(),
                scrape_url: url.to_owned(),
                health: "up".to_owned(),
            });
            assert_eq!(
                place(&labels, target.as_ref(), pprof).as_deref(),
                expected,
                "{instance} {scrape_url:?}"
            );
        };
        let own = Pprof::default();
        let on_6060 = Pprof { port: Some(6060), base: "ops".to_owned(), ..Pprof::default() };
        check("10.0.0.1:8080", None, &own, Some("http://10.0.0.1:8080"));
        check("pod-1", Some("https://10.0.0.1:8443/metrics?x=1"), &own, Some("https://10.0.0.1:8443"));
        check("pod-1", Some("https://10.0.0.1:8443/metrics"), &on_6060, Some("http://10.0.0.1:6060/ops"));
        check("[fd00::1]:80", None, &on_6060, Some("http://[fd00::1]:6060/ops"));
        check("host", None, &own, Some("http://host"));
        check("", None, &own, None);
    }

    #[test]
    fn only_names_of_labels_are_in_a_query() {
        let names =
            LabelNames { service: ["job", "a) or (b"].map(str::to_owned).to_vec(), ..LabelNames::default() };
        assert!(queries(&names)[1].contains(" / on (job) group_left quantile by (job) (0.5"));
    }
}
