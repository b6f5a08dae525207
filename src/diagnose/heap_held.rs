//! The heap that the goroutines of a row hold: live bytes whose allocation shares a function with them. Always an estimate.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::FunctionId;
use crate::series::Row;
use crate::series::Series;

use super::heap_shares::HeapShare;
use super::heap_shares::HeapShares;

/// The smallest size of a goroutine's stack, in bytes (`runtime/stack.go`, `stackMin`).
pub const STACK_MIN: i128 = 2048;

const MIN_SNAPSHOTS: usize = 4;
/// The smallest coefficient of determination (R²) with which bytes per goroutine are stated.
const MIN_FIT: f64 = 0.9;

/// An estimate of the heap that a row holds.
#[derive(Clone, Debug, PartialEq)]
pub struct HeapHeld {
    /// Total live bytes in the last snapshot.
    pub bytes: i128,
    /// The name of the function that allocated most of them; `None` if the stacks of the heap profile are empty.
    pub allocated_at: Option<String>,
    /// Bytes per additional goroutine with R² of the linear regression; `None` if the series is too short or the fit is poor.
    pub each: Option<(f64, f64)>,
}

/// The heap that several rows hold together, by the last heap profile; `None` if there is none, or if nothing is attributed to them. No
/// byte is attributed to two rows.
pub fn heap_held(series: &Series, shares: &HeapShares, rows: &[&Row]) -> Option<HeapHeld> {
    let last = shares.columns.len().checked_sub(1)?;
    if shares.columns.last() != series.columns.len().checked_sub(1).as_ref() {
        return None;
    }
    let held: Vec<&HeapShare> = rows.iter().filter_map(|row| shares.of(row)).collect();
    let bytes_at = |at: usize| held.iter().filter_map(|share| share.bytes.get(at)).sum::<i128>();
    let mut allocators: BTreeMap<FunctionId, i128> = BTreeMap::new();
    for (allocator, bytes) in held.iter().flat_map(|share| &share.allocators) {
        *allocators.entry(*allocator).or_default() += bytes;
    }
    let largest = allocators.into_iter().max_by_key(|(allocator, bytes)| (*bytes, Reverse(*allocator)));
    let allocated_at = largest.map(|(allocator, _)| series.names.function_name(allocator).to_owned());
    let count_at = |column: usize| rows.iter().filter_map(|row| row.counts.get(column)).sum::<i128>() as f64;
    let points =
        shares.columns.iter().enumerate().map(|(at, column)| (count_at(*column), bytes_at(at) as f64));
    let bytes = bytes_at(last);
    (bytes > 0).then(|| HeapHeld { bytes, allocated_at, each: bytes_each(&points.collect::<Vec<_>>()) })
}

/// The linear regression of bytes on counts over the series: bytes per goroutine and R².
fn bytes_each(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    if points.len() < MIN_SNAPSHOTS {
        return None;
    }
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|it| it.0), mean(|it| it.1));
    let sum = |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|(a, b)| of(a - x, b - y)).sum::<f64>();
    let (xx, yy, xy) = (sum(&|a, _| a * a), sum(&|_, b| b * b), sum(&|a, b| a * b));
    if xx <= 0.0 || yy <= 0.0 {
        return None;
    }
    let (slope, fit) = (xy / xx, xy * xy / (xx * yy));
    (slope > 0.0 && fit >= MIN_FIT).then_some((slope, fit))
}
