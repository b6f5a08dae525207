//! The output of `go tool pprof` for a goroutine profile: `-traces` (stacks) and `-top` (functions only).

use super::DecodeError;
use super::Limits;
use super::text::Text;
use crate::model::BlockedOn;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::Truncation;
use crate::model::Warning;

/// Decodes `-traces`: one block for each stack, with a count before the leaf; `None` if the text is something else.
pub(super) fn decode_traces(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let mut profile = Profile::new(Form::PprofTraces, Kind::Goroutine);
    let mut frames: Vec<Frame> = Vec::new();
    let mut count = None;
    let mut ruled = false;
    for line in text.lines() {
        let line = line.text.trim();
        if line.starts_with("-----------+---") {
            ruled = true;
            close(&mut profile, &mut frames, &mut count);
            limits.check_rows(profile.samples.len())?;
            continue;
        }
        if !ruled {
            if let Some(kind) = line.strip_prefix("Type: ") {
                if kind == "goroutineleak" {
                    profile.kind = Kind::GoroutineLeak;
                } else if kind != "goroutine" {
                    let kind = kind.escape_debug();
                    return Err(DecodeError::other_kind(format!("traces of a {kind} profile"), None));
                }
            }
            continue;
        }
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let mut name = line;
        if let (None, Ok(number)) = (count, first.parse::<i64>()) {
            (count, name) = (Some(number), rest.trim());
        }
        if count.is_some() && !name.is_empty() {
            let function = profile.symbols.intern_function(name.trim_end_matches(" (inline)"));
            frames.push(Frame { function, file: FileId::NONE, line: 0 });
        }
    }
    close(&mut profile, &mut frames, &mut count);
    Ok((!profile.samples.is_empty()).then_some(profile))
}

fn close(profile: &mut Profile, frames: &mut Vec<Frame>, count: &mut Option<i64>) {
    if let Some(count) = count.take() {
        add(profile, frames, count);
    }
    frames.clear();
}

fn add(profile: &mut Profile, frames: &[Frame], count: i64) {
    let frames: Vec<FrameId> = frames.iter().map(|frame| profile.stacks.intern_frame(*frame)).collect();
    let stack = profile.stacks.intern(&frames, Truncation::default());
    profile.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count });
}

/// Decodes `-top`: each function with the number of goroutines that have it in their stacks; `None` if the text is
/// something else. Rows overlap, which a warning states.
pub(super) fn decode_top(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let mut profile = Profile::new(Form::PprofTop, Kind::Goroutine);
    let mut in_table = false;
    for line in text.lines() {
        let line = line.text.trim();
        if let Some(total) = line.strip_suffix(" total").and_then(|line| line.rsplit(' ').next()) {
            profile.declared_total = profile.declared_total.or(total.parse().ok());
        }
        if line.split_whitespace().eq(["flat", "flat%", "sum%", "cum", "cum%"]) {
            in_table = true;
            continue;
        }
        let mut columns = line.split_whitespace();
        let row = (|| {
            columns.next()?.parse::<i64>().ok()?;
            let percents = [columns.next()?, columns.next()?];
            let cumulative: i64 = columns.next()?.parse().ok()?;
            let percents = percents.into_iter().chain(columns.next());
            (percents.filter(|it| it.ends_with('%')).count() == 3).then_some(cumulative)
        })();
        if let (true, Some(cumulative)) = (in_table, row) {
            let name: Vec<&str> =
                columns.filter(|word| *word != "(inline)" && *word != "(partial-inline)").collect();
            let function = profile.symbols.intern_function(&name.join(" "));
            add(&mut profile, &[Frame { function, file: FileId::NONE, line: 0 }], cumulative);
            limits.check_rows(profile.samples.len())?;
        }
    }
    if profile.samples.is_empty() {
        return Ok(None);
    }
    infer_waits(&mut profile);
    let text = "a list of functions, not of stacks: one goroutine is counted at each function of its stack, so counts overlap";
    profile.warnings.push(Warning::note(text));
    Ok(Some(profile))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_must_overlap() {
        let check = |sends: i64, expected: &[Option<BlockedOn>]| {
            let list = format!(
                "Showing nodes accounting for 1000, 100% of 1000 total\n      flat  flat%   sum%        cum   cum%\n      \
                 1000   100%   100%       1000   100%  runtime.gopark\n         0     0%   100%        900 90.00%  main.send\n         \
                 0     0%   100%         50  5.00%  main.few\n         0     0%   100%        {sends} 99.00%  runtime.chansend\n"
            );
            let text = Text::new(list.as_bytes()).expect("it is text");
            let profile = decode_top(&text, &Limits::default()).expect("it is a list").expect("it has rows");
            let found: Vec<Option<BlockedOn>> =
                profile.samples_with_details().map(|it| it.inferred_wait()).collect();
            assert_eq!(found, expected, "{sends}");
        };
        let send = Some(BlockedOn::ChannelSend);
        check(990, &[send, send, None, send]);
        check(800, &[None, None, None, None]);
        check(1001, &[None, None, None, None]);
    }
}
