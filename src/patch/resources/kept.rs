//! Functions that end what a call gives, thrown away or not called on every path: they are kept and deferred.

use super::super::draft::Draft;
use super::super::places::declared_at;
use super::super::places::is_named_in;
use super::super::places::next_statement;
use super::super::places::package_with;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::Function;
use crate::code::Object;
use crate::code::Package;
use crate::code::Workspace;
use crate::code::call_name;
use crate::code::called_name;
use crate::code::exits_without;
use crate::code::expressions;
use crate::code::loops_around;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// A declaration of two names: what a call gives, and the function that ends it.
struct Pair<'a> {
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    scope: Node<'a>,
    made: Node<'a>,
    /// What ends it is called with: `nil` for a cancel function that takes a cause.
    argument: &'static str,
    what: Node<'a>,
    end: Node<'a>,
}

fn pair<'a>(
    workspace: &Workspace<'a>,
    at: Option<&crate::diagnose::SourceEvidence>,
) -> Result<Pair<'a>, Refusal> {
    let Some(at) = at else { return Err(Refusal::NoPlace) };
    let package = package_with(workspace, at)?;
    let Some((made, call)) = declared_at(package, at) else {
        return refuse(format!("line {} declares no variables for it", at.line));
    };
    let left = expressions(made.child(Field::Left));
    let ([what, end], Some(scope)) = (left.as_slice(), made.function()) else { return Err(Refusal::NoPlace) };
    let Some(function) = package.function_of(made) else { return Err(Refusal::NoPlace) };
    if !loops_around(made, None).is_empty() {
        return refuse(format!("line {} is in a loop: a defer would come too late", at.line));
    }
    let argument = if called_name(call) == Some("WithCancelCause") { "nil" } else { "" };
    Ok(Pair { package, function, scope, made, argument, what: *what, end: *end })
}

/// Keeps and defers the cancel function of a context, or the stop function of an iterator, that nothing calls.
pub(in crate::patch) fn ended<'a>(
    workspace: &Workspace<'a>,
    verdict: &SourceVerdict,
) -> Result<(&'a Package<'a>, Draft), Refusal> {
    let pair = pair(workspace, verdict.evidence.first())?;
    let is_context = verdict.cause == "missing-cancel";
    let names = if is_context { ["cancel", "cancelContext"] } else { ["stop", "stopPulling"] };
    let is_dropped = pair.end.text() == "_";
    let name = if is_dropped {
        match names.into_iter().find(|it| !is_named_in(pair.scope, it)) {
            Some(name) => name,
            None => return refuse("no name is free for the function that ends it"),
        }
    } else {
        pair.end.text()
    };
    let (what, ends) = (pair.what.text(), format!("{name}({})", pair.argument));
    let mut draft = Draft::safe(
        format!("defer `{ends}`"),
        format!("only this function has `{what}`, so nothing needs it afterwards"),
    );
    if is_context {
        match reach(&pair)? {
            Reach::Here => {}
            Reach::Callee(line) => {
                draft.tier = PatchTier::Review;
                draft.because =
                    format!("what line {line} gives `{what}` to must be done when this function returns");
            }
        }
    }
    let tree = pair.made.tree();
    if is_dropped {
        draft.edits.replace_range(tree, pair.end.start() as usize, pair.end.end() as usize, name)?;
    }
    // `_ = cancel` was there to please the compiler.
    let is_blank = |it: &Node<'_>| {
        let names = |field| expressions(it.child(field)).into_iter().map(Node::text).collect::<Vec<_>>();
        it.kind() == Kind::AssignmentStatement && names(Field::Left) == ["_"] && names(Field::Right) == [name]
    };
    match next_statement(pair.made).filter(is_blank) {
        Some(blank) => draft.edits.replace_range(
            tree,
            blank.start() as usize,
            blank.end() as usize,
            &format!("defer {ends}"),
        )?,
        None => draft.edits.after(pair.made, &[format!("defer {ends}")])?,
    }
    Ok((pair.package, draft))
}

/// Who has a context beside the function that makes it.
enum Reach {
    /// Nobody.
    Here,
    /// A function that is called with it at this line.
    Callee(u32),
}

