//! The road of an analysis of source: groups to places, places to verdicts, verdicts to findings.

use std::rc::Rc;

use super::channels;
use super::group::ObservedGroup;
use super::locks;
use super::place::Case;
use super::place::NoPlace;
use super::place::Place;
use super::place::PlacedGroup;
use super::place::place_of;
use super::place::spawn_statement;
use super::proof::Mend;
use super::proof::Proof;
use super::resources;
use super::resources::Library;
use super::said::Said;
use super::waits;
use super::wake::Wakes;
use crate::code::Arenas;
use crate::code::SourceTexts;
use crate::code::Workspace;
use crate::code::called_name;
use crate::diagnose::Finding;
use crate::diagnose::SourceCertainty;
use crate::diagnose::SourcePlace;
use crate::diagnose::SourceVerdict;
use crate::diagnose::SourceView;
use crate::diagnose::Wake;
use crate::model::BlockedOn;
use crate::sort;

/// A check of one kind of cause. It says nothing where it does not apply.
type Check = fn(&Case<'_, '_>) -> Vec<Said>;

/// The checks. All of them are asked; each looks first whether the case is one of its own.
const CHECKS: &[Check] = &[locks::check, channels::check, resources::check, waits::check];

/// Checks of a library's goroutines: the cause is in the user's code, and no frame of theirs says where.
const LIBRARY_CHECKS: &[fn(&Library<'_, '_>) -> Vec<Said>] = &[resources::check_library];

/// Bound of the groups of one finding that are looked at.
const MAX_GROUPS: usize = 8;

/// Bound of the groups that wait for one another in a row.
const MAX_LINKS: usize = 6;

/// Says of each finding what the source shows. `mend` is asked for a patch of each cause that is proved.
pub(crate) fn confirm(
    findings: &mut [Finding],
    groups: &[ObservedGroup],
    texts: &dyn SourceTexts,
    mend: &Mend<'_>,
) {
    let arenas = Arenas::default();
    let read = Read::new(&arenas, groups, texts, mend);
    for finding in findings {
        let rows: Vec<usize> = finding.rows.iter().copied().take(MAX_GROUPS).collect();
        finding.source = read.view(&rows, &finding.causes);
    }
}

/// What the source says of one group, without patches and without what would wake it.
pub(crate) fn verdicts_of(
    groups: &[ObservedGroup],
    row: usize,
    causes: &[String],
    texts: &dyn SourceTexts,
) -> Vec<SourceVerdict> {
    let arenas = Arenas::default();
    let read = Read { is_for_verdicts: true, ..Read::new(&arenas, groups, texts, &NO_PATCH) };
    read.view(&[row], causes).verdicts
}

/// Writes no patch.
const NO_PATCH: fn(&Proof<'_, '_>, &mut SourceVerdict) = |_, _| {};

/// What the source shows of each group, as if each had a finding without a cause.
#[cfg(test)]
pub(super) fn views(groups: &[ObservedGroup], texts: &dyn SourceTexts) -> Vec<SourceView> {
    views_mended(groups, texts, &NO_PATCH)
}

/// The same, with patches.
#[cfg(test)]
pub(crate) fn views_mended(
    groups: &[ObservedGroup],
    texts: &dyn SourceTexts,
    mend: &Mend<'_>,
) -> Vec<SourceView> {
    let arenas = Arenas::default();
    let read = Read::new(&arenas, groups, texts, mend);
    groups.iter().map(|group| read.view(&[group.row], &[])).collect()
}

/// The same, as if each group were alone in its profile.
#[cfg(test)]
pub(super) fn views_alone_mended(
    groups: &[ObservedGroup],
    texts: &dyn SourceTexts,
    mend: &Mend<'_>,
) -> Vec<SourceView> {
    let arenas = Arenas::default();
    let read = Read::new(&arenas, groups, texts, mend);
    (0..groups.len()).map(|row| read.alone(row).view(&[0], &[])).collect()
}

/// Groups with their places in the source.
struct Read<'a> {
    workspace: Rc<Workspace<'a>>,
    places: Vec<Result<Place<'a>, NoPlace>>,
    placed: Vec<PlacedGroup<'a>>,
    mend: &'a Mend<'a>,
    /// Whether verdicts alone are asked for.
    is_for_verdicts: bool,
}

impl<'a> Read<'a> {
    fn new(
        arenas: &'a Arenas<'a>,
        groups: &'a [ObservedGroup],
        texts: &'a dyn SourceTexts,
        mend: &'a Mend<'a>,
    ) -> Self {
        let workspace = Rc::new(Workspace::new(arenas, texts));
        let places: Vec<Result<Place<'a>, NoPlace>> =
            groups.iter().map(|group| place_of(&workspace, group)).collect();
        let placed = groups.iter().zip(&places);
        let placed = placed.map(|(group, place)| PlacedGroup { group, place: place.as_ref().ok().copied() });
        Read { placed: placed.collect(), workspace, places, mend, is_for_verdicts: false }
    }

    /// The same groups and places, of one row alone.
    #[cfg(test)]
    fn alone(&self, row: usize) -> Self {
        let placed = self.placed.get(row).copied().into_iter().collect();
        let places = self.places.get(row).cloned().into_iter().collect();
        Read { workspace: self.workspace.clone(), placed, places, mend: self.mend, is_for_verdicts: false }
    }

    /// What is said of the groups of one finding.
    fn view(&self, rows: &[usize], causes: &[String]) -> SourceView {
        self.view_after(rows, causes, &[])
    }

