//! The verdict as a picture: `--format svg`, 960 × 360, for READMEs, comments and chat. It has no script and follows the reader's dark mode.

use std::io;

use crate::report::FrameLine;
use crate::report::Report;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::chart::Chart;
use super::chart::shown_time;
use super::figures;
use super::figures::Totals;
use super::markup::Length;
use super::markup::Markup;
use super::markup::markup;
use super::markup::put;
use super::page::Page;
use super::page::State;
use super::page::sentence;
use super::page::short;
use super::page::verdict;
use super::verdict::headline;

/// The style of the picture. It needs no other file.
const STYLE: &str = include_str!("card.css");

/// Kinds of waits that have a bar.
const BARS: usize = 5;

/// Where texts begin, and where the chart does.
const LEFT: f64 = 36.0;
const CHART: f64 = 536.0;

/// Characters of a line of the headline, of a sentence, and of a place in code that fit beside the chart, at the width of usual letters.
const HEADLINE: usize = 28;
const SENTENCE: usize = 58;
const CODE: usize = 46;

/// Writes the picture.
pub(crate) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page::new(report);
    let title = sentence(&headline(&page));
    let title = title.trim_end_matches('.');
    let mut svg = markup!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 360\" width=\"960\" height=\"360\" role=\"img\" aria-label=\""
        (title) "\">\n<style>"
    );
    svg.raw(STYLE);
    let (sign, pill) = sign(&page);
    put!(
        &mut svg,
        "</style>\n<rect class=\"b\" x=\".5\" y=\".5\" width=\"959\" height=\"359\" rx=\"14\"/><rect class=\"" (sign)
        "\" x=\"36\" y=\"30\" width=\"14\" height=\"14\" rx=\"4\"/>"
    );
    put!(&mut svg, "<text class=\"p\" x=\"60\" y=\"43\">" (cut(&page.program(), 40)) "</text>" (pill));
    let mut y = 116.0;
    for line in lines(title, HEADLINE, 3) {
        put!(&mut svg, "<text class=\"h\" x=\"" (Length(LEFT)) "\" y=\"" (Length(y)) "\">" (line) "</text>");
        y += 33.0;
    }
    y += 4.0;
    for line in lines(&from_to(&page), SENTENCE, 2) {
        put!(&mut svg, "<text class=\"l\" x=\"" (Length(LEFT)) "\" y=\"" (Length(y)) "\">" (line) "</text>");
        y += 21.0;
    }
    y += 8.0;
    for (what, place) in places(&page) {
        put!(
            &mut svg,
            "<text class=\"m\" x=\"" (Length(LEFT)) "\" y=\"" (Length(y)) "\">" (what) " " (cut(&place, CODE)) "</text>"
        );
        y += 21.0;
    }
    put!(&mut svg, "<text x=\"" (Length(LEFT)) "\" y=\"336\">" (footer(&page)) "</text>" (chart(&page)) "</svg>\n");
    out.write_all(svg.into_string().as_bytes())
}

/// The class of the sign at the top, and how sure the verdict is, in words.
fn sign(page: &Page<'_>) -> (&'static str, Markup) {
    let (sign, class, text) = match (page.certain.first(), page.state) {
        (Some(lead), _) => ("s-grow", "grow", verdict(lead)),
        (None, State::Certain) if page.report.death.is_some() => {
            ("s-grow", "grow", "the process died".to_owned())
        }
        // Findings are made of stacks; other groups may be proven without one.
        (None, State::Certain) => ("s-grow", "grow", "proven leaked".to_owned()),
        (None, State::Calm) if page.is_series() => ("s-calm", "calm", "no leak is shown".to_owned()),
        (None, State::Calm) => ("s-plain", "plain", "one snapshot".to_owned()),
        (None, State::Uncertain) => ("s-plain", "plain", "nothing certain".to_owned()),
    };
    (sign, markup!("<text class=\"" (class) "\" x=\"36\" y=\"76\">" (text) "</text>"))
}

