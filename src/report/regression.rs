//! Commands that detect a leak when it comes back: a test of its stack, and the gate.

use crate::diagnose::Confidence;
use crate::diagnose::Finding;
#[cfg(feature = "files")]
use crate::gate::is_limit;

use super::lines::GroupLine;
use super::prevention::RegressionCommands;
use super::prevention::TestOffer;

/// Arguments of the [`RegressionCommands`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandArguments {
    /// The inputs of one snapshot that has the stack; empty if a report has to be read instead.
    pub inputs: Vec<String>,
    /// The address of the process; `None` if it is not known.
    pub target: Option<String>,
}

/// `None` if it is not sure that something is wrong, and for limits of the gate's policy, which the gate checks anyway.
pub(super) fn regression_commands(
    finding: &Finding,
    lead: &GroupLine,
    arguments: &CommandArguments,
) -> Option<RegressionCommands> {
    #[cfg(feature = "files")]
    if is_limit(&finding.rule) {
        return None;
    }
    if finding.confidence < Confidence::Likely {
        return None;
    }
    let from = match arguments.inputs.as_slice() {
        [] => " --from REPORT.json".to_owned(),
        inputs => inputs.iter().map(|input| format!(" --from {}", shell_word(input))).collect(),
    };
    let fingerprint = lead.fingerprint.get(..8).unwrap_or(&lead.fingerprint);
    let target = arguments.target.as_deref().map_or("HOST:6060".to_owned(), shell_word);
    let is_offered = lead.test.as_ref().is_some_and(|test| test.offer == TestOffer::Useful);
    Some(RegressionCommands {
        test: is_offered.then(|| format!("leakscope goleak-test{from} {fingerprint}")),
        gate: format!("leakscope gate --target {target} -- LOAD"),
    })
}

/// Quotes a text as one word of a shell.
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
    fn words_are_quoted_for_a_shell() {
        let check = |text: &str, expected: &str| assert_eq!(shell_word(text), expected);
        check("captures/20261124T064632.058Z", "captures/20261124T064632.058Z");
        check("my captures/$(x)", "'my captures/$(x)'");
        check("it's", r"'it'\''s'");
        check("", "''");
    }
}
