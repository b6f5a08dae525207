//! Verdicts to patches: the change of the source that ends what a verdict proves, as edits and as a diff.
//!
//! **Invariant:** a patch is written only if each of its preconditions holds, and only if the same check of the source no longer confirms
//! the cause in the edited text. Everything else is a `Refusal`, which names what failed. Only the user's own files are
//! changed: nothing generated, nothing vendored, no test.
#![expect(clippy::wildcard_enum_match_arm, reason = "most kinds of syntax concern no single question")]

mod beside;
mod channels;
#[cfg(test)]
mod control;
mod diff;
mod draft;
mod edit;
mod imports;
mod lines;
mod locks;
mod merge;
mod places;
mod recheck;
mod refusal;
mod resources;
mod shape;
#[cfg(test)]
mod tests;
mod threaded;
mod wait_groups;

pub use merge::MergedFile;
pub use merge::MergedPatches;
pub use merge::merge;

use crate::code::Origin;
use crate::code::Package;
use crate::code::SourceTexts;
use crate::confirm::Case;
use crate::confirm::Proof;
use crate::diagnose::SourceEdit;
use crate::diagnose::SourcePatch;
use crate::diagnose::SourceVerdict;
use crate::syntax::Kind;

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
    let (package, draft) = match proof {
        Proof::Waits(case) => draft_of_wait(case, verdict)?,
        Proof::Library(library) => match verdict.cause.as_str() {
            "missing-cancel" | "iter-pull-without-stop" => resources::ended(library.workspace, verdict)?,
            _ => resources::closed(library.workspace, verdict)?,
        },
    };
    finish(proof, package, draft, verdict, texts)
}

/// What could end a wait of the user's own code, by its cause.
fn draft_of_wait<'a>(
    case: &Case<'_, 'a>,
    verdict: &SourceVerdict,
) -> Result<(&'a Package<'a>, Draft), Refusal> {
    let count = |role: &str| verdict.evidence.iter().filter(|it| it.role == role).count();
    let has = |role: &str| count(role) > 0;
    // Of a cycle several locks are named.
    let waits_for_itself = count("waits while it holds the lock") == 1 && count("locked") == 1;
    let is_range = case.place.operation.is_some_and(|it| it.kind() == Kind::RangeClause);
    let draft = match verdict.cause.as_str() {
        "abandoned-sender" => channels::abandoned_sender(case),
        "no-receiver" | "timer-callback-blocks" => channels::without_receiver(case),
        "nil-channel" => channels::made(case, verdict),
        "semaphore-never-released" => channels::given_back(case),
        "receive-never-closed" if has("sends") && is_range => {
            or(channels::closed_by_sender(case), || threaded::in_range(case))
        }
        "receive-never-closed" if has("sends") => channels::closed_by_sender(case),
        "receive-never-closed" if is_range => threaded::in_range(case),
        "receive-never-closed" => threaded::in_place_of_receive(case),
        "select-without-done" => threaded::in_select(case),
        "unstopped-ticker" => threaded::in_ticks(case),
        "sleep-loop" => or(threaded::in_place_of_sleep(case), || threaded::limited(case, verdict)),
        // The end of a function that leaves with the lock has no line of its own.
        "deadlock-mutex" if has("leaves with the lock") || has("unlocked") => locks::unlock(case, verdict),
        "deadlock-mutex" | "reader-writer-starvation" if has("locks it again") || waits_for_itself => {
            locks::without_second(case, verdict)
        }
        "lock-held-across-wait" => locks::unlock_before(case, verdict),
        "missing-waitgroup-done" if has("loop") => wait_groups::after_loop(case),
        "missing-waitgroup-done" => wait_groups::done(case, verdict),
        "unbounded-spawn" => channels::limited_group(case, verdict),
        "unclosed-pipe" => resources::other_end(case, verdict),
        "no-deadline-io" => resources::with_deadline(case, verdict),
        "http-client-without-timeout" => resources::with_timeout(case, verdict),
        "missing-cancel" if has("leaves without cancelling") => {
            return resources::cancelled_on_every_path(case.workspace, verdict);
        }
        "missing-cancel" => return threaded::from_caller(case.workspace, verdict),
        cause => Err(Refusal::NoChange { cause: cause.to_owned() }),
    };
    Ok((case.place.package, draft?))
}

/// The first of two kinds of patch, or the second if the first does not fit.
fn or(
    first: Result<Draft, Refusal>,
    second: impl FnOnce() -> Result<Draft, Refusal>,
) -> Result<Draft, Refusal> {
    first.or_else(|first| {
        second().map_err(|second| Refusal::Both { first: Box::new(first), second: Box::new(second) })
    })
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
    let (mut diff, mut changes) = (String::new(), Vec::new());
    let mut files: Vec<&str> = edits.iter().map(|it| it.file.as_str()).collect();
    files.dedup();
    for path in files {
        let text = text_to_change(package, path)?;
        let of_file: Vec<&SourceEdit> = edits.iter().filter(|it| it.file == path).collect();
        diff.push_str(&diff::unified(path, text, &of_file).ok_or(Refusal::Broken)?);
        changes.extend(diff::changed_lines(path, text, &of_file).ok_or(Refusal::Broken)?);
    }
    beside::check(package, &draft, texts)?;
    recheck::check(proof, package, &draft, verdict, texts)?;
    let Draft { tier, title, because, .. } = draft;
    Ok(SourcePatch { tier, title, because, edits, changes, diff })
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
