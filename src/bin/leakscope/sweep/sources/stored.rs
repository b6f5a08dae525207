//! What servers that keep profiles have in common: series of labels, and selectors of them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::LabelNames;
use serde::Deserialize;

/// A label, as both Pyroscope and Parca write it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Label {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// What was left out of an answer, and why.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    pub(super) without_service: usize,
    pub(super) without_instance: usize,
    pub(super) without_profile: usize,
}

/// A duration as a person would write it.
pub(super) fn shown(duration: Duration) -> String {
    format!("{:#}", SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX))
}

pub(super) fn by_name(labels: &[Label]) -> BTreeMap<String, String> {
    labels.iter().map(|it| (it.name.clone(), it.value.clone())).collect()
}

/// The instance that labels name; `None`, counted, if they do not name a service and an instance: then several processes may be one series.
pub(super) fn instance(
    labels: &BTreeMap<String, String>,
    names: &LabelNames,
    place: &str,
    left_out: &mut LeftOut,
) -> Option<FleetTarget> {
    let has_instance = names.instance.iter().any(|name| labels.get(name).is_some_and(|it| !it.is_empty()));
    let Some(target) = names.target(labels, place) else {
        left_out.without_service += 1;
        return None;
    };
    left_out.without_instance += usize::from(!has_instance);
    has_instance.then_some(target)
}

/// The labels that a person named, or else those that are usual where profiles are kept.
pub(super) fn label_names(names: &LabelNames, service: &[&str]) -> LabelNames {
    let default = LabelNames::default();
    let or = |given: &Vec<String>, default: &Vec<String>, usual: &[&str]| {
        if given == default { usual.iter().map(|it| (*it).to_owned()).collect() } else { given.clone() }
    };
    LabelNames {
        service: or(&names.service, &default.service, service),
        version: or(&names.version, &default.version, &["service_version", "version"]),
        instance: or(
            &names.instance,
            &default.instance,
            &["pod", "instance", "service_instance_id", "hostname"],
        ),
        team: names.team.clone(),
    }
}

/// A selector of exactly these labels, after what a person gave: `{env="prod",pod="a"}`.
pub(super) fn selector(given: Option<&str>, labels: &BTreeMap<String, String>) -> String {
    let given = given.unwrap_or_default().trim();
    let given = given.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(given).trim();
    let given = given.trim_end_matches(',');
    let is_name = |it: &str| it.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let quoted = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let exact = labels.iter().filter(|(name, value)| is_name(name) && !value.is_empty());
    let exact = exact.map(|(name, value)| format!("{name}=\"{}\"", quoted(value)));
    let all: Vec<String> = (!given.is_empty()).then(|| given.to_owned()).into_iter().chain(exact).collect();
    format!("{{{}}}", all.join(","))
}

impl LeftOut {
    pub(super) fn warnings(&self, names: &LabelNames, within: &str) -> Vec<String> {
        let series = |count: usize| leakscope::text::pluralize(count as i128, "series");
        let instances = names.instance.join(", ");
        [
            super::nameless(self.without_service, "series", &names.service),
            (self.without_instance > 0).then(|| {
                let count = series(self.without_instance);
                format!(
                    "{count} left out: none of the labels {instances} names an instance (--label instance=…)"
                )
            }),
            (self.without_profile > 0).then(|| {
                let count = series(self.without_profile);
                format!("{count} left out: no single profile within {within}, only sums of several")
            }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors() {
        let check = |given: Option<&str>, labels: &[(&str, &str)], expected: &str| {
            let labels = labels.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
            assert_eq!(selector(given, &labels), expected);
        };
        check(None, &[], "{}");
        check(Some("{}"), &[("pod", "a")], r#"{pod="a"}"#);
        check(Some(r#"{env="prod",}"#), &[("pod", "a"), ("none", "")], r#"{env="prod",pod="a"}"#);
        check(Some(r#"env="prod""#), &[], r#"{env="prod"}"#);
        check(None, &[("pod", "a\"} or {x=\"\\\n"), ("a b", "c")], r#"{pod="a\"} or {x=\"\\\n"}"#);
    }
}
