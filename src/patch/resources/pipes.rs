//! Pipes whose other end is closed nowhere: it is closed by defer where it alone is used.

use super::super::draft::Draft;
use super::super::places::declared_at;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::SpawnKind;
use crate::code::called_name;
use crate::code::expressions;
use crate::code::loops_around;
use crate::code::spawn_of;
use crate::confirm::Case;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Calls that read from what they are given, and do not keep it.
const READERS: [&str; 6] = ["Copy", "CopyN", "CopyBuffer", "ReadAll", "ReadFull", "ReadAtLeast"];

/// Closes the end of a pipe that nothing closes.
pub(in crate::patch) fn other_end(case: &Case<'_, '_>, verdict: &SourceVerdict) -> Result<Draft, Refusal> {
    let package = case.place.package;
    let Some(at) = with_role(verdict, "made") else { return Err(Refusal::NoPlace) };
    let Some((made, _)) = declared_at(package, at) else {
        return refuse(format!("line {} declares no variables for the pipe", at.line));
    };
    let left = expressions(made.child(Field::Left));
    let ([reader, writer], Some(scope)) = (left.as_slice(), made.function()) else {
        return Err(Refusal::NoPlace);
    };
    let Some(function) = package.function_of(made) else { return Err(Refusal::NoPlace) };
    if !loops_around(made, None).is_empty() {
        return refuse(format!("line {} is in a loop: a defer would come too late", at.line));
    }
    let is_writing = case.group.stack.iter().any(|it| it.function.contains("io.(*pipe).write"));
    let end = if is_writing { *reader } else { *writer };
    let name = end.text();
    if name == "_" {
        return refuse(format!("line {} throws the other end away: who should use it is not known", at.line));
    }
    let object = package.object(function, end);
    let named = scope.walk().filter(|it| it.kind() == Kind::Identifier && it.text() == name && *it != end);
    let uses: Vec<Node<'_>> = named.filter(|it| package.object(function, *it) == object).collect();
    let close = format!("defer {name}.Close()");
    if is_writing {
        for it in &uses {
            if let Some(why) = outlives(*it, scope) {
                return refuse(format!("line {} {why}: where the reading ends is not known", it.line()));
            }
        }
        let mut draft = Draft::safe(
            format!("close the reader when this function returns: `{close}`"),
            format!("only this function reads from `{name}`, so nothing is read afterwards"),
        );
        draft.edits.after(made, &[close])?;
        return Ok(draft);
    }
    // All that is written is written by one goroutine.
    let Some(first) = uses.first().and_then(|it| it.function()).filter(|it| *it != scope) else {
        return refuse(format!("where the last write to `{name}` is, is not known"));
    };
    if let Some(other) = uses.iter().find(|it| it.function() != Some(first)) {
        return refuse(format!("line {} uses `{name}` in another function", other.line()));
    }
    // One goroutine for each pipe.
    let is_goroutine = spawn_of(first).is_some_and(|it| {
        let is_here = it.node.function() == Some(scope) && loops_around(it.node, Some(scope)).is_empty();
        it.kind == SpawnKind::Go && is_here
    });
    for it in uses.iter().filter(|it| !is_printed_to(**it)) {
        if let Some(why) = outlives(*it, first) {
            return refuse(format!("line {} {why}: where the writing ends is not known", it.line()));
        }
    }
    let Some(body) = first.child(Field::Body).filter(|_| is_goroutine) else {
        return refuse(format!("line {} does not only run as a goroutine of its own", first.line()));
    };
    let mut draft = Draft::safe(
        format!("close the writer when its goroutine ends: `{close}`"),
        format!("only this goroutine writes to `{name}`, so nothing is written afterwards"),
    );
    draft.edits.at_start(body, &[close])?;
    Ok(draft)
}

/// How a use of an end may live longer than the function; `None` if it does not.
fn outlives(node: Node<'_>, scope: Node<'_>) -> Option<&'static str> {
    if node.function() != Some(scope) {
        return Some("uses it in another function");
    }
    let mut above = node.ancestors().take_while(|it| *it != scope);
    let holder = above.find(|it| {
        matches!(
            it.kind(),
            Kind::GoStatement
                | Kind::ReturnStatement
                | Kind::CompositeLiteral
                | Kind::SendStatement
                | Kind::CallExpression
                | Kind::AssignmentStatement
                | Kind::ShortVarDeclaration
                | Kind::VarSpec
        )
    })?;
    match holder.kind() {
        Kind::CallExpression if is_read(node) || is_method_of(holder, node) => None,
        Kind::CallExpression => Some("hands it on"),
        Kind::AssignmentStatement
            if expressions(holder.child(Field::Left)).iter().all(|it| it.text() == "_") =>
        {
            None
        }
        _ => Some("keeps it"),
    }
}

fn is_read(node: Node<'_>) -> bool {
    let call = node.parent().and_then(Node::parent);
    call.and_then(called_name).is_some_and(|it| READERS.contains(&it))
}

/// Whether a writer is given to a call that writes to it, and does not keep it.
fn is_printed_to(node: Node<'_>) -> bool {
    let call = node.parent().and_then(Node::parent);
    call.and_then(called_name)
        .is_some_and(|it| matches!(it, "Fprint" | "Fprintf" | "Fprintln" | "WriteString"))
}

fn is_method_of(call: Node<'_>, node: Node<'_>) -> bool {
    call.child(Field::Function).and_then(|it| it.child(Field::Operand)) == Some(node)
}
