//! A lock that an exported function takes although one of its callers holds it: this caller calls a new function without the lock.

use super::super::draft::Draft;
use super::super::lines::line_end;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use super::super::shape::call_of;
use super::super::shape::is_log;
use super::again::Again;
use super::again::is_held;
use super::again::locks_once;
use crate::code::Function;
use crate::code::Package;
use crate::code::call_name;
use crate::code::statement_of;
use crate::code::statements;
use crate::confirm::locks::LockOp;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Gives each function that the holder of the lock calls, and that takes the lock, a twin without it, and lets the holder call that.
pub(super) fn split<'a>(package: &'a Package<'a>, again: &Again<'a>) -> Result<Draft, Refusal> {
    let holder = again.first.op.scope;
    let title = again.second.op.function.title();
    let mut draft = Draft::safe(
        format!("call {title} without its lock where the lock is held"),
        "the holder of the lock could only wait for itself there; all other callers lock as before",
    );
    let mut is_found = false;
    for lock in again.operations.iter().filter(|it| it.takes && it.is_direct) {
        let function = lock.op.function;
        let mut calls = package.calls_of(function);
        calls.retain(|(caller, call)| {
            call.function() == Some(holder) && is_held(package, again, lock, caller, *call)
        });
        if calls.is_empty() || function.node.contains(holder) {
            continue;
        }
        is_found |= lock.op.node == again.second.op.node;
        let name = twin(package, again, lock, &mut draft)?;
        for (_, call) in calls {
            let called = call.child(Field::Function).ok_or(Refusal::NoPlace)?;
            let called = called.child(Field::Selected).unwrap_or(called);
            let (start, end) = (called.start() as usize, called.end() as usize);
            draft.edits.replace_range(call.tree(), start, end, &name)?;
        }
    }
    if is_found { Ok(draft) } else { refuse(format!("the holder of the lock does not call {title} itself")) }
}

/// Makes a function one without the lock under a new name, and before it one of its name that locks and calls it. Returns the name.
fn twin<'a>(
    package: &'a Package<'a>,
    again: &Again<'a>,
    lock: &LockOp<'a>,
    draft: &mut Draft,
) -> Result<String, Refusal> {
    let function = lock.op.function;
    let (node, title) = (function.node, function.title());
    let own: Vec<&LockOp<'a>> = again.operations.iter().filter(|it| node.contains(it.op.node)).collect();
    let body = node.child(Field::Body).ok_or(Refusal::NoPlace)?;
    let all: Vec<Node<'a>> = statements(Some(body)).collect();
    let is_it = |statement: Option<&Node<'a>>, kind: Kind, op: &LockOp<'a>| {
        statement.is_some_and(|it| it.kind() == kind && call_of(*it) == Some(op.op.node))
    };
    let has_returns = node.own().any(|it| matches!(it.kind(), Kind::ReturnStatement | Kind::GotoStatement));
    let unlock = lock.unlock().unwrap_or_default();
    let is_whole = match own.as_slice() {
        [take, give] if take.op.node == lock.op.node && give.op.node.text() == unlock => {
            // What comes before the lock runs with it then: it only writes a line, or lets others run.
            let is_short = |call: Node<'_>| is_log(call) || call_name(call) == Some("runtime.Gosched");
            let before = all.iter().take_while(|it| call_of(**it).is_some_and(is_short)).count();
            is_it(all.get(before), Kind::ExpressionStatement, take)
                && (is_it(all.get(before + 1), Kind::DeferStatement, give)
                    || is_it(all.last(), Kind::ExpressionStatement, give) && !has_returns)
        }
        _ => false,
    };
    if !is_whole {
        return refuse(format!("{title} does not hold the lock from its start to its end"));
    }
    locks_once(package, again, function)?;
    let same = package.functions_named(function.name).iter().filter(|it| it.receiver == function.receiver);
    if same.count() > 1 {
        return refuse(format!("{title} is declared for several builds"));
    }
    let name = new_name(package, function)?;
    let mut arguments: Vec<String> = Vec::new();
    for parameter in node.child(Field::Parameters).into_iter().flat_map(Node::children) {
        let dots = if parameter.kind() == Kind::VariadicParameterDeclaration { "..." } else { "" };
        let before = arguments.len();
        arguments.extend(parameter.children_of(Field::Name).map(|it| format!("{}{dots}", it.text())));
        if arguments.len() == before || arguments.iter().any(|it| it.starts_with('_')) {
            return refuse(format!("a parameter of {title} has no name"));
        }
    }
    if node.child(Field::TypeParameters).is_some() {
        return refuse(format!("{title} has type parameters"));
    }
    let tree = node.tree();
    let header = tree.text().get(node.start() as usize..body.start() as usize).unwrap_or("");
    let returns = if node.child(Field::Result).is_some() { "return " } else { "" };
    let object = function.receiver_name.map_or(String::new(), |it| format!("{it}."));
    let lines = [
        format!("{}{{", header),
        format!("\t{}", lock.op.node.text()),
        format!("\tdefer {unlock}"),
        format!("\t{returns}{object}{name}({})", arguments.join(", ")),
        "}".to_owned(),
        String::new(),
        format!("// {name} is {} for callers that hold the lock.", function.name),
        String::new(),
    ];
    draft.edits.push(tree, node.start() as usize, node.start() as usize, &lines.join(line_end(tree)));
    let named = node.child(Field::Name).ok_or(Refusal::NoPlace)?;
    draft.edits.replace_range(tree, named.start() as usize, named.end() as usize, &name)?;
    let gone: Option<Vec<Node<'a>>> = own.iter().map(|it| statement_of(it.op.node)).collect();
    draft.edits.delete_all(&gone.ok_or(Refusal::NoPlace)?)?;
    Ok(name)
}

/// `sizeLocked` for `Size`, if nothing is called so.
fn new_name(package: &Package<'_>, function: &Function<'_>) -> Result<String, Refusal> {
    let initials = function.name.chars().take_while(|it| it.is_uppercase()).count();
    // Of `HTTPAddress` the `http` goes, of `Size` one letter.
    let lower = if initials > 1 && initials < function.name.len() { initials - 1 } else { initials };
    let (first, rest) = function.name.split_at_checked(lower).unwrap_or(("", function.name));
    let name = format!("{}{rest}Locked", first.to_lowercase());
    let is_used = package.files.iter().any(|it| {
        let mut nodes = it.tree.root().walk();
        nodes.any(|it| it.text() == name && it.nth(0).is_none())
    });
    if is_used { refuse(format!("`{name}` is a name already")) } else { Ok(name) }
}
