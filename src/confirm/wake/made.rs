//! Where the user's code makes an object, and whether it ends it.

use super::names;
use crate::code::Function;
use crate::code::Object;
use crate::code::OpKind;
use crate::code::Package;
use crate::code::Uses;
use crate::code::Workspace;
use crate::code::expressions;
use crate::code::may_name;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::PlacedGroup;
use crate::confirm::program::packages_of_program;
use crate::diagnose::Construction;
use crate::golang::package_and_rest;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the calls that are kept.
const MAX_CALLS: usize = 20;

/// What is asked for.
pub(super) struct Made<'n> {
    /// The functions that make such objects, as a profile names them.
    pub(super) constructors: Vec<&'n str>,
    /// The last names of the methods that end one.
    pub(super) ends: Vec<&'n str>,
}

/// Where the user's code makes an object.
#[derive(Clone, Debug, Default)]
pub(super) struct MadeAt {
    /// What the profile states first, then the calls of constructors in the user's sources, those first that are never ended.
    pub(super) places: Vec<Construction>,
    /// The constructors that the user's sources call, by their index in [`Made::constructors`].
    pub(super) called: Vec<usize>,
}

/// Where the user's code makes an object.
pub(super) fn made_at<'a>(
    workspace: &Workspace<'a>,
    groups: &[PlacedGroup<'a>],
    group: &ObservedGroup,
    made: &Made<'_>,
) -> MadeAt {
    let mut called = Vec::new();
    let mut found = Vec::new();
    let mut ranked = Vec::new();
    for (index, constructor) in made.constructors.iter().enumerate() {
        let (path, name) = package_and_rest(constructor);
        let name = name.strip_suffix("[...]").unwrap_or(name);
        // A method of a factory is called on an object of which names do not tell the type.
        if name.contains(['.', '(']) || path.is_empty() {
            continue;
        }
        let (packages, _) = packages_of_program(workspace, groups, |text| may_name(text, path, name));
        for package in packages {
            for function in &package.functions {
                let calls = function.index().calls(name).iter();
                for call in calls.filter(|it| is_of(package, function, **it, path)) {
                    ranked.push(construction(package, function, *call, &made.ends));
                    called.push(index);
                }
            }
        }
    }
    // Not ended, not known, ended.
    sort::by(&mut ranked, |a: &Construction, b| {
        let rank = |it: &Construction| it.is_ended.map_or(1, |it| if it { 2 } else { 0 });
        (rank(a), &a.file, a.line).cmp(&(rank(b), &b.file, b.line))
    });
    for frame in &group.makers {
        let same =
            |it: &Construction| it.function == frame.function && (it.line == frame.line || frame.line == 0);
        let stated = match ranked.iter().position(same) {
            Some(at) => ranked.remove(at),
            None => Construction {
                function: frame.function.clone(),
                file: frame.file.clone(),
                line: frame.line,
                is_ended: None,
            },
        };
        if !found.contains(&stated) {
            found.push(stated);
        }
    }
    found.extend(ranked);
    found.dedup();
    found.truncate(MAX_CALLS);
    called.dedup();
    MadeAt { places: found, called }
}

/// Whether a call names a function of an imported package.
fn is_of<'a>(package: &Package<'a>, function: &'a Function<'a>, call: Node<'a>, path: &str) -> bool {
    let Some(mut called) = call.child(Field::Function) else { return false };
    if matches!(called.kind(), Kind::IndexExpression | Kind::TypeInstantiationExpression) {
        let Some(inner) = called.nth(0) else { return false };
        called = inner;
    }
    matches!(package.object(function, called), Object::Extern { import, .. } if import == path)
}

/// A call that makes an object, and whether one of the methods ends it.
pub(super) fn construction<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    ends: &[&str],
) -> Construction {
    let scope = call.function().unwrap_or(function.node);
    Construction {
        function: names::of_scope(package, function, scope)
            .unwrap_or_else(|| names::of_function(package, function)),
        file: function.file.path().to_owned(),
        line: call.line(),
        is_ended: is_ended(package, function, call, ends),
    }
}

/// Whether one of the methods is called on what a call makes; `None` if it gets away, so that others may call it.
fn is_ended<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
    ends: &[&str],
) -> Option<bool> {
    if ends.is_empty() {
        return None;
    }
    let parent = call.parent()?;
    let target = match parent.kind() {
        Kind::ExpressionList => {
            let statement = parent.parent()?;
            match statement.kind() {
                Kind::ShortVarDeclaration | Kind::AssignmentStatement => {
                    let place = parent.children().position(|it| it == call)?;
                    expressions(statement.child(Field::Left)).get(place).copied()
                }
                Kind::VarSpec => statement.children_of(Field::Name).next(),
                _ => return None,
            }
        }
        Kind::KeyedElement | Kind::LiteralElement => return None,
        // `cron.New().Start()`: nothing keeps it.
        Kind::ExpressionStatement | Kind::SelectorExpression => return Some(false),
        _ => return None,
    }?;
    if target.text() == "_" {
        return Some(false);
    }
    let declared = package.declarations(function).iter().find(|it| it.at == target);
    let object = match declared {
        Some(it) => Object::Local { file: function.file.path(), at: it.at.start(), name: it.name },
        None => package.object(function, target),
    };
    if matches!(object, Object::Expression(_) | Object::AnyField(_) | Object::Extern { .. }) {
        return None;
    }
    let uses = Uses::forward(package, &[object]);
    let is_end = |kind: OpKind<'a>| matches!(kind, OpKind::Method(name) if ends.contains(&name));
    if !uses.of(is_end).is_empty() {
        return Some(true);
    }
    uses.is_closed_world().then_some(false)
}
