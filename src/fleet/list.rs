//! Lists of targets: lines, or the JSON of Prometheus's file_sd and http_sd. A list is input from outside.

use std::collections::BTreeMap;
use std::collections::HashSet;

use serde::Deserialize;

use super::FleetTarget;
use super::target::instance_of;
use crate::text::escape;

/// Which labels of a JSON list name what; the first label found wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelNames {
    /// The service.
    pub service: Vec<String>,
    /// The version.
    pub version: Vec<String>,
    /// The team.
    pub team: Vec<String>,
    /// The instance.
    pub instance: Vec<String>,
}

impl Default for LabelNames {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
        LabelNames {
            service: names(&["service", "job"]),
            version: names(&["version"]),
            team: names(&["team"]),
            instance: names(&["instance"]),
        }
    }
}

impl LabelNames {
    /// The instance at a place that these labels describe; `None` if none of them names its service. Without a label that names the
    /// instance, it is named after its place. A label without a value names nothing.
    pub fn target(&self, labels: &BTreeMap<String, String>, place: &str) -> Option<FleetTarget> {
        Some(FleetTarget {
            service: first(&self.service, labels)?,
            instance: first(&self.instance, labels).unwrap_or_else(|| instance_of(place)),
            place: place.to_owned(),
            version: first(&self.version, labels),
            team: first(&self.team, labels),
            precedence: None,
        })
    }
}

fn first(names: &[String], labels: &BTreeMap<String, String>) -> Option<String> {
    names.iter().find_map(|name| labels.get(name).filter(|value| !value.is_empty())).cloned()
}

/// What a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The targets, each instance of a service once, in the order of the list.
    pub targets: Vec<FleetTarget>,
    /// What is odd about the list, a sentence each.
    pub warnings: Vec<String>,
}

/// A list that cannot be read as one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListError {
    /// A line is wrong.
    #[error("line {line}: {reason}")]
    Line {
        /// The number of the line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The JSON is wrong.
    #[error("it is not the JSON of Prometheus's file_sd and http_sd")]
    Json(#[from] serde_json::Error),
    /// A target of a JSON list has no label that names its service.
    #[error("the target {target} has none of the labels {labels}, one of which must name its service")]
    NoService {
        /// The target, escaped.
        target: String,
        /// The labels that were looked for.
        labels: String,
    },
    /// It names no target: a list that is empty is a fault of what wrote it, not a fleet without services.
    #[error("it names no target")]
    Empty,
}

/// Reads a list: lines `SERVICE URL [version=V] [team=T] [instance=I]`, or JSON, which starts with `[`.
pub fn parse_list(text: &str, names: &LabelNames) -> Result<Listed, ListError> {
    if text.trim_start().starts_with('[') { parse_groups(text, names) } else { each_once(from_lines(text)?) }
}

/// Reads the JSON of Prometheus's file_sd and http_sd.
pub fn parse_groups(text: &str, names: &LabelNames) -> Result<Listed, ListError> {
    each_once(from_json(text, names)?)
}

fn each_once(targets: Vec<FleetTarget>) -> Result<Listed, ListError> {
    let mut listed = Listed::default();
    let mut seen = HashSet::new();
    for target in targets {
        if seen.insert((target.service.clone(), target.instance.clone())) {
            listed.targets.push(target);
        } else {
            let (service, instance) = (escape(&target.service), escape(&target.instance));
            listed.warnings.push(format!("{service} {instance}: listed twice; the first one counts"));
        }
    }
    if listed.targets.is_empty() { Err(ListError::Empty) } else { Ok(listed) }
}

fn from_lines(text: &str) -> Result<Vec<FleetTarget>, ListError> {
    let mut targets = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        let fault = |reason: String| ListError::Line { line: number, reason };
        let mut words = line.split('#').next().unwrap_or(line).split_whitespace();
        let Some(service) = words.next() else { continue };
        let place = words.next().ok_or_else(|| fault(format!("{}: no URL follows", escape(service))))?;
        let mut target = FleetTarget {
            service: service.to_owned(),
            instance: instance_of(place),
            place: place.to_owned(),
            ..FleetTarget::default()
        };
        for word in words {
            match word.split_once('=') {
                Some(("version", value)) if !value.is_empty() => target.version = Some(value.to_owned()),
                Some(("team", value)) if !value.is_empty() => target.team = Some(value.to_owned()),
                Some(("instance", value)) if !value.is_empty() => target.instance = value.to_owned(),
                Some(_) | None => {
                    let expected = "version=V, team=T or instance=I";
                    return Err(fault(format!("{} is none of {expected}", escape(word))));
                }
            }
        }
        targets.push(target);
    }
    Ok(targets)
}

