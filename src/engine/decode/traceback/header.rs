//! The header line of a goroutine, in all its forms from Go 1.4 to 1.27.
//!
//! Source: `runtime/traceback.go`, `goroutineheader`; goleak's `internal/stack/stacks.go`.

use super::super::header_start::HeaderOf;
use super::super::header_start::HeaderStart;
use super::super::header_start::header_start;
use super::super::limits::LABELS;
use super::super::quoted::closing_bracket;
use super::super::quoted::unquote;
use super::super::text::split_digits;
use crate::golang::blocked_on_by_words;
use crate::model::State;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The goroutine's id; `None` if the header represents several goroutines (`10 *`), or if its number was removed.
    pub(super) id: Option<u64>,
    pub(super) count: u64,
    pub(super) state: Option<State>,
    /// Whole minutes waited; `None` if not printed.
    pub(super) minutes: Option<u32>,
    pub(super) labels: Vec<(Box<str>, Box<str>)>,
    pub(super) certainty: Certainty,
    /// Whether goleak wrote it. Older versions of goleak write it before Go's header.
    pub(super) goleak: bool,
    /// Whether a part of it was unknown or out of range, and therefore ignored.
    pub(super) odd: bool,
}

/// How sure it is that a line is the header of a goroutine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Certainty {
    /// It is all that is in the line.
    #[default]
    Sure,
    /// Other text is around it, or words instead of its number: it is a header if frames follow, and prose if not.
    IfFramesFollow,
    /// The line ends inside its brackets.
    Cut,
}

/// The marks of Markdown, mail and goleak's list that may be around a header.
const MARKS: [char; 5] = ['*', '`', '>', '|', ' '];

/// Parses a trimmed line as a header; `None` if it is none.
pub(super) fn parse(line: &str) -> Option<Header> {
    let line = line.trim_start_matches(MARKS);
    if let Some(rest) = line.strip_prefix("goroutine ") {
        of_go(rest)
    } else {
        match header_start(line.strip_prefix('[').unwrap_or(line)) {
            Some(HeaderStart { of: HeaderOf::Goleak(id), rest }) => of_goleak(id, rest),
            Some(HeaderStart { of: HeaderOf::Counts | HeaderOf::Goroutine(_), .. }) | None => {
                aggregated(line)
            }
        }
    }
}

/// Parses a header at the end of a line of other text: `step b failed: goroutine 8 [running]:`.
pub(super) fn at_end(line: &str) -> Option<Header> {
    let line = line.trim_end_matches(MARKS);
    if !line.ends_with("]:") {
        return None;
    }
    let at = memchr::memmem::rfind(line.as_bytes(), b"goroutine ")?;
    let (before, rest) = line.split_at_checked(at)?;
    let header = of_go(rest.strip_prefix("goroutine ")?)?;
    let is_word = before.ends_with(|c: char| !c.is_alphanumeric());
    (is_word && header.certainty == Certainty::Sure)
        .then_some(Header { certainty: Certainty::IfFramesFollow, ..header })
}

/// Whether a text ends inside the header of a goroutine, before its brackets: `gorout`, `goroutine 90`.
pub(super) fn is_start(line: &str) -> bool {
    let Some(rest) = line.strip_prefix("goroutine ") else { return "goroutine ".starts_with(line) };
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    rest.is_empty() || rest.starts_with("gp=")
}

