//! Who calls a function: in its own package, and in the user's other packages.

use super::file::File;
use super::function::Function;
use super::imports::may_name;
use super::package::Package;
use super::query::SpawnKind;
use super::query::arguments;
use super::query::called_name;
use super::query::loops_around;
use super::query::spawn_of;
use super::texts::Origin;
use super::workspace::Workspace;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the calls that are kept of one function.
const MAX_CALLS: usize = 64;

/// Bound of the callers that are followed up to `main`.
const MAX_HOPS: u32 = 6;

/// A call of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    /// The package of the call.
    pub(crate) package: &'a Package<'a>,
    /// The declared function that holds the call.
    pub(crate) function: &'a Function<'a>,
    /// The call.
    pub(crate) call: Node<'a>,
}

/// The calls of a function.
#[derive(Clone, Debug, Default)]
pub(crate) struct Callers<'a> {
    /// The calls, in order of packages, files and lines.
    pub(crate) calls: Vec<Caller<'a>>,
    /// Whether these are all that can happen: the function is no value, and no other module can call it.
    pub(crate) is_complete: bool,
    /// Whether the function is used as a value: a handler, a callback. Who calls it then is not seen.
    pub(crate) is_value: bool,
}

/// Functions and fields that take what a program does when it starts: of frameworks for commands and for wiring.
const STARTS: [&str; 10] =
    ["Action", "Append", "Invoke", "Main", "OnStart", "Provide", "Run", "RunE", "Start", "Supply"];

/// How often a statement runs in the life of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    /// Once, or in a loop with a bound: it is reached from `main` or `init` alone.
    Once,
    /// Again and again: from a handler, a callback, or a loop without a bound.
    Often,
    /// The source does not tell.
    Unknown,
}

impl<'a> Workspace<'a> {
    /// The calls of a function in its package and in the user's other packages.
    pub(crate) fn callers(&self, package: &'a Package<'a>, function: &'a Function<'a>) -> Callers<'a> {
        let here = package.calls_of(function).into_iter();
        let mut callers = Callers {
            calls: here.map(|(function, call)| Caller { package, function, call }).collect(),
            is_complete: true,
            is_value: package.is_value(function),
        };
        if function.is_vars() || is_entry(function) {
            callers.is_complete = false;
        }
        // A method of an unexported type is reached through an interface.
        let is_reachable = function.name.starts_with(char::is_uppercase);
        if is_reachable {
            callers.is_complete &= package.origin == Origin::Own;
            let is_other = |text: &str| may_name(text, &package.path, function.name);
            let (packages, is_all) = self.own_packages(is_other);
            callers.is_complete &= is_all;
            for other in packages {
                if !std::ptr::eq(other, package) {
                    callers_in(other, package, function, &mut callers);
                }
            }
        }
        let is_of_interface = function.receiver.is_some() && package.has_interface_method(function.name);
        callers.is_complete &= !is_of_interface && !callers.is_value && package.is_whole;
        if callers.calls.len() > MAX_CALLS {
            callers.calls.truncate(MAX_CALLS);
            callers.is_complete = false;
        }
        callers
    }

    /// How often a node of a function runs.
    pub(crate) fn runs(&self, package: &'a Package<'a>, function: &'a Function<'a>, node: Node<'a>) -> Runs {
        self.runs_within(package, function, node, MAX_HOPS)
    }

    fn runs_within(
        &self,
        package: &'a Package<'a>,
        function: &'a Function<'a>,
        node: Node<'a>,
        hops: u32,
    ) -> Runs {
        let Some(hops) = hops.checked_sub(1) else { return Runs::Unknown };
        // Out of the closures.
        let mut node = node;
        loop {
            if loops_around(node, None).into_iter().any(|it| !is_bounded(it)) {
                return Runs::Often;
            }
            match node.ancestors().find(|it| it.kind().is_function()) {
                Some(closure) if closure.kind() == Kind::FuncLiteral => match spawn_of(closure) {
                    Some(spawn) if spawn.kind == SpawnKind::Argument && !is_once(spawn.node) => {
                        let is_start = called_name(spawn.node).is_some_and(|it| STARTS.contains(&it));
                        return if is_start { Runs::Unknown } else { Runs::Often };
                    }
                    Some(spawn) => node = spawn.node,
                    None if is_start(closure) => return Runs::Once,
                    None => match runs_of_value(closure) {
                        Some(call) => node = call,
                        None => return Runs::Unknown,
                    },
                },
                _ => break,
            }
        }
        if is_entry(function) || function.is_vars() {
            return Runs::Once;
        }
        let callers = self.callers(package, function);
        if callers.is_value {
            return Runs::Often;
        }
        let mut runs = if callers.calls.is_empty() { Runs::Unknown } else { Runs::Once };
        for caller in &callers.calls {
            if caller.function == function {
                continue;
            }
            match self.runs_within(caller.package, caller.function, caller.call, hops) {
                Runs::Once => {}
                Runs::Often => return Runs::Often,
                Runs::Unknown => runs = Runs::Unknown,
            }
        }
        runs
    }
}

