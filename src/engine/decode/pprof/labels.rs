//! The labels of samples.

use super::super::DecodeError;
use super::super::limits::LABELS;
use super::index::ProfileIndex;
use super::stacks::Dedup;
use super::stacks::MIN_MISSES;
use super::wire;
use crate::model::LabelSetId;
use crate::model::LabelTable;
use crate::model::TextId;
use crate::model::Warning;

pub(super) const MAX_WARNINGS: usize = 16;

/// A string that was not interned yet.
const NOT_INTERNED: TextId = TextId(u32::MAX);

/// The maximum number of texts or sets that capacity is reserved for, whatever the profile claims.
const MAX_RESERVED: usize = 1 << 20;

/// Reads labels. Each string is unescaped and interned once.
pub(super) struct LabelReader<'a> {
    profile: &'a ProfileIndex<'a>,
    /// The text of each entry of the string table, or [`NOT_INTERNED`].
    texts: Vec<TextId>,
    pairs: Vec<(TextId, TextId)>,
    dedup: Dedup,
    pub(super) warnings: Vec<Warning>,
}

impl<'a> LabelReader<'a> {
    pub(super) fn new(profile: &'a ProfileIndex<'a>) -> Self {
        let (texts, pairs, dedup, warnings) = (Vec::new(), Vec::new(), Dedup::default(), Vec::new());
        LabelReader { profile, texts, pairs, dedup, warnings }
    }

    fn warn_once(&mut self, text: String) {
        if !self.warnings.iter().any(|it| it.text == text) && self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning::note(text));
        }
    }

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
            let text = format!("sample[{sample}] has more than {LABELS} labels; the first {LABELS} are kept");
            self.warn_once(text);
        }
        self.pairs.clear();
        for (index, label) in labels.iter().take(LABELS).enumerate() {
            if label.str != 0 && label.num != 0 {
                self.warn_once("a label has a text and a number; the text is kept".to_owned());
            }
            let place = || format!("sample[{sample}].label[{index}]");
            let key = self.text(label.key, table, place)?;
            // Go writes no numbers, but other writers do, with a unit.
            let value = if label.str != 0 || label.num == 0 {
                self.text(label.str, table, place)?
            } else {
                let unit = self.profile.strings.get(label.num_unit, place)?;
                table.intern_text(format!("{} {unit}", label.num).trim_end())
            };
            self.pairs.push((key, value));
        }
        let sets = table.sets_len();
        if !self.dedup.pays() {
            return Ok(table.push_pairs(&mut self.pairs));
        }
        let set = table.intern_pairs(&mut self.pairs);
        if table.sets_len() == sets {
            self.dedup.record_hit();
        } else {
            self.dedup.record_miss();
            if sets == MIN_MISSES && !self.dedup.pays() {
                self.reserve(sample, table);
            }
        }
        Ok(set)
    }

    /// Reserves capacity for the labels of all remaining samples, if each seems to have a set of its own: growing step
    /// by step would copy the tables again and again.
    fn reserve(&self, sample: usize, table: &mut LabelTable) {
        let samples = self.profile.samples.saturating_sub(sample).min(MAX_RESERVED);
        let texts = self.profile.strings.len().min(MAX_RESERVED);
        let bytes = self.profile.strings.total_bytes().min(64 * MAX_RESERVED);
        table.reserve((texts, bytes), (samples, samples * self.pairs.len().min(8)));
    }

    #[inline]
    fn text(
        &mut self,
        index: i64,
        table: &mut LabelTable,
        place: impl Fn() -> String,
    ) -> Result<TextId, DecodeError> {
        match usize::try_from(index).ok().and_then(|at| self.texts.get(at)) {
            Some(&text) if text != NOT_INTERNED => Ok(text),
            _ => self.intern_text(index, table, place),
        }
    }

    #[inline(never)]
    fn intern_text(
        &mut self,
        index: i64,
        table: &mut LabelTable,
        place: impl Fn() -> String,
    ) -> Result<TextId, DecodeError> {
        let text = self.profile.strings.get(index, place)?;
        // Nearly all texts are printable ASCII, which is found out without decoding characters.
        let is_printable_ascii = text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        if !is_printable_ascii && text.chars().any(char::is_control) {
            self.warn_once("a label has control characters; they are shown escaped".to_owned());
        }
        if text == "pprof::base" {
            let text = "a sample has pprof's own label pprof::base, which would negate its count; ignored";
            self.warn_once(text.to_owned());
        }
        let id = table.intern_text(&text);
        self.texts.resize(self.profile.strings.len(), NOT_INTERNED);
        if let Some(known) = usize::try_from(index).ok().and_then(|at| self.texts.get_mut(at)) {
            *known = id;
        }
        Ok(id)
    }
}
