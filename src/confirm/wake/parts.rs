//! What an operation waits for, and whether the function is left when that happens.

use super::blocking::is_read;
use crate::code::call_name;
use crate::code::called_name;
use crate::code::expressions;
use crate::code::loops_around;
use crate::code::statements;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// What is waited for, with the expression of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited<'a> {
    /// A value from this channel, or its close.
    Receive(Node<'a>),
    /// A receiver on this channel.
    Send(Node<'a>),
    /// The call of `Wait` on a condition or a wait group, with its operand.
    Wait(Node<'a>),
    /// A call that reads.
    Input(Node<'a>),
}

/// What leaves the loop or the function that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// Any end of the wait.
    Always,
    /// Only that the channel is closed.
    OnClose,
    /// Nothing that is seen: it waits again.
    Never,
}

/// One thing that an operation waits for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    /// What.
    pub(super) awaited: Awaited<'a>,
    /// What leaves the function that waits.
    pub(super) leaves: Leaves,
}

/// What an operation is blocked on; `None` if it is no operation that is known.
pub(super) fn blocked_on(operation: Node<'_>) -> Option<BlockedOn> {
    match operation.kind() {
        Kind::SelectStatement if cases(operation).next().is_none() => Some(BlockedOn::EmptySelect),
        Kind::SelectStatement => Some(BlockedOn::Select),
        Kind::SendStatement => Some(BlockedOn::ChannelSend),
        Kind::UnaryExpression if operation.operator() == Operator::Receive => Some(BlockedOn::ChannelReceive),
        Kind::RangeClause => Some(BlockedOn::ChannelReceive),
        Kind::CallExpression if call_name(operation) == Some("time.Sleep") => Some(BlockedOn::Sleep),
        Kind::CallExpression if is_wait(operation) => Some(BlockedOn::Condition),
        Kind::CallExpression if is_read(operation) => Some(BlockedOn::Network),
        _ => None,
    }
}

/// What an operation waits for; of a select, each case.
pub(super) fn parts_of<'a>(operation: Node<'a>, scope: Node<'a>) -> Vec<Part<'a>> {
    let loops = loops_around(operation, Some(scope));
    let once = if loops.is_empty() { Leaves::Always } else { Leaves::Never };
    match operation.kind() {
        Kind::SelectStatement => {
            // One case is enough: a case that does not wait again ends the wait for all.
            let cases = cases(operation);
            cases.filter_map(|case| part_of_case(case, &loops)).collect()
        }
        Kind::SendStatement => {
            let channel = operation.child(Field::Channel).map(Awaited::Send);
            channel.map(|awaited| Part { awaited, leaves: once }).into_iter().collect()
        }
        Kind::UnaryExpression => {
            let channel = operation.child(Field::Operand).map(Awaited::Receive);
            let leaves = leaves_of_receive(operation, &loops);
            channel.map(|awaited| Part { awaited, leaves }).into_iter().collect()
        }
        Kind::RangeClause => {
            let channel = operation.child(Field::Right).map(Awaited::Receive);
            let leaves = if loops.is_empty() { Leaves::OnClose } else { Leaves::Never };
            channel.map(|awaited| Part { awaited, leaves }).into_iter().collect()
        }
        Kind::CallExpression if is_wait(operation) => {
            let operand = operation.child(Field::Function).and_then(|it| it.child(Field::Operand));
            let awaited = operand.map(Awaited::Wait);
            awaited.map(|awaited| Part { awaited, leaves: Leaves::Always }).into_iter().collect()
        }
        Kind::CallExpression if is_read(operation) => {
            vec![Part { awaited: Awaited::Input(operation), leaves: Leaves::Always }]
        }
        _ => Vec::new(),
    }
}

fn is_wait(call: Node<'_>) -> bool {
    let is_method = call.child(Field::Function).is_some_and(|it| it.kind() == Kind::SelectorExpression);
    is_method && called_name(call) == Some("Wait")
}

fn cases(select: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    select.children().filter(|it| it.kind() == Kind::CommunicationCase)
}

fn part_of_case<'a>(case: Node<'a>, loops: &[Node<'a>]) -> Option<Part<'a>> {
    let communication = case.child(Field::Communication)?;
    let body: Vec<Node<'a>> = statements(Some(case)).collect();
    let ends = loops.is_empty() || body.last().is_some_and(|it| leaves(*it, loops));
    if communication.kind() == Kind::SendStatement {
        let leaves = if ends { Leaves::Always } else { Leaves::Never };
        return Some(Part { awaited: Awaited::Send(communication.child(Field::Channel)?), leaves });
    }
    let receive = communication.walk().find(|it| it.is_receive())?;
    let leaves = match ends {
        true => Leaves::Always,
        false if leaves_if_closed(communication, &body, loops) => Leaves::OnClose,
        false => Leaves::Never,
    };
    Some(Part { awaited: Awaited::Receive(receive.child(Field::Operand)?), leaves })
}

fn leaves_of_receive<'a>(receive: Node<'a>, loops: &[Node<'a>]) -> Leaves {
    let Some(innermost) = loops.first() else { return Leaves::Always };
    let statement = receive.ancestors().find(|it| {
        matches!(it.kind(), Kind::ShortVarDeclaration | Kind::AssignmentStatement | Kind::StatementList)
    });
    let body: Vec<Node<'a>> = statements(innermost.child(Field::Body)).collect();
    match statement.filter(|it| it.kind() != Kind::StatementList) {
        Some(statement) if leaves_if_closed(statement, &body, loops) => Leaves::OnClose,
        // `if _, ok := <-c; !ok { return }`
        Some(statement)
            if statement.field() == Field::Initializer
                && statement.parent().is_some_and(|it| leaves_if_closed(statement, &[it], loops)) =>
        {
            Leaves::OnClose
        }
        _ => Leaves::Never,
    }
}

/// Whether statements leave the loops if a receive found its channel closed: `if !ok { return }`, or a test for nil.
fn leaves_if_closed<'a>(receive: Node<'a>, body: &[Node<'a>], loops: &[Node<'a>]) -> bool {
    let names = expressions(receive.child(Field::Left));
    let tests: Vec<String> = match names.as_slice() {
        [_, ok] => vec![format!("!{}", ok.text())],
        [value] => vec![format!("{} == nil", value.text())],
        _ => Vec::new(),
    };
    body.iter().filter(|it| it.kind() == Kind::IfStatement).any(|test| {
        let fits = test.child(Field::Condition).is_some_and(|it| tests.iter().any(|test| test == it.text()));
        fits && statements(test.child(Field::Consequence)).last().is_some_and(|it| leaves(it, loops))
    })
}

/// Whether a statement leaves all loops.
fn leaves(statement: Node<'_>, loops: &[Node<'_>]) -> bool {
    match statement.kind() {
        Kind::ReturnStatement => true,
        Kind::BreakStatement => {
            let Some(label) = statement.nth(0) else { return false };
            let outermost = loops.last().and_then(|it| it.parent());
            outermost.is_some_and(|it| {
                it.kind() == Kind::LabeledStatement && it.nth(0).is_some_and(|at| at.text() == label.text())
            })
        }
        Kind::ExpressionStatement => statement.nth(0).and_then(call_name) == Some("panic"),
        _ => false,
    }
}
