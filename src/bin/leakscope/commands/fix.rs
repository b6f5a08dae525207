//! `leakscope fix`: writes the change of the Go source that ends a leak.

mod apply;
mod choose;
mod verify;

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use clap::ValueEnum;
use leakscope::diagnose::SourcePatch;
use leakscope::group::By;
use leakscope::patch::MergedFile;
use leakscope::patch::MergedPatches;
use leakscope::patch::merge;
use leakscope::pipeline;
use leakscope::pipeline::Source;
use leakscope::render::FixDocument;
use leakscope::render::fix_json;
use leakscope::render::fix_markdown;
use leakscope::report::FindingLine;
use leakscope::report::Options;
use leakscope::report::StepResult;
use leakscope::report::Verification;
use leakscope::report::VerificationOutcome;
use leakscope::rules::RuleSet;
use leakscope::stacks::Filter;

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::go_source::ChosenSource;
use crate::go_source::SourceChoice;
use crate::inputs;
use crate::options::LimitArgs;
use crate::options::LogArgs;
use crate::options::Reading;
use crate::options::duration;
use crate::show;
use crate::terminal::Terminal;
use choose::Offered;
use verify::Load;
use verify::Request;
use verify::Stopped;
use verify::Subject;

pub(super) const HELP: &str = "\
Each INPUT is a file of any form or a capture folder, oldest first; one is enough. A last argument of 4 or more hex digits that is no \
file is the fingerprint (or prefix of one) of the stack to fix; without one, all findings are fixed.

The diff goes to standard output, for git apply or patch -p1, and the evidence to standard error. A safe patch is one after which \
runs that do not leak behave as before. Each patch is checked again after the edit. Nothing generated, vendored or exported is changed, \
and no test.

--verify runs your code: it builds, vets and tests a temporary copy of the module, before and after the change. The test that it writes \
calls the function that leaks with plain arguments, or makes your --call. With COMMAND, the gate judges --server under that load instead.

Exit codes: 0 a patch is written, 1 there is none or --verify fails, 2 usage error or the source is not at hand, 3 an input cannot be \
read, 4 --verify cannot show the leak.

Examples:
  leakscope fix goroutine.pb.gz | git apply
  leakscope fix captures/ 3f9c1b0e --source ~/shop
  leakscope fix before.pb.gz after.pb.gz --verify --apply
  leakscope fix now.pb.gz --verify --server 'go run . -http :6060' --target :6060 -- ./load.sh";

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    /// Files or capture folders, oldest first; then the fingerprint of one stack, if only that is to be fixed.
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Read and change the program's Go source in DIR. May be given several times [default: the module of the nearest go.mod, if it is
    /// the program's].
    #[arg(long, value_name = "DIR")]
    source: Vec<PathBuf>,
    /// Also write patches that need a decision.
    #[arg(long)]
    review: bool,
    /// Change the files, all or none, instead of writing the diff.
    #[arg(long)]
    apply: bool,
    /// With --apply: change files that Git has not stored, too.
    #[arg(long, requires = "apply")]
    force: bool,
    /// What goes to standard output.
    #[arg(long, value_name = "FORMAT", default_value = "diff")]
    format: Format,
    /// Also write FILE in this format. May be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output)]
    output: Vec<(Format, PathBuf)>,
    /// Run the program before and after the change, in a temporary copy of its module: build, vet, its tests, and a test of the leak.
    #[arg(long, help_heading = "Verify")]
    verify: bool,
    /// Go code that calls what leaks, for the test of one stack; ctx is a context.
    #[arg(long, value_name = "CODE", requires = "verify", help_heading = "Verify")]
    call: Option<String>,
    /// Time limit of all that is run.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration, help_heading = "Verify")]
    time_limit: Duration,
    /// Start this program in the copy, for the load (split like a shell command; no shell is run).
    #[arg(long, value_name = "COMMAND", requires = "load", help_heading = "Verify")]
    server: Option<String>,
    /// Where the program of --server answers.
    #[arg(long, value_name = "TARGET", requires = "load", help_heading = "Verify")]
    target: Option<String>,
    /// Command that puts load on the target.
    #[arg(last = true, value_name = "COMMAND", id = "load", requires_all = ["verify", "server", "target"], help_heading = "Verify")]
    load: Vec<String>,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A unified diff.
    Diff,
    /// For programs.
    Json,
    /// Evidence and diff, for the text of a pull request.
    Markdown,
}

