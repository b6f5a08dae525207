//! HTTP responses whose body is neither closed nor read to the end.

use super::clients::is_client;
use super::clients::request_of;
use super::clients::timeout_of;
use super::contexts::Ending;
use super::contexts::ending_of;
use super::fate::Closing;
use super::fate::Fate;
use super::library::Library;
use super::obtained::Obtained;
use super::obtained::called_import;
use super::obtained::operand;
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
use crate::code::result_types;
use crate::confirm::said::Said;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

const CAUSE: &str = "unclosed-body";

const CLOSING: Closing<'static> = Closing { field: "Body", methods: &["Close"], family: "" };

/// Goroutines of HTTP client connections whose response is still being read.
pub(super) fn unclosed_bodies(library: &Library<'_, '_>) -> Vec<Said> {
    // Who reads a body now, in this profile, has not forgotten it.
    let readers = library.count_in("net/http.(*bodyEOFSignal).Read")
        + library.count_in("net/http.http2transportResponseBody.Read")
        + library.count_in("net/http/internal/http2.transportResponseBody.Read");
    if readers * 2 > library.group.count {
        return vec![Said::contradicted(
            CAUSE,
            format!("{readers} goroutines of this profile are reading such bodies: they are not forgotten"),
        )];
    }
    let (packages, is_complete) = program(library, |text| text.contains("net/http\""));
    let sites = packages.iter().flat_map(|package| sites(package)).collect();
    judge(library, sites, is_complete)
}

/// The calls of a package that leave the body of a response open.
pub(super) fn sites<'a>(package: &'a Package<'a>) -> Vec<Site<'a>> {
    let mut sites = Vec::new();
    for function in &package.functions {
        if !function.file.imports("net/http") {
            continue;
        }
        for obtained in Obtained::all(package, function, |_| true) {
            if !obtained.runs_once() && gives_response(&obtained) {
                sites.extend(site(&obtained));
            }
        }
    }
    sites
}

fn site<'a>(obtained: &Obtained<'a>) -> Option<Site<'a>> {
    let call = obtained.call;
    let who = title(obtained);
    let is_bounded = ends_by_itself(obtained);
    if obtained.is_dropped(0) {
        let said = Said::confirmed(
            CAUSE,
            format!("{who} throws away the response of {}: its body cannot be closed", at(call)),
        );
        let said = said
            .with("requested", call)
            .advising(format!("keep the response of {} and close its body", at(call)));
        return Some(Site::new(obtained, said).bounded(is_bounded));
    }
    let name = obtained.local(0)?;
    let (how, fate) =
        left_open(obtained, name, CLOSING, |fate, node| reads_to_the_end(fate, obtained, node))?;
    let text = name.text();
    let place = at(call);
    let said = match how {
        LeftOpen::Never => {
            let told =
                Said::confirmed(CAUSE, format!("{who} gets `{text}` at {place} and never closes its body"));
            // Without any use of it nothing shows that it is a response with a body.
            (!fate.uses.is_empty() || is_sure(obtained)).then_some(())?;
            let advice = match obtained.error_check() {
                Some(_) => format!("`defer {text}.Body.Close()` after {}", after_check(obtained)),
                // Without a response there is no body: the error is looked at first.
                None => format!("close `{text}.Body` after {} if its error is nil", after_check(obtained)),
            };
            told.with("requested", call).advising(advice)
        }
        LeftOpen::AtExit { exits, closed } => {
            let exit = *exits.first()?;
            let where_ = then_at(exit, call);
            let told = Said::confirmed(
                CAUSE,
                format!("{who} gets `{text}` at {place}; {where_} returns without closing its body"),
            );
            let told = told.with("requested", call).with("returns with the body open", exit);
            let told = if let Some(closed) = closed { told.with("closed", closed) } else { told };
            told.advising(format!(
                "`defer {text}.Body.Close()` after {}, before {where_} returns",
                after_check(obtained)
            ))
        }
        LeftOpen::NotHandedOn { exits } => {
            let exit = *exits.first()?;
            let where_ = then_at(exit, call);
            let told = Said::confirmed(
                CAUSE,
                format!(
                    "{who} hands `{text}` of {place} on, but {where_} returns without it and without closing its body"
                ),
            );
            told.with("requested", call)
                .with("returns with the body open", exit)
                .advising(format!("close `{text}.Body` before {where_} returns"))
        }
        LeftOpen::DeferredInEndlessLoop { closed } => {
            let told = Said::confirmed(
                CAUSE,
                format!(
                    "{who} gets `{text}` at {place} in a loop that has no end; the deferred close of {} runs only when the function returns",
                    then_at(closed, call)
                ),
            );
            told.with("requested", call)
                .with("deferred", closed)
                .advising(format!("close `{text}.Body` in each round, without defer"))
        }
    };
    Some(Site::new(obtained, said).bounded(is_bounded))
}