/// `7 [chan receive, 12 minutes]:`, `1 gp=0xc000002380 m=nil [IO wait]:`, `NNNNN [select]:`
fn of_go(rest: &str) -> Option<Header> {
    // The number may be removed as `[redacted]`.
    let state_at = if rest.starts_with('[') { rest.find("] [").map(|at| at + 2) } else { None };
    let Some(state_at) = state_at.or_else(|| rest.find('[')) else { return without_state(rest) };
    let (before, inside) = rest.split_at_checked(state_at)?;
    let inside = inside.strip_prefix('[')?;
    let (number, fields) = before.split_once(' ').unwrap_or((before, ""));
    let digits = number.strip_prefix('-').unwrap_or(number);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let id = digits.parse().ok().filter(|_| is_number);
    let odd = is_number && (id.is_none() || digits != number);
    let mut header = Header { id, count: 1, odd, ..Header::default() };
    let mut is_plain = is_number || is_placeholder(number);
    for field in fields.split_whitespace() {
        // A later version of Go may write more fields.
        is_plain &= field.contains('=');
        header.odd |= !["gp=", "m=", "mp="].iter().any(|known| field.starts_with(known));
    }
    let Some(close) = closing_bracket(inside) else {
        header.certainty = Certainty::Cut;
        return is_plain.then_some(header);
    };
    let (inside, after) = inside.split_at(close);
    header.odd |= inside.chars().any(char::is_control);
    read_state(inside, &mut header);
    let after = after.strip_prefix(']').unwrap_or(after);
    if let Some(labels) = after.strip_prefix(" {") {
        read_labels(labels, &mut header);
        return is_plain.then_some(header);
    }
    let is_known = header.state.as_ref().is_some_and(|it| blocked_on_by_words(&it.reason).is_some());
    let (has_colon, rest) = after.strip_prefix(':').map_or((false, after), |rest| (true, rest));
    let is_all = rest.trim_matches(MARKS).is_empty();
    let is_like_one = is_plain || (is_known && has_colon);
    if !is_like_one {
        return None;
    }
    // Gomega's gleak writes no colon.
    header.odd |= !has_colon;
    if !(is_plain && is_all && (has_colon || is_known)) {
        header.certainty = Certainty::IfFramesFollow;
    }
    Some(header)
}

/// `7:`, whose state somebody removed.
fn without_state(rest: &str) -> Option<Header> {
    let (id, after) = split_digits(rest)?;
    let certainty = Certainty::IfFramesFollow;
    let header = Header { id: id.parse().ok(), count: 1, certainty, odd: true, ..Header::default() };
    after.trim_end_matches(MARKS).ends_with(':').then_some(header)
}

/// Whether a word replaces a number that somebody removed: `NNNNN`, `12XX`, `…`, `<id>`, `***`.
fn is_placeholder(word: &str) -> bool {
    const NAMES: [&str; 9] =
        ["gid", "goid", "hidden", "id", "masked", "num", "number", "redacted", "removed"];
    let name = word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    let mut letters = name.chars().filter(|c| c.is_alphabetic());
    let first = letters.next();
    !word.is_empty() && (NAMES.contains(&&*name) || letters.all(|c| Some(c) == first))
}

/// `chan receive (leaked), 12 minutes, locked to thread, synctest bubble 1 labels:{"k": "v"}`
fn read_state(mut inside: &str, header: &mut Header) {
    if let Some((before, labels)) = inside.split_once(" labels:{") {
        read_labels(labels, header);
        inside = before;
    }
    let mut parts = inside.split(", ");
    let mut state = State::default();
    let mut reason = parts.next().unwrap_or("");
    while let Some((rest, flag)) = reason.strip_suffix(')').and_then(|it| it.rsplit_once(" (")) {
        match flag {
            "scan" => state.scan = true,
            "leaked" => state.leaked = true,
            "durable" => state.durable = true,
            _ => break,
        }
        reason = rest;
    }
    state.leaked |= reason == "leaked";
    state.reason = reason.to_owned();
    for part in parts {
        if part.ends_with(" minutes") || part.ends_with(" minute") {
            let minutes = part.split(' ').next().and_then(|minutes| minutes.parse::<u32>().ok());
            header.odd |= minutes.is_none();
            header.minutes = minutes;
        } else if part == "locked to thread" {
            state.locked = true;
        } else if part.starts_with("synctest bubble ") || part.starts_with("synctest group ") {
            state.bubble = part.rsplit(' ').next().and_then(|bubble| bubble.parse().ok());
        } else {
            header.odd = true;
        }
    }
    header.state = Some(state);
}

