//! The object that a goroutine works for, and what makes it.

use rustc_hash::FxHashSet;

use super::ends::End;
use super::ends::EndKind;
use super::names;
use super::reach::Exported;
use super::reach::Search;
use super::reach::reached_from;
use super::step::Wait;
use crate::code::Package;
use crate::code::base_type;
use crate::code::result_types;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the types that hold one another.
const MAX_HOLDERS: usize = 3;

/// What makes an object, and what starts its goroutine.
#[derive(Clone, Debug, Default)]
pub(super) struct Makers<'a> {
    /// Exported functions that return the object, or that reach the `go` statement.
    pub(super) constructors: Vec<Exported<'a>>,
    /// Exported methods that reach the `go` statement.
    pub(super) starts: Vec<Exported<'a>>,
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
        let entry = wait.start().and_then(|it| package.function_of(it.callee)).and_then(|it| it.receiver);
        let starter = wait.start().and_then(|it| it.caller.receiver);
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
const ENDING: [&str; 21] = [
    "Abort",
    "Cancel",
    "Close",
    "Destroy",
    "Disconnect",
    "Dispose",
    "Drain",
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

/// The exported types that the wait is the likeliest to belong to: the type of the field that is waited for, and the receivers of the
/// goroutine's functions.
pub(super) fn preferred<'a>(
    package: &'a Package<'a>,
    wait: &Wait<'a>,
    field_owner: Option<&'a str>,
) -> Vec<&'a str> {
    let entry = wait.start().and_then(|it| package.function_of(it.callee)).and_then(|it| it.receiver);
    field_owner.into_iter().chain(entry).chain(wait.function.receiver).collect()
}

/// Whether a name says that a function, exported or not, ends an object.
pub(super) fn names_an_end(name: &str) -> bool {
    ENDING.iter().any(|word| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word)))
}

/// Bound of the functions that are named if none is named after the end.
const MAX_UNNAMED: usize = 3;

/// Leaves out functions that reach an operation, but in the course of other work: if one of them is named after the end of the object, the
/// others clean up after errors. A value is sent or received in the course of work too, and what is deferred is the end of a call, so
/// that there a name must say it.
pub(super) fn keep_those_that_end(ends: &mut [End<'_>], objects: &[&str], preferred: Vec<&str>) {
    let is_named = |it: &Exported<'_>| ENDING.iter().any(|word| it.function.name.starts_with(word));
    let mut told = ends.iter_mut().filter(|it| it.kind != EndKind::Given).collect::<Vec<_>>();
    let any = |told: &[&mut End<'_>], fits: &dyn Fn(&Exported<'_>) -> bool| {
        told.iter().any(|end| end.is_last && end.ended_by.iter().any(fits))
    };
    let has_named = any(&told, &is_named);
    for end in &mut told {
        let is_work = matches!(end.kind, EndKind::Send | EndKind::Receive | EndKind::Signal | EndKind::Done);
        let is_deferred = end.node.parent().is_some_and(|it| it.kind() == Kind::DeferStatement);
        if is_work || is_deferred || has_named || end.ended_by.len() > MAX_UNNAMED {
            end.ended_by.retain(is_named);
        }
    }
    let is_preferred = |it: &Exported<'_>| it.owner.is_some_and(|owner| preferred.contains(&owner));
    let is_of_type = |it: &Exported<'_>| it.owner.is_some();
    if any(&told, &is_preferred) {
        told.iter_mut().for_each(|end| end.ended_by.retain(is_preferred));
    } else if any(&told, &is_of_type) {
        // A function without a receiver ends an object of the package's own, unless it is given one.
        let fits = |it: &Exported<'_>| is_of_type(it) || takes_one_of(it, objects);
        told.iter_mut().for_each(|end| end.ended_by.retain(fits));
    }
}

fn takes_one_of(exported: &Exported<'_>, types: &[&str]) -> bool {
    let parameters = exported.function.node.child(Field::Parameters).into_iter().flat_map(Node::children);
    parameters.filter_map(|it| it.child(Field::Type)).filter_map(base_type).any(|it| types.contains(&it))
}

/// What makes objects of the types, and what starts the goroutine.
pub(super) fn makers<'a>(package: &'a Package<'a>, objects: &[&str], wait: &Wait<'a>) -> Makers<'a> {
    let mut makers = Makers::default();
    if let Some(step) = wait.start() {
        // The call of a go statement runs in place: its closure is not around it.
        let reached = |search| reached_from(package, step.caller, step.call, search).exported;
        makers.constructors.extend(reached(Search::All).into_iter().filter(|it| it.owner.is_none()));
        makers.starts.extend(reached(Search::Nearest).into_iter().filter(|it| it.owner.is_some()));
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
            makers.constructors.push(Exported {
                owner: function.receiver,
                name: names::of_function(package, function),
                function,
            });
        }
    }
    for list in [&mut makers.constructors, &mut makers.starts] {
        sort::by(list, |a, b| a.name.cmp(&b.name));
        list.dedup();
    }
    makers
}
