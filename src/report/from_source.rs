//! What the source says of a finding, in sentences.

use crate::diagnose::Construction;
use crate::diagnose::Finding;
use crate::diagnose::SourceCertainty;
use crate::diagnose::SourceVerdict;
use crate::diagnose::Wake;
use crate::golang::package_and_rest;
use crate::rules::Rule;
use crate::rules::RuleKind;
use crate::text::pluralize;
use crate::text::word;

use super::frame_line::FrameLine;

/// What the source says of a finding, for people. All of it is inferred from the text of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FromSource {
    /// What the source says, the surest first: `confirmed: line 33 sends on ch, …`. At most two; empty if nothing is worth a line.
    pub sentences: Vec<String>,
    /// What ends the wait, after the words `woken by`; `None` if it is not known, or if a sentence says more.
    pub wake: Option<String>,
    /// Every verdict as a sentence, in the order of [`Finding::source`].
    pub verdicts: Vec<String>,
    /// Everything that ends the wait, as [`FromSource::wake`], in the order of [`Finding::source`].
    pub wakes: Vec<String>,
    /// What to change by each verdict, with the file of the lines that it names, in the order of [`Finding::source`].
    pub advice: Vec<String>,
    /// Whether the source refutes what the leading rule concludes, or proves something else.
    pub replaces_rule: bool,
    /// Whether only the kind of wait is known, and no source was at hand.
    pub is_wanted: bool,
}

impl FromSource {
    /// What the source says of a finding that was not changed yet. `rule` is the one that leads it, and `blocked` the frame that the report
    /// names as blocked.
    pub(super) fn new(finding: &Finding, rule: Option<&Rule>, blocked: Option<&FrameLine>) -> Self {
        let source = &finding.source;
        // A limit of a policy is no wait.
        let is_kind_alone = match rule {
            Some(rule) => rule.kind == RuleKind::Mechanism && rule.when.is_kind_of_wait_alone(),
            None => finding.rule == GREW,
        };
        // Where a proof does not name what is left open, that is worth a line.
        let made = |it: &Wake| it.made_at.iter().any(|it| it.is_ended == Some(false));
        let is_wake_shown = source.confirmed().is_none() || first_of(&source.wakes).is_some_and(made);
        FromSource {
            sentences: sentences(finding, blocked, !is_kind_alone),
            wake: first_wake(&source.wakes).filter(|_| is_wake_shown),
            verdicts: source.verdicts.iter().map(|it| sentence(it, 0, blocked)).collect(),
            wakes: source.wakes.iter().map(|it| wake(it, &source.wakes)).collect(),
            advice: source.verdicts.iter().map(|it| advice_of(it, None)).collect(),
            replaces_rule: replaces_rule(finding, rule),
            is_wanted: is_kind_alone && source.is_empty(),
        }
    }
}

impl FromSource {
    /// What it says on lines of their own: `source: confirmed: …`, `woken by …`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let sentences = self.sentences.iter().map(|it| format!("source: {it}"));
        sentences.chain(self.wake.iter().map(|it| format!("woken by {it}")))
    }
}

/// The rule of a finding of which only growth is known.
const GREW: &str = "grew";

/// Whether the source leaves nothing of what the leading rule concludes: it refutes its cause, or proves another one.
pub(super) fn replaces_rule(finding: &Finding, rule: Option<&Rule>) -> bool {
    let Some(leading) = rule.and_then(|rule| rule.causes.first()) else { return false };
    match finding.source.confirmed() {
        Some(proven) => proven.cause != *leading,
        None => finding.source.contradicting(leading).is_some(),
    }
}

