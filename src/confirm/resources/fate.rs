//! What becomes of a local: closed, handed on, or left open.

use super::obtained::Obtained;
use super::obtained::called_import;
use crate::code::DeclarationKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::called_name;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Bound of the calls and names that a local is followed through.
const MAX_HOPS: u32 = 4;

/// How a resource is closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing<'r> {
    /// The field that holds the resource; empty if the value itself is it: `Body` of a response.
    pub(super) field: &'r str,
    /// The methods that close it.
    pub(super) methods: &'r [&'r str],
    /// The beginning of the import paths of the library that made it: its functions do not keep it. Empty if it is of Go's own library.
    pub(super) family: &'r str,
}

/// How a resource leaves its function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// It is returned.
    Returned,
    /// It is kept in a field, a map or a literal, or it is sent on.
    Kept,
    /// It is passed to a function that is not seen.
    Passed,
}

/// What becomes of a local.
#[derive(Clone, Debug, Default)]
pub(super) struct Fate<'a> {
    /// The calls that close it, in order of the text.
    pub(super) closes: Vec<Node<'a>>,
    /// Where it leaves what is seen.
    pub(super) leaves: Vec<(Leaving, Node<'a>)>,
    /// The calls that use it: of its methods, or with it or a part of it as an argument.
    pub(super) uses: Vec<Node<'a>>,
}

/// What becomes of the local that takes the n-th result of a call.
pub(super) fn fate<'a>(obtained: &Obtained<'a>, name: Node<'a>, closing: Closing<'_>) -> Fate<'a> {
    let mut fate = Fate::default();
    follow(obtained.package, obtained.function, name, closing, MAX_HOPS, &mut fate);
    sort::by_key(&mut fate.closes, |it| it.start());
    fate
}

/// Follows a local by the identifier that declares or takes it.
fn follow<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    name: Node<'a>,
    closing: Closing<'_>,
    hops: u32,
    fate: &mut Fate<'a>,
) {
    let Some(hops) = hops.checked_sub(1) else {
        fate.leaves.push((Leaving::Passed, name));
        return;
    };
    let object = match package.object(function, name) {
        known @ Object::Local { .. } => known,
        // The name that a statement declares is not visible yet at this place.
        _ => Object::Local { file: function.file.path(), at: name.start(), name: name.text() },
    };
    for node in function.index().identifiers.get(name.text()).into_iter().flatten() {
        if *node != name && package.object(function, *node) == object {
            follow_use(package, function, *node, closing, hops, fate);
        }
    }
}

