//! A sender whose receiver has left.

use super::advice;
use super::channel::Channel;
use super::counted::counts;
use super::leaves::Leave;
use super::leaves::is_drain;
use super::leaves::leaves_of;
use super::leaves::loop_of;
use super::present::Present;
use super::present::count_in;
use super::present::goroutines;
use super::present::is_in_profile;
use super::present::present_before;
use super::present::where_they_are;
use super::start::Runs;
use super::start::Start;
use super::start::is_limited;
use super::start::loop_without;
use super::start::runs_of;
use super::start::waits_for_others;
use crate::code::Make;
use crate::code::Op;
use crate::code::OpKind;
use crate::code::exits_without;
use crate::code::loops_around;
use crate::code::most;
use crate::confirm::place::Case;
use crate::confirm::said::Said;
use crate::model::BlockedOn;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "abandoned-sender";

/// What the source says of a send whose channel has receivers.
pub(super) fn check<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
) -> Vec<Said> {
    let head = format!("{} sends on `{}`{}", channel.line(send), channel.name, channel.made());
    let undecided = |rest: String| {
        let said = Said::undecided(CAUSE, format!("{head}; {rest}")).with("blocked", send);
        let said = channel.with_makes(said);
        vec![channel.receives.iter().take(2).fold(said, |said, it| said.with("received", it.node))]
    };
    if let Some(said) = received_later(channel, send, case.place.scope, &head) {
        return vec![said];
    }
    if channel.receives.is_empty() {
        return undecided(channel.gets_away().unwrap_or_else(|| "its receiver is not seen".to_owned()));
    }
    if channel.may_have_room() && channel.receives.iter().all(does_not_wait) {
        return undecided(format!(
            "it is a lock made of a channel: {} gives it back without waiting; who keeps it is not seen",
            channel.lines(channel.receives.iter().map(|it| it.node))
        ));
    }
    let make = channel.only_make().map(|it| it.node);
    let leaves = leaves(case, channel, send, runs);
    let few = if leaves.is_empty() { few_receives(case, channel, send, runs) } else { None };
    if let Some(present) = present_before(case, &channel.receives, make)
        && is_for_these(case, channel, &present)
    {
        return vec![still_there(case, channel, &head, runs, &present)];
    }
    if !channel.is_closed_world() {
        return undecided(match (channel.gets_away(), leaves.first()) {
            (Some(away), Some(leave)) => {
                format!(
                    "the receiver at {} {}, but {away}",
                    channel.line(leave.receive.node),
                    leave.phrase(channel)
                )
            }
            (Some(away), None) => away,
            (None, _) => "not all of its uses are seen".to_owned(),
        });
    }
    if let (Some(few), true) = (&few, leaves.is_empty()) {
        let said = Said::confirmed(CAUSE, format!("{head}, {}", few.sentence)).with("blocked", send);
        let said = channel
            .receives
            .iter()
            .take(3)
            .fold(channel.with_makes(said), |said, it| said.with("received", it.node));
        return vec![said.with("runs again", few.again).advising(advice::sender(
            case,
            channel,
            send,
            runs,
            &[],
        ))];
    }
    // Who counts what it receives may have received all.
    let Some(leave) = leaves.iter().find(|it| !counts(it)) else {
        if let Some(counted) = leaves.first() {
            let at = channel.line(counted.receive.node);
            return undecided(format!(
                "the receiver at {at} {} by a count: it may have received all",
                counted.phrase(channel)
            ));
        }
        return undecided(format!(
            "{} {} from it, and no way is seen in which that ends",
            channel.lines(channel.receives.iter().map(|it| it.node)),
            if channel.receives.len() == 1 { "receives" } else { "receive" }
        ));
    };
    let is_filled = || exceeds_room(case, channel, send, runs) || workers_are_gone(case, channel, runs);
    if channel.may_have_room() && !is_filled() {
        return undecided(format!(
            "the receiver at {} {}, but who filled the buffer is not seen",
            channel.line(leave.receive.node),
            leave.phrase(channel)
        ));
    }
    let kind = if leave.receive.select().is_some() { "select" } else { "receive" };
    let whole = leave.receive.select().map_or(leave.receive.node, |(select, _)| select);
    let receiver = match channel.receives.as_slice() {
        [_] => format!("its only receiver, the {kind} at {},", channel.line(whole)),
        several => format!(
            "its receivers are at {}; the {kind} at {}",
            channel.lines(several.iter().map(|it| it.node)),
            channel.line(whole)
        ),
    };
    // More than one way out: which it was is not stated.
    let other = leaves.iter().find(|it| it.way != leave.way && it.receive.node == leave.receive.node);
    let or = other.map_or(String::new(), |it| format!(" or {}", it.phrase(channel)));
    let sentence = format!("{head}; {receiver} {}{or} and leaves the sender behind", leave.phrase(channel));
    let mut said = channel.with_makes(Said::confirmed(CAUSE, sentence).with("blocked", send));
    for receive in channel.receives.iter().take(3) {
        said = said.with("received", receive.node);
    }
    for leave in leaves.iter().take(3) {
        said = said.with("leaves", leave.node);
    }
    vec![said.advising(advice::sender(case, channel, send, runs, &leaves))]
}