    /// The same, for a row that those of `before` wait for, the last one directly.
    fn view_after(&self, rows: &[usize], causes: &[String], before: &[usize]) -> SourceView {
        let mut view = SourceView::default();
        for row in rows {
            let (Some(placed), Some(place)) = (self.placed.get(*row), self.places.get(*row)) else {
                continue;
            };
            let group = placed.group;
            let (workspace, groups) = (&*self.workspace, self.placed.as_slice());
            let library = Library { workspace, group, groups, causes };
            let said = LIBRARY_CHECKS.iter().flat_map(|check| check(&library));
            let proof = Proof::Library(&library);
            view.verdicts.extend(said.map(|said| self.mended(&proof, verdict_elsewhere(said), before)));
            if before.is_empty() && !self.is_for_verdicts {
                // What ends the wait of the goroutines that lead comes first.
                let mut wakes = Wakes { workspace, groups }.of_group(group, place.as_ref().ok());
                sort::by_key(&mut wakes, |it| (!it.is_last, it.ended_by.is_empty()));
                view.wakes.extend(wakes);
            }
            match place {
                Ok(place) => {
                    let spawn = spawn_statement(&self.workspace, group, place);
                    let case = Case { workspace, place: *place, group, groups, spawn, causes };
                    let said = CHECKS.iter().flat_map(|check| check(&case));
                    let with_row: Vec<usize> = before.iter().copied().chain([*row]).collect();
                    let proof = Proof::Waits(&case);
                    view.verdicts.extend(said.map(|said| match said.follows {
                        Some(_) => self.followed(said, place, &with_row),
                        None => self.mended(&proof, verdict(said, place), before),
                    }));
                }
                Err(NoPlace::OtherSource { file, line }) if view.undecided.is_empty() => {
                    view.undecided = format!(
                        "{file}:{line} in the source at hand holds no such {}: it is not the source of this program",
                        group.blocked_on.map_or("operation", BlockedOn::as_str)
                    );
                }
                Err(_) => {}
            }
        }
        finish(&mut view);
        view
    }

    /// A verdict with its patch, if it proves its cause.
    fn mended(&self, proof: &Proof<'_, 'a>, mut verdict: SourceVerdict, before: &[usize]) -> SourceVerdict {
        if verdict.certainty == SourceCertainty::Confirmed && before.is_empty() {
            (self.mend)(proof, &mut verdict);
        }
        verdict
    }

    /// A verdict, or that of the goroutines that these wait for.
    fn followed(&self, said: Said, place: &Place<'a>, before: &[usize]) -> SourceVerdict {
        let follows = said.follows;
        let mut own = verdict(said, place);
        let Some(row) = follows else { return own };
        if before.contains(&row) {
            own.certainty = SourceCertainty::Confirmed;
            own.cause = "no-receiver".to_owned();
            own.sentence.push_str("; and those wait for these: none of them comes first");
            own.advice = wait_aside(place);
            return own;
        }
        if before.len() >= MAX_LINKS {
            return own;
        }
        let others = self.view_after(&[row], &[], before).verdicts;
        let Some(other) = others.into_iter().find(|it| it.certainty == SourceCertainty::Confirmed) else {
            return own;
        };
        own.certainty = other.certainty;
        own.cause = other.cause;
        own.sentence = format!("{}; there, {}", own.sentence, other.sentence);
        own.advice = if other.advice.is_empty() { wait_aside(place) } else { other.advice };
        own.refused = "the change belongs to the goroutines that these wait for".to_owned();
        own.evidence.extend(other.evidence);
        own
    }
}

/// What to change where goroutines wait for each other and one of them waits for a group; empty where another operation waits.
fn wait_aside(place: &Place<'_>) -> String {
    let waits = place.operation.is_some_and(|it| called_name(it) == Some("Wait"));
    let line = place.line;
    if waits {
        format!("wait at line {line} in a goroutine of its own, so that what follows it goes on")
    } else {
        String::new()
    }
}

fn verdict(said: Said, place: &Place<'_>) -> SourceVerdict {
    SourceVerdict {
        certainty: said.certainty,
        cause: said.cause.to_owned(),
        sentence: said.sentence,
        place: SourcePlace {
            file: place.function.file.path().to_owned(),
            line: place.line,
            moved_by: place.moved_by,
        },
        evidence: said.evidence,
        advice: said.advice,
        patch: None,
        refused: String::new(),
    }
}

/// A verdict whose place is the first line that it is about.
fn verdict_elsewhere(said: Said) -> SourceVerdict {
    let first = said.evidence.first();
    let file = first.map_or_else(String::new, |it| it.file.clone());
    let place = SourcePlace { file, line: first.map_or(0, |it| it.line), moved_by: 0 };
    let Said { certainty, cause, sentence, evidence, advice, follows: _ } = said;
    let (cause, patch, refused) = (cause.to_owned(), None, String::new());
    SourceVerdict { certainty, cause, sentence, place, evidence, advice, patch, refused }
}

/// The surest verdicts first, each once; of several undecided ones the first.
fn finish(view: &mut SourceView) {
    let mut kept: Vec<SourceVerdict> = Vec::new();
    for verdict in view.verdicts.drain(..) {
        if !kept.iter().any(|it| it.cause == verdict.cause && it.sentence == verdict.sentence) {
            kept.push(verdict);
        }
    }
    sort::by_key(&mut kept, |it| std::cmp::Reverse(it.certainty));
    if let Some(undecided) = kept.iter().find(|it| it.certainty == SourceCertainty::Undecided)
        && kept.first() == Some(undecided)
    {
        view.undecided.clone_from(&undecided.sentence);
    } else if !kept.is_empty() {
        view.undecided.clear();
    }
    view.verdicts = kept;
    let mut wakes: Vec<Wake> = Vec::new();
    for wake in view.wakes.drain(..) {
        if !wakes.contains(&wake) {
            wakes.push(wake);
        }
    }
    view.wakes = wakes;
}
