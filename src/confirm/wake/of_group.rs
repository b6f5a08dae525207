//! What would end the wait of a group of a profile.

use super::Ending;
use super::Exported;
use super::blocking::is_read;
use super::ends::End;
use super::ends::EndKind;
use super::ends_of_wait;
use super::made::Made;
use super::made::MadeAt;
use super::made::made_at;
use super::names;
use super::owner;
use super::step::Step;
use super::step::Wait;
use crate::code::Function;
use crate::code::Origin;
use crate::code::Package;
use crate::code::Workspace;
use crate::code::base_type;
use crate::code::result_types;
use crate::confirm::group::ObservedFrame;
use crate::confirm::group::ObservedGroup;
use crate::confirm::place::FrameNode;
use crate::confirm::place::Place;
use crate::confirm::place::PlacedGroup;
use crate::confirm::place::frame_nodes;
use crate::confirm::place::functions_of;
use crate::confirm::place::package_of;
use crate::confirm::wait::own_wait;
use crate::diagnose::Wake;
use crate::golang;
use crate::golang::Owner;
use crate::libraries;
use crate::libraries::Asked;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the ends of one wait that are kept.
const MAX_ENDS: usize = 12;

/// What is read of the profile and of the source.
pub(crate) struct Wakes<'c, 'a> {
    /// The packages.
    pub(crate) workspace: &'c Workspace<'a>,
    /// The groups of the profile.
    pub(crate) groups: &'c [PlacedGroup<'a>],
}

