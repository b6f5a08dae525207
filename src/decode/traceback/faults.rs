//! Faults of the lines of a traceback.

use crate::model::Warning;
use crate::text::pluralize;

/// The maximum number of skipped goroutines that are named in warnings; the others are counted.
const MAX_NAMED: usize = 3;

#[derive(Default)]
pub(super) struct Faults {
    /// The first skipped goroutines: line of the header, id, reason.
    pub(super) named: Vec<(u64, Option<u64>, &'static str)>,
    pub(super) skipped: u64,
    pub(super) odd_headers: u64,
    pub(super) frameless: u64,
    pub(super) long_lines: u64,
    pub(super) long_names: u64,
    pub(super) noise: u64,
    /// Frames that were left out because their stacks are too deep.
    pub(super) too_deep: u64,
}

impl Faults {
    pub(super) fn skip(&mut self, line: u64, id: Option<u64>, count: u64, why: &'static str) {
        self.skipped += count;
        if self.named.len() < MAX_NAMED {
            self.named.push((line, id, why));
        }
    }

    pub(super) fn absorb(&mut self, other: Faults) {
        let Faults { named, skipped, odd_headers, frameless, long_lines, long_names, noise, too_deep } =
            other;
        self.named.extend(named);
        self.named.sort_unstable();
        self.named.truncate(MAX_NAMED);
        self.skipped += skipped;
        self.odd_headers += odd_headers;
        self.frameless += frameless;
        self.long_lines += long_lines;
        self.long_names += long_names;
        self.noise += noise;
        self.too_deep += too_deep;
    }

    pub(super) fn warn(&self, warnings: &mut Vec<Warning>) {
        for (line, id, why) in &self.named {
            let name = id.map_or("a goroutine".to_owned(), |id| format!("goroutine {id}"));
            warnings.push(Warning::loss(format!("{name} is skipped: {why}")).at(*line));
        }
        let unnamed = self.skipped.saturating_sub(self.named.len() as u64);
        if unnamed > 0 {
            let goroutines = pluralize(i128::from(unnamed), "more goroutine");
            warnings.push(Warning::loss(format!("{goroutines} skipped for the same reason")));
        }
        let faults = [
            (self.frameless, "goroutine", "without frames"),
            (self.odd_headers, "header", "with an unknown or invalid part; that part is ignored"),
            (self.long_names, "function name", "longer than any that a programmer writes"),
            (self.long_lines, "line", "longer than the limit, cut (--max-line)"),
            (self.too_deep, "frame", "beyond the limit of a stack, left out (--max-depth)"),
            (self.noise, "line", "between frames ignored: not part of a goroutine"),
        ];
        for (n, noun, what) in faults.into_iter().filter(|(n, ..)| *n > 0) {
            warnings.push(Warning::note(format!("{} {what}", pluralize(i128::from(n), noun))));
        }
    }
}
