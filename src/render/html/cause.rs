//! One finding in full: the road from the `go` statement to the wait, how we know, what to change, and what keeps it fixed.

use crate::diagnose::Confidence;
use crate::report::FindingLine;
use crate::report::GroupLine;
use crate::report::SourceLines;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;

use super::chart::Chart;
use super::chart::Layer;
use super::confirmed::from_source;
use super::markup::Markup;
use super::markup::markup;
use super::markup::put;
use super::page::Page;
use super::page::gain;
use super::page::inferred;
use super::page::is_certain;
use super::page::sentence;
use super::page::short;
use super::verdict::pill_of;
use crate::render::forecast;
use crate::render::shown::shown;

/// Label keys of the leading stack that are shown.
const LABELS: usize = 4;

/// Callers that are shown.
const CALLERS: usize = 3;

/// Stacks of a finding that are linked.
const STACKS: usize = 6;

/// A finding as an article with the id `c1`, `c2`, ….
pub(super) fn cause(page: &Page<'_>, finding: &FindingLine, number: usize) -> Markup {
    let number = number.to_string();
    let class = if is_certain(finding) { "card cause" } else { "card cause plain" };
    markup!(
        "<article class=\"" (class) "\" id=\"c" (number) "\" aria-labelledby=\"h" (number) "\"><header>"
        "<span class=\"number\" aria-hidden=\"true\">" (number) "</span><h3 id=\"h" (number) "\">" (finding.heading)
        "</h3>" (pill_of(finding)) "</header><div class=\"columns\"><div>" (road(page, finding)) "</div><div>"
        (over_time(page, finding)) (facts(page, finding)) "</div></div><div class=\"columns\"><div>"
        (how_we_know(finding)) (from_source(finding)) "</div><div>" (fix(finding)) "</div></div>"
        (keep(finding)) (foot(finding, &number)) "</article>\n"
    )
}

/// From the code that made the goroutines to what they wait for, with the lines of source.
fn road(page: &Page<'_>, finding: &FindingLine) -> Markup {
    let lead = &finding.lead;
    let mut out = markup!("<ol class=\"road\">");
    for caller in finding.callers.iter().take(CALLERS) {
        let calls = caller.calls.as_ref().map(|it| markup!(", calls <code>" (short(it)) "</code>"));
        step(
            &mut out,
            caller.verb(),
            &markup!((page.frame(&caller.frame))(calls)(inferred(caller.basis))),
            None,
        );
    }
    let code = |what: &str| finding.excerpts.iter().find(|it| it.what == what);
    if let Some((spawn, basis)) = &lead.spawn_site {
        step(&mut out, "started by", &markup!((page.frame(spawn))(inferred(*basis))), code("started"));
    }
    if let Some(name) = &lead.name {
        let calls = lead.calls.as_ref().map(|it| markup!(", calls <code>" (short(&it.function)) "</code>"));
        step(&mut out, "blocked in", &markup!((page.frame(name))(calls)), code("blocked"));
    }
    if let Some(inner) = lead.waits_in.as_ref().filter(|it| lead.calls.as_ref() != Some(*it)) {
        step(&mut out, "waits in", &page.frame(inner), None);
    }
    if let Some((_, basis)) = lead.blocked_on {
        let words = lead.blocked_on_words().unwrap_or_default();
        let detail = lead.blocked_detail.as_ref().map(|it| markup!(", "(it)));
        step(&mut out, "waits for", &markup!("<b>" (words) "</b>" (detail) (inferred(basis))), None);
    }
    out.raw("</ol>");
    out
}

fn step(out: &mut Markup, name: &'static str, what: &Markup, code: Option<&SourceLines>) {
    put!(out, "<li><span class=\"step\">" (name) "</span> " (what) (code.map(excerpt)) "</li>");
}

/// Lines of source, the one that the profile names marked.
fn excerpt(lines: &SourceLines) -> Markup {
    let shown: Vec<Markup> = lines
        .lines
        .iter()
        .map(|(number, text)| {
            let class = if *number == lines.line { "line here" } else { "line" };
            let text = text.replace('\t', "    ");
            markup!(
                "<span class=\"" (class) "\"><span class=\"at\">" (format!("{number:>4}")) "</span>  "
                (text.trim_end()) "</span>"
            )
        })
        .collect();
    let doubt = lines.doubt.as_ref().map(|it| markup!("<p class=\"muted small\">" (sentence(it)) "</p>"));
    markup!("<pre class=\"source\" tabindex=\"0\" aria-label=\"Source\">" (shown) "</pre>" (doubt))
}

