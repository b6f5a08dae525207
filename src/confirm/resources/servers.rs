//! HTTP servers without a limit on how long a client may be silent.

use super::clients::is_assigned;
use super::clients::sets;
use super::library::Library;
use super::obtained::called_import;
use super::site::at;
use super::site::program;
use crate::code::Package;
use crate::confirm::place::package_of;
use crate::confirm::said::Said;
use crate::sort;
use crate::syntax::Field;
use crate::syntax::Node;

const CAUSE: &str = "no-deadline-io";

/// Fields of `http.Server` that end a wait for the header of a request.
const HEADER_LIMITS: [&str; 2] = ["ReadHeaderTimeout", "ReadTimeout"];

/// Fields that end a wait for the next request.
const IDLE_LIMITS: [&str; 2] = ["IdleTimeout", "ReadTimeout"];

/// Functions of `net/http` that serve without any limit.
const UNLIMITED: [&str; 4] = ["ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS"];

/// A server of the program.
struct Server<'a> {
    node: Node<'a>,
    has_limit: bool,
}

/// Goroutines of a server that wait for their clients to send.
pub(super) fn servers_without_timeout(library: &Library<'_, '_>) -> Vec<Said> {
    let reads_header = library.runs("net/http.(*conn).readRequest");
    let (limits, what) = if reads_header {
        (&HEADER_LIMITS, "neither a ReadHeaderTimeout nor a ReadTimeout")
    } else {
        (&IDLE_LIMITS, "neither an IdleTimeout nor a ReadTimeout")
    };
    let (packages, is_complete) = program(library, |text| text.contains("net/http\""));
    let servers: Vec<Server<'_>> = packages.iter().flat_map(|it| servers(it, limits)).collect();
    let open: Vec<Node<'_>> = servers.iter().filter(|it| !it.has_limit).map(|it| it.node).collect();
    let Some(first) = open.first() else { return Vec::new() };
    let field = limits.first().copied().unwrap_or_default();
    let advice = |node: Node<'_>| {
        format!("set {field} on the http.Server of {}, so that silent clients are cut off", at(node))
    };
    // An idle connection may also belong to a client that is still there and will use it again.
    let is_all = is_complete && reads_header && open.len() == servers.len();
    let named = named(library, &servers);
    let verdict = |sentence| Said::confirmed(CAUSE, sentence);
    let alone = match (open.as_slice(), named) {
        (_, Some(named)) if !named.has_limit && reads_header => Some(named.node),
        ([only], _) if is_all => Some(*only),
        _ => None,
    };
    if let Some(node) = alone {
        let sentence =
            format!("the server of {} has {what}: a client that sends nothing keeps its goroutine", at(node));
        return vec![verdict(sentence).with("made", node).advising(advice(node))];
    }
    if is_all {
        let sentence = format!(
            "none of the {} servers of the program has a limit for silent clients: {} has {what}",
            open.len(),
            at(*first)
        );
        let said = verdict(sentence).advising(advice(*first));
        return vec![open.iter().fold(said, |said, node| said.with("made", *node))];
    }
    let candidate = |node: &Node<'_>| {
        let sentence = format!("the server of {} has {what}", at(*node));
        Said::candidate(CAUSE, sentence).with("made", *node).advising(advice(*node))
    };
    open.iter().map(candidate).collect()
}

/// The server that the profile names as what started the goroutines.
fn named<'s, 'a>(library: &Library<'_, 'a>, servers: &'s [Server<'a>]) -> Option<&'s Server<'a>> {
    let frame = library.group.makers.iter().find(|it| !it.file.is_empty())?;
    let package = package_of(library.workspace, frame)?;
    let name = frame.file.rsplit(['/', '\\']).next()?;
    let file = package.files.iter().find(|it| it.name() == name)?;
    let mut here = servers.iter().filter(|it| std::ptr::eq(it.node.tree(), file.tree));
    match (here.next(), here.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn servers<'a>(package: &'a Package<'a>, limits: &[&str]) -> Vec<Server<'a>> {
    let mut found = Vec::new();
    let is_set_later = limits.iter().any(|it| is_assigned(package, it));
    for function in &package.functions {
        if function.file.import("http") != Some("net/http") || function.node.is_broken() {
            continue;
        }
        let index = function.index();
        for literal in &index.literals {
            if literal.child(Field::Type).is_some_and(|it| it.text() == "http.Server") {
                let has_limit = is_set_later || limits.iter().any(|it| sets(*literal, it));
                found.push(Server { node: *literal, has_limit });
            }
        }
        for call in UNLIMITED.iter().flat_map(|it| index.calls(it)) {
            if called_import(package, function, *call).is_some_and(|(import, _)| import == "net/http") {
                found.push(Server { node: *call, has_limit: false });
            }
        }
    }
    sort::by_key(&mut found, |it| (it.node.tree().path(), it.node.start()));
    found
}
