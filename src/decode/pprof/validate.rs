//! What a whole profile says that cannot be as it says.

use super::super::DecodeError;
use super::Extremes;
use super::index::ProfileIndex;
use crate::golang::canonical;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::Warning;
use crate::text::pluralize;

/// More goroutines than these do not fit into a process's memory.
const MOST_GOROUTINES: i128 = 100_000_000;
/// No profile of Go's was made before its first release, in nanoseconds since 1970.
const FIRST_GO: i64 = 1_257_894_000_000_000_000;
/// None of ours is from so far ahead: the year 2200.
const FAR_AHEAD: i64 = 7_258_118_400_000_000_000;
/// A stack of more frames is runaway recursion, or made up.
const DEEP: usize = 10_000;
/// A longer name is none that a person wrote.
const LONG_NAME: usize = 4096;

/// Adds warnings; what cannot mean anything at all is an error.
pub(super) fn add(
    profile: &mut Profile,
    extremes: &Extremes,
    tables: &ProfileIndex<'_>,
    sample_type: Option<&(String, String)>,
) -> Result<(), DecodeError> {
    let mut told = Vec::new();
    if profile.samples.iter().any(|sample| sample.count == i64::MIN) {
        let fault = "a value is negative beyond measure, -2^63".to_owned();
        return Err(DecodeError::Invalid { place: "sample".to_owned(), fault });
    }
    if let Some((kind, unit)) = sample_type {
        if unit != "count" {
            profile.unexpected_unit = true;
            told.push(format!(
                "its unit is {} and not count; the values are taken as counts",
                unit.escape_debug()
            ));
        }
        if kind == "goroutines" {
            told.push("its type is goroutines and not goroutine".to_owned());
        }
    }
    let total = profile.total();
    if total > i128::from(i64::MAX) {
        told.push(format!("its counts overflow 64 bits: {total} goroutines cannot be"));
    } else if total > MOST_GOROUTINES {
        told.push(format!("{total} goroutines are more than a process can have"));
    }
    if tables.time_nanos != 0 && !(FIRST_GO..FAR_AHEAD).contains(&tables.time_nanos) {
        profile.taken_at = None;
        told.push("its time cannot be right; it is taken as unknown".to_owned());
    }
    if profile.samples.is_empty() && tables.samples > 0 {
        told.push("every value is 0: no goroutine is counted".to_owned());
    }
    // A goroutine that has not run yet has no frame; several at once are odd.
    if extremes.stackless > 1 {
        told.push(format!("{} without a stack", pluralize(extremes.stackless, "goroutine")));
    }
    if extremes.deepest > DEEP {
        told.push(format!("a stack has {} frames; repeated ones are folded", extremes.deepest));
    }
    let odd = (0..profile.symbols.functions_len() as u32)
        .filter(|id| !is_go_name(profile.symbols.function(FunctionId(*id))))
        .count();
    if odd > 0 {
        told.push(format!("{} not as Go writes it; shown escaped", pluralize(odd as i128, "function name")));
    }
    profile.warnings.extend(told.into_iter().map(Warning::note));
    Ok(())
}

/// Whether a name is one that Go's linker could have written, or an address.
fn is_go_name(raw: &str) -> bool {
    let plain = |c: u8| matches!(c, b'a'..=b'z' | b'A'..=b'Z' | b'-'..=b'9' | b'('..=b'*' | b'_');
    if raw.is_empty() || raw.len() > LONG_NAME {
        return false;
    }
    // As nearly all names are; several bytes at once.
    raw.bytes().fold(true, |all, c| all & plain(c))
        || (!raw.contains("\\x")
            && canonical(raw).chars().all(|c| c.is_alphanumeric() || "_./()*[]-·~+%$".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, expected: bool| assert_eq!(is_go_name(name), expected, "{name:?}");
        check("net/http.(*conn).serve", true);
        check("main.F[go.shape.struct { \"x\" }].func1-range2", true);
        check("example.com/ü.(*É).x·1", true);
        check("0x4e354b", true);
        check("a\u{1b}[2J", false);
        check("::error::x", false);
        check("=cmd()", false);
        check("<img src=x>", false);
        check("a\\xffb", false);
        check("", false);
    }
}