fn over_time(page: &Page<'_>, finding: &FindingLine) -> Markup {
    if !page.is_series() {
        return Markup::default();
    }
    let (first, last) = (finding.counts.first(), finding.counts.last());
    let shown = |it: Option<&i128>| with_thousands(it.copied().unwrap_or(0));
    let chart = Chart {
        label: format!("These goroutines went from {} to {}", shown(first), shown(last)),
        layers: vec![Layer { class: "soft", counts: &finding.counts }],
        times: &page.times,
        height: 168,
        line: if finding.grows || gain(finding) > 0 { "grew" } else { "flat" },
    };
    let rate = page.report.hours.filter(|_| finding.lead.per_hour.is_some());
    let rate = rate.map(|hours| format!(", {}", units::rate(gain(finding) as f64 / hours)));
    markup!(
        "<figure><figcaption>These goroutines over time: <b>" (units::signed(gain(finding))) "</b>" (rate)
        "</figcaption>" (chart.to_svg()) "</figure>"
    )
}

/// What is known beside the place.
fn facts(page: &Page<'_>, finding: &FindingLine) -> Markup {
    let lead = &finding.lead;
    let mut all = Markup::default();
    let mut fact =
        |name: &'static str, what: Markup| put!(&mut all, "<dt>" (name) "</dt><dd>" (what) "</dd>");
    if let Some(waited) = lead.waited {
        let (least, most) = (units::duration(waited.min_s as f64), units::duration(waited.max_s as f64));
        let median = waited.median_s.filter(|_| least != most).map(|it| units::duration(it as f64));
        let median = median.map(|it| markup!(", half of them longer than "(it)));
        let range = if least == most { most } else { format!("{least} to {most}") };
        fact("waited", markup!((range)(median)));
    }
    if let Some(held) = &finding.heap_held {
        let each = held.each.map(|(each, _)| markup!(", " (units::bytes(each)) " each"));
        let at = held.allocated_at.as_ref().map(|it| markup!(", allocated in <code>" (short(it)) "</code>"));
        let tag = " <span class=\"tag\">inferred</span>";
        let mut what = markup!((units::bytes(held.bytes as f64)) " of heap" (each) (at));
        what.raw(tag);
        fact("holds", what);
    }
    if !lead.label_keys.is_empty() {
        fact("labels", labels(lead));
    }
    for it in &finding.outlook {
        fact("outlook", markup!((forecast::outlook(it))));
    }
    if finding.fingerprints.len() > 1 {
        fact("stacks", stacks(page, finding));
    }
    if all.is_empty() { all } else { markup!("<dl class=\"facts\">" (all) "</dl>") }
}

fn labels(lead: &GroupLine) -> Markup {
    let shown: Vec<Markup> = lead
        .label_keys
        .iter()
        .take(LABELS)
        .map(|it| {
            let (value, count) = &it.most;
            let share = units::share(it.goroutines, lead.count().max(it.goroutines));
            let value = if value.is_empty() { "(empty)" } else { value };
            match it.values {
                1 => markup!("<li><code>" (it.key) "=" (value) "</code> on " (share) "</li>"),
                n => markup!(
                    "<li><code>" (it.key) "</code> on " (share) ", " (with_thousands(n as i128)) " values, <code>" (value)
                    "</code> on " (units::share(*count, it.goroutines)) " of those</li>"
                ),
            }
        })
        .collect();
    markup!("<ul class=\"bare\">" (shown) "</ul>")
}

/// Links to the rows of a finding that has several.
fn stacks(page: &Page<'_>, finding: &FindingLine) -> Markup {
    let all: Vec<String> = finding.fingerprints.iter().map(ToString::to_string).collect();
    let links: Vec<Markup> = all
        .iter()
        .take(STACKS)
        .filter(|it| page.report.groups.iter().any(|group| group.fingerprint == **it))
        .map(|it| markup!("<a class=\"mono\" href=\"#s-" (it) "\">" (it.get(..8).unwrap_or(it)) "</a> "))
        .collect();
    markup!((pluralize(all.len() as i128, "stack")) ": " (links) (if all.len() > STACKS { "…" } else { "" }))
}

