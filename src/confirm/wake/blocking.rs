//! Operations that may block.

use crate::code::call_name;
use crate::code::called_name;
use crate::code::in_case;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Methods and functions that read from a connection, a file or a pipe, or accept a connection.
const READS: [&str; 24] = [
    "Accept",
    "AcceptTCP",
    "AcceptUnix",
    "Copy",
    "Decode",
    "NextReader",
    "Peek",
    "Read",
    "ReadAll",
    "ReadAtLeast",
    "ReadByte",
    "ReadBytes",
    "ReadFrom",
    "ReadFromUDP",
    "ReadFrame",
    "ReadFull",
    "ReadLine",
    "ReadMessage",
    "ReadMsgUDP",
    "ReadRune",
    "ReadSlice",
    "ReadString",
    "Scan",
    "ReadMsgUnix",
];

/// Whether the syntax alone shows that a node may block. Calls of functions that block are not seen.
pub(super) fn is_blocking(node: Node<'_>) -> bool {
    match node.kind() {
        Kind::SelectStatement => !node.children().any(|it| it.kind() == Kind::DefaultCase),
        Kind::SendStatement => !in_case(node),
        Kind::UnaryExpression => node.operator() == Operator::Receive && !in_case(node),
        Kind::CallExpression => {
            called_name(node) == Some("Wait") || call_name(node) == Some("time.Sleep") || is_read(node)
        }
        _ => false,
    }
}

/// Whether a call reads from something that can be closed, by its name.
pub(super) fn is_read(call: Node<'_>) -> bool {
    let is_method = call.child(Field::Function).is_some_and(|it| it.kind() == Kind::SelectorExpression);
    is_method && called_name(call).is_some_and(|name| READS.contains(&name))
}
