//! A context at a node of a function.

use super::super::draft::Draft;
use super::super::edit::Edits;
use super::super::imports;
use super::super::places::is_named_in;
use super::super::refusal::Refusal;
use super::super::refusal::refuse;
use crate::code::Function;
use crate::code::Package;
use crate::code::arguments;
use crate::code::call_name;
use crate::code::called_name;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Bound of the functions that a context is handed through.
const MAX_HOPS: u32 = 4;

/// The name of the parameter that is added.
const NAME: &str = "ctx";

/// A context that a node can use after some edits.
pub(super) struct Context {
    /// The expression that names it.
    pub(super) name: String,
    /// The functions that get it as a new parameter, the innermost first: as a sentence has them, and by name.
    pub(super) handed_through: Vec<(String, String)>,
    /// What hands it down; none if it is in scope.
    pub(super) edits: Edits,
}

impl Context {
    /// Where it comes from, as the end of a sentence.
    pub(super) fn origin(&self) -> String {
        match self.handed_through.as_slice() {
            [] => format!("`{}` is in scope", self.name),
            through => {
                let titles: Vec<&str> = through.iter().map(|(title, _)| title.as_str()).collect();
                format!("`{}` is handed down from its callers to {}", self.name, titles.join(" and "))
            }
        }
    }

    /// Adds what hands it down to a patch that uses it.
    pub(super) fn add_to(self, draft: &mut Draft) {
        draft.changed.extend(self.handed_through.into_iter().map(|(_, name)| name));
        add_all(&mut draft.edits, self.edits);
    }
}

/// A context at a node: one in scope, or a new parameter that every caller hands its own to.
pub(super) fn context_at<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    at: Node<'a>,
) -> Result<Context, Refusal> {
    context_within(package, function, at, false, MAX_HOPS)
}

/// The same, where the new parameter takes the place of a variable that goes.
pub(super) fn context_instead<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    declared: Node<'a>,
) -> Result<Context, Refusal> {
    let same = package.declarations(function).iter().filter(|it| it.name == NAME);
    let is_only = same.count() == 1 && declared.text() == NAME;
    context_within(package, function, declared, is_only, MAX_HOPS)
}

fn context_within<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    at: Node<'a>,
    is_name_free: bool,
    hops: u32,
) -> Result<Context, Refusal> {
    if let Some(name) = in_scope(package, function, at) {
        return Ok(Context { name, handed_through: Vec::new(), edits: Edits::default() });
    }
    let (title, line) = (function.title(), at.line());
    let Some(hops) = hops.checked_sub(1) else {
        return refuse(format!("no context is in scope at line {line}, nor near its callers"));
    };
    let is_entry = function.receiver.is_none() && matches!(function.name, "main" | "init");
    if function.is_vars() || is_entry {
        return refuse(format!("no context is in scope at line {line}"));
    }
    if function.name.starts_with(char::is_uppercase) {
        return refuse(format!("no context is in scope at line {line}, and {title} is exported"));
    }
    let may_be_interface = function.receiver.is_some() && package.has_interface_method(function.name);
    if may_be_interface || package.is_value(function) {
        return refuse(format!("no context is in scope at line {line}, and {title} is used as a value"));
    }
    if !is_name_free && is_named_in(function.node, NAME) {
        return refuse(format!("`{NAME}` is another name in {title}"));
    }
    let calls = package.calls_of(function);
    if calls.is_empty() {
        return refuse(format!("no context is in scope at line {line}, and no call of {title} is seen"));
    }
    has_free_signature(package, function)?;
    let named = (title, function.name.to_owned());
    let mut context = Context { name: NAME.to_owned(), handed_through: vec![named], edits: Edits::default() };
    for (caller, call) in calls {
        if *caller == *function {
            return refuse(format!("line {} calls its own function", call.line()));
        }
        let given_at_once = arguments(call).next().is_some_and(|it| it.kind() == Kind::CallExpression);
        if arguments(call).count() == 1 && given_at_once && parameters_of(function).count() > 1 {
            return refuse(format!("line {} hands the results of a call on", call.line()));
        }
        let given = context_within(package, caller, call, false, hops)?;
        for title in given.handed_through {
            if !context.handed_through.contains(&title) {
                context.handed_through.push(title);
            }
        }
        add_all(&mut context.edits, given.edits);
        let list = call.child(Field::Arguments).ok_or(Refusal::NoPlace)?;
        insert_first(&mut context.edits, list, &given.name, arguments(call).next().is_none())?;
    }
    let parameters = function.node.child(Field::Parameters).ok_or(Refusal::NoPlace)?;
    let is_only = parameters.nth(0).is_none();
    insert_first(&mut context.edits, parameters, &format!("{NAME} context.Context"), is_only)?;
    imports::add(&mut context.edits, function.file, "context")?;
    Ok(context)
}

