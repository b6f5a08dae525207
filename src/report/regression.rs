//! What keeps a finding fixed: a test of its stack, and the gate.

use crate::diagnose::Confidence;
use crate::diagnose::Finding;
use crate::gate::is_limit;

use super::GroupLine;

/// What the commands that keep a finding fixed are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// The inputs of one moment in which the stack is found by its fingerprint; empty if only a report has it.
    pub from: Vec<String>,
    /// The process to watch; `None` if it is not known.
    pub target: Option<String>,
}

/// Commands that keep a finding fixed. What the reader has to fill in stands in capitals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepLine {
    /// Writes a Go test of the stack; `None` if it has no frame.
    pub test: Option<String>,
    /// Judges the process in CI.
    pub gate: String,
}

/// `None` where it is not sure that anything is wrong, and for a limit of the gate that speaks: it keeps itself.
pub(super) fn keep(finding: &Finding, lead: &GroupLine, given: &Keep) -> Option<KeepLine> {
    if finding.confidence < Confidence::Likely || is_limit(&finding.rule) {
        return None;
    }
    let from = match given.from.as_slice() {
        [] => " --from REPORT.json".to_owned(),
        inputs => inputs.iter().map(|input| format!(" --from {}", shell_word(input))).collect(),
    };
    let fingerprint = lead.fingerprint.get(..8).unwrap_or(&lead.fingerprint);
    let target = given.target.as_deref().map_or("HOST:6060".to_owned(), shell_word);
    Some(KeepLine {
        test: lead.test.is_some().then(|| format!("leakscope goleak-test{from} {fingerprint}")),
        gate: format!("leakscope gate --target {target} -- LOAD"),
    })
}

/// A text as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_./:@%+=,-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell() {
        let check = |text: &str, expected: &str| assert_eq!(shell_word(text), expected);
        check("captures/20261124T064632.058Z", "captures/20261124T064632.058Z");
        check("my captures/$(x)", "'my captures/$(x)'");
        check("it's", r"'it'\''s'");
        check("", "''");
    }
}