/// Whether Go itself calls a function once.
fn is_entry(function: &Function<'_>) -> bool {
    function.receiver.is_none()
        && (function.name == "init" || function.name == "main" && function.file.package_name == "main")
}

/// `sync.Once.Do`.
fn is_once(call: Node<'_>) -> bool {
    called_name(call) == Some("Do")
        && call.child(Field::Function).is_some_and(|it| it.text().to_lowercase().contains("once"))
}

/// `&cobra.Command{RunE: func(…) error {…}}`
fn is_start(closure: Node<'_>) -> bool {
    let element = closure.ancestors().find(|it| it.kind() == Kind::KeyedElement);
    let key = element.filter(|it| it.child(Field::Value).is_some_and(|value| value.text() == closure.text()));
    key.and_then(|it| it.child(Field::Key)).is_some_and(|it| STARTS.contains(&it.text()))
}

/// The only call of a closure that a local variable keeps: `stop := func() {…}` … `stop()`.
fn runs_of_value(closure: Node<'_>) -> Option<Node<'_>> {
    let statement = closure.parent().and_then(Node::parent)?;
    let name = statement.child(Field::Left).and_then(|it| it.nth(0))?.text();
    let scope = closure.ancestors().find(|it| it.kind().is_function())?;
    let mut calls = scope.walk().filter(|it| {
        it.kind() == Kind::CallExpression && it.child(Field::Function).is_some_and(|at| at.text() == name)
    });
    let call = calls.next().filter(|it| !closure.contains(*it))?;
    calls.next().is_none().then_some(call)
}

/// Whether a loop has a bound: it counts, or it walks over something that is no channel as far as its text shows.
fn is_bounded(loop_: Node<'_>) -> bool {
    let body = loop_.child(Field::Body);
    let Some(clause) = loop_.children().find(|it| Some(*it) != body) else { return false };
    match clause.kind() {
        Kind::ForClause => clause.child(Field::Condition).is_some() && clause.child(Field::Update).is_some(),
        Kind::RangeClause => {
            let over = clause.child(Field::Right).map_or("", Node::text);
            let lower = over.to_lowercase();
            // An iterator or a channel may go on for ever.
            !over.ends_with(')') && !lower.ends_with("ch") && !lower.contains("chan")
                || over.starts_with("len(")
        }
        _ => false,
    }
}

/// Adds the calls in another package.
fn callers_in<'a>(
    other: &'a Package<'a>,
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    callers: &mut Callers<'a>,
) {
    for holder in &other.functions {
        for selector in holder.index().selectors.get(function.name).into_iter().flatten() {
            let Some(operand) = selector.child(Field::Operand) else { continue };
            match names_function(other, holder, operand, package, function) {
                Named::Yes => {}
                Named::Perhaps => callers.is_complete = false,
                Named::No => continue,
            }
            let call = called_by(*selector);
            match call {
                Some(call) if fits(function, call) => {
                    callers.calls.push(Caller { package: other, function: holder, call });
                }
                Some(_) => {}
                None => callers.is_value = true,
            }
        }
    }
}

