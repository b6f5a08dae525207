//! Lists of functions with counts, as people make them from a profile: `43  pkg.(*T).f.func1   [IO wait]`, and
//! `528 @ pkg.(*T).f+0x482   x.go:82`.
//!
//! Each names one function of a stack, so what a goroutine is blocked on is known only from the state.

use std::collections::HashMap;

use super::DecodeError;
use super::Limits;
use super::text::Text;
use super::text::split_digits;
use super::traceback::is_function_name;
use super::traceback::location;
use crate::golang::blocked_on_by_words;
use crate::model::FileId;
use crate::model::Form;
use crate::model::Frame;
use crate::model::Goroutines;
use crate::model::Kind;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Sample;
use crate::model::SampleDetail;
use crate::model::State;
use crate::model::StateId;
use crate::model::Truncation;
use crate::model::Warning;

/// One line of such a list.
#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    count: i64,
    function: &'a str,
    position: Option<(&'a str, u32)>,
    state: Option<&'a str>,
    /// Whether only a goroutine profile has such a line: it has a state, or is a record of `debug=1`.
    is_sure: bool,
}

pub(super) fn decode(text: &Text<'_>, limits: &Limits) -> Result<Option<Profile>, DecodeError> {
    let rows: Vec<Row<'_>> = text.lines().filter_map(|line| row(line.trimmed(limits))).collect();
    if !rows.iter().any(|row| row.is_sure) {
        return Ok(None);
    }
    let mut profile = Profile::new(Form::TRACEBACK, Kind::Goroutine);
    let mut states: HashMap<&str, StateId> = HashMap::new();
    for row in rows {
        let function = profile.symbols.intern_function(row.function);
        let (file, line) = row.position.unwrap_or(("", 0));
        let file = if file.is_empty() { FileId::NONE } else { profile.symbols.intern_file(file) };
        let frame = profile.stacks.intern_frame(Frame { function, file, line });
        let stack = profile.stacks.intern(&[frame], Truncation { cut: true, elided_after: None });
        let known = &mut profile.states;
        let state = row.state.map(|reason| {
            *states.entry(reason).or_insert_with(|| {
                known.push(State { reason: reason.to_owned(), ..State::default() });
                StateId(u32::try_from(known.len() - 1).unwrap_or(u32::MAX))
            })
        });
        profile.samples.push(Sample { stack, labels: LabelSetId::EMPTY, count: row.count });
        profile.details.push(SampleDetail { state, ..SampleDetail::default() });
        profile.goroutines.push(Goroutines::new());
    }
    profile.warnings.extend(text.warnings.iter().cloned());
    let what = "a list of functions with counts: the other frames of each stack are not in it";
    profile.warnings.push(Warning::loss(what));
    Ok(Some(profile))
}

fn row(line: &str) -> Option<Row<'_>> {
    let (count, rest) = split_digits(line)?;
    let count = count.parse().ok().filter(|it| *it > 0)?;
    if let Some(rest) = rest.strip_prefix(" @ ") {
        let (function, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let function = function.split_once("+0x")?.0;
        let position = location(rest.trim());
        return is_function_name(function).then_some(Row {
            count,
            function,
            position,
            state: None,
            is_sure: true,
        });
    }
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (function, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let function = function.strip_suffix("()").or_else(|| function.strip_suffix("(...)")).unwrap_or(function);
    let state = match rest.trim() {
        "" => None,
        rest => Some(rest.strip_prefix('[')?.strip_suffix(']')?),
    };
    if !is_function_name(function) || state.is_some_and(|state| blocked_on_by_words(state).is_none()) {
        return None;
    }
    Some(Row { count, function, position: None, state, is_sure: state.is_some() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        let check = |line: &str, expected: Option<(i64, &str, Option<u32>, Option<&str>)>| {
            let found = row(line).map(|it| (it.count, it.function, it.position.map(|it| it.1), it.state));
            assert_eq!(found, expected, "{line}");
        };
        check(
            "43  core/runtime/v2.loadShim.func3      [IO wait]",
            Some((43, "core/runtime/v2.loadShim.func3", None, Some("IO wait"))),
        );
        check(
            "25  a/server.(*criService).start.func1",
            Some((25, "a/server.(*criService).start.func1", None, None)),
        );
        check("5 main.f()", Some((5, "main.f", None, None)));
        check("336 @ (*fs).track+0x482\t/h/fs.go:82", Some((336, "(*fs).track", Some(82), None)));
        check("336 @ 0x42e78a 0x42e83e", None);
        check("12 apples", None);
        check("43  main.f  [see below]", None);
        check("10ms 5% main.f", None);
    }

    #[test]
    fn lists() {
        let total = |list: &str| {
            let text = Text::new(list.as_bytes()).expect("plain text is read");
            decode(&text, &Limits::default()).expect("it is in no limit's way").map(|it| it.total())
        };
        assert_eq!(total("they cluster:\n```\n43  main.f  [IO wait]\n25  main.g\n24  ttrpc"), Some(68));
        // What is counted may be anything.
        assert_eq!(total("43  main.go\n25  main.f\n"), None);
    }
}
