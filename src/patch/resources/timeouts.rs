//! HTTP clients without a limit: they get a timeout.

use super::super::draft::Draft;
use super::super::imports;
use super::super::places::nodes_at;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::confirm::Case;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const KEY: &str = "Timeout:";
const VALUE: &str = "10 * time.Second";

/// Gives a client a timeout of ten seconds, where its only literal is.
pub(in crate::patch) fn with_timeout(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let package = case.place.package;
    let Some(made) = with_role(verdict, "made") else {
        return refuse("http.DefaultClient belongs to the whole program: the call needs a client of its own");
    };
    let literals = nodes_at(package, made, |it| {
        it.kind() == Kind::CompositeLiteral
            && it.child(Field::Type).is_some_and(|it| it.text() == "http.Client")
    });
    let [literal] = literals.as_slice() else {
        return refuse(format!("line {} makes no http.Client", made.line));
    };
    let Some(file) = package.files.iter().find(|it| it.path() == made.file) else {
        return Err(Refusal::NoPlace);
    };
    let Some(body) = literal.child(Field::Body) else { return Err(Refusal::NoPlace) };
    let mut draft = Draft::safe(
        "give the client a timeout of ten seconds",
        "how long a request with its body may take is your decision",
    );
    draft.tier = PatchTier::Review;
    let elements: Vec<Node<'_>> = body.children().collect();
    let tree = body.tree();
    match elements.last() {
        None => {
            let at = body.start() as usize + 1;
            draft.edits.replace_range(tree, at, at, &format!("{KEY} {VALUE}"))?;
        }
        Some(last) if body.line() == body.last_line() => {
            let at = last.end() as usize;
            draft.edits.replace_range(tree, at, at, &format!(", {KEY} {VALUE}"))?;
        }
        Some(last) => {
            // gofmt aligns the values: the new key may not be the longest one.
            let widths = elements.iter().filter_map(|it| it.child(Field::Key)).map(|it| it.text().len() + 1);
            let widest = widths.max().filter(|it| *it >= KEY.len());
            let is_simple =
                elements.iter().all(|it| it.line() == it.last_line() && it.kind() == Kind::KeyedElement);
            let Some(widest) = widest.filter(|_| is_simple && last.line() < body.last_line()) else {
                return refuse(format!("gofmt would align the literal of line {} anew", body.line()));
            };
            let first = elements.first().copied().unwrap_or(*last);
            draft.edits.before(first, &[format!("{KEY:<widest$} {VALUE},")])?;
        }
    }
    imports::add(&mut draft.edits, file, "time")?;
    Ok(draft)
}
