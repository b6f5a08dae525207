//! What was accepted: a small text that people review and git merges.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::diagnose::Finding;
use crate::golang::Owner;
use crate::series::Row;
use crate::series::Series;
use crate::text::pluralize;

use super::limits::finding;

/// The first line of a baseline.
const HEAD: &str = "# leakscope baseline 1: count, fingerprint, function, reason. One stack a line, in the order of functions.";

/// Room over a pinned count before it is denied: as in the verdict on growth, 10 goroutines and a fifth.
const MIN_OVER: i128 = 10;

/// Stacks with the counts that were accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By fingerprint: the count, the function that names the stack, and why it is fine.
    pub stacks: BTreeMap<String, Pinned>,
}

/// An accepted stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Goroutines.
    pub count: i128,
    /// The function that names it, for people.
    pub function: String,
    /// Why it is fine; `-` where nobody said.
    pub reason: String,
}

/// A baseline that cannot be read.
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

/// The function that stands for a row: the first of the user's own code, else the innermost.
fn function_of<'a>(series: &'a Series, row: &Row) -> Option<&'a str> {
    let names = &series.names;
    let frame = row.stack.first_of(Owner::User, names).or_else(|| row.stack.leaf(names))?;
    Some(names.function_name(frame.function))
}

impl Baseline {
    /// The last moment of a series as it is.
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

    /// Takes over what is new in `now`; what was there keeps its reason, and the greater count.
    pub fn update(&mut self, now: Baseline) {
        for (fingerprint, new) in now.stacks {
            match self.stacks.get_mut(&fingerprint) {
                Some(old) => old.count = old.count.max(new.count),
                None => {
                    self.stacks.insert(fingerprint, new);
                }
            }
        }
    }

    /// Reads the text form.
    pub fn parse(file: &str, text: &str) -> Result<Self, BaselineError> {
        let mut stacks = BTreeMap::new();
        for (line, row) in (1..).zip(text.lines()) {
            if row.trim().is_empty() || row.starts_with('#') {
                continue;
            }
            let fault = |fault: &str| BaselineError { file: file.to_owned(), line, fault: fault.to_owned() };
            // The last line may end in the middle of its line end.
            let parts: Vec<&str> = row.trim_end_matches('\r').split('\t').collect();
            let [count, fingerprint, function, reason] = parts.as_slice() else {
                return Err(fault(
                    "needs a count, a fingerprint, a function and a reason, with tabs between",
                ));
            };
            let count = count.trim().parse().map_err(|_| fault("its count is no number"))?;
            if fingerprint.len() != 16 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(fault("its fingerprint is not 16 hex digits"));
            }
            let pinned = Pinned { count, function: (*function).to_owned(), reason: (*reason).to_owned() };
            stacks.insert((*fingerprint).to_owned(), pinned);
        }
        Ok(Baseline { stacks })
    }

    /// Writes the text form: in the order of functions, so that two branches change the same lines only where they change
    /// the same stack.
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

    /// Stacks of the last moment that are over their pinned count, or are not pinned, by more than the room.
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
                "{} in {function}, {more} more than the {pinned} of the baseline",
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
            "b: line 1: needs a count, a fingerprint, a function and a reason, with tabs between",
        );
        check("x\t00112233445566ff\tf\t-", "b: line 1: its count is no number");
        check("\n8\t0011\tf\t-", "b: line 2: its fingerprint is not 16 hex digits");
    }
}
