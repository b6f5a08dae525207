//! Connections that nothing gives a deadline: they get one before each read or write.

use super::super::draft::Draft;
use super::super::imports;
use super::super::places::next_statement;
use super::super::places::nodes_at;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::closed::checks_error;
use crate::code::EscapeKind;
use crate::code::Uses;
use crate::code::called_name;
use crate::code::expressions;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Gives a connection half a minute for the read or write that waits, whose error leaves the function.
pub(in crate::patch) fn with_deadline(
    case: &Case<'_, '_>,
    verdict: &SourceVerdict,
) -> Result<Draft, Refusal> {
    let (package, function) = (case.place.package, case.place.function);
    let Some(at) = with_role(verdict, "waits") else { return Err(Refusal::NoPlace) };
    let is_call = |it: Node<'_>| matches!(called_name(it), Some("Read" | "Write"));
    let calls = nodes_at(package, at, |it| it.kind() == Kind::CallExpression && is_call(it));
    let call = calls.first().filter(|_| calls.len() == 1);
    let conn = call.and_then(|it| it.child(Field::Function)?.child(Field::Operand));
    let (Some(call), Some(conn)) = (call.copied(), conn) else {
        return refuse(format!("line {} does not read from or write to the connection directly", at.line));
    };
    let uses = Uses::of_expression(package, function, conn);
    let is_net =
        |text: &str| text.starts_with("net.") || text.starts_with("tls.") || text.ends_with(".Accept");
    if !uses.escapes.iter().all(|it| it.kind != EscapeKind::FromCall || is_net(it.text)) {
        return refuse(format!("whether `{}` has deadlines is not known", conn.text()));
    }
    let Some(statement) = statement_of(call) else { return Err(Refusal::NoPlace) };
    let assigned = statement.child(Field::Initializer).unwrap_or(statement);
    let error = expressions(assigned.child(Field::Left)).last().map_or("_", |it| it.text());
    let check = if assigned == statement { next_statement(statement) } else { Some(statement) };
    if !check.is_some_and(|it| checks_error(it, error)) {
        return refuse(format!("no check of an error that leaves follows line {}", at.line));
    }
    let (method, does) = match called_name(call) {
        Some("Write") => ("SetWriteDeadline", "write"),
        _ => ("SetReadDeadline", "read"),
    };
    let mut draft = Draft::safe(
        format!("give each {does} of line {} half a minute", at.line),
        "how long the other side may be silent is your decision; the error leaves the function then",
    );
    draft.tier = PatchTier::Review;
    let deadline = format!("{}.{method}(time.Now().Add(30 * time.Second))", conn.text());
    draft.edits.before(statement, &[deadline])?;
    imports::add(&mut draft.edits, function.file, "time")?;
    Ok(draft)
}
