//! What a function opens and does not close: its Close is deferred after the error check, or comes before the one return that misses it.

use super::super::draft::Draft;
use super::super::places::declared_at;
use super::super::places::next_statement;
use super::super::places::nodes_at;
use super::super::places::package_with;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::Package;
use crate::code::Workspace;
use crate::code::called_name;
use crate::code::expressions;
use crate::code::loops_around;
use crate::code::statements;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Closes what the first line of the verdict opens.
pub(in crate::patch) fn closed<'a>(
    workspace: &Workspace<'a>,
    verdict: &SourceVerdict,
) -> Result<(&'a Package<'a>, Draft), Refusal> {
    let is_known =
        matches!(verdict.cause.as_str(), "unclosed-body" | "unclosed-rows" | "unclosed-db" | "missing-close");
    if !is_known {
        return Err(Refusal::NoChange { cause: verdict.cause.clone() });
    }
    let Some(opened) = verdict.evidence.first() else { return Err(Refusal::NoPlace) };
    let package = package_with(workspace, opened)?;
    let Some((made, call)) = declared_at(package, opened) else {
        return refuse(format!("line {} declares no variable for it", opened.line));
    };
    let left = expressions(made.child(Field::Left));
    let [name, error] = left.as_slice() else {
        return refuse(format!("line {} gives no error beside it", opened.line));
    };
    if matches!(name.text(), "_") || error.text() == "_" {
        return refuse(format!("line {} throws it or its error away", opened.line));
    }
    if !loops_around(made, None).is_empty() {
        return refuse(format!("line {} is in a loop: a defer would come too late", opened.line));
    }
    let Some(check) = error_check(made, error.text()) else {
        return refuse(format!("no check of `{}` that leaves follows line {}", error.text(), opened.line));
    };
    let name = name.text();
    let close = match (verdict.cause.as_str(), called_name(call)) {
        ("unclosed-body", _) => ".Body.Close()",
        ("unclosed-rows", Some("Begin" | "BeginTx" | "Beginx" | "BeginTxx")) => ".Rollback()",
        ("unclosed-rows" | "unclosed-db", _) | ("missing-close", Some("Conn" | "Connx")) => ".Close()",
        (cause, _) => return Err(Refusal::NoChange { cause: cause.to_owned() }),
    };
    let closes_elsewhere = verdict.evidence.iter().any(|it| it.role == "closed");
    let exit = verdict.evidence.iter().find(|it| it.role.starts_with("returns with"));
    // A second Close or Rollback of `database/sql` does nothing.
    let may_close_twice = closes_elsewhere && verdict.cause != "unclosed-body";
    if let Some(exit) = exit.filter(|_| !may_close_twice) {
        let returns = nodes_at(package, exit, |it| it.kind() == Kind::ReturnStatement);
        let [exit] = returns.as_slice() else { return Err(Refusal::NoPlace) };
        return Ok((package, before_exit(*exit, name, close, closes_elsewhere)?));
    }
    let because = if closes_elsewhere {
        format!("where `{name}` is closed already, a second {} does nothing", close.trim_start_matches('.'))
    } else {
        format!("`{name}` is used in this function alone, and never closed")
    };
    let mut draft = Draft::safe(format!("defer `{name}{close}` after the error check"), because);
    draft.edits.after(check, &[format!("defer {name}{close}")])?;
    Ok((package, draft))
}

/// Closes it before a return that leaves it open.
fn before_exit(exit: Node<'_>, name: &str, close: &str, closes_elsewhere: bool) -> Result<Draft, Refusal> {
    let line = exit.line();
    let reads_it = |it: Node<'_>| {
        let selected = it.parent().and_then(|up| up.child(Field::Selected)).map(Node::text);
        it.kind() == Kind::Identifier
            && it.text() == name
            && !matches!(selected, Some("Status" | "StatusCode" | "Header" | "Request"))
    };
    if exit.walk().any(reads_it) {
        return refuse(format!("line {line} still uses `{name}`"));
    }
    let what = if closes_elsewhere { "closes it already" } else { "hands it on" };
    let mut draft = Draft::safe(
        format!("close `{name}` before line {line} returns"),
        format!("each other path {what}, and nothing uses it after that line"),
    );
    draft.edits.before(exit, &[format!("{name}{close}")])?;
    Ok(draft)
}

/// The `if err != nil { … return }` directly after a statement.
fn error_check<'a>(made: Node<'a>, error: &str) -> Option<Node<'a>> {
    next_statement(made).filter(|it| checks_error(*it, error))
}

/// Whether a statement is `if err != nil { … return }`.
pub(super) fn checks_error(statement: Node<'_>, error: &str) -> bool {
    let condition = statement.child(Field::Condition).filter(|_| statement.kind() == Kind::IfStatement);
    let is_check = condition.is_some_and(|it| {
        it.compares_with_nil(Operator::NotEqual) && it.child(Field::Left).is_some_and(|it| it.text() == error)
    });
    let last = statements(statement.child(Field::Consequence)).last();
    let leaves = last.is_some_and(|it| it.kind() == Kind::ReturnStatement);
    is_check && leaves && statement.child(Field::Alternative).is_none()
}