fn follow_use<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    node: Node<'a>,
    closing: Closing<'_>,
    hops: u32,
    fate: &mut Fate<'a>,
) {
    // The path of fields from the local: `Body.Close` of `resp.Body.Close`.
    let mut path: Vec<&str> = Vec::new();
    let (mut child, Some(mut parent)) = (node, node.parent()) else { return };
    loop {
        let is_step = match parent.kind() {
            Kind::SelectorExpression => {
                if parent.child(Field::Operand) != Some(child) {
                    return;
                }
                path.push(parent.child(Field::Selected).map_or("", Node::text));
                true
            }
            Kind::ParenthesizedExpression | Kind::LiteralElement => true,
            Kind::UnaryExpression => matches!(parent.operator(), Operator::Address | Operator::Times),
            _ => false,
        };
        match parent.parent() {
            Some(above) if is_step => (child, parent) = (parent, above),
            _ => break,
        }
    }
    let is_field = |it: &str| !closing.field.is_empty() && it == closing.field;
    let is_whole = path.is_empty();
    let is_resource = match path.as_slice() {
        [] => closing.field.is_empty(),
        [only] => is_field(only),
        _ => false,
    };
    let is_either = is_whole || is_resource;
    match parent.kind() {
        Kind::CallExpression if parent.child(Field::Function) == Some(child) => {
            let (method, before) = path.split_last().map_or(("", &[][..]), |(last, rest)| (*last, rest));
            let is_of_resource = match before {
                [] => closing.field.is_empty(),
                [only] => is_field(only),
                _ => false,
            };
            let closes = is_of_resource && closing.methods.contains(&method)
                // A `cancel` or `stop` is a function that is called itself.
                || path.is_empty() && closing.methods.is_empty();
            if closes { &mut fate.closes } else { &mut fate.uses }.push(parent);
        }
        // A method value: `defer cleanup(resp.Body.Close)`.
        _ if path.last().is_some_and(|it| closing.methods.contains(it))
            && parent.kind() == Kind::ArgumentList =>
        {
            fate.closes.extend(parent.parent());
        }
        Kind::ArgumentList => {
            let Some(call) = parent.parent() else { return };
            let index = parent.children().position(|it| it == child).unwrap_or(0);
            if is_either {
                let part = if is_whole { closing } else { Closing { field: "", ..closing } };
                follow_argument(package, function, (call, index), part, hops, fate);
            } else {
                fate.uses.push(call);
            }
        }
        _ if !is_either => {}
        Kind::ExpressionList => match parent.parent() {
            Some(statement) if statement.kind() == Kind::ReturnStatement => {
                fate.leaves.push((Leaving::Returned, statement));
            }
            Some(statement) if statement.child(Field::Right) == Some(parent) => {
                let index = parent.children().position(|it| it == child).unwrap_or(0);
                let target = statement.child(Field::Left).and_then(|it| it.nth(index));
                follow_target(package, function, (statement, target), is_whole, closing, hops, fate);
            }
            // It is set again: another value, which its own statement is asked for.
            _ => {}
        },
        Kind::VarSpec => {
            follow_target(
                package,
                function,
                (parent, parent.child(Field::Name)),
                is_whole,
                closing,
                hops,
                fate,
            );
        }
        Kind::ReturnStatement => fate.leaves.push((Leaving::Returned, parent)),
        Kind::BinaryExpression
        | Kind::IfStatement
        | Kind::ExpressionStatement
        | Kind::ShortVarDeclaration
        | Kind::AssignmentStatement
        | Kind::TypeSwitchStatement
        | Kind::ExpressionSwitchStatement
        | Kind::RangeClause => {}
        _ => fate.leaves.push((Leaving::Kept, parent)),
    }
}

/// The resource gets another name.
fn follow_target<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    (statement, target): (Node<'a>, Option<Node<'a>>),
    is_whole: bool,
    closing: Closing<'_>,
    hops: u32,
    fate: &mut Fate<'a>,
) {
    let Some(target) = target.filter(|it| it.text() != "_") else { return };
    let is_local = target.kind() == Kind::Identifier
        && (statement.kind() != Kind::AssignmentStatement
            || matches!(package.object(function, target), Object::Local { .. }));
    if !is_local {
        fate.leaves.push((Leaving::Kept, statement));
        return;
    }
    let part = if is_whole { closing } else { Closing { field: "", ..closing } };
    follow(package, function, target, part, hops, fate);
}

/// The resource is an argument of a call.
fn follow_argument<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    (call, index): (Node<'a>, usize),
    closing: Closing<'_>,
    hops: u32,
    fate: &mut Fate<'a>,
) {
    let name = called_name(call).unwrap_or("");
    let literal = call.child(Field::Function).filter(|it| it.kind() == Kind::FuncLiteral);
    let callee = package.callee(function, call);
    let holder = match (literal, callee) {
        (Some(literal), _) => Some((function, literal)),
        (None, Some(callee)) => Some((callee, callee.node)),
        (None, None) => None,
    };
    if let Some((holder, owner)) = holder {
        let is_it = |it: &DeclarationKind| *it == DeclarationKind::Parameter;
        let declarations = package.declarations(holder).iter();
        let mut parameters =
            declarations.filter(|it| it.owner == Some(owner) && is_it(&it.kind) && it.index == index);
        match parameters.next() {
            Some(parameter) => {
                let mut inner = Fate::default();
                follow(package, holder, parameter.at, closing, hops, &mut inner);
                if !inner.closes.is_empty() {
                    fate.closes.push(call);
                } else if inner.leaves.is_empty() {
                    fate.uses.push(call);
                } else {
                    fate.leaves.push((Leaving::Passed, call));
                }
            }
            None => fate.leaves.push((Leaving::Passed, call)),
        }
        return;
    }
    let lower = name.to_ascii_lowercase();
    if lower.contains("close") || lower.contains("drain") || lower.contains("cleanup") {
        fate.closes.push(call);
    } else if only_reads(package, function, call) {
        fate.uses.push(call);
        follow_wrapper(package, function, call, hops, fate);
    } else if closing.field.is_empty() && makes_a_client(package, function, call) {
        follow_client(package, function, call, closing, hops, fate);
    } else if is_of_family(package, function, call, closing.family) {
        fate.uses.push(call);
    } else if !matches!(name, "len" | "cap" | "panic" | "print" | "println") {
        fate.leaves.push((Leaving::Passed, call));
    }
}

