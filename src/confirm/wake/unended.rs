//! Objects of the user's own packages that are made for each call and ended by nothing.

use super::Wakes;
use super::made::construction;
use crate::code::base_type;
use crate::code::expressions;
use crate::code::result_types;
use crate::confirm::place::Case;
use crate::diagnose::Construction;
use crate::golang::package_and_rest;
use crate::syntax::Kind;
use crate::syntax::Node;

/// An object that is made for each call and that nothing ends.
pub(crate) struct Unended {
    /// Where it is made: `cmd/shop/main.go:19`.
    pub(crate) at: String,
    /// The function that makes it, without its package.
    pub(crate) by: String,
    /// The method that would end it: `Stop`.
    pub(crate) end: String,
}

/// The object that the goroutines of a case work for, if a place that makes one for each call does not end it, and if they grew: each call
/// leaves such goroutines behind. `None` if one of these objects gets away, so that code that is not seen may end it.
pub(crate) fn made_and_not_ended(case: &Case<'_, '_>) -> Option<Unended> {
    let wakes = Wakes { workspace: case.workspace, groups: case.groups };
    let wakes = wakes.of_group(case.group, Some(&case.place));
    let mut last = wakes.iter().filter(|it| it.is_last);
    let first = last.next().filter(|_| case.group.grew)?;
    let is_same = last.all(|it| it.object == first.object && it.ended_by == first.ended_by);
    let is_by_object = is_same && !first.from_table && (!first.object.is_empty() || first.made_at.is_empty());
    let own = if first.made_at.is_empty() { made_here(case, &first.ended_by) } else { Vec::new() };
    // What is made once lives as long as the program.
    let is_once =
        |it: &&Construction| ["main", "init"].contains(&it.function.rsplit('.').next().unwrap_or(""));
    if case.spawn.is_some_and(|go| is_kept_by_its_maker(case, go)) {
        return None;
    }
    let often = || first.made_at.iter().chain(&own).filter(|it| !is_once(it));
    let are_followed = often().all(|it| it.is_ended.is_some());
    let made = often().find(|it| it.is_ended == Some(false)).filter(|_| is_by_object && are_followed)?;
    Some(Unended {
        at: format!("{}:{}", made.file, made.line),
        by: package_and_rest(&made.function).1.to_owned(),
        end: first.ended_by.first()?.rsplit('.').next()?.to_owned(),
    })
}

/// Whether the function that starts the goroutine does more with what it returns than to set it up: it may hand it to who ends it, as
/// `time.AfterFunc(ttl, s.Stop)` does, or keep it in a list.
fn is_kept_by_its_maker<'a>(case: &Case<'_, 'a>, go: Node<'a>) -> bool {
    let Some(maker) = case.place.package.function_of(go) else { return false };
    let returns = maker.node.own().filter(|it| it.kind() == Kind::ReturnStatement);
    let names: Vec<&str> = returns
        .flat_map(|it| expressions(it.nth(0)))
        .filter(|it| it.kind() == Kind::Identifier)
        .map(Node::text)
        .collect();
    let is_it =
        |it: &Node<'_>| it.kind() == Kind::Identifier && names.contains(&it.text()) && !go.contains(*it);
    maker.node.walk().filter(is_it).any(|it| match it.parent() {
        // A field or a call of a method; a method value may be called by others.
        Some(up) if up.kind() == Kind::SelectorExpression => up.parent().is_some_and(|it| {
            matches!(it.kind(), Kind::ArgumentList | Kind::KeyedElement | Kind::LiteralElement)
        }),
        Some(up) => matches!(up.kind(), Kind::ArgumentList | Kind::IndexExpression | Kind::LiteralElement),
        None => false,
    })
}

/// The calls, in its own package, of the function that starts the goroutine and returns the object.
fn made_here(case: &Case<'_, '_>, ended_by: &[String]) -> Vec<Construction> {
    let package = case.place.package;
    let starter = case.spawn.and_then(|go| package.function_of(go)).filter(|it| it.receiver.is_none());
    let ([end], Some(starter)) = (ended_by, starter) else { return Vec::new() };
    let returned: Vec<&str> = result_types(starter).into_iter().filter_map(base_type).collect();
    let (owner, end) = end.rsplit_once('.').unwrap_or(("", end));
    if !returned.iter().any(|it| owner.ends_with(&format!("(*{it})"))) {
        return Vec::new();
    }
    let calls = package.calls_of(starter).into_iter();
    calls.map(|(caller, call)| construction(package, caller, call, &[end])).collect()
}
