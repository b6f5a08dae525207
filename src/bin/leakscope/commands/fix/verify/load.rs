//! The user's own load: the gate on a server that is started in the copy, before and after the change.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use leakscope::report::StepResult;
use leakscope::report::VerificationStep;
use serde_json::Value;

use super::child;
use super::child::End;
use super::go::Go;
use super::subject::Subject;
use super::subject::step;
use crate::exit_code::Failure;

/// A server and the load on it.
#[derive(Clone, Copy)]
pub(crate) struct Load<'a> {
    /// The command line that starts the server.
    pub(crate) server: &'a str,
    /// The process to take snapshots of: `localhost:6060`.
    pub(crate) target: &'a str,
    /// The command that puts load on it, and its arguments.
    pub(crate) command: &'a [String],
}

/// What the gate says.
pub(super) struct Judged {
    /// Whether it denies something; an error says why it cannot judge.
    denied: Result<bool, String>,
    /// The findings that it denies: the fingerprints of each, and the function that it is blocked in.
    findings: Vec<(Vec<String>, String)>,
}

/// Runs the gate in the copy.
pub(super) fn run(go: &Go<'_>, load: Load<'_>) -> Result<Judged, Failure> {
    let report = go.copy.scratch().join("gate.json");
    let here = std::env::current_dir()?;
    // Where the user is, if that is in the module.
    let folder = here.canonicalize().ok().and_then(|it| go.copy.place_of(&it)).filter(|it| it.is_dir());
    let mut command = Command::new(std::env::current_exe()?);
    command.current_dir(folder.as_ref().unwrap_or(&go.copy.module));
    command.env("TMPDIR", go.copy.temporary());
    command.args(["gate", "--isolated", "--no-source", "--limit", "0", "--color", "never"]);
    // It may be compiled first.
    command.args(["--server", load.server, "--server-wait", "3m", "--target", load.target]);
    command.arg(format!("--output=json={}", report.display())).arg("--");
    command.args(load.command.first().map(|it| program(it, &here))).args(load.command.iter().skip(1));
    let ran = child::run(command, &go.copy.scratch(), go.left())?;
    let denied = match ran.end {
        End::Done => Ok(false),
        End::Failed(Some(1)) => Ok(true),
        End::Failed(Some(4)) => Err("the gate cannot decide whether something grows".to_owned()),
        End::Failed(_) => {
            let mut said = ran.errors.lines().filter(|it| it.starts_with("error:"));
            Err(said.next_back().map_or_else(|| ran.why(), str::to_owned))
        }
        End::OutOfTime | End::WroteTooMuch | End::Interrupted(_) => Err(ran.why()),
    };
    let findings = match denied {
        Ok(true) => denied_in(&report),
        Ok(false) | Err(_) => Vec::new(),
    };
    Ok(Judged { denied, findings })
}

/// A program that is named by a relative path is the user's, not one of the copy.
fn program(name: &str, here: &Path) -> PathBuf {
    let path = here.join(name);
    if name.contains('/') && path.is_file() { path } else { PathBuf::from(name) }
}

fn denied_in(report: &Path) -> Vec<(Vec<String>, String)> {
    let text = std::fs::read_to_string(report).unwrap_or_default();
    let report: Value = serde_json::from_str(&text).unwrap_or_default();
    let findings = report.get("findings").and_then(Value::as_array).into_iter().flatten();
    let denied = findings.filter(|it| it.get("level").and_then(Value::as_str) == Some("deny"));
    denied
        .map(|it| {
            let all = it.get("fingerprints").and_then(Value::as_array).into_iter().flatten();
            let all = all.filter_map(|it| it.as_str().map(str::to_owned)).collect();
            let blocked = it.pointer("/go_test/blocked").and_then(Value::as_str).unwrap_or_default();
            (all, blocked.to_owned())
        })
        .collect()
}

impl Judged {
    /// Whether it denies a finding: the same stack, or another one that is blocked in the same function.
    fn denies(&self, subject: &Subject) -> bool {
        let blocked = subject.test.as_ref().map(|it| it.blocked.1.as_str());
        self.findings.iter().any(|(all, function)| {
            all.contains(&subject.fingerprint) || blocked.is_some_and(|it| it == function)
        })
    }
}

/// What the two show, for each finding.
pub(super) fn compare(before: &Judged, after: &Judged, subjects: &[&Subject]) -> Vec<VerificationStep> {
    let mut steps = Vec::new();
    for subject in subjects {
        let (result, said) = match (&before.denied, &after.denied) {
            (Err(why), _) => {
                (StepResult::NotTried, format!("the gate cannot judge before the change: {why}"))
            }
            (Ok(_), Err(why)) => {
                (StepResult::Fails, format!("the gate judges before the change, and cannot after: {why}"))
            }
            (Ok(_), Ok(_)) => match (before.denies(subject), after.denies(subject)) {
                (true, false) if after.findings.is_empty() => {
                    (StepResult::Proves, "the gate fails before, passes after".to_owned())
                }
                (true, false) => {
                    let others = after.findings.len();
                    let said = format!("the gate denies this before and not after; {others} others remain");
                    (StepResult::Proves, said)
                }
                (true, true) => (StepResult::Fails, "the gate denies this before and after".to_owned()),
                (false, true) => (StepResult::Fails, "the gate denies this only after the change".to_owned()),
                (false, false) => (
                    StepResult::NotTried,
                    "the load does not make this leak grow before the change".to_owned(),
                ),
            },
        };
        steps.push(step("load", Some(subject), result, said));
    }
    steps
}
