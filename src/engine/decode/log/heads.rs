//! Lines that a log writes before each message: `logcat -v long`, supervisord.

use super::evidence;
use super::pattern::Pattern;
use crate::decode::lines::Lines;

/// The lines among which the first of them is.
const REACH: usize = 64;

/// Removes them; `None` if there are none.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Lines<'static>> {
    let pattern = pattern(lines.text())?;
    Some(lines.filter(|line| !is_head(&pattern, line.text)))
}

/// Their pattern: that of a time and a source, which a fifth of the lines have, and nothing after it. What is also before the other lines is a
/// prefix.
pub(super) fn pattern(text: &str) -> Option<Pattern> {
    let mut tried: Vec<Pattern> = Vec::new();
    for line in text.lines().take(REACH).filter(|line| may_be_head(line)) {
        let pattern = Pattern::of(line.trim_end());
        if !pattern.has_time() || tried.contains(&pattern) {
            continue;
        }
        let (mut heads, mut all, mut is_prefix) = (0, 0, false);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let is_head = is_head(&pattern, line);
            is_prefix |= !is_head && pattern.matches(line).is_some();
            (heads, all) = (heads + usize::from(is_head), all + 1);
        }
        if heads > 2 && heads * 5 >= all && !is_prefix {
            return Some(pattern);
        }
        tried.push(pattern);
        if tried.len() > 4 {
            break;
        }
    }
    None
}

fn may_be_head(line: &str) -> bool {
    let ends = line.trim_end().ends_with([']', ':']);
    ends && evidence::header_at(line).is_none() && !evidence::is_frame(line)
}

fn is_head(pattern: &Pattern, line: &str) -> bool {
    may_be_head(line) && pattern.matches(line.trim_end()).is_some_and(|it| it.rest.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let check = |heads: [&str; 3], expected: bool| {
            let [a, b, c] = heads;
            let text = format!("{a}\ngoroutine 7 [select]:\n\n{b}\nmain.f()\n\n{c}\n\t/f.go:3\n\n");
            let changed = unwrap(&Lines::of(text.as_str()));
            let plain = "goroutine 7 [select]:\n\nmain.f()\n\n\t/f.go:3\n\n";
            assert_eq!(changed.as_ref().map(Lines::text), expected.then_some(plain), "{text}");
        };
        check(
            [
                "[ 11-29 20:00:00.137  1356: 1356 E/Go ]",
                "[ 11-29 20:00:00.138  1356: 1357 E/Go ]",
                "[ 11-29 20:00:00.140  1356: 1356 E/Go ]",
            ],
            true,
        );
        check(
            [
                "2026-11-29 20:00:00,137 DEBG 'app' stderr output:",
                "2026-11-29 20:00:00,138 DEBG 'app' stderr output:",
                "2026-11-29 20:00:00,140 DEBG 'app' stderr output:",
            ],
            true,
        );
        check(
            ["2026-11-29 20:00:00 listening:", "2026-11-29 20:00:00 stopped:", "2026-11-29 20:00:00 done"],
            false,
        );
        check(["--", "--", "--"], false);
        let syslog = "Nov 29 20:00:00 host app[1]: ";
        let lines = ["goroutine 7 [select]:", "main.f()", "", ""].map(|line| format!("{syslog}{line}\n"));
        assert!(pattern(&lines.concat().repeat(3)).is_none());
    }
}