/// From how many goroutines to how many.
fn from_to(page: &Page<'_>) -> String {
    let (first, last) = page.totals();
    let goroutines = pluralize(last, "goroutine");
    if !page.is_series() {
        return format!("{goroutines} in one snapshot");
    }
    let time = page.duration().map_or(String::new(), |it| format!(" in {it}"));
    let snapshots = pluralize(page.report.snapshots.len() as i128, "snapshot");
    format!("From {} to {goroutines}{time}, {snapshots}", with_thousands(first))
}

/// Where the goroutines of the first cause wait, and where they are started.
fn places(page: &Page<'_>) -> Vec<(&'static str, String)> {
    let Some(lead) = page.certain.first() else { return Vec::new() };
    let place = |frame: &FrameLine| match page.position(frame) {
        position if position.is_empty() => short(&frame.function),
        position => position,
    };
    let caller = lead.callers.first().map(|it| (it.verb(), place(&it.frame)));
    let name = lead.lead.name.as_ref().map(|it| ("waits at", place(it)));
    let spawn = lead.lead.spawn_site.as_ref().map(|(it, _)| ("started at", place(it)));
    [caller, name, spawn].into_iter().flatten().take(3).collect()
}

/// When the last snapshot was taken, and by what this was made.
fn footer(page: &Page<'_>) -> String {
    let last = page.times.last().copied().flatten();
    let time = last.and_then(|it| shown_time(it, "%-d %B %Y, %H:%M UTC"));
    let time = time.map_or(String::new(), |it| format!("{it} · "));
    format!("{time}made by leakscope")
}

/// The goroutines over time, by cause; of one snapshot what they wait for.
fn chart(page: &Page<'_>) -> Markup {
    if !page.is_series() {
        return waits(page);
    }
    let totals = Totals::of(page);
    let chart = Chart {
        layers: totals.layers(),
        label: totals.label.clone(),
        times: &page.times,
        height: 280,
        line: if totals.causes.is_empty() { "flat" } else { "grew" },
    };
    markup!("<svg x=\"" (Length(CHART)) "\" y=\"40\" width=\"388\" height=\"284\" overflow=\"visible\">" (chart.to_svg()) "</svg>")
}

/// What the goroutines of one snapshot wait for: a bar for each kind, the most frequent first.
fn waits(page: &Page<'_>) -> Markup {
    let mut all = figures::waits(page.report);
    all.retain(|(_, count)| *count > 0);
    let most = all.first().map_or(1.0, |it| it.1 as f64);
    let mut out = markup!("<text x=\"" (Length(CHART)) "\" y=\"76\">What they wait for</text>");
    for ((what, count), at) in all.iter().take(BARS).zip(0_u8..) {
        let y = 104.0 + 44.0 * f64::from(at);
        put!(
            &mut out,
            "<text class=\"l\" x=\"" (Length(CHART)) "\" y=\"" (Length(y)) "\">" (*what)
            "</text><text class=\"value\" x=\"924\" y=\"" (Length(y)) "\" text-anchor=\"end\">" (with_thousands(*count))
            "</text><rect class=\"rest\" x=\"" (Length(CHART)) "\" y=\"" (Length(y + 8.0)) "\" width=\""
            (Length(388.0 * *count as f64 / most)) "\" height=\"8\" rx=\"2\"/>"
        );
    }
    out
}

/// A text in at most `most` lines of about `width` characters; the last one is cut.
fn lines(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(cut(word, width)),
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(line) = lines.last_mut() {
            *line = cut(&format!("{line} …"), width);
        }
    }
    lines
}

/// A text of at most `width` characters: its end goes.
fn cut(text: &str, width: usize) -> String {
    match text.char_indices().nth(width) {
        None => text.to_owned(),
        Some(_) => format!("{}…", text.chars().take(width.saturating_sub(1)).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headlines_have_few_lines() {
        let check = |text: &str, expected: &[&str]| assert_eq!(lines(text, 10, 2), expected);
        check("one two three", &["one two", "three"]);
        check("one two three four five", &["one two", "three fou…"]);
        check("a-very-long-word", &["a-very-lo…"]);
    }
}
