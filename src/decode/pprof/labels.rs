//! Labels of samples: texts, and numbers with units as other writers than Go put them there.

use super::super::DecodeError;
use super::walk::Tables;
use super::wire;
use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::Warning;

/// A sample keeps so many labels.
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

    /// A warning that is told once.
    fn once(&mut self, text: String) {
        if !self.warnings.iter().any(|it| it.text == text) && self.warnings.len() < 16 {
            self.warnings.push(Warning::note(text));
        }
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
            self.once(format!(
                "sample[{sample}] has {} labels; the first {MAX_LABELS} are kept",
                labels.len()
            ));
        }
        let mut pairs = Vec::with_capacity(labels.len().min(MAX_LABELS));
        for (index, label) in labels.iter().take(MAX_LABELS).enumerate() {
            if label.str != 0 && label.num != 0 {
                self.once("a label has a text and a number; the text is kept".to_owned());
            }
            let place = || format!("sample[{sample}].label[{index}]");
            let key = self.tables.string(label.key, place)?;
            let value = if label.str != 0 || label.num == 0 {
                self.tables.string(label.str, place)?
            } else {
                let unit = self.tables.string(label.num_unit, place)?;
                format!("{} {unit}", label.num).trim_end().to_owned()
            };
            if key.chars().chain(value.chars()).any(char::is_control) {
                self.once("a label holds control characters; they are shown escaped".to_owned());
            }
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
