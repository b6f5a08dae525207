//! A buffered channel whose sender takes its own value back: a semaphore.

use super::channel::Channel;
use super::present::goroutines;
use super::present::present_in;
use super::present::where_they_are;
use crate::code::Op;
use crate::code::exits_without;
use crate::code::loops_around;
use crate::code::statement_of;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "semaphore-never-released";

/// What the source says of a send that takes a place in a semaphore. `own` are the receives that give it back.
pub(super) fn check<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    own: &[Op<'a>],
) -> Option<Said> {
    let scope = case.place.scope;
    let statement = statement_of(send)?;
    let gives = |node: Node<'_>| own.iter().any(|it| it.node == node);
    // A goroutine that is started gives the place back for the one that started it.
    let hands_on = |node: Node<'_>| {
        node.kind() == Kind::GoStatement && own.iter().any(|it| node.contains(it.node))
            || node.kind() == Kind::CallExpression
                && own.iter().any(|it| it.scope != scope && node.contains(it.node))
    };
    let (without, _) = exits_without(scope, Some(statement), |it| gives(it) || hands_on(it)).ok()?;
    let mut exits: Vec<(Option<Node<'a>>, Node<'a>)> = without.into_iter().map(|it| (it, scope)).collect();
    let mut inner: Vec<Node<'a>> = own.iter().map(|it| it.scope).filter(|it| *it != scope).collect();
    inner.dedup();
    for closure in inner.iter().filter(|it| is_goroutine(**it)) {
        let (without, _) = exits_without(*closure, None, gives).ok()?;
        exits.extend(without.into_iter().map(|it| (it, *closure)));
    }
    let buffer = channel.only_make().and_then(|it| it.capacity).unwrap_or("its values");
    let holders = present_in(case, |frame| {
        frame.scope == scope && frame.node.start() > statement.end() || inner.contains(&frame.scope)
    });
    if let Some(holders) = &holders {
        let is_full = buffer.parse::<i128>().is_ok_and(|buffer| holders.count >= buffer);
        if is_full || exits.is_empty() {
            let sentence = format!(
                "{} waits for a place in `{}` (a buffer of {buffer}); in this profile {} one, most of them at {}",
                channel.line(send),
                channel.name,
                goroutines(holders.count, "hold"),
                where_they_are(channel, holders)
            );
            let said =
                Said::undecided(CAUSE, sentence).with("blocked", send).with("holds a place", holders.at.node);
            return Some(channel.with_makes(said).following(holders.group.row));
        }
    }
    if exits.is_empty() {
        let sentence = format!(
            "`{}` has a buffer of {buffer}, and each path gives its place back; who holds them is not seen",
            channel.name
        );
        return Some(channel.with_makes(Said::undecided(CAUSE, sentence).with("blocked", send)));
    }
    // A place that is kept on purpose is given back by somebody else, as a connection of a pool is.
    let is_holder = |it: &Op<'a>| gives(it.node) || channel.sends.iter().any(|send| send.scope == it.scope);
    if let Some(other) = channel.receives.iter().find(|it| !is_holder(it)) {
        let sentence = format!(
            "{} takes a place in `{}`, and {} gives places back for others; who holds them is not seen",
            channel.line(send),
            channel.name,
            channel.line(other.node)
        );
        let said = Said::undecided(CAUSE, sentence).with("blocked", send).with("gives back", other.node);
        return Some(channel.with_makes(said));
    }
    if let Some(away) = channel.gets_away() {
        let sentence = format!("who gives the places of `{}` back is not known: {away}", channel.name);
        return Some(channel.with_makes(Said::undecided(CAUSE, sentence).with("blocked", send)));
    }
    let mut named: Vec<String> = Vec::new();
    for (exit, scope) in &exits {
        let name = match exit {
            Some(exit) => channel.line(*exit),
            None => format!("line {}", scope.last_line()),
        };
        if !named.contains(&name) {
            named.push(name);
        }
    }
    let leaves = if named.len() == 1 { "leaves" } else { "leave" };
    let given: Vec<Node<'a>> = own.iter().map(|it| it.node).collect();
    let mut sentence = format!(
        "{} takes a place in `{}`{}; {} {leaves} without giving it back",
        channel.line(send),
        channel.name,
        channel.made(),
        super::channel::list(&named)
    );
    if !given.is_empty() {
        sentence
            .push_str(&format!(", {} gives it back on the other path", channel.lines(given.iter().copied())));
    }
    let mut said = channel.with_makes(Said::confirmed(CAUSE, sentence).with("blocked", send));
    for (exit, scope) in exits.iter().take(3) {
        said = said.with("leaves without giving back", exit.unwrap_or(*scope));
    }
    for node in given.iter().take(2) {
        said = said.with("gives back", *node);
    }
    let name = channel.name;
    Some(said.advising(
        if loops_around(send, Some(scope)).is_empty() && exits.iter().all(|(_, it)| *it == scope) {
            format!(
                "`defer func() {{ <-{name} }}()` after {}, instead of {}",
                channel.line(send),
                channel.lines(given)
            )
        } else {
            format!("receive from `{name}` before {} {leaves}", super::channel::list(&named))
        },
    ))
}

/// Whether a closure runs in a goroutine of its own.
fn is_goroutine(closure: Node<'_>) -> bool {
    crate::code::spawn_of(closure).is_some_and(|it| it.kind == crate::code::SpawnKind::Go)
}