/// A group of targets with the same labels.
#[derive(Deserialize)]
struct Group {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

fn from_json(text: &str, names: &LabelNames) -> Result<Vec<FleetTarget>, ListError> {
    let groups: Vec<Group> = serde_json::from_str(text)?;
    let mut targets = Vec::new();
    for Group { targets: addresses, labels } in groups {
        let scheme = labels.get("__scheme__").map_or("http", String::as_str);
        let base = labels.get("__pprof_base__").map_or("", String::as_str).trim_matches('/');
        let is_one = addresses.len() == 1;
        for address in addresses {
            let place = match (address.contains("://"), base) {
                (true, _) => address.clone(),
                (false, "") => format!("{scheme}://{address}"),
                (false, base) => format!("{scheme}://{address}/{base}"),
            };
            let mut target = names.target(&labels, &place).ok_or_else(|| ListError::NoService {
                target: escape(&address).into_owned(),
                labels: names.service.join(", "),
            })?;
            // A label that names an instance is about one target, so it names none of several.
            if !is_one {
                target.instance = instance_of(&place);
            }
            targets.push(target);
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Listed, ListError> {
        parse_list(text, &LabelNames::default())
    }

    fn shown(listed: &Listed) -> Vec<String> {
        let show = |it: &FleetTarget| {
            let option = |it: &Option<String>| it.clone().unwrap_or_else(|| "-".to_owned());
            let (version, team) = (option(&it.version), option(&it.team));
            format!("{} {} {} {version} {team}", it.service, it.instance, it.place)
        };
        listed.targets.iter().map(show).collect()
    }

    #[test]
    fn lines() {
        let text = "# the fleet\ncheckout 10.2.0.7:6060 version=v1.2.0 team=pay\n\ncart https://c:1/ops instance=c-0 # new\n";
        let listed = read(text).expect("it is a list");
        let expected = ["checkout 10.2.0.7:6060 10.2.0.7:6060 v1.2.0 pay", "cart c-0 https://c:1/ops - -"];
        assert_eq!(shown(&listed), expected);
        assert_eq!(listed.warnings, Vec::<String>::new());
    }

    #[test]
    fn json_of_prometheus() {
        let text = r#"[
            {"targets": ["10.2.0.7:6060", "10.2.0.8:6060"],
             "labels": {"job": "checkout", "version": "v1", "team": "pay", "__scheme__": "https", "__pprof_base__": "/ops"}},
            {"targets": ["h:1"], "labels": {"service": "cart", "job": "x", "instance": "cart-0"}}]"#;
        let expected = [
            "checkout 10.2.0.7:6060/ops https://10.2.0.7:6060/ops v1 pay",
            "checkout 10.2.0.8:6060/ops https://10.2.0.8:6060/ops v1 pay",
            "cart cart-0 http://h:1 - -",
        ];
        assert_eq!(shown(&read(text).expect("it is a list")), expected);
        let names = LabelNames { service: vec!["job".to_owned()], ..LabelNames::default() };
        let listed = parse_list(text, &names).expect("it is a list");
        assert_eq!(listed.targets[2].service, "x");
    }

    #[test]
    fn faults_have_a_place() {
        let check = |text: &str, expected: &str| {
            let error = read(text).expect_err(text);
            assert!(error.to_string().contains(expected), "{text}: {error}");
        };
        check("a h:1\nb", "line 2: b: no URL follows");
        check("a h:1 verson=2", "line 1: verson=2 is none of version=V, team=T or instance=I");
        check("a h:1 version=", "version= is none of");
        check("# nothing\n", "it names no target");
        check("[]", "it names no target");
        check("[{}]", "it is not the JSON");
        check(r#"[{"targets": ["h:1"]}]"#, "h:1 has none of the labels service, job");
        check("a h:1 \u{1b}[2J", "\\x1b[2J is none of");
    }

    #[test]
    fn an_instance_counts_once() {
        let listed = read("a h:1\na http://h:1\nb h:1").expect("it is a list");
        assert_eq!(shown(&listed), ["a h:1 h:1 - -", "b h:1 h:1 - -"]);
        assert_eq!(listed.warnings, ["a h:1: listed twice; the first one counts"]);
    }
}
