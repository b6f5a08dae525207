//! Goroutines of an `errgroup` without a limit: the group gets one.

use super::super::draft::Draft;
use super::super::places::nodes_at;
use super::super::places::with_role;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::sent::sent_on;
use crate::code::Object;
use crate::code::Uses;
use crate::code::arguments;
use crate::code::called_name;
use crate::confirm::Case;
use crate::confirm::channels::runs_of;
use crate::diagnose::PatchTier;
use crate::diagnose::SourceVerdict;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Limits a group where it is declared. Its `Go` waits then: neither a task nor who receives from the tasks may call it.
pub(in crate::patch) fn limited_group(
    case: &Case<'_, '_>,
    verdict: &SourceVerdict,
) -> Result<Draft, Refusal> {
    let (_, channel) = sent_on(case)?;
    let (package, function) = (case.place.package, case.place.function);
    let Some(at) = with_role(verdict, "started") else { return Err(Refusal::NoPlace) };
    let is_start = |it: Node<'_>| it.kind() == Kind::CallExpression && called_name(it) == Some("Go");
    let starts = nodes_at(package, at, is_start);
    let group = starts.first().and_then(|it| it.child(Field::Function)?.child(Field::Operand));
    let Some(group) = group.filter(|it| it.kind() == Kind::Identifier) else {
        return refuse(format!("line {} starts no task of an errgroup that a variable holds", at.line));
    };
    let declared = package.lookup(function, group.text(), group.start());
    let made = declared.and_then(|it| it.type_.or(it.value)).filter(|it| {
        let names_it = |name: &str| {
            it.text().contains(&format!("{name}.Group"))
                || it.text().contains(&format!("{name}.WithContext("))
        };
        names_it("errgroup") && function.file.imports("golang.org/x/sync/errgroup")
    });
    let Some(declared) = declared.filter(|it| made.is_some() && it.owner.is_none()) else {
        return refuse(format!("where the group of line {} is made is not seen", at.line));
    };
    let uses = Uses::of_expression(package, function, group);
    if let Some(limit) = uses.methods("SetLimit").first() {
        return refuse(format!("line {} limits the group already", limit.node.line()));
    }
    let goes = uses.methods("Go");
    let maker = declared.statement.function();
    if let Some(other) = goes.iter().find(|it| Some(it.scope) != maker) {
        return refuse(format!("line {} starts a task of the group from elsewhere", other.node.line()));
    }
    for receive in &channel.receives {
        let runs = runs_of(package, receive.function, receive.scope);
        let line = receive.node.line();
        if Some(receive.scope) == maker || !runs.calls.is_empty() {
            return refuse(format!("line {line} may receive only when all tasks are started"));
        }
        let is_task = goes.iter().any(|it| arguments(it.node).any(|task| task.contains(receive.node)));
        if is_task {
            return refuse(format!("line {line} receives in a task of the group"));
        }
    }
    if !matches!(
        channel.uses.objects.first(),
        Some(Object::Local { .. } | Object::Field { .. } | Object::PackageVariable(_))
    ) {
        return Err(Refusal::NoPlace);
    }
    let name = group.text();
    let mut draft = Draft::safe(
        format!("limit how many tasks of `{name}` run at once: `{name}.SetLimit(10)`"),
        format!("how many may run at once is your decision; `{name}.Go` waits then until one has ended"),
    );
    draft.tier = PatchTier::Review;
    let statement = crate::code::statement_of(declared.statement).ok_or(Refusal::NoPlace)?;
    draft.edits.after(statement, &[format!("{name}.SetLimit(10)")])?;
    Ok(draft)
}