fn output(text: &str) -> Result<(Format, PathBuf), String> {
    let (name, file) =
        text.split_once('=').filter(|(_, file)| !file.is_empty()).ok_or("write it like markdown=fix.md")?;
    let format = Format::from_str(name, false)
        .map_err(|_| format!("there is no format {name}: use one of diff, json, markdown"))?;
    Ok((format, PathBuf::from(file)))
}

pub(super) fn run(args: &FixArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let (paths, fingerprint) = choose::split(&args.inputs);
    let source = ChosenSource::from(SourceChoice::below(&args.source)?);
    let limits = inputs::limits(&args.limits);
    let snapshots = inputs::decode_paths(paths, &Reading::new(&args.limits, &args.log), &limits)?;
    let options = Options { limit: 0, ..Options::default() };
    let (by, filter, rules) = (By::default(), Filter::default(), RuleSet::built_in());
    let report = pipeline::run_with_source(
        snapshots.into_iter(),
        &by,
        &filter,
        &rules,
        &options,
        Source::from(&source as &dyn leakscope::code::OpenSource),
    );
    show::warn(&report, terminal);
    if report.findings.is_empty() {
        terminal.note("# no finding: there is nothing to fix");
        let document = FixDocument { patches: Vec::new(), refused: Vec::new(), diff: "", verification: None };
        write_out(&document, args, Diff::Written, terminal)?;
        return Ok(Outcome::Denied);
    }
    let Some(folder) = source.folder() else {
        let hint = "name its folder: --source DIR";
        return Err(Failure::usage(anyhow!("the Go source of the program is not at hand")).with_hint(hint));
    };
    let found: Vec<&FindingLine> = report.findings.iter().collect();
    let found = choose::chosen(&found, fingerprint)?;
    let (offered, refused) = choose::offered(&found, args.review);
    for it in &refused {
        let of = it.fingerprint.get(..8).unwrap_or_default();
        terminal.note(&format!("# {of} no patch: {}", it.message));
        terminal.note(&format!("#   why: {}", it.why));
        if !it.next.is_empty() {
            terminal.note(&format!("#   instead: {}", it.next));
        }
    }
    let patches: Vec<&SourcePatch> = offered.iter().map(|it| it.patch).collect();
    let merged = merge(&patches);
    let files = changed(&merged, &folder)?;
    explain(&offered, &merged, terminal);
    if args.apply && !files.is_empty() {
        apply::is_writable(&files, &folder)?;
        if !args.force {
            apply::is_stored(&files, &folder)?;
        }
    }
    let verification = match args.verify && !files.is_empty() {
        true => match verified(args, &folder, &files, &offered, &merged, terminal) {
            Ok(verification) => Some(verification),
            Err(Stopped::Interrupted(code)) => return Ok(Outcome::Interrupted(code)),
            Err(Stopped::Failed(failure)) => return Err(failure),
        },
        false => None,
    };
    let diff: String = files.iter().map(|it| it.diff.as_str()).collect();
    let document = FixDocument {
        patches: choose::entries(&offered, &merged),
        refused,
        diff: &diff,
        verification: verification.as_ref(),
    };
    let outcome = match verification.as_ref().map(|it| it.outcome) {
        _ if files.is_empty() => Outcome::Denied,
        Some(VerificationOutcome::Failed) => Outcome::Denied,
        Some(VerificationOutcome::Unproven) => Outcome::Inconclusive,
        Some(VerificationOutcome::Proven) | None => Outcome::Done,
    };
    let is_wanted = outcome == Outcome::Done || outcome == Outcome::Inconclusive && !args.apply;
    if args.apply && is_wanted {
        apply::apply(&files, &folder, terminal)?;
    }
    if args.apply && outcome == Outcome::Inconclusive {
        terminal.note("# not applied: it is not proven (--apply without --verify applies it)");
    }
    let diff = match (is_wanted, args.apply) {
        (true, false) => Diff::Written,
        (true, true) => Diff::Applied,
        (false, _) => Diff::Unwanted,
    };
    write_out(&document, args, diff, terminal)?;
    Ok(outcome)
}

/// What becomes of the diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Diff {
    Written,
    /// The files have it already, so it is not for standard output.
    Applied,
    /// It may break something, so it is not for `git apply`. Other formats have it, with the verdict.
    Unwanted,
}

