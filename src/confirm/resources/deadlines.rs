//! Reads and writes of a connection that nothing gives a deadline.

use super::commands::output_of_running_command;
use super::obtained::called_import;
use super::obtained::operand;
use super::pipes::unwrapped;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::called_name;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "no-deadline-io";

/// The methods that give a connection a deadline.
pub(super) const DEADLINES: [&str; 4] =
    ["SetDeadline", "SetReadDeadline", "SetWriteDeadline", "SetReadLimitDeadline"];

/// What is said of a call that waits for the network or for a pipe.
pub(super) fn without_deadline<'a>(case: &Case<'_, 'a>, call: Node<'a>) -> Option<Said> {
    let (package, function) = (case.place.package, case.place.function);
    let conn = connection(package, function, call)?;
    if let Some(said) = output_of_running_command(package, function, conn, call) {
        return Some(said);
    }
    if !matches!(conn.kind(), Kind::Identifier | Kind::SelectorExpression) {
        return None;
    }
    let uses = Uses::of_expression(package, function, conn);
    let line = call.line();
    let does = match called_name(call) {
        Some(it) if it.starts_with("Write") || it == "Encode" || it == "Flush" => "writes to",
        _ => "reads from",
    };
    let start = format!("line {line} {does} `{}`", conn.text());
    let deadlines = uses.of(|kind| matches!(kind, OpKind::Method(it) if DEADLINES.contains(&it)));
    if let Some(deadline) = deadlines.first() {
        let sentence = format!("{start}, which gets a deadline at {}", line_in(deadline.node, call));
        return Some(Said::undecided(CAUSE, sentence).with("waits", call).with("deadline", deadline.node));
    }
    if !is_network(&uses) {
        return None;
    }
    if !is_seen(&uses) {
        let sentence =
            format!("{start}; no deadline is seen, but not all that is done with the connection is");
        return Some(Said::candidate(CAUSE, sentence).with("waits", call));
    }
    // Who closes it from elsewhere ends the wait.
    let scope = call.function();
    let closes = uses.methods("Close");
    if let Some(close) = closes.iter().find(|it| Some(it.scope) != scope) {
        let sentence = format!(
            "{start}, and nothing in the package gives it a deadline; only the close at {} could end the wait",
            line_in(close.node, call)
        );
        return Some(Said::candidate(CAUSE, sentence).with("waits", call).with("closed", close.node));
    }
    let sentence =
        format!("{start}, and nothing in the package gives it a deadline or closes it from elsewhere");
    let limit = if does == "writes to" { "SetWriteDeadline" } else { "SetReadDeadline" };
    // A peer that answers needs no deadline: that goroutines become more shows that some do not.
    // Clients that come and go are more when there is more to do.
    let is_accepted =
        uses.escapes.iter().any(|it| it.kind == EscapeKind::FromCall && it.text.contains("Accept"));
    let make = if case.group.grew && !is_accepted { Said::confirmed } else { Said::candidate };
    Some(
        make(CAUSE, sentence)
            .with("waits", call)
            .advising(format!("call `{}.{limit}` before line {line}", conn.text())),
    )
}

/// The connection that a call reads from or writes to.
pub(super) fn connection<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
) -> Option<Node<'a>> {
    let name = called_name(call)?;
    let of_package = called_import(package, function, call);
    let end = match (of_package, name) {
        (Some(("io" | "io/ioutil", _)), "Copy" | "CopyN" | "CopyBuffer") => arguments(call).nth(1),
        (Some(("io" | "io/ioutil" | "bufio" | "encoding/binary" | "fmt" | "net/http", _)), _) => {
            arguments(call).next()
        }
        (Some(_), _) => None,
        (None, _) => operand(call),
    }?;
    Some(unwrapped(package, function, end))
}

/// Whether an object comes from a dial or an accept, or is declared as a connection.
fn is_network(uses: &Uses<'_>) -> bool {
    let opens = |text: &str| {
        let last = text.rsplit('.').next().unwrap_or(text);
        last.starts_with("Dial") || last.starts_with("Accept") || last.starts_with("Upgrade")
    };
    uses.escapes.iter().any(|it| it.kind == EscapeKind::FromCall && opens(it.text))
}

/// Whether all that could give a connection a deadline is seen.
fn is_seen(uses: &Uses<'_>) -> bool {
    uses.escapes.iter().all(|it| match it.kind {
        EscapeKind::FromCall => true,
        EscapeKind::Passed => {
            let (Some(function), Some(call)) = (it.function, it.node) else { return false };
            super::fate::only_reads(uses.package(), function, call)
        }
        EscapeKind::Unknown
        | EscapeKind::Exported
        | EscapeKind::From
        | EscapeKind::Parameter
        | EscapeKind::Receiver
        | EscapeKind::Kept
        | EscapeKind::Sent
        | EscapeKind::Returned
        | EscapeKind::Other => false,
    })
}
