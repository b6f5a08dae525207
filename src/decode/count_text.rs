//! Counts as text (`debug=1`), whole or as people paste it: without header, without `#`, with blanks for tabs.
//!
//! Source: `runtime/pprof/pprof.go`, `printCountProfile` and `printStackRecord`.

use super::DecodeError;
use super::Limits;
use super::inferred_leaf;
use super::inferred_leaf::Hidden;
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

/// Names a legacy text profile of another kind.
pub(super) fn other_kind(text: &Text<'_>) -> Option<DecodeError> {
    let first = text.lines().map(|line| line.text.trim()).find(|line| !line.is_empty())?;
    let hint = Some("pull /debug/pprof/goroutine".to_owned());
    let what = if first.starts_with("--- contention") {
        "a block profile as text"
    } else if first.starts_with("--- mutex") {
        "a mutex profile as text"
    } else if let Some((kind, _)) = first.split_once(" profile: total ") {
        if matches!(kind, "goroutine" | "goroutineleak") {
            return None;
        }
        return Some(DecodeError::OtherKind {
            what: format!("a {} profile as text", kind.escape_debug()),
            hint,
        });
    } else {
        return None;
    };
    Some(DecodeError::OtherKind { what: what.to_owned(), hint })
}

/// Decodes a text of counts; `None` if it is none.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let mut reader = Reader::new();
    for line in text.lines() {
        reader.line(line.text, line.number, limits)?;
    }
    let cut_end = reader.is_cut_at(text);
    reader.close();
    let hidden = inferred_leaf::infer(&reader.hidden).into_iter();
    reader.profile.details =
        hidden.map(|inferred_wait| SampleDetail { inferred_wait, ..SampleDetail::default() }).collect();
    let Reader { mut profile, headed, samples_with_details, .. } = reader;
    if !headed && samples_with_details == 0 {
        return Ok(None);
    }
    let empty_proof = profile.kind == Kind::GoroutineLeak && profile.declared_total == Some(0);
    if profile.samples.is_empty() && !empty_proof {
        let why = "no record follows the header".to_owned();
        return Err(DecodeError::NoGoroutine { form: "a text of counts", why });
    }
    if profile.samples.iter().any(|sample| sample.count < 0) {
        let fault = "a count is negative".to_owned();
        return Err(DecodeError::Invalid { place: "text of counts".to_owned(), fault });
    }
    profile.warnings.splice(0..0, text.warnings.iter().cloned());
    let read = profile.total();
    if let Some(declared_total) = profile.declared_total
        && declared_total != read
    {
        let text = format!("the header claims {declared_total} goroutines, the records hold {read}");
        profile.warnings.push(if read < declared_total { Warning::loss(text) } else { Warning::note(text) });
    }
    if cut_end {
        let text = "the input is truncated inside its last record, of which not all frames are shown";
        profile.warnings.push(Warning::loss(text));
    } else if reader.cut_line {
        profile
            .warnings
            .push(Warning::loss("the input is truncated inside its last line, which is left out"));
    }
    if reader.bad_labels > 0 {
        let text = format!(
            "{} of labels could not be read, left out",
            pluralize(i128::from(reader.bad_labels), "line")
        );
        profile.warnings.push(Warning::note(text));
    }
    if reader.most_labels > LABELS {
        let text = format!("a record has {} labels; of each the first {LABELS} are kept", reader.most_labels);
        profile.warnings.push(Warning::note(text));
    }
    if reader.odd_labels {
        profile.warnings.push(Warning::note("a label holds control characters; they are shown escaped"));
    }
    if reader.frameless > 0 {
        let text = format!(
            "{} without frames: counted, their stacks unknown",
            pluralize(i128::from(reader.frameless), "record")
        );
        profile.warnings.push(Warning::note(text));
    }
    Ok(Some(profile))
}

struct Reader {
    profile: Profile,
    headed: bool,
    samples_with_details: usize,
    open: Option<Record>,
    frames: Vec<FrameId>,
    hidden: Vec<Hidden>,
    cut_line: bool,
    bad_labels: u64,
    odd_labels: bool,
    /// Labels of the record that has most.
    most_labels: usize,
    frameless: u64,
}