/// Parses `k: v, "k 2": "v 2"}`. Words are bare or quoted as Go quotes them; an empty value may be missing.
fn read_labels(text: &str, header: &mut Header) {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if rest.is_empty() || rest.starts_with('}') {
            return;
        }
        let label = label(rest).filter(|_| header.labels.len() < LABELS);
        let Some((key, value, after)) = label else { break };
        header.labels.push((key.into_boxed_str(), value.into_boxed_str()));
        rest = after;
    }
    header.odd = true;
}

fn label(text: &str) -> Option<(String, String, &str)> {
    let (key, after) = word(text, ':')?;
    let after = after.strip_prefix(':')?;
    let (value, after) = word(after.strip_prefix(' ').unwrap_or(after), ',')?;
    Some((key, value, after))
}

/// A quoted or bare word, and the text after it. `end` or the closing brace ends a bare one.
fn word(text: &str, end: char) -> Option<(String, &str)> {
    if text.starts_with('"') {
        return unquote(text);
    }
    let (word, rest) = text.split_at(text.find([end, '}'])?);
    Some((word.to_owned(), rest))
}

/// ` in state select, 2 minutes, with X on top of the stack:`
fn of_goleak(id: &str, rest: &str) -> Option<Header> {
    let rest = rest.strip_prefix(" in state ")?;
    let mut header = Header { id: id.parse().ok(), count: 1, goleak: true, ..Header::default() };
    match rest.rsplit_once(", with ") {
        Some((state, _)) => read_state(state, &mut header),
        None => header.certainty = Certainty::Cut,
    }
    Some(header)
}

