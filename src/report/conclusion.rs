//! What a report says of growth: its first line, its last line and the gate's line are made from this value, so that they agree with each
//! other, with the findings and with the table.

use crate::text::pluralize;
use crate::text::with_thousands;

/// What a report says of growth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// What grows.
    pub growth: GrowthConclusion,
    /// Goroutines of the last snapshot that are proven leaked, whether they became more or not; 0 also without a proof.
    pub proven: i128,
    /// Growth of the total that no row of any size explains; `None` if there is none to speak of.
    pub scattered: Option<Scattered>,
}

/// Growth that is spread over many rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scattered {
    /// By how many goroutines these rows grew together.
    pub gain: i128,
    /// How many rows gained at least one.
    pub rows: usize,
    /// The largest gain of one of them.
    pub most: i128,
}

impl Scattered {
    /// `850 more goroutines in 120 stacks, at most 9 more in each`
    pub fn text(self) -> String {
        let (gain, most) = (with_thousands(self.gain), with_thousands(self.most));
        let stacks = pluralize(self.rows as i128, "stack");
        format!("{gain} more goroutines in {stacks}, at most {most} more in each")
    }
}

/// What grows, by findings first, then by rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrowthConclusion {
    /// No goroutine passes the filters.
    NoGroups,
    /// One snapshot cannot show growth.
    SingleSnapshot,
    /// Findings grow.
    Findings {
        /// How many.
        count: usize,
        /// Whether counts or IDs show of at least one that it goes on growing, and not only that it grew.
        goes_on: bool,
    },
    /// No finding grows, but rows do that are no background.
    Rows {
        /// How many, shown or not.
        count: usize,
    },
    /// Background goroutines alone grow: their kind, and by how many.
    Background {
        /// Their kind.
        what: String,
        /// By how many they grew.
        gain: i128,
    },
    /// Nothing grows; the reason is half a sentence.
    Nothing(String),
}

impl Conclusion {
    /// The conclusion of a report whose table has other rows than the ones that were judged: it does not deny what the table shows.
    #[cfg(feature = "files")]
    pub(super) fn with_table(self, table: &Conclusion) -> Self {
        match (&self.growth, &table.growth) {
            (
                GrowthConclusion::Nothing(_) | GrowthConclusion::Background { .. },
                rows @ GrowthConclusion::Rows { .. },
            ) => Conclusion { growth: rows.clone(), ..self },
            _ => self,
        }
    }
}
