//! Heap profiles: live memory by the stack that allocated it.

use std::sync::atomic::AtomicUsize;

use super::super::DecodeError;
use super::super::Limits;
use super::index::ProfileIndex;
use super::locations::Locations;
use super::stacks::StackDecoder;
use crate::model::Allocation;
use crate::model::HeapProfile;

/// Decodes a heap profile. Stacks without live memory are left out.
pub(super) fn decode(
    profile: &ProfileIndex<'_>,
    types: &[(String, String)],
    limits: &Limits,
) -> Result<HeapProfile, DecodeError> {
    let column = |name: &str| types.iter().position(|(kind, _)| kind == name);
    let (bytes, objects) = (column("inuse_space"), column("inuse_objects"));
    let time_nanos = profile.metadata.time_nanos;
    let taken_at = (time_nanos > 0).then_some(time_nanos);
    let mut heap = HeapProfile { taken_at, ..HeapProfile::default() };
    let locations = Locations::new(profile, &mut heap.symbols, &mut heap.stacks, limits)?;
    let total_frames = AtomicUsize::new(0);
    let mut stacks = StackDecoder::new(profile, profile.samples, &locations, &total_frames);
    profile.read_samples(0..profile.samples, limits, |index, sample| {
        let value =
            |column: Option<usize>| column.and_then(|at| sample.message.value.get(at)).copied().unwrap_or(0);
        let (bytes, objects) = (value(bytes), value(objects));
        if bytes == 0 {
            return stacks.check_uncounted(index, sample, limits);
        }
        let stack = stacks.decode(index, sample, limits)?;
        heap.allocations.push(Allocation { stack, bytes, objects });
        Ok(())
    })?;
    stacks.flush_frame_count(limits)?;
    heap.stacks.append(stacks.stacks);
    heap.stacks.shrink_to_fit();
    Ok(heap)
}