fn reach(pair: &Pair<'_>) -> Result<Reach, Refusal> {
    let object = pair.package.object(pair.function, pair.what);
    let mut reach = Reach::Here;
    for node in pair.scope.walk().filter(|it| it.kind() == Kind::Identifier && it.text() == pair.what.text())
    {
        if node == pair.what || pair.package.object(pair.function, node) != object {
            continue;
        }
        let line = node.line();
        let keeps = |it: &Node<'_>| {
            matches!(
                it.kind(),
                Kind::GoStatement
                    | Kind::FuncLiteral
                    | Kind::ReturnStatement
                    | Kind::CompositeLiteral
                    | Kind::SendStatement
            )
        };
        let is_blank =
            |it: &Node<'_>| expressions(it.child(Field::Left)).iter().all(|left| left.text() == "_");
        let mut above = node.ancestors().take_while(|it| *it != pair.scope);
        let assigned = node.up(Kind::AssignmentStatement, Some(pair.scope)).filter(|it| !is_blank(it));
        if above.any(|it| keeps(&it)) || assigned.is_some() {
            return refuse(format!(
                "line {line} keeps `{}`: how long it is needed is not known",
                node.text()
            ));
        }
        if node.parent().is_some_and(|it| it.kind() == Kind::ArgumentList) {
            reach = Reach::Callee(line);
        }
    }
    Ok(reach)
}

/// Defers a cancel function that one path leaves without: elsewhere it is called twice then, which does nothing.
pub(in crate::patch) fn cancelled_on_every_path<'a>(
    workspace: &Workspace<'a>,
    verdict: &SourceVerdict,
) -> Result<(&'a Package<'a>, Draft), Refusal> {
    let pair = pair(workspace, with_role(verdict, "made"))?;
    let (what, name) = (pair.what.text(), pair.end.text());
    let ends = format!("{name}({})", pair.argument);
    let cancels = |it: Node<'_>| it.kind() == Kind::CallExpression && call_name(it) == Some(name);
    let Ok((without, with)) = exits_without(pair.scope, Some(pair.made), cancels) else {
        return Err(Refusal::NoPlace);
    };
    // A function that ends by itself without the call leaves its goroutine to work on.
    let ends_so = pair.scope.child(Field::Result).is_none() && !with.iter().any(Option::is_none);
    if ends_so {
        return refuse(format!("the end of the function does not call `{name}` either: its work may go on"));
    }
    // What is returned with a nil error may need the context.
    let has_results = pair.scope.child(Field::Result).is_some();
    for exit in without.into_iter().flatten() {
        let values: Vec<Node<'_>> = exit.children().flat_map(|it| expressions(Some(it))).collect();
        // A variable may be nil where nothing has asked; one of a package is what all callers compare with.
        let is_asked = |error: &str| {
            let mut checks = exit.ancestors().take_while(|it| *it != pair.scope);
            let asks = format!("{error} != nil");
            checks.any(|it| it.child(Field::Condition).is_some_and(|it| it.text().contains(&asks)))
        };
        let is_of_package = |it: Node<'a>| {
            let object = pair.package.object(pair.function, it);
            matches!(object, Object::PackageVariable(_) | Object::Extern { .. })
        };
        let gives_error = |it: &Node<'a>| {
            let text = it.text();
            text.starts_with("errors.")
                || text.starts_with("fmt.Errorf")
                || it.kind() != Kind::Nil && (is_asked(text) || is_of_package(*it))
        };
        if has_results && !values.last().is_some_and(gives_error) {
            return refuse(format!(
                "line {} returns no error: what it returns may need `{what}`",
                exit.line()
            ));
        }
    }
    let mut draft = Draft::safe(
        format!("defer `{ends}`"),
        format!("the paths without it end with an error, and a second `{ends}` does nothing"),
    );
    if !has_results {
        draft.because = format!(
            "the function gives nothing back that needs `{what}`, and a second `{ends}` does nothing"
        );
    }
    draft.edits.after(pair.made, &[format!("defer {ends}")])?;
    Ok((pair.package, draft))
}
