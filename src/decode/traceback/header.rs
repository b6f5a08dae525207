//! The header line of a goroutine, in all its forms from Go 1.4 to 1.27.
//!
//! Source: `runtime/traceback.go`, `goroutineheader`; goleak's `internal/stack/stacks.go`.

use super::super::limits::LABELS;
use super::super::quoted::unquote;
use super::super::text::split_digits;
use crate::model::State;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    /// The goroutine's id; `None` if the header represents several goroutines (`10 *`).
    pub(super) id: Option<u64>,
    pub(super) count: u64,
    pub(super) state: Option<State>,
    /// Whole minutes waited; `None` if not printed.
    pub(super) minutes: Option<u32>,
    pub(super) labels: Vec<(Box<str>, Box<str>)>,
    /// Whether goleak wrote it. Older versions of goleak write it before Go's header.
    pub(super) goleak: bool,
    /// Whether a part of it was unknown or out of range, and therefore ignored.
    pub(super) odd: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Header(Header),
    /// A header that ends inside its brackets.
    Cut,
    Other,
}

pub(super) fn parse(line: &str) -> Parsed {
    let line = line.trim_start_matches(['*', '`', '>', '|', ' ']);
    let parsed = if let Some(rest) = line.strip_prefix("goroutine ") {
        of_go(rest)
    } else if let Some(rest) = line.strip_prefix('[').unwrap_or(line).strip_prefix("Goroutine ") {
        of_goleak(rest)
    } else {
        aggregated(line)
    };
    parsed.unwrap_or(Parsed::Other)
}

/// `7 [chan receive, 12 minutes]:`, `1 gp=0xc000002380 m=nil [IO wait]:`
fn of_go(rest: &str) -> Option<Parsed> {
    let negative = rest.starts_with('-');
    let (id, rest) = split_digits(rest.strip_prefix('-').unwrap_or(rest))?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    let Some((fields, rest)) = rest.split_once('[') else {
        return (rest.is_empty() || rest.starts_with("gp=")).then_some(Parsed::Cut);
    };
    let is_known = |field: &str| ["gp=", "m=", "mp="].iter().any(|known| field.starts_with(known));
    if !fields.split_whitespace().all(is_known) {
        return None;
    }
    let Some(close) = closing_bracket(rest) else { return Some(Parsed::Cut) };
    let (inside, after) = rest.split_at(close);
    let mut header = Header { id: id.parse().ok(), count: 1, ..Header::default() };
    header.odd = negative || header.id.is_none() || inside.chars().any(char::is_control);
    read_state(inside, &mut header);
    let after = after.strip_prefix(']').unwrap_or(after);
    if let Some(labels) = after.strip_prefix(" {") {
        read_labels(labels, &mut header);
    } else if !after.starts_with(':') {
        header.odd = true;
    }
    Some(Parsed::Header(header))
}

/// The offset of the bracket that closes the state; one inside a quoted label does not count.
fn closing_bracket(text: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
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

/// `9 in state select, 2 minutes, with X on top of the stack:`
fn of_goleak(rest: &str) -> Option<Parsed> {
    let (id, rest) = split_digits(rest)?;
    let rest = rest.strip_prefix(" in state ")?;
    let Some((state, _)) = rest.rsplit_once(", with ") else { return Some(Parsed::Cut) };
    let mut header = Header { id: id.parse().ok(), count: 1, goleak: true, ..Header::default() };
    read_state(state, &mut header);
    Some(Parsed::Header(header))
}

/// `10 *`, `3 instances of:`, `2 goroutines [chan receive, 4 minutes]:`, as other tools write them.
fn aggregated(line: &str) -> Option<Parsed> {
    let (count, rest) = split_digits(line)?;
    let mut header = Header { count: count.parse().ok()?, ..Header::default() };
    if !matches!(rest.trim_end(), " *" | " instances of:" | " instance of:") {
        let stated = rest.strip_prefix(" goroutines [").or_else(|| rest.strip_prefix(" goroutine ["))?;
        read_state(stated.get(..closing_bracket(stated)?)?, &mut header);
    }
    Some(Parsed::Header(header))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares id, count, reason, flags, minutes and labels, written in one line.
    fn check(line: &str, expected: &str) {
        let shown = match parse(line) {
            Parsed::Other => "other".to_owned(),
            Parsed::Cut => "cut".to_owned(),
            Parsed::Header(it) => {
                let state = it.state.unwrap_or_default();
                let mut shown = format!("{} x{} {}", it.id.unwrap_or(0), it.count, state.reason);
                let flags = [state.leaked, state.scan, state.durable, state.locked, it.odd];
                let words = [" leaked", " scan", " durable", " locked", " odd"];
                shown.extend(flags.into_iter().zip(words).filter(|(flag, _)| *flag).map(|(_, word)| word));
                shown.extend(state.bubble.map(|bubble| format!(" bubble {bubble}")));
                shown.extend(it.minutes.map(|minutes| format!(" {minutes}m")));
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
        check("10 *", "0 x10 ");
        check("1 instances of:", "0 x1 ");
        check("2 goroutines [chan receive, 4 minutes]:", "0 x2 chan receive 4m");
        check("10 apples", "other");
    }

    #[test]
    fn no_headers() {
        check("goroutine running on other thread; stack unavailable", "other");
        check("goroutine profile: total 7", "other");
        check("goroutine 9021 [chan rec", "cut");
        check("goroutine 90", "cut");
        check("goroutine 90 was here", "other");
        check("goroutine 1234567890123456789012345678901234567890 [select]:", "0 x1 select odd");
        check("goroutine 7 [select, -3 minutes]:", "7 x1 select odd");
    }
}
