//! The goroutines that a package starts, their waits, and what ends them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::EndKind;
use super::Ending;
use super::Exported;
use super::blocking::is_blocking;
use super::ends_of_wait;
use super::names;
use super::step::Step;
use super::step::Wait;
use crate::code::Arenas;
use crate::code::Function;
use crate::code::OwnPackages;
use crate::code::Package;
use crate::code::PackageKey;
use crate::code::PackageTexts;
use crate::code::SourceTexts;
use crate::code::SpawnKind;
use crate::code::Workspace;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::code::loops_around;
use crate::code::spawn_of;
use crate::model::BlockedOn;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the calls between the start of a goroutine and its wait.
const MAX_CALLS: usize = 4;

/// Bound of the functions of one goroutine.
const MAX_FUNCTIONS: usize = 60;

/// A wait of a goroutine that a package starts. All names are as in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourceFact {
    /// The function with which the goroutine starts.
    pub(crate) entry: String,
    /// The function that waits.
    pub(crate) waits_in: String,
    /// What it waits for.
    pub(crate) wait: BlockedOn,
    /// The exported types whose objects the goroutine works for.
    pub(crate) objects: Vec<String>,
    /// Exported functions that make such an object.
    pub(crate) constructors: Vec<String>,
    /// Exported methods that start the goroutine.
    pub(crate) starts: Vec<String>,
    /// The exported functions and methods that end the wait, and after which the function that waits is left.
    pub(crate) ends: Vec<String>,
    /// Exported functions whose caller ends it through a parameter, with its name: `(a.b/c.(*T).Run, ctx)`.
    pub(crate) given: Vec<(String, String)>,
    /// What happens when the wait ends: `close of done; cancel of ctx`.
    pub(crate) how: String,
    /// Whether the package shows that nothing ends it.
    pub(crate) is_endless: bool,
}

/// The waits of the goroutines that a package starts, sorted. Those of which nothing is known are left out. The files should be those of
/// one build: files for other systems declare the same functions again.
pub(crate) fn facts_of(texts: PackageTexts) -> Vec<SourceFact> {
    let arenas = Arenas::default();
    let workspace = Workspace::new(&arenas, &NoTexts);
    workspace.add(texts).map_or_else(Vec::new, facts)
}

/// Asks nobody for further packages.
struct NoTexts;

impl SourceTexts for NoTexts {
    fn package(&self, _: &str, _: &str) -> Option<PackageTexts> {
        None
    }

    fn own_packages(&self) -> OwnPackages {
        OwnPackages::default()
    }

    fn own_package(&self, _: &PackageKey) -> Option<PackageTexts> {
        None
    }
}

fn facts<'a>(package: &'a Package<'a>) -> Vec<SourceFact> {
    // Several operations of a function may wait for the same kind of thing: a profile distinguishes them by line only.
    let mut found: BTreeMap<(String, String, BlockedOn), Vec<Found<'a>>> = BTreeMap::new();
    for (entry, wait) in waits_of(package) {
        let Some(waits_in) = names::of_scope(package, wait.function, wait.scope) else { continue };
        let Some(ending) = ends_of_wait(package, &wait) else { continue };
        let is_in_endless_loop = is_in_endless_loop(wait.operation, wait.scope);
        let found_ending = Found { ending, is_in_endless_loop };
        found.entry((entry, waits_in, found_ending.ending.blocked_on)).or_default().push(found_ending);
    }
    found
        .into_iter()
        .filter_map(|((entry, waits_in, wait), endings)| fact(package, entry, waits_in, wait, &endings))
        .collect()
}

/// What ends one wait, and whether it is in a loop that nothing leaves.
struct Found<'a> {
    ending: Ending<'a>,
    is_in_endless_loop: bool,
}

impl Found<'_> {
    /// Whether the source shows that nothing ends the wait.
    fn is_endless(&self) -> bool {
        let is_channel = matches!(
            self.ending.blocked_on,
            BlockedOn::ChannelReceive | BlockedOn::ChannelSend | BlockedOn::Select | BlockedOn::EmptySelect
        );
        let has_end = self.ending.ends.iter().any(|it| it.is_last);
        is_channel && self.ending.is_whole && self.is_in_endless_loop && !has_end
    }
}

