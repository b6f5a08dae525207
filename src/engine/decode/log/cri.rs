//! The log of a container runtime (CRI): a time, the stream, and whether the line is whole (`F`) or goes on (`P`).

use super::part::Part;
use super::time;
use crate::decode::lines::Builder;
use crate::decode::lines::Lines;

/// Joins the pieces of long lines; `None` if hardly a line has the form.
pub(super) fn unwrap(lines: &Lines<'_>) -> Option<Vec<Part<'static>>> {
    let (mut same, mut all) = (0, 0);
    for (_, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
        all += 1;
        same += usize::from(record(line).is_some());
    }
    if same == 0 || same * 10 < all * 8 {
        return None;
    }
    let mut streams: [(&str, Builder); 2] = [("stdout", Builder::default()), ("stderr", Builder::default())];
    let mut others = Builder::default();
    for (number, line) in lines.iter() {
        let Some((stream, is_whole, text)) = record(line) else {
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

/// The stream, whether the line is whole, and its text.
fn record(line: &str) -> Option<(&str, bool, &str)> {
    let (stream, rest) = line.get(time::length(line)?..)?.strip_prefix(' ')?.split_once(' ')?;
    let (tag, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_whole = match tag.split(':').next() {
        Some("F") => true,
        Some("P") => false,
        Some(_) | None => return None,
    };
    matches!(stream, "stdout" | "stderr").then_some((stream, is_whole, text))
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
}
