//! Heap profiles as text (`/debug/pprof/heap?debug=1`): live memory by the stack that allocated it.
//!
//! Go writes the sampled values (`runtime/pprof/pprof.go`, `writeHeapInternal`). They are scaled here as Go scales them
//! for the protobuf form (`runtime/pprof/protomem.go`, `scaleHeapSample`).

use super::DecodeError;
use super::Limits;
use super::count_text::frame;
use super::count_text::frames_before;
use super::text::Text;
use crate::model::Allocation;
use crate::model::FrameId;
use crate::model::HeapProfile;
use crate::model::Truncation;
use crate::model::Warning;

/// Decodes a heap profile; `None` if the text is not one.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<HeapProfile>, DecodeError> {
    let mut lines = text.lines().filter(|line| !line.text.trim().is_empty());
    let Some(head) = lines.next().and_then(|line| line.text.trim().strip_prefix("heap profile: ")) else {
        return Ok(None);
    };
    let mut heap = HeapProfile { warnings: text.warnings.clone(), ..HeapProfile::default() };
    // The header states twice the sampling rate; other writers state none.
    let rate =
        head.rsplit_once("heap/").and_then(|(_, rate)| rate.trim().parse::<u64>().ok()).unwrap_or(0) / 2;
    let (mut open, mut frames, mut is_complete) = (None, Vec::new(), false);
    for line in lines {
        let line_text = line.text.trim();
        if line_text.starts_with("# runtime.MemStats") {
            is_complete = true;
            break;
        }
        if let Some(values) = record(line_text) {
            close(&mut heap, &mut open, &mut frames, rate);
            limits.check_rows(heap.allocations.len())?;
            open = Some(values);
        } else if let Some(shown) = frame(line_text).filter(|_| open.is_some())
            && let Some(frame) = shown.intern(&mut heap.symbols, &mut heap.stacks)
        {
            limits.check_depth(frames.len() + 1, || frames_before(line.number))?;
            frames.push(frame);
        }
    }
    close(&mut heap, &mut open, &mut frames, rate);
    if !is_complete {
        heap.warnings.push(Warning::loss("the input is truncated: the statistics at its end are missing"));
    }
    Ok(Some(heap))
}

/// `6: 41072 [11: 1233136] @ 0x489eda`: live objects and bytes, and those ever allocated.
fn record(line: &str) -> Option<(i64, i64)> {
    let (values, _) = line.split_once(" @")?;
    let (live, _) = values.split_once(" [")?;
    let (objects, bytes) = live.split_once(": ")?;
    Some((objects.parse().ok()?, bytes.parse().ok()?))
}

fn close(heap: &mut HeapProfile, open: &mut Option<(i64, i64)>, frames: &mut Vec<FrameId>, rate: u64) {
    if let Some((objects, bytes)) = open.take().filter(|(_, bytes)| *bytes >= 0) {
        let stack = heap.stacks.intern(frames, Truncation::default());
        let (objects, bytes) = scaled(objects, bytes, rate);
        heap.allocations.push(Allocation { stack, bytes, objects });
    }
    frames.clear();
}

/// Estimates the live objects and bytes from sampled ones: a sampled large object represents little more than itself, a
/// small one many others.
fn scaled(objects: i64, bytes: i64, rate: u64) -> (i64, i64) {
    if objects <= 0 || rate <= 1 {
        return (objects, bytes);
    }
    let average = bytes as f64 / objects as f64;
    let scale = 1.0 / (1.0 - libm::exp(-average / rate as f64));
    ((objects as f64 * scale) as i64, (bytes as f64 * scale) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncation_is_reported() {
        let whole = "heap profile: 1: 16 [1: 16] @ heap/8\n1: 16 [1: 16] @ 0x3\n#\t0x3\tmain.f+0x1\t/f.go:3\n\n# runtime.MemStats\n";
        let warnings = |text: &str| {
            let text = Text::new(text.as_bytes()).expect("it is text");
            decode(&text, &Limits::default()).expect("it is within limits").map(|it| it.warnings.len())
        };
        assert_eq!((warnings(whole), warnings(whole.split_at(60).0)), (Some(0), Some(1)));
    }
}
