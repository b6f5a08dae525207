//! A patch is checked again: the edited text is Go, and the same check no longer confirms the cause.

use super::draft::Draft;
use super::edit::edited;
use super::edit::moved_by;
use super::refusal::Refusal;
use crate::code::OwnPackages;
use crate::code::Package;
use crate::code::PackageKey;
use crate::code::PackageTexts;
use crate::code::SourceTexts;
use crate::confirm::ObservedGroup;
use crate::confirm::Proof;
use crate::confirm::verdicts_of;
use crate::diagnose::SourceCertainty;
use crate::diagnose::SourceEdit;
use crate::diagnose::SourceVerdict;
use crate::golang::package_and_rest;
use crate::syntax::GoParser;

/// The source with some files as they are after the edits.
struct Edited<'t> {
    texts: &'t dyn SourceTexts,
    files: Vec<(String, String)>,
}

impl Edited<'_> {
    fn with_edits(&self, mut package: PackageTexts) -> PackageTexts {
        for file in &mut package.files {
            if let Some((_, text)) = self.files.iter().find(|(path, _)| *path == file.path) {
                file.text.clone_from(text);
            }
        }
        package
    }
}

impl SourceTexts for Edited<'_> {
    fn package(&self, package: &str, file: &str) -> Option<PackageTexts> {
        self.texts.package(package, file).map(|it| self.with_edits(it))
    }

    fn own_packages(&self) -> OwnPackages {
        self.texts.own_packages()
    }

    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts> {
        self.texts.own_package(key).map(|it| self.with_edits(it))
    }
}

/// Checks the edited text. The goroutines of the profile are where they were, on the lines that their statements have now.
pub(super) fn check(
    proof: &Proof<'_, '_>,
    package: &Package<'_>,
    draft: &Draft,
    verdict: &SourceVerdict,
    texts: &dyn SourceTexts,
) -> Result<(), Refusal> {
    let mut files = Vec::new();
    let mut parser = GoParser::new();
    for file in &package.files {
        let edits: Vec<&SourceEdit> = draft.edits.list.iter().filter(|it| it.file == file.path()).collect();
        if edits.is_empty() {
            continue;
        }
        let text = edited(file.tree.text(), &edits).ok_or(Refusal::Broken)?;
        let tree = parser.parse(file.path().to_owned(), text.clone()).ok_or(Refusal::Broken)?;
        if tree.root().is_broken() && !file.tree.root().is_broken() {
            return Err(Refusal::Broken);
        }
        files.push((file.path().to_owned(), text));
    }
    let (group, groups) = proof.groups();
    let mut now: Vec<ObservedGroup> = Vec::new();
    let mut row = 0;
    for other in groups {
        let is_same = other.row == group.row;
        let concerns = other.stack.iter().any(|it| is_in(package, &it.function, &it.file));
        if !is_same && !concerns && matches!(proof, Proof::Waits(_)) {
            continue;
        }
        let mut moved = after_edits(other, package, draft, verdict.place.moved_by);
        if is_same {
            row = now.len();
            moved.blocked_on = draft.then.or(moved.blocked_on);
        }
        moved.row = now.len();
        now.push(moved);
    }
    let edited = Edited { texts, files };
    let still = verdicts_of(&now, row, proof.causes(), &edited);
    // Of a library's goroutine the verdict is on a line of the user's: another line is another defect, which was one before.
    let place = &verdict.place;
    let file = package.files.iter().find(|it| it.path() == place.file);
    let line = file.map_or(i64::from(place.line), |file| {
        let edits: Vec<&SourceEdit> = draft.edits.list.iter().filter(|it| it.file == place.file).collect();
        i64::from(place.line) + moved_by(file.tree.text(), &edits, place.line)
    });
    let is_there = |it: &SourceVerdict| it.place.file == place.file && i64::from(it.place.line) == line;
    let is_still = |it: &SourceVerdict| {
        it.certainty == SourceCertainty::Confirmed
            && (it.cause == verdict.cause || draft.then.is_some())
            && (matches!(proof, Proof::Waits(_)) || is_there(it))
    };
    match still.iter().find(|it| is_still(it)) {
        Some(still) => Err(Refusal::StillConfirmed { cause: still.cause.clone() }),
        None => Ok(()),
    }
}

/// Whether a frame may be in a package.
fn is_in(package: &Package<'_>, function: &str, file: &str) -> bool {
    let (path, _) = package_and_rest(function);
    let name = file.rsplit(['/', '\\']).next().unwrap_or("");
    (path == package.path || path == "main") && package.files.iter().any(|it| it.name() == name)
}

/// A group as the edited program would show it.
fn after_edits(group: &ObservedGroup, package: &Package<'_>, draft: &Draft, moved: i64) -> ObservedGroup {
    let mut group = group.clone();
    let frames = group.stack.iter_mut().chain(&mut group.spawn_site);
    for frame in frames.filter(|it| is_in(package, &it.function, &it.file)) {
        let name = frame.file.rsplit(['/', '\\']).next().unwrap_or("");
        let Some(file) = package.files.iter().find(|it| it.name() == name) else { continue };
        let edits: Vec<&SourceEdit> = draft.edits.list.iter().filter(|it| it.file == file.path()).collect();
        let line = u32::try_from(i64::from(frame.line) + moved).unwrap_or(frame.line);
        let by = moved_by(file.tree.text(), &edits, line);
        frame.line = u32::try_from(i64::from(frame.line) + by).unwrap_or(frame.line);
    }
    group
}
