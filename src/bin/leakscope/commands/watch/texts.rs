//! Short texts: names, cuts, bars. Outside text goes through [`one_word`] or [`outside`] before it is shown.

use leakscope::golang::package_and_rest;
use leakscope::report::FrameLine;
use leakscope::text::escape;
use leakscope::text::word;
use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

/// A name, a path or a label as one word, so that it cannot be taken for a sentence of the view.
pub(super) fn one_word(text: &str) -> String {
    word(text).into_owned()
}

/// A sentence with outside text in it, as it may be shown on a terminal.
pub(super) fn outside(text: &str) -> String {
    escape(text).into_owned()
}

/// Why a request failed, without its address, which the tab says.
pub(super) fn without_address(why: &str) -> &str {
    let url = why.strip_prefix("cannot fetch ").unwrap_or(why);
    let is_url = url.starts_with("http://") || url.starts_with("https://");
    url.split_once(": ").filter(|_| is_url).map_or(why, |(_, reason)| reason)
}

/// A function with the last element of its package's path: `cron/v3.(*Cron).run`, `main.pageOf.func1`.
pub(super) fn short(function: &str) -> String {
    let (package, rest) = package_and_rest(function);
    let is_version = |it: &str| it.strip_prefix('v').is_some_and(|it| it.bytes().all(|c| c.is_ascii_digit()));
    let elements: Vec<&str> = package.split('/').collect();
    let from = match elements.as_slice() {
        [.., last] if elements.len() > 1 && is_version(last) => elements.len() - 2,
        _ => elements.len() - 1,
    };
    let short = elements.get(from..).unwrap_or_default().join("/");
    let dot = if short.is_empty() { "" } else { "." };
    one_word(&format!("{short}{dot}{rest}"))
}

/// `main.go:41`, or with more folders; empty if the file is unknown.
pub(super) fn position(frame: &FrameLine, folders: usize) -> String {
    if frame.file.is_empty() {
        return String::new();
    }
    let mut cuts = frame.file.rmatch_indices(['/', '\\']).map(|(at, _)| at + 1);
    let from = cuts.nth(folders).unwrap_or(0);
    let file = one_word(frame.file.get(from..).unwrap_or(&frame.file));
    if frame.line == 0 { file } else { format!("{file}:{}", frame.line) }
}

/// The text in at most `width` cells. It is cut in the middle, so that its beginning and its end stay.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let Some(space) = width.checked_sub(1) else { return String::new() };
    let left = if space < 4 { 0 } else { space / 3 };
    let head = within(text.chars(), left);
    let tail: Vec<char> = within(text.chars().rev(), space - left).chars().rev().collect();
    head.chars().chain(['…']).chain(tail).collect()
}

/// The text in exactly `width` cells.
pub(super) fn padded(text: &str, width: usize) -> String {
    let mut out = cut(text, width);
    out.extend(std::iter::repeat_n(' ', width.saturating_sub(out.width())));
    out
}

/// As many characters as fit into `width` cells.
fn within(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    chars.take_while(fits).collect()
}

/// A function's short name in exactly `width` cells, with its position at the right. The package goes first, then what is in the middle.
pub(super) fn name_and_position(name: &str, position: &str, width: usize) -> String {
    let position = if width < 20 { String::new() } else { cut(position, (width / 2).max(12)) };
    let gap = usize::from(!position.is_empty());
    let left = width.saturating_sub(position.width() + gap);
    let without_package = name.split_once('.').map_or(name, |(_, rest)| rest);
    let name = if name.width() <= left { name } else { without_package };
    format!("{}{}{position}", padded(name, left), " ".repeat(gap))
}

/// The words of a text in lines of at most `width` cells. A longer word is cut into several lines.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut rest = word;
        while !rest.is_empty() {
            let line = lines.last_mut().expect("there is always a line");
            let gap = usize::from(!line.is_empty());
            if line.width() + gap + rest.width() <= width {
                line.push_str(&" ".repeat(gap));
                line.push_str(rest);
                break;
            }
            if gap == 1 {
                lines.push(String::new());
                continue;
            }
            let head = within(rest.chars(), width);
            // A character that is wider than the line has a line of its own.
            let first = rest.chars().next().map_or(0, char::len_utf8);
            let (head, tail) = rest.split_at(head.len().max(first));
            line.push_str(head);
            rest = tail;
            lines.push(String::new());
        }
    }
    if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Counts as bars, at most `width`, evenly spread over time; each is relative to the range of all. `times` may be empty: then counts are
