//! The places that end one wait.

use super::context;
use super::origin::Origins;
use super::origin::Root;
use super::origin::Value;
use super::origin::origins_of;
use super::parts::Awaited;
use super::parts::Leaves;
use super::parts::Part;
use super::reach::Exported;
use super::reach::Reached;
use super::reach::Search;
use super::reach::reached_from;
use super::step::Step;
use super::step::Wait;
use crate::code::DeclarationKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// What is done to end a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EndKind {
    /// The channel is closed.
    Close,
    /// The context is cancelled.
    Cancel,
    /// What it reads from is closed.
    CloseInput,
    /// A value is sent.
    Send,
    /// A value is received.
    Receive,
    /// A condition is signalled.
    Signal,
    /// `Done` of a wait group.
    Done,
    /// The caller of an exported function closes, cancels or sends what it passed.
    Given,
}

/// A place that ends a wait.
#[derive(Clone, Debug)]
pub(crate) struct End<'a> {
    /// What is done.
    pub(crate) kind: EndKind,
    /// The operation, as the source writes it: `close(w.done)`; of [`EndKind::Given`] the parameter.
    pub(crate) operation: String,
    /// The variable or field: `done`.
    pub(crate) object: String,
    /// Where; of [`EndKind::Given`] the exported function.
    pub(crate) node: Node<'a>,
    /// The declared function that holds it.
    pub(crate) function: &'a Function<'a>,
    /// The exported functions that reach it.
    pub(crate) ended_by: Vec<Exported<'a>>,
    /// Whether the function that waits is then left.
    pub(crate) is_last: bool,
}

/// The ends of one part of a wait.
#[derive(Clone, Debug, Default)]
pub(super) struct Ends<'a> {
    /// The places.
    pub(super) ends: Vec<End<'a>>,
    /// Whether all of them are seen.
    pub(super) is_whole: bool,
    /// The type whose field the object is; `None` if it is no field.
    pub(super) owner: Option<&'a str>,
}

/// The places that end one part of a wait.
pub(super) fn ends_of<'a>(package: &'a Package<'a>, wait: &Wait<'a>, part: &Part<'a>) -> Ends<'a> {
    let value = |node| Value { function: wait.function, node, index: 0 };
    match part.awaited {
        Awaited::Receive(channel) => {
            let is_context = |call: Node<'a>| is_done_call(package, wait.function, call);
            match channel.child(Field::Function).and_then(|it| it.child(Field::Operand)) {
                Some(operand) if is_context(channel) => {
                    cancels(package, value(operand), &wait.path, part.leaves)
                }
                _ => channel_ends(package, value(channel), &wait.path, part.leaves),
            }
        }
        Awaited::Send(channel) => {
            let origins = origins_of(package, value(channel), &wait.path);
            let uses = Uses::forward(package, &origins.objects);
            let mut ends =
                Ends { is_whole: is_whole(&origins, &uses), owner: owner(&origins), ..Ends::default() };
            for op in uses.receives().into_iter().filter(|it| !wait.scope.contains(it.node)) {
                ends.ends.extend(end_of_op(
                    package,
                    EndKind::Receive,
                    &op,
                    &origins,
                    &uses,
                    part.leaves == Leaves::Always,
                ));
            }
            ends
        }
        Awaited::Wait(operand) => {
            let origins = origins_of(package, value(operand), &wait.path);
            let uses = Uses::forward(package, &origins.objects);
            let mut ends =
                Ends { is_whole: is_whole(&origins, &uses), owner: owner(&origins), ..Ends::default() };
            for (kind, name) in
                [(EndKind::Signal, "Broadcast"), (EndKind::Signal, "Signal"), (EndKind::Done, "Done")]
            {
                for op in uses.methods(name) {
                    ends.ends.extend(end_of_op(package, kind, &op, &origins, &uses, true));
                }
            }
            ends
        }
        Awaited::Input(call) => input_ends(package, wait, call),
    }
}

/// Whether a call is `ctx.Done()` on a context, and no method of this package.
fn is_done_call<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
    call.kind() == Kind::CallExpression
        && called_name(call) == Some("Done")
        && arguments(call).next().is_none()
        && package.callee(function, call).is_none()
}

fn owner<'a>(origins: &Origins<'a>) -> Option<&'a str> {
    origins.objects.iter().find_map(|it| match it {
        Object::Field { owner, .. } => Some(*owner),
        _ => None,
    })
}

