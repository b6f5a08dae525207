//! Objects of a library that own a goroutine, made for each call and ended by nothing.

use std::collections::BTreeSet;

use super::contexts::Ending;
use super::contexts::ending_of;
use super::fate::Closing;
use super::fate::Fate;
use super::fate::Leaving;
use super::fate::fate;
use super::library::Library;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::open::LeftOpen;
use super::open::left_open;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use super::site::then_at;
use super::site::title;
use crate::code::Function;
use crate::code::Package;
use crate::code::arguments;
use crate::code::called_name;
use crate::confirm::said::Said;
use crate::golang::Owner;
use crate::golang::owner;
use crate::golang::package;
use crate::libraries::Asked;
use crate::libraries::LibraryFact;
use crate::libraries::facts;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The causes of which this is the mechanism. The first is said if the profile suggests none of them.
const CAUSES: [&str; 4] = ["missing-close", "client-per-request", "unclosed-watcher", "unstopped-ticker"];

/// How functions that make an object are named.
const MAKERS: [&str; 9] = ["New", "Dial", "Open", "Connect", "Create", "Make", "Must", "Watch", "Subscribe"];

/// How methods that end an object are named.
const ENDS: [&str; 20] = [
    "Close",
    "Stop",
    "Shutdown",
    "ShutDown",
    "ShutdownWithDrain",
    "ShutDownWithDrain",
    "Release",
    "ReleaseTimeout",
    "Disconnect",
    "Terminate",
    "Destroy",
    "Dispose",
    "Drain",
    "Quit",
    "Free",
    "Cancel",
    "Unsubscribe",
    "GracefulStop",
    "CloseNow",
    "CloseWithError",
];

/// Bound of the functions of the user's that hand a new object back.
const MAX_HOPS: u32 = 3;

/// Goroutines of a library of which none of the other checks knows the cause.
pub(super) fn unended_objects(library: &Library<'_, '_>) -> Vec<Said> {
    let outside = |it: &&crate::confirm::group::ObservedFrame| {
        !matches!(owner(&it.function, &it.file), Owner::Runtime | Owner::Standard)
    };
    let frames: Vec<_> = library.group.stack.iter().filter(outside).collect();
    let (Some(first), Some(blocked_on)) = (frames.first(), library.group.blocked_on) else {
        return Vec::new();
    };
    // The user's own frame is what waits: other checks look there.
    if frames.iter().any(|it| owner(&it.function, &it.file) == Owner::User) {
        return Vec::new();
    }
    let names: Vec<&str> = frames.iter().map(|it| it.function.as_str()).collect();
    let known = facts(&Asked { frames: &names, file: &first.file, blocked_on });
    let suggested = CAUSES.iter().copied().find(|it| library.cause() == *it);
    // Without a rule and without a fact nothing says that the goroutine ends with its object.
    if suggested.is_none() && known.iter().all(|it| it.ends.is_empty()) {
        return Vec::new();
    }
    let wanted = Wanted::new(family(package(&first.function)), &known);
    let cause = suggested.unwrap_or("missing-close");
    let (packages, is_complete) = program(library, |text| text.contains(wanted.family));
    let mut sites: Vec<Site<'_>> = Vec::new();
    for package in packages {
        for function in &package.functions {
            for obtained in made_by(package, function, &wanted, MAX_HOPS) {
                sites.extend(site(&obtained, &wanted, cause));
            }
        }
    }
    // An object that is made from another one in the same function goes with it.
    sort::by_key(&mut sites, |it| (it.scope.tree().path(), it.scope.start()));
    sites.dedup_by(|later, first| later.scope == first.scope);
    judge(library, sites, is_complete)
}

/// What makes and ends objects of a library.
struct Wanted<'f> {
    /// The beginning of the import paths that belong together: `github.com/pion/`.
    family: &'f str,
    /// Functions that make such an object: import path and name.
    constructors: BTreeSet<(String, String)>,
    /// Methods that end it.
    ends: Vec<&'f str>,
    /// The method that ends it by the table; `None` if the table knows none.
    end: Option<&'f str>,
}