/// `10 *`, `3 instances of:`, `2 goroutines [chan receive, 4 minutes]:`, as other tools write them.
fn aggregated(line: &str) -> Option<Header> {
    let (count, rest) = split_digits(line)?;
    let certainty = Certainty::IfFramesFollow;
    let mut header = Header { count: count.parse().ok()?, certainty, ..Header::default() };
    if !matches!(rest.trim_end(), " *" | " instances of:" | " instance of:") {
        let stated = rest.strip_prefix(" goroutines [").or_else(|| rest.strip_prefix(" goroutine ["))?;
        read_state(stated.get(..closing_bracket(stated)?)?, &mut header);
    }
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares id, count, reason, flags, minutes and labels, written in one line.
    fn check(line: &str, expected: &str) {
        let shown = match parse(line).or_else(|| at_end(line)) {
            None => "other".to_owned(),
            Some(it) if it.certainty == Certainty::Cut => "cut".to_owned(),
            Some(it) => {
                let state = it.state.unwrap_or_default();
                let mut shown = format!("{} x{} {}", it.id.unwrap_or(0), it.count, state.reason);
                let flags = [state.leaked, state.scan, state.durable, state.locked, it.odd];
                let words = [" leaked", " scan", " durable", " locked", " odd"];
                shown.extend(flags.into_iter().zip(words).filter(|(flag, _)| *flag).map(|(_, word)| word));
                shown.extend(state.bubble.map(|bubble| format!(" bubble {bubble}")));
                shown.extend(it.minutes.map(|minutes| format!(" {minutes}m")));
                shown.push_str(if it.certainty == Certainty::Sure { "" } else { "?" });
                shown.extend(it.labels.iter().map(|(key, value)| format!(" {key}={value}")));
                shown
            }
        };
        assert_eq!(shown, expected, "{line}");
    }

    #[test]
    fn headers() {
        check("goroutine 7 [chan receive, 12 minutes, locked to thread]:", "7 x1 chan receive locked 12m");
        check("goroutine 8 [sleep (durable), synctest bubble 1]:", "8 x1 sleep durable bubble 1");
        check("goroutine 8 [select, synctest group 9]:", "8 x1 select bubble 9");
        check("goroutine 103 [chan receive (leaked)]:", "103 x1 chan receive leaked");
        check("goroutine 3 [chan send (nil chan) (scan), 9 minutes]:", "3 x1 chan send (nil chan) scan 9m");
        check("goroutine 0 gp=0xbc1980 m=0 mp=0xbc2b60 [idle]:", "0 x1 idle");
        check("**goroutine 216 [IO wait, 787 minutes]:**", "216 x1 IO wait 787m");
        check("goroutine 4 [select]", "4 x1 select odd");
        check("goroutine 4 [runnable]", "4 x1 runnable odd");
        check("goroutine 7 gp=0x1 m=3 p=4 [running]:", "7 x1 running odd");
        check("goroutine -4 [select]:", "4 x1 select odd");
    }

    #[test]
    fn labels() {
        check(r#"goroutine 3 [select] {e: , "a b": "\"d\"", lane: 1}:"#, r#"3 x1 select e= a b="d" lane=1"#);
        check(r#"goroutine 31 [select labels:{"a": "x]: }", "lane": "1"}]:"#, "31 x1 select a=x]: } lane=1");
        check(r#"goroutine 33 [select] {k: "\u043a\n"}:"#, "33 x1 select k=к\n");
        check("goroutine 33 [select] {k: v", "33 x1 select odd");
    }

    #[test]
    fn other_writers() {
        check("[Goroutine 9 in state select, 2 minutes, with a.B on top of the stack:", "9 x1 select 2m");
        check("Goroutine 9 in state select, with a.B on top of the stack:", "9 x1 select");
        check("10 *", "0 x10 ?");
        check("1 instances of:", "0 x1 ?");
        check("2 goroutines [chan receive, 4 minutes]:", "0 x2 chan receive 4m?");
        check("10 apples", "other");
    }

    #[test]
    fn removed_numbers() {
        check("goroutine NNNNN [chan send, 49 minutes]:", "0 x1 chan send 49m");
        check("goroutine XXXX [select]:", "0 x1 select");
        check("goroutine … [select]:", "0 x1 select");
        check("goroutine *** gp=0x1 m=nil [select]:", "0 x1 select");
        check("goroutine 12xx [some wait of a later Go]:", "0 x1 some wait of a later Go");
        check("goroutine <redacted> [IO wait]:", "0 x1 IO wait");
        check("goroutine NNNNN [chan se", "cut");
        check("goroutine [select]:", "0 x1 select?");
        check("goroutine of the pool [select]:", "0 x1 select odd?");
        check("goroutine [redacted] [select]:", "0 x1 select");
        check("goroutine of the pool [see below]:", "other");
        check("goroutine of the pool [select]", "other");
    }

    #[test]
    fn headers_in_other_text() {
        check("2026/11/29 20:00:01 step b failed: goroutine 8 [running]:", "8 x1 running?");
        check("here is **goroutine 8 [select]:**", "8 x1 select?");
        check("goroutine 5 [select]: was stuck", "5 x1 select?");
        check("goroutine 5 [select] was stuck", "5 x1 select odd?");
        check("goroutine 5 [see below]", "5 x1 see below odd?");
        check("goroutine 5:", "5 x1  odd?");
        check("goroutine 5 chan send:", "5 x1  odd?");
        check("the goroutine 5 [select]: was stuck", "other");
        check("the goroutine 5 [select]", "other");
        check("mygoroutine 5 [select]:", "other");
    }

    #[test]
    fn no_headers() {
        check("goroutine running on other thread; stack unavailable", "other");
        check("goroutine profile: total 7", "other");
        check("goroutine 9021 [chan rec", "cut");
        check("goroutine 90", "other");
        check("goroutine 90 was here", "other");
        assert!(["goroutine 90", "goroutine ", "gorou", "goroutine 9 gp=0x"].into_iter().all(is_start));
        assert!(!is_start("goroutine 90 was here"));
        check("goroutine 1234567890123456789012345678901234567890 [select]:", "0 x1 select odd");
        check("goroutine 7 [select, -3 minutes]:", "7 x1 select odd");
    }
}
