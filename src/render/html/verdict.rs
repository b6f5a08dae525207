//! The first card: what is wrong in one sentence, what to do, how it went over time, and a few figures.

use crate::diagnose::Confidence;
use crate::gate::GateOutcome;
use crate::report::FindingLine;
use crate::report::GrowthConclusion;
use crate::rules::Level;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;

use super::chart::Chart;
use super::chart::bar;
use super::figures;
use super::figures::LAYERS;
use super::figures::Totals;
use super::markup::Markup;
use super::markup::markup;
use super::markup::put;
use super::page::Page;
use super::page::State;
use super::page::gain;
use super::page::has_more;
use super::page::sentence;
use super::page::short;
use super::page::verdict;
use super::tiles::tiles;

/// The classes of the causes in the legend of the chart.
const SQUARES: [&str; LAYERS] = ["square cause-1", "square cause-2", "square cause-3"];

/// The headline: also the title of the document.
pub(super) fn headline(page: &Page<'_>) -> String {
    let (first, last) = page.totals();
    if let Some(lead) = page.certain.first() {
        let others = page.certain.len() as i128 - 1;
        let more =
            if others > 0 { format!(", and {}", pluralize(others, "other cause")) } else { String::new() };
        return format!("{}{more}", lead.heading);
    }
    if let Some(death) = &page.report.death {
        return death.full_sentence().trim_start_matches("the Go runtime says that ").to_owned();
    }
    let goroutines = pluralize(last, "goroutine");
    if let proven @ 1.. = page.report.conclusion.proven {
        let are = if proven == 1 { "is" } else { "are" };
        return format!("{} {are} proven leaked", pluralize(proven, "goroutine"));
    }
    match (&page.report.conclusion.growth, page.state) {
        (GrowthConclusion::NoGroups, _) => "No goroutine passes the filters".to_owned(),
        (GrowthConclusion::SingleSnapshot, _) => format!("{goroutines}, and no leak is shown"),
        (GrowthConclusion::Background { .. }, State::Calm) => "Only background grows".to_owned(),
        (_, State::Calm) => "Nothing grows".to_owned(),
        (GrowthConclusion::Rows { count }, _) => {
            let verb = if *count == 1 { "grows" } else { "grow" };
            format!(
                "{} {verb}",
                pluralize(*count as i128, if page.is_by_stack() { "stack" } else { "group" })
            )
        }
        (GrowthConclusion::Nothing(_), _) if has_more(page.report) => {
            format!("{} to {goroutines}, and no single cause", with_thousands(first))
        }
        (_, State::Certain | State::Uncertain) => {
            format!("{} to {goroutines}, nothing certain", with_thousands(first))
        }
    }
}

/// The whole card.
pub(super) fn verdict_card(page: &Page<'_>) -> Markup {
    let class = match page.state {
        State::Certain => "card hero certain",
        State::Calm if page.is_series() => "card hero calm",
        State::Uncertain | State::Calm => "card hero unsure",
    };
    markup!(
        "<section class=\"" (class) "\" aria-labelledby=\"verdict\"><div class=\"says\">" (pill(page))
        "<h1 id=\"verdict\">" (sentence_case(&headline(page))) "</h1>" (death(page))
        "<p class=\"lead\">" (from_to(page)) "</p>" (to_do(page)) (gate(page)) "</div><figure>" (figure(page))
        "</figure>" (tiles(page)) "</section>\n"
    )
}

fn sentence_case(text: &str) -> String {
    sentence(text).trim_end_matches('.').to_owned()
}

/// How sure it is, in words and a sign.
pub(super) fn pill_of(finding: &FindingLine) -> Markup {
    let class = match finding.confidence {
        Confidence::Proven | Confidence::Likely => "pill grow",
        Confidence::Suspect | Confidence::Watch => "pill maybe",
    };
    markup!(
        "<span class=\"" (class) "\"><svg viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" aria-hidden=\"true\">"
        "<path d=\"M1 10 5 6l2 2 4-6\" fill=\"none\" stroke=\"currentColor\" "
        "stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>"
        (verdict(finding)) "</span>"
    )
}

