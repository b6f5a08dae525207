//! The object that a goroutine works for, and what makes it.

use rustc_hash::FxHashSet;

use super::ends::EndKind;
use super::names;
use super::reach::Exported;
use super::reach::reached_from;
use super::step::Wait;
use crate::code::Package;
use crate::code::base_type;
use crate::code::result_types;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the types that hold one another.
const MAX_HOLDERS: usize = 3;

/// What makes an object, and what starts its goroutine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Makers {
    /// Exported functions that return the object, or that reach the `go` statement.
    pub(super) constructors: Vec<String>,
    /// Exported methods that reach the `go` statement.
    pub(super) starts: Vec<String>,
}

/// The exported types that a wait belongs to, sorted: those whose methods end it, else those that hold the type of the goroutine.
pub(super) fn objects_of<'a>(
    package: &'a Package<'a>,
    ended_by: &[&Exported<'a>],
    wait: &Wait<'a>,
    field_owner: Option<&'a str>,
) -> Vec<&'a str> {
    let mut owners: Vec<&'a str> = ended_by.iter().filter_map(|it| it.owner).collect();
    if owners.is_empty() {
        let entry =
            wait.path.first().and_then(|it| package.function_of(it.callee)).and_then(|it| it.receiver);
        let starter = wait.path.first().and_then(|it| it.caller.receiver);
        let inner = field_owner.or(entry).or(starter).or(wait.function.receiver);
        owners = inner.map_or_else(Vec::new, |it| holders(package, it));
    }
    owners.sort_unstable();
    owners.dedup();
    owners
}

/// The exported types that hold a type: itself, or the nearest ones that have it in a field.
fn holders<'a>(package: &'a Package<'a>, inner: &'a str) -> Vec<&'a str> {
    let is_exported = |it: &&str| it.starts_with(char::is_uppercase);
    let mut types = vec![inner];
    let mut seen: FxHashSet<&str> = FxHashSet::default();
    for _ in 0..=MAX_HOLDERS {
        let exported: Vec<&'a str> = types.iter().copied().filter(is_exported).collect();
        if !exported.is_empty() {
            return exported;
        }
        seen.extend(types.iter().copied());
        let all = package.type_names();
        let holds = |owner: &&&'a str| {
            package.fields_of(owner).any(|field| {
                let named = field.type_.into_iter().flat_map(|it| it.walk());
                named.filter(|it| it.kind() == Kind::TypeIdentifier).any(|it| types.contains(&it.text()))
            })
        };
        types = all.iter().filter(holds).copied().filter(|it| !seen.contains(it)).collect();
    }
    Vec::new()
}

/// First words of names of methods that end an object.
const ENDING: [&str; 22] = [
    "Abort",
    "Cancel",
    "Close",
    "Destroy",
    "Disconnect",
    "Dispose",
    "Drain",
    "End",
    "Exit",
    "Finalize",
    "Finish",
    "Free",
    "Halt",
    "Kill",
    "Purge",
    "Quit",
    "Release",
    "ShutDown",
    "Shutdown",
    "Stop",
    "Terminate",
    "Unsubscribe",
];

/// Leaves out functions that reach the operation, but in the course of other work: if one of the methods is named after the end of the
/// object, the others clean up after errors. A value is sent or received in the course of work too, so that there a name must say it.
pub(super) fn keep_those_that_end(exported: &mut Vec<Exported<'_>>, kind: EndKind, objects: &[&str]) {
    let ends = |it: &Exported<'_>| ENDING.iter().any(|word| it.function.name.starts_with(word));
    let is_work = matches!(kind, EndKind::Send | EndKind::Receive | EndKind::Signal | EndKind::Done);
    if is_work || exported.iter().any(ends) {
        exported.retain(ends);
    }
    // A function that ends an object of the package's own.
    if exported.iter().any(|it| it.owner.is_some()) {
        exported.retain(|it| it.owner.is_some() || takes_one_of(it, objects));
    }
}

fn takes_one_of(exported: &Exported<'_>, types: &[&str]) -> bool {
    let parameters = exported.function.node.child(Field::Parameters).into_iter().flat_map(Node::children);
    parameters.filter_map(|it| it.child(Field::Type)).filter_map(base_type).any(|it| types.contains(&it))
}

/// What makes objects of the types, and what starts the goroutine.
pub(super) fn makers<'a>(package: &'a Package<'a>, objects: &[&str], wait: &Wait<'a>) -> Makers {
    let mut makers = Makers::default();
    if let Some(step) = wait.path.first() {
        // The call of a go statement runs where it stands: its closure is not around it.
        for exported in reached_from(package, step.caller, step.call).exported {
            match exported.owner {
                None => makers.constructors.push(exported.name),
                Some(_) => makers.starts.push(exported.name),
            }
        }
    }
    // An interface is returned by those too that make another object.
    let has_some = !makers.constructors.is_empty();
    let types: Vec<&str> =
        objects.iter().copied().filter(|it| !has_some || !names::is_interface(package, it)).collect();
    let is_object = |it: &str| types.contains(&it);
    for function in package.functions.iter().filter(|it| it.is_exported()) {
        let returns = function.receiver.is_none()
            && result_types(function).into_iter().filter_map(base_type).any(is_object);
        let makes = !function.receiver.is_some_and(is_object)
            && function
                .index()
                .literals
                .iter()
                .any(|it| it.child(Field::Type).and_then(base_type).is_some_and(is_object));
        if returns || makes {
            makers.constructors.push(names::of_function(package, function));
        }
    }
    for list in [&mut makers.constructors, &mut makers.starts] {
        list.sort_unstable();
        list.dedup();
    }
    makers
}
