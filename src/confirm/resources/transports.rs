//! HTTP transports that are made for each call: each keeps its idle connections, and nobody uses them again.

use super::clients::field_value;
use super::clients::sets;
use super::library::Library;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::loops_around;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "client-per-request";

/// Bound of the functions that a new transport is handed back through.
const MAX_HOPS: u32 = 3;

/// Goroutines of idle connections of clients.
pub(super) fn transports_per_call(library: &Library<'_, '_>) -> Vec<Said> {
    let (packages, is_complete) = program(library, |text| text.contains("http.Transport{"));
    let mut sites = Vec::new();
    for package in packages {
        for function in &package.functions {
            if function.file.import("http") != Some("net/http") {
                continue;
            }
            for literal in &function.index().literals {
                let is_transport = literal.child(Field::Type).is_some_and(|it| it.text() == "http.Transport");
                if is_transport {
                    sites.extend(site(package, function, *literal));
                }
            }
        }
    }
    judge(library, sites, is_complete)
}

fn site<'a>(package: &'a Package<'a>, function: &'a Function<'a>, literal: Node<'a>) -> Option<Site<'a>> {
    let scope = literal.function().filter(|it| !it.is_broken())?;
    let keeps_none = sets(literal, "DisableKeepAlives")
        || function.index().selectors.contains_key("CloseIdleConnections")
        || function.index().selectors.contains_key("DisableKeepAlives");
    if keeps_none {
        return None;
    }
    let user = used_by(package, function, literal, MAX_HOPS)?;
    let made = at(literal);
    let sentence = if user.0.node == function.node {
        format!("{} makes a Transport at {made} for each call: its idle connections stay", function.title())
    } else {
        format!(
            "{} makes a Transport at {made}, and {} gets a new one at each call ({}): their idle connections stay",
            function.title(),
            user.0.title(),
            line_in(user.1, literal)
        )
    };
    let said = Said::confirmed(CAUSE, sentence).with("made", literal);
    let said = if user.1 == literal { said } else { said.with("used", user.1) };
    let is_bounded = field_value(literal, "IdleConnTimeout").is_some_and(|it| it.text() != "0");
    let said = said.advising(format!("make the Transport of {made} once and share it"));
    Some(Site { function, scope, said, is_bounded })
}

/// The function that gets a new object and uses it up, and where; `None` if the object is kept, or if this runs once.
fn used_by<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    made: Node<'a>,
    hops: u32,
) -> Option<(&'a Function<'a>, Node<'a>)> {
    let hops = hops.checked_sub(1)?;
    let scope = made.function()?;
    let mut child = made;
    for parent in made.ancestors().take_while(|it| *it != scope) {
        match parent.kind() {
            // `&http.Client{Transport: &http.Transport{}}`
            Kind::UnaryExpression
            | Kind::LiteralElement
            | Kind::LiteralValue
            | Kind::ParenthesizedExpression => {}
            Kind::KeyedElement => {
                parent.child(Field::Key).filter(|it| it.text() == "Transport")?;
            }
            Kind::CompositeLiteral => {
                parent.child(Field::Type).filter(|it| it.text() == "http.Client")?;
            }
            // `newClient().Get(url)`
            Kind::SelectorExpression => return runs_often(function, made).then_some((function, made)),
            Kind::ExpressionList => match parent.parent()? {
                statement if statement.kind() == Kind::ReturnStatement => {
                    return returned(package, function, scope, hops);
                }
                statement if statement.child(Field::Right) == Some(parent) => {
                    let index = parent.children().position(|it| it == child)?;
                    let target = statement.child(Field::Left)?.nth(index)?;
                    return local(package, function, (statement, target), made, hops);
                }
                _ => return None,
            },
            _ => return None,
        }
        child = parent;
    }
    None
}

/// A function returns a new object: the one caller that uses it up.
fn returned<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    scope: Node<'a>,
    hops: u32,
) -> Option<(&'a Function<'a>, Node<'a>)> {
    (scope == function.node).then_some(())?;
    package.calls_of(function).into_iter().find_map(|(caller, call)| used_by(package, caller, call, hops))
}

/// A local takes the new object.
fn local<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    (statement, target): (Node<'a>, Node<'a>),
    made: Node<'a>,
    hops: u32,
) -> Option<(&'a Function<'a>, Node<'a>)> {
    let declared = match package.object(function, target) {
        it @ Object::Local { .. } => it,
        _ if statement.kind() == Kind::ShortVarDeclaration && target.kind() == Kind::Identifier => {
            Object::Local { file: function.file.path(), at: target.start(), name: target.text() }
        }
        _ => return None,
    };
    let mut is_used = false;
    for node in function.index().identifiers.get(target.text()).into_iter().flatten() {
        if *node == target || package.object(function, *node) != declared {
            continue;
        }
        let parent = node.parent()?;
        match parent.kind() {
            // A field of it is set, or a method called.
            Kind::SelectorExpression => is_used = true,
            Kind::BinaryExpression => {}
            // It becomes the transport of a client, or is returned.
            _ => return used_by(package, function, *node, hops),
        }
    }
    (is_used && runs_often(function, made)).then_some((function, made))
}

/// Whether a function runs more than once, as far as its name shows.
fn runs_often(function: &Function<'_>, made: Node<'_>) -> bool {
    let is_set_up =
        function.is_vars() || function.receiver.is_none() && matches!(function.name, "main" | "init");
    let is_closure = made.function().is_some_and(|it| it.kind() == Kind::FuncLiteral);
    !is_set_up || is_closure || !loops_around(made, None).is_empty()
}
