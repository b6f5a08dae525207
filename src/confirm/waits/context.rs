//! What is said of a context that a goroutine waits for.

use super::super::place::Case;
use super::super::said::Said;
use super::super::said::line_in;
use super::often::known;
use crate::code::ContextEnd;
use crate::code::ContextOrigin;
use crate::code::Function;
use crate::code::LostCancel;
use crate::code::LostHow;
use crate::code::Package;
use crate::code::call_name;
use crate::code::context_of;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Why a wait does not end, in words, with its lines.
#[derive(Clone, Debug)]
pub(super) struct Reason<'a> {
    /// The cause: a slug as in the rules.
    pub(super) cause: &'static str,
    /// A clause that follows "but": "`ctx` comes from context.Background() at line 4 and never ends".
    pub(super) clause: String,
    /// Lines, each with its role.
    pub(super) lines: Vec<(&'static str, Node<'a>)>,
    /// What to change.
    pub(super) advice: String,
}

impl Reason<'_> {
    /// Adds the lines and the advice to what is said.
    pub(super) fn support(&self, mut said: Said) -> Said {
        for (role, node) in &self.lines {
            said = said.with(role, *node);
        }
        said.advising(self.advice.clone())
    }
}

/// Whether and how a context ends.
#[derive(Clone, Debug)]
pub(super) enum Ends<'a> {
    /// Not while the process lives.
    Never(Reason<'a>),
    /// At a deadline, wherever it comes from.
    Deadline(Node<'a>),
    /// It may end. If one of its origins never does, or a cancel function on the way is lost, that is a reason.
    Perhaps(Option<Reason<'a>>),
    /// It ends, as far as is seen: how, in words.
    Somehow(String),
}

/// Whether the context named by an expression ends.
pub(super) fn ends<'a>(
    case: &Case<'_, 'a>,
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    context: Node<'a>,
) -> Ends<'a> {
    let origins = context_of(case.workspace, package, function, context, &known(case));
    let Some(first) = origins.first() else { return Ends::Somehow(UNSEEN.to_owned()) };
    if origins.iter().all(ContextOrigin::is_endless) {
        let reason = reason(case, first, context);
        // Other modules, and interfaces, may call an exported function.
        let is_sure = !origins.iter().flat_map(|it| &it.lost).any(is_lost_to_others);
        return if is_sure { Ends::Never(reason) } else { Ends::Perhaps(Some(reason)) };
    }
    if origins.iter().all(|it| matches!(it.end, ContextEnd::Deadline(_)))
        && let ContextEnd::Deadline(at) = first.end
    {
        return Ends::Deadline(at);
    }
    let is_suspect = |it: &&ContextOrigin<'a>| {
        it.is_endless() || matches!(it.end, ContextEnd::Unknown(_)) && !it.lost.is_empty()
    };
    match origins.iter().find(is_suspect) {
        Some(suspect) => Ends::Perhaps(Some(reason(case, suspect, context))),
        None => Ends::Somehow(somehow(first, context)),
    }
}

/// Whether others may cancel a context all the same: the function that alone does is one that they may call, or they are given the cancel
/// function on another path.
fn is_lost_to_others(lost: &LostCancel<'_>) -> bool {
    match lost.how {
        LostHow::NeverReached { by, .. } => by.name.starts_with(char::is_uppercase),
        // Which path was taken is not seen.
        LostHow::NotKept { .. } => true,
        LostHow::Dropped | LostHow::NeverCalled(_) | LostHow::Skipped { .. } => false,
    }
}

const UNSEEN: &str = "what ends that context is not seen";

/// What ends a context that ends.
fn somehow<'a>(origin: &ContextOrigin<'a>, about: Node<'a>) -> String {
    match &origin.end {
        ContextEnd::Request(at) => format!("it ends with its request ({})", line_in(*at, about)),
        ContextEnd::Cancelled { calls, .. } => match calls.first() {
            Some(call) => format!("it is cancelled at {}", line_in(*call, about)),
            None => UNSEEN.to_owned(),
        },
        ContextEnd::Deadline(at) => format!("it may have the deadline of {}", line_in(*at, about)),
        ContextEnd::Never(_) | ContextEnd::Process(_) | ContextEnd::Unknown(_) => UNSEEN.to_owned(),
    }
}

fn reason<'a>(case: &Case<'_, 'a>, origin: &ContextOrigin<'a>, context: Node<'a>) -> Reason<'a> {
    let name = context.text();
    let lost = origin.lost.first();
    let mut lines: Vec<(&'static str, Node<'a>)> = Vec::new();
    let mut clause = String::new();
    if let Some(lost) = lost {
        clause = lost_clause(lost, name, context);
        lines.push(("made", lost.made));
        match lost.how {
            LostHow::Skipped { exit, call } => {
                lines.extend(exit.map(|it| ("leaves without cancelling", it)));
                lines.push(("cancelled", call));
            }
            LostHow::NotKept { exit, kept } => {
                lines.push(("leaves without keeping it", exit));
                lines.push(("kept", kept));
            }
            LostHow::NeverReached { call, .. } => lines.push(("cancelled", call)),
            LostHow::Dropped | LostHow::NeverCalled(_) => {}
        }
    }
    let (root, end) = root(origin, context);
    if let Some(root) = root {
        let is_process = matches!(origin.end, ContextEnd::Process(_));
        let text = match (lost, is_process) {
            (Some(_), false) => format!("; its parent is {end}"),
            (Some(_), true) => format!("; its parent ends only with the process ({end})"),
            (None, false) => format!("`{name}` comes from {end} and never ends"),
            (None, true) => format!("`{name}` ends only with the process ({end})"),
        };
        clause.push_str(&text);
        lines.push(("never ends", root));
    }
    for step in &origin.steps {
        lines.push(("handed on", step.call));
    }
    if let (None, Some(step)) = (lost, origin.steps.first()) {
        clause.push_str(&format!(" (handed on at {})", line_in(step.call, context)));
    }
    let cause = match lost.map(|it| it.how) {
        Some(LostHow::NeverReached { .. }) => "missing-close",
        _ => "missing-cancel",
    };
    Reason { cause, clause, lines, advice: advice(case, origin, context) }
}

