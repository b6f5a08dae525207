//! SARIF 2.1.0, for code scanning.

use std::io;

use serde::Serialize;

use crate::diagnose::ChangedLines;
use crate::report::FindingLine;
use crate::report::Report;
use crate::rules::Level;
use crate::text::escape;

use super::object::object;
use super::place::message;
use super::place::place;
use super::place::source_file;

/// The maximum number of results that code scanning accepts in one run.
const MAX_RESULTS: usize = 5000;

/// Writes the log.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut titles: Vec<(&str, &str)> = Vec::new();
    for finding in &report.findings {
        if !titles.iter().any(|(id, _)| *id == finding.rule) {
            let title = if finding.title.is_empty() { &finding.rule } else { &finding.title };
            titles.push((&finding.rule, title));
        }
    }
    let rules = titles.iter().map(|(id, title)| {
        object! { "id": id, "shortDescription": object! { "text": escape(title), }, }
    });
    let log = object! {
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [object! {
            "tool": object! {
                "driver": object! {
                    "name": "leakscope",
                    "version": env!("CARGO_PKG_VERSION"),
                    "informationUri": "https://crates.io/crates/leakscope",
                    "rules": rules.collect::<Vec<_>>(),
                },
            },
            "results": report.findings.iter().take(MAX_RESULTS).map(|it| result(report, it)).collect::<Vec<_>>(),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

fn result(report: &Report, finding: &FindingLine) -> impl Serialize {
    let message = message(report, finding);
    let said: Vec<String> = finding.from_source.lines().collect();
    let lines = [&message].into_iter().chain(&said).chain(&finding.evidence).chain([&finding.advice]);
    let lines: Vec<_> = lines.filter(|it| !it.is_empty()).map(|it| escape(it)).collect();
    let location = place(report, finding)
        .and_then(|(file, line)| Some(object! { "physicalLocation": physical(&file, line)?, }));
    object! {
        "ruleId": &finding.rule,
        "level": match finding.level {
            Level::Deny => "error",
            Level::Warn => "warning",
            Level::Allow => "note",
        },
        "message": object! { "text": lines.join("\n"), },
        "locations"?: location.map(|it| [it]),
        "fixes"?: fix(report, finding).map(|it| [it]),
        "relatedLocations"?: Some(related(report, finding)).filter(|it| !it.is_empty()),
        "partialFingerprints": object! {
            "leakscopeStack/v1": finding.lead.fingerprint.as_str(),
        },
    }
}

/// The lines of source that the surest verdict is about.
fn related(report: &Report, finding: &FindingLine) -> Vec<impl Serialize> {
    let verdict = finding.finding.source.lead();
    let lines = verdict.into_iter().flat_map(|it| &it.evidence).filter_map(|it| {
        let location = physical(&source_file(report, &it.file), it.line)?;
        Some((location, escape(&format!("{}: {}", it.role, it.text.trim())).into_owned()))
    });
    (1..)
        .zip(lines)
        .map(|(id, (location, text)): (u32, _)| {
            object! { "id": id, "physicalLocation": location, "message": object! { "text": text, }, }
        })
        .collect()
}

/// The change that ends what the source proves, by whole lines; `None` if there is none.
fn fix(report: &Report, finding: &FindingLine) -> Option<impl Serialize + use<>> {
    let patch = finding.finding.source.patch()?;
    let mut changes = Vec::new();
    for lines in patch.changes.chunk_by(|one, next| one.file == next.file) {
        let uri = relative_uri(&source_file(report, &lines.first()?.file))?;
        changes.push(object! {
            "artifactLocation": object! { "uri": uri, },
            "replacements": lines.iter().map(replacement).collect::<Vec<_>>(),
        });
    }
    let title = format!("{}: {}", patch.tier.as_str(), patch.title);
    let title = escape(&title).into_owned();
    Some(object! { "description": object! { "text": title, }, "artifactChanges": changes, })
}

/// Lines that become others. A region ends before its last column, so that one that takes nothing is empty.
fn replacement(change: &ChangedLines) -> impl Serialize + use<> {
    let (line, gone, ends_file) = (change.line, change.gone, change.ends_file);
    // The last line of a file without an end is a region by itself.
    let end = line + gone - u32::from(ends_file);
    let column = (!ends_file).then_some(1);
    object! {
        "deletedRegion": object! {
            "startLine": line.max(1),
            "startColumn": 1,
            "endLine": end.max(1),
            "endColumn"?: column,
        },
        "insertedContent": object! { "text": change.text.clone(), },
    }
}

/// A line of a file; `None` if the file is not known.
fn physical(file: &str, line: u32) -> Option<impl Serialize + use<>> {
    let uri = relative_uri(file)?;
    Some(object! {
        "artifactLocation": object! { "uri": uri, },
        "region": object! { "startLine": line.max(1), },
    })
}

/// A path as a relative URI: percent-encoded, without `..`, and without its root.
fn relative_uri(file: &str) -> Option<String> {
    let parts = file.split(['/', '\\']).filter(|part| !part.is_empty() && *part != "." && *part != "..");
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    let encoded: Vec<String> = parts.map(|part| part.bytes().map(encode).collect()).collect();
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
