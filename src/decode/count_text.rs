//! Counts as text (`debug=1`), complete or pasted: without a header, without `#`, with blanks instead of tabs.
//!
//! Source: `runtime/pprof/pprof.go`, `printCountProfile` and `printStackRecord`.

use super::DecodeError;
use super::Limits;
use super::inferred_leaf;
use super::inferred_leaf::HiddenLeaf;
use super::limits::LABELS;
use super::quoted;
use super::text::Text;
use crate::model::Form;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::StackTable;
use crate::model::Symbols;
use crate::model::Truncation;
use crate::model::Warning;
use crate::text::pluralize;

/// The error for a text profile of another kind; `None` if the text is not one.
pub(super) fn other_kind(text: &Text<'_>) -> Option<DecodeError> {
    let first = text.lines().map(|line| line.text.trim()).find(|line| !line.is_empty())?;
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
        profile: Profile::new(Form::CountText, Kind::Goroutine),
        has_header: false,
        open: None,
        frames: Vec::new(),
        hidden: Vec::new(),
        cut_line: false,
        bad_labels: 0,
        has_control_characters: false,
        max_labels: 0,
        frameless: 0,
    };
    for line in text.lines() {
        reader.line(line.text, line.number, limits)?;
    }
    let is_cut = reader.is_cut_at_end_of(text);
    reader.close();
    let hidden = inferred_leaf::infer(&reader.hidden).into_iter();
    reader.profile.details =
        hidden.map(|inferred_wait| SampleDetail { inferred_wait, ..SampleDetail::default() }).collect();
    let Reader { mut profile, has_header, .. } = reader;
    if profile.samples.is_empty() && !has_header {
        return Ok(None);
    }
    let empty_proof = profile.kind == Kind::GoroutineLeak && profile.declared_total == Some(0);
    if profile.samples.is_empty() && !empty_proof {
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
        profile.warnings.push(if read < declared_total { Warning::loss(text) } else { Warning::note(text) });
    }
    if is_cut {
        let text = "the input is truncated inside its last record, whose outermost frames are missing";
        profile.warnings.push(Warning::loss(text));
    } else if reader.cut_line {
        profile.warnings.push(Warning::loss("the input is truncated inside its last line, which is ignored"));
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
}

/// `4 @ 0x48b70a 0x41816e`: a count and the addresses.
struct Record {
    count: i64,
    /// The first addresses, at most [`inferred_leaf::MAX_HIDDEN`], and the last one.
    first_addresses: Vec<u64>,
    last_address: Option<u64>,
    /// The address before the last: that of the outermost frame which has a line.
    outermost: Option<u64>,
    first_shown: Option<u64>,
    last_shown: Option<u64>,
    labels: LabelSetId,
}

impl Reader {
    fn line(&mut self, line: &str, number: u64, limits: &Limits) -> Result<(), DecodeError> {
        let text = line.trim();
        if text.is_empty() {
            return Ok(());
        }
        if text.starts_with("goroutine")
            && let Some((kind, total)) = text.split_once(" profile: total ")
            && matches!(kind, "goroutine" | "goroutineleak")
            && !self.has_header
        {
            self.has_header = true;
            self.profile.declared_total = total.trim().parse().ok();
            if kind == "goroutineleak" {
                self.profile.kind = Kind::GoroutineLeak;
            }
            return Ok(());
        }
        if let Some(record) = record(text) {
            self.close();
            limits.check_rows(self.profile.samples.len() + 1)?;
            self.open = Some(record);
            return Ok(());
        }
        let Some(open) = &mut self.open else { return Ok(()) };
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
        let Some(record) = self.open.take() else { return };
        // A goroutine that has not run yet has a single address and no frame.
        self.frameless += u64::from(self.frames.is_empty() && record.first_addresses.len() != 1);
        // The last address of a complete stack is in runtime.goexit, which is not shown. Lines may show the address
        // minus one.
        let is_last = |shown: u64| [Some(shown), Some(shown.wrapping_add(1))].contains(&record.last_address);
        let cut = record.last_shown.is_some_and(is_last);
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
        let hidden = all.iter().position(is_shown).and_then(|shown| all.get(..shown)).unwrap_or(&[]);
        HiddenLeaf { addresses: hidden.to_vec(), shown_leaf: leaf.to_owned(), shown_at: record.first_shown }
    }
}

fn record(text: &str) -> Option<Record> {
    let (count, addresses) = text.split_once(" @")?;
    let count = count.parse().ok()?;
    if !(addresses.is_empty() || addresses.trim_start().starts_with("0x")) {
        return None;
    }
    let mut backwards = addresses.split_whitespace().rev();
    let last_address = backwards.next().and_then(hex);
    let outermost = backwards.next().and_then(hex);
    let first_addresses =
        addresses.split_whitespace().take(inferred_leaf::MAX_HIDDEN).filter_map(hex).collect();
    let (first_shown, last_shown) = (None, None);
    let labels = LabelSetId::EMPTY;
    Some(Record { count, first_addresses, last_address, outermost, first_shown, last_shown, labels })
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}

/// `{"key":"value", "key 2":"value"}`
fn labels(text: &str) -> Option<Vec<(Box<str>, Box<str>)>> {
    let mut rest = text.trim().strip_prefix('{')?;
    let mut pairs = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if rest.starts_with('}') {
            return Some(pairs);
        }
        let (key, after) = quoted::unquote(rest)?;
        let (value, after) = quoted::unquote(after.trim_start().strip_prefix(':')?.trim_start())?;
        pairs.push((key.into_boxed_str(), value.into_boxed_str()));
        rest = after;
    }
}

/// The line of a frame: `# 0x7364d0 main.f+0x30 /srv/main.go:37` with tabs in between, or what is left of it in a
/// pasted text.
pub(super) struct Shown<'a> {
    address: Option<u64>,
    function: Option<&'a str>,
    position: Option<(&'a str, u32)>,
}

impl Shown<'_> {
    /// The id of the frame; `None` if Go could not name it.
    pub(super) fn intern(&self, symbols: &mut Symbols, stacks: &mut StackTable) -> Option<FrameId> {
        let function = symbols.intern_function(self.function?);
        let (file, line) = self.position.unwrap_or(("", 0));
        Some(stacks.intern_frame(Frame { function, file: symbols.intern_file(file), line }))
    }
}

pub(super) fn frames_before(line: u64) -> String {
    format!("frames of the record before line {line}")
}

pub(super) fn frame(text: &str) -> Option<Shown<'_>> {
    let text = text.trim_start_matches('#').trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (address, text) = hex(first).map_or((None, text), |address| (Some(address), rest.trim_start()));
    let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    if name.is_empty() {
        // Go could not name the address.
        return address.map(|_| Shown { address, function: None, position: None });
    }
    let (function, offset) = name.rsplit_once("+0x")?;
    if !function.contains('.') || !offset.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let rest = rest.trim();
    let position = rest.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    Some(Shown { address, function: Some(function), position })
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn as_people_paste_it() {
        check("5 @ 0x1 0x2 0x9\n#       0x1        main.f+0x3b         /a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2 0x9\n\t0x1\tmain.f+0x3b\t/a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2\nmain.f+0x3b /a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2 0x9\n#\t0x1\tmain.f+0x3b\n#\t0x1\tmain.cu", "5 main.f :0");
        check("5 @ 0x1 0x2\n", "5");
        check("goroutineleak profile: total 0\n", "");
        check("a @ b\n", "none");
        check("-5 @ 0x1 0x2\n", "text of counts: a count is negative");
    }
}
