//! SARIF 2.1.0, for code scanning.

use std::io;

use serde::Serialize;

use crate::report::Report;
use crate::rules::Level;
use crate::text::escape;

use super::github::place;

/// The maximum number of results that code scanning accepts in one run.
const MAX_RESULTS: usize = 5000;

#[derive(Serialize)]
struct Log<'a> {
    version: &'static str,
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
struct Run<'a> {
    tool: Tool<'a>,
    results: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Message,
}

#[derive(Serialize)]
struct Message {
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding<'a> {
    rule_id: &'a str,
    level: &'static str,
    message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    locations: Vec<Location>,
    partial_fingerprints: Fingerprints<'a>,
}

#[derive(Serialize)]
struct Fingerprints<'a> {
    #[serde(rename = "leakscopeStack/v1")]
    stack: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: PhysicalLocation,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Serialize)]
struct ArtifactLocation {
    uri: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
}

/// Writes the log.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for finding in &report.findings {
        if !rules.iter().any(|rule| rule.id == finding.rule) {
            let title = if finding.title.is_empty() { &finding.rule } else { &finding.title };
            rules.push(Rule {
                id: &finding.rule,
                short_description: Message { text: escape(title).into_owned() },
            });
        }
    }
    let results = report.findings.iter().take(MAX_RESULTS).map(|finding| {
        let mut lines: Vec<&str> = vec![&finding.message];
        lines.extend(finding.evidence.iter().map(String::as_str));
        lines.push(&finding.advice);
        let lines: Vec<String> =
            lines.iter().filter(|it| !it.is_empty()).map(|it| escape(it).into_owned()).collect();
        let location = place(finding).and_then(|(file, line)| {
            let physical_location = PhysicalLocation {
                artifact_location: ArtifactLocation { uri: relative_uri(&file)? },
                region: Region { start_line: line.max(1) },
            };
            Some(Location { physical_location })
        });
        Finding {
            rule_id: &finding.rule,
            level: match finding.level {
                Level::Deny => "error",
                Level::Warn => "warning",
                Level::Allow => "note",
            },
            message: Message { text: lines.join("\n") },
            locations: location.into_iter().collect(),
            partial_fingerprints: Fingerprints { stack: &finding.lead.fingerprint },
        }
    });
    let driver = Driver {
        name: "leakscope",
        version: env!("CARGO_PKG_VERSION"),
        information_uri: "https://crates.io/crates/leakscope",
        rules,
    };
    let log = Log {
        version: "2.1.0",
        schema: "https://json.schemastore.org/sarif-2.1.0.json",
        runs: [Run { tool: Tool { driver }, results: results.collect() }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// A path as a relative URI: percent-encoded, without `..`, and without its root.
fn relative_uri(file: &str) -> Option<String> {
    let parts = file.split(['/', '\\']).filter(|part| !part.is_empty() && *part != "." && *part != "..");
    let encoded: Vec<String> = parts
        .map(|part| {
            let mut out = String::new();
            for byte in part.bytes() {
                match byte {
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                        out.push(char::from(byte))
                    }
                    byte => out.push_str(&format!("%{byte:02X}")),
                }
            }
            out
        })
        .collect();
    (!encoded.is_empty()).then(|| encoded.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris() {
        let check = |file: &str, expected: Option<&str>| {
            assert_eq!(relative_uri(file).as_deref(), expected, "{file}")
        };
        check("shop/main.go", Some("shop/main.go"));
        check("/srv/a b/é.go", Some("srv/a%20b/%C3%A9.go"));
        check("../../etc/passwd", Some("etc/passwd"));
        check("C:\\x.go", Some("C%3A/x.go"));
        check("", None);
    }
}
