//! Baselines: accepted goroutine counts in a text file that people can review and git can merge.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diagnose::Finding;
use crate::golang::Owner;
use crate::golang::package;
use crate::golang::writes_profiles;
use crate::series::Row;
use crate::series::Series;
use crate::sort;
use crate::text::pluralize;

use super::limits::finding;

const HEAD: &str = "# leakscope baseline 1: count, fingerprint, function, reason. One stack a line, in the order of functions.";

/// A reason or a function that is not given.
const NONE: &str = "-";

/// Minimum excess over a pinned count to be denied. It must also be at least a fifth of the count, as for growth.
const MIN_OVER: i128 = 10;

/// Stacks with their accepted counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// The accepted stacks by fingerprint.
    pub stacks: BTreeMap<String, Pinned>,
}

/// An accepted stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The accepted number of goroutines.
    pub count: i128,
    /// The function that names the stack, for people.
    pub function: String,
    /// Why it is accepted; `-` if no reason was given.
    pub reason: String,
}

/// A stack that an update of a baseline added, or whose count it raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineChange {
    /// The fingerprint.
    pub fingerprint: String,
    /// The function that names the stack, for people.
    pub function: String,
    /// The count that was accepted before; `None` if the stack is new.
    pub before: Option<i128>,
    /// The count that is accepted now.
    pub count: i128,
}

/// A baseline that cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("{file}: line {line}: {fault}")]
#[non_exhaustive]
pub struct BaselineError {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: String,
}

/// The function that names a row: the innermost one of the user's code, or the innermost one if there is none.
pub(super) fn function_of<'a>(series: &'a Series, row: &Row) -> Option<&'a str> {
    let names = &series.names;
    let frame = row.stack.first_of(Owner::User, names).or_else(|| row.stack.leaf(names))?;
    Some(names.function_name(frame.function))
}

fn is_accepted(series: &Series, row: &Row) -> bool {
    let names = &series.names;
    let mut packages = row.stack.frames(names).map(|frame| package(names.function_name(frame.function)));
    !row.stack.is_empty() && !packages.any(writes_profiles)
}

impl Baseline {
    /// The stacks and counts of the last snapshot of a series. Goroutines without a stack are left out, because nobody can say what was
    /// accepted, and the request for the profile, which is there only because it was asked for.
    pub fn of(series: &Series, reason: &str) -> Self {
        let mut stacks = BTreeMap::new();
        for row in series.rows.iter().filter(|row| row.count() > 0 && is_accepted(series, row)) {
            let function = function_of(series, row).unwrap_or(NONE).to_owned();
            let reason =
                if reason.is_empty() { NONE.to_owned() } else { reason.replace(['\t', '\r', '\n'], " ") };
            stacks.insert(row.fingerprint.to_string(), Pinned { count: row.count(), function, reason });
        }
        Baseline { stacks }
    }

    /// Adds the stacks that are new in `now`, and gives the others the greater count. Where a count is raised, the new reason is added to
    /// the old one. Returns what changed, in the order of the text form.
    pub fn update(&mut self, now: Baseline) -> Vec<BaselineChange> {
        let mut changes = Vec::new();
        for (fingerprint, new) in now.stacks {
            let before = self.stacks.get(&fingerprint).map(|pinned| pinned.count);
            if before.is_some_and(|before| before >= new.count) {
                continue;
            }
            let (function, count) = (new.function.clone(), new.count);
            changes.push(BaselineChange { fingerprint: fingerprint.clone(), function, before, count });
            let pinned = self.stacks.entry(fingerprint).or_insert_with(|| new.clone());
            pinned.count = new.count;
            if pinned.reason == NONE {
                pinned.reason = new.reason;
            } else if new.reason != NONE && !pinned.reason.split("; ").any(|it| it == new.reason) {
                pinned.reason = format!("{}; {}", pinned.reason, new.reason);
            }
        }
        sort::by(&mut changes, |a, b| a.function.cmp(&b.function).then(a.fingerprint.cmp(&b.fingerprint)));
        changes
    }

