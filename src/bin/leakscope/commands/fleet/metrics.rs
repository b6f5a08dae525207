//! `leakscope fleet metrics`: a file for the collector of text files of Prometheus's node exporter.

use leakscope::fleet::Owners;
use leakscope::store::Coverage;
use leakscope::store::RankedRow;
use leakscope::store::Ranking;
use leakscope::text::escape;

use super::owners::owner_of;

/// The rows that become metrics: a series each.
pub(super) const MAX_ROWS: usize = 100;

/// The metrics of a ranking by root mean square.
pub(super) fn metrics(ranking: &Ranking, owners: &Owners) -> String {
    let Coverage { sweeps, pulled, missed, services, unseen, .. } = &ranking.coverage;
    let mut text = String::new();
    let mut family = |name: &str, help: &str, lines: Vec<(String, String)>| {
        if !lines.is_empty() {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
        }
        for (labels, value) in lines {
            let labels = if labels.is_empty() { labels } else { format!("{{{labels}}}") };
            text.push_str(&format!("{name}{labels} {value}\n"));
        }
    };
    let ended = sweeps.iter().filter_map(|it| it.ended).max();
    family(
        "leakscope_sweep_last_success_timestamp_seconds",
        "When the last sweep ended that was not ended by force.",
        ended.iter().map(|it| (String::new(), it.to_string())).collect(),
    );
    let mut results = vec![("pulled".to_owned(), *pulled)];
    for line in missed {
        match results.iter_mut().find(|(cause, _)| *cause == line.cause) {
            Some((_, count)) => *count += 1,
            None => results.push((line.cause.clone(), 1)),
        }
    }
    results.sort();
    family(
        "leakscope_sweep_targets",
        "Instances of the last day, by what became of them.",
        results.iter().map(|(result, count)| (label("result", result), count.to_string())).collect(),
    );
    let seen = services.saturating_sub(unseen.len() as u64);
    family(
        "leakscope_sweep_services",
        "Services of the last day, by whether an instance was looked at.",
        vec![(label("seen", "yes"), seen.to_string()), (label("seen", "no"), unseen.len().to_string())],
    );
    let row = |row: &RankedRow| {
        let RankedRow { service, fingerprint, site, rms, .. } = row;
        let owner = owner_of(owners, row).map(|it| it.names.join(" ")).unwrap_or_default();
        let labels = [
            label("service", service),
            label("fingerprint", &format!("{fingerprint:016x}")),
            label("function", site.as_deref().unwrap_or_default()),
            label("owner", &owner),
        ];
        (labels.join(","), format!("{rms:.3}"))
    };
    family(
        "leakscope_fleet_rms",
        "Root mean square of the goroutines of a stack over the instances of a service.",
        ranking.rows.iter().take(MAX_ROWS).map(row).collect(),
    );
    text
}

/// A label. What is invisible is escaped first, so that a value is one line.
fn label(name: &str, value: &str) -> String {
    let value = escape(value).replace('\\', "\\\\").replace('"', "\\\"");
    format!("{name}=\"{value}\"")
}
