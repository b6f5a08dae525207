//! The walk from a context to its roots.

use super::super::callers::Caller;
use super::super::declaration::Declaration;
use super::super::declaration::DeclarationKind;
use super::super::function::Function;
use super::super::object::Object;
use super::super::package::Package;
use super::super::query::SpawnKind;
use super::super::query::arguments;
use super::super::query::called_name;
use super::super::query::expressions;
use super::super::query::spawn_of;
use super::super::query::statement_of;
use super::super::workspace::Workspace;
use super::cancel::Fate;
use super::cancel::LostCancel;
use super::cancel::fate;
use super::origin::ContextEnd;
use super::origin::ContextOrigin;
use super::sets::ValueSet;
use super::sets::reaching;
use super::sets::sets_of;
use super::sets::unwrapped;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the origins of one context.
const MAX_ORIGINS: usize = 16;

/// Bound of the steps to one origin.
const MAX_STEPS: usize = 16;

/// Functions of libraries that give a context with more values and the same end.
const SAME_END: [&str; 9] = [
    "AppendToOutgoingContext",
    "ContextWithSpan",
    "IntoContext",
    "NewIncomingContext",
    "NewOutgoingContext",
    "Start",
    "ToContext",
    "WithContext",
    "WithLogger",
];

/// What was passed on the way to the place in hand.
#[derive(Clone, Default)]
struct Trail<'a> {
    lost: Vec<LostCancel<'a>>,
    steps: Vec<Caller<'a>>,
    seen: Vec<Node<'a>>,
    /// Calls that are on the way, beside those of the stack.
    known: Vec<Node<'a>>,
}

/// A package and a function of it.
type Spot<'a> = (&'a Package<'a>, &'a Function<'a>);

pub(super) struct Tracer<'a, 'w> {
    workspace: &'w Workspace<'a>,
    known: &'w [Node<'a>],
    origins: Vec<ContextOrigin<'a>>,
}