impl<'f> Wanted<'f> {
    fn new(family: &'f str, known: &'f [LibraryFact]) -> Self {
        let split = |name: &str| {
            let (path, rest) = crate::golang::package_and_rest(name);
            (path.to_owned(), rest.to_owned())
        };
        let last = |name: &'f String| name.rsplit('.').next().unwrap_or("");
        let ends: BTreeSet<&str> = known.iter().flat_map(|it| &it.ends).map(last).chain(ENDS).collect();
        Wanted {
            family,
            constructors: known.iter().flat_map(|it| &it.constructors).map(|it| split(it)).collect(),
            end: known.iter().flat_map(|it| &it.ends).map(last).next(),
            ends: ends.into_iter().collect(),
        }
    }

    fn closing(&self) -> Closing<'_> {
        Closing { field: "", methods: &self.ends, family: self.family }
    }

    /// Whether a call makes such an object, by the table or by its name.
    fn is_made_by<'a>(&self, package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
        let Some((import, name)) = called_import(package, function, call) else {
            return self.family == "k8s.io/" && gives_watch(package, function, call);
        };
        let is_named = MAKERS.iter().any(|it| name.starts_with(it)) && !is_part(name);
        self.constructors.contains(&(import.to_owned(), name.to_owned()))
            || import.starts_with(self.family) && is_named
    }
}

/// Whether a call of a method gives a watch of Kubernetes: it is named so, and what it gives is used as nothing else is. Of what type the object
/// of the method is, names do not tell.
fn gives_watch<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> bool {
    let local = Obtained::of(package, function, call).and_then(|it| it.local(0));
    let named = local.and_then(|it| function.index().identifiers.get(it.text()));
    let mut selected = named.into_iter().flatten().filter_map(|it| it.parent()?.child(Field::Selected));
    called_name(call) == Some("Watch") && selected.any(|it| it.text() == "ResultChan")
}

/// Whether a function makes a description of something and not the thing: `NewConfig`, `NewOptions`.
fn is_part(name: &str) -> bool {
    // `NewQueueWithConfig` makes a queue.
    let name = name.split("With").next().unwrap_or(name);
    [
        "Config",
        "Options",
        "Option",
        "Opts",
        "Settings",
        "Params",
        "Builder",
        "Encoder",
        "Error",
        "Core",
        "Credentials",
        "Limiter",
    ]
    .iter()
    .any(|it| name.ends_with(it))
}

/// The import paths that belong to the library of a package: those of the same owner on a host, of the same module elsewhere.
fn family(package: &str) -> &str {
    let parts = if package.starts_with("github.com/") || package.starts_with("gitlab.com/") { 2 } else { 1 };
    let end = package
        .match_indices('/')
        .nth(parts - 1 + usize::from(package.starts_with("gopkg.in/") || package.starts_with("golang.org/")));
    match end {
        Some((end, _)) => package.get(..=end).unwrap_or(package),
        None => package,
    }
}

/// The calls of a function that give it such an object: of the library, or of the user's functions that hand one back.
fn made_by<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    wanted: &Wanted<'_>,
    hops: u32,
) -> Vec<Obtained<'a>> {
    let Some(hops) = hops.checked_sub(1) else { return Vec::new() };
    let mut calls: Vec<Node<'a>> = function.index().called.values().flatten().copied().collect();
    sort::by_key(&mut calls, |it| it.start());
    let makes = |call: &Node<'a>| {
        wanted.is_made_by(package, function, *call)
            || package.callee(function, *call).is_some_and(|callee| hands_back(package, callee, wanted, hops))
    };
    calls.into_iter().filter(makes).filter_map(|it| Obtained::of(package, function, it)).collect()
}

