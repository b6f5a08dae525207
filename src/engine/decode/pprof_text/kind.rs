//! Which profile a report is of.

use crate::decode::DecodeError;
use crate::decode::text::Text;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::Warning;

/// A hint for reports of other profiles.
const GOROUTINES: Option<&str> = Some("fetch /debug/pprof/goroutine");

/// What the line `Type:` before the report says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stated {
    Kind(Kind),
    /// There is no such line, as after `top` in an interactive pprof.
    Nothing,
}

impl Stated {
    /// The kind that is stated first; an error if it is not one of goroutines. `report` is its name: `-top`.
    pub(super) fn read(text: &Text<'_>, report: &str) -> Result<Self, DecodeError> {
        let stated = text.lines().find_map(|line| Some(line.text.trim().strip_prefix("Type: ")?.to_owned()));
        match stated.as_deref().map(str::trim) {
            None => Ok(Stated::Nothing),
            Some("goroutine") => Ok(Stated::Kind(Kind::Goroutine)),
            Some("goroutineleak") => Ok(Stated::Kind(Kind::GoroutineLeak)),
            Some(other) => Err(other_kind(other, report)),
        }
    }

    /// Sets the kind of a profile, and says if it is not stated.
    pub(super) fn apply(self, profile: &mut Profile) {
        match self {
            Stated::Kind(kind) => profile.kind = kind,
            Stated::Nothing => profile.warnings.push(Warning::note(
                "no line says of which profile this is (\"Type: goroutine\"): it is taken for one of goroutines",
            )),
        }
    }
}

/// The error for the report of another profile, by the type of its samples.
pub(super) fn other_kind(sample_type: &str, report: &str) -> DecodeError {
    let what = match sample_type {
        "inuse_space" | "inuse_objects" | "alloc_space" | "alloc_objects" => "a heap profile".to_owned(),
        "cpu" | "samples" => "a CPU profile".to_owned(),
        "delay" | "contentions" => "a block or mutex profile".to_owned(),
        other => format!("a {} profile", other.escape_debug()),
    };
    DecodeError::other_kind(format!("pprof's {report} of {what}"), GOROUTINES)
}

/// A number of goroutines. `None` if it is no number; an error if it has a unit, which goroutines have not.
pub(super) fn count(text: &str, report: &str) -> Result<Option<i64>, DecodeError> {
    if let Ok(count) = text.parse() {
        return Ok(Some(count));
    }
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'));
    let what = match unit {
        _ if unit.len() == text.len() => return Ok(None),
        "B" | "kB" | "KB" | "MB" | "GB" | "TB" | "PB" => "a heap profile",
        "ns" | "us" | "µs" | "ms" | "s" | "mins" | "min" | "hrs" | "hours" | "days" => {
            "a CPU, block or mutex profile"
        }
        _ => return Ok(None),
    };
    let what = format!("pprof's {report} of {what} (its values are in {unit})");
    Err(DecodeError::other_kind(what, GOROUTINES))
}

/// The error for a report that is recognized and not read; `None` for any other text.
pub(crate) fn unsupported(text: &Text<'_>) -> Option<DecodeError> {
    let mut lines = text.lines().map(|line| line.text.trim()).filter(|line| !line.is_empty());
    let first = lines.next()?;
    let is_tags = |line: &str| {
        let total = line.split_once(": Total ").map(|(_, total)| total);
        let is_share = |it: &str| it.contains(" of ") && it.ends_with("%)");
        total.is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()) && is_share(it))
    };
    let what = if first.starts_with("digraph ") {
        "a graph of pprof (-dot)"
    } else if first == "positions: instr line" {
        "a call graph of pprof (-callgrind)"
    } else if is_tags(first) || lines.take(20).any(is_tags) {
        "a list of labels of pprof (-tags)"
    } else {
        return None;
    };
    let hint = "save the profile that it was made from: go tool pprof -proto -output goroutine.pb.gz INPUT";
    Some(DecodeError::other_kind(what, Some(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        let check = |text: &str, expected: Result<Option<i64>, &str>| match (count(text, "-top"), expected) {
            (Ok(count), Ok(expected)) => assert_eq!(count, expected, "{text}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
            (outcome, expected) => panic!("{outcome:?}, expected {expected:?}"),
        };
        check("28", Ok(Some(28)));
        check("-3", Ok(Some(-3)));
        check("flat", Ok(None));
        check("12MB", Err("pprof's -top of a heap profile (its values are in MB)"));
        check("1024.50kB", Err("a heap profile"));
        check("0.28s", Err("a CPU, block or mutex profile"));
        check("12x", Ok(None));
    }

    #[test]
    fn other_reports() {
        let check = |text: &str, expected: Option<&str>| {
            let text = Text::new(text.as_bytes()).expect("it is text");
            let error = unsupported(&text).map(|it| it.to_string());
            assert_eq!(error.as_deref(), expected);
        };
        check("digraph \"x\" {\n", Some("a graph of pprof (-dot), not a goroutine profile"));
        check(
            " worker: Total 30 of 44 (68%)\n         30 (100%): a\n",
            Some("a list of labels of pprof (-tags), not a goroutine profile"),
        );
        check("total: 5\n", None);
    }
}
