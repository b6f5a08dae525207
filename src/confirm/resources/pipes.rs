//! `io.Pipe`: one end waits, and the other is dropped without a close.

use super::library::Library;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use super::site::title;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::SpawnKind;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::exits_without;
use crate::code::spawn_of;
use crate::confirm::place::frame_nodes;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::golang::Owner;
use crate::golang::owner;
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
    let own = closes_of(&Uses::of_object(made.package, object_of(&made, pipe)));
    if let Some(close) = own.iter().find(|it| Some(it.scope) != call.function()) {
        let closed = line_in(close.node, call);
        let sentence =
            format!("line {line} {does} the pipe of {place}; `{}` is closed at {closed}", pipe.text());
        return Some(Said::undecided(CAUSE, sentence).with("waits", call).with("closed", close.node));
    }
    let told = |said: Said| said.with("waits", call).with("made", made.statement);
    let start = format!("line {line} {does} the pipe of {place}");
    let name = other.text();
    if name == "_" {
        let said = Said::confirmed(CAUSE, format!("{start}, whose {verb} is thrown away"));
        return Some(told(said).advising(format!("keep the {verb} of {place} and close it when it is done")));
    }
    let uses = Uses::of_object(made.package, object_of(&made, other));
    let closes = closes_of(&uses);
    if let Some(close) = closes.first() {
        if let Some(exit) = skipped(&made, &closes).filter(|_| end == End::Reading) {
            let (closed, early) = (line_in(close.node, call), line_in(exit, call));
            let sentence = format!(
                "{start}; its writer `{name}` is closed at {closed}, and {early} returns before that"
            );
            let said = told(Said::confirmed(CAUSE, sentence)).with("closed", close.node);
            return Some(said.with("returns before the close", exit).advising(defer_close(name, exit, call)));
        }
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

/// Goroutines that copy a pipe to the input of a command: the writers of such pipes that nothing closes.
pub(super) fn unclosed_writers(library: &Library<'_, '_>) -> Vec<Said> {
    // Where the user's own frame reads, its line says which pipe it is.
    if library.group.stack.iter().any(|it| owner(&it.function, &it.file) == Owner::User) {
        return Vec::new();
    }
    let (packages, is_complete) = program(library, |text| text.contains("io.Pipe("));
    let mut sites = Vec::new();
    for package in packages {
        for function in &package.functions {
            let made = Obtained::all(package, function, |it| it == "Pipe");
            sites.extend(made.iter().filter_map(|it| unclosed_writer(library, it)));
        }
    }
    judge(library, sites, is_complete)
}

/// A pipe whose writer is not closed on each path, if nobody in the profile is on the way to the close.
fn unclosed_writer<'a>(library: &Library<'_, 'a>, made: &Obtained<'a>) -> Option<Site<'a>> {
    let is_pipe = called_import(made.package, made.function, made.call) == Some(("io", "Pipe"));
    let (reader, writer) = (made.local(0)?, made.local(1).filter(|_| is_pipe && !made.runs_once())?);
    let is_input = |it: Node<'_>| {
        it.kind() == Kind::AssignmentStatement
            && it.child(Field::Left).is_some_and(|it| it.text().ends_with(".Stdin"))
            && it.child(Field::Right).is_some_and(|it| it.text() == reader.text())
    };
    if !made.function.node.walk().any(is_input) {
        return None;
    }
    if !closes_of(&Uses::of_object(made.package, object_of(made, reader))).is_empty() {
        return None;
    }
    let uses = Uses::of_object(made.package, object_of(made, writer));
    let closes = closes_of(&uses);
    let (name, at, who) = (writer.text(), at(made.call), title(made));
    let said = match closes.first() {
        None if handed_on(&uses).1 => {
            let said = Said::confirmed(
                CAUSE,
                format!("{who} makes a pipe at {at}, and nothing closes its writer `{name}`"),
            );
            said.with("made", made.call)
                .advising(format!("call `{name}.Close()` on every path when all is written"))
        }
        None => return None,
        Some(close) => {
            let exit = skipped(made, &closes)?;
            let (closed, early) = (line_in(close.node, made.call), line_in(exit, made.call));
            let sentence = format!(
                "{who} makes a pipe at {at}; its writer `{name}` is closed at {closed}, and {early} returns before that: who reads it never sees the end"
            );
            let said = Said::confirmed(CAUSE, sentence).with("made", made.call).with("closed", close.node);
            said.with("returns before the close", exit).advising(defer_close(name, exit, made.call))
        }
    };
    let scopes: Vec<Node<'a>> = closes.iter().map(|it| it.scope).collect();
    let writes = |group| frame_nodes(library.workspace, group).iter().any(|it| scopes.contains(&it.scope));
    let writing = library.groups.iter().filter(|it| it.group.row != library.group.row && writes(it.group));
    let writing: i128 = writing.map(|it| it.group.count).sum();
    (writing.saturating_mul(2) < library.group.count).then(|| Site::new(made, said))
}

fn closes_of<'a>(uses: &Uses<'a>) -> Vec<Op<'a>> {
    uses.of(|kind| matches!(kind, OpKind::Method("Close" | "CloseWithError" | "closeWithError")))
}

/// `defer pw.Close()`, and the return that makes it necessary.
fn defer_close(name: &str, exit: Node<'_>, about: Node<'_>) -> String {
    format!("close `{name}` before {} returns, too: `CloseWithError` says why", line_in(exit, about))
}

/// A return that is taken before the only close of an end, in the function that makes the pipe or in a goroutine that it starts.
fn skipped<'a>(made: &Obtained<'a>, closes: &[Op<'a>]) -> Option<Node<'a>> {
    let [close] = closes else { return None };
    let is_deferred = close.node.up(Kind::DeferStatement, None).is_some();
    let is_goroutine = spawn_of(close.scope)
        .is_some_and(|it| it.kind == SpawnKind::Go && it.node.function() == Some(made.scope));
    let start = match close.scope == made.scope {
        true => Some(made.call),
        false if is_goroutine => None,
        false => return None,
    };
    let (without, with) = exits_without(close.scope, start, |it| it == close.node).ok()?;
    let exit = without.into_iter().flatten().find(|it| it.start() < close.node.start())?;
    (!is_deferred && !with.is_empty()).then_some(exit)
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
