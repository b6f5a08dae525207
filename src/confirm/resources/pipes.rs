//! `io.Pipe`: one end waits, and the other is dropped without a close.

use super::obtained::Obtained;
use super::obtained::called_import;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "unclosed-pipe";

/// Bound of the writers that wrap one another: an encoder on a compressor on a pipe.
const MAX_WRAPPED: u32 = 4;

/// Which end of a pipe a goroutine waits at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It reads, and nobody writes or closes.
    Reading,
    /// It writes, and nobody reads or closes.
    Writing,
}

/// What is said of a call that waits at one end of a pipe.
pub(super) fn other_end<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    end: End,
) -> Option<Said> {
    let mut expressions: Vec<Node<'a>> = arguments(call).collect();
    expressions.extend(super::obtained::operand(call));
    let (pipe, made) = expressions.into_iter().find_map(|it| pipe_of(package, function, it, MAX_WRAPPED))?;
    let (other, does, verb) = match end {
        End::Writing => (made.names.first().copied()?, "writes to", "reader"),
        End::Reading => (made.names.get(1).copied()?, "reads from", "writer"),
    };
    // The ends are mixed up: it is not the pipe that this call waits for.
    if other == pipe {
        return None;
    }
    let (line, place) = (call.line(), line_in(made.call, call));
    let told = |said: Said| said.with("waits", call).with("made", made.statement);
    let start = format!("line {line} {does} the pipe of {place}");
    let name = other.text();
    if name == "_" {
        let said = Said::confirmed(CAUSE, format!("{start}, whose {verb} is thrown away"));
        return Some(told(said).advising(format!("keep the {verb} of {place} and close it when it is done")));
    }
    let uses = Uses::of_object(made.package, object_of(&made, other));
    let closes: Vec<_> =
        uses.of(|kind| matches!(kind, OpKind::Method("Close" | "CloseWithError" | "closeWithError")));
    if let Some(close) = closes.first() {
        let deferred = close.node.up(Kind::DeferStatement, None).is_some();
        let how = if deferred { "is closed by a deferred call at" } else { "is closed at" };
        let sentence = format!("{start}; its {verb} `{name}` {how} {}", line_in(close.node, call));
        return Some(told(Said::undecided(CAUSE, sentence)).with("closed", close.node));
    }
    let (handed, is_followed) = handed_on(&uses);
    let advice = match end {
        End::Writing => format!("close `{name}` when its reader ends: `defer {name}.Close()` after {place}"),
        End::Reading => format!("call `{name}.Close()` on every path when all is written"),
    };
    if !is_followed {
        let sentence =
            format!("{start}; its {verb} `{name}` is handed on, and whether it is closed is not seen");
        return Some(told(Said::undecided(CAUSE, sentence)));
    }
    let is_unused = uses.of(|_| true).is_empty() && handed.is_none();
    let sentence = match (end, is_unused) {
        (End::Writing, true) => format!("{start}, and nothing reads `{name}` or closes it"),
        (End::Reading, true) => format!("{start}, and nothing writes to `{name}` or closes it"),
        (End::Writing, false) => format!(
            "{start}; its reader `{name}` is closed nowhere, so a reader that leaves early leaves the writer behind"
        ),
        (End::Reading, false) => {
            format!("{start}; its writer `{name}` is closed nowhere, so the reader never sees the end")
        }
    };
    let said = told(Said::confirmed(CAUSE, sentence));
    let said = if let Some(handed) = handed { said.with("handed on", handed) } else { said };
    Some(said.advising(advice))
}