impl<'a, 'w> Tracer<'a, 'w> {
    pub(super) fn new(workspace: &'w Workspace<'a>, known: &'w [Node<'a>]) -> Self {
        Tracer { workspace, known, origins: Vec::new() }
    }

    pub(super) fn trace(
        mut self,
        package: &'a Package<'a>,
        function: &'a Function<'a>,
        expression: Node<'a>,
    ) -> Vec<ContextOrigin<'a>> {
        self.expression((package, function), expression, Trail::default());
        self.origins
    }

    fn found(&mut self, end: ContextEnd<'a>, trail: Trail<'a>) {
        if self.origins.len() < MAX_ORIGINS {
            self.origins.push(ContextOrigin { end, lost: trail.lost, steps: trail.steps });
        }
    }

    fn unknown(&mut self, at: Node<'a>, trail: Trail<'a>) {
        self.found(ContextEnd::Unknown(at), trail);
    }

    fn expression(&mut self, spot: Spot<'a>, expression: Node<'a>, mut trail: Trail<'a>) {
        let expression = unwrapped(expression);
        if trail.seen.contains(&expression) {
            return;
        }
        if trail.seen.len() >= MAX_STEPS || self.origins.len() >= MAX_ORIGINS {
            return self.unknown(expression, trail);
        }
        trail.seen.push(expression);
        match expression.kind() {
            Kind::CallExpression => self.call(spot, expression, 0, None, expression, trail),
            Kind::Identifier => self.identifier(spot, expression, trail),
            Kind::SelectorExpression => {
                let object = spot.0.object(spot.1, expression);
                let is_field = matches!(object, Object::Field { .. } | Object::PackageVariable(_));
                let sets = if is_field { sets_of(spot.0, object) } else { Vec::new() };
                let is_open = object.name().starts_with(char::is_uppercase) || !is_field;
                if sets.is_empty() || is_open {
                    self.unknown(expression, trail.clone());
                }
                for set in sets {
                    self.set((spot.0, set.function), set, expression, trail.clone());
                }
            }
            _ => self.unknown(expression, trail),
        }
    }

    fn identifier(&mut self, spot: Spot<'a>, name: Node<'a>, trail: Trail<'a>) {
        let (package, function) = spot;
        let object = package.object(function, name);
        let Some(local) = package.lookup(function, name.text(), name.start()) else {
            let sets = sets_of(package, object);
            if sets.is_empty() || name.text().starts_with(char::is_uppercase) {
                self.unknown(name, trail.clone());
            }
            for set in sets {
                self.set((package, set.function), set, name, trail.clone());
            }
            return;
        };
        let sets = reaching(sets_of(package, object), name);
        // Of a parameter, the argument counts too unless an assignment hides it.
        let is_hidden = sets.last().is_some_and(|last| {
            last.node.end() <= name.start()
                && statement_of(last.node).and_then(Node::parent).is_some_and(|it| it.contains(name))
        });
        for set in &sets {
            self.set(spot, *set, name, trail.clone());
        }
        match local.kind {
            DeclarationKind::Parameter if !is_hidden => self.parameter(spot, local, trail),
            DeclarationKind::Variable | DeclarationKind::Parameter | DeclarationKind::Result => {
                if sets.is_empty() {
                    self.unknown(name, trail);
                }
            }
            DeclarationKind::Receiver
            | DeclarationKind::Received
            | DeclarationKind::Ranged
            | DeclarationKind::Switched => self.unknown(name, trail),
        }
    }

    fn set(&mut self, spot: Spot<'a>, set: ValueSet<'a>, used: Node<'a>, mut trail: Trail<'a>) {
        if set.value.kind() != Kind::CallExpression {
            return self.expression(spot, set.value, trail);
        }
        if trail.seen.contains(&set.value) {
            return;
        }
        trail.seen.push(set.value);
        self.call(spot, set.value, set.index, set.next, used, trail);
    }

    /// A call that gives the context as its result of an index. `cancel` is the variable of the next result.
    fn call(
        &mut self,
        spot: Spot<'a>,
        call: Node<'a>,
        index: usize,
        cancel: Option<Node<'a>>,
        used: Node<'a>,
        mut trail: Trail<'a>,
    ) {
        let (package, function) = spot;
        let (import, name) = imported(spot, call);
        let parent = arguments(call).next();
        match (import, name) {
            ("context", "Background" | "TODO" | "WithoutCancel") => {
                self.found(ContextEnd::Never(call), trail);
            }
            ("context", "WithTimeout" | "WithTimeoutCause" | "WithDeadline" | "WithDeadlineCause") => {
                self.found(ContextEnd::Deadline(call), trail);
            }
            ("context", "WithValue") => match parent {
                Some(parent) => self.expression(spot, parent, trail),
                None => self.unknown(call, trail),
            },
            ("os/signal", "NotifyContext") => self.found(ContextEnd::Process(call), trail),
            ("context", "WithCancel" | "WithCancelCause") => {
                match fate(self.workspace, package, function, call, cancel, used) {
                    Fate::Called(calls) => {
                        self.found(ContextEnd::Cancelled { made: call, calls }, trail);
                    }
                    Fate::AtExit => self.found(ContextEnd::Process(call), trail),
                    Fate::Lost(lost) => {
                        trail.lost.push(lost);
                        match parent {
                            Some(parent) => self.expression(spot, parent, trail),
                            None => self.unknown(call, trail),
                        }
                    }
                }
            }
            (_, "WithContext") if import.ends_with("/errgroup") => {
                self.found(ContextEnd::Cancelled { made: call, calls: Vec::new() }, trail);
            }
            (_, "Context") if arguments(call).next().is_none() && self.is_request(spot, call) => {
                self.found(ContextEnd::Request(call), trail);
            }
            _ => self.result(spot, call, index, trail),
        }
    }

    /// The result of a function of the package, or of a library that keeps the end of its argument.
    fn result(&mut self, spot: Spot<'a>, call: Node<'a>, index: usize, mut trail: Trail<'a>) {
        let (package, function) = spot;
        if let Some(callee) = package.callee(function, call) {
            let returns: Vec<Node<'a>> =
                callee.node.own().filter(|it| it.kind() == Kind::ReturnStatement).collect();
            trail.known.push(call);
            for node in &returns {
                let results = expressions(node.nth(0));
                match (results.get(index), results.as_slice()) {
                    (Some(result), _) => self.expression((package, callee), *result, trail.clone()),
                    // All results of another call are returned.
                    (None, [only]) => self.unknown(*only, trail.clone()),
                    (None, _) => self.unknown(*node, trail.clone()),
                }
            }
            if returns.is_empty() {
                self.unknown(call, trail);
            }
            return;
        }
        let keeps = called_name(call).is_some_and(|name| SAME_END.contains(&name));
        match arguments(call).next() {
            Some(parent) if keeps && index == 0 => self.expression(spot, parent, trail),
            _ => self.unknown(call, trail),
        }
    }

    /// Whether `x.Context()` is that of a request that a handler was given.
    fn is_request(&self, spot: Spot<'a>, call: Node<'a>) -> bool {
        let operand = call.child(Field::Function).and_then(|it| it.child(Field::Operand));
        let Some(operand) = operand.filter(|it| it.kind() == Kind::Identifier) else { return false };
        let local = spot.0.lookup(spot.1, operand.text(), operand.start());
        local.is_some_and(|it| it.kind == DeclarationKind::Parameter)
            && spot.0.type_of(spot.1, operand).is_some_and(|it| it.ends_with(".Request"))
    }

    fn parameter(&mut self, spot: Spot<'a>, local: &Declaration<'a>, trail: Trail<'a>) {
        let (package, function) = spot;
        let Some(owner) = local.owner else { return self.unknown(local.at, trail) };
        if owner.kind() == Kind::FuncLiteral {
            let argument = spawn_of(owner).filter(|it| it.kind != SpawnKind::Argument).and_then(|_| {
                let call = owner.parent().filter(|it| it.kind() == Kind::CallExpression)?;
                arguments(call).nth(local.index)
            });
            return match argument {
                Some(argument) => self.expression(spot, argument, trail),
                None => self.unknown(local.at, trail),
            };
        }
        let callers = self.workspace.callers(package, function);
        let is_known =
            |it: &Caller<'a>| self.known.iter().chain(&trail.known).any(|known| known.contains(it.call));
        let known: Vec<Caller<'a>> = callers.calls.iter().copied().filter(|it| is_known(it)).collect();
        let is_open = known.is_empty() && !callers.is_complete;
        let calls = if known.is_empty() { callers.calls } else { known };
        if calls.is_empty() || is_open {
            self.unknown(local.at, trail.clone());
        }
        for caller in calls {
            let Some(argument) = arguments(caller.call).nth(local.index) else { continue };
            let mut trail = trail.clone();
            trail.steps.push(caller);
            self.expression((caller.package, caller.function), argument, trail);
        }
    }
}

/// The import path and the name of a function of another package that is called; empty if it is none.
fn imported<'a>(spot: Spot<'a>, call: Node<'a>) -> (&'a str, &'a str) {
    let (package, function) = spot;
    let Some(called) = call.child(Field::Function) else { return ("", "") };
    let (Some(operand), Some(name)) = (called.child(Field::Operand), called.child(Field::Selected)) else {
        return ("", "");
    };
    let is_package = operand.kind() == Kind::Identifier
        && package.lookup(function, operand.text(), operand.start()).is_none();
    match function.file.import(operand.text()).filter(|_| is_package) {
        Some(import) => (import, name.text()),
        None => ("", name.text()),
    }
}
