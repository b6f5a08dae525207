//! A send that waits: nobody receives, the receiver has left, or the buffer is never drained.

use super::abandoned;
use super::advice;
use super::channel::Channel;
use super::channel::drops_value;
use super::channel::title;
use super::ignored;
use super::present::is_in_profile;
use super::semaphore;
use super::start::Runs;
use super::start::is_unused;
use super::start::runs_of;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::SpawnKind;
use crate::code::spawn_of;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// What the source says of a send statement.
pub(super) fn check<'a>(case: &Case<'_, 'a>, send: Node<'a>) -> Vec<Said> {
    let place = case.place;
    let Some(expression) = send.child(Field::Channel) else { return Vec::new() };
    let channel = Channel::new(place.package, place.function, expression, send);
    if let Some(said) = nil_channel(case, &channel) {
        return vec![said];
    }
    let own = own_receives(&channel, place.scope);
    if channel.has_buffer()
        && !own.is_empty()
        && send.parent().is_some_and(|it| it.kind() == Kind::StatementList)
    {
        return semaphore::check(case, &channel, send, &own).into_iter().collect();
    }
    let runs = runs_of(place.package, place.function, place.scope);
    if channel.is_closed_world() && !channel.uses.makes.is_empty() {
        if channel.receives.is_empty() {
            let fits = channel.may_have_room() && channel.maker().is_some();
            if fits && !abandoned::exceeds_room(case, &channel, send, &runs) {
                let sentence = format!(
                    "{} sends on `{}`{}; its buffer takes all that is sent: it does not wait",
                    channel.line(send),
                    channel.name,
                    channel.made()
                );
                return vec![
                    channel.with_makes(Said::undecided("no-receiver", sentence).with("blocked", send)),
                ];
            }
            return vec![no_receiver(&channel, send, &runs)];
        }
        if let Some(said) = never_started(case, &channel, send, &runs) {
            return vec![said];
        }
    }
    if !channel.is_closed_world()
        && let Some(said) = ignored::end(case, &channel, send)
    {
        return vec![said];
    }
    abandoned::check(case, &channel, send, &runs)
}

/// A channel that is never made: sends and receives on it wait for ever.
pub(super) fn nil_channel<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Option<Said> {
    if !channel.is_closed_world() || !channel.uses.makes.is_empty() || channel.is_set() {
        return None;
    }
    let package = case.place.package;
    let object = *channel.uses.objects.first()?;
    let name = object.label();
    let sentence = format!(
        "`{name}` is never made: nothing in its package assigns a channel to it, and a nil channel blocks for ever"
    );
    let mut said = Said::confirmed("nil-channel", sentence).with("blocked", channel.wait);
    let mut advice = format!("make `{name}` before it is used");
    match object {
        // A type that has a declaration for each system has been read more than once.
        Object::Field { owner, .. } if declarations_of(package, owner) > 1 => return None,
        Object::Field { owner, name } => {
            if let Some(field) = package.own_field(owner, name) {
                said = said.with("declared", field.declaration);
            }
            let literals = package.functions.iter().flat_map(|it| it.index().literals.iter());
            let mut built = literals
                .filter(|it| it.child(Field::Type).and_then(crate::code::base_type) == Some(owner))
                .copied();
            if let Some(literal) = built.next() {
                said = said.with("built without it", literal);
                advice = format!("make `{name}` where {} builds the {owner}", channel.line(literal));
            }
        }
        Object::Local { .. }
        | Object::PackageVariable(_)
        | Object::AnyField(_)
        | Object::Embedded(_)
        | Object::Extern { .. }
        | Object::Expression(_) => {}
    }
    Some(said.advising(advice))
}

/// The receives by which the sender itself takes its value back: those of a semaphore.
fn own_receives<'a>(channel: &Channel<'a>, scope: Node<'a>) -> Vec<Op<'a>> {
    let belongs = |it: &Op<'a>| {
        // A token that is taken before is that of a lock, which the send gives back.
        let is_before = it.scope == scope && it.node.start() < channel.wait.start();
        if it.kind != OpKind::Receive || !drops_value(it.node) || is_before {
            return false;
        }
        // In the function itself, in a closure that it defers, or in a goroutine that it starts.
        let mut inner = it.scope;
        loop {
            if inner == scope {
                return true;
            }
            let is_its_own = |kind| matches!(kind, SpawnKind::Go | SpawnKind::Defer | SpawnKind::Call);
            let spawn = spawn_of(inner).filter(|it| is_its_own(it.kind));
            match spawn.and_then(|it| it.node.function()) {
                Some(outer) if outer != inner => inner = outer,
                _ => return false,
            }
        }
    };
    // Of a channel that others send on, only a function that does both is a holder.
    channel.receives.iter().filter(|it| belongs(it)).copied().collect()
}

fn no_receiver<'a>(channel: &Channel<'a>, send: Node<'a>, runs: &Runs<'a>) -> Said {
    let cause = match runs.starts.as_slice() {
        [] => "no-receiver",
        starts if starts.iter().all(|it| it.is_callback) => "timer-callback-blocks",
        _ => "no-receiver",
    };
    let sentence = format!(
        "{} sends on `{}`{}; nothing in its package receives from it",
        channel.line(send),
        channel.name,
        channel.made()
    );
    let said = channel.with_makes(Said::confirmed(cause, sentence).with("blocked", send));
    said.advising(match advice::buffer(channel, &runs.starts) {
        Some(buffer) => format!(
            "receive from `{}`, or drop the send; {buffer} would only let the goroutine end",
            channel.name
        ),
        None => format!("receive from `{}`, or drop the send at {}", channel.name, channel.line(send)),
    })
}

/// All receivers are in functions that nothing calls or starts.
fn never_started<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
) -> Option<Said> {
    let never_runs = |it: &Op<'a>| {
        // What makes the channel or starts the sender has run.
        let has_run = channel.uses.makes.iter().any(|make| make.function == Some(it.function))
            || it.function.node.contains(send)
            || runs.starts.iter().any(|start| it.function.node.contains(start.node));
        it.scope == it.function.node
            && !has_run
            && !is_in_profile(case, it.function)
            && is_unused(case.place.package, it.function)
    };
    let first = channel.receives.first().filter(|_| channel.receives.iter().all(never_runs))?;
    let who = title(first);
    let sentence = format!(
        "{} sends on `{}`{}; its only receiver is {who} ({}), which nothing in the package calls",
        channel.line(send),
        channel.name,
        channel.made(),
        channel.line(first.node)
    );
    let said = Said::confirmed("no-receiver", sentence).with("blocked", send);
    let said = channel.with_makes(said).with("received", first.node);
    Some(said.advising(format!("start {who} before {} sends", channel.line(send))))
}

/// How many declarations of a type the files of its package hold.
fn declarations_of(package: &Package<'_>, name: &str) -> usize {
    let roots = package.files.iter().flat_map(|it| it.tree.root().children());
    let specs = roots.filter(|it| it.kind() == Kind::TypeDeclaration).flat_map(Node::children);
    specs.filter(|it| it.child(Field::Name).is_some_and(|at| at.text() == name)).count()
}
