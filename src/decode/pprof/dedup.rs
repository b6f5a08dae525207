//! Decides whether it pays to look a value up before storing it.

/// The number of distinct values after which the hit rate is trusted.
pub(super) const MIN_MISSES: usize = 1024;

/// Hits and misses of lookups that deduplicate stacks or label sets.
///
/// If nearly every sample has a value of its own, hashing and comparing cost more than the few copies that they save.
#[derive(Debug, Default)]
pub(super) struct Dedup {
    hits: usize,
    misses: usize,
}

impl Dedup {
    pub(super) fn record_hit(&mut self) {
        self.hits += 1;
    }

    pub(super) fn record_miss(&mut self) {
        self.misses += 1;
    }

    /// Whether values should still be looked up: so far fewer than [`MIN_MISSES`] were distinct, or one in five was a
    /// hit.
    #[inline]
    pub(super) fn pays(&self) -> bool {
        self.misses < MIN_MISSES || self.hits > self.misses / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pays_while_few_are_distinct_or_many_are_found() {
        let check = |hits, misses, expected| {
            assert_eq!(Dedup { hits, misses }.pays(), expected, "{hits} hits, {misses} misses");
        };
        check(0, 0, true);
        check(0, MIN_MISSES - 1, true);
        check(0, MIN_MISSES, false);
        check(MIN_MISSES / 4, MIN_MISSES, false);
        check(MIN_MISSES / 4 + 1, MIN_MISSES, true);
    }
}
