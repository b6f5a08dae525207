//! Checks whether a profile is plausible, like pprof's `CheckValid`.

use super::super::DecodeError;
use super::index::ProfileIndex;
use crate::golang::canonical;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::Warning;
use crate::text::pluralize;

/// No process has memory for more goroutines.
const MAX_GOROUTINES: i128 = 100_000_000;
/// Go's first release, in nanoseconds since 1970.
const EARLIEST_TIME: i64 = 1_257_894_000_000_000_000;
/// The year 2200, in nanoseconds since 1970.
const LATEST_TIME: i64 = 7_258_118_400_000_000_000;
/// A stack of more frames is runaway recursion, or an invention.
const MAX_PLAUSIBLE_DEPTH: usize = 10_000;
/// No programmer wrote a longer name.
const MAX_PLAUSIBLE_NAME: usize = 4096;

#[derive(Default)]
pub(super) struct Extremes {
    pub(super) deepest: usize,
    pub(super) stackless: i128,
}

/// Adds a warning for each implausible value. A value that has no meaning at all is an error.
pub(super) fn check_plausibility(
    profile: &mut Profile,
    extremes: &Extremes,
    index: &ProfileIndex<'_>,
    (kind, unit): &(String, String),
) -> Result<(), DecodeError> {
    let mut warnings = Vec::new();
    if profile.samples.iter().any(|sample| sample.count == i64::MIN) {
        return Err(DecodeError::invalid(
            "sample",
            "the value -2^63 is negative and has no opposite, so it is no count",
        ));
    }
    if unit != "count" {
        profile.unexpected_unit = true;
        let unit = unit.escape_debug();
        warnings.push(format!("its unit is {unit} and not count; the values are taken as counts"));
    }
    if kind == "goroutines" {
        warnings.push("its type is goroutines and not goroutine".to_owned());
    }
    let total = profile.total();
    if total > i128::from(i64::MAX) {
        warnings.push(format!("its counts overflow 64 bits: {total} goroutines are impossible"));
    } else if total > MAX_GOROUTINES {
        warnings.push(format!("{total} goroutines are more than a process can have"));
    }
    let time = index.metadata.time_nanos;
    if time != 0 && !(EARLIEST_TIME..LATEST_TIME).contains(&time) {
        profile.taken_at = None;
        warnings.push("its time cannot be right; it is taken as unknown".to_owned());
    }
    if profile.samples.is_empty() && index.samples > 0 {
        warnings.push("every value is 0: no goroutine is counted".to_owned());
    }
    // A goroutine that has not run yet has no frame; several at once are odd.
    if extremes.stackless > 1 {
        warnings.push(format!("{} without a stack", pluralize(extremes.stackless, "goroutine")));
    }
    if extremes.deepest > MAX_PLAUSIBLE_DEPTH {
        warnings.push(format!("a stack has {} frames; repeated ones are collapsed", extremes.deepest));
    }
    let is_odd = |id: &u32| !is_go_name(profile.symbols.function(FunctionId(*id)));
    let odd = (0..profile.symbols.functions_len() as u32).filter(is_odd).count();
    if odd > 0 {
        let names = pluralize(odd as i128, "function name");
        warnings.push(format!("{names} that Go would not write; shown escaped"));
    }
    profile.warnings.extend(warnings.into_iter().map(Warning::note));
    Ok(())
}

/// Whether Go's linker could have written a name, or it is an address.
fn is_go_name(raw: &str) -> bool {
    let plain = |c: u8| matches!(c, b'a'..=b'z' | b'A'..=b'Z' | b'-'..=b'9' | b'('..=b'*' | b'_');
    if raw.is_empty() || raw.len() > MAX_PLAUSIBLE_NAME {
        return false;
    }
    // Nearly all names are plain ASCII. A fold without an early exit is vectorized.
    raw.bytes().fold(true, |all, c| all & plain(c))
        || (!raw.contains("\\x")
            && canonical(raw).chars().all(|c| c.is_alphanumeric() || "_./()*[]-·~+%$".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in
            ["net/http.(*conn).serve", "main.F[go.shape.struct { \"x\" }].f-range2", "a.com/ü.(*É).x·1"]
        {
            assert!(is_go_name(name), "{name:?}");
        }
        for name in ["a\u{1b}[2J", "::error::x", "=cmd()", "<img src=x>", "a\\xffb", ""] {
            assert!(!is_go_name(name), "{name:?}");
        }
    }
}