/// The ways in which the receivers of a send leave.
pub(crate) fn leaves<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
) -> Vec<Leave<'a>> {
    // Who receives the rest may do so after another has left.
    if channel.receives.iter().any(is_drain) {
        return Vec::new();
    }
    let make = channel.only_make().map(|it| it.node);
    let is_again = sends_again(case, channel, send, runs, make);
    let mut leaves: Vec<Leave<'a>> = Vec::new();
    for receive in &channel.receives {
        for leave in leaves_of(case.place.package, channel, *receive, &runs.starts, is_again) {
            if !leaves.iter().any(|it| it.node == leave.node) {
                leaves.push(leave);
            }
        }
    }
    leaves
}

/// Whether a receive is a case of a select with a default: it never waits.
fn does_not_wait(receive: &Op<'_>) -> bool {
    receive.select().is_some_and(|(select, _)| select.child_of_kind(Kind::DefaultCase).is_some())
}

/// Whether more than one value may be sent on one channel.
fn sends_again<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
    make: Option<Node<'a>>,
) -> bool {
    let scope = case.place.scope;
    let maker = make.and_then(Node::function);
    let is_send = |node: Node<'_>| channel.sends.iter().any(|it| it.node == node);
    !channel.sends.iter().all(|it| it.scope == scope)
        || most(scope, is_send) != Ok(1)
        || loop_without(send, make).is_some()
        || runs.starts.len() != 1
        || runs.is_open
        || !runs.calls.is_empty()
        || runs.starts.iter().any(|it| {
            // A function that does not make the channel may start a sender each time that it is called.
            it.is_repeated || Some(it.scope) != maker || it.loop_without(make).is_some()
        })
}

/// Fewer receives than sends, although no receiver leaves.
struct Few<'a> {
    sentence: String,
    /// The loop or the second start.
    again: Node<'a>,
}

/// The function that makes the channel receives a fixed number of times, and more is sent.
fn few_receives<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
) -> Option<Few<'a>> {
    let make = channel.only_make()?;
    let maker = make.node.function().filter(|_| make.function.is_some())?;
    let is_single = |it: &Op<'a>| {
        it.scope == maker && it.kind == OpKind::Receive && loop_of(*it, Some(make.node)).is_none()
    };
    if !channel.receives.iter().all(is_single) {
        return None;
    }
    let received = most(maker, |node| channel.receives.iter().any(|it| it.node == node)).ok()?;
    let receives = match received {
        1 => format!("{} receives once", channel.lines(channel.receives.iter().map(|it| it.node))),
        _ => format!("it is received only at {}", channel.lines(channel.receives.iter().map(|it| it.node))),
    };
    let sent_in = loop_without(send, Some(make.node));
    let started_in = runs.starts.iter().find_map(|it| it.loop_without(Some(make.node)));
    if let Some(again) = sent_in.or(started_in) {
        if make.has_buffer() {
            return None;
        }
        let what =
            if sent_in.is_some() { "in the loop" } else { "from a goroutine for each turn of the loop" };
        return Some(Few { sentence: format!("{what} at {}; {receives}", channel.line(again)), again });
    }
    // Goroutines that are started one by one: each sends once.
    let room: usize = if make.has_buffer() { make.capacity?.parse().ok()? } else { 0 };
    let (total, last) = started_one_by_one(case, channel, make)?;
    (received == 1 && total > room + 1).then(|| Few {
        sentence: format!("as {} other goroutines do at most; {receives}", total - 1),
        again: last,
    })
}