/// Whether an operation is in a loop without a condition, or is a range over a channel, and no statement of the loop leaves it.
fn is_in_endless_loop(operation: Node<'_>, scope: Node<'_>) -> bool {
    let own = operation.parent().filter(|_| operation.kind() == Kind::RangeClause);
    let Some(outermost) = loops_around(operation, Some(scope)).last().copied().or(own) else { return false };
    let body = outermost.child(Field::Body);
    let clause = outermost.children().find(|it| Some(*it) != body);
    let is_endless = clause.is_none() || clause == Some(operation);
    let leaves = |it: Node<'_>| {
        matches!(it.kind(), Kind::ReturnStatement | Kind::GotoStatement | Kind::BreakStatement)
            || it.kind() == Kind::CallExpression
                && call_name(it).is_some_and(|name| matches!(name, "panic" | "runtime.Goexit" | "os.Exit"))
    };
    is_endless && !outermost.own().any(leaves)
}

fn fact(
    package: &Package<'_>,
    entry: String,
    waits_in: String,
    wait: BlockedOn,
    endings: &[Found<'_>],
) -> Option<SourceFact> {
    let mut ends = BTreeSet::new();
    let mut given = BTreeSet::new();
    let mut how = BTreeSet::new();
    for end in endings.iter().flat_map(|it| &it.ending.ends).filter(|it| it.is_last) {
        let names = end.ended_by.iter().map(|it| it.name.clone());
        let object = &end.object;
        match end.kind {
            EndKind::Given => {
                how.insert(format!("end of {object}"));
                given.extend(names.map(|name| (name, object.clone())));
                continue;
            }
            EndKind::Close => how.insert(format!("close of {object}")),
            EndKind::Cancel => how.insert(format!("call of {object}")),
            EndKind::CloseInput => how.insert(format!("Close of {object}")),
            EndKind::Send => how.insert(format!("send on {object}")),
            EndKind::Receive => how.insert(format!("receive from {object}")),
            EndKind::Signal => how.insert(format!("signal of {object}")),
            EndKind::Done => how.insert(format!("Done of {object}")),
        };
        ends.extend(names);
    }
    let is_endless = !endings.is_empty() && endings.iter().all(Found::is_endless);
    if ends.is_empty() && given.is_empty() && !is_endless {
        return None;
    }
    let objects: BTreeSet<String> =
        endings.iter().flat_map(|it| &it.ending.objects).map(|it| names::of_type(package, it)).collect();
    let union = |list: for<'e, 'a> fn(&'e Ending<'a>) -> &'e Vec<Exported<'a>>| -> Vec<String> {
        let all: BTreeSet<&String> =
            endings.iter().map(|it| &it.ending).flat_map(list).map(|it| &it.name).collect();
        all.into_iter().cloned().collect()
    };
    Some(SourceFact {
        entry,
        waits_in,
        wait,
        objects: objects.into_iter().collect(),
        constructors: union(|it| &it.constructors),
        starts: union(|it| &it.starts),
        ends: ends.into_iter().collect(),
        given: given.into_iter().collect(),
        how: how.into_iter().collect::<Vec<_>>().join("; "),
        is_endless,
    })
}

/// The waits of the goroutines that a package starts, each with the name of the function with which the goroutine starts.
fn waits_of<'a>(package: &'a Package<'a>) -> Vec<(String, Wait<'a>)> {
    let mut found = Vec::new();
    for (starter, call, target) in starts_of(package) {
        let function =
            if target.kind() == Kind::FuncLiteral { Some(starter) } else { package.function_of(target) };
        let Some(function) = function else { continue };
        let Some(entry) = names::of_scope(package, function, target) else { continue };
        let mut walk = Walk { package, seen: FxHashSet::default(), found: Vec::new() };
        walk.enter(function, target, vec![Step { caller: starter, call, callee: target, is_start: true }]);
        found.extend(walk.found.into_iter().map(|wait| (entry.clone(), wait)));
    }
    found
}

