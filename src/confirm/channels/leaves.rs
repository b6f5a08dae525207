//! How a receiver comes to receive no more.

use super::channel::Channel;
use super::channel::received;
use super::served::comes_after_sends;
use super::start::Start;
use super::start::loop_without;
use super::start::runs_of;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::call_name;
use crate::code::exits_without;
use crate::code::statements;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Why a receiver leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A timer fires.
    Timeout,
    /// Its context ends.
    Done,
    /// Another channel stops it.
    Stop,
    /// Another case of its select is taken.
    Other,
    /// It does not wait: its select has a default.
    Default,
    /// It returns.
    Return,
    /// It leaves its loop.
    Break,
}

/// A way in which a receiver leaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Leave<'a> {
    /// Why.
    pub(crate) way: Way,
    /// The case, or the statement that leaves.
    pub(crate) node: Node<'a>,
    /// The receive that it leaves.
    pub(crate) receive: Op<'a>,
}

impl<'a> Leave<'a> {
    /// `times out at line 39`
    pub(crate) fn phrase(&self, channel: &Channel<'a>) -> String {
        let at = channel.line(self.node);
        match self.way {
            Way::Timeout => format!("times out at {at}"),
            Way::Done => format!("ends with its context at {at}"),
            Way::Stop => format!("stops at {at}"),
            Way::Other => format!("takes another case at {at}"),
            Way::Default => format!("does not wait ({at})"),
            Way::Return if self.node.end() <= self.receive.node.start() => {
                format!("is not reached when {at} returns,")
            }
            Way::Return => format!("returns at {at}"),
            Way::Break => format!("leaves its loop at {at}"),
        }
    }

    /// The context whose end it watches: the operand of `<-ctx.Done()`.
    pub(crate) fn context(&self) -> Option<Node<'a>> {
        let above = std::iter::once(self.node).chain(self.node.ancestors());
        let case = above.take_while(|it| !it.kind().is_function()).find(|it| is_case(*it))?;
        let call = received(case).filter(|_| self.way == Way::Done)?;
        call.child(Field::Function)?.child(Field::Operand)
    }
}

/// The ways in which a receiver leaves while a sender may still come. `is_again` says that more than one value is sent on a channel.
pub(crate) fn leaves_of<'a>(
    package: &'a Package<'a>,
    channel: &Channel<'a>,
    receive: Op<'a>,
    starts: &[Start<'a>],
    is_again: bool,
) -> Vec<Leave<'a>> {
    let mut leaves: Vec<Leave<'a>> = Vec::new();
    if may_come_again(package, channel, receive) {
        return leaves;
    }
    let make = channel.only_make().map(|it| it.node);
    let select = receive.select();
    let loop_ = loop_of(receive, make);
    let mut add = |way: Way, node: Node<'a>| leaves.push(Leave { way, node, receive });
    if let Some((select, own)) = select {
        for case in select.children().filter(|it| *it != own && is_case(*it)) {
            if loop_.is_none_or(|it| ends_loop(case, it))
                && !comes_after_sends(package, channel, receive, case)
            {
                add(way_of(package, receive, case), case);
            }
        }
        if loop_.is_some() && is_again {
            for node in
                own.own().filter(|it| it.kind() == Kind::ReturnStatement && !is_on_closed(receive, *it))
            {
                add(Way::Return, node);
            }
        }
    }
    if let Some(loop_) = loop_ {
        for node in loop_.child(Field::Body).into_iter().flat_map(Node::own) {
            let way = match node.kind() {
                Kind::ReturnStatement => Way::Return,
                Kind::BreakStatement if breaks(node, loop_) => Way::Break,
                _ => continue,
            };
            // It has the one value then.
            let is_served = !is_again && node.start() > receive.node.start();
            if is_served || is_on_closed(receive, node) {
                continue;
            }
            match case_around(node, loop_) {
                Some(case) if case.parent() == select.map(|(it, _)| it) => {}
                Some(case) if comes_after_sends(package, channel, receive, case) => {}
                Some(case) => add(way_of(package, receive, case), node),
                None => add(way, node),
            }
        }
    }
    let whole = select.map_or(receive.node, |(select, _)| select);
    for start in starts.iter().filter(|it| it.scope == receive.scope && it.node.end() <= whole.start()) {
        let between = receive.scope.own().filter(|it| {
            it.kind() == Kind::ReturnStatement && start.node.end() <= it.start() && it.end() <= whole.start()
        });
        for node in between.filter(|it| !is_served_before(channel, *it)) {
            add(Way::Return, node);
        }
    }
    leaves.retain(|it| is_left(channel, it));
    leaves.dedup_by_key(|it| it.node);
    leaves
}

