//! A send that ends when its receiver has left: a case of a select beside the context, or beside a channel that is closed then.

use super::super::draft::Draft;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::leave::leave;
use super::leave::returned;
use crate::code::Function;
use crate::code::Object;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::code::expressions;
use crate::code::loops_around;
use crate::code::statement_of;
use crate::confirm::Case;
use crate::confirm::channels::Channel;
use crate::confirm::channels::Leave;
use crate::confirm::channels::Runs;
use crate::confirm::channels::Way;
use crate::confirm::channels::is_visible;
use crate::confirm::channels::runs_of;
use crate::diagnose::PatchTier;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Lets the sends of the goroutine that waits end with the context that its receivers leave by.
pub(super) fn with_context<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    leaves: &[Leave<'a>],
) -> Result<Draft, Refusal> {
    let watched = leaves.iter().filter_map(|it| Some((it, it.context()?)));
    let mut watched = watched.filter_map(|(leave, context)| {
        if is_visible(case, context, send) {
            return Some((leave, context.text(), context.text()));
        }
        let own = passed_as(case, context).or_else(|| handed_down(case, leave, context))?;
        Some((leave, context.text(), own))
    });
    let Some((leave, name, own)) = watched.next() else {
        return with_own_context(case, channel, send);
    };
    let scope = leave.receive.scope;
    if let (Some(close), Some(receive)) =
        (channel.closes.first(), channel.receives.iter().find(|it| !sees_end(it)))
    {
        return refuse(format!(
            "line {} closes the channel, and line {} would take that for a value when `{name}` has ended",
            close.node.line(),
            receive.node.line()
        ));
    }
    // A receiver that goes on when the context has ended still wants the value.
    let is_way = |it: &Leave<'a>| it.way == Way::Done && it.context().map(Node::text) == Some(name);
    let watches = |op: &Op<'a>| leaves.iter().any(|it| it.receive.node == op.node && is_way(it));
    let mut draft = Draft::safe(
        format!("let the send end with `{own}`, as its receiver does"),
        format!("every receiver leaves when `{name}` has ended, and then nobody takes the value"),
    );
    if !channel.receives.iter().all(watches) {
        draft.tier = PatchTier::Review;
        draft.because =
            format!("not every receiver leaves when `{name}` has ended: one may still want the value");
    } else if !leaves.iter().all(is_way) && !ends_with(scope, name).is_some_and(|it| it.is_deferred) {
        draft.tier = PatchTier::Review;
        draft.because =
            format!("the receiver leaves otherwise too: then the send ends only if `{name}` does");
    } else if let Some(close) = channel.closes.first() {
        draft.tier = PatchTier::Review;
        let line = close.node.line();
        draft.because = format!(
            "line {line} closes the channel: a receiver may see that, and not that `{name}` has ended"
        );
    }
    let sends: Vec<Op<'a>> =
        channel.sends.iter().filter(|it| it.scope == case.place.scope).copied().collect();
    select(&mut draft, case, channel, &sends, &format!("{own}.Done()"))?;
    Ok(draft)
}

/// Whether a receive distinguishes the end of a closed channel from a value: it ranges, or has an `ok`.
fn sees_end(receive: &Op<'_>) -> bool {
    let mut around = receive.node.ancestors().take_while(|it| it.kind() != Kind::StatementList);
    let assigns = around.find(|it| {
        matches!(it.kind(), Kind::ReceiveStatement | Kind::ShortVarDeclaration | Kind::AssignmentStatement)
    });
    let names = |it: Node<'_>| expressions(it.child(Field::Left)).len() == 2;
    let values = |it: Node<'_>| expressions(it.child(Field::Right)).len() == 1;
    receive.kind == OpKind::Range || assigns.is_some_and(|it| names(it) && values(it))
}