/// The places that start a goroutine: the function that holds it, the call that is started, the function that it starts.
fn starts_of<'a>(package: &'a Package<'a>) -> Vec<(&'a Function<'a>, Node<'a>, Node<'a>)> {
    let mut found = Vec::new();
    for starter in &package.functions {
        for node in &starter.index().goes {
            let Some(call) = node.children().find(|it| it.kind() == Kind::CallExpression) else { continue };
            let literal = call.child(Field::Function).filter(|it| it.kind() == Kind::FuncLiteral);
            let target = literal.or_else(|| package.callee(starter, call).map(|it| it.node));
            found.extend(target.map(|target| (*starter, call, target)));
        }
        for name in ["Go", "GoWrapper"] {
            for call in starter.index().calls(name) {
                let target = arguments(*call).find_map(|it| started(package, starter, it));
                found.extend(target.map(|target| (*starter, *call, target)));
            }
        }
    }
    found
}

/// The function that is passed on to be started: a closure, or a method as a value.
fn started<'a>(package: &'a Package<'a>, holder: &'a Function<'a>, value: Node<'a>) -> Option<Node<'a>> {
    match value.kind() {
        Kind::FuncLiteral => Some(value),
        Kind::SelectorExpression => {
            let owner = package.type_of(holder, value.child(Field::Operand)?)?;
            package.method(owner, value.child(Field::Selected)?.text()).map(|it| it.node)
        }
        _ => None,
    }
}

/// Walks the functions that a goroutine runs.
struct Walk<'a> {
    package: &'a Package<'a>,
    seen: FxHashSet<Node<'a>>,
    found: Vec<Wait<'a>>,
}

impl<'a> Walk<'a> {
    fn enter(&mut self, function: &'a Function<'a>, scope: Node<'a>, path: Vec<Step<'a>>) {
        if self.seen.len() >= MAX_FUNCTIONS || !self.seen.insert(scope) || scope.is_broken() {
            return;
        }
        for node in scope.own() {
            match node.kind() {
                Kind::RangeClause if self.is_channel(function, node) => {
                    self.wait(function, scope, node, &path)
                }
                _ if is_blocking(node) => self.wait(function, scope, node, &path),
                _ => {}
            }
            if node.kind() == Kind::CallExpression && path.len() <= MAX_CALLS {
                self.enter_call(function, node, &path);
            }
        }
    }

    fn enter_call(&mut self, function: &'a Function<'a>, call: Node<'a>, path: &[Step<'a>]) {
        if call.parent().is_some_and(|it| it.kind() == Kind::GoStatement) {
            return;
        }
        let called = call.child(Field::Function).into_iter().filter(|it| it.kind() == Kind::FuncLiteral);
        let passed = arguments(call).filter(|it| {
            it.kind() == Kind::FuncLiteral
                && called_name(call) == Some("Do")
                && spawn_of(*it).is_some_and(|it| it.kind == SpawnKind::Argument)
        });
        for closure in called.chain(passed).collect::<Vec<_>>() {
            let step = Step { caller: function, call, callee: closure, is_start: false };
            self.enter(function, closure, path.iter().copied().chain([step]).collect());
        }
        if let Some(callee) = self.package.callee(function, call) {
            let step = Step { caller: function, call, callee: callee.node, is_start: false };
            self.enter(callee, callee.node, path.iter().copied().chain([step]).collect());
        }
    }

    fn wait(&mut self, function: &'a Function<'a>, scope: Node<'a>, operation: Node<'a>, path: &[Step<'a>]) {
        self.found.push(Wait { function, scope, operation, path: path.to_vec() });
    }

    /// Whether a range clause goes over a channel.
    fn is_channel(&self, function: &'a Function<'a>, range: Node<'a>) -> bool {
        let Some(right) = range.child(Field::Right) else { return false };
        self.package.type_node(function, right).is_some_and(|(_, it)| it.kind() == Kind::ChannelType)
    }
}
