//! Streams of gRPC clients that are left before they end.

use super::contexts::Ending;
use super::contexts::ending_of;
use super::fate::Closing;
use super::fate::fate;
use super::library::Library;
use super::obtained::Obtained;
use super::site::Site;
use super::site::at;
use super::site::judge;
use super::site::program;
use super::site::title;
use crate::code::arguments;
use crate::code::called_name;
use crate::code::loops_around;
use crate::confirm::said::Said;
use crate::syntax::Node;

/// What ends a stream is not a method of it.
const STREAM: Closing<'static> = Closing { field: "", methods: &[" "], family: "" };

/// Goroutines that watch the streams of a client: a stream ends with its context, or when Recv returns an error.
pub(super) fn unfinished_streams(library: &Library<'_, '_>) -> Vec<Said> {
    let (packages, is_complete) = program(library, |text| text.contains(".Recv()"));
    let mut sites = Vec::new();
    for package in packages {
        for function in &package.functions {
            sites.extend(Obtained::all(package, function, |_| true).iter().filter_map(site));
        }
    }
    judge(library, sites, is_complete)
}

fn site<'a>(stream: &Obtained<'a>) -> Option<Site<'a>> {
    let context = arguments(stream.call).next()?;
    let name = stream.local(0).filter(|_| stream.names.len() == 2 && !stream.runs_once())?;
    // The stream ends with its connection.
    if stream.scope.walk().any(|it| called_name(it) == Some("Close")) {
        return None;
    }
    if ending_of(stream.package, stream.function, context) != Ending::Never {
        return None;
    }
    let fate = fate(stream, name, STREAM);
    let receives: Vec<Node<'a>> =
        fate.uses.iter().copied().filter(|it| called_name(*it) == Some("Recv")).collect();
    // Who receives in a loop may do so until the end.
    let is_part = receives.iter().all(|it| loops_around(*it, Some(stream.scope)).is_empty());
    let first = *receives.first().filter(|_| is_part && fate.leaves.is_empty())?;
    let (name, made) = (name.text(), at(stream.call));
    let sentence = format!(
        "{} opens `{name}` at {made} with `{}`, which never ends, and receives from it only at line {}: the stream stays open",
        title(stream),
        context.text(),
        first.line()
    );
    let said = Said::confirmed("missing-cancel", sentence).with("made", stream.call).with("receives", first);
    Some(Site::new(stream, said.advising(format!(
        "give the call at {made} a context of its own: `ctx, cancel := context.WithCancel({})` and `defer cancel()`",
        context.text()
    ))))
}
