//! Whether a snapshot can answer the filters by state and wait.

use anyhow::anyhow;
use leakscope::model::Goroutines;
use leakscope::model::Profile;
use leakscope::model::RowKind;
use leakscope::model::Snapshot;
use leakscope::text::pluralize;

use crate::exit_code::Failure;
use crate::options::WaitArgs;
use crate::terminal::Terminal;

const TRACEBACK: &str = "a traceback states it: curl 'HOST:6060/debug/pprof/goroutine?debug=2'";

/// Fails if no goroutine of a snapshot can pass the filters, because its form does not state what they ask.
pub(crate) fn check(args: &WaitArgs, snapshot: &Snapshot) -> Result<(), Failure> {
    let profile = asked(snapshot);
    let (option, lacks) = if args.min_wait.is_some() && listed(profile) == 0 {
        ("--min-wait", "does not state how long goroutines have waited")
    } else if args.state.is_some() && profile.form.rows() == RowKind::Function {
        ("--state", "shows neither states nor stacks")
    } else {
        return Ok(());
    };
    let error =
        anyhow!("{option}: {} is of the form {}, which {lacks}", snapshot.origin, profile.form.as_str());
    Err(Failure::usage(error).with_hint(TRACEBACK))
}

/// Warns if the filters use something else than what a snapshot states, or must leave goroutines out.
pub(crate) fn warn(args: &WaitArgs, snapshot: &Snapshot, terminal: &Terminal) {
    let profile = asked(snapshot);
    let (origin, form) = (&snapshot.origin, profile.form.as_str());
    let unlisted = profile.total() - listed(profile);
    if args.min_wait.is_some() && unlisted > 0 {
        let goroutines = pluralize(unlisted, "goroutine");
        let what = "not listed one by one with their waits and left out";
        terminal.warning(&format!("--min-wait: {goroutines} of {origin}: {what}"));
    }
    if args.state.is_some() && profile.states.is_empty() {
        let what = "which does not state what goroutines wait for; their frames are used instead";
        terminal.warning(&format!("--state: {origin} is of the form {form}, {what}"));
    }
}

/// The profile that the filters use: a traceback states waits, and other forms do not.
fn asked(snapshot: &Snapshot) -> &Profile {
    snapshot.traceback.as_ref().unwrap_or(&snapshot.counts)
}

/// How many goroutines are listed one by one.
fn listed(profile: &Profile) -> i128 {
    profile.goroutines.iter().map(Goroutines::len).sum::<usize>() as i128
}
