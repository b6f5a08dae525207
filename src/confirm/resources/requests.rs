//! Requests that wait for an answer: whether anything limits how long.

use super::clients::Making;
use super::clients::field_value;
use super::clients::is_assigned;
use super::clients::makings;
use super::clients::request_made;
use super::clients::sets;
use super::contexts::Ending;
use super::contexts::ending_of;
use super::obtained::called_import;
use super::obtained::operand;
use super::site::at;
use crate::code::Function;
use crate::code::Package;
use crate::code::arguments;
use crate::code::called_name;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::sort;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "http-client-without-timeout";

/// What limits a request.
enum Limit<'a> {
    /// Nothing. The sentence goes on with these words, and this node is evidence.
    Nothing(String, Option<Node<'a>>),
    /// This does.
    By(String, Node<'a>),
    /// It is not known.
    Unknown(String),
}

/// What is said of a call that waits for an answer.
pub(super) fn without_timeout<'a>(
    package: &'a Package<'a>,
    function: &'a Function<'a>,
    call: Node<'a>,
) -> Option<Said> {
    let line = call.line();
    let advice = format!(
        "give the request of line {line} a limit: a Timeout of its client, or http.NewRequestWithContext with a deadline"
    );
    Some(match limit(package, function, call)? {
        Limit::Nothing(how, node) => {
            let said = Said::confirmed(CAUSE, format!("line {line} asks {how}")).with("waits", call);
            let said = if let Some(node) = node { said.with("made", node) } else { said };
            said.advising(advice)
        }
        Limit::By(how, node) => Said::contradicted(CAUSE, format!("line {line} asks with a limit: {how}"))
            .with("waits", call)
            .with("limited", node),
        Limit::Unknown(how) => Said::undecided(CAUSE, format!("line {line} asks {how}")).with("waits", call),
    })
}

fn limit<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> Option<Limit<'a>> {
    let name = called_name(call)?;
    if !matches!(name, "Get" | "Post" | "PostForm" | "Head" | "Do" | "RoundTrip") {
        return None;
    }
    let is_package = called_import(package, function, call);
    let is_package = match is_package {
        Some(("net/http", "Get" | "Post" | "PostForm" | "Head")) => true,
        Some(_) => return None,
        None => false,
    };
    if !is_package && let Some(context) = context_of(package, function, call) {
        match ending_of(package, function, context) {
            Ending::Certain => {
                return Some(Limit::By(format!("its context `{}` ends", context.text()), context));
            }
            Ending::Unknown => {
                return Some(Limit::Unknown(format!(
                    "with the context `{}`: whether that ends is not seen",
                    context.text()
                )));
            }
            Ending::Never => {}
        }
    }
    // A default client or transport that the program changes has the limits that it is given.
    let changes_default = package.files.iter().any(|it| it.tree.text().contains("http.DefaultClient."));
    if is_package {
        return Some(if changes_default {
            Limit::Unknown("through http.DefaultClient, which the package changes".to_owned())
        } else {
            Limit::Nothing("through http.DefaultClient, which has no timeout".to_owned(), None)
        });
    }
    let client = operand(call)?;
    let unseen = || Limit::Unknown(format!("through `{}`, and not all that makes it is seen", client.text()));
    let request = request_made(package, function, call);
    if matches!(name, "Do" | "RoundTrip") && request.is_none() {
        return Some(Limit::Unknown("with a request that is made elsewhere".to_owned()));
    }
    let Some(makings) = makings(package, Some(function), client) else { return Some(unseen()) };
    let mut made = None;
    for making in makings {
        match making {
            Making::Default if changes_default => return Some(unseen()),
            Making::Default => {}
            Making::Literal(literal, holder) => {
                if sets(literal, "Timeout") {
                    return Some(Limit::By(format!("`{}` has a Timeout", client.text()), literal));
                }
                if limits_header(package, holder, literal) {
                    return Some(Limit::By(
                        format!("the transport of `{}` has a ResponseHeaderTimeout", client.text()),
                        literal,
                    ));
                }
                // The round tripper may be one of the user's, with a limit of its own.
                if has_unseen_transport(package, holder, literal) {
                    return Some(unseen());
                }
                made = Some(literal);
            }
        }
    }
    if is_assigned(package, "Timeout") || is_assigned(package, "ResponseHeaderTimeout") {
        return Some(unseen());
    }
    let own = "its request has no context that ends";
    Some(match made {
        Some(made) => Limit::Nothing(
            format!(
                "through `{}`, made at {} without a Timeout, and {own}",
                client.text(),
                line_in(made, call)
            ),
            Some(made),
        ),
        None => Limit::Nothing(format!("through http.DefaultClient, which has no timeout, and {own}"), None),
    })
}

