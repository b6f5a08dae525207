//! Heap profiles: what is live, by the stack that allocated it.

use std::sync::atomic::AtomicUsize;

use super::super::DecodeError;
use super::super::Limits;
use super::index::ProfileIndex;
use super::locations::Locations;
use super::sample::RawSample;
use super::stacks::StackDecoder;
use crate::model::Allocation;
use crate::model::HeapProfile;

/// Decodes a heap profile. Stacks of which nothing is live any more are left out.
pub(super) fn decode(
    tables: &ProfileIndex<'_>,
    types: &[(String, String)],
    limits: &Limits,
) -> Result<HeapProfile, DecodeError> {
    let column = |name: &str| types.iter().position(|(kind, _)| kind == name);
    let (bytes, objects) = (column("inuse_space"), column("inuse_objects"));
    let mut heap = HeapProfile {
        taken_at: (tables.time_nanos > 0).then_some(tables.time_nanos),
        ..HeapProfile::default()
    };
    let locations = Locations::new(tables, &mut heap.symbols, &mut heap.stacks, limits)?;
    let total_frames = AtomicUsize::new(0);
    let mut resolver = StackDecoder::new(tables, tables.samples, &locations, &total_frames);
    let mut sample = RawSample::default();
    tables.each_sample(0..tables.samples, |index, extent| {
        tables.read_sample(index, extent, &mut sample, limits)?;
        let value =
            |column: Option<usize>| column.and_then(|column| sample.value.get(column)).copied().unwrap_or(0);
        let (bytes, objects) = (value(bytes), value(objects));
        if bytes == 0 {
            return resolver.pass_over(index, &sample, limits);
        }
        let stack = resolver.stack(index, &sample, limits)?;
        heap.allocations.push(Allocation { stack, bytes, objects });
        Ok(())
    })?;
    resolver.count_all(limits)?;
    heap.stacks.append(resolver.stacks);
    heap.stacks.shrink_to_fit();
    Ok(heap)
}
