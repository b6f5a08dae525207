//! Producers of messages that wait until their user reads what became of each message.

use super::library::Library;
use super::obtained::operand;
use super::site::at;
use super::site::program;
use crate::code::called_name;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Goroutines that send to the input of a producer of sarama, which waits to hand over the results that the program asks for and never reads.
pub(super) fn unread_results(case: &Case<'_, '_>) -> Option<Said> {
    let send = case.place.operation.filter(|it| it.kind() == Kind::SendStatement)?;
    let input = send.child(Field::Channel).filter(|it| called_name(*it) == Some("Input"))?;
    let library =
        Library { workspace: case.workspace, group: case.group, groups: case.groups, causes: case.causes };
    let waits = |name: &str| name.contains("sarama.(*asyncProducer).returnSuccesses");
    let is_stuck = library.groups.iter().any(|it| {
        it.group.blocked_on == Some(BlockedOn::ChannelSend)
            && it.group.stack.iter().any(|it| waits(&it.function))
    });
    let (readers, is_complete) = program(&library, |text| is_stuck && text.contains(".Successes()"));
    if !is_stuck || !readers.is_empty() || !is_complete {
        return None;
    }
    // That the results are wanted is what the program says itself.
    let (packages, _) = program(&library, |text| text.contains("Return.Successes"));
    let nodes = packages.iter().flat_map(|it| &it.functions).flat_map(|it| it.node.walk());
    let is_asked = |it: &Node<'_>| {
        it.kind() == Kind::AssignmentStatement
            && it.child(Field::Left).is_some_and(|it| it.text().ends_with("Return.Successes"))
            && it.child(Field::Right).is_some_and(|it| it.text() == "true")
    };
    let asked: Vec<Node<'_>> = nodes.filter(is_asked).collect();
    let [asked] = asked.as_slice() else { return None };
    let (setting, producer) = (at(*asked), operand(input).map_or("", Node::text));
    let sentence = format!(
        "line {} sends to `{producer}`; {setting} asks it for its successes, nothing in the program reads Successes(), and in this profile it \
         waits to hand one over",
        send.line()
    );
    let said = Said::confirmed("no-receiver", sentence).with("blocked", send).with("asks for them", *asked);
    Some(said.advising(format!("read `{producer}.Successes()` until it is closed, or drop {setting}")))
}