/// What the source says of a finding, the surest first. `is_known` says whether something else than the kind of wait is known.
fn sentences(finding: &Finding, blocked: Option<&FrameLine>, is_known: bool) -> Vec<String> {
    let source = &finding.source;
    if let Some(proven) = source.confirmed() {
        let others = source.with(SourceCertainty::Confirmed).count() - 1;
        return vec![sentence(proven, others, blocked)];
    }
    let mut refuted = finding.causes.iter().filter_map(|it| source.contradicting(it));
    let refuted = refuted.next().map(|it| sentence(it, 0, blocked));
    let mut candidates = source.with(SourceCertainty::Candidate);
    let candidate = candidates.next().map(|it| sentence(it, candidates.count(), blocked));
    let said: Vec<String> = refuted.into_iter().chain(candidate).collect();
    if !said.is_empty() || is_known || !source.wakes.is_empty() {
        return said;
    }
    let undecided = source.with(SourceCertainty::Undecided).map(|it| &it.sentence);
    let mut why = undecided.chain([&source.undecided]).filter(|it| !it.is_empty());
    why.next().map(|why| format!("undecided: {why}")).into_iter().collect()
}

/// `confirmed: line 33 sends on ch, made without a buffer at line 29`
fn sentence(verdict: &SourceVerdict, others: usize, blocked: Option<&FrameLine>) -> String {
    let kind = match verdict.certainty {
        SourceCertainty::Contradicted if !verdict.cause.is_empty() => {
            format!("contradicts {}", verdict.cause)
        }
        SourceCertainty::Contradicted => "contradicts the rule".to_owned(),
        SourceCertainty::Confirmed | SourceCertainty::Candidate | SourceCertainty::Undecided => {
            verdict.certainty.as_str().to_owned()
        }
    };
    let at = elsewhere(verdict, &verdict.sentence, blocked)
        .map_or(String::new(), |file| format!(" in {}", word(file)));
    let also = match others {
        0 => String::new(),
        others => format!("; also: {}", pluralize(others as i128, "other")),
    };
    format!("{kind}{at}: {}{also}{}", verdict.sentence, moved(verdict.place.moved_by))
}

/// The file of a verdict, if a text with its lines needs it: the lines are not those of the frame that is blocked, and the text does not name
/// it.
fn elsewhere<'a>(verdict: &'a SourceVerdict, text: &str, blocked: Option<&FrameLine>) -> Option<&'a str> {
    let file = verdict.place.file.as_str();
    let is_blocked_there = blocked.is_some_and(|it| file_name(&it.file) == file_name(file));
    (!file.is_empty() && !is_blocked_there && !text.contains(file_name(file))).then_some(file)
}

/// What to change by a verdict, with the file of its lines if they need it.
pub(super) fn advice_of(verdict: &SourceVerdict, blocked: Option<&FrameLine>) -> String {
    let advice = &verdict.advice;
    match elsewhere(verdict, advice, blocked).filter(|_| advice.contains("line ")) {
        Some(file) => format!("{advice} ({})", word(file)),
        None => advice.clone(),
    }
}

/// ` (the source is 2 lines off the build)`; empty if nothing has moved.
fn moved(by: i64) -> String {
    match by.unsigned_abs() {
        0 => String::new(),
        lines => format!(" (the source is {} off the build)", pluralize(i128::from(lines), "line")),
    }
}

/// Of several things that end a wait, one that ends it for good.
fn first_of(wakes: &[Wake]) -> Option<&Wake> {
    wakes.iter().find(|it| it.is_last).or_else(|| wakes.first())
}

/// What ends the wait, and how many others do.
fn first_wake(wakes: &[Wake]) -> Option<String> {
    let first = first_of(wakes)?;
    let others = wakes.len() as i128 - 1;
    let also = if others > 0 { format!("; also by {}", pluralize(others, "other")) } else { String::new() };
    Some(format!("{}{also}", wake(first, wakes)))
}

