//! Contexts whose cancel function is thrown away or never called, where the parent is not one of Go's own.

use super::contexts::CALLED;
use super::contexts::Ending;
use super::contexts::ending_of;
use super::fate::fate;
use super::library::Library;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use super::site::title;
use crate::code::arguments;
use crate::confirm::said::Said;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "missing-cancel";

/// Goroutines of package `context` that wait for a parent which is not one of Go's own, or for their child.
pub(super) fn dropped_cancels(library: &Library<'_, '_>) -> Vec<Said> {
    let (packages, is_complete) = program(library, |text| text.contains("context\""));
    let mut sure = Vec::new();
    let mut likely = Vec::new();
    for package in packages {
        for function in &package.functions {
            for obtained in
                Obtained::all(package, function, |it| matches!(it, "WithCancel" | "WithCancelCause"))
            {
                let Some(parent) = starts_goroutine(&obtained) else { continue };
                if obtained.runs_once() {
                    continue;
                }
                if let Some(site) = site(&obtained) {
                    if parent == Parent::Own { &mut sure } else { &mut likely }.push(site);
                }
            }
        }
    }
    // A parent of a type of the user's starts the goroutine; one that is only not known may be one of Go's.
    let sites = if sure.is_empty() { likely } else { sure };
    judge(library, sites, is_complete)
}

/// What the parent of a context is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parent {
    /// A type of this package: Go cannot look into it and starts a goroutine.
    Own,
    /// It is not known.
    Unknown,
}

/// `None` if the parent is one of Go's own contexts: these hand an end on without a goroutine.
fn starts_goroutine(obtained: &Obtained<'_>) -> Option<Parent> {
    let (package, function) = (obtained.package, obtained.function);
    let is_cancel =
        called_import(package, function, obtained.call).is_some_and(|(import, _)| import == "context");
    let parent = arguments(obtained.call).next().filter(|_| is_cancel)?;
    let is_own = |type_: &str| {
        !type_.contains('.') && package.type_named(type_).is_some_and(|(_, it)| it.kind() == Kind::StructType)
    };
    if package.type_of(function, parent).is_some_and(is_own) {
        return Some(Parent::Own);
    }
    match ending_of(package, function, parent) {
        Ending::Certain | Ending::Never => None,
        Ending::Unknown => Some(Parent::Unknown),
    }
}

fn site<'a>(obtained: &Obtained<'a>) -> Option<Site<'a>> {
    if obtained.names.len() != 2 {
        return None;
    }
    let (call, who) = (obtained.call, title(obtained));
    let advice = |name: &str, node: Node<'_>| format!("`defer {name}()` after line {}", node.last_line());
    if obtained.is_dropped(1) {
        let sentence = format!("{who} makes a context at {} and throws its cancel function away", at(call));
        let said = Said::confirmed(CAUSE, sentence).with("made", call).advising(format!(
            "keep the cancel function of {} and {}",
            at(call),
            advice("cancel", obtained.statement)
        ));
        return Some(Site::new(obtained, said));
    }
    let name = obtained.local(1)?;
    let fate = fate(obtained, name, CALLED);
    if !fate.closes.is_empty() || !fate.leaves.is_empty() {
        return None;
    }
    let text = name.text();
    let sentence =
        format!("{who} makes a context at {} and never calls its cancel function `{text}`", at(call));
    let said = Said::confirmed(CAUSE, sentence).with("made", call);
    Some(Site::new(obtained, said.advising(advice(text, obtained.statement))))
}
