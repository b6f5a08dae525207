//! When the process reaches a limit that the user set, if it keeps growing at the same rate. Always inferred.

use std::collections::BTreeSet;

use crate::model::Kind;
use crate::series::Row;
use crate::series::Series;
use crate::text::words;

use super::heap_held::STACK_MIN;
use super::heap_held::heap_held;
use super::heap_shares::HeapShares;

/// Limits of the whole process, as the user set them. `None` means no forecast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ForecastLimits {
    /// Goroutines.
    pub goroutines: Option<u64>,
    /// Bytes of live heap and stacks.
    pub memory: Option<u64>,
}

words! {
    /// A resource that has a limit.
    pub enum Resource {
        /// Goroutines of the process.
        Goroutines = "goroutines",
        /// Bytes of live heap, plus the smallest stack for each goroutine. The process needs more than that.
        Memory = "memory",
    }
}

/// A limit, and when it is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// The resource that is limited.
    pub resource: Resource,
    /// Goroutines, or bytes.
    pub limit: u64,
    /// Whether and when it is reached.
    pub outcome: ForecastOutcome,
}

/// Whether and when a limit is reached. Amounts are goroutines or bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ForecastOutcome {
    /// It is reached already.
    Reached {
        /// In the last snapshot.
        now: i128,
    },
    /// It will be reached.
    Reaches {
        /// In the last snapshot.
        now: i128,
        /// Gain per hour.
        per_hour: f64,
        /// Hours from the last snapshot on.
        hours: f64,
    },
    /// No forecast is possible.
    Unknown(Unknown),
}

/// Why there is no forecast, as a sentence fragment.
pub type Unknown = &'static str;

/// The forecast for each limit, from the growth of these rows together.
///
/// Only rows with the verdict `growing` count, by their Theil-Sen slope, and only if its 90 % confidence interval is above 0: two or
/// three counts give no forecast. `heap` is what the rows hold.
pub fn forecast(
    series: &Series,
    heap: &HeapShares,
    rows: &BTreeSet<usize>,
    limits: &ForecastLimits,
) -> Vec<Forecast> {
    let rows: Vec<&Row> = rows.iter().filter_map(|row| series.rows.get(*row)).collect();
    let growth = growth(series, &rows);
    let growth = growth.as_ref().map_err(|why| *why);
    let goroutines = limits.goroutines.map(|limit| {
        let outcome = outcome(limit, goroutines_now(series), growth.map(|(_, per_hour)| *per_hour));
        Forecast { resource: Resource::Goroutines, limit, outcome }
    });
    let memory = limits.memory.map(|limit| {
        let per_hour =
            growth.and_then(|(rows, per_hour)| Ok(per_hour * bytes_per_goroutine(series, heap, rows)?));
        Forecast { resource: Resource::Memory, limit, outcome: outcome(limit, memory_now(series), per_hour) }
    });
    goroutines.into_iter().chain(memory).collect()
}

fn outcome(limit: u64, now: Result<i128, Unknown>, per_hour: Result<f64, Unknown>) -> ForecastOutcome {
    match (now, per_hour) {
        (Ok(now), _) if now >= i128::from(limit) => ForecastOutcome::Reached { now },
        (Ok(now), Ok(per_hour)) => {
            let hours = (i128::from(limit) - now) as f64 / per_hour;
            ForecastOutcome::Reaches { now, per_hour, hours }
        }
        (Err(why), _) | (Ok(_), Err(why)) => ForecastOutcome::Unknown(why),
    }
}

fn goroutines_now(series: &Series) -> Result<i128, Unknown> {
    let last = series.columns.last().ok_or("there is no snapshot")?;
    if last.kind == Kind::GoroutineLeak || last.is_delta || last.unexpected_unit {
        return Err("the last snapshot does not count all goroutines");
    }
    if last.incomplete {
        return Err("the last snapshot could not be read whole");
    }
    Ok(last.in_all)
}

/// Bytes of live heap, plus the smallest stack for each goroutine.
fn memory_now(series: &Series) -> Result<i128, Unknown> {
    let goroutines = goroutines_now(series)?;
    let heap = series.columns.last().and_then(|column| column.heap.as_ref());
    let heap = heap.ok_or("there is no heap profile of the last snapshot")?;
    let live: i128 = heap.stacks.iter().map(|(_, bytes)| i128::from(*bytes)).sum();
    Ok(live + goroutines * STACK_MIN)
}

/// Rows that grow at a known rate, and the sum of their rates per hour.
type Growth<'a> = (Vec<&'a Row>, f64);

fn growth<'a>(series: &Series, rows: &[&'a Row]) -> Result<Growth<'a>, Unknown> {
    let growing: Vec<&Row> = rows.iter().copied().filter(|row| row.is_growing()).collect();
    if growing.is_empty() {
        return Err(match series.columns.len() {
            0 | 1 => "one snapshot has no rate",
            _ if !series.by.is_by_stack() => "only stacks are judged",
            _ => "nothing is sure to grow",
        });
    }
    let rate = |row: &Row| row.growth.as_ref().and_then(|it| it.per_hour.zip(it.per_hour_range));
    if growing.iter().all(|row| rate(row).is_none()) {
        return Err("the snapshots have no times, or not in order");
    }
    let certain = growing.into_iter().filter_map(|row| {
        let (median, (low, _)) = rate(row)?;
        (median > 0.0 && low > 0.0).then_some((row, median))
    });
    let (rows, rates): (Vec<&Row>, Vec<f64>) = certain.unzip();
    let per_hour: f64 = rates.iter().sum();
    if per_hour > 0.0 { Ok((rows, per_hour)) } else { Err("the rate is too uneven to go by") }
}

/// Bytes per additional goroutine: the estimated heap plus the smallest stack.
fn bytes_per_goroutine(series: &Series, heap: &HeapShares, rows: &[&Row]) -> Result<f64, Unknown> {
    let held = heap_held(series, heap, rows)
        .ok_or("the heap profile shows nothing that the growing goroutines hold")?;
    let count = rows.iter().map(|row| row.count()).sum::<i128>().max(1);
    let heap = held.each.map_or(held.bytes as f64 / count as f64, |(each, _)| each);
    Ok(heap + STACK_MIN as f64)
}
