//! The numbers of lines, run-length encoded: almost always each is the one before and a constant.

use std::sync::Arc;

/// Lines whose numbers rise by the same step.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// The index of its first line.
    first: usize,
    number: u32,
    step: u32,
}

impl Run {
    fn number(&self, index: usize) -> u32 {
        let steps = u32::try_from(index.saturating_sub(self.first)).unwrap_or(u32::MAX);
        self.number.saturating_add(steps.saturating_mul(self.step))
    }
}

/// The numbers of lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    /// Empty if the lines are those of the input.
    runs: Arc<[Run]>,
    /// The number of lines that have runs.
    len: usize,
    /// The lines that were cut off at the start.
    skipped: usize,
}

impl Numbers {
    /// Whether the lines are those of the input.
    pub(super) fn are_own(&self) -> bool {
        self.runs.is_empty() && self.skipped == 0
    }

    /// The number of the line at an index. After the last line it is that of the last.
    pub(super) fn of_line(&self, at: usize) -> u32 {
        let index = at + self.skipped;
        if self.runs.is_empty() {
            return u32::try_from(index + 1).unwrap_or(u32::MAX);
        }
        let index = index.min(self.len.saturating_sub(1));
        let after = self.runs.partition_point(|run| run.first <= index);
        self.runs.get(after.saturating_sub(1)).map_or(0, |run| run.number(index))
    }

    /// The numbers without those of the first lines.
    pub(super) fn after(&self, lines: usize) -> Numbers {
        Numbers { skipped: self.skipped + lines, ..self.clone() }
    }
}

/// Collects the numbers of lines.
#[derive(Debug, Default)]
pub(super) struct Builder {
    runs: Vec<Run>,
    len: usize,
}

impl Builder {
    pub(super) fn push(&mut self, number: u32) {
        let index = self.len;
        self.len += 1;
        if let Some(run) = self.runs.last_mut() {
            if index == run.first + 1 && number >= run.number {
                run.step = number - run.number;
                return;
            }
            if index > run.first + 1 && run.number(index) == number {
                return;
            }
        }
        self.runs.push(Run { first: index, number, step: 0 });
    }

    pub(super) fn finish(self) -> Numbers {
        Numbers { runs: self.runs.into(), len: self.len, skipped: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs() {
        let check = |numbers: &[u32], runs: usize| {
            let mut builder = Builder::default();
            numbers.iter().for_each(|number| builder.push(*number));
            let built = builder.finish();
            let read: Vec<u32> = (0..numbers.len()).map(|at| built.of_line(at)).collect();
            assert_eq!((read.as_slice(), built.runs.len()), (numbers, runs));
            let last = *numbers.last().expect("there is one");
            assert_eq!(built.of_line(numbers.len() + 3), last);
            assert_eq!(built.after(1).of_line(numbers.len() - 1), last);
        };
        check(&[7], 1);
        check(&[1, 2, 3, 4], 1);
        check(&[5, 5, 5], 1);
        check(&[1, 3, 5, 6, 7, 7], 3);
        check(&[9, 2, 2, 8, 1], 4);
    }
}
