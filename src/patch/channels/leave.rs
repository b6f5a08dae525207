//! The statement that leaves a function at a send that nobody takes.

use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use super::super::shape::is_log;
use crate::code::Package;
use crate::code::call_name;
use crate::code::called_name;
use crate::confirm::channels::Channel;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The lines of the case that is taken instead of a send: none if what follows only ends the goroutine, so that it may run; otherwise a
/// return of `returned`.
pub(super) fn leave(
    send: Node<'_>,
    scope: Node<'_>,
    channel: &Channel<'_>,
    returned: Option<&str>,
) -> Result<Vec<String>, Refusal> {
    let mut rest: Vec<Node<'_>> = Vec::new();
    let mut is_again = false;
    let mut child = send;
    for parent in send.ancestors() {
        is_again |= child.kind() == Kind::ForStatement;
        if parent.kind() == Kind::StatementList && !matches!(rest.last(), Some(it) if returns(*it)) {
            rest.extend(parent.children().filter(|it| it.start() > child.start()));
        }
        if parent == scope {
            break;
        }
        child = parent;
    }
    if !is_again && rest.iter().all(|it| ends_goroutine(*it, channel)) {
        return Ok(Vec::new());
    }
    if let Some(skipped) = rest.iter().find(|it| cleans_up(**it, channel)) {
        return refuse(format!("leaving at the send would skip line {}", skipped.line()));
    }
    match returned {
        Some(returned) => Ok(vec![format!("\t{returned}")]),
        None => refuse("what the function should return when nobody takes its value is not known"),
    }
}

/// The return statement of a function that gives up: with `error`, and the zero values of its other results. `None` if it needs an error and
/// there is none, or if a zero value is not known.
pub(in crate::patch) fn returned(
    package: &Package<'_>,
    scope: Node<'_>,
    error: Option<&str>,
) -> Option<String> {
    let Some(result) = scope.child(Field::Result) else { return Some("return".to_owned()) };
    if result.kind() != Kind::ParameterList {
        return Some(format!("return {}", zero(package, result, error)?));
    }
    let declarations: Vec<Node<'_>> = result.children().collect();
    let is_named = declarations.iter().any(|it| it.child(Field::Name).is_some());
    let types = declarations.iter().map(|it| it.child(Field::Type).unwrap_or(*it));
    let values: Option<Vec<String>> = types.map(|it| zero(package, it, error)).collect();
    let has_error = declarations.iter().any(|it| it.text().ends_with("error"));
    match is_named {
        true => (!has_error).then(|| "return".to_owned()),
        false => Some(format!("return {}", values?.join(", "))),
    }
}

/// The zero value of a type, as Go text.
fn zero(package: &Package<'_>, type_: Node<'_>, error: Option<&str>) -> Option<String> {
    let nil = || Some("nil".to_owned());
    match type_.kind() {
        Kind::PointerType
        | Kind::SliceType
        | Kind::MapType
        | Kind::ChannelType
        | Kind::FunctionType
        | Kind::InterfaceType => nil(),
        Kind::TypeIdentifier => match type_.text() {
            "error" => error.map(str::to_owned),
            "bool" => Some("false".to_owned()),
            "string" => Some("\"\"".to_owned()),
            "any" => nil(),
            "int" | "int8" | "int16" | "int32" | "int64" | "uint" | "uint8" | "uint16" | "uint32"
            | "uint64" | "uintptr" | "byte" | "rune" | "float32" | "float64" => Some("0".to_owned()),
            name => match package.type_named(name)?.1.kind() {
                Kind::StructType => Some(format!("{name}{{}}")),
                Kind::InterfaceType | Kind::PointerType | Kind::SliceType | Kind::MapType => nil(),
                _ => None,
            },
        },
        _ => None,
    }
}

fn returns(statement: Node<'_>) -> bool {
    statement.kind() == Kind::ReturnStatement
}

/// Whether a statement is one that a goroutine ends with, whatever became of its value: it cleans up, logs or returns.
fn ends_goroutine(statement: Node<'_>, channel: &Channel<'_>) -> bool {
    match statement.kind() {
        Kind::ReturnStatement => statement.nth(0).is_none(),
        Kind::ExpressionStatement => cleans_up(statement, channel) || call_of(statement).is_some_and(is_log),
        _ => false,
    }
}

/// Whether a statement must run even if the value is not taken.
fn cleans_up(statement: Node<'_>, channel: &Channel<'_>) -> bool {
    if statement.kind() == Kind::DeferStatement {
        return false;
    }
    statement.own().any(|it| match it.kind() {
        Kind::SendStatement => it.child(Field::Channel).is_some_and(|to| to.text() != channel.name),
        Kind::CallExpression => {
            call_name(it) == Some("close")
                || matches!(
                    called_name(it),
                    Some(
                        "Done" | "Unlock" | "RUnlock" | "Close" | "Release" | "Broadcast" | "Signal" | "Wait"
                    )
                )
        }
        _ => false,
    })
}