/// `4 @ 0x48b70a 0x41816e`: a count and the addresses.
struct Record {
    count: i64,
    /// The first addresses, and the last.
    first_addresses: Vec<u64>,
    last_address: Option<u64>,
    /// The one before the last: that of the outermost frame which has a line.
    outermost: Option<u64>,
    first_shown: Option<u64>,
    last_shown: Option<u64>,
    labels: LabelSetId,
}

impl Reader {
    fn new() -> Self {
        Reader {
            profile: Profile::new(Form::CountText, Kind::Goroutine),
            headed: false,
            samples_with_details: 0,
            open: None,
            frames: Vec::new(),
            hidden: Vec::new(),
            cut_line: false,
            bad_labels: 0,
            odd_labels: false,
            most_labels: 0,
            frameless: 0,
        }
    }

    fn line(&mut self, line: &str, number: u64, limits: &Limits) -> Result<(), DecodeError> {
        let text = line.trim();
        if text.is_empty() {
            return Ok(());
        }
        if text.starts_with("goroutine")
            && let Some((kind, total)) = text.split_once(" profile: total ")
            && matches!(kind, "goroutine" | "goroutineleak")
            && !self.headed
        {
            self.headed = true;
            self.profile.declared_total = total.trim().parse().ok();
            if kind == "goroutineleak" {
                self.profile.kind = Kind::GoroutineLeak;
            }
            return Ok(());
        }
        if let Some(record) = record(text) {
            self.close();
            self.samples_with_details += 1;
            limits.check_rows(self.samples_with_details)?;
            self.open = Some(record);
            return Ok(());
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        if let Some(at) = text.find("# labels:") {
            match labels(text.split_at(at + "# labels:".len()).1) {
                Some(mut pairs) => {
                    self.most_labels = self.most_labels.max(pairs.len());
                    pairs.truncate(LABELS);
                    let odd = |text: &str| text.chars().any(char::is_control);
                    self.odd_labels |= pairs.iter().any(|(key, value)| odd(key) || odd(value));
                    open.labels = self.profile.labels.intern(&pairs);
                }
                None => self.bad_labels += 1,
            }
            return Ok(());
        }
        let Some(shown) = frame(text) else {
            // A cut name cannot be attributed; a foreign line is none of ours.
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

    /// Whether the text ends inside its last record: in its first line, inside a frame, or above the outermost one.
    fn is_cut_at(&self, text: &Text<'_>) -> bool {
        let Some(record) = self.open.as_ref().filter(|_| self.headed) else { return false };
        let Some(last) = text.lines().last().map(|line| line.text.trim()) else { return false };
        let Some(shown) = frame(last) else {
            let no_frame = !last.is_empty() && record.outermost.is_some() && self.frames.is_empty();
            return !self.cut_line && (text.ends_mid_line() || no_frame);
        };
        let inside = text.ends_mid_line() && shown.position.is_none();
        let above = matches!((record.outermost, shown.address), (Some(outermost), Some(shown)) if outermost != shown.wrapping_add(1));
        inside || above
    }

    fn close(&mut self) {
        let Some(record) = self.open.take() else { return };
        // One address alone is that of a goroutine which has not run yet.
        self.frameless += u64::from(self.frames.is_empty() && record.first_addresses.len() != 1);
        // The last address of a whole stack is runtime.goexit's, which has no line of its own. Lines show the address
        // less one.
        let cut = match (record.last_address, record.last_shown) {
            (Some(last), Some(shown)) => last == shown || last == shown.wrapping_add(1),
            _ => false,
        };
        self.hidden.push(self.hidden_of(&record));
        let stack = self.profile.stacks.intern(&self.frames, Truncation { cut, elided_after: None });
        self.frames.clear();
        let (labels, count) = (record.labels, record.count);
        self.profile.samples.push(Sample { stack, labels, count });
    }
}

impl Reader {
    /// The addresses before the first frame that is shown.
    fn hidden_of(&self, record: &Record) -> Hidden {
        let leaf = self.frames.first().map(|id| self.profile.stacks.frame(*id).function);
        let leaf = leaf.map_or("", |function| self.profile.symbols.function(function));
        let shown = record.first_shown.and_then(|shown| {
            record.first_addresses.iter().position(|it| *it == shown || *it == shown.wrapping_add(1))
        });
        let hidden = shown.and_then(|shown| record.first_addresses.get(..shown)).unwrap_or(&[]);
        Hidden { addresses: hidden.to_vec(), shown_leaf: leaf.to_owned(), shown_at: record.first_shown }
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
    let first_addresses = addresses.split_whitespace().take(inferred_leaf::MOST).filter_map(hex).collect();
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

/// A frame's line: `# 0x7364d0 main.f+0x30 /srv/main.go:37` with tabs between, or what a paste left of it.
pub(super) struct Shown<'a> {
    address: Option<u64>,
    function: Option<&'a str>,
    position: Option<(&'a str, u32)>,
}

impl Shown<'_> {
    /// The number of the frame; `None` if Go could not name it.
    pub(super) fn intern(&self, symbols: &mut Symbols, stacks: &mut StackTable) -> Option<FrameId> {
        let function = symbols.intern_function(self.function?);
        let (file, line) = self.position.unwrap_or(("", 0));
        Some(stacks.intern_frame(Frame { function, file: symbols.intern_file(file), line }))
    }
}

/// What an error calls the frames of a record that a line belongs to.
pub(super) fn frames_before(line: u64) -> String {
    format!("frames of the record before line {line}")
}

pub(super) fn frame(text: &str) -> Option<Shown<'_>> {
    let text = text.trim_start_matches('#').trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (address, name, rest) = match hex(first) {
        Some(address) => {
            let rest = rest.trim_start();
            let (name, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            (Some(address), name, rest)
        }
        None => (None, first, rest),
    };
    if name.is_empty() {
        // An address that Go could not name.
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
                let rows = it.samples.iter().map(|sample| {
                    let frames = it.stacks.frames(sample.stack).map(|frame| {
                        let (function, file) =
                            (it.symbols.function(frame.function), it.symbols.file(frame.file));
                        format!(" {function} {file}:{}", frame.line)
                    });
                    let cut = it.stacks.truncation(sample.stack).cut;
                    let labels = it.labels.pairs(sample.labels).map(|(key, value)| format!(" {key}={value}"));
                    let end = if cut { " cut" } else { "" };
                    format!(
                        "{}{}{}{end}",
                        sample.count,
                        labels.collect::<String>(),
                        frames.collect::<String>()
                    )
                });
                rows.collect::<Vec<_>>().join("; ")
            }
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn as_go_writes_it() {
        check(
            "goroutine profile: total 3\n2 @ 0x1 0x11 0x20\n# labels: {\"a\":\"b c\"}\n#\t0x10\tmain.f+0x30\t\t/srv/a b.go:37\n\n\
             1 @ 0x1 0x20\n#\t0x20\tmain.g+0x1\t/x.go:1\n",
            "2 a=b c main.f /srv/a b.go:37; 1 main.g /x.go:1 cut",
        );
        check("goroutineleak profile: total 0\n", "");
        check(
            "goroutine profile: total 0\n",
            "a text of counts, but none of its goroutines could be decoded: no record follows the header",
        );
    }

    #[test]
    fn as_people_paste_it() {
        check("5 @ 0x1 0x2 0x9\n#       0x1        main.f+0x3b         /a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2 0x9\n\t0x1\tmain.f+0x3b\t/a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2\nmain.f+0x3b /a.go:28\n", "5 main.f /a.go:28");
        check("5 @ 0x1 0x2 0x9\n#\t0x1\tmain.f+0x3b\n#\t0x1\tmain.cu", "5 main.f :0");
        check("5 @ 0x1 0x2\n", "5");
        check("a @ b\n", "none");
        check("-5 @ 0x1 0x2\n", "text of counts: a count is negative");
    }
}
