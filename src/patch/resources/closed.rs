//! What a function opens and never closes: its Close is deferred after the error check.

use super::draft::Draft;
use super::refusal::Refusal;
use super::refusal::refuse;
use crate::code::Package;
use crate::code::expressions;
use crate::code::loops_around;
use crate::code::statements;
use crate::confirm::resources::Library;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Operator;

/// Defers `close`, such as `.Body.Close()`, of what the one line of the verdict opens.
pub(super) fn deferred<'a>(
    library: &Library<'_, 'a>,
    verdict: &SourceVerdict,
    close: &str,
) -> Result<(&'a Package<'a>, Draft), Refusal> {
    let [opened] = verdict.evidence.as_slice() else {
        return refuse("it is closed on other paths: which close goes is not known");
    };
    let (packages, _) = library.workspace.own_packages(|text| text.contains(&opened.text));
    let mut found = packages.into_iter().filter_map(|package| {
        let file = package.files.iter().find(|it| it.path() == opened.file)?;
        let root = file.tree.root();
        let mut made = root.walk().filter(|it| it.kind() == Kind::ShortVarDeclaration);
        Some((package, made.find(|it| it.line() == opened.line)?))
    });
    let (Some((package, made)), None) = (found.next(), found.next()) else {
        return refuse(format!("line {} declares no variable for it", opened.line));
    };
    let left = expressions(made.child(Field::Left));
    let [name, error] = left.as_slice() else {
        return refuse(format!("line {} gives no error beside it", opened.line));
    };
    if matches!(name.text(), "_") || error.text() == "_" {
        return refuse(format!("line {} throws it or its error away", opened.line));
    }
    if !loops_around(made, None).is_empty() {
        return refuse(format!("line {} is in a loop: a defer would come too late", opened.line));
    }
    let Some(check) = error_check(made, error.text()) else {
        return refuse(format!("no check of `{}` that leaves follows line {}", error.text(), opened.line));
    };
    let name = name.text();
    let mut draft = Draft::safe(
        format!("defer `{name}{close}` after the error check"),
        format!("`{name}` is used in this function alone, and never closed"),
    );
    draft.edits.after(check, &[format!("defer {name}{close}")])?;
    Ok((package, draft))
}

/// The `if err != nil { … return }` directly after a statement.
fn error_check<'a>(made: Node<'a>, error: &str) -> Option<Node<'a>> {
    let next = made.parent()?.children().find(|it| it.start() >= made.end())?;
    let condition = next.child(Field::Condition).filter(|_| next.kind() == Kind::IfStatement)?;
    let is_check = condition.operator() == Operator::NotEqual
        && condition.child(Field::Left).is_some_and(|it| it.text() == error)
        && condition.child(Field::Right).is_some_and(|it| it.kind() == Kind::Nil);
    let last = statements(next.child(Field::Consequence)).last()?;
    let leaves = last.kind() == Kind::ReturnStatement && next.child(Field::Alternative).is_none();
    (is_check && leaves).then_some(next)
}
