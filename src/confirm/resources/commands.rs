//! Commands that are started and not waited for.

use super::library::Library;
use super::obtained::called_import;
use super::obtained::operand;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use crate::code::EscapeKind;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::Uses;
use crate::code::arguments;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Node;

const CAUSE: &str = "exec-without-wait";

/// Goroutines of package `os/exec`.
pub(super) fn commands_without_wait(library: &Library<'_, '_>) -> Vec<Said> {
    let (packages, is_complete) = program(library, |text| text.contains("os/exec"));
    let mut sites = Vec::new();
    for package in packages {
        for function in &package.functions {
            if !function.file.imports("os/exec") {
                continue;
            }
            for call in function.index().calls("Start") {
                sites.extend(site(package, function, *call));
            }
        }
    }
    judge(library, sites, is_complete)
}

fn site<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> Option<Site<'a>> {
    let scope = call.function().unwrap_or(function.node);
    if scope.is_broken() || arguments(call).next().is_some() {
        return None;
    }
    let command = operand(call)?;
    let uses = Uses::of_expression(package, function, command);
    made_by_exec(package, function, &uses, command)?;
    if !is_seen(&uses) || !uses.methods("Wait").is_empty() || !uses.methods("Run").is_empty() {
        return None;
    }
    let sentence = format!("{} starts a command at {} and never waits for it", function.title(), at(call));
    let said = Said::confirmed(CAUSE, sentence).with("started", call).advising(format!(
        "call `{}.Wait()` after line {}, in a goroutine if nothing may wait there",
        command.text(),
        call.line()
    ));
    Some(Site { function, scope, said, is_bounded: false })
}

/// The call of `exec.Command` or `exec.CommandContext` that makes a command; `None` if something else may make it.
fn made_by_exec<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    uses: &Uses<'a>,
    command: Node<'a>,
) -> Option<Node<'a>> {
    let from: Vec<Node<'a>> =
        uses.escapes.iter().filter(|it| it.kind == EscapeKind::FromCall).filter_map(|it| it.node).collect();
    let made = match (package.object(function, command), from.as_slice()) {
        (_, [only]) => *only,
        (Object::Local { .. }, []) => package.lookup(function, command.text(), command.start())?.value?,
        _ => return None,
    };
    let holder = package.function_of(made)?;
    let is_exec = |it| matches!(it, ("os/exec", "Command" | "CommandContext"));
    called_import(package, holder, made).is_some_and(is_exec).then_some(made)
}

/// Whether all that is done with a command is seen.
fn is_seen(uses: &Uses<'_>) -> bool {
    uses.escapes.iter().all(|it| it.kind == EscapeKind::FromCall)
}

/// A goroutine of the user's that reads the output of a command which nothing ends. `pipe` is what it reads.
pub(super) fn output_of_running_command<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    pipe: Node<'a>,
    read: Node<'a>,
) -> Option<Said> {
    let uses = Uses::of_expression(package, function, pipe);
    let mut opened = uses.escapes.iter().filter(|it| {
        it.kind == EscapeKind::FromCall
            && matches!(it.text.rsplit('.').next(), Some("StdoutPipe" | "StderrPipe" | "StdinPipe"))
    });
    let (opened, None) = (opened.next()?, opened.next()) else { return None };
    let (holder, call) = (opened.function?, opened.node?);
    let command = operand(call)?;
    let uses = Uses::of_expression(package, holder, command);
    let made = made_by_exec(package, holder, &uses, command)?;
    let is_started = !uses.methods("Start").is_empty();
    let line = read.line();
    let place = line_in(made, read);
    let name = command.text();
    let sentence = format!("line {line} reads the output of the command `{name}` of {place}");
    if !is_started || !is_seen(&uses) {
        let sentence = format!("{sentence}; not all that is done with the command is seen");
        return Some(Said::undecided(CAUSE, sentence).with("reads", read).with("made", made));
    }
    let ends = uses.methods("Process");
    if let Some(end) = ends.first() {
        let sentence = format!("{sentence}, whose process {} uses", line_in(end.node, read));
        return Some(
            Said::undecided(CAUSE, sentence).with("reads", read).with("made", made).with("ended", end.node),
        );
    }
    let has_context = called_import(package, holder, made).is_some_and(|(_, name)| name == "CommandContext");
    let context = arguments(made).next().filter(|_| has_context);
    if let Some(context) = context {
        use super::contexts::Ending;
        match super::contexts::ending_of(package, holder, context) {
            Ending::Certain => {
                let sentence = format!("{sentence}, which the context `{}` ends", context.text());
                return Some(Said::contradicted(CAUSE, sentence).with("reads", read).with("made", made));
            }
            Ending::Unknown => {
                let sentence =
                    format!("{sentence}; whether its context `{}` ends is not seen", context.text());
                return Some(Said::undecided(CAUSE, sentence).with("reads", read).with("made", made));
            }
            Ending::Never => {}
        }
    }
    let waits = uses.methods("Wait");
    let end = match waits.first() {
        Some(wait) => format!(
            "nothing ends the command: {} waits for it, and no line kills it or limits its time",
            line_in(wait.node, read)
        ),
        None => "nothing waits for the command, kills it or limits its time".to_owned(),
    };
    let said =
        Said::confirmed(CAUSE, format!("{sentence}, and {end}")).with("reads", read).with("made", made);
    let said = waits.iter().take(1).fold(said, |said, wait| said.with("waits", wait.node));
    Some(said.advising(format!(
        "make `{name}` with exec.CommandContext at {place}, cancel its context when the reader leaves, and call `{name}.Wait()`"
    )))
}