/// `line 47`: where the usual error check ends, else where the call is.
pub(super) fn after_check(obtained: &Obtained<'_>) -> String {
    let line = obtained.error_check().map_or(obtained.statement.last_line(), Node::last_line);
    format!("line {line}")
}

/// Whether a call reads the body to its end: the connection goes back to the pool then, closed or not.
fn reads_to_the_end<'a>(fate: &Fate<'a>, obtained: &Obtained<'a>, node: Node<'a>) -> bool {
    if node.kind() != Kind::CallExpression || !fate.uses.contains(&node) {
        return false;
    }
    let Some((import, name)) = called_import(obtained.package, obtained.function, node) else { return false };
    match (import, name) {
        ("io" | "io/ioutil", "ReadAll") => is_body(arguments(node).next()),
        ("io", "Copy" | "CopyBuffer") => is_body(arguments(node).nth(1)),
        _ => false,
    }
}

fn is_body(node: Option<Node<'_>>) -> bool {
    node.is_some_and(|it| {
        it.kind() == Kind::Identifier
            || it.kind() == Kind::SelectorExpression
                && it.child(Field::Selected).is_some_and(|it| it.text() == "Body")
    })
}

/// Whether a call is known to give an `*http.Response`, whose body must be closed.
fn gives_response(obtained: &Obtained<'_>) -> bool {
    let Some(name) = called_name(obtained.call) else { return false };
    if is_head(obtained) {
        return false;
    }
    if is_sure(obtained) {
        return true;
    }
    // A client of unknown type: what is done with the result says that it is a response.
    let is_request = matches!(name, "Do" | "Get" | "Post" | "PostForm" | "RoundTrip" | "Perform" | "Send");
    let Some(local) = obtained.local(0).filter(|_| is_request && obtained.names.len() == 2) else {
        return false;
    };
    let has_type = operand(obtained.call)
        .and_then(|it| obtained.package.type_of(obtained.function, it))
        .is_some_and(|it| {
            !it.contains('.')
                && obtained.package.type_named(it).is_some_and(|(_, it)| it.kind() != Kind::InterfaceType)
        });
    let fields: Vec<&str> = fields_used(obtained.function, local);
    !has_type && (fields.contains(&"Body") || fields.contains(&"StatusCode"))
}

/// The fields that are read of a local.
fn fields_used<'a>(function: &'a Function<'a>, local: Node<'a>) -> Vec<&'a str> {
    let named = function.index().identifiers.get(local.text()).into_iter().flatten();
    let selectors = named.filter_map(|it| it.parent()).filter(|it| it.kind() == Kind::SelectorExpression);
    selectors.filter_map(|it| it.child(Field::Selected)).map(Node::text).collect()
}

/// Whether names tell that a call gives an `*http.Response`.
fn is_sure(obtained: &Obtained<'_>) -> bool {
    let (package, function, call) = (obtained.package, obtained.function, obtained.call);
    if let Some(callee) = package.callee(function, call) {
        let first = result_types(callee).first().copied();
        return callee.file.import("http") == Some("net/http")
            && first.is_some_and(|it| it.text() == "*http.Response");
    }
    if let Some((import, name)) = called_import(package, function, call) {
        return import == "net/http" && matches!(name, "Get" | "Post" | "PostForm");
    }
    let is_request = called_name(call).is_some_and(|it| matches!(it, "Do" | "Get" | "Post" | "PostForm"));
    is_request && operand(call).is_some_and(|it| is_client(package, function, it))
}

/// Whether a request asks for the header alone: its response has no body.
fn is_head(obtained: &Obtained<'_>) -> bool {
    let method = request_of(obtained).and_then(|request| {
        let named = matches!(called_name(request), Some("NewRequest" | "NewRequestWithContext"));
        let index = usize::from(called_name(request) == Some("NewRequestWithContext"));
        arguments(request).nth(index).filter(|_| named)
    });
    called_name(obtained.call) == Some("Head")
        || method.is_some_and(|it| matches!(it.text(), "\"HEAD\"" | "http.MethodHead"))
}

/// Whether the client's timeout or the request's context ends the exchange, body included.
fn ends_by_itself(obtained: &Obtained<'_>) -> bool {
    let has_timeout = operand(obtained.call)
        .is_some_and(|it| timeout_of(obtained.package, obtained.function, it) == Some(true));
    let context = request_of(obtained)
        .filter(|it| called_name(*it) == Some("NewRequestWithContext"))
        .and_then(|it| arguments(it).next());
    has_timeout
        || context.is_some_and(|it| ending_of(obtained.package, obtained.function, it) == Ending::Certain)
}
