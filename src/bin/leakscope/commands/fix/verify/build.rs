//! Does the change build, and does `go vet` find something new in it?

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use leakscope::report::StepResult;
use leakscope::report::VerificationStep;

use super::child::Ran;
use super::go::Go;
use super::subject::step;
use crate::exit_code::Failure;

/// What Go says of a module: whether it builds, and what vet finds in the packages that change.
pub(super) struct Built {
    build: Ran,
    /// What vet finds, without lines, and how often.
    vet: BTreeMap<String, usize>,
}

impl Built {
    /// Builds the module, and vets the packages in these folders of the copy.
    pub(super) fn of(go: &Go<'_>, packages: &BTreeSet<PathBuf>) -> Result<Self, Failure> {
        let build = go.run(&go.copy.module, &["build", "-buildvcs=false", "./..."])?;
        let mut vet = BTreeMap::new();
        for folder in packages.iter().filter(|_| build.is_done()) {
            let found = go.run(folder, &["vet", "-buildvcs=false", "."])?;
            for line in found.errors.lines().chain(found.output.lines()) {
                if let Some(found) = without_line(line) {
                    *vet.entry(format!("{}: {found}", folder.display())).or_default() += 1;
                }
            }
        }
        Ok(Built { build, vet })
    }

    /// Whether it builds.
    pub(super) fn is_done(&self) -> bool {
        self.build.is_done()
    }
}

/// What the two show. `None` after the change: it was not tried.
pub(super) fn compare(before: &Built, after: Option<&Built>) -> Vec<VerificationStep> {
    let Some(after) = after else {
        let why = format!("the module does not build before the change: {}", before.build.why());
        return vec![step("go build", None, StepResult::NotTried, why)];
    };
    if !after.is_done() {
        let why = format!("passes before, fails after: {}", after.build.why());
        return vec![step("go build", None, StepResult::Fails, why)];
    }
    let mut new = after.vet.iter().filter(|(found, n)| before.vet.get(*found).is_none_or(|it| it < n));
    let vet = match new.next() {
        Some((found, _)) => {
            let found = found.split_once(": ").map_or(found.as_str(), |(_, found)| found);
            (StepResult::Fails, format!("a new warning: {found}"))
        }
        None => (StepResult::Holds, "no new warning".to_owned()),
    };
    vec![
        step("go build", None, StepResult::Holds, "passes before and after".to_owned()),
        step("go vet", None, vet.0, vet.1),
    ]
}

/// `./a.go:12:3: message` without its line and column; `None` if a line is no finding.
fn without_line(line: &str) -> Option<String> {
    let line = line.strip_prefix("vet: ").unwrap_or(line);
    let mut parts = line.splitn(4, ':');
    let (file, number, column, message) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_number = |it: &str| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(number) && is_number(column)).then(|| format!("{file}:{message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_the_same_on_another_line() {
        let check = |line: &str, expected: Option<&str>| {
            assert_eq!(without_line(line).as_deref(), expected, "{line}")
        };
        check("./a.go:12:3: x: y", Some("./a.go: x: y"));
        check("vet: ./a.go:12:3: x", Some("./a.go: x"));
        check("# example.com/a", None);
        check("go: downloading a v1", None);
    }
}