/// evenly spread over their number.
pub(super) fn bars(counts: &[i128], times: &[i64], width: usize) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let chosen = chosen(counts, times, width);
    let least = chosen.iter().copied().min().unwrap_or(0);
    let span = chosen.iter().copied().max().unwrap_or(0) - least;
    let level = |count: &i128| match span {
        0 => 0,
        _ => ((count - least) as f64 / span as f64 * 7.0).round() as usize,
    };
    chosen.iter().map(|count| BARS[level(count).min(7)]).collect()
}

/// At most `width` of the counts: the first, the last, and between them those at evenly spread times.
fn chosen(counts: &[i128], times: &[i64], width: usize) -> Vec<i128> {
    if counts.len() <= width || width < 2 {
        return counts.iter().copied().take(width).collect();
    }
    let by_index: Vec<i64> = (0..counts.len() as i64).collect();
    let times = if times.len() == counts.len() && times.is_sorted() { times } else { &by_index };
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    let span = i128::from(*last) - i128::from(*first);
    let at = |bar: usize| {
        let time = i128::from(*first) + span * bar as i128 / (width as i128 - 1);
        let after = times.partition_point(|it| i128::from(*it) <= time);
        counts.get(after.saturating_sub(1)).copied().unwrap_or(0)
    };
    (0..width).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_without_addresses() {
        let check = |why: &str, expected: &str| assert_eq!(without_address(why), expected);
        check("cannot fetch http://[::1]:6060/debug/pprof/goroutine?debug=2: status 500", "status 500");
        check("https://api/debug/pprof/goroutine: line 1: this is HTML", "line 1: this is HTML");
        check("cannot fetch unix:/a.sock: connecting", "cannot fetch unix:/a.sock: connecting");
        check("status 404: not found", "status 404: not found");
    }

    #[test]
    fn names_are_short_and_escaped() {
        let check = |function: &str, expected: &str| assert_eq!(short(function), expected);
        check("main.pageOf.func1", "main.pageOf.func1");
        check("github.com/robfig/cron/v3.(*Cron).run", "cron/v3.(*Cron).run");
        check("net/http.(*Server).Serve", "http.(*Server).Serve");
        check("main.\x1b[2Jf", "main.\\x1b[2Jf");
        let frame = FrameLine { function: String::new(), file: "/srv/a/b/c.go".to_owned(), line: 7 };
        assert_eq!(
            [position(&frame, 0), position(&frame, 1), position(&frame, 9)],
            ["c.go:7", "b/c.go:7", "/srv/a/b/c.go:7"]
        );
    }

    #[test]
    fn texts_fit() {
        assert_eq!(cut("abcdefghij", 7), "ab…ghij");
        assert_eq!([cut("abc", 3), cut("abcd", 3), cut("abcd", 1), cut("a", 0)], ["abc", "…cd", "…", ""]);
        assert_eq!(cut("日本語日本語", 7), "日…本語");
        assert_eq!(padded("ab", 4), "ab  ");
        assert_eq!(name_and_position("main.f", "main.go:41", 20), "main.f    main.go:41");
        assert_eq!(name_and_position("main.page.func1", "main.go:41", 22), "page.func1  main.go:41");
        assert_eq!(name_and_position("main.pageOf.func1", "main.go:41", 20), "pa….func1 main.go:41");
        assert_eq!(name_and_position("main.f", "main.go:41", 8), "main.f  ");
        assert_eq!(wrapped("ab cd efghijk", 5), ["ab cd", "efghi", "jk"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("日本", 1), ["日", "本"]);
    }

    #[test]
    fn bars_are_even_in_time() {
        assert_eq!(bars(&[8, 16, 24, 32, 40, 48], &[], 8), "▁▂▄▅▇█");
        assert_eq!(bars(&[4, 4], &[], 8), "▁▁");
        assert_eq!(bars(&[], &[], 8), "");
        assert_eq!(bars(&[1, 2], &[], 0), "");
        // Of the older time fewer counts are left.
        assert_eq!(bars(&[0, 4, 8, 9, 10, 11, 12], &[0, 40, 80, 90, 100, 110, 120], 4), "▁▃▆█");
        assert_eq!(bars(&(0..100).collect::<Vec<_>>(), &[], 5), "▁▃▄▆█");
    }
}
