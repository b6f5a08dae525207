//! A report whose table groups goroutines in another way than what was judged.

use super::lines::Report;

impl Report {
    /// The report with the groups of another one on the same snapshots, which groups them in another way.
    pub(crate) fn with_table(self, table: Report) -> Self {
        let Report { by, groups, omitted, conclusion, .. } = table;
        Report { by, groups, omitted, conclusion: self.conclusion.clone().with_table(&conclusion), ..self }
    }
}
