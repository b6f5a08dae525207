//! The heap that the goroutines of a row hold: live bytes whose allocation shares a function with them. Always an estimate.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::group::ColumnHeap;
use crate::model::FunctionId;
use crate::series::Row;
use crate::series::Series;

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

/// The heap that the goroutines of a row hold, by the last heap profile; `None` if there is none, or if nothing shares a function
/// with them.
///
/// Go's heap profile records who allocated, not who holds. A goroutine's own allocations are under its entry function; memory that was
/// passed to it is under the function that started it. Both are counted, each byte once.
pub fn heap_held(series: &Series, row: &Row) -> Option<HeapHeld> {
    heap_held_by_all(series, &[row])
}

/// The heap that several rows hold together. Bytes that two of them share count once.
pub(super) fn heap_held_by_all(series: &Series, rows: &[&Row]) -> Option<HeapHeld> {
    let by_stack = series.by.is_by_stack();
    let wanted: Vec<FunctionId> = rows
        .iter()
        .flat_map(|row| {
            let entry = row.stack.last(&series.names).filter(|_| !row.stack.cut).map(|frame| frame.function);
            let spawn = row.facts.spawn_site(by_stack).map(|fact| fact.value.function);
            entry.into_iter().chain(spawn)
        })
        .collect();
    let last = series.columns.last()?.heap.as_ref()?;
    let (bytes, allocated_at) = bytes_below(last, &wanted);
    let allocated_at = allocated_at.map(|function| series.names.function_name(function).to_owned());
    (bytes > 0).then(|| HeapHeld { bytes, allocated_at, each: bytes_each(series, rows, &wanted) })
}

/// The bytes of stacks with one of the functions, and the leaf that allocated most of them.
fn bytes_below(heap: &ColumnHeap, wanted: &[FunctionId]) -> (i128, Option<FunctionId>) {
    let mut sum = 0;
    let mut leaves: BTreeMap<FunctionId, i128> = BTreeMap::new();
    for (functions, bytes) in &heap.stacks {
        if !functions.iter().any(|function| wanted.contains(function)) {
            continue;
        }
        sum += i128::from(*bytes);
        if let Some(leaf) = functions.first() {
            *leaves.entry(*leaf).or_default() += i128::from(*bytes);
        }
    }
    let largest = leaves.into_iter().max_by_key(|(leaf, bytes)| (*bytes, Reverse(*leaf)));
    (sum, largest.map(|(leaf, _)| leaf))
}

/// The linear regression of bytes on counts over the series: bytes per goroutine and R².
fn bytes_each(series: &Series, rows: &[&Row], wanted: &[FunctionId]) -> Option<(f64, f64)> {
    let count_at = |at: usize| rows.iter().filter_map(|row| row.counts.get(at)).sum::<i128>() as f64;
    let points: Vec<(f64, f64)> = (0..)
        .zip(&series.columns)
        .filter_map(|(at, column)| Some((count_at(at), bytes_below(column.heap.as_ref()?, wanted).0 as f64)))
        .collect();
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