    /// Parses the text form.
    pub fn parse(file: &str, text: &str) -> Result<Self, BaselineError> {
        let mut stacks = BTreeMap::new();
        for (line, row) in (1..).zip(text.lines()) {
            if row.trim().is_empty() || row.starts_with('#') {
                continue;
            }
            let fault = |fault: &str| BaselineError { file: file.to_owned(), line, fault: fault.to_owned() };
            // The last line may end in `\r` if the file was cut inside `\r\n`.
            let parts: Vec<&str> = row.trim_end_matches('\r').split('\t').collect();
            let [count, fingerprint, function, reason] = parts.as_slice() else {
                return Err(fault(
                    "expected a count, a fingerprint, a function and a reason, separated by tabs",
                ));
            };
            let count = count.trim().parse().map_err(|_| fault("the count is not a number"))?;
            if fingerprint.len() != 16 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(fault("the fingerprint is not 16 hex digits"));
            }
            let pinned = Pinned { count, function: (*function).to_owned(), reason: (*reason).to_owned() };
            stacks.insert((*fingerprint).to_owned(), pinned);
        }
        Ok(Baseline { stacks })
    }

    /// Writes the text form, sorted by function, so that two branches conflict only where they change the same stack.
    pub fn write(&self) -> String {
        let mut rows: Vec<(&String, &Pinned)> = self.stacks.iter().collect();
        sort::by(&mut rows, |(a, x), (b, y)| x.function.cmp(&y.function).then(a.cmp(b)));
        let mut out = format!("{HEAD}\n");
        for (fingerprint, pinned) in rows {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "{}\t{fingerprint}\t{}\t{}", pinned.count, pinned.function, pinned.reason);
        }
        out
    }

    /// Findings for the stacks of the last snapshot that exceed their pinned count (0 if they are not pinned).
    pub(super) fn exceeded(&self, series: &Series) -> Vec<Finding> {
        let over = |row: &Row| {
            let pinned = self.stacks.get(&row.fingerprint.to_string()).map_or(0, |it| it.count);
            let more = row.count() - pinned;
            (more >= MIN_OVER && more * 5 >= pinned).then_some((pinned, more))
        };
        let rows = series.rows.iter().enumerate().filter_map(|(index, row)| Some((index, row, over(row)?)));
        rows.map(|(index, row, (pinned, more))| {
            let function = function_of(series, row).unwrap_or("?");
            let message = format!(
                "{} in {function}, {more} more than the {pinned} in the baseline",
                pluralize(row.count(), "goroutine")
            );
            finding("over-baseline", vec![index], series, message, row.count(), more)
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates() {
        let pinned = |count, reason: &str| Pinned {
            count,
            function: "main.work".to_owned(),
            reason: reason.to_owned(),
        };
        let check = |before: Option<Pinned>, now: Pinned, expected: Pinned, changes: usize| {
            let of = |pinned: Option<Pinned>| Baseline {
                stacks: pinned.into_iter().map(|it| ("0011223344556677".to_owned(), it)).collect(),
            };
            let mut baseline = of(before.clone());
            let changed = baseline.update(of(Some(now)));
            assert_eq!((baseline, changed.len()), (of(Some(expected)), changes), "{before:?}");
        };
        check(None, pinned(8, "pool"), pinned(8, "pool"), 1);
        check(Some(pinned(8, "pool")), pinned(8, "more"), pinned(8, "pool"), 0);
        check(Some(pinned(8, "pool")), pinned(5, "more"), pinned(8, "pool"), 0);
        check(Some(pinned(8, "pool")), pinned(12, "more"), pinned(12, "pool; more"), 1);
        check(Some(pinned(8, "pool")), pinned(12, "pool"), pinned(12, "pool"), 1);
        check(Some(pinned(8, "-")), pinned(12, "pool"), pinned(12, "pool"), 1);
        check(Some(pinned(8, "pool")), pinned(12, "-"), pinned(12, "pool"), 1);
    }

    #[test]
    fn text_form() {
        let text = format!(
            "{HEAD}\n8\t00112233445566ff\tmain.mail\tworker pool\n3\t0011223344556600\tmain.work\t-\n"
        );
        let baseline = Baseline::parse("b", &text).expect("it is whole");
        assert_eq!(baseline.write(), text);
        for ends in ["\r\n", "\r"] {
            let other = Baseline::parse("b", &text.trim_end().replace('\n', "\r\n")).expect("it is whole");
            let cut = Baseline::parse("b", &format!("{}{ends}", text.trim_end())).expect("it is whole");
            assert_eq!((other.write(), cut.write()), (text.clone(), text.clone()));
        }
        let check = |text: &str, expected: &str| {
            let error = Baseline::parse("b", text).expect_err("it is broken");
            assert_eq!(error.to_string(), expected);
        };
        check(
            "8 main.mail",
            "b: line 1: expected a count, a fingerprint, a function and a reason, separated by tabs",
        );
        check("x\t00112233445566ff\tf\t-", "b: line 1: the count is not a number");
        check("\n8\t0011\tf\t-", "b: line 2: the fingerprint is not 16 hex digits");
    }
}
