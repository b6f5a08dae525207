//! Counts as text (`debug=1`), complete or pasted: without a header, without `#`, with blanks instead of tabs.
//!
//! Source: `runtime/pprof/pprof.go`, `printCountProfile` and `printStackRecord`.

mod frame;
mod inferred_leaf;
mod record;

use super::DecodeError;
use super::Limits;
use super::limits::LABELS;
use super::text::Text;
use super::traceback;
use crate::model::Form;
use crate::model::FrameId;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::Truncation;
use crate::model::Warning;
use crate::text::pluralize;
use inferred_leaf::HiddenLeaf;
use record::Record;
use record::RecordHead;
use record::labels;
use record::other_record;
use record::record;

pub(super) use frame::frame;
pub(super) use frame::frames_before;

/// The error for a text profile of another kind; `None` if the text is not one.
pub(super) fn other_kind(text: &Text<'_>) -> Option<DecodeError> {
    let mut lines = text.lines().map(|line| line.text.trim());
    let first = lines.find(|line| !line.is_empty() && !line.starts_with("```"))?;
    let what = match first.split_once(" profile: total ") {
        _ if first.starts_with("--- contention") => "a block profile as text".to_owned(),
        _ if first.starts_with("--- mutex") => "a mutex profile as text".to_owned(),
        Some(("goroutine" | "goroutineleak", _)) | None => return None,
        Some((kind, _)) => format!("a {} profile as text", kind.escape_debug()),
    };
    Some(DecodeError::other_kind(what, Some("fetch /debug/pprof/goroutine")))
}

pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let mut reader = Reader {
        profile: Profile::new(Form::COUNT_TEXT, Kind::Goroutine),
        has_header: false,
        open: None,
        frames: Vec::new(),
        hidden: Vec::new(),
        cut_line: false,
        bad_labels: 0,
        has_control_characters: false,
        max_labels: 0,
        frameless: 0,
        countless: 0,
        other: None,
    };
    for line in text.lines() {
        reader.line(line.text, line.number, limits)?;
    }
    let is_cut = reader.is_cut_at_end_of(text);
    reader.close();
    let hidden = inferred_leaf::infer(&reader.hidden).into_iter();
    reader.profile.details =
        hidden.map(|inferred_wait| SampleDetail { inferred_wait, ..SampleDetail::default() }).collect();
    let Reader { mut profile, has_header, countless, .. } = reader;
    if let Some(what) = reader.other.filter(|_| profile.samples.len() == countless) {
        return Err(DecodeError::other_kind(what, Some("fetch /debug/pprof/goroutine")));
    }
    if profile.samples.is_empty() && !has_header {
        return Ok(None);
    }
    let empty_proof = profile.kind == Kind::GoroutineLeak && profile.declared_total == Some(0);
    if profile.samples.is_empty() && !empty_proof {
        if text.lines().any(|line| traceback::is_header(line.trimmed(limits))) {
            return Ok(None);
        }
        let why = "no record follows the header".to_owned();
        return Err(DecodeError::NoGoroutine { form: "a text of counts", why });
    }
    if profile.samples.iter().any(|sample| sample.count < 0) {
        return Err(DecodeError::invalid("text of counts", "a count is negative"));
    }
    profile.warnings.splice(0..0, text.warnings.iter().cloned());
    let read = profile.total();
    if let Some(declared_total) = profile.declared_total
        && declared_total != read
    {
        let text = format!("the header declares {declared_total} goroutines, the records have {read}");
        profile.warnings.push(Warning::loss(text));
    }
    if is_cut {
        let text = "the input is truncated inside its last record, whose outermost frames are missing";
        profile.warnings.push(Warning::loss(text));
    } else if reader.cut_line {
        profile.warnings.push(Warning::loss("the input is truncated inside its last line, which is ignored"));
    }
    if let Some(what) = reader.other {
        profile.warnings.push(Warning::note(format!("the text also has {what}, which is not read")));
    }
    if countless > 0 {
        let stacks = pluralize(countless as i128, "stack");
        let text = format!("{stacks} without the line that counts the goroutines: each is counted as one");
        profile.warnings.push(Warning::loss(text));
    }
    let mut note = |text: String| profile.warnings.push(Warning::note(text));
    if reader.bad_labels > 0 {
        let lines = pluralize(i128::from(reader.bad_labels), "line");
        note(format!("{lines} of labels could not be parsed, ignored"));
    }
    if reader.max_labels > LABELS {
        note(format!("a record has {} labels; of each the first {LABELS} are kept", reader.max_labels));
    }
    if reader.has_control_characters {
        note("a label has control characters; they are shown escaped".to_owned());
    }
    if reader.frameless > 0 {
        let records = pluralize(i128::from(reader.frameless), "record");
        note(format!("{records} without frames: counted, but their stacks are unknown"));
    }
    Ok(Some(profile))
}