/// The parameter of the sender that a context of its receiver is passed for, where it is started.
fn passed_as<'a>(case: &Case<'_, 'a>, context: Node<'a>) -> Option<&'a str> {
    let (package, function, scope) = (case.place.package, case.place.function, case.place.scope);
    let Runs { starts, calls, is_open } = runs_of(package, function, scope);
    let [start] = starts.as_slice() else { return None };
    let is_one = !is_open && calls.is_empty() && start.node.kind() == Kind::GoStatement;
    let call = start.node.nth(0).filter(|_| is_one && Some(start.scope) == context.function())?;
    let index = arguments(call).position(|it| it.text() == context.text())?;
    let mut parameters = package.declarations(function).iter().filter(|it| it.owner == Some(scope));
    let parameter = parameters.find(|it| it.index == index && it.name != "_")?;
    let sets = |node: Node<'_>| {
        matches!(node.kind(), Kind::AssignmentStatement | Kind::ShortVarDeclaration)
            && expressions(node.child(Field::Left)).iter().any(|left| left.text() == parameter.name)
    };
    let is_context = parameter.type_.is_some_and(|it| it.text() == "context.Context");
    (is_context && !scope.walk().any(sets)).then_some(parameter.name)
}

/// The parameter of a declared sender that all calls on the way from the receiver hand its context to.
fn handed_down<'a>(case: &Case<'_, 'a>, leave: &Leave<'a>, context: Node<'a>) -> Option<&'a str> {
    let (package, function, scope) = (case.place.package, case.place.function, case.place.scope);
    let target = package.lookup(leave.receive.function, context.text(), context.start())?.at;
    if scope != function.node {
        return None;
    }
    let parameters = package.declarations(function).iter().filter(|it| it.owner == Some(scope));
    let mut contexts = parameters.filter(|it| it.type_.is_some_and(|it| it.text() == "context.Context"));
    let found =
        contexts.find(|it| it.name != "_" && comes_from(case, function, it.index, target, MAX_HOPS))?;
    let sets = |node: Node<'_>| {
        matches!(node.kind(), Kind::AssignmentStatement | Kind::ShortVarDeclaration)
            && expressions(node.child(Field::Left)).iter().any(|left| left.text() == found.name)
    };
    (!scope.walk().any(sets)).then_some(found.name)
}

/// Bound of the calls that a context is handed down through.
const MAX_HOPS: u32 = 4;

/// Whether a parameter of a function is what `target` declares, at each of its calls.
fn comes_from<'a>(
    case: &Case<'_, 'a>,
    function: &'a Function<'a>,
    index: usize,
    target: Node<'a>,
    hops: u32,
) -> bool {
    let package = case.place.package;
    let Some(hops) = hops.checked_sub(1) else { return false };
    if function.is_exported() && package.is_importable() || package.is_value(function) {
        return false;
    }
    let calls = package.calls_of(function);
    let is_it = |caller: &'a Function<'a>, call: Node<'a>| {
        let given = arguments(call).nth(index).filter(|it| it.kind() == Kind::Identifier)?;
        let declared = package.lookup(caller, given.text(), given.start())?;
        let is_handed =
            || declared.owner == Some(caller.node) && comes_from(case, caller, declared.index, target, hops);
        Some(declared.at == target || is_handed())
    };
    !calls.is_empty() && calls.iter().all(|(caller, call)| is_it(caller, *call) == Some(true))
}

