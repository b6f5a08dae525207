//! Attempts without a limit: the function gives up after ten.

use super::super::channels::returned;
use super::super::draft::Draft;
use super::super::imports;
use super::super::places::is_named_in;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::wait::nothing_follows;
use super::wait::sleep_statement;
use crate::confirm::Case;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Kind;

const ERROR: &str = "errors.New(\"gave up after 10 attempts\")";

/// Counts the attempts of a loop that sleeps between them, and leaves the function in place of the tenth sleep.
pub(in crate::patch) fn limited(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let (place, statement) = (case.place, sleep_statement(case)?);
    let line = statement.line();
    let Some(at) = with_role(verdict, "loop") else { return Err(Refusal::NoPlace) };
    let above = || statement.ancestors().take_while(|it| *it != place.scope);
    let loops = || above().filter(|it| it.kind() == Kind::ForStatement);
    let Some(loop_) = loops().find(|it| it.line() == at.line) else {
        return refuse(format!("the loop around line {line} is in another function"));
    };
    let condition = loop_.nth(0).filter(|it| !matches!(it.kind(), Kind::Block | Kind::ForClause));
    let is_attempt = with_role(verdict, "leaves").is_some() || condition.is_some();
    if !is_attempt {
        return refuse(format!("the loop of line {} is no attempt that may fail", loop_.line()));
    }
    if loop_.parent().is_none_or(|it| it.kind() != Kind::StatementList) {
        return refuse(format!("the loop of line {} has a label", loop_.line()));
    }
    nothing_follows(loops().last().unwrap_or(loop_), place.scope)?;
    let Some(returned) = returned(place.package, place.scope, Some(ERROR)) else {
        return refuse("what the function should return after the last attempt is not known");
    };
    let is_free = |it: &&str| !is_named_in(place.function.node, it);
    let Some(name) = ["attempts", "tries", "attemptsMade"].into_iter().find(is_free) else {
        return refuse("no name is free for the number of attempts");
    };
    let mut draft = Draft::safe(
        format!("give up in place of the tenth sleep of line {line}"),
        "how many attempts there may be is your decision",
    );
    draft.tier = PatchTier::Review;
    draft.edits.before(loop_, &[format!("{name} := 0")])?;
    let check = [format!("if {name}++; {name} >= 10 {{"), format!("\t{returned}"), "}".to_owned()];
    draft.edits.before(statement, &check)?;
    if returned.contains(ERROR) {
        if place.package.lookup(place.function, "errors", statement.start()).is_some() {
            return refuse(format!("`errors` is another name at line {line}"));
        }
        imports::add(&mut draft.edits, place.function.file, "errors")?;
    }
    Ok(draft)
}