/// Where an end is passed to other packages, and whether all of these only read or write it. A request is closed by the transport that
/// sends it, so a body is not followed.
fn handed_on<'a>(uses: &Uses<'a>) -> (Option<Node<'a>>, bool) {
    let mut handed = None;
    for escape in &uses.escapes {
        match escape.kind {
            EscapeKind::FromCall => {}
            EscapeKind::Passed => {
                let (Some(function), Some(call)) = (escape.function, escape.node) else {
                    return (None, false);
                };
                let reads = matches!(
                    called_import(uses.package(), function, call),
                    Some((
                        "io" | "io/ioutil"
                            | "bufio"
                            | "encoding/json"
                            | "encoding/xml"
                            | "encoding/csv"
                            | "encoding/gob"
                            | "fmt"
                            | "compress/gzip"
                            | "mime/multipart",
                        _
                    ))
                );
                if !reads {
                    return (Some(call), false);
                }
                handed = Some(call);
            }
            EscapeKind::Unknown
            | EscapeKind::Exported
            | EscapeKind::From
            | EscapeKind::Parameter
            | EscapeKind::Receiver
            | EscapeKind::Kept
            | EscapeKind::Sent
            | EscapeKind::Returned
            | EscapeKind::Other => return (escape.node, false),
        }
    }
    (handed, true)
}

fn object_of<'a>(made: &Obtained<'a>, name: Node<'a>) -> Object<'a> {
    match made.package.object(made.function, name) {
        known @ (Object::Local { .. } | Object::Field { .. } | Object::PackageVariable(_)) => known,
        Object::AnyField(_) | Object::Embedded(_) | Object::Extern { .. } | Object::Expression(_) => {
            Object::Local { file: made.function.file.path(), at: name.start(), name: name.text() }
        }
    }
}

/// The name of the end that an expression is, or wraps, and the call of `io.Pipe` that makes it.
fn pipe_of<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
    wrapped: u32,
) -> Option<(Node<'a>, Obtained<'a>)> {
    let wrapped = wrapped.checked_sub(1)?;
    if expression.kind() == Kind::CallExpression {
        // `json.NewEncoder(pw).Encode(v)`
        return arguments(expression).find_map(|it| pipe_of(package, function, it, wrapped));
    }
    if !matches!(expression.kind(), Kind::Identifier | Kind::SelectorExpression) {
        return None;
    }
    let uses = Uses::of_expression(package, function, expression);
    let mut from = uses.escapes.iter().filter(|it| it.kind == EscapeKind::FromCall);
    let (origin, None) = (from.next()?, from.next()) else { return None };
    let (holder, call) = (origin.function?, origin.node?);
    if called_import(package, holder, call) == Some(("io", "Pipe")) {
        let made = Obtained::of(package, holder, call).filter(|it| it.names.len() == 2)?;
        let is_it = |name: &Node<'a>| uses.objects.contains(&object_of(&made, *name));
        let end = made.names.iter().copied().find(is_it)?;
        return Some((end, made));
    }
    arguments(call).find_map(|it| pipe_of(package, holder, it, wrapped))
}

/// The value that an expression wraps, as `bufio.NewReader(conn)` does; the expression itself if it wraps nothing.
pub(super) fn unwrapped<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    expression: Node<'a>,
) -> Node<'a> {
    let mut expression = expression;
    for _ in 0..MAX_WRAPPED {
        let made = match expression.kind() {
            Kind::CallExpression => expression,
            Kind::Identifier => {
                let local = package.lookup(function, expression.text(), expression.start());
                match local.and_then(|it| it.value.filter(|_| it.index == 0)) {
                    Some(value) if value.kind() == Kind::CallExpression => value,
                    _ => break,
                }
            }
            _ => break,
        };
        let wraps = matches!(
            called_import(package, function, made),
            Some((
                "bufio"
                    | "encoding/json"
                    | "encoding/xml"
                    | "encoding/csv"
                    | "encoding/gob"
                    | "net/textproto"
                    | "io"
                    | "compress/gzip",
                _
            ))
        );
        let inner = arguments(made).next().filter(|_| wraps && made.child(Field::Function).is_some());
        match inner {
            Some(inner) => expression = inner,
            None => break,
        }
    }
    expression
}