/// The call whose function is a selector, type arguments left out.
fn called_by(selector: Node<'_>) -> Option<Node<'_>> {
    let mut child = selector;
    for parent in selector.ancestors() {
        match parent.kind() {
            Kind::CallExpression => return (parent.child(Field::Function) == Some(child)).then_some(parent),
            Kind::IndexExpression | Kind::TypeInstantiationExpression | Kind::ParenthesizedExpression => {
                child = parent;
            }
            _ => return None,
        }
    }
    None
}

enum Named {
    Yes,
    Perhaps,
    No,
}

/// Whether a selector of the function's name on an operand is that function of `package`.
fn names_function<'a>(
    other: &'a Package<'a>,
    holder: &'a Function<'a>,
    operand: Node<'a>,
    package: &'a Package<'a>,
    function: &'a Function<'a>,
) -> Named {
    let imported = |name: &str| holder.file.import(name);
    let is_package = operand.kind() == Kind::Identifier
        && imported(operand.text()).is_some()
        && other.lookup(holder, operand.text(), operand.start()).is_none();
    if is_package {
        let is_it = function.receiver.is_none() && imported(operand.text()) == Some(package.path.as_str());
        return if is_it { Named::Yes } else { Named::No };
    }
    let Some(receiver) = function.receiver else { return Named::No };
    if !other.files.iter().any(|file| file.imports(&package.path)) {
        return Named::No;
    }
    match type_across(other, holder, operand, package) {
        Some(found) if found == receiver => Named::Yes,
        Some(_) => Named::No,
        None => match other.type_of(holder, operand) {
            // A type of its own is another one, unless it is an interface or embeds the type.
            Some(name) if !name.contains('.') => match other.type_named(name) {
                Some((_, node)) if node.kind() == Kind::InterfaceType => Named::Perhaps,
                Some(_) if other.embedded(name).next().is_some() => Named::Perhaps,
                Some(_) => Named::No,
                None => Named::Perhaps,
            },
            Some(name) => match imported_type(holder.file, name) {
                Some((path, _)) if path != package.path => Named::No,
                _ => Named::Perhaps,
            },
            None => Named::Perhaps,
        },
    }
}

/// The import path and the name of a type such as `stock.Hub`.
fn imported_type<'a>(file: &File<'a>, name: &'a str) -> Option<(&'a str, &'a str)> {
    let (alias, name) = name.split_once('.')?;
    Some((file.import(alias)?, name))
}

/// The type of `package` that an expression in another package has, if names tell it: it is written, or it is the result of a function.
fn type_across<'a>(
    other: &'a Package<'a>,
    holder: &'a Function<'a>,
    operand: Node<'a>,
    package: &'a Package<'a>,
) -> Option<&'a str> {
    if let Some(written) = other.type_node(holder, operand).and_then(|(file, type_)| {
        let name = super::query::base_type(type_)?;
        imported_type(file, name)
    }) {
        return (written.0 == package.path).then_some(written.1);
    }
    let mut value = match operand.kind() {
        Kind::Identifier => {
            let local = other.lookup(holder, operand.text(), operand.start())?;
            if local.index > 0 {
                return None;
            }
            local.value?
        }
        _ => operand,
    };
    while matches!(value.kind(), Kind::ParenthesizedExpression | Kind::UnaryExpression) {
        value = value.child(Field::Operand).or_else(|| value.nth(0))?;
    }
    if value.kind() == Kind::CompositeLiteral {
        let name = value.child(Field::Type).and_then(super::query::base_type)?;
        let (path, name) = imported_type(holder.file, name)?;
        return (path == package.path).then_some(name);
    }
    let called = value.child(Field::Function).filter(|it| it.kind() == Kind::SelectorExpression)?;
    let alias = called.child(Field::Operand).filter(|it| it.kind() == Kind::Identifier)?;
    if holder.file.import(alias.text())? != package.path {
        return None;
    }
    let constructor = package.function(called.child(Field::Selected)?.text())?;
    super::types::result_types(constructor).first().copied().and_then(super::query::base_type)
}

/// Whether a call has as many arguments as a function has parameters, variadic ones aside.
fn fits(function: &Function<'_>, call: Node<'_>) -> bool {
    let parameters = || function.node.child(Field::Parameters).into_iter().flat_map(Node::children);
    if parameters().any(|it| it.kind() == Kind::VariadicParameterDeclaration) {
        return true;
    }
    let wanted: usize = parameters().map(|it| it.children_of(Field::Name).count().max(1)).sum();
    let given = arguments(call).count();
    given == wanted || given == 1 && arguments(call).any(|it| it.kind() == Kind::CallExpression)
}
