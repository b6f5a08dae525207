//! What a library's goroutines wait for, where the cause is in the user's code: bodies, rows, handles, contexts, commands, iterators, pipes
//! and connections that nothing closes or limits.
//!
//! The profile shows the mechanism. Which of several places in the source is behind it, it does not show: with one open place that is
//! confirmed; with several they are candidates, unless the profile names one of them.

mod bodies;
mod cancels;
mod clients;
mod commands;
mod contexts;
mod deadlines;
mod fate;
mod flights;
mod library;
mod limiters;
mod objects;
mod obtained;
mod open;
mod pipes;
mod place;
mod producers;
mod pulls;
mod requests;
mod semaphores;
mod servers;
mod site;
mod sql;
mod streams;
mod transports;
mod tunnels;

pub(crate) use library::Library;

use super::place::Case;
use super::said::Said;
use crate::code::Origin;
use crate::model::BlockedOn;

use place::call_in;

/// Goroutines with a frame of the user's that calls what waits.
pub(super) fn check(case: &Case<'_, '_>) -> Vec<Said> {
    let place = case.place;
    if place.package.origin != Origin::Own || place.operation.is_some() {
        return producers::unread_results(case).into_iter().collect();
    }
    let below = case.group.stack.get(..place.frame).unwrap_or_default();
    let runs = |function: &str| below.iter().any(|it| it.function.starts_with(function));
    if flights::waits_for_once(case.group) {
        return flights::stuck_once(case).into_iter().collect();
    }
    if below.iter().any(|it| it.function.contains("singleflight.(*Group).Do")) {
        return flights::stuck_flight(case).into_iter().collect();
    }
    let Some(call) = call_in(&place, case.group) else { return Vec::new() };
    let (package, function) = (place.package, place.function);
    if runs("net/http/httputil.(*ReverseProxy)") {
        return Vec::new();
    }
    let said = if runs("golang.org/x/sync/semaphore.(*Weighted).") {
        semaphores::kept_slot(case)
    } else if runs("go.uber.org/ratelimit.") || runs("golang.org/x/time/rate.(*Limiter).") {
        limiters::unlimited_start(case, call)
    } else if runs("io.(*pipe).write") || runs("io.(*PipeWriter)") {
        pipes::other_end(package, function, call, pipes::End::Writing)
    } else if runs("io.(*pipe).read") || runs("io.(*PipeReader)") {
        pipes::other_end(package, function, call, pipes::End::Reading)
    } else if runs("net/http.(*Client).") || runs("net/http.(*Transport).") || runs("net/http.Get") {
        requests::without_timeout(package, function, call)
    } else if case.group.blocked_on == Some(BlockedOn::Network) {
        tunnels::half_closed(case, call).or_else(|| deadlines::without_deadline(case, call))
    } else {
        None
    };
    said.into_iter().collect()
}

/// Goroutines of a library: none of their frames is the user's, or only one that a library calls.
pub(super) fn check_library(library: &Library<'_, '_>) -> Vec<Said> {
    let runs = |function: &str| library.runs(function);
    let suggests = |cause: &str| matches!(library.cause(), it if it == cause || it.is_empty());
    if runs("database/sql.(*DB).connectionOpener") {
        return sql::opened_handles(library);
    }
    if runs("database/sql.(*Rows).awaitDone")
        || runs("database/sql.(*Tx).awaitDone")
        || runs("database/sql.(*DB).conn") && library.group.blocked_on != Some(BlockedOn::Network)
    {
        return sql::kept_connections(library);
    }
    if library.group.stack.iter().any(|it| it.function.contains("propagateCancel")) {
        return cancels::dropped_cancels(library);
    }
    let unclosed = if runs("io.(*pipe).read") && runs("os/exec.(*Cmd).childStdin") {
        pipes::unclosed_writers(library)
    } else {
        Vec::new()
    };
    if !unclosed.is_empty() {
        return unclosed;
    }
    if runs("google.golang.org/grpc.newClientStream") {
        return streams::unfinished_streams(library);
    }
    if runs("os/exec.(*Cmd).watchCtx") || runs("os/exec.(*Cmd).Start.") {
        return commands::commands_without_wait(library);
    }
    if runs("iter.Pull") || library.group.blocked_on == Some(BlockedOn::Coroutine) {
        return pulls::unstopped_pulls(library);
    }
    if runs("net/http/httputil.(*ReverseProxy).ServeHTTP") && runs("net/http.(*Transport)") {
        let (packages, is_complete) = site::program(library, |text| text.contains("net/http/httputil"));
        return requests::proxy_without_timeout(&packages, is_complete);
    }
    let is_connection = runs("net/http.(*persistConn).readLoop") || runs("net/http.(*persistConn).writeLoop");
    let is_http2 = runs("net/http.(*http2clientStream)") || runs("net/http/internal/http2.(*clientStream)");
    let is_idle = runs("bufio.(*Reader).Peek");
    if is_connection && (is_idle && suggests("client-per-request") || library.cause() == "client-per-request")
    {
        return transports::transports_per_call(library);
    }
    if (is_connection || is_http2) && suggests("unclosed-body") && !is_idle {
        return bodies::unclosed_bodies(library);
    }
    if runs("net/http.(*conn).serve") && runs("net/http.(*connReader).Read") && !library.has_handler() {
        return servers::servers_without_timeout(library);
    }
    objects::unended_objects(library)
}