/// Whether a call is in `main` or `init`: what it makes is meant to live as long as the program.
fn is_of_program(call: Node<'_>) -> bool {
    let declared = call.ancestors().find(|it| it.kind() == Kind::FunctionDeclaration);
    declared.and_then(|it| it.child(Field::Name)).is_some_and(|it| matches!(it.text(), "main" | "init"))
}

/// The call that makes a context that never ends, and how it is named.
fn root<'a>(origin: &ContextOrigin<'a>, about: Node<'a>) -> (Option<Node<'a>>, String) {
    let (ContextEnd::Never(at) | ContextEnd::Process(at)) = &origin.end else { return (None, String::new()) };
    let call = call_name(*at).unwrap_or("a context");
    let empty = if matches!(call, "context.Background" | "context.TODO") { "()" } else { "" };
    (Some(*at), format!("{call}{empty} at {}", line_in(*at, about)))
}

fn lost_clause(lost: &LostCancel<'_>, context: &str, about: Node<'_>) -> String {
    let made = line_in(lost.made, about);
    let cancel = lost.name.unwrap_or("_");
    match lost.how {
        LostHow::Dropped => format!("the cancel function of `{context}` is thrown away at {made}"),
        LostHow::NeverCalled(Some(field)) => format!(
            "the cancel function of `{context}`, made at {made}, is kept in `{}` and never called",
            field.label()
        ),
        LostHow::NeverCalled(None) => {
            format!("the cancel function `{cancel}` of `{context}`, made at {made}, is never called")
        }
        LostHow::Skipped { exit: Some(exit), call } => format!(
            "`{context}`, made at {made}, is cancelled at {}, but {} returns without that",
            line_in(call, about),
            line_in(exit, about)
        ),
        LostHow::Skipped { exit: None, call } => format!(
            "`{context}`, made at {made}, is cancelled at {}, but not on every path to the end of its function",
            line_in(call, about)
        ),
        LostHow::NotKept { exit, kept } => format!(
            "the cancel function of `{context}`, made at {made}, is kept at {}, but {} returns before that",
            line_in(kept, about),
            line_in(exit, about)
        ),
        LostHow::NeverReached { by, call } => format!(
            "`{context}`, made at {made}, is cancelled only by {} ({}), which nothing calls",
            by.title(),
            line_in(call, about)
        ),
    }
}

fn advice<'a>(case: &Case<'_, 'a>, origin: &ContextOrigin<'a>, about: Node<'a>) -> String {
    if let Some(lost) = origin.lost.first() {
        let made = line_in(lost.made, about);
        let cancel = lost.name.unwrap_or("cancel");
        return match lost.how {
            LostHow::Dropped => {
                format!("keep the cancel function of {made} and call it when the work is done")
            }
            LostHow::NeverCalled(_) => {
                format!("call `{cancel}`, made at {made}, when the work is done")
            }
            LostHow::Skipped { .. } => format!("`defer {cancel}()` after {made}"),
            LostHow::NotKept { exit, .. } => {
                format!("call `{cancel}` before {} returns", line_in(exit, about))
            }
            LostHow::NeverReached { by, .. } => {
                format!("call {} where its {} is no longer needed", by.title(), by.receiver.unwrap_or("work"))
            }
        };
    }
    let handed = origin
        .steps
        .first()
        .filter(|step| step.call.parent().is_some_and(|it| it.kind() != Kind::GoStatement));
    match (handed, root(origin, about)) {
        (Some(step), _) => format!(
            "give the call at {} a context of its own: `ctx, cancel := context.WithCancel(…)` and `defer cancel()`",
            line_in(step.call, about)
        ),
        // The context of the whole program is right where it is made, and wrong as the only end of a part of it.
        (None, (Some(at), _)) if is_of_program(at) && case.spawn.is_some() => format!(
            "give the goroutine of {} a context that ends when its work is done: `ctx, cancel := context.WithCancel({})`, and call `cancel` then",
            case.spawn.map_or(String::new(), |go| line_in(go, about)),
            if case.spawn.is_some_and(|go| go.contains(about)) { about.text() } else { "…" }
        ),
        (None, (Some(at), _)) => format!(
            "replace {}() at {} by a context that is cancelled when the work is no longer wanted",
            call_name(at).unwrap_or("the context"),
            line_in(at, about)
        ),
        (None, (None, _)) => String::new(),
    }
}
