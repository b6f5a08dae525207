//! Baselines: accepted goroutine counts in a text file that people can review and git can merge.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diagnose::Finding;
use crate::golang::Owner;
use crate::series::Row;
use crate::series::Series;
use crate::text::pluralize;

use super::limits::finding;

const HEAD: &str = "# leakscope baseline 1: count, fingerprint, function, reason. One stack a line, in the order of functions.";

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

impl Baseline {
    /// The stacks and counts of the last snapshot of a series.
    pub fn of(series: &Series, reason: &str) -> Self {
        let mut stacks = BTreeMap::new();
        for row in series.rows.iter().filter(|row| row.count() > 0) {
            let function = function_of(series, row).unwrap_or("-").to_owned();
            let reason =
                if reason.is_empty() { "-".to_owned() } else { reason.replace(['\t', '\r', '\n'], " ") };
            stacks.insert(row.fingerprint.to_string(), Pinned { count: row.count(), function, reason });
        }
        Baseline { stacks }
    }

    /// Adds the stacks that are new in `now`. An existing stack keeps its reason and gets the greater count.
    pub fn update(&mut self, now: Baseline) {
        for (fingerprint, new) in now.stacks {
            let count = new.count;
            let pinned = self.stacks.entry(fingerprint).or_insert(new);
            pinned.count = pinned.count.max(count);
        }
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
        rows.sort_by(|(a, x), (b, y)| x.function.cmp(&y.function).then(a.cmp(b)));
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