/// Adds edits that are not there yet.
fn add_all(edits: &mut Edits, more: Edits) {
    for edit in more.list {
        if !edits.list.contains(&edit) {
            edits.list.push(edit);
        }
    }
}

/// Refuses a function that something else than the calls which are seen depends on.
fn has_free_signature<'a>(package: &'a Package<'a>, function: &'a Function<'a>) -> Result<(), Refusal> {
    let (name, title) = (function.name, function.title());
    let same = package.functions_named(name).iter().filter(|it| it.receiver == function.receiver);
    if same.count() > 1 {
        return refuse(format!("{title} is declared for several builds"));
    }
    let text = function.file.tree.text();
    if ["//export ", "//go:linkname "].iter().any(|it| text.contains(&format!("{it}{name}"))) {
        return refuse(format!("{title} is called from outside of Go's own code"));
    }
    if parameters_of(function).any(|it| it.child(Field::Name).is_none()) {
        return refuse(format!("a parameter of {title} has no name"));
    }
    match package.unclear_call(function) {
        Some(unclear) => refuse(format!("line {} may call {title} too", unclear.line())),
        None => Ok(()),
    }
}

fn parameters_of<'a>(function: &Function<'a>) -> impl Iterator<Item = Node<'a>> {
    function.node.child(Field::Parameters).into_iter().flat_map(Node::children)
}

fn insert_first(edits: &mut Edits, list: Node<'_>, text: &str, is_only: bool) -> Result<(), Refusal> {
    if let Some(first) = list.nth(0).filter(|it| it.line() > list.line()) {
        return edits.before(first, &[format!("{text},")]);
    }
    let at = list.start() as usize + 1;
    let text = if is_only { text.to_owned() } else { format!("{text}, ") };
    edits.replace_range(list.tree(), at, at, &text)
}

/// The nearest context that is in scope at a node and may end, as an expression.
fn in_scope<'a>(package: &'a Package<'a>, function: &'a Function<'a>, at: Node<'a>) -> Option<String> {
    let declared = package.declarations(function).iter();
    let visible = declared.filter(|it| it.from <= at.start() && at.start() <= it.to && it.name != "_");
    let seen = visible
        .filter(|it| package.lookup(function, it.name, at.start()).is_some_and(|seen| seen.at == it.at));
    let named = seen.filter_map(|it| {
        let type_ = it.type_.map(Node::text);
        let value = it.value.filter(|_| it.index == 0);
        let derives = value
            .and_then(call_name)
            .is_some_and(|name| name.starts_with("context.With") && name != "context.WithoutCancel");
        let of_request =
            value.is_some_and(|it| called_name(it) == Some("Context") && arguments(it).next().is_none());
        match type_ {
            Some("context.Context") => Some((it.from, it.name.to_owned())),
            Some("*http.Request") => Some((it.from, format!("{}.Context()", it.name))),
            None if derives || of_request => Some((it.from, it.name.to_owned())),
            _ => None,
        }
    });
    // Of several of one function the first that is a context itself.
    named.max_by_key(|(from, name)| (*from, !name.ends_with("()"))).map(|(_, name)| name)
}

/// Whether a node is inside of something that `kind` is, below its function.
pub(super) fn is_in(node: Node<'_>, kind: Kind, scope: Node<'_>) -> bool {
    node.up(kind, Some(scope)).is_some()
}