fn is_case(node: Node<'_>) -> bool {
    matches!(node.kind(), Kind::CommunicationCase | Kind::DefaultCase)
}

/// The loop that receives again from the same channel: the range loop, or the innermost one around the receive.
pub(crate) fn loop_of<'a>(receive: Op<'a>, make: Option<Node<'a>>) -> Option<Node<'a>> {
    match receive.kind {
        OpKind::Range => receive.node.ancestors().find(|it| it.kind() == Kind::ForStatement),
        _ => loop_without(receive.node, make),
    }
}

/// Why a receiver takes another case of its select.
fn way_of<'a>(package: &'a Package<'a>, receive: Op<'a>, case: Node<'a>) -> Way {
    if case.kind() == Kind::DefaultCase {
        return Way::Default;
    }
    let Some(from) = received(case) else { return Way::Other };
    let text = from.text();
    let is_timer = |value: Node<'_>| {
        value.own().any(|it| matches!(call_name(it), Some("time.After" | "time.NewTimer" | "time.Tick")))
    };
    if is_timer(from) {
        return Way::Timeout;
    }
    let root = from.own().find(|it| it.kind() == Kind::Identifier);
    let declared = root.and_then(|it| package.lookup(receive.function, it.text(), it.start()));
    if declared.and_then(|it| it.value).is_some_and(is_timer) {
        return Way::Timeout;
    }
    if text.ends_with(".Done()") {
        return Way::Done;
    }
    const STOPS: [&str; 12] = [
        "done", "quit", "stop", "close", "closed", "closing", "exit", "abort", "cancel", "kill", "shutdown",
        "term",
    ];
    let last = text.trim_end_matches("()").rsplit('.').next().unwrap_or("").to_lowercase();
    match last.as_str() {
        it if it.contains("timeout") || it == "timer" => Way::Timeout,
        it if STOPS.iter().any(|stop| it.contains(stop)) => Way::Stop,
        _ => Way::Other,
    }
}

/// Whether taking a case ends a loop for good.
fn ends_loop(case: Node<'_>, loop_: Node<'_>) -> bool {
    case.own().any(|it| match it.kind() {
        Kind::ReturnStatement => true,
        Kind::BreakStatement => breaks(it, loop_),
        _ => false,
    })
}

/// Whether a `break` leaves a loop.
pub(crate) fn breaks(node: Node<'_>, loop_: Node<'_>) -> bool {
    let inside = node.ancestors().take_while(|it| *it != loop_);
    match node.nth(0).map(Node::text) {
        Some(label) => !inside
            .into_iter()
            .any(|it| it.kind() == Kind::LabeledStatement && it.nth(0).is_some_and(|at| at.text() == label)),
        None => !inside.into_iter().any(|it| {
            matches!(
                it.kind(),
                Kind::ForStatement
                    | Kind::SelectStatement
                    | Kind::ExpressionSwitchStatement
                    | Kind::TypeSwitchStatement
            )
        }),
    }
}

/// The case of a select around a node, inside of a loop.
fn case_around<'a>(node: Node<'a>, loop_: Node<'a>) -> Option<Node<'a>> {
    let is_in_select =
        |it: &Node<'a>| is_case(*it) && it.parent().is_some_and(|up| up.kind() == Kind::SelectStatement);
    node.ancestors().take_while(|it| *it != loop_).find(is_in_select)
}

