//! Verdicts to patches: the change of the source that ends what a verdict proves, as edits and as a diff.
//!
//! **Invariant:** a patch is written only if each of its preconditions holds, and only if the same check of the source no longer confirms
//! the cause in the edited text. Everything else is a `Refusal`, which names what failed. Only the user's own files are
//! changed: nothing generated, nothing vendored, no test.
#![expect(clippy::wildcard_enum_match_arm, reason = "most kinds of syntax concern no single question")]

mod channels;
mod closed;
#[cfg(test)]
mod control;
mod deferred;
mod diff;
mod draft;
mod edit;
mod lines;
mod merge;
mod recheck;
mod refusal;
mod shape;
#[cfg(test)]
mod tests;

pub use merge::MergedFile;
pub use merge::MergedPatches;
pub use merge::merge;

use crate::code::Origin;
use crate::code::Package;
use crate::code::SourceTexts;
use crate::confirm::Proof;
use crate::diagnose::SourceEdit;
use crate::diagnose::SourcePatch;
use crate::diagnose::SourceVerdict;

use draft::Draft;
use refusal::Refusal;

/// Adds the patch that ends what a confirmed verdict proves, or the reason why there is none.
pub(crate) fn write(proof: &Proof<'_, '_>, verdict: &mut SourceVerdict, texts: &dyn SourceTexts) {
    match patch(proof, verdict, texts) {
        Ok(patch) => verdict.patch = Some(patch),
        Err(refusal) => verdict.refused = refusal.to_string(),
    }
}

fn patch(
    proof: &Proof<'_, '_>,
    verdict: &SourceVerdict,
    texts: &dyn SourceTexts,
) -> Result<SourcePatch, Refusal> {
    let case = match proof {
        Proof::Waits(case) => case,
        Proof::Library(library) => {
            let close = match verdict.cause.as_str() {
                "unclosed-body" => ".Body.Close()",
                cause => return Err(Refusal::NoChange { cause: cause.to_owned() }),
            };
            let (package, draft) = closed::deferred(library, verdict, close)?;
            return finish(proof, package, draft, verdict, texts);
        }
    };
    let draft = match verdict.cause.as_str() {
        "abandoned-sender" => channels::abandoned_sender(case)?,
        "deadlock-mutex" if verdict.evidence.iter().any(|it| it.role == "leaves with the lock") => {
            deferred::unlock(case, verdict)?
        }
        "missing-waitgroup-done" => deferred::done(case, verdict)?,
        cause => return Err(Refusal::NoChange { cause: cause.to_owned() }),
    };
    finish(proof, case.place.package, draft, verdict, texts)
}

/// A draft as a patch: its files may be changed, and the check of the edited text no longer confirms the cause.
fn finish(
    proof: &Proof<'_, '_>,
    package: &Package<'_>,
    draft: Draft,
    verdict: &SourceVerdict,
    texts: &dyn SourceTexts,
) -> Result<SourcePatch, Refusal> {
    let mut edits = draft.edits.list.clone();
    edits.sort();
    let mut diff = String::new();
    let mut files: Vec<&str> = edits.iter().map(|it| it.file.as_str()).collect();
    files.dedup();
    for path in files {
        let text = text_to_change(package, path)?;
        let of_file: Vec<&SourceEdit> = edits.iter().filter(|it| it.file == path).collect();
        diff.push_str(&diff::unified(path, text, &of_file).ok_or(Refusal::Broken)?);
    }
    recheck::check(proof, package, &draft, verdict, texts)?;
    let Draft { tier, title, because, .. } = draft;
    Ok(SourcePatch { tier, title, because, edits, diff })
}

/// The text of a file of a package, if it may be changed.
fn text_to_change<'a>(package: &Package<'a>, path: &str) -> Result<&'a str, Refusal> {
    let never = |what: &'static str| Refusal::File { file: path.to_owned(), what };
    match package.origin {
        Origin::Own => {}
        Origin::Vendor => return Err(never("vendored")),
        Origin::ModuleCache => return Err(never("in the module cache")),
        Origin::Goroot => return Err(never("part of Go")),
    }
    let file = package.files.iter().find(|it| it.path() == path).ok_or(Refusal::Broken)?;
    let text = file.tree.text();
    let elements: Vec<&str> = path.split(['/', '\\']).collect();
    if elements.iter().any(|it| matches!(*it, "vendor" | "..")) || path.starts_with('/') {
        return Err(never("outside of the module"));
    }
    if file.name().ends_with("_test.go") {
        return Err(never("a test"));
    }
    let is_generated = |line: &str| line.starts_with("// Code generated ") && line.ends_with(" DO NOT EDIT.");
    if text.lines().any(|line| is_generated(line.trim_end())) {
        return Err(never("generated"));
    }
    Ok(text)
}