/// Writes what is asked for to files and to standard output.
fn write_out(
    document: &FixDocument<'_>,
    args: &FixArgs,
    diff: Diff,
    terminal: &Terminal,
) -> Result<(), Failure> {
    for (format, path) in &args.output {
        if *format != Format::Diff || diff != Diff::Unwanted {
            show::write_file(path, &written(document, *format)?, "", terminal)?;
        }
    }
    if args.format != Format::Diff || diff == Diff::Written {
        terminal.print(&String::from_utf8_lossy(&written(document, args.format)?))?;
    }
    Ok(())
}

/// The patches in a format.
fn written(document: &FixDocument<'_>, format: Format) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    match format {
        Format::Diff => bytes.extend(document.diff.bytes()),
        Format::Json => fix_json(document, &mut bytes)?,
        Format::Markdown => fix_markdown(document, &mut bytes)?,
    }
    Ok(bytes)
}

/// Runs the program before and after the change, and writes what that shows as comments.
fn verified(
    args: &FixArgs,
    folder: &Path,
    files: &[MergedFile],
    offered: &[Offered<'_>],
    merged: &MergedPatches,
    terminal: &Terminal,
) -> Result<Verification, Stopped> {
    let mut subjects: Vec<Subject> = Vec::new();
    for (it, _) in offered.iter().zip(&merged.conflicts).filter(|(_, conflict)| conflict.is_none()) {
        let fingerprint = it.fingerprint();
        if !subjects.iter().any(|it| it.fingerprint == fingerprint) {
            let (test, file) = (it.finding.lead.test.clone(), it.verdict.place.file.clone());
            subjects.push(Subject { fingerprint, test, file });
        }
    }
    if args.call.is_some() && subjects.len() > 1 {
        let error = anyhow!("--call is for one stack, and {} have patches", subjects.len());
        let hint = "name the stack: leakscope fix INPUT FINGERPRINT --verify --call CODE";
        return Err(Failure::usage(error).with_hint(hint).into());
    }
    let load = match (&args.server, &args.target) {
        (Some(server), Some(target)) => Some(Load { server, target, command: &args.load }),
        (Some(_), None) | (None, Some(_)) | (None, None) => None,
    };
    let (subjects, limit) = (&subjects, args.time_limit);
    let request = Request { folder, files, subjects, call: args.call.as_deref(), load, limit };
    let verification = verify::verify(&request, terminal)?;
    for step in &verification.steps {
        let of = step.fingerprint.as_ref().and_then(|it| it.get(..8));
        let of = of.map_or(String::new(), |it| format!("{it} "));
        let not_tried = if step.result == StepResult::NotTried { "not tried: " } else { "" };
        terminal.note(&format!("# {of}{}: {not_tried}{}", step.name, step.said));
    }
    terminal.note(&format!("# verified: {}", verification.in_short()));
    Ok(verification)
}

/// The files of a change, read anew.
fn changed(merged: &MergedPatches, folder: &Path) -> Result<Vec<MergedFile>, Failure> {
    let mut files = Vec::new();
    for path in merged.files() {
        let text = inputs::text(&folder.join(path))?;
        let changed = || Failure::input(anyhow!("{path}: it was changed while it was read"));
        files.push(merged.file(path, &text).ok_or_else(changed)?);
    }
    Ok(files)
}

/// Writes the evidence of each patch as comments, and which patch is left out.
fn explain(offered: &[Offered<'_>], merged: &MergedPatches, terminal: &Terminal) {
    for (it, conflict) in offered.iter().zip(&merged.conflicts) {
        let (verdict, patch) = (it.verdict, it.patch);
        let mut text = format!("# {} {}: {}\n", it.short(), verdict.cause, verdict.sentence);
        for line in &verdict.evidence {
            writeln!(text, "#   {}:{} {}: {}", line.file, line.line, line.role, line.text)
                .expect("writes to a string");
        }
        match conflict.and_then(|index| offered.get(index)) {
            None => write!(text, "# {}: {}; {}", patch.tier.as_str(), patch.title, patch.because),
            Some(other) => {
                write!(text, "# left out: {}; it conflicts with the patch of {}", patch.title, other.short())
            }
        }
        .expect("writes to a string");
        text.lines().for_each(|line| terminal.note(line));
    }
}