/// Lets the sends end with a context of the sender's own that the receiver ends when it returns: it is the same variable, or the parameter
/// that the receiver passes it for.
fn with_own_context<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
) -> Result<Draft, Refusal> {
    let none = || refuse("the sender sees no context that ends when its receiver leaves");
    let (package, function, scope) = (case.place.package, case.place.function, case.place.scope);
    let Some(receiver) = channel.receives.first().map(|it| it.scope) else { return none() };
    if channel.receives.iter().any(|it| it.scope != receiver) {
        return none();
    }
    let Runs { starts, calls, is_open } = runs_of(package, function, scope);
    if is_open || !calls.is_empty() || starts.is_empty() || starts.iter().any(|it| it.scope != receiver) {
        return none();
    }
    let declared = package
        .declarations(function)
        .iter()
        .filter(|it| it.from <= send.start() && send.start() <= it.to && it.name != "_");
    let mut found = declared.filter_map(|it| {
        // The nearest of its name, and set once.
        let is_seen = package.lookup(function, it.name, send.start()).is_some_and(|seen| seen.at == it.at);
        let sets = |node: Node<'_>| {
            node.kind() == Kind::AssignmentStatement
                && expressions(node.child(Field::Left)).iter().any(|left| left.text() == it.name)
        };
        if !is_seen || function.node.walk().any(sets) {
            return None;
        }
        if it.statement.function() == Some(receiver) && it.owner.is_none() {
            return Some((it.name, ends_with(receiver, it.name)?));
        }
        let is_context = it.type_.is_some_and(|it| it.text() == "context.Context");
        let [start] = starts.as_slice() else { return None };
        let call = start.node.nth(0).filter(|_| is_context && it.owner == Some(scope))?;
        let passed = arguments(call).nth(it.index).filter(|_| start.node.kind() == Kind::GoStatement)?;
        Some((it.name, ends_with(receiver, passed.text())?))
    });
    let Some((name, end)) = found.find(|(_, end)| end.is_deferred) else { return none() };
    if let Some(wait) = end.cancel.and_then(|it| waits_after(receiver, it)) {
        return refuse(format!("line {} waits before `{name}` ends", wait.line()));
    }
    let mut draft = Draft::safe(
        format!("let the send end with `{name}`"),
        format!("`{name}` ends as the receiver returns, and not before"),
    );
    if !end.is_only_end {
        draft.tier = PatchTier::Review;
        draft.because = format!(
            "`{name}` ends as the receiver returns; if it ends before, the send is given up although the receiver is there"
        );
    }
    let sends: Vec<Op<'a>> = channel.sends.iter().filter(|it| it.scope == scope).copied().collect();
    select(&mut draft, case, channel, &sends, &format!("{name}.Done()"))?;
    Ok(draft)
}

/// How a function ends a context that it makes.
#[derive(Clone, Copy)]
struct End<'a> {
    /// The `defer cancel()`.
    cancel: Option<Node<'a>>,
    /// Whether it does so when it returns: `defer cancel()`.
    is_deferred: bool,
    /// Whether nothing else ends it: it has no deadline, its parent never ends, and `cancel` is used nowhere else.
    is_only_end: bool,
}

/// How a function ends a context: `ctx, cancel := context.With…`; `None` if it does not make it.
fn ends_with<'a>(scope: Node<'a>, context: &str) -> Option<End<'a>> {
    let (cancel, call) = scope.own().find_map(|it| {
        let left = expressions(it.child(Field::Left).filter(|_| it.kind() == Kind::ShortVarDeclaration));
        let call = expressions(it.child(Field::Right)).first().copied()?;
        let makes = call_name(call).is_some_and(|it| it.starts_with("context.With"));
        match left.as_slice() {
            [name, cancel] if makes && name.text() == context => Some((*cancel, call)),
            _ => None,
        }
    })?;
    let mut deferred = scope.own().filter(|it| it.kind() == Kind::DeferStatement);
    let uses = scope.walk().filter(|it| it.kind() == Kind::Identifier && it.text() == cancel.text()).count();
    let is_endless = arguments(call).next().and_then(call_name) == Some("context.Background");
    let cancels = deferred.find(|it| it.nth(0).and_then(call_name) == Some(cancel.text()));
    Some(End {
        cancel: cancels,
        is_deferred: cancels.is_some(),
        // Where it is declared, and the deferred call.
        is_only_end: is_endless && call_name(call) == Some("context.WithCancel") && uses == 2,
    })
}

