//! From an operation backward to the functions that other packages call to reach it.

use std::collections::VecDeque;

use rustc_hash::FxHashSet;

use super::blocking::is_blocking;
use super::names;
use crate::code::Function;
use crate::code::Package;
use crate::code::SpawnKind;
use crate::code::base_type;
use crate::code::called_name;
use crate::code::loops_around;
use crate::code::result_types;
use crate::code::spawn_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the functions between an operation and the exported one.
const MAX_FUNCTIONS: usize = 64;

/// A function that other packages can call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exported<'a> {
    /// The type that it is a method of, as other packages name it; `None` for a function.
    pub(crate) owner: Option<&'a str>,
    /// Its canonical name.
    pub(crate) name: String,
    /// The function itself.
    pub(crate) function: &'a Function<'a>,
}

/// Who reaches an operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Reached<'a> {
    /// The exported functions, the nearest first.
    pub(super) exported: Vec<Exported<'a>>,
    /// Whether all callers are seen.
    pub(super) is_whole: bool,
}

/// How the innermost function around a node is run.
enum Runs {
    /// Its node runs while the declared function runs, or at once in a goroutine that it starts.
    Within,
    /// It runs after a goroutine has waited.
    Late,
    /// It is kept, returned or passed on.
    Elsewhere,
}

/// Whether those are asked for too that call an exported function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Search {
    /// The first exported function of each way.
    Nearest,
    /// All exported functions.
    All,
}

/// The exported functions that reach a node, not through a goroutine that waits before it comes there.
pub(super) fn reached_from<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    node: Node<'a>,
    search: Search,
) -> Reached<'a> {
    let mut reached = Reached { is_whole: package.is_whole, ..Reached::default() };
    // With each call: whether the function that holds it may wait before it comes there.
    let mut todo = VecDeque::from([(function, node, false)]);
    let mut seen: FxHashSet<Node<'a>> = FxHashSet::default();
    while let Some((function, node, is_late)) = todo.pop_front() {
        match runs(function, node, is_late) {
            Runs::Within => {}
            Runs::Late => continue,
            Runs::Elsewhere => {
                reached.is_whole = false;
                continue;
            }
        }
        if function.is_vars() || !seen.insert(function.node) {
            continue;
        }
        if seen.len() > MAX_FUNCTIONS {
            reached.is_whole = false;
            break;
        }
        for exported in exposures(package, function) {
            if !reached.exported.contains(&exported) {
                reached.exported.push(exported);
            }
        }
        if function.is_exported() && search == Search::Nearest {
            continue;
        }
        let is_late = is_late || is_late_in(function.node, node);
        for (caller, call) in callers(package, function) {
            let is_started = call.parent().is_some_and(|it| it.kind() == Kind::GoStatement);
            if !(is_started && is_late) {
                todo.push_back((caller, call, is_late && !is_started));
            }
        }
        if package.is_value(function) {
            reached.is_whole = false;
        }
    }
    reached
}

fn runs(function: &Function<'_>, node: Node<'_>, is_late: bool) -> Runs {
    let closures = node.ancestors().take_while(|it| *it != function.node);
    for closure in closures.filter(|it| it.kind() == Kind::FuncLiteral) {
        let Some(spawn) = spawn_of(closure) else { return Runs::Elsewhere };
        match spawn.kind {
            SpawnKind::Call | SpawnKind::Defer => {}
            SpawnKind::Go if is_late || is_late_in(closure, node) => return Runs::Late,
            SpawnKind::Go => {}
            SpawnKind::After => return Runs::Elsewhere,
            // sync.Once runs it at once.
            SpawnKind::Argument if called_name(spawn.node) == Some("Do") => {}
            SpawnKind::Argument => return Runs::Elsewhere,
        }
    }
    Runs::Within
}

