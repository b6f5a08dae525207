//! What the source says of a finding: verdicts with their lines, and what would wake the goroutines.

use crate::diagnose::SourceCertainty;
use crate::diagnose::SourceVerdict;
use crate::report::FindingLine;

use super::markup::Markup;
use super::markup::markup;
use super::page::sentence;

/// What the source says; nothing without source.
pub(super) fn from_source(finding: &FindingLine) -> Markup {
    let said = &finding.from_source;
    let main: Vec<Markup> = said.sentences.iter().map(|it| item(it)).collect();
    let wake = said.wake.as_ref().map(|it| markup!("<li class=\"sign\">Woken by " (it) ".</li>"));
    let main = markup!((main)(wake));
    let view = &finding.finding.source;
    let verdicts = said.verdicts.iter().zip(&view.verdicts);
    let verdicts: Vec<Markup> = verdicts.map(|(text, it)| markup!((item(text))(lines(it)))).collect();
    let is_said = view.verdicts.iter().any(|it| it.sentence == view.undecided);
    let undecided = (!view.undecided.is_empty() && !is_said)
        .then(|| markup!("<li class=\"sign\">Undecided: " (view.undecided) ".</li>"));
    let wakes: Vec<Markup> =
        said.wakes.iter().map(|it| markup!("<li class=\"sign\">Woken by " (it) ".</li>")).collect();
    let all = markup!((verdicts)(undecided)(wakes));
    if all.is_empty() && main.is_empty() {
        return Markup::default();
    }
    let all = (!all.is_empty()).then(|| {
        markup!("<details class=\"more\"><summary>All that the source says, with its lines</summary>"
            "<ul class=\"evidence\">" (all) "</ul></details>")
    });
    let confirmed = view.with(SourceCertainty::Confirmed).next();
    let confirmed = confirmed.map(|_| markup!(" <span class=\"tag proof\">confirmed by source</span>"));
    let main = (!main.is_empty()).then(|| markup!("<ul class=\"evidence\">" (main) "</ul>"));
    markup!("<h4>What the source says" (confirmed) "</h4>" (main) (all))
}

/// A sentence that begins with how sure it is.
fn item(text: &str) -> Markup {
    let class = if text.starts_with(SourceCertainty::Confirmed.as_str()) { "proof" } else { "sign" };
    markup!("<li class=\"" (class) "\">" (sentence(text)) "</li>")
}

/// The lines that a verdict is about, with the part of each.
fn lines(verdict: &SourceVerdict) -> Markup {
    let rows: Vec<Markup> = verdict
        .evidence
        .iter()
        .map(|it| {
            let at = if it.line == 0 { it.file.clone() } else { format!("{}:{}", it.file, it.line) };
            markup!(
                "<tr><td>" (it.role) "</td><td class=\"where mono\">" (at) "</td><td class=\"mono wide\">"
                (it.text.replace('\t', "    ").trim()) "</td></tr>"
            )
        })
        .collect();
    match rows.is_empty() {
        true => Markup::default(),
        false => markup!("<li class=\"lines\"><table class=\"plain\">" (rows) "</table></li>"),
    }
}