/// What ends the wait, after the words `woken by`: the operation, the exported calls that reach it, and who made the object. It says `only`
/// if no other of `wakes` is reached by other calls.
fn wake(wake: &Wake, wakes: &[Wake]) -> String {
    let calls: Vec<String> = wake.ended_by.iter().map(|it| format!("`{}`", short(it))).collect();
    let does = match calls.split_last() {
        None => String::new(),
        Some((call, [])) => {
            let is_only = wakes.iter().all(|it| it.ended_by == wake.ended_by);
            format!(", which {}{call} does", if is_only { "only " } else { "" })
        }
        Some((last, calls)) => format!(", which {} and {last} do", calls.join(", ")),
    };
    let place = position(&short_file(&wake.file), wake.line);
    let table = if wake.from_table { "from the table of libraries" } else { "" };
    let place: Vec<&str> = [place.as_str(), table].into_iter().filter(|it| !it.is_empty()).collect();
    let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
    let made = wake.made_at.first().map_or(String::new(), |made| {
        let never = match wake.ended_by.first() {
            Some(end) if made.is_ended == Some(false) => format!(", which never calls {}", method(end)),
            Some(_) | None => String::new(),
        };
        let more = match wake.made_at.len() as i128 - 1 {
            0 => String::new(),
            more => format!(", and at {}", pluralize(more, "more place")),
        };
        format!("; made {}{never}{more}", construction(made))
    });
    format!("`{}`{does}{place}{made}", wake.operation)
}

/// What to call where, if the wait is ended by a call that closes an object: `call (*Watcher).Close for what reload makes at
/// config/watch.go:31`; `None` if it is not known.
pub(super) fn ending(wakes: &[Wake]) -> Option<String> {
    let wake = wakes.iter().find(|it| it.is_last && !it.object.is_empty() && !it.ended_by.is_empty())?;
    let call = short(wake.ended_by.first()?);
    let forgotten = wake.made_at.iter().find(|it| it.is_ended == Some(false));
    Some(match forgotten {
        Some(made) => format!("call {call} for what is made {}", construction(made)),
        None => format!("call {call} for each one whose work has ended"),
    })
}

/// `at config/watch.go:31 (reload)`
fn construction(made: &Construction) -> String {
    let function = short(&made.function);
    match position(&made.file, made.line) {
        place if place.is_empty() => format!("in {function}"),
        place if function.is_empty() => format!("at {place}"),
        place => format!("at {place} ({function})"),
    }
}

/// A file and its line; a line of 0 is unknown and left out.
fn position(file: &str, line: u32) -> String {
    let file = word(file);
    if line == 0 { file.into_owned() } else { format!("{file}:{line}") }
}

/// A method without its package: `(*Watcher).Close`. A function with the last element of its package's path: `fsnotify.NewWatcher`.
fn short(function: &str) -> String {
    let (package, rest) = package_and_rest(function);
    let package = package.rsplit('/').next().unwrap_or(package);
    if package.is_empty() || rest.starts_with('(') { rest.to_owned() } else { format!("{package}.{rest}") }
}

/// The name of a function alone: `Close`.
fn method(function: &str) -> &str {
    function.rsplit('.').next().unwrap_or(function)
}

/// A file below the name of its module: `fsnotify/backend_inotify.go` for one of the module cache, `net/http/transport.go` for Go's own. Other
/// files are as they are.
fn short_file(file: &str) -> String {
    let elements: Vec<&str> = file.split('/').collect();
    if let Some(at) = elements.iter().position(|it| it.contains('@')) {
        let is_version =
            |it: &&str| it.strip_prefix('v').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
        let name = |at: usize| elements.get(at).map(|it| it.split('@').next().unwrap_or(it));
        // `x/y/v2@v2.1.0` is known as y.
        let module = name(at).filter(|it| !is_version(it)).or_else(|| at.checked_sub(1).and_then(name));
        let inside = elements.iter().skip(at + 1).copied();
        return module.into_iter().chain(inside).collect::<Vec<_>>().join("/");
    }
    match file.rsplit_once("/src/") {
        Some((_, inside)) if file.starts_with('/') => inside.to_owned(),
        Some(_) | None => file.to_owned(),
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}
