//! `leakscope goleak-test`: a Go test that fails while one leak is there.

use std::io::Write;
use std::path::Path;

use anyhow::anyhow;
use leakscope::group::By;
use leakscope::input::Selection;
use leakscope::pipeline;
use leakscope::render::goleak_file;
use leakscope::render::looks_like_report;
use leakscope::render::read_testable_stacks;
use leakscope::report::Options;
use leakscope::report::TestableStack;
use leakscope::report::TestableStacks;
use leakscope::rules::RuleSet;
use leakscope::source::write_whole;
use leakscope::stacks::Filter;

use super::super::args::GoleakTestArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::signals;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &GoleakTestArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    if let Some(out) = &args.out {
        checked(out)?;
    }
    let stacks = stacks(args, terminal)?;
    let stack = chosen(&stacks, args.fingerprint.as_deref())?;
    let Some(test) = &stack.test else {
        return Err(Failure::usage(anyhow!("the stack {} names no function to test", stack.fingerprint)));
    };
    let text = goleak_file(test);
    match &args.out {
        Some(out) => {
            signals::whole(|| write_whole(out, text.as_bytes())).map_err(inputs::source)?;
            terminal.note(&format!("wrote {}", inputs::name(out)));
        }
        None => terminal
            .output()
            .write_all(text.as_bytes())
            .map_err(|error| Failure::input(anyhow::Error::new(error)))?,
    }
    Ok(Outcome::Done)
}

/// Go passes over a file of tests that is named otherwise.
fn checked(out: &Path) -> Result<(), Failure> {
    if out.to_str().is_some_and(|name| name.ends_with("_test.go")) {
        return Ok(());
    }
    let error = anyhow!("--out {}: Go takes tests from files that end in _test.go", inputs::name(out));
    Err(Failure::usage(error))
}

/// The stacks of a report, or of the moment that profiles show.
fn stacks(args: &GoleakTestArgs, terminal: &Terminal) -> Result<TestableStacks, Failure> {
    let mut input = inputs::read_one(args.from.iter(), args.limits.max_input)?;
    let only = input.files.len() == 1;
    let mut refused = None;
    // A folder is a capture, whatever else lies in it.
    for file in input.files.iter_mut().filter(|_| input.selection == Selection::Named) {
        let bytes = file.bytes().map_err(inputs::unreadable)?;
        if !looks_like_report(bytes) {
            continue;
        }
        match read_testable_stacks(bytes) {
            Ok(stacks) if only => return Ok(stacks),
            Ok(_) => {
                let error = anyhow!("{}: a report, and a report is no form of a moment", file.name);
                let hint = "give it as the only --from".to_owned();
                return Err(Failure::usage(error).with_hint(Some(hint)));
            }
            Err(error) => refused = Some((file.name.clone(), error)),
        }
    }
    let snapshot = match (inputs::decoded(input, &inputs::limits(&args.limits)), refused) {
        (Ok(snapshot), _) => snapshot,
        // A log of JSON lines may hold a traceback; what begins like a report and holds none is told as one.
        (Err(_), Some((name, error))) => {
            let hint = error.hint();
            return Err(Failure::input(anyhow::Error::new(error).context(name)).with_hint(Some(hint)));
        }
        (Err(failure), None) => return Err(failure),
    };
    let options = Options { limit: 0, ..Options::default() };
    let (by, filter, rules) = (By::default(), Filter::default(), RuleSet::built_in());
    let report = pipeline::run(std::iter::once(snapshot), &by, &filter, &rules, &options);
    super::warn(&report, terminal);
    Ok(report.testable_stacks())
}

/// The stack that was named, or that of the first finding.
fn chosen<'s>(stacks: &'s TestableStacks, fingerprint: Option<&str>) -> Result<&'s TestableStack, Failure> {
    let hint = Some("leakscope top --format json has the fingerprints of all stacks".to_owned());
    let Some(wanted) = fingerprint else {
        let first = stacks.first.as_ref();
        return first.ok_or_else(|| Failure::usage(anyhow!("there is no finding")).with_hint(hint));
    };
    let mut named = stacks.all.iter().filter(|stack| stack.fingerprint.starts_with(wanted));
    match (named.next(), named.next()) {
        (Some(stack), None) => Ok(stack),
        (Some(_), Some(_)) => Err(anyhow!("several groups have a fingerprint that begins with {wanted}")),
        (None, _) => Err(anyhow!("no group has a fingerprint that begins with {wanted}")),
    }
    .map_err(|error| Failure::usage(error).with_hint(hint))
}