/// The context of the request that a call sends; `None` if it has none.
fn context_of<'a>(package: &'a Package<'a>, function: &'a Function<'a>, call: Node<'a>) -> Option<Node<'a>> {
    let request = request_made(package, function, call)?;
    matches!(called_name(request), Some("NewRequestWithContext" | "WithContext"))
        .then(|| arguments(request).next())
        .flatten()
}

/// The transport in a client's literal, if it is a literal that is seen.
fn transport_of<'a>(
    package: &'a Package<'a>,
    holder: Option<&'a Function<'a>>,
    client: Node<'a>,
) -> Option<Vec<Making<'a>>> {
    makings(package, holder, field_value(client, "Transport")?)
}

/// Whether the transport of a client limits how long the header of an answer may take.
fn limits_header<'a>(package: &'a Package<'a>, holder: Option<&'a Function<'a>>, client: Node<'a>) -> bool {
    let transports = transport_of(package, holder, client).unwrap_or_default();
    transports
        .iter()
        .any(|it| matches!(it, Making::Literal(literal, _) if sets(*literal, "ResponseHeaderTimeout")))
}

fn has_unseen_transport<'a>(
    package: &'a Package<'a>,
    holder: Option<&'a Function<'a>>,
    client: Node<'a>,
) -> bool {
    let Some(value) = field_value(client, "Transport") else { return false };
    if matches!(value.text(), "nil" | "http.DefaultTransport") {
        return false;
    }
    let is_transport = |it: &Making<'a>| match it {
        Making::Literal(literal, _) => {
            literal.children().any(|it| it.text() == "http.Transport" || it.text() == "(http.Transport)")
        }
        Making::Default => false,
    };
    !transport_of(package, holder, client).is_some_and(|them| them.iter().all(is_transport))
}

/// The reverse proxies of a program, for a group that waits in one.
pub(super) fn proxies<'a>(
    packages: &[&'a Package<'a>],
) -> Vec<(&'a Package<'a>, &'a Function<'a>, Node<'a>)> {
    let mut found = Vec::new();
    for package in packages {
        for function in &package.functions {
            let Some(name) = function
                .file
                .imports("net/http/httputil")
                .then(|| function.file.import("httputil").map_or("", |_| "httputil"))
            else {
                continue;
            };
            let index = function.index();
            let literals = index.literals.iter().filter(|it| {
                it.child(crate::syntax::Field::Type)
                    .is_some_and(|it| it.text() == format!("{name}.ReverseProxy"))
            });
            let calls = index.calls("NewSingleHostReverseProxy");
            found.extend(literals.chain(calls).map(|it| (*package, *function, *it)));
        }
    }
    sort::by_key(&mut found, |(package, _, node)| (package.path.clone(), node.tree().path(), node.start()));
    found
}

/// What is said of the reverse proxies of a program, one of which waits for its backend.
pub(super) fn proxy_without_timeout<'a>(packages: &[&'a Package<'a>], is_complete: bool) -> Vec<Said> {
    let proxies = proxies(packages);
    let mut unlimited = Vec::new();
    for (package, function, node) in &proxies {
        if is_assigned(package, "ResponseHeaderTimeout") || is_assigned(package, "Transport") {
            continue;
        }
        let limits = |it: &Making<'_>| matches!(it, Making::Literal(literal, _) if sets(*literal, "ResponseHeaderTimeout"));
        let is_unlimited = match (node.kind(), field_value(*node, "Transport")) {
            (Kind::CompositeLiteral, Some(value)) if value.text() != "http.DefaultTransport" => {
                makings(package, Some(function), value).is_some_and(|them| {
                    them.iter().all(|it| matches!(it, Making::Literal(..)) && !limits(it))
                })
            }
            _ => true,
        };
        if is_unlimited {
            unlimited.push(*node);
        }
    }
    let changes_default = packages
        .iter()
        .any(|package| package.files.iter().any(|it| it.tree.text().contains("http.DefaultTransport.(")));
    if unlimited.is_empty() || changes_default {
        return Vec::new();
    }
    let is_all = is_complete && unlimited.len() == proxies.len();
    let told = |node: &Node<'_>| {
        let sentence = format!(
            "the reverse proxy of {} waits for its backend without a limit: its transport has no ResponseHeaderTimeout",
            at(*node)
        );
        let said = if is_all { Said::confirmed(CAUSE, sentence) } else { Said::candidate(CAUSE, sentence) };
        said.with("made", *node)
            .advising(format!("give the proxy of {} a Transport with a ResponseHeaderTimeout", at(*node)))
    };
    match unlimited.as_slice() {
        [_] => unlimited.iter().map(told).collect(),
        [first, ..] if is_all => {
            let mut said = told(first);
            said.sentence = format!(
                "none of the {} reverse proxies of the program limits how long it waits for its backend; the first is made at {}",
                unlimited.len(),
                at(*first)
            );
            vec![unlimited.iter().skip(1).fold(said, |said, node| said.with("made", *node))]
        }
        _ => unlimited.iter().map(told).collect(),
    }
}