/// Ends the sends when the function that makes the channel and receives from it returns: it closes a new channel then.
pub(super) fn with_new_channel<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>) -> Result<Draft, Refusal> {
    let package = case.place.package;
    let Some((make, maker)) = channel.only_make().and_then(|it| Some((it.node, channel.maker()?))) else {
        return refuse("the channel is not made at one place, for one call");
    };
    if !channel.is_closed_world() || !channel.uses.objects.iter().all(|it| matches!(it, Object::Local { .. }))
    {
        return refuse("who else has the channel is not known");
    }
    if let Some(other) = channel.receives.iter().find(|it| it.scope != maker) {
        return refuse(format!("line {} receives in another function", other.node.line()));
    }
    let statement = statement_of(make).filter(|it| {
        let block = it.parent().and_then(Node::parent);
        it.kind() == Kind::ShortVarDeclaration && block == maker.child(Field::Body)
    });
    let Some(statement) = statement.filter(|_| loops_around(make, None).is_empty()) else {
        return refuse(format!(
            "line {} is in a loop or an inner block: a defer would come too late",
            make.line()
        ));
    };
    for send in &channel.sends {
        let Runs { starts, calls, is_open } = runs_of(package, send.function, send.scope);
        let is_started = !is_open && calls.is_empty() && !starts.is_empty();
        if !is_started || starts.iter().any(|it| it.scope != maker || it.node.start() < make.end()) {
            return refuse(format!(
                "line {} does not only run in goroutines that this function starts",
                send.node.line()
            ));
        }
        if !maker.contains(send.node) {
            return refuse(format!(
                "line {} is in another function, which would need a parameter",
                send.node.line()
            ));
        }
    }
    if let Some(wait) = waits_after(maker, statement) {
        return refuse(format!("line {} waits before the function returns", wait.line()));
    }
    let name = fresh(case.place.function.node, channel.name)?;
    let mut draft = Draft::safe(
        format!("let the send end when its receiver returns, which closes `{name}`"),
        "nothing but this function receives, so once it has returned no send can be taken",
    );
    draft
        .edits
        .after(statement, &[format!("{name} := make(chan struct{{}})"), format!("defer close({name})")])?;
    select(&mut draft, case, channel, &channel.sends, &name)?;
    Ok(draft)
}

/// A wait for goroutines that comes before what is deferred after a statement. One for the senders would not end.
fn waits_after<'a>(scope: Node<'a>, statement: Node<'a>) -> Option<Node<'a>> {
    let in_case = |it: &Node<'a>| it.up(Kind::CommunicationCase, Some(scope)).is_some();
    let waits = |it: &Node<'a>| called_name(*it) == Some("Wait") && it.start() > statement.end();
    scope.own().find(|it| it.kind() == Kind::CallExpression && waits(it) && !in_case(it))
}

/// A name that a file does not use. Where a function makes several channels, each may get such a patch, with a name of its own.
fn fresh(function: Node<'_>, channel: &str) -> Result<String, Refusal> {
    let file = function.tree().root();
    let is_used = |name: &str| file.walk().any(|it| it.text() == name && it.nth(0).is_none());
    let is_made = |it: &Node<'_>| {
        call_name(*it) == Some("make")
            && arguments(*it).next().is_some_and(|it| it.kind() == Kind::ChannelType)
    };
    let names = match function.walk().filter(is_made).count() {
        0 | 1 => ["gone", "left", "receiverGone"].map(str::to_owned),
        _ => ["Gone", "Left", "ReceiverGone"].map(|end| format!("{channel}{end}")),
    };
    match names.into_iter().find(|it| !is_used(it)) {
        Some(name) => Ok(name),
        None => refuse("no name is free for a channel"),
    }
}

/// Makes sends cases of a select that also receives from `end`.
pub(super) fn select<'a>(
    draft: &mut Draft,
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    sends: &[Op<'a>],
    end: &str,
) -> Result<(), Refusal> {
    for send in sends {
        let line = send.node.line();
        if send.select().is_some() || send.node.parent().is_none_or(|it| it.kind() != Kind::StatementList) {
            return refuse(format!("line {line} is not a send by itself"));
        }
        let in_case = send
            .node
            .ancestors()
            .take_while(|it| *it != send.scope)
            .any(|it| it.kind() == Kind::CommunicationCase);
        if in_case {
            return refuse(format!("line {line} sends in a case of a select"));
        }
        let mut lines =
            vec!["select {".to_owned(), format!("case {}:", send.node.text()), format!("case <-{end}:")];
        let error = end.strip_suffix(".Done()").map(|context| format!("{context}.Err()"));
        let returned = returned(case.place.package, send.scope, error.as_deref());
        lines.extend(leave(send.node, send.scope, channel, returned.as_deref())?);
        lines.push("}".to_owned());
        draft.edits.replace_lines(send.node, &lines)?;
    }
    draft.then = Some(BlockedOn::Select);
    Ok(())
}