/// The evidence; a proof has a filled mark.
fn how_we_know(finding: &FindingLine) -> Markup {
    let is_proven = finding.confidence == Confidence::Proven;
    let main = if finding.main_evidence.is_empty() { &finding.evidence } else { &finding.main_evidence };
    let shown: Vec<Markup> = main
        .iter()
        .enumerate()
        .map(|(at, text)| {
            // The proof comes first, if there is one.
            let class = if at == 0 && is_proven { "proof" } else { "sign" };
            markup!("<li class=\"" (class) "\">" (sentence(text)) "</li>")
        })
        .collect();
    let all: Vec<Markup> =
        finding.evidence.iter().map(|text| markup!("<li class=\"sign\">" (sentence(text)) "</li>")).collect();
    let all = (!finding.main_evidence.is_empty() && !all.is_empty()).then(|| {
        markup!("<details class=\"more\"><summary>All evidence, with its figures</summary><ul class=\"evidence\">" (all) "</ul></details>")
    });
    markup!("<h4>How we know</h4><ul class=\"evidence main\">" (shown) "</ul>" (all))
}

fn fix(finding: &FindingLine) -> Markup {
    let patch = patch(finding);
    if finding.advice.is_empty() && finding.sketch.is_empty() && patch.is_none() {
        return Markup::default();
    }
    let is_sure = finding.confidence >= Confidence::Likely || finding.finding.source.confirmed().is_some();
    let title = if is_sure { "Fix" } else { "If so, fix it like this" };
    let could_be = (!is_sure && !finding.title.is_empty() && !finding.from_source.replaces_rule)
        .then(|| markup!("<p class=\"muted\">Could be: " (finding.title) ".</p>"));
    let advice = (!finding.advice.is_empty())
        .then(|| markup!("<p class=\"advice\">" (sentence(&finding.advice)) "</p>"));
    let sketch = (!finding.sketch.is_empty()).then(|| {
        let lines: Vec<Markup> = finding
            .sketch
            .lines()
            .map(|line| markup!("<span class=\"line\">" (line.replace('\t', "    ")) "</span>"))
            .collect();
        markup!("<pre class=\"source\" tabindex=\"0\" aria-label=\"Sketch of the fix\">" (lines) "</pre>")
    });
    markup!("<div class=\"fix\"><h4>" (title) "</h4>" (could_be) (advice) (sketch) (patch) "</div>")
}

/// The change of the source, shown on a click; `None` if there is none.
fn patch(finding: &FindingLine) -> Option<Markup> {
    let patch = finding.finding.source.patch()?;
    let lines: Vec<Markup> = shown(&patch.diff)
        .lines()
        .map(|line| {
            let class = match line.chars().next() {
                Some('+') => "line added",
                Some('-') => "line gone",
                Some(_) | None => "line",
            };
            markup!("<span class=\"" (class) "\">" (line.replace('\t', "    ")) "</span>")
        })
        .collect();
    Some(markup!(
        "<p class=\"advice\">Patch: " (sentence(&patch.in_short())) "</p><details class=\"more\"><summary>The patch</summary>"
        "<pre class=\"source\" tabindex=\"0\" aria-label=\"The patch\">" (lines) "</pre></details>"
    ))
}

/// The commands that detect it when it comes back.
fn keep(finding: &FindingLine) -> Markup {
    let Some(keep) = &finding.keep else { return Markup::default() };
    let commands: Vec<Markup> = keep
        .test
        .iter()
        .chain([&keep.gate])
        .map(|it| {
            markup!(
                "<div class=\"command-line\"><pre tabindex=\"0\">" (it)
                "</pre><button type=\"button\" class=\"js-only\" data-copy>Copy</button></div>"
            )
        })
        .collect();
    markup!("<h4>Keep it fixed</h4>"(commands))
}

/// The rule, its sources, and the way to the row.
fn foot(finding: &FindingLine, number: &str) -> Markup {
    let links: Vec<Markup> = finding
        .links
        .iter()
        .filter(|it| it.starts_with("https://"))
        .map(|it| markup!(" · <a href=\"" (it) "\" rel=\"noreferrer noopener\">" (it) "</a>"))
        .collect();
    let fingerprint = &finding.lead.fingerprint;
    let row = (!fingerprint.is_empty())
        .then(|| markup!(" · stack <a class=\"mono\" href=\"#s-" (fingerprint) "\">" (fingerprint) "</a>"));
    markup!(
        "<p class=\"foot\">rule <code>" (finding.rule) "</code>" (row) (links)
        "<span class=\"js-only\"> · <button type=\"button\" data-map=\"" (fingerprint)
        "\">Show in the map</button> <button type=\"button\" data-ticket=\"" (number)
        "\">Copy as a ticket</button></span></p>"
    )
}