/// Whether a goroutine that runs `scope` may wait before it comes to `node`: it is in a loop or deferred, or an operation that blocks is
/// before it.
fn is_late_in(scope: Node<'_>, node: Node<'_>) -> bool {
    let is_inner = |it: &Node<'_>| *it != scope;
    node.ancestors().take_while(is_inner).any(|it| it.kind() == Kind::DeferStatement)
        || !loops_around(node, Some(scope)).is_empty()
        || scope.own().any(|it| it.start() < node.start() && !it.contains(node) && is_blocking(it))
}

/// As what other packages can call a function. Empty if they cannot.
pub(super) fn exposures<'a>(package: &'a Package<'a>, function: &'a Function<'a>) -> Vec<Exported<'a>> {
    let is_exported = |name: &str| name.starts_with(char::is_uppercase);
    if function.is_exported() {
        let name = names::of_function(package, function);
        return vec![Exported { owner: function.receiver, name, function }];
    }
    let Some(receiver) = function.receiver.filter(|_| is_exported(function.name)) else { return Vec::new() };
    let mut found = Vec::new();
    let returned = exported_results(package);
    for owner in package.type_names().into_iter().filter(|it| is_exported(it)) {
        let is_promoted = package.embedded(owner).next().is_some()
            && package.method(owner, function.name).is_some_and(|it| it == function);
        let is_interface = returned.contains(owner) && implements(package, receiver, owner, function.name);
        if is_promoted || is_interface {
            let name = names::of_method_on(package, function, owner);
            found.push(Exported { owner: Some(owner), name, function });
        }
    }
    if found.is_empty() && returned.contains(receiver) {
        found.push(Exported { owner: Some(receiver), name: names::of_function(package, function), function });
    }
    found
}

/// The types that exported functions and methods return.
fn exported_results<'a>(package: &'a Package<'a>) -> FxHashSet<&'a str> {
    let functions = package.functions.iter().filter(|it| it.is_exported());
    functions.flat_map(|it| result_types(it)).filter_map(base_type).collect()
}

/// Whether a type has the methods of an interface of its package, one of which has the name.
fn implements(package: &Package<'_>, type_: &str, interface: &str, method: &str) -> bool {
    let mut names = Vec::new();
    interface_methods(package, interface, MAX_EMBEDDED, &mut names);
    // A type that embeds an interface has its methods.
    let mut embedded = Vec::new();
    for base in package.embedded(type_) {
        interface_methods(package, base, MAX_EMBEDDED, &mut embedded);
    }
    let has = |name: &str| embedded.contains(&name) || package.method(type_, name).is_some();
    names.contains(&method) && names.iter().all(|name| has(name))
}

/// Bound of the interfaces that embed one another.
const MAX_EMBEDDED: u32 = 4;

/// The names of the methods of an interface of the package. Those of embedded interfaces of other packages are not seen.
fn interface_methods<'a>(package: &Package<'a>, name: &str, depth: u32, found: &mut Vec<&'a str>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    for element in names::interface_named(package, name).into_iter().flat_map(Node::children) {
        if element.kind() == Kind::MethodElem {
            found.extend(element.child(Field::Name).map(Node::text));
        } else if let Some(embedded) = element.nth(0).and_then(base_type).or_else(|| base_type(element)) {
            interface_methods(package, embedded, depth, found);
        }
    }
}

/// The calls of a function in its package, those through an interface of the package that its type implements among them.
fn callers<'a>(package: &'a Package<'a>, function: &'a Function<'a>) -> Vec<(&'a Function<'a>, Node<'a>)> {
    let mut found = package.calls_of(function);
    let Some(receiver) = function.receiver else { return found };
    for holder in &package.functions {
        for call in holder.index().calls(function.name) {
            let operand = call
                .child(Field::Function)
                .filter(|it| it.kind() == Kind::SelectorExpression)
                .and_then(|it| it.child(Field::Operand));
            let Some(operand) = operand else { continue };
            let interface = package.type_of(holder, operand);
            if interface.is_some_and(|it| implements(package, receiver, it, function.name)) {
                found.push((*holder, *call));
            }
        }
    }
    found
}