/// How many goroutines that the maker starts send, where each sends once and none is started in a loop; and the last start.
fn started_one_by_one<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    make: Make<'a>,
) -> Option<(usize, Node<'a>)> {
    let mut scopes: Vec<Op<'a>> = Vec::new();
    for send in &channel.sends {
        if !scopes.iter().any(|it| it.scope == send.scope) {
            scopes.push(*send);
        }
    }
    let (mut total, mut last) = (0, None);
    for send in scopes {
        let runs = runs_of(case.place.package, send.function, send.scope);
        // A goroutine that need not send at all is none to count on.
        let is_send = |node: Node<'_>| channel.sends.iter().any(|it| it.node == node);
        let (without, _) = exits_without(send.scope, None, is_send).ok()?;
        let always = without.is_empty() && most(send.scope, is_send).ok()? == 1;
        let is_fixed =
            runs.starts.iter().all(|it| !it.is_repeated && it.loop_without(Some(make.node)).is_none());
        if !always || !is_fixed || runs.is_open || !runs.calls.is_empty() {
            return None;
        }
        total += runs.starts.len();
        last = runs.starts.last().map(|it| it.node).or(last);
    }
    Some((total, last?))
}

/// Whether more may be sent on a channel than its buffer holds: it is made for each call, and its senders or their sends are in a loop, or
/// are more than its buffer holds.
pub(super) fn exceeds_room<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    send: Node<'a>,
    runs: &Runs<'a>,
) -> bool {
    let Some(make) = channel.only_make().filter(|_| channel.maker().is_some()) else { return false };
    let room = make.capacity.and_then(|it| it.parse::<usize>().ok());
    // A buffer of `len(urls)` is as large as the loop over them.
    let is_started_in_loop = runs.starts.iter().any(|it| it.loop_without(Some(make.node)).is_some());
    let started = || started_one_by_one(case, channel, make).map_or(0, |(total, _)| total);
    loop_without(send, Some(make.node)).is_some()
        || room.is_some_and(|room| is_started_in_loop || started() > room)
}

/// Whether all receivers are goroutines that range over the channel, and those of these senders are not in the profile: then nobody empties
/// the buffer, and that goroutines wait to send shows that it is full.
fn workers_are_gone<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, senders: &Runs<'a>) -> bool {
    let make = channel.only_make().map(|it| it.node);
    // One goroutine for each channel that is made: it is started beside the make.
    let is_one_each = |runs: &Runs<'a>| {
        let is_beside = |it: &Start<'a>| {
            !it.is_repeated
                && Some(it.scope) == make.and_then(Node::function)
                && it.loop_without(make).is_none()
        };
        make.is_some() && runs.starts.len() == 1 && runs.starts.iter().all(is_beside)
    };
    let (sends_alone, stuck) = (is_alone(senders) && is_one_each(senders), case.group.count);
    channel.receives.iter().all(|it| {
        let runs = runs_of(case.place.package, it.function, it.scope);
        let is_worker = !runs.starts.is_empty() && is_alone(&runs) && it.kind == OpKind::Range;
        is_worker
            // What is started elsewhere may be started again.
            && runs.starts.iter().all(|it| Some(it.scope) == make.and_then(Node::function))
            && (!is_in_profile(case, it.function)
                || sends_alone && is_one_each(&runs) && count_in(case, it.function).saturating_mul(2) < stuck)
    })
}

