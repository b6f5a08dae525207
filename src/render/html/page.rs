//! What all parts of the page share: the report, its state, and names that are short enough to read.

use crate::diagnose::Confidence;
use crate::gate::GateOutcome;
use crate::golang::Owner;
use crate::golang::owner;
use crate::golang::package_and_rest;
use crate::model::Basis;
use crate::render::goleak::is_version;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::GrowthConclusion;
use crate::report::Report;
use crate::rules::Level;
use crate::series::growth::Verdict;

use super::markup::Markup;
use super::markup::markup;

/// A longer name is cut in its middle; the whole one is in the detail of its row.
const MAX_NAME: usize = 96;

/// A report, and what is derived from it once.
pub(super) struct Page<'a> {
    pub(super) report: &'a Report,
    /// When each snapshot was taken; all `None` if one of the times is missing.
    pub(super) times: Vec<Option<i64>>,
    /// The findings that are certain: denied, or proven and not allowed. The most important comes first.
    pub(super) certain: Vec<&'a FindingLine>,
    pub(super) state: State,
}

/// What the page says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Something is denied or proven, or the process died.
    Certain,
    /// Something is worth a look, and nothing is certain.
    Uncertain,
    /// Nothing is wrong.
    Calm,
}

impl<'a> Page<'a> {
    pub(super) fn new(report: &'a Report) -> Self {
        let all: Vec<Option<i64>> = report.snapshots.iter().map(|it| it.taken_at).collect();
        let times = if all.iter().all(Option::is_some) { all } else { vec![None; all.len()] };
        let certain: Vec<&FindingLine> = report.findings.iter().filter(|it| is_certain(it)).collect();
        Page { report, times, state: state(report, !certain.is_empty()), certain }
    }

    /// Whether there are several snapshots.
    pub(super) fn is_series(&self) -> bool {
        self.report.snapshots.len() > 1
    }

    /// Whether each group has one stack: findings are made of stacks.
    pub(super) fn is_by_stack(&self) -> bool {
        self.report.by.iter().any(|it| it == "stack")
    }

    /// Goroutines in the first and in the last snapshot.
    pub(super) fn totals(&self) -> (i128, i128) {
        let all = &self.report.snapshots;
        (all.first().map_or(0, |it| it.goroutines), all.last().map_or(0, |it| it.goroutines))
    }

    /// The program, or its module where no profile names it.
    pub(super) fn program(&self) -> String {
        let module = || self.report.main_module.path().map(|it| last_element(it).to_owned());
        self.report.program.clone().or_else(module).unwrap_or_else(|| "a Go program".to_owned())
    }

    /// A file as its developers know it, and whether it is in the main module.
    pub(super) fn file(&self, function: &str, file: &str) -> (String, bool) {
        let relative = match owner(function, file) {
            Owner::User => self.report.main_module.relative(function, file),
            Owner::Dependency | Owner::Standard | Owner::Runtime => None,
        };
        let is_inside = relative.is_some();
        (relative.unwrap_or_else(|| last_folder(file).to_owned()), is_inside)
    }

    /// `internal/api/api.go:41`; empty if the file is not known.
    pub(super) fn position(&self, frame: &FrameLine) -> String {
        if frame.file.is_empty() {
            return String::new();
        }
        let (file, _) = self.file(&frame.function, &frame.file);
        if frame.line == 0 { file } else { format!("{file}:{}", frame.line) }
    }

    /// The position as code, linked with the forge if a template for that was given and the file is the user's own.
    pub(super) fn linked_position(&self, frame: &FrameLine) -> Markup {
        let position = self.position(frame);
        if position.is_empty() {
            return Markup::default();
        }
        match self.link(frame) {
            Some(link) => markup!(
                "<a class=\"where mono\" rel=\"noreferrer noopener\" href=\"" (link) "\">" (position) "</a>"
            ),
            None => markup!("<span class=\"where mono\">" (position) "</span>"),
        }
    }

    fn link(&self, frame: &FrameLine) -> Option<String> {
        let template = self.report.source_link.as_ref()?;
        let (file, is_inside) = self.file(&frame.function, &frame.file);
        (is_inside && frame.line > 0)
            .then(|| template.to(self.report.source_folder.as_deref(), &file, frame.line))
    }

    /// A frame: its function, and where it is.
    pub(super) fn frame(&self, frame: &FrameLine) -> Markup {
        markup!("<code>" (short(&frame.function)) "</code> " (self.linked_position(frame)))
    }

    /// How many hours passed between the first and the last snapshot, in words.
    pub(super) fn duration(&self) -> Option<String> {
        self.report.hours.map(|hours| crate::text::units::duration(hours * 3600.0))
    }
}

/// Whether a finding is denied, or proven and not allowed.
pub(super) fn is_certain(finding: &FindingLine) -> bool {
    match finding.level {
        Level::Deny => true,
        Level::Warn => finding.confidence == Confidence::Proven,
        Level::Allow => false,
    }
}

