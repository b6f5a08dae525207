//! Labels of samples: texts, and numbers with units as other writers than Go put them there.

use super::super::DecodeError;
use super::super::limits::LABELS;
use super::index::ProfileIndex;
use super::wire;
use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::TextId;
use crate::model::Warning;

/// So many different things are told of labels.
pub(super) const MOST_WARNINGS: usize = 16;

/// Of a text that was not asked for.
const UNKNOWN: TextId = TextId(u32::MAX);

/// With so many sets, if few came again, it is likely that each sample has a set of its own.
const MANY: usize = 1024;

/// Room is made at once for no more texts or sets than this.
const BELIEVED: usize = 1 << 20;

/// Reads labels; each text is unescaped and kept once.
pub(super) struct LabelReader<'a> {
    tables: &'a ProfileIndex<'a>,
    /// The number of each text of the table of strings, once it was asked for; else [`UNKNOWN`].
    known: Vec<TextId>,
    pairs: Vec<(TextId, TextId)>,
    /// How often a set came again.
    again: usize,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> LabelReader<'a> {
    pub(super) fn new(tables: &'a ProfileIndex<'a>) -> Self {
        LabelReader { tables, known: Vec::new(), pairs: Vec::new(), again: 0, warnings: Vec::new() }
    }

    /// A warning that is told once.
    fn once(&mut self, text: String) {
        if !self.warnings.iter().any(|it| it.text == text) && self.warnings.len() < MOST_WARNINGS {
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
        if labels.len() > LABELS {
            self.once(format!("sample[{sample}] has more than {LABELS} labels; the first {LABELS} are kept"));
        }
        self.pairs.clear();
        for (index, label) in labels.iter().take(LABELS).enumerate() {
            if label.str != 0 && label.num != 0 {
                self.once("a label has a text and a number; the text is kept".to_owned());
            }
            let place = || format!("sample[{sample}].label[{index}]");
            let key = self.text(label.key, table, place)?;
            let value = if label.str != 0 || label.num == 0 {
                self.text(label.str, table, place)?
            } else {
                let unit = self.tables.string(label.num_unit, place)?;
                table.intern_text(format!("{} {unit}", label.num).trim_end())
            };
            self.pairs.push((key, value));
        }
        let sets = table.len();
        if sets <= MANY || self.again >= sets / 4 {
            let set = table.intern_pairs(&mut self.pairs);
            self.again += usize::from(table.len() == sets);
            return Ok(set);
        }
        if sets == MANY + 1 {
            // ProfileIndex that grow step by step are moved again and again. What a profile claims is only believed so far.
            let samples = self.tables.samples.saturating_sub(sample).min(BELIEVED);
            let texts = self.tables.strings_len().min(BELIEVED);
            let bytes = self.tables.strings_bytes().min(64 * BELIEVED);
            table.reserve((texts, bytes), (samples, samples * self.pairs.len().min(8)));
        }
        Ok(table.push_pairs(&mut self.pairs))
    }

    #[inline]
    fn text(
        &mut self,
        index: i64,
        table: &mut LabelTable,
        place: impl Fn() -> String,
    ) -> Result<TextId, DecodeError> {
        match usize::try_from(index).ok().and_then(|at| self.known.get(at)) {
            Some(&known) if known != UNKNOWN => Ok(known),
            _ => self.new_text(index, table, place),
        }
    }

    #[inline(never)]
    fn new_text(
        &mut self,
        index: i64,
        table: &mut LabelTable,
        place: impl Fn() -> String,
    ) -> Result<TextId, DecodeError> {
        let text = self.tables.text(index, place)?;
        // All controls but the C1 ones are single bytes, and few texts have others than ASCII at all.
        let plain = text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        if !plain && text.chars().any(char::is_control) {
            self.once("a label holds control characters; they are shown escaped".to_owned());
        }
        if text == "pprof::base" {
            let told = "a sample carries pprof's own label pprof::base, which would turn its sign; ignored";
            self.once(told.to_owned());
        }
        let id = table.intern_text(&text);
        self.known.resize(self.tables.strings_len(), UNKNOWN);
        if let Some(known) = usize::try_from(index).ok().and_then(|at| self.known.get_mut(at)) {
            *known = id;
        }
        Ok(id)
    }
}
