//! When growth takes the process to a limit that the user names, if it goes on as it did. Always inferred.

use std::collections::BTreeSet;

use crate::model::Kind;
use crate::series::Row;
use crate::series::Series;

use super::heap_held::STACK_MIN;
use super::heap_held::heap_held_by_all;

/// Limits of the whole process, as the user names them. `None` is not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutlookLimits {
    /// Goroutines.
    pub goroutines: Option<u64>,
    /// Bytes of live heap and of stacks.
    pub memory: Option<u64>,
}

/// What a limit is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Goroutines of the process.
    Goroutines,
    /// Bytes of live heap and of the smallest stacks, which is less than the process takes.
    Memory,
}

impl Resource {
    /// The word for JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Resource::Goroutines => "goroutines",
            Resource::Memory => "memory",
        }
    }
}

/// A limit, and when it is reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// What the limit is of.
    pub resource: Resource,
    /// Goroutines, or bytes.
    pub limit: u64,
    /// What becomes of it.
    pub course: Course,
}

/// What becomes of a limit. Amounts are goroutines, or bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Course {
    /// The process has reached it.
    Reached {
        /// In the last moment.
        now: i128,
    },
    /// Growth takes the process there.
    Reaches {
        /// In the last moment.
        now: i128,
        /// Gained in an hour.
        per_hour: f64,
        /// From the last moment on.
        hours: f64,
    },
    /// Nothing can be said: why.
    Unknown(&'static str),
}

/// What the growth of these rows together makes of each limit.
///
/// Only rows that are `growing` count, by the median slope of their verdict, and only where nine times in ten that slope is
/// above 0: what two or three counts show has no outlook.
pub fn outlook(series: &Series, rows: &BTreeSet<usize>, limits: &OutlookLimits) -> Vec<Outlook> {
    let rows: Vec<&Row> = rows.iter().filter_map(|row| series.rows.get(*row)).collect();
    let growth = growth(series, &rows);
    let goroutines = limits.goroutines.map(|limit| {
        let per_hour = growth.as_ref().map(|it| it.per_hour).map_err(|why| *why);
        Outlook {
            resource: Resource::Goroutines,
            limit,
            course: course(limit, goroutines_now(series), per_hour),
        }
    });
    let memory = limits.memory.map(|limit| {
        let per_hour = match &growth {
            Ok(growth) => bytes_each(series, growth).map(|each| growth.per_hour * each),
            Err(why) => Err(*why),
        };
        Outlook { resource: Resource::Memory, limit, course: course(limit, memory_now(series), per_hour) }
    });
    goroutines.into_iter().chain(memory).collect()
}

/// A figure, or why there is none.
type Told<T> = Result<T, &'static str>;

fn course(limit: u64, now: Told<i128>, per_hour: Told<f64>) -> Course {
    match (now, per_hour) {
        (Ok(now), _) if now >= i128::from(limit) => Course::Reached { now },
        (Ok(now), Ok(per_hour)) => {
            Course::Reaches { now, per_hour, hours: (i128::from(limit) - now) as f64 / per_hour }
        }
        (Err(why), _) | (Ok(_), Err(why)) => Course::Unknown(why),
    }
}

fn goroutines_now(series: &Series) -> Told<i128> {
    let last = series.columns.last().ok_or("there is no snapshot")?;
    if last.kind == Kind::GoroutineLeak || last.is_delta || last.unexpected_unit {
        return Err("the last snapshot does not count all goroutines");
    }
    if last.incomplete {
        return Err("the last snapshot could not be read whole");
    }
    Ok(last.in_all)
}

/// Live heap and the smallest stacks.
fn memory_now(series: &Series) -> Told<i128> {
    let goroutines = goroutines_now(series)?;
    let heap = series.columns.last().and_then(|column| column.heap.as_ref());
    let heap = heap.ok_or("there is no heap profile of the last snapshot")?;
    let live: i128 = heap.stacks.iter().map(|(_, bytes)| i128::from(*bytes)).sum();
    Ok(live + goroutines * STACK_MIN)
}

/// Rows that grow at a known rate, and that of all together.
struct Growth<'a> {
    rows: Vec<&'a Row>,
    per_hour: f64,
}

fn growth<'a>(series: &Series, rows: &[&'a Row]) -> Told<Growth<'a>> {
    let growing = rows.iter().copied().filter(|row| row.is_growing());
    let judged: Vec<(&Row, Option<(f64, f64)>)> = growing
        .filter_map(|row| {
            let growth = row.growth.as_ref()?;
            Some((row, growth.per_hour.zip(growth.per_hour_range.map(|(low, _)| low))))
        })
        .collect();
    if judged.is_empty() {
        return Err(match series.columns.len() {
            0 | 1 => "one snapshot has no rate",
            _ if !series.by.is_by_stack() => "only stacks are judged",
            _ => "nothing is sure to grow",
        });
    }
    if judged.iter().all(|(_, rate)| rate.is_none()) {
        return Err("the snapshots have no times, or not in order");
    }
    let sure = judged.iter().filter_map(|(row, rate)| {
        rate.filter(|(median, low)| *median > 0.0 && *low > 0.0).map(|(median, _)| (*row, median))
    });
    let (rows, rates): (Vec<&Row>, Vec<f64>) = sure.unzip();
    let per_hour: f64 = rates.iter().sum();
    if per_hour > 0.0 { Ok(Growth { rows, per_hour }) } else { Err("the rate is too uneven to go by") }
}

/// Bytes that one more goroutine holds: heap by the estimate, and the smallest stack.
fn bytes_each(series: &Series, growth: &Growth<'_>) -> Told<f64> {
    let held = heap_held_by_all(series, &growth.rows)
        .ok_or("the heap profile shows nothing that the growing goroutines hold")?;
    let count = growth.rows.iter().map(|row| row.count()).sum::<i128>().max(1);
    let heap = held.each.map_or(held.bytes as f64 / count as f64, |(each, _)| each);
    Ok(heap + STACK_MIN as f64)
}
