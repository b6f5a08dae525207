//! From the lines of a verdict to the nodes that a patch changes.

use memchr::memmem;

use super::refusal::Refusal;
use crate::code::Function;
use crate::code::Package;
use crate::code::Workspace;
use crate::code::expressions;
use crate::diagnose::SourceEvidence;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The first line of a verdict that has a role.
pub(super) fn with_role<'v>(verdict: &'v SourceVerdict, role: &str) -> Option<&'v SourceEvidence> {
    verdict.evidence.iter().find(|it| it.role == role)
}

/// The package of the user's own that holds a line.
pub(super) fn package_with<'a>(
    workspace: &Workspace<'a>,
    at: &SourceEvidence,
) -> Result<&'a Package<'a>, Refusal> {
    let (packages, _) =
        workspace.own_packages(|text| memmem::find(text.as_bytes(), at.text.as_bytes()).is_some());
    let mut found = packages.into_iter().filter(|it| it.files.iter().any(|file| file.path() == at.file));
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(Refusal::NoPlace),
    }
}

/// The nodes that begin at a line, and that fit.
pub(super) fn nodes_at<'a>(
    package: &'a Package<'a>,
    at: &SourceEvidence,
    fits: impl Fn(Node<'a>) -> bool,
) -> Vec<Node<'a>> {
    let file = package.files.iter().find(|it| it.path() == at.file);
    let nodes = file.into_iter().flat_map(|it| it.tree.root().walk());
    nodes.filter(|it| it.line() == at.line && fits(*it)).collect()
}

/// The declaration `a, b := f(…)` whose call begins at a line, and the call.
pub(super) fn declared_at<'a>(package: &'a Package<'a>, at: &SourceEvidence) -> Option<(Node<'a>, Node<'a>)> {
    let file = package.files.iter().find(|it| it.path() == at.file)?;
    let declarations = file.tree.root().walk().filter(|it| it.kind() == Kind::ShortVarDeclaration);
    let mut found = declarations.filter_map(|it| match *expressions(it.child(Field::Right)).as_slice() {
        [call] if call.kind() == Kind::CallExpression && call.line() == at.line => Some((it, call)),
        _ => None,
    });
    found.next().filter(|_| found.next().is_none())
}

/// The statement that follows another in its block.
pub(super) fn next_statement(statement: Node<'_>) -> Option<Node<'_>> {
    statement.parent()?.children().find(|it| it.start() >= statement.end())
}

/// Whether two expressions of a function name the same object, if their texts do: each name in them is the same variable, and nothing sets
/// one of them.
pub(super) fn is_same_object<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    one: Node<'a>,
    other: Node<'a>,
) -> bool {
    let names = |node: Node<'a>| node.walk().filter(|it| it.kind() == Kind::Identifier);
    let declared = |it: Node<'a>| package.lookup(function, it.text(), it.start()).map(|it| it.at);
    let is_set = |it: Node<'a>| {
        it.kind() == Kind::AssignmentStatement
            && expressions(it.child(Field::Left)).iter().any(|left| {
                let rest = one.text().strip_prefix(left.text());
                rest.is_some_and(|it| it.is_empty() || it.starts_with(['.', '[']))
                    || names(one).any(|it| it.text() == left.text())
            })
    };
    !one.walk().any(|it| it.kind() == Kind::CallExpression)
        && names(one).map(declared).eq(names(other).map(declared))
        && !function.node.walk().any(is_set)
}

/// Whether a function names a variable, or anything else, so.
pub(super) fn is_named_in(scope: Node<'_>, name: &str) -> bool {
    scope.walk().any(|it| it.text() == name && it.nth(0).is_none())
}