/// Whether a way out is taken because the channel is closed: `if !ok`.
fn is_on_closed(receive: Op<'_>, node: Node<'_>) -> bool {
    let statement = receive.node.ancestors().find(|it| {
        matches!(it.kind(), Kind::ReceiveStatement | Kind::ShortVarDeclaration | Kind::AssignmentStatement)
    });
    let ok = statement.and_then(|it| it.child(Field::Left)?.nth(1)).map(Node::text);
    let ifs = node.ancestors().take_while(|it| !it.kind().is_function());
    ifs.filter(|it| it.kind() == Kind::IfStatement).any(|it| {
        it.child(Field::Condition).is_some_and(|condition| {
            condition.kind() == Kind::UnaryExpression
                && condition.operator() == Operator::Not
                && condition.child(Field::Operand).map(Node::text) == ok.or(Some("ok"))
        })
    })
}

/// Whether a receive of the channel comes before a node, in the same block or one around it.
fn is_served_before(channel: &Channel<'_>, node: Node<'_>) -> bool {
    channel.receives.iter().any(|it| super::start::is_after_in_block(node, it.node))
}

/// Whether no other receive follows after a receiver has left: in its function, or in a goroutine that it starts then.
fn is_left(channel: &Channel<'_>, leave: &Leave<'_>) -> bool {
    let scope = leave.receive.scope;
    let receives = |node: Node<'_>| channel.receives.iter().any(|it| it.node == node);
    let starts_receiver = |node: Node<'_>| {
        node.kind() == Kind::GoStatement && channel.receives.iter().any(|it| node.contains(it.node))
    };
    let start = match leave.node.kind() {
        Kind::CommunicationCase => leave.node.child(Field::Communication),
        Kind::DefaultCase => statements(Some(leave.node)).next(),
        _ => Some(leave.node),
    };
    let fits = |node: Node<'_>| receives(node) || starts_receiver(node);
    match start {
        Some(start) if !is_compound(start.kind()) => {
            exits_without(scope, Some(start), fits).is_ok_and(|(without, _)| !without.is_empty())
        }
        _ => !channel.receives.iter().any(|it| it.node.start() > leave.node.end() && scope.contains(it.node)),
    }
}

fn is_compound(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::IfStatement
            | Kind::ForStatement
            | Kind::SelectStatement
            | Kind::ExpressionSwitchStatement
            | Kind::TypeSwitchStatement
            | Kind::Block
            | Kind::LabeledStatement
    )
}

/// Whether the function that receives may be called again for the same channel: then its return is no end.
fn may_come_again<'a>(package: &'a Package<'a>, channel: &Channel<'a>, receive: Op<'a>) -> bool {
    let make = channel.only_make().map(|it| it.node);
    let made_in = make.and_then(Node::function);
    if made_in == Some(receive.scope) || is_made_for(package, channel, receive) {
        return false;
    }
    let runs = runs_of(package, receive.function, receive.scope);
    if runs.is_open {
        return true;
    }
    match runs.calls.as_slice() {
        [] => false,
        [call] => loop_without(*call, make).is_some() || made_in.is_none() || call.function() != made_in,
        _ => true,
    }
}

/// Whether a receiver gets the channel from a call of the function that makes it: each time that it runs it has another one.
fn is_made_for<'a>(package: &'a Package<'a>, channel: &Channel<'a>, receive: Op<'a>) -> bool {
    let from = receive.node.child(Field::Operand).or_else(|| receive.node.child(Field::Right));
    let call = from.and_then(|it| match it.kind() {
        Kind::CallExpression => Some(it),
        Kind::Identifier => package.lookup(receive.function, it.text(), it.start())?.value,
        _ => None,
    });
    let here = call.filter(|it| it.function() == Some(receive.scope));
    let maker = channel.only_make().and_then(|it| it.function);
    maker.is_some() && here.and_then(|it| package.callee(receive.function, it)) == maker
}

/// `for range values {}`, perhaps with a comment.
pub(super) fn is_drain(receive: &Op<'_>) -> bool {
    let body = receive.node.up(Kind::ForStatement, None).and_then(|it| it.child(Field::Body));
    let is_empty = |line: &str| line.trim().is_empty() || line.trim().starts_with("//");
    receive.kind == OpKind::Range
        && body.is_some_and(|it| it.text().trim_matches(['{', '}']).lines().all(is_empty))
}
