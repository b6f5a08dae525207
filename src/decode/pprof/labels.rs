//! Labels of samples: texts, and numbers with units as other writers than Go put them there.

use super::super::DecodeError;
use super::walk::Tables;
use super::wire;
use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::Warning;

/// A sample may have so many labels; more is an error.
const MAX_LABELS: usize = 1024;

/// Reads labels; texts are unescaped once and kept.
pub(super) struct LabelReader<'a> {
    tables: &'a Tables<'a>,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> LabelReader<'a> {
    pub(super) fn new(tables: &'a Tables<'a>) -> Self {
        LabelReader { tables, warnings: Vec::new() }
    }

    /// The label set of a sample.
    pub(super) fn read(
        &mut self,
        sample: usize,
        labels: &[wire::Label],
        table: &mut LabelTable,
    ) -> Result<LabelSetId, DecodeError> {
        if labels.is_empty() {
            return Ok(LabelSetId::EMPTY);
        }
        if labels.len() > MAX_LABELS {
            let what = format!("labels of sample[{sample}]");
            return Err(DecodeError::Limit { what, limit: MAX_LABELS as u64, flag: "--max-table" });
        }
        let mut pairs = Vec::with_capacity(labels.len());
        for (index, label) in labels.iter().enumerate() {
            let place = || format!("sample[{sample}].label[{index}]");
            let key = self.tables.string(label.key, place)?;
            let value = if label.str != 0 || label.num == 0 {
                self.tables.string(label.str, place)?
            } else {
                let unit = self.tables.string(label.num_unit, place)?;
                format!("{} {unit}", label.num).trim_end().to_owned()
            };
            if key == "pprof::base" && self.warnings.is_empty() {
                let text =
                    "a sample carries pprof's own label pprof::base, which would turn its sign; ignored";
                self.warnings.push(Warning::note(text));
            }
            pairs.push((key.into_boxed_str(), value.into_boxed_str()));
        }
        Ok(table.intern(pairs))
    }
}
