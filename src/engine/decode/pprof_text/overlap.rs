//! Rows of functions. A goroutine is counted at each function of its stack, so the counts of rows overlap.

use std::collections::HashMap;

use super::form::FUNCTIONS;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::model::BlockedOn;
use crate::model::Frame;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::Truncation;
use crate::model::Warning;

/// Collects rows.
pub(super) struct Rows {
    pub(super) profile: Profile,
    /// From a frame to its row: a report may be there twice.
    index: HashMap<Frame, usize>,
    /// The goroutines that are at some function's leaf. No goroutine is at two.
    flat: i64,
}

impl Rows {
    pub(super) fn new() -> Self {
        Rows { profile: Profile::new(FUNCTIONS, Kind::Goroutine), index: HashMap::new(), flat: 0 }
    }

    pub(super) fn add(
        &mut self,
        frame: Frame,
        flat: i64,
        cumulative: i64,
        limits: &Limits,
    ) -> Result<(), DecodeError> {
        let Profile { stacks, samples, .. } = &mut self.profile;
        if let Some(known) = self.index.get(&frame).and_then(|at| samples.get_mut(*at)) {
            known.count = known.count.max(cumulative);
            return Ok(());
        }
        self.flat = self.flat.saturating_add(flat);
        self.index.insert(frame, samples.len());
        let id = stacks.intern_frame(frame);
        let stack = stacks.intern(&[id], Truncation::default());
        samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: cumulative });
        limits.check_rows(samples.len())
    }

    /// The profile with its total: the one that is declared, otherwise the least that the rows need. `None` without rows.
    pub(super) fn finish(mut self, declared: Option<i64>) -> Option<Profile> {
        let most = self.profile.samples.iter().map(|sample| sample.count).max()?;
        let profile = &mut self.profile;
        profile.declared_total = declared.map(i128::from);
        profile.total_of_overlapping = Some(declared.unwrap_or(most.max(self.flat)));
        profile.is_delta = profile.samples.iter().any(|sample| sample.count < 0);
        infer_waits(profile);
        let text = "a list of functions, not of stacks: one goroutine is counted at each function of its stack, so counts overlap";
        profile.warnings.push(Warning::note(text));
        if declared.is_none() {
            let text = "the line with the total (\"Showing nodes accounting for ...\") is missing: there are at least as many goroutines as shown";
            profile.warnings.push(Warning::note(text));
        }
        Some(self.profile)
    }
}

/// Functions of the runtime in which goroutines wait, and what for.
const WAITS: [(&str, BlockedOn); 4] = [
    ("runtime.chanrecv", BlockedOn::ChannelReceive),
    ("runtime.chansend", BlockedOn::ChannelSend),
    ("runtime.netpollblock", BlockedOn::Network),
    ("runtime.selectgo", BlockedOn::Select),
];

/// Infers what the rows wait for, if nearly all goroutines wait in one function. If `m` of `total` goroutines wait there
/// and a row has `n`, at least `m + n - total` of the row do. The wait is inferred if that is at least 90 % of the row.
fn infer_waits(profile: &mut Profile) {
    let Some(total) = profile.declared_total else { return };
    // The counts of a difference are changes, from which nothing can be inferred.
    if profile.samples.iter().any(|it| it.count < 0 || i128::from(it.count) > total) {
        return;
    }
    let waits = profile.samples.iter().filter_map(|sample| {
        let frame = profile.stacks.frames(sample.stack).next()?;
        let name = profile.symbols.function(frame.function);
        let (_, blocked_on) = WAITS.iter().find(|(known, _)| *known == name)?;
        Some((i128::from(sample.count), *blocked_on))
    });
    let Some((most, blocked_on)) = waits.max_by_key(|(count, _)| *count) else { return };
    let detail = |sample: &Sample| {
        let count = i128::from(sample.count);
        let is_sure = count > 0 && (most + count - total) * 10 >= count * 9;
        SampleDetail { inferred_wait: is_sure.then_some(blocked_on), ..SampleDetail::default() }
    };
    profile.details = profile.samples.iter().map(detail).collect();
}