/// `goroutine profile: total 5`: the kind, and the text of the total.
fn header(line: &str) -> Option<(Kind, &str)> {
    let (kind, rest) = match line.strip_prefix("goroutineleak") {
        Some(rest) => (Kind::GoroutineLeak, rest),
        None => (Kind::Goroutine, line.strip_prefix("goroutine")?),
    };
    Some((kind, rest.strip_prefix(" profile: total ")?))
}

struct Reader {
    profile: Profile,
    has_header: bool,
    open: Option<Record>,
    frames: Vec<FrameId>,
    hidden: Vec<HiddenLeaf>,
    cut_line: bool,
    bad_labels: u64,
    has_control_characters: bool,
    /// The highest number of labels in a record.
    max_labels: usize,
    frameless: u64,
    /// Stacks whose line with the count is missing.
    countless: usize,
    /// What another profile in the same text is.
    other: Option<&'static str>,
}

impl Reader {
    fn line(&mut self, line: &str, number: u64, limits: &Limits) -> Result<(), DecodeError> {
        let text = line.trim();
        if text.is_empty() {
            if self.open.as_ref().is_some_and(|open| open.head == RecordHead::Absent) {
                self.close();
            }
            return Ok(());
        }
        if !self.has_header
            && let Some((kind, total)) = header(text)
        {
            self.has_header = true;
            self.profile.declared_total = total.trim().parse().ok();
            self.profile.kind = kind;
            return Ok(());
        }
        // Every text is tried as one of counts, and finding a separator in a line takes longer than this.
        let is_record = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+'));
        if is_record && let Some(what) = other_record(text) {
            self.close();
            self.other = Some(what);
            self.open = Some(Record { head: RecordHead::Other, ..Record::default() });
            return Ok(());
        }
        if is_record && let Some(record) = record(text) {
            self.close();
            limits.check_rows(self.profile.samples.len() + 1)?;
            self.open = Some(record);
            return self.read_frame_beside_count(text);
        }
        // A pasted stack may lack the line before it.
        let is_piece =
            !self.has_header && text.starts_with('#') && frame(text).is_some_and(|it| it.is_whole());
        if self.open.is_none() && is_piece {
            limits.check_rows(self.profile.samples.len() + 1)?;
            self.open = Some(Record { count: 1, head: RecordHead::Absent, ..Record::default() });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        if open.head == RecordHead::Other {
            return Ok(());
        }
        if let Some(at) = text.find("# labels:") {
            match labels(text.split_at(at + "# labels:".len()).1) {
                Some(mut pairs) => {
                    self.max_labels = self.max_labels.max(pairs.len());
                    pairs.truncate(LABELS);
                    let odd = |text: &str| text.chars().any(char::is_control);
                    self.has_control_characters |= pairs.iter().any(|(key, value)| odd(key) || odd(value));
                    open.labels = self.profile.labels.intern(&pairs);
                }
                None => self.bad_labels += 1,
            }
            return Ok(());
        }
        let Some(shown) = frame(text) else {
            // A line with a cut name is lost; any other line does not belong to the profile.
            self.cut_line = text.starts_with('#') || text.starts_with("0x");
            return Ok(());
        };
        self.cut_line = false;
        open.last_shown = shown.address;
        open.first_shown = open.first_shown.or(shown.address);
        limits.check_depth(self.frames.len() + 1, || frames_before(number))?;
        let Profile { symbols, stacks, .. } = &mut self.profile;
        self.frames.extend(shown.intern(symbols, stacks));
        Ok(())
    }

    /// Reads the frame of `336 @ main.f+0x30 /srv/main.go:37`, as people shorten a record.
    fn read_frame_beside_count(&mut self, text: &str) -> Result<(), DecodeError> {
        let beside =
            text.split_once(" @ ").and_then(|(_, rest)| frame(rest)).filter(|it| it.function.is_some());
        let Profile { symbols, stacks, .. } = &mut self.profile;
        self.frames.extend(beside.and_then(|shown| shown.intern(symbols, stacks)));
        Ok(())
    }

    /// Whether the text ends inside its last record: in its first line, inside a frame, or before the outermost frame.
    fn is_cut_at_end_of(&self, text: &Text<'_>) -> bool {
        let Some(record) = self.open.as_ref().filter(|_| self.has_header) else { return false };
        let Some(last) = text.lines().last().map(|line| line.text.trim()) else { return false };
        let Some(shown) = frame(last) else {
            let no_frame = !last.is_empty() && record.outermost.is_some() && self.frames.is_empty();
            return !self.cut_line && (text.ends_mid_line() || no_frame);
        };
        let inside = text.ends_mid_line() && shown.position.is_none();
        let next = shown.address.map(|shown| shown.wrapping_add(1));
        inside || (next.is_some() && record.outermost.is_some_and(|outermost| Some(outermost) != next))
    }

    fn close(&mut self) {
        let Some(record) = self.open.take().filter(|record| record.head != RecordHead::Other) else { return };
        self.countless += usize::from(record.head == RecordHead::Absent);
        // A goroutine that has not run yet has a single address and no frame.
        self.frameless += u64::from(self.frames.is_empty() && record.first_addresses.len() != 1);
        // The last address of a complete stack is in runtime.goexit, which is not shown. Lines may show the address
        // minus one.
        let is_last = |shown: u64| [Some(shown), Some(shown.wrapping_add(1))].contains(&record.last_address);
        let cut = record.cut || record.last_shown.is_some_and(is_last);
        self.hidden.push(self.hidden_of(&record));
        let stack = self.profile.stacks.intern(&self.frames, Truncation { cut, elided_after: None });
        self.frames.clear();
        let (labels, count) = (record.labels, record.count);
        self.profile.samples.push(Sample { stack, labels, count });
    }

    /// The addresses before the first frame that is shown.
    fn hidden_of(&self, record: &Record) -> HiddenLeaf {
        let Profile { stacks, symbols, .. } = &self.profile;
        let leaf = self.frames.first().map_or("", |id| symbols.function(stacks.frame(*id).function));
        let all = &record.first_addresses;
        let is_shown = |it: &u64| record.first_shown.is_some_and(|at| [at, at.wrapping_add(1)].contains(it));
        let (hidden, rest) =
            all.iter().position(is_shown).and_then(|shown| all.split_at_checked(shown)).unwrap_or((&[], &[]));
        HiddenLeaf {
            count: record.count,
            addresses: hidden.to_vec(),
            shown_leaf: leaf.to_owned(),
            shown_at: record.first_shown,
            shown_return: rest.first().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Frame;

    fn check(text: &str, expected: &str) {
        let text = Text::new(text.as_bytes()).expect("plain text is read");
        let shown = match decode(&text, &Limits::default()) {
            Err(error) => error.to_string(),
            Ok(None) => "none".to_owned(),
            Ok(Some(it)) => {
                let frame = |it: &Profile, frame: Frame| {
                    let (function, file) = (it.symbols.function(frame.function), it.symbols.file(frame.file));
                    format!(" {function} {file}:{}", frame.line)
                };
                let row = |sample: &Sample| {
                    let frames = it.stacks.frames(sample.stack).map(|id| frame(&it, id));
                    format!("{}{}", sample.count, frames.collect::<String>())
                };
                it.samples.iter().map(row).collect::<Vec<_>>().join("; ")
            }
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn pieces_of_other_profiles() {
        let block =
            "#\t0x2\tmain.g+0x3b\t/a.go:29\n\n2025483615528 2858 @ 0x1 0x2\n#\t0x1\tmain.f+0x3b\t/a.go:28\n";
        check(block, "a piece of a block or mutex profile as text, not a goroutine profile");
        check(
            "6: 41072 [11: 1233136] @ 0x1\n#\t0x1\tmain.f+0x3b\t/a.go:28\n",
            "a piece of a heap profile as text, not a goroutine profile",
        );
        check(
            &format!("{block}7 @ 0x1\n#\t0x1\tmain.h+0x3b\t/a.go:30\n"),
            "1 main.g /a.go:29; 7 main.h /a.go:30",
        );
    }

    #[test]
    fn as_people_paste_it() {
        check("5 @ 0x1 0x2 0x9\n#       0x1        main.f+0x3b         /a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2 0x9\n\t0x1\tmain.f+0x3b\t/a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2\nmain.f+0x3b /a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2 0x9\n#\t0x1\tmain.f+0x3b\n#\t0x1\tmain.cu", "5 main.f :0");
        check("5 @ 0x1 0x2\n", "5");
        check("goroutineleak profile: total 0\n", "");
        check("a @ b\n", "none");
        check(
            "336 @ (*fs).track+0x482\t/a.go:82\n528 @ x.(*fs).track+0x482 /a.go:82\n",
            "336 (*fs).track /a.go:82; 528 x.(*fs).track /a.go:82",
        );
        check(
            "see:\n\n  # 0x1 main.f+0x3b /a.go:28\n  # 0x2 main.g+0x3b /a.go:29\n\n",
            "1 main.f /a.go:28 main.g /a.go:29",
        );
        check(
            "# 0x1 main.f+0x3b /a.go:28\n\n# 0x2 main.g+0x3b /a.go:29\n",
            "1 main.f /a.go:28; 1 main.g /a.go:29",
        );
        check("# see 0x1\n", "none");
        check("-5 @ 0x1 0x2\n", "text of counts: a count is negative");
    }
}