fn pill(page: &Page<'_>) -> Markup {
    if let Some(lead) = page.certain.first() {
        return pill_of(lead);
    }
    if page.report.death.is_some() {
        return markup!("<span class=\"pill grow\">the process died</span>");
    }
    if page.report.conclusion.proven > 0 {
        return markup!("<span class=\"pill grow\">proven leaked</span>");
    }
    match page.state {
        State::Calm if page.is_series() => markup!(
            "<span class=\"pill calm\"><svg viewBox=\"0 0 12 12\" width=\"12\" height=\"12\" aria-hidden=\"true\">"
            "<path d=\"M2 6.5 5 9.5 10.5 3\" fill=\"none\" stroke=\"currentColor\" "
        "stroke-width=\"1.8\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/></svg>"
            "no leak is shown</span>"
        ),
        State::Calm => markup!("<span class=\"pill plain\">one snapshot</span>"),
        State::Certain | State::Uncertain => {
            let first = page.report.findings.iter().find(|it| it.level > Level::Allow);
            let sure = first.map_or(String::new(), |it| format!(" · {}", verdict(it)));
            markup!("<span class=\"pill plain\">nothing certain" (sure) "</span>")
        }
    }
}

/// Why the process died, where the headline says something else.
fn death(page: &Page<'_>) -> Markup {
    let Some(death) = &page.report.death else { return Markup::default() };
    let site = death.site.as_ref().map(|it| markup!(" in "(page.frame(it))));
    if page.certain.is_empty() {
        return site.map(|it| markup!("<p class=\"lead\">It happened" (it) ".</p>")).unwrap_or_default();
    }
    markup!("<p class=\"died\"><b>The process died.</b> " (sentence(&death.full_sentence())) (site) "</p>")
}

/// From how many to how many, and how much of that the causes explain.
fn from_to(page: &Page<'_>) -> Markup {
    let (first, last) = page.totals();
    let goroutines = pluralize(last, "goroutine");
    if !page.is_series() {
        let grown = "it shows what is blocked, not what grows";
        return markup!("<b>" (goroutines) "</b> in one snapshot: " (grown) ".");
    }
    let how_long = match page.duration() {
        Some(duration) if first == last => format!(", {duration} before"),
        Some(duration) => format!(" in {duration}"),
        None if first == last => {
            format!(" of {}", pluralize(page.report.snapshots.len() as i128, "snapshot"))
        }
        None => format!(" over {}", pluralize(page.report.snapshots.len() as i128, "snapshot")),
    };
    let mut out = match first == last {
        true => markup!("The program has <b>" (goroutines) "</b>, as at the start" (how_long)),
        false => markup!(
            "The program went from <b>" (with_thousands(first)) "</b> to <b>" (goroutines) "</b>" (how_long)
        ),
    };
    let gained = last - first;
    let explained: i128 = page.certain.iter().map(|it| gain(it).max(0)).sum();
    if gained > 0 && explained > 0 {
        let share = units::share(explained.min(gained), gained);
        let (who, verb) = match page.certain.len() {
            1 => ("one cause".to_owned(), "accounts"),
            n => (pluralize(n as i128, "cause"), "account"),
        };
        put!(&mut out, "; " (who) " " (verb) " for <b>" (share) "</b> of what came");
    }
    out.raw(".");
    let is_cause_unknown = page.certain.is_empty() && !page.is_by_stack() && page.state != State::Calm;
    if page.state == State::Uncertain || is_cause_unknown {
        put!(&mut out, " "(uncertain(page)));
    }
    out
}

/// What is missing for certainty.
fn uncertain(page: &Page<'_>) -> String {
    if !page.is_by_stack() {
        return "Causes are found for stacks: leave --by out to see them.".to_owned();
    }
    let n = page.report.findings.iter().filter(|it| it.level > Level::Allow).count();
    let what = match n {
        0 => return "No finding names a cause.".to_owned(),
        1 => "One stack is worth a look".to_owned(),
        n => format!("{} are worth a look", pluralize(n as i128, "stack")),
    };
    match page.report.snapshots.len() {
        ..4 => format!("{what}; so few snapshots cannot show that growth goes on."),
        _ => format!("{what}; none is proven."),
    }
}

/// What to change and where, or how to see more, or why all is well.
fn to_do(page: &Page<'_>) -> Markup {
    if let Some(lead) = page.certain.first().filter(|it| !it.advice.is_empty()) {
        return markup!(
            "<div class=\"todo\"><b>What to do</b><p>" (sentence(&lead.advice)) (places(page, lead)) "</p></div>"
        );
    }
    if let Some(next) = &page.report.next_step {
        return match next.split_once(": ") {
            Some((how, command)) => markup!(
                "<div class=\"todo\"><b>What to do next</b><p>" (how) ":</p><code class=\"command\">" (command) "</code></div>"
            ),
            None => markup!("<div class=\"todo\"><b>What to do next</b><p>" (next) "</p></div>"),
        };
    }
    let why = match &page.report.conclusion.growth {
        GrowthConclusion::Nothing(why) => why.clone(),
        GrowthConclusion::Background { what, gain } => {
            format!("only {what} grew, by {}, and their number is normal", with_thousands(*gain))
        }
        GrowthConclusion::NoGroups
        | GrowthConclusion::SingleSnapshot
        | GrowthConclusion::Findings { .. }
        | GrowthConclusion::Rows { .. } => return Markup::default(),
    };
    markup!("<div class=\"todo\"><b>How we know</b><p>" (sentence(&why)) "</p></div>")
}