impl<'a> Wakes<'_, 'a> {
    /// What would end the wait of a group, those first after which the goroutine goes on to its end. `place` is where it waits in the
    /// user's code.
    pub(crate) fn of_group(&self, group: &ObservedGroup, place: Option<&Place<'a>>) -> Vec<Wake> {
        let is_outside_go = |it: &ObservedFrame| {
            matches!(golang::owner(&it.function, &it.file), Owner::User | Owner::Dependency)
        };
        let Some(index) = group.stack.iter().position(is_outside_go) else { return Vec::new() };
        // Reading a large library takes a second: where no source of the user's is at hand, what is known of it must do.
        let is_own = |it: &PlacedGroup<'a>| it.place.is_some_and(|it| it.package.origin == Origin::Own);
        if !self.groups.iter().any(is_own) {
            let known = self.by_table(group, index);
            if !known.is_empty() {
                return known;
            }
        }
        let source = self.wait_at(group, index, place).and_then(|(package, wait)| {
            let ending = ends_of_wait(package, &wait)?;
            Some(self.by_source(package, &ending, group))
        });
        match source {
            Some(wakes) if !wakes.is_empty() => wakes,
            Some(_) | None => self.by_table(group, index),
        }
    }

    /// The operation that the frame at an index waits in, with the calls that lead to it as far as they are of the same package.
    fn wait_at(
        &self,
        group: &ObservedGroup,
        index: usize,
        place: Option<&Place<'a>>,
    ) -> Option<(&'a Package<'a>, Wait<'a>)> {
        let nodes = frame_nodes(self.workspace, group);
        let known = place.filter(|it| it.frame == index && it.operation.is_some());
        let (package, function, operation) = match known {
            Some(place) => (place.package, place.function, place.operation?),
            None => self.operation_at(group, index, &nodes)?,
        };
        let scope = operation.function().unwrap_or(function.node);
        let mut path: Vec<Step<'a>> = Vec::new();
        let mut callee = scope;
        let mut next = index + 1;
        while let Some(outer) = nodes.iter().find(|it| it.frame == next) {
            if !std::ptr::eq(outer.package, package) || outer.node.kind() != Kind::CallExpression {
                break;
            }
            path.push(Step { caller: outer.function, call: outer.node, callee, is_start: false });
            callee = outer.scope;
            next += 1;
        }
        let is_outermost =
            group.stack.get(next).is_none_or(|it| golang::owner(&it.function, &it.file) == Owner::Runtime);
        if is_outermost {
            path.extend(self.start(package, group, callee));
        }
        path.reverse();
        Some((package, Wait { function, scope, operation, path }))
    }

    /// The operation at the very line of a frame.
    fn operation_at(
        &self,
        group: &ObservedGroup,
        index: usize,
        nodes: &[FrameNode<'a>],
    ) -> Option<(&'a Package<'a>, &'a Function<'a>, Node<'a>)> {
        let frame = group.stack.get(index)?;
        let blocked_on = group.blocked_on?;
        if matches!(blocked_on, BlockedOn::Network | BlockedOn::Syscall) {
            let node = nodes.iter().find(|it| it.frame == index)?;
            let is_it = node.node.kind() == Kind::CallExpression && is_read(node.node);
            return is_it.then_some((node.package, node.function, node.node));
        }
        let operation = own_wait(blocked_on, group.stack.get(..index)?)?;
        let package = package_of(self.workspace, frame)?;
        let mut found = Vec::new();
        for (function, _) in functions_of(package, frame) {
            let on_line = |it: &Node<'a>| operation.is_at(*it) && it.line() == frame.line;
            found.extend(function.node.walk().filter(on_line).map(|node| (package, function, node)));
        }
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The call that starts a goroutine with a function: the one that the profile names, or the only one.
    fn start(&self, package: &'a Package<'a>, group: &ObservedGroup, callee: Node<'a>) -> Option<Step<'a>> {
        let stated = group.spawn_site.as_ref().filter(|it| it.line > 0);
        let starts_it = |starter: &'a Function<'a>, go: Node<'a>| {
            let call = go.children().find(|it| it.kind() == Kind::CallExpression)?;
            let is_literal = call.child(Field::Function) == Some(callee);
            let is_it = is_literal || package.callee(starter, call).is_some_and(|it| it.node == callee);
            is_it.then_some(Step { caller: starter, call, callee, is_start: true })
        };
        let mut found: Vec<Step<'a>> = Vec::new();
        for starter in &package.functions {
            let goes = starter.index().goes.iter();
            let here = goes.filter(|it| stated.is_none_or(|site| it.line() == site.line));
            found.extend(here.filter_map(|go| starts_it(starter, *go)));
        }
        match found.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    fn by_source(&self, package: &'a Package<'a>, ending: &Ending<'a>, group: &ObservedGroup) -> Vec<Wake> {
        let has_last = ending.ends.iter().any(|it| it.is_last);
        let ends = ending.ends.iter().filter(|it| it.is_last || !has_last);
        let mut wakes: Vec<Wake> = Vec::new();
        let last_names = ending.ends.iter().filter(|it| it.is_last).flat_map(|it| &it.ended_by);
        let made = Made {
            constructors: ending.constructors.iter().map(|it| it.name.as_str()).collect(),
            ends: last_names.map(|it| it.function.name).collect(),
        };
        let made_at = made_at(self.workspace, self.groups, group, &made);
        let objects = narrowed(package, ending, &made_at);
        let is_of_user = self.may_end(package, &made_at);
        for end in ends {
            let file = end.node.tree().path();
            let line = end.node.line();
            if wakes.len() >= MAX_ENDS || wakes.iter().any(|it| it.line == line && it.file == file) {
                continue;
            }
            wakes.push(Wake {
                operation: operation(end),
                file: file.to_owned(),
                line,
                ended_by: ended_by(package, end, &objects),
                object: match objects.as_slice() {
                    [only] if is_of_user && ends_object(end) => names::of_type(package, only),
                    _ => String::new(),
                },
                made_at: made_at.places.clone(),
                is_last: end.is_last,
                from_table: false,
            });
        }
        wakes
    }

    /// Whether the object can be one that the user's code has: not if other libraries alone can name its type, or make it.
    fn may_end(&self, package: &Package<'_>, made_at: &MadeAt) -> bool {
        let is_own = |package: &Package<'_>| package.origin == Origin::Own;
        let has_users_source = || self.groups.iter().any(|it| it.place.is_some_and(|it| is_own(it.package)));
        let is_internal = package.path.split('/').any(|element| element == "internal");
        is_own(package) || !is_internal && (!made_at.places.is_empty() || !has_users_source())
    }

    /// What the table of libraries knows.
    fn by_table(&self, group: &ObservedGroup, index: usize) -> Vec<Wake> {
        let Some(blocked_on) = group.blocked_on else { return Vec::new() };
        let outside = group
            .stack
            .iter()
            .filter(|it| matches!(golang::owner(&it.function, &it.file), Owner::User | Owner::Dependency));
        let frames: Vec<&str> = outside.map(|it| it.function.as_str()).collect();
        let file = group.stack.get(index).map_or("", |it| it.file.as_str());
        let facts = libraries::facts(&Asked { frames: &frames, file, blocked_on });
        let Some(fact) = facts.first() else { return Vec::new() };
        if fact.ends.is_empty() {
            return Vec::new();
        }
        let made = Made {
            constructors: fact.constructors.iter().map(String::as_str).collect(),
            ends: fact.ends.iter().filter_map(|it| it.rsplit('.').next()).collect(),
        };
        vec![Wake {
            operation: fact.how.to_owned(),
            file: String::new(),
            line: 0,
            ended_by: fact.ends.clone(),
            object: match fact.objects.as_slice() {
                [only] => only.clone(),
                _ => String::new(),
            },
            made_at: made_at(self.workspace, self.groups, group, &made).places,
            is_last: true,
            from_table: true,
        }]
    }
}

/// Whether a call of the functions that reach an end is what ends the object: not a function that comes there in the course of other work.
fn ends_object(end: &End<'_>) -> bool {
    !end.ended_by.is_empty() || owner::names_an_end(end.function.name)
}

fn operation(end: &End<'_>) -> String {
    match end.kind {
        EndKind::Given => format!("the end of {}, given to {}", end.object, end.function.title()),
        EndKind::Close
        | EndKind::Cancel
        | EndKind::CloseInput
        | EndKind::Send
        | EndKind::Receive
        | EndKind::Signal
        | EndKind::Done => end.operation.clone(),
    }
}

/// The exported calls that reach an end; in the user's code, where anything can be changed, the function that holds it if there is none.
fn ended_by<'a>(package: &'a Package<'a>, end: &End<'a>, objects: &[&str]) -> Vec<String> {
    if end.kind == EndKind::Given {
        return Vec::new();
    }
    let is_of = |it: &&Exported<'a>| it.owner.is_some_and(|owner| objects.contains(&owner));
    let has_some = end.ended_by.iter().any(|it| is_of(&it));
    let told = end.ended_by.iter().filter(|it| !has_some || is_of(it));
    let mut names: Vec<String> = told.map(|it| it.name.clone()).collect();
    if names.is_empty() && package.origin == Origin::Own {
        let scope = end.node.function().unwrap_or(end.function.node);
        names.extend(names::of_scope(package, end.function, scope));
    }
    names
}

/// The types of the object, without those that the user's code does not make.
fn narrowed<'a>(package: &'a Package<'a>, ending: &Ending<'a>, made_at: &MadeAt) -> Vec<&'a str> {
    let called = made_at.called.iter().filter_map(|it| ending.constructors.get(*it));
    let made: Vec<&str> = called.flat_map(|it| result_types(it.function)).filter_map(base_type).collect();
    let is_made = |it: &&str| made.contains(it);
    if package.origin == Origin::Own || !ending.objects.iter().any(is_made) {
        return ending.objects.clone();
    }
    ending.objects.iter().copied().filter(is_made).collect()
}