fn is_whole(origins: &Origins<'_>, uses: &Uses<'_>) -> bool {
    origins.is_whole()
        && !origins.roots.iter().any(|it| matches!(it, Root::Given { .. }))
        && uses.is_closed_world()
}

fn channel_ends<'a>(
    package: &'a Package<'a>,
    value: Value<'a>,
    path: &[Step<'a>],
    leaves: Leaves,
) -> Ends<'a> {
    let is_timer = |call: Node<'a>| {
        call_name(call).is_some_and(|it| it.starts_with("time.") || it.ends_with("Clock.After"))
    };
    let is_ticker = value.node.kind() == Kind::SelectorExpression
        && value.node.child(Field::Selected).is_some_and(|it| it.text() == "C");
    if is_ticker || is_timer(value.node) {
        // It wakes again and again: nothing is concluded from what else does not.
        return Ends::default();
    }
    let origins = origins_of(package, value, path);
    let uses = Uses::forward(package, &origins.objects);
    let mut ends = Ends { is_whole: is_whole(&origins, &uses), owner: owner(&origins), ..Ends::default() };
    let is_last = leaves != Leaves::Never;
    for op in uses.closes() {
        ends.ends.extend(end_of_op(package, EndKind::Close, &op, &origins, &uses, is_last));
    }
    for op in uses.sends() {
        ends.ends.extend(end_of_op(package, EndKind::Send, &op, &origins, &uses, leaves == Leaves::Always));
    }
    for root in &origins.roots {
        match root {
            Root::Call(call) if is_timer(call.node) || call_name(call.node) == Some("make") => {}
            Root::Call(call) if is_done_call(package, call.function, call.node) => {
                let operand = call.node.child(Field::Function).and_then(|it| it.child(Field::Operand));
                if let Some(node) = operand {
                    let of_context = cancels(package, Value { node, ..*call }, path, leaves);
                    ends.is_whole &= of_context.is_whole;
                    ends.ends.extend(of_context.ends);
                }
            }
            Root::Given { function, parameter } => {
                ends.ends.push(given(package, function, parameter, is_last))
            }
            Root::Call(_) | Root::Unknown => ends.is_whole = false,
        }
    }
    ends
}

fn given<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    parameter: &'a str,
    is_last: bool,
) -> End<'a> {
    End {
        kind: EndKind::Given,
        operation: parameter.to_owned(),
        object: parameter.to_owned(),
        node: function.node,
        function,
        ended_by: super::reach::exposures(package, function),
        is_last,
    }
}

/// The cancels of a context and of those that it is derived from.
fn cancels<'a>(package: &'a Package<'a>, value: Value<'a>, path: &[Step<'a>], leaves: Leaves) -> Ends<'a> {
    let is_last = leaves != Leaves::Never;
    let contexts = context::contexts_of(package, value, path);
    let mut ends = Ends { is_whole: contexts.is_whole, owner: contexts.owner, ..Ends::default() };
    for op in &contexts.cancels {
        let start = vec![(op.function, op.node)];
        ends.ends.extend(end_at(package, EndKind::Cancel, op, start, is_last));
    }
    for (function, parameter) in contexts.given {
        ends.ends.push(given(package, function, parameter, is_last));
    }
    ends
}

/// Reading ends when what is read from is closed.
fn input_ends<'a>(package: &'a Package<'a>, wait: &Wait<'a>, call: Node<'a>) -> Ends<'a> {
    let mut ends = Ends::default();
    if package.callee(wait.function, call).is_some() {
        return ends;
    }
    let operand = call.child(Field::Function).and_then(|it| it.child(Field::Operand));
    let is_import = operand.is_some_and(|it| wait.function.file.import(it.text()).is_some());
    let mut todo: Vec<Value<'a>> = match operand {
        Some(node) if !is_import => vec![Value { function: wait.function, node, index: 0 }],
        _ => arguments(call).map(|node| Value { function: wait.function, node, index: 0 }).collect(),
    };
    let mut all = Origins::default();
    let mut steps = 0;
    while let Some(value) = todo.pop() {
        steps += 1;
        if steps > 20 {
            break;
        }
        let origins = origins_of(package, value, &wait.path);
        for root in &origins.roots {
            match root {
                Root::Call(call) if wraps(call.node) => {
                    todo.extend(arguments(call.node).map(|node| Value {
                        function: call.function,
                        node,
                        index: 0,
                    }));
                }
                Root::Call(_) | Root::Given { .. } | Root::Unknown => {}
            }
        }
        all.objects.extend(origins.objects);
        all.roots.extend(origins.roots);
    }
    let uses = Uses::forward(package, &all.objects);
    ends.owner = owner(&all);
    for name in ["Close", "CloseNow", "CloseRead"] {
        for op in uses.methods(name) {
            ends.ends.extend(end_of_op(package, EndKind::CloseInput, &op, &all, &uses, true));
        }
    }
    ends
}

