//! `leakscope goleak-test`: a Go test that fails while one leak is there.

use std::io::Write;
use std::path::Path;

use anyhow::anyhow;
use leakscope::group::By;
use leakscope::group::Filter;
use leakscope::pipeline;
use leakscope::render::goleak_file;
use leakscope::report::GroupLine;
use leakscope::report::Options;
use leakscope::report::Report;
use leakscope::rules::RuleSet;
use leakscope::source::write_whole;

use super::super::args::GoleakTestArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::terminal::Terminal;

pub(crate) fn run(args: &GoleakTestArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    if let Some(out) = &args.out {
        checked(out)?;
    }
    let input = inputs::one_moment(args.from.iter(), args.limits.max_input)?;
    let moment = inputs::decoded(input, &inputs::limits(&args.limits))?;
    let options = Options { limit: 0, ..Options::default() };
    let report = pipeline::run(
        std::iter::once(moment),
        &By::default(),
        &Filter::default(),
        &RuleSet::built_in(),
        &options,
    );
    super::warn(&report, terminal);
    let group = chosen(&report, args.fingerprint.as_deref())?;
    let Some(test) = &group.test else {
        return Err(Failure::usage(anyhow!("the stack {} names no function to test", group.fingerprint)));
    };
    let text = goleak_file(test);
    match &args.out {
        Some(out) => {
            write_whole(out, text.as_bytes()).map_err(inputs::source)?;
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

/// The group that was named, or that of the first finding.
fn chosen<'r>(report: &'r Report, fingerprint: Option<&str>) -> Result<&'r GroupLine, Failure> {
    let hint = Some("leakscope top --format json has the fingerprints of all stacks".to_owned());
    let Some(wanted) = fingerprint else {
        let first = report.findings.first().map(|finding| &finding.lead);
        return first.ok_or_else(|| Failure::usage(anyhow!("there is no finding")).with_hint(hint));
    };
    let mut named = report.groups.iter().filter(|group| group.fingerprint.starts_with(wanted));
    match (named.next(), named.next()) {
        (Some(group), None) => Ok(group),
        (Some(_), Some(_)) => Err(anyhow!("several groups have a fingerprint that begins with {wanted}")),
        (None, _) => Err(anyhow!("no group has a fingerprint that begins with {wanted}")),
    }
    .map_err(|error| Failure::usage(error).with_hint(hint))
}
