//! Reads the parts of a document that a Go test needs.
//!
//! **Invariant:** a document comes from outside: nothing in it is safe to print.

use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error;
use serde::de::IgnoredAny;

use crate::model::BlockedOn;
use crate::report::GoTest;
use crate::report::TestOffer;
use crate::report::TestableStack;
use crate::report::TestableStacks;

use super::schema::SCHEMA;

/// A report that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It is not JSON, or it is truncated.
    #[error("no whole JSON document")]
    Json {
        /// The place and the reason.
        source: serde_json::Error,
    },
    /// It is JSON of another program.
    #[error("JSON, but not a report of leakscope: it does not name leakscope as its tool")]
    Foreign,
    /// It has another schema.
    #[error("a report of schema {found}, and schema {SCHEMA} is known")]
    Schema {
        /// The schema of the document.
        found: u64,
    },
    /// A field is missing or has the wrong type.
    #[error("a report of leakscope with a field that is not of schema {SCHEMA}")]
    Field {
        /// The place and the reason.
        source: serde_json::Error,
    },
}

impl ReportError {
    /// How to fix the problem, in one line.
    pub fn hint(&self) -> String {
        match self {
            ReportError::Json { .. } | ReportError::Foreign | ReportError::Field { .. } => {
                "a report is made by --format json of top, diff, fetch and gate, or by --output json=FILE of the gate"
            }
            ReportError::Schema { .. } => "make it anew with this leakscope, or use the leakscope that made it",
        }
        .to_owned()
    }
}

#[derive(Deserialize)]
struct Head {
    schema: u64,
    tool: Tool,
}

#[derive(Deserialize)]
struct Tool {
    name: String,
}

#[derive(Deserialize)]
struct Document {
    groups: Vec<Stack>,
    findings: Vec<Stack>,
}

#[derive(Deserialize)]
struct Stack {
    #[serde(deserialize_with = "fingerprint")]
    fingerprint: String,
    #[serde(default)]
    go_test: Option<GoTestFields>,
}

#[derive(Deserialize)]
struct GoTestFields {
    package: Option<String>,
    function: String,
    function_package: String,
    blocked: String,
    blocked_package: String,
    written_in: Option<String>,
    #[serde(default)]
    blocked_on: Option<String>,
}

/// Whether bytes may be a document. They may also be a log of JSON lines.
pub fn looks_like_report(bytes: &[u8]) -> bool {
    bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// The stacks of a document that Go tests can detect.
pub fn read_testable_stacks(bytes: &[u8]) -> Result<TestableStacks, ReportError> {
    serde_json::from_slice::<IgnoredAny>(bytes).map_err(|source| ReportError::Json { source })?;
    let head: Head = serde_json::from_slice(bytes).map_err(|_| ReportError::Foreign)?;
    if head.tool.name != "leakscope" {
        return Err(ReportError::Foreign);
    }
    if head.schema != u64::from(SCHEMA) {
        return Err(ReportError::Schema { found: head.schema });
    }
    let document: Document = serde_json::from_slice(bytes).map_err(|source| ReportError::Field { source })?;
    let stacks = |all: Vec<Stack>| all.into_iter().map(TestableStack::from).collect();
    Ok(TestableStacks::new(stacks(document.findings), stacks(document.groups)))
}

impl From<Stack> for TestableStack {
    fn from(it: Stack) -> Self {
        let test = it.go_test.map(|fields| GoTest {
            fingerprint: it.fingerprint.clone(),
            package: fields.package,
            function: fields.function,
            function_package: fields.function_package,
            blocked: (fields.blocked_package, fields.blocked),
            written_in: fields.written_in,
            blocked_on: fields
                .blocked_on
                .and_then(|word| BlockedOn::ALL.iter().copied().find(|it| it.as_str() == word)),
            offer: TestOffer::Useful,
        });
        TestableStack { fingerprint: it.fingerprint, test }
    }
}

fn fingerprint<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        true => Ok(text),
        false => Err(D::Error::custom("a fingerprint is 16 hex digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_documents_are_refused() {
        let check = |text: String, expected: &str| {
            let error = read_testable_stacks(text.as_bytes()).expect_err("it is none");
            let cause = std::error::Error::source(&error).map_or(String::new(), |it| format!(": {it}"));
            assert!(format!("{error}{cause}").ends_with(expected), "{text}: {error}{cause}");
        };
        check(String::new(), "no whole JSON document: EOF while parsing a value at line 1 column 0");
        check("{\"schema\": 1}".to_owned(), "it does not name leakscope as its tool");
        let report = |rest: &str| format!("{{\"tool\": {{\"name\": \"leakscope\"}}, {rest}}}");
        check(report("\"schema\": 2"), "a report of schema 2, and schema 1 is known");
        check(report("\"schema\": 1, \"groups\": []"), ": missing field `findings` at line 1 column 58");
        check(
            report("\"schema\": 1, \"findings\": [],\n\"groups\": [{\"fingerprint\": \"0\\nfunc\"}]"),
            "schema 1: a fingerprint is 16 hex digits at line 2 column 37",
        );
    }
}