/// Whether a call makes a reader around another one.
fn wraps(call: Node<'_>) -> bool {
    call_name(call).is_some_and(|name| {
        name.starts_with("bufio.New")
            || name.ends_with(".NewDecoder")
            || matches!(
                name,
                "tls.Client" | "tls.Server" | "io.TeeReader" | "io.LimitReader" | "textproto.NewReader"
            )
    })
}

/// An operation as the end of a wait; `None` if nothing shows that it is about the object that is waited for.
fn end_of_op<'a>(
    package: &'a Package<'a>,
    kind: EndKind,
    op: &Op<'a>,
    origins: &Origins<'a>,
    uses: &Uses<'a>,
    is_last: bool,
) -> Option<End<'a>> {
    let operand = match op.kind {
        OpKind::Send => op.node.child(Field::Channel),
        OpKind::Receive => op.node.child(Field::Operand),
        OpKind::Range => op.node.child(Field::Right),
        OpKind::Method(_) | OpKind::Call => {
            op.node.child(Field::Function).and_then(|it| it.child(Field::Operand))
        }
        OpKind::Close | OpKind::Length | OpKind::Notify | OpKind::StopNotify | OpKind::Set => {
            arguments(op.node).next()
        }
    };
    let object = operand.map(|it| package.object(op.function, it));
    // What a parameter of a helper means is known at those of its calls that pass the object.
    let parameter = object.filter(|it| !origins.objects.contains(it)).and_then(|object| match object {
        Object::Local { at, .. } => package.declarations(op.function).iter().find(|it| {
            it.at.start() == at && it.kind == DeclarationKind::Parameter && it.owner == Some(op.function.node)
        }),
        _ => None,
    });
    let starts = match parameter {
        None => vec![(op.function, op.node)],
        Some(parameter) => {
            let calls = package.calls_of(op.function).into_iter();
            calls
                .filter(|(caller, call)| {
                    arguments(*call)
                        .nth(parameter.index)
                        .is_some_and(|it| uses.objects.contains(&package.object(caller, it)))
                })
                .collect()
        }
    };
    end_at(package, kind, op, starts, is_last)
}

fn end_at<'a>(
    package: &'a Package<'a>,
    kind: EndKind,
    op: &Op<'a>,
    starts: Vec<(&'a Function<'a>, Node<'a>)>,
    is_last: bool,
) -> Option<End<'a>> {
    let mut reached = Reached::default();
    for (function, node) in starts {
        let from = reached_from(package, function, node, Search::Nearest);
        for exported in from.exported {
            if !reached.exported.contains(&exported) {
                reached.exported.push(exported);
            }
        }
    }
    let name = match op.kind {
        OpKind::Method(_) => op.node.child(Field::Function).and_then(|it| it.child(Field::Operand)),
        OpKind::Call => op.node.child(Field::Function),
        OpKind::Send => op.node.child(Field::Channel),
        OpKind::Receive => op.node.child(Field::Operand),
        OpKind::Range => op.node.child(Field::Right),
        OpKind::Close | OpKind::Length | OpKind::Notify | OpKind::StopNotify | OpKind::Set => {
            arguments(op.node).next()
        }
    };
    let text = match (op.kind, name) {
        // Without the variables that the loop declares.
        (OpKind::Range, Some(channel)) => format!("range {}", channel.text()),
        _ => op.node.text().lines().next().unwrap_or("").to_owned(),
    };
    let object = name.map_or("", |it| it.text().rsplit('.').next().unwrap_or(it.text()));
    Some(End {
        kind,
        operation: text,
        object: object.to_owned(),
        node: op.node,
        function: op.function,
        ended_by: reached.exported,
        is_last,
    })
}
