//! Tracebacks: `debug=2`, and the output of panics, fatal errors, SIGQUIT and goleak, anywhere in a text.
//!
//! [`decode`] reads a whole text; [`read`] reads a plain traceback in chunks. Both pass lines to a `Reader`, which
//! passes them to an `Assembler`. A goroutine whose lines are out of order is skipped with a warning; its stack is
//! never guessed.

mod assemble;
mod chunks;
mod ending;
mod faults;
mod frame;
mod header;
mod line_cache;
mod reader;
mod wrapped;

use std::sync::atomic::AtomicUsize;

use super::DecodeError;
use super::Limits;
use super::text::Text;
use crate::model::Profile;
use ending::TextEnd;
use header::Parsed;
use reader::Headers;
use reader::Reader;

pub(super) use chunks::Source;
pub(super) use chunks::can_read;
pub(super) use chunks::read;

/// Decodes a text that contains goroutines; `None` if it contains none.
pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let has_headers =
        text.lines().any(|line| matches!(header::parse(line.trimmed(limits)), Parsed::Header(_)));
    // A report of the race detector has stacks, but no goroutine that waits.
    let is_race = !has_headers && text.content().contains("WARNING: DATA RACE");
    if is_race || !(has_headers || has_frames(text, limits)) {
        return Ok(None);
    }
    if let Some(columns) = wrapped::wrap_width(text, limits) {
        let why = format!("its lines are hard-wrapped at {columns} columns and cannot be joined reliably");
        return Err(DecodeError::NoGoroutine { form: "a traceback", why });
    }
    let goroutines = AtomicUsize::new(0);
    let headers = if has_headers { Headers::Present } else { Headers::Absent };
    let mut reader = Reader::new(limits, headers, &goroutines);
    let mut last = None;
    let mut lines = 0;
    for line in text.lines() {
        reader.read(line)?;
        lines = line.number;
        if !line.text.trim().is_empty() {
            last = Some(line);
        }
    }
    let end = TextEnd {
        last: last.map(|line| (line.trimmed(limits).to_owned(), line.number)),
        lines,
        mid_line: text.ends_mid_line(),
        input_len: text.input_len,
    };
    reader.end(&end);
    let mut profile = reader.finish(&end)?;
    profile.warnings.splice(0..0, text.warnings.iter().cloned());
    Ok(Some(profile))
}

/// Whether a function line is followed by a source position, as below any header.
fn has_frames(text: &Text<'_>, limits: &Limits) -> bool {
    let mut after_call = false;
    for line in text.lines() {
        let line = line.trimmed(limits);
        if after_call && frame::location(line).is_some() {
            return true;
        }
        after_call = frame::call(line).is_some() || (line.is_empty() && after_call);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::ending::GO_LIMIT;
    use super::*;

    fn check(dump: &str, input_len: Option<usize>, total: i128, warning: &str) {
        let mut text = Text::new(dump.as_bytes()).expect("plain text is read");
        text.input_len = input_len.unwrap_or(text.input_len);
        let profile =
            decode(&text, &Limits::default()).expect("it is a traceback").expect("it holds goroutines");
        assert_eq!(profile.total(), total, "{dump}");
        let warnings: Vec<String> = profile.warnings.iter().map(ToString::to_string).collect();
        let fits =
            if warning.is_empty() { warnings.is_empty() } else { warnings.join("\n").contains(warning) };
        assert!(fits, "{warnings:?} and not {warning:?}");
        assert_eq!(profile.is_incomplete(), !warning.is_empty());
    }

    const WHOLE: &str = "goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by main.g in goroutine 1\n\t/g.go:4 +0x2\n";

    #[test]
    fn wrapped_lines_are_refused() {
        let pointers = "0xc000012345, 0xc000012345, 0xc000012345";
        let long = format!("goroutine 7 [select]:\nmain.f({pointers})\n\t/f.go:3 +0x1\n\n").repeat(3);
        let wrapped = long.replace(", 0xc000012345)", ", 0xc0000\n12345)");
        let limits = Limits::default();
        let read = |dump: &str| decode(&Text::new(dump.as_bytes()).expect("plain text is read"), &limits);
        assert_eq!(read(&long).expect("whole lines are read").map(|it| it.total()), Some(3));
        let refused = read(&wrapped).expect_err("its names are broken").to_string();
        assert!(refused.contains("hard-wrapped at 42 columns"), "{refused}");
    }

    #[test]
    fn a_long_line_keeps_its_name() {
        let limits = Limits { max_line: 40, ..Limits::default() };
        let dump = format!("goroutine 7 [select]:\nmain.(*T).f({})\n\t/f.go:3 +0x1\n", "0x1, ".repeat(20));
        let text = Text::new(dump.as_bytes()).expect("plain text is read");
        let profile = decode(&text, &limits).expect("it is a traceback").expect("it holds a goroutine");
        let leaf = profile
            .stacks
            .frames(profile.samples.first().expect("it has a row").stack)
            .next()
            .expect("it has a frame");
        assert_eq!(profile.symbols.function(leaf.function), "main.(*T).f");
    }

    #[test]
    fn endings_that_are_no_truncation() {
        let main = "goroutine 1 [running]:\nmain.main()\n\t/m.go:3 +0x1\n";
        check(main, None, 1, "");
        let run = format!("{main}exit status 2");
        let text = Text::new(run.as_bytes()).expect("plain text is read");
        let profile = decode(&text, &Limits::default()).expect("it is a traceback").expect("it is one");
        assert!(!profile.is_incomplete(), "lines after the frames are ignored");
        check(WHOLE.trim_end(), None, 1, "");
        check(&format!("{WHOLE}exit status 2"), None, 1, "");
        let pieces = ["goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\n", "\n"].concat();
        check(&pieces, None, 1, "");
        check(pieces.trim_end(), None, 1, "truncated inside this goroutine");
    }

    #[test]
    fn truncations_are_reported() {
        check(WHOLE, None, 1, "");
        check(
            &format!("{WHOLE}\ngoroutine 8 [chan rec"),
            None,
            1,
            "cut inside its header; the 1 before it are shown",
        );
        check(
            &format!("{WHOLE}\ngoroutine 8 [select]:\nmain.f(0x"),
            None,
            2,
            "truncated inside this goroutine",
        );
        check(
            &format!("{WHOLE}\ngoroutine 8 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by ma"),
            None,
            2,
            "truncated",
        );
        check(
            &format!("{WHOLE}\ngoroutine 8 [select]:\nmain.f(...)\nmain.main.func2"),
            None,
            2,
            "truncated inside",
        );
        check(WHOLE, Some(GO_LIMIT), 1, "truncated at exactly 64 MiB: Go itself cuts a traceback there");
    }
}