/// Whether the whole program has many more goroutines than before, whatever explains them: 10 and 20 %.
pub(super) fn has_more(report: &Report) -> bool {
    let (first, last) = (report.snapshots.first(), report.snapshots.last());
    let (first, last) = (first.map_or(0, |it| it.goroutines), last.map_or(0, |it| it.goroutines));
    last - first >= 10 && (last - first) * 5 >= first
}

fn state(report: &Report, is_certain: bool) -> State {
    let outcome = report.verdict.as_ref().map(|it| &it.outcome);
    let is_judged_safe = match outcome {
        None | Some(GateOutcome::Pass) => true,
        Some(GateOutcome::Denied | GateOutcome::Inconclusive(_) | GateOutcome::Unusable(_)) => false,
    };
    if is_certain || report.death.is_some() || report.conclusion.proven > 0 {
        return State::Certain;
    }
    let is_calm = match report.conclusion.growth {
        GrowthConclusion::NoGroups | GrowthConclusion::SingleSnapshot => true,
        GrowthConclusion::Background { .. } | GrowthConclusion::Nothing(_) => !has_more(report),
        GrowthConclusion::Findings { .. } | GrowthConclusion::Rows { .. } => false,
    };
    let has_findings = report.findings.iter().any(|it| it.level > Level::Allow);
    if is_calm && !has_findings && is_judged_safe { State::Calm } else { State::Uncertain }
}

/// `growing · proven leaked`
pub(super) fn verdict(finding: &FindingLine) -> String {
    let growth = finding.lead.growth.as_ref().map(|it| match it.shape {
        Some(shape) if it.verdict != Verdict::Growing => shape.as_str(),
        Some(_) | None => it.verdict.as_str(),
    });
    let growth = growth.filter(|it| *it != Verdict::Unclear.as_str());
    let sure = match finding.confidence {
        Confidence::Proven if finding.lead.proven_leaked.is_none_or(|proven| proven == 0) => "proven stuck",
        Confidence::Proven => "proven leaked",
        Confidence::Watch => "to watch",
        Confidence::Suspect => "suspect",
        Confidence::Likely => "likely",
    };
    growth.into_iter().chain([sure]).collect::<Vec<_>>().join(" · ")
}

/// The last count of a finding less the first.
pub(super) fn gain(finding: &FindingLine) -> i128 {
    finding.counts.last().copied().unwrap_or(0) - finding.counts.first().copied().unwrap_or(0)
}

/// A mark for what leakscope concludes and the profile does not state.
pub(super) fn inferred(basis: Basis) -> Markup {
    match basis {
        Basis::Stated => Markup::default(),
        Basis::Inferred => markup!(" <span class=\"tag\">inferred</span>"),
    }
}

/// A sentence with a capital at its start and a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?', ':']) || text.is_empty() { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

/// A function without the path of its package; a long one is cut in its middle.
pub(super) fn short(function: &str) -> String {
    let (package, rest) = package_and_rest(function);
    let dot = if package.is_empty() { "" } else { "." };
    let name = format!("{}{dot}{rest}", last_element(package));
    let chars: Vec<char> = name.chars().collect();
    if chars.len() <= MAX_NAME {
        return name;
    }
    let (head, tail) = (MAX_NAME / 3, MAX_NAME - MAX_NAME / 3 - 1);
    let head: String = chars.iter().take(head).collect();
    let tail: String = chars.iter().skip(chars.len() - tail).collect();
    format!("{head}…{tail}")
}

/// The last element of a path; of one that ends with a major version, which says nothing alone, the last two.
fn last_element(path: &str) -> &str {
    let Some((before, last)) = path.rsplit_once('/') else { return path };
    if !is_version(last) {
        return last;
    }
    before.rfind('/').map_or(path, |at| path.split_at(at + 1).1)
}

/// The last folder and the name of a file.
fn last_folder(file: &str) -> &str {
    let mut at = file.rmatch_indices(['/', '\\']).map(|(at, _)| at + 1);
    file.split_at(at.nth(1).unwrap_or(0)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names() {
        let check = |name: &str, expected: &str| assert_eq!(short(name), expected);
        check("main.pageOf.func1", "main.pageOf.func1");
        check("net/http.(*conn).serve", "http.(*conn).serve");
        check("github.com/robfig/cron/v3.(*Cron).run", "cron/v3.(*Cron).run");
        check("unknown", "unknown");
        check("", "");
        let long = short(&format!("main.{}", "é".repeat(200)));
        assert_eq!((long.chars().count(), long.contains('…')), (MAX_NAME, true));
    }

    #[test]
    fn sentences() {
        let check = |text: &str, expected: &str| assert_eq!(sentence(text), expected);
        check("close the body", "Close the body.");
        check("Done.", "Done.");
        check("", "");
    }
}
