//! A context that never ends is replaced by one of the caller.

use super::super::draft::Draft;
use super::super::places::nodes_at;
use super::super::places::package_with;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::context::context_at;
use super::context::context_instead;
use crate::code::Package;
use crate::code::Workspace;
use crate::code::call_name;
use crate::code::expressions;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Replaces `context.Background()` by the context of a request or of a caller.
pub(in crate::patch) fn from_caller<'a>(
    workspace: &Workspace<'a>,
    verdict: &SourceVerdict,
) -> Result<(&'a Package<'a>, Draft), Refusal> {
    let Some(at) = with_role(verdict, "never ends") else {
        return refuse("where the context should end is not known");
    };
    let package = package_with(workspace, at)?;
    let is_root = |it: Node<'_>| matches!(call_name(it), Some("context.Background" | "context.TODO"));
    let roots = nodes_at(package, at, is_root);
    let [root] = roots.as_slice() else {
        return refuse(format!("line {} makes no context by itself", at.line));
    };
    let Some(function) = package.function_of(*root) else {
        return refuse(format!("line {} is in no function", at.line));
    };
    let file = function.file;
    let declaration = root.up(Kind::ShortVarDeclaration, root.function()).filter(|it| {
        let value = expressions(it.child(Field::Right));
        value.as_slice() == [*root] && it.parent().is_some_and(|it| it.kind() == Kind::StatementList)
    });
    let declared = declaration.and_then(|it| expressions(it.child(Field::Left)).first().copied());
    let context = match declared {
        Some(declared) => context_instead(package, function, declared)?,
        None => context_at(package, function, *root)?,
    };
    let named = file.tree.root().walk().filter(|it| it.text() == "context" && it.nth(0).is_none());
    let is_added = context.edits.list.iter().any(|it| it.file == file.path() && it.text.contains("context."));
    // The import, the root, and something else.
    if named.count() < 2 && !is_added {
        return refuse(format!("{} would no longer need the package context", file.name()));
    }
    let mut draft = Draft::safe(
        format!("use `{}` instead of {}()", context.name, call_name(*root).unwrap_or("context.Background")),
        format!("whether the work may end with it is your decision; {}", context.origin()),
    );
    draft.tier = PatchTier::Review;
    let replaced = declaration.filter(|_| declared.is_some_and(|it| it.text() == context.name));
    match replaced {
        Some(declaration) => draft.edits.delete(declaration)?,
        None => draft.edits.replace_range(
            root.tree(),
            root.start() as usize,
            root.end() as usize,
            &context.name,
        )?,
    }
    context.add_to(&mut draft);
    Ok((package, draft))
}