/// Whether a call makes an object that works with the resource: `pb.NewPricesClient(conn)`.
fn makes_a_client<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
    called_import(package, function, call).is_some_and(|(_, name)| name.starts_with("New"))
}

/// Whether a call is of a function of the library that made the resource.
fn is_of_family<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    family: &str,
) -> bool {
    let import = called_import(package, function, call).map(|(import, _)| import);
    !family.is_empty() && import.is_some_and(|it| it.starts_with(family))
}

/// What such an object does, the resource does with it: it may be closed through it, or leave with it.
fn follow_client<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    closing: Closing<'_>,
    hops: u32,
    fate: &mut Fate<'a>,
) {
    let is_called_on = call.parent().is_some_and(|it| it.kind() == Kind::SelectorExpression);
    let made = Obtained::of(package, function, call);
    match made.as_ref().and_then(|it| it.local(0)) {
        Some(name) => {
            fate.uses.push(call);
            follow(package, function, name, closing, hops, fate);
        }
        None if is_called_on => fate.uses.push(call),
        None => fate.leaves.push((Leaving::Passed, call)),
    }
}

/// Whether a call reads from an argument or writes to it, and keeps no right to close it.
pub(super) fn only_reads<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
    let Some((import, name)) = called_import(package, function, call) else {
        return matches!(called_name(call), Some("Unmarshal" | "DecodeJSON"));
    };
    match import {
        "io" | "io/ioutil" => !matches!(name, "NopCloser" | "Pipe"),
        "net/http/httputil" => name.starts_with("Dump"),
        "fmt" | "log" | "log/slog" | "bufio" | "encoding/json" | "encoding/xml" | "encoding/csv"
        | "encoding/gob" | "encoding/binary" | "compress/gzip" | "compress/zlib" | "compress/flate"
        | "errors" | "strings" | "bytes" | "mime/multipart" | "reflect" | "text/template"
        | "html/template" | "net/textproto" => true,
        _ => false,
    }
}

/// A reader that wraps the resource may leave the function in its place.
fn follow_wrapper<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    hops: u32,
    fate: &mut Fate<'a>,
) {
    let wraps = called_name(call)
        .is_some_and(|it| it.starts_with("New") || matches!(it, "LimitReader" | "TeeReader" | "MultiReader"));
    let Some(parent) = call.parent().filter(|_| wraps) else { return };
    match parent.kind() {
        Kind::ExpressionList => match parent.parent() {
            Some(statement) if statement.kind() == Kind::ReturnStatement => {
                fate.leaves.push((Leaving::Returned, statement));
            }
            Some(statement) => {
                let mut inner = Fate::default();
                let target = statement.child(Field::Left).and_then(|it| it.nth(0));
                let closing = Closing { field: "", methods: &[" "], family: "" };
                follow_target(package, function, (statement, target), true, closing, hops, &mut inner);
                fate.leaves.append(&mut inner.leaves);
            }
            None => {}
        },
        Kind::SelectorExpression | Kind::ArgumentList | Kind::ExpressionStatement => {}
        Kind::ReturnStatement => fate.leaves.push((Leaving::Returned, parent)),
        _ => fate.leaves.push((Leaving::Kept, parent)),
    }
}