/// Whether a function runs in goroutines of its own alone.
fn is_alone(runs: &Runs<'_>) -> bool {
    runs.calls.is_empty() && !runs.is_open
}

/// Whether receivers that are in the profile are those of the senders that wait: of one shared channel, any; of a channel that is made
/// for each sender, only if there are about as many.
fn is_for_these<'a>(case: &Case<'_, 'a>, channel: &Channel<'a>, present: &Present<'a>) -> bool {
    channel.maker().is_none()
        && channel.only_make().and_then(|it| it.node.function()) != present.operation.function()
        || present.count.saturating_mul(2) >= case.group.count
}

/// The receivers have not left: they are in the same profile.
fn still_there<'a>(
    case: &Case<'_, 'a>,
    channel: &Channel<'a>,
    head: &str,
    runs: &Runs<'a>,
    present: &Present<'a>,
) -> Said {
    let at = where_they_are(channel, present);
    let receive = channel.line(present.operation);
    let is_busy =
        matches!(present.group.blocked_on, Some(BlockedOn::Sleep | BlockedOn::Nothing | BlockedOn::Syscall));
    // Who starts in batches, and waits for each of them, has a limit.
    let waits = |it: &Start<'a>| {
        let in_a_turn = |at: Node<'a>| waits_for_others(at) && !it.node.contains(at);
        loops_around(it.node, Some(it.scope)).into_iter().any(|turn| turn.own().any(in_a_turn))
    };
    let is_without_limit =
        !runs.starts.is_empty() && !runs.starts.iter().any(|it| is_limited(case, it) || waits(it));
    if is_busy && present.count.saturating_mul(2) <= case.group.count && is_without_limit {
        let start = runs.starts.first().map_or(channel.wait, |it| it.node);
        let sentence = format!(
            "{head}, in a goroutine for each value, without a limit (started at {}); in this profile only {} at {receive}, busy at \
             {at}",
            channel.line(start),
            goroutines(present.count, "receive")
        );
        let said =
            Said::confirmed("unbounded-spawn", sentence).with("blocked", channel.wait).with("started", start);
        return said.with("received", present.operation).with("busy", present.at.node).advising(format!(
            "limit how many goroutines {} starts, or send from the caller itself so that it waits",
            channel.line(start)
        ));
    }
    let sentence = format!(
        "{head}; its receivers have not left: in this profile {} at {at}, on the way to the receive at {receive}",
        goroutines(present.count, "are")
    );
    let said =
        Said::contradicted(CAUSE, sentence).with("blocked", channel.wait).with("received", present.operation);
    let said = said.with("is there", present.at.node);
    said.following(present.group.row)
}

/// The sender receives itself, or starts who receives, only after its send.
fn received_later<'a>(channel: &Channel<'a>, send: Node<'a>, scope: Node<'a>, head: &str) -> Option<Said> {
    let first = channel.receives.first()?;
    let is_later = |it: &Op<'a>| {
        let shares_loop = loops_around(send, Some(scope)).iter().any(|around| around.contains(it.node));
        scope.contains(it.node)
            && it.node.start() > send.end()
            && !shares_loop
            && !is_deferred(it.node, scope)
    };
    if !channel.is_closed_world() || channel.may_have_room() || !channel.receives.iter().all(is_later) {
        return None;
    }
    let who = if first.scope == scope { "of the same function" } else { "by a function that it starts then" };
    let sentence =
        format!("{head}; nothing receives from it before {}, later, {who}", channel.line(first.node));
    let said = channel.with_makes(Said::confirmed("no-receiver", sentence).with("blocked", send));
    Some(said.with("received", first.node).advising(format!(
        "send in a goroutine of its own, or start the receiver before {}",
        channel.line(send)
    )))
}

/// Whether a node is in a `defer` statement of a function: it runs whatever follows.
fn is_deferred(node: Node<'_>, scope: Node<'_>) -> bool {
    node.ancestors().take_while(|it| *it != scope).any(|it| it.kind() == Kind::DeferStatement)
}