/// Whether a function of the user's makes such an object and returns it.
fn hands_back<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    wanted: &Wanted<'_>,
    hops: u32,
) -> bool {
    if hops == 0 || function.node.is_broken() {
        return false;
    }
    let returned = function.node.own().filter(|it| it.kind() == Kind::ReturnStatement);
    let mut values = returned.filter_map(|it| it.nth(0)).filter_map(|it| match it.kind() {
        Kind::ExpressionList => it.nth(0),
        _ => Some(it),
    });
    let is_direct =
        values.any(|it| it.kind() == Kind::CallExpression && wanted.is_made_by(package, function, it));
    is_direct
        || made_by(package, function, wanted, hops).iter().any(|it| {
            let local = it.local(0).filter(|_| it.scope == function.node);
            local.is_some_and(|name| {
                let fate = fate(it, name, wanted.closing());
                fate.closes.is_empty() && fate.leaves.iter().any(|(how, _)| *how == Leaving::Returned)
            })
        })
}

/// A place where an object is made and not ended.
fn site<'a>(obtained: &Obtained<'a>, wanted: &Wanted<'_>, cause: &'static str) -> Option<Site<'a>> {
    if obtained.runs_once() {
        return None;
    }
    let made = at(obtained.call);
    let maker = obtained.call.child(Field::Function).map_or("", Node::text);
    let who = title(obtained);
    let Some(name) = obtained.local(0) else {
        let is_lost = obtained.is_dropped(0) && !obtained.names.is_empty();
        return is_lost.then(|| {
            let said = Said::confirmed(
                cause,
                format!("{who} calls {maker} at {made} and throws away what it makes"),
            );
            Site::new(obtained, said.with("made", obtained.call))
        });
    };
    let (left, fate) = left_open(obtained, name, wanted.closing(), |_, _| false)?;
    // Of several methods that could end it, the one that the table or the code names.
    let end = end_of(wanted, &fate);
    let it = name.text();
    let (sentence, extra) = match &left {
        LeftOpen::Never => {
            let call = end.map_or(String::new(), |end| format!(": no call of {end}"));
            (format!("{who} makes `{it}` with {maker} at {made}, and nothing ends it{call}"), None)
        }
        LeftOpen::AtExit { exits, closed } => {
            let exit = exits.first().copied()?;
            let other = closed
                .map_or(String::new(), |it| format!(", unlike the path of {}", then_at(it, obtained.call)));
            (
                format!(
                    "{who} makes `{it}` with {maker} at {made} and leaves at {} without ending it{other}",
                    then_at(exit, obtained.call)
                ),
                Some(exit),
            )
        }
        LeftOpen::NotHandedOn { exits } => {
            let exit = exits.first().copied()?;
            (
                format!(
                    "{who} makes `{it}` with {maker} at {made}, and {} neither hands it on nor ends it",
                    then_at(exit, obtained.call)
                ),
                Some(exit),
            )
        }
        LeftOpen::DeferredInEndlessLoop { closed } => (
            format!(
                "{who} makes `{it}` with {maker} at {made} in a loop without an end, and ends it by the defer of {} only after the loop",
                then_at(*closed, obtained.call)
            ),
            Some(*closed),
        ),
    };
    let said = Said::confirmed(cause, sentence).with("made", obtained.call);
    let said = extra.map_or(said.clone(), |node| said.with("leaves", node));
    let close = end.map_or_else(|| "end it".to_owned(), |end| format!("`defer {it}.{end}()`"));
    let advice = match left {
        LeftOpen::Never => format!("{close} after {made}, or make `{it}` once and share it"),
        _ => format!("{close} after {made}"),
    };
    // A context that ends may end it, too.
    let is_bounded = arguments(obtained.call)
        .next()
        .is_some_and(|it| ending_of(obtained.package, obtained.function, it) == Ending::Certain);
    Some(Site::new(obtained, said.advising(advice)).bounded(is_bounded))
}

/// The method that ends an object: one that the code calls, or the first that the table has; `None` if neither is known.
fn end_of<'w>(wanted: &Wanted<'w>, fate: &Fate<'_>) -> Option<&'w str> {
    let called = fate.closes.iter().find_map(|it| called_name(*it));
    called.and_then(|name| wanted.ends.iter().copied().find(|it| *it == name)).or(wanted.end)
}
