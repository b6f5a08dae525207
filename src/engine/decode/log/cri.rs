//! The log of a container runtime (CRI): a time, the stream, and whether the line is whole (`F`) or goes on (`P`). A job of GitLab
//! writes a time, the stream (`01E`), and whether the line follows the last one (blank) or goes on with it (`+`).

use super::part::Part;
use super::time;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;

/// Joins the pieces of long lines; `None` if hardly a line has the form.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Vec<Part<'static>>> {
    let (mut same, mut all) = (0, 0);
    for (_, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
        all += 1;
        same += usize::from(record(line, None).is_some());
    }
    if same == 0 || same * 10 < all * 8 {
        return None;
    }
    let mut streams: [(&str, Builder); 2] = [("stdout", Builder::default()), ("stderr", Builder::default())];
    let mut others = Builder::default();
    let mut rest = lines.iter().peekable();
    while let Some((number, line)) = rest.next() {
        let Some((stream, is_whole, text)) = record(line, rest.peek().map(|(_, line)| *line)) else {
            others.line(number, line);
            continue;
        };
        if let Some((_, out)) = streams.iter_mut().find(|(name, _)| *name == stream) {
            out.piece(number, text);
            if is_whole {
                out.line_end(number);
            }
        }
    }
    let streams = streams.map(|(name, lines)| Part::new(name, lines.finish()));
    Some(streams.into_iter().chain([Part::new("", others.finish())]).collect())
}

/// The stream, whether the line is whole, and its text. Whether a line of GitLab is whole is known from the next line.
fn record<'t>(line: &'t str, next: Option<&str>) -> Option<(&'t str, bool, &'t str)> {
    let text = line.get(time::length(line)?..)?.strip_prefix(' ')?;
    if let Some((stream, _, text)) = of_gitlab(text) {
        let next = next.and_then(|next| next.get(time::length(next)? + 1..));
        return Some((stream, !next.and_then(of_gitlab).is_some_and(|(_, goes_on, _)| goes_on), text));
    }
    let (stream, rest) = text.split_once(' ')?;
    let (tag, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_whole = match tag.split(':').next() {
        Some("F") => true,
        Some("P") => false,
        Some(_) | None => return None,
    };
    matches!(stream, "stdout" | "stderr").then_some((stream, is_whole, text))
}

/// The stream, whether the line goes on with the one before, and the text: `01E+text`.
fn of_gitlab(text: &str) -> Option<(&'static str, bool, &str)> {
    let (mark, text) = text.split_at_checked(4)?;
    let [b'0'..=b'9' | b'a'..=b'f', b'0'..=b'9' | b'a'..=b'f', stream, sign] = mark.as_bytes() else {
        return None;
    };
    let stream = match stream {
        b'O' => "stdout",
        b'E' => "stderr",
        _ => return None,
    };
    matches!(sign, b' ' | b'+').then_some((stream, *sign == b'+', text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined() {
        let text = "2026-11-29T20:00:00.1Z stderr P goroutine \n2026-11-29T20:00:00Z stdout F other\n2026-11-29T20:00:00Z stderr F 7\n2026-11-29T20:00:00Z stderr F \n";
        let parts = unwrap(&Lines::of(text)).expect("it is CRI");
        let shown: Vec<&str> = parts.iter().map(|part| part.lines.text()).collect();
        assert_eq!(shown, ["other\n", "goroutine 7\n\n", ""]);
        assert!(unwrap(&Lines::of("2026-11-29T20:00:00Z stderr x\n")).is_none());
    }

    #[test]
    fn jobs_of_gitlab() {
        let text = "2026-11-29T20:00:00.1Z 01E gorou\n2026-11-29T20:00:00Z 01E+tine 7\n2026-11-29T20:00:00Z 01E \n2026-11-29T20:00:00Z 01E x\n";
        let parts = unwrap(&Lines::of(text)).expect("it is a job of GitLab");
        let shown: Vec<&str> = parts.iter().map(|part| part.lines.text()).collect();
        assert_eq!(shown, ["", "goroutine 7\n\nx\n", ""]);
    }
}
