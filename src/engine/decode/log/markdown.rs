//! A dump inside a page of prose: in a fenced code block, or indented.

use super::evidence;
use super::words;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;
use crate::decode::lines::Place;

/// Leaves out the prose around a dump; `None` if there is none, or if the dump has no clear edges.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Lines<'static>> {
    fenced(lines).or_else(|| indented(lines))
}

/// Puts fences on lines of their own that a chat leaves beside the first and the last line of a dump; `None` if there are none.
pub(super) fn split_fences(lines: &Lines<'_>) -> Option<Lines<'static>> {
    const FENCE: &str = "```";
    let split = |line: &str| {
        let first = line.trim_start().strip_prefix(FENCE);
        let first = first.filter(|rest| starts_goroutine(rest) || words::cause_at(rest) == Some(0));
        let last = line.trim_end().strip_suffix(FENCE).filter(|rest| !rest.trim_matches('`').is_empty());
        let first = first.map(|rest| format!("{FENCE}\n{rest}"));
        first.or_else(|| last.map(|rest| format!("{rest}\n{FENCE}")))
    };
    lines.iter().any(|(_, line)| split(line).is_some()).then(|| lines.map(split))
}

fn is_fence(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("```") || line.starts_with("~~~")
}

fn starts_goroutine(line: &str) -> bool {
    evidence::header_at(line).is_some_and(|at| line.get(..at).is_some_and(|before| before.trim().is_empty()))
}

/// The blocks with goroutines, if all goroutines are in blocks. An unclosed block ends with the text; a text that starts
/// inside a block has one fence more.
fn fenced(lines: &Lines<'_>) -> Option<Lines<'static>> {
    let fences = lines.iter().filter(|(_, line)| is_fence(line)).count();
    let first =
        lines.iter().find(|(_, line)| is_fence(line) || evidence::is_frame(line) || starts_goroutine(line));
    if fences == 0 {
        return None;
    }
    let mut inside = fences % 2 == 1 && !first.is_some_and(|(_, line)| is_fence(line));
    let mut out = Builder::default();
    let mut block = Place::default();
    let mut is_dump = inside;
    for line in lines.placed() {
        if is_fence(line.text) {
            if is_dump {
                lines.range(block, Some(line.place)).iter().for_each(|(number, line)| out.line(number, line));
                out.line(lines.number(line.place.index), "");
            }
            block = Place { offset: line.end, index: line.place.index + 1 };
            (inside, is_dump) = (!inside, false);
        } else if inside {
            is_dump |= starts_goroutine(line.text);
        } else if starts_goroutine(line.text) {
            return None;
        }
    }
    if is_dump {
        lines.range(block, None).iter().for_each(|(number, line)| out.line(number, line));
        if !lines.text().ends_with('\n') {
            out.end_mid_line();
        }
    }
    let out = out.finish();
    let has_dump = out.iter().any(|(_, line)| starts_goroutine(line));
    has_dump.then_some(out)
}

/// The indented lines, if all goroutines are indented by the same blanks and other lines follow that are not.
fn indented(lines: &Lines<'_>) -> Option<Lines<'static>> {
    let mut indent: Option<&str> = None;
    for (_, line) in lines.iter().filter(|(_, line)| starts_goroutine(line)) {
        let blanks = line.get(..line.len() - line.trim_start().len())?;
        if blanks.is_empty() || indent.is_some_and(|known| known != blanks) {
            return None;
        }
        indent = Some(blanks);
    }
    let indent = indent?;
    let is_inside = |line: &str| line.starts_with(indent) || line.trim().is_empty();
    let has_bare_frame = |(_, line): (u32, &str)| !is_inside(line) && evidence::is_call(line.trim_end());
    if lines.iter().all(|(_, line)| is_inside(line)) || lines.iter().any(has_bare_frame) {
        return None;
    }
    // What is before the dump may say why the process died.
    let first = lines.iter().position(|(_, line)| starts_goroutine(line)).unwrap_or(0);
    let mut out = Builder::default();
    for (at, (number, line)) in lines.iter().enumerate() {
        let inside = line.strip_prefix(indent);
        out.line(number, if at < first { inside.unwrap_or(line) } else { inside.unwrap_or("") });
    }
    let ends_inside = lines.iter().last().is_some_and(|(_, line)| is_inside(line));
    if ends_inside && !lines.text().ends_with('\n') {
        out.end_mid_line();
    }
    Some(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let changed = unwrap(&Lines::of(text));
        assert_eq!(changed.as_ref().map_or(text, Lines::text), expected, "{text}");
    }

    const DUMP: &str = "goroutine 7 [select]:\nmain.f()\n\t/f.go:3 +0x1\n";

    #[test]
    fn blocks() {
        check(&format!("Crash:\n```\n{DUMP}```\nThe code:\n```go\nf()\n```\nx.go:3\n"), &format!("{DUMP}\n"));
        check(&format!("{DUMP}```\nand x.go:3\n"), &format!("{DUMP}\n"));
        check(&format!("```\n{DUMP}"), DUMP);
        check(&format!("{DUMP}see\n```\nx\n```\n"), &format!("{DUMP}see\n```\nx\n```\n"));
    }

    #[test]
    fn indentation() {
        let indented: String = DUMP.lines().map(|line| format!("    {line}\n")).collect();
        check(
            &format!("Crash:\n\n{indented}\nThe code is at\n\nmain.go:12\n"),
            &format!("Crash:\n\n{DUMP}\n\n\n\n"),
        );
        check(&indented, &indented);
        check(&format!("Crash:\n{indented}  "), &format!("Crash:\n{DUMP}"));
        check(&format!("Crash:\n{indented}    main.f("), &format!("Crash:\n{DUMP}main.f("));
        check("  goroutine 7 [select]:\nmain.f()\n", "  goroutine 7 [select]:\nmain.f()\n");
    }
}