/// Where the goroutines of a finding wait and where they are started, the reader's own code first.
fn places(page: &Page<'_>, finding: &FindingLine) -> Markup {
    let lead = &finding.lead;
    let mut out = Markup::default();
    if let Some(caller) = finding.callers.first() {
        put!(&mut out, " They are " (caller.verb()) " " (page.linked_position(&caller.frame)) ".");
    }
    let name = lead.name.as_ref().map(|it| page.linked_position(it)).filter(|it| !it.is_empty());
    let spawn = lead.spawn_site.as_ref().map(|(it, _)| page.linked_position(it)).filter(|it| !it.is_empty());
    match (name, spawn) {
        (Some(name), Some(spawn)) => put!(&mut out, " They wait at " (name) ", started at " (spawn) "."),
        (Some(name), None) => put!(&mut out, " They wait at " (name) "."),
        (None, Some(spawn)) => put!(&mut out, " They are started at " (spawn) "."),
        (None, None) => {}
    }
    out
}

/// The verdict of a gate.
fn gate(page: &Page<'_>) -> Markup {
    let Some(verdict) = &page.report.verdict else { return Markup::default() };
    let (class, text) = match &verdict.outcome {
        GateOutcome::Pass => ("gate pass", "pass".to_owned()),
        GateOutcome::Denied => {
            ("gate fail", format!("fail, {} denied", pluralize(verdict.denied as i128, "finding")))
        }
        GateOutcome::Inconclusive(why) => ("gate open", format!("inconclusive: {why}")),
        GateOutcome::Unusable(why) => ("gate open", format!("cannot judge: {why}")),
    };
    let remarks = verdict.allowed.iter().map(|it| format!("allowed: {it}"));
    let unused = verdict.unused_allows.iter().map(|it| format!("allow entry that matched nothing: {it}"));
    let remarks: Vec<Markup> = remarks
        .chain(unused)
        .chain(verdict.remarks.iter().cloned())
        .map(|it| markup!("<li>" (it) "</li>"))
        .collect();
    let list = (!remarks.is_empty()).then(|| markup!("<ul class=\"plain\">" (remarks) "</ul>"));
    markup!("<div class=\"" (class) "\"><b>Gate</b> " (text) (list) "</div>")
}

/// The chart, or what goroutines wait for where one snapshot has no time.
fn figure(page: &Page<'_>) -> Markup {
    if !page.is_series() {
        return waits(page);
    }
    let (first, last) = page.totals();
    let totals = Totals::of(page);
    let chart = Chart {
        layers: totals.layers(),
        label: totals.label.clone(),
        times: &page.times,
        height: 240,
        line: if page.state == State::Certain && last > first { "grew" } else { "flat" },
    };
    let legend: Vec<Markup> = totals
        .causes
        .iter()
        .zip(SQUARES)
        .map(|(it, class)| {
            let name = it.lead.name.as_ref().map_or_else(|| it.rule.clone(), |it| short(&it.function));
            markup!("<span><i class=\"" (class) "\"></i>" (name) "</span>")
        })
        .collect();
    let (caption, rest) = match legend.is_empty() {
        true => ("Goroutines over time", None),
        false => (
            "Goroutines over time, by cause",
            Some(markup!("<span><i class=\"square rest\"></i>everything else</span>")),
        ),
    };
    markup!("<figcaption>" (caption) "</figcaption>" (chart.to_svg()) "<div class=\"key\">" (legend) (rest) "</div>")
}

/// What the goroutines of one snapshot wait for.
fn waits(page: &Page<'_>) -> Markup {
    const MOST: usize = 8;
    let all = figures::waits(page.report);
    let most = all.first().map_or(1, |it| it.1.max(1));
    let rows: Vec<Markup> = all
        .iter()
        .take(MOST)
        .map(|(what, count)| {
            let bar = bar(&[("some", *count as f64 / most as f64)]);
            markup!("<span>" (*what) "</span>" (bar) "<span class=\"n\">" (with_thousands(*count)) "</span>")
        })
        .collect();
    markup!("<figcaption>What they wait for</figcaption><div class=\"bars\">" (rows) "</div>")
}
