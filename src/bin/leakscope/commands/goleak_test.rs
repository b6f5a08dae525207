//! `leakscope goleak-test`: writes a Go test that fails while a given stack leaks.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use leakscope::group::By;
use leakscope::input::Selection;
use leakscope::input::read_snapshot;
use leakscope::pipeline;
use leakscope::render::goleak_file;
use leakscope::render::looks_like_report;
use leakscope::render::read_testable_stacks;
use leakscope::report::Options;
use leakscope::report::TestableStack;
use leakscope::report::TestableStacks;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::options::LimitArgs;
use crate::options::LogArgs;
use crate::options::Reading;
use crate::show;
use crate::terminal::Terminal;

pub(super) const HELP: &str = "\
The file compiles as it is and needs go.uber.org/goleak. Another _test.go file sets the code that the test runs:

  func init() { exerciseNAME = func(t *testing.T) { ... } }

Examples:
  leakscope goleak-test --from goroutine.pb.gz --out pages_leak_test.go
  leakscope goleak-test --from report.json 3f9c1b0e    a --format json report
  leakscope goleak-test --from goroutine.pb.gz --from goroutine.debug2.txt";

#[derive(Debug, Args)]
pub(crate) struct GoleakTestArgs {
    /// Fingerprint (or prefix of one) of the stack [default: that of the first finding].
    #[arg(value_name = "FINGERPRINT")]
    fingerprint: Option<String>,
    /// Report of --format json, profile, `-`, or capture folder. Several are profiles of one snapshot.
    #[arg(long, required = true, value_name = "INPUT")]
    from: Vec<PathBuf>,
    /// File to write, named *_test.go [default: standard output].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(super) fn run(args: &GoleakTestArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    // Go takes tests from no other files.
    if let Some(out) =
        args.out.as_ref().filter(|out| !out.to_str().is_some_and(|it| it.ends_with("_test.go")))
    {
        let error = anyhow!("--out {}: Go takes tests from files that end in _test.go", inputs::name(out));
        return Err(Failure::usage(error));
    }
    let stacks = stacks(args, terminal)?;
    let stack = chosen(&stacks, args.fingerprint.as_deref())?;
    let Some(test) = &stack.test else {
        return Err(Failure::usage(anyhow!("the stack {} names no function to test", stack.fingerprint)));
    };
    let text = goleak_file(test);
    match &args.out {
        Some(out) => show::write_file(out, text.as_bytes(), "", terminal),
        None => terminal.print(&text),
    }
}

/// The stacks of a JSON report, or of the snapshot in one or several profiles.
fn stacks(args: &GoleakTestArgs, terminal: &Terminal) -> Result<TestableStacks, Failure> {
    let mut input = inputs::read_one(args.from.iter(), &Reading::new(&args.limits, &args.log))?;
    let only = input.files.len() == 1;
    let mut refused = None;
    // A folder is always a capture, never a report.
    for file in input.files.iter_mut().filter(|_| input.selection == Selection::Named) {
        let bytes = file.bytes()?;
        if !looks_like_report(bytes) {
            continue;
        }
        match read_testable_stacks(bytes) {
            Ok(stacks) if only => return Ok(stacks),
            Ok(_) => {
                let error = anyhow!("{}: a JSON report, not a profile", file.name);
                return Err(Failure::usage(error).with_hint("a report must be the only --from"));
            }
            Err(error) => refused = Some((file.name.clone(), error)),
        }
    }
    let snapshot = match (read_snapshot(input, &inputs::limits(&args.limits)), refused) {
        (Ok(snapshot), _) => snapshot,
        // A log of JSON lines may contain a traceback. If it does not, the error is that of a broken report.
        (Err(_), Some((name, error))) => {
            let hint = error.hint();
            return Err(Failure::input(error).context(name).with_hint(hint));
        }
        (Err(error), None) => return Err(error.into()),
    };
    let options = Options { limit: 0, ..Options::default() };
    let (by, filter, rules) = (By::default(), Filter::default(), RuleSet::built_in());
    let report = pipeline::run(std::iter::once(snapshot), &by, &filter, &rules, &options);
    show::warn(&report, terminal);
    Ok(report.testable_stacks())
}

/// The stack with this fingerprint, or that of the first finding.
fn chosen<'s>(stacks: &'s TestableStacks, fingerprint: Option<&str>) -> Result<&'s TestableStack, Failure> {
    let found = match fingerprint {
        None => stacks
            .first
            .as_ref()
            .ok_or_else(|| anyhow!("the inputs give no finding, so name a stack by its FINGERPRINT")),
        Some(wanted) => {
            let mut named = stacks.all.iter().filter(|stack| stack.fingerprint.starts_with(wanted));
            match (named.next(), named.next()) {
                (Some(stack), None) => Ok(stack),
                (Some(_), Some(_)) => {
                    Err(anyhow!("several stacks have a fingerprint that starts with {wanted}"))
                }
                (None, _) => Err(anyhow!("no stack has a fingerprint that starts with {wanted}")),
            }
        }
    };
    let hint = "leakscope top --format json lists the fingerprints of all stacks";
    found.map_err(|error| Failure::usage(error).with_hint(hint))
}
