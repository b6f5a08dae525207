//! What was wrong with the lines of a traceback.

use crate::model::Warning;
use crate::text::pluralize;

/// So many single goroutines are named in warnings; the rest is counted.
const NAMED_FAULTS: usize = 3;

/// Faults, counted while lines are read.
#[derive(Default)]
pub(super) struct Faults {
    pub(super) named: Vec<(u64, Option<u64>, &'static str)>,
    pub(super) skipped: u64,
    pub(super) odd_headers: u64,
    pub(super) frameless: u64,
    pub(super) long_lines: u64,
    pub(super) long_names: u64,
    pub(super) noise: u64,
    /// Frames that no stack has room for.
    pub(super) too_deep: u64,
}

impl Faults {
    /// A goroutine is left out: the line of its header, its number, and why.
    pub(super) fn skip(&mut self, line: u64, id: Option<u64>, count: u64, why: &'static str) {
        self.skipped += count;
        if self.named.len() < NAMED_FAULTS {
            self.named.push((line, id, why));
        }
    }

    /// Takes in what was wrong in other pieces of the same text.
    pub(super) fn absorb(&mut self, other: Faults) {
        let Faults { named, skipped, odd_headers, frameless, long_lines, long_names, noise, too_deep } =
            other;
        self.named.extend(named);
        self.named.sort_unstable();
        self.named.truncate(NAMED_FAULTS);
        self.skipped += skipped;
        self.odd_headers += odd_headers;
        self.frameless += frameless;
        self.long_lines += long_lines;
        self.long_names += long_names;
        self.noise += noise;
        self.too_deep += too_deep;
    }

    /// Tells of all of them.
    pub(super) fn warn(&self, warnings: &mut Vec<Warning>) {
        for (line, id, why) in &self.named {
            let name = id.map_or("a goroutine".to_owned(), |id| format!("goroutine {id}"));
            warnings.push(Warning::loss(format!("{name} is skipped: {why}")).at(*line));
        }
        let unnamed = self.skipped.saturating_sub(self.named.len() as u64);
        if unnamed > 0 {
            warnings.push(Warning::loss(format!(
                "{} skipped for the same reason",
                pluralize(i128::from(unnamed), "more goroutine")
            )));
        }
        let told = [
            (self.frameless, "goroutine", "without frames"),
            (
                self.odd_headers,
                "header",
                "with a part that is not known or out of range; that part is left out",
            ),
            (self.long_names, "function name", "longer than any that a person wrote"),
            (self.long_lines, "line", "longer than the limit (--max-line), cut there"),
            (self.too_deep, "frame", "over the limit of one stack (--max-depth), left out"),
        ];
        for (n, noun, what) in told {
            if n > 0 {
                warnings.push(Warning::note(format!("{} {what}", pluralize(i128::from(n), noun))));
            }
        }
        if self.noise > 0 {
            let text = format!(
                "{} between the frames passed over: no part of a goroutine",
                pluralize(i128::from(self.noise), "line")
            );
            warnings.push(Warning::note(text));
        }
    }
}
