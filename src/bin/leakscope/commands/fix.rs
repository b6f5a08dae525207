//! `leakscope fix`: writes the change of the Go source that ends a leak.

mod apply;

use std::fmt::Write as _;
use std::path::Path;
use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use leakscope::diagnose::Finding;
use leakscope::diagnose::PatchTier;
use leakscope::diagnose::SourcePatch;
use leakscope::diagnose::SourceVerdict;
use leakscope::group::By;
use leakscope::patch::MergedFile;
use leakscope::patch::MergedPatches;
use leakscope::patch::merge;
use leakscope::pipeline;
use leakscope::pipeline::Source;
use leakscope::report::Options;
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
use crate::show;
use crate::terminal::Terminal;

pub(super) const HELP: &str = "\
Each INPUT is a file of any form or a capture folder, oldest first; one is enough. A last argument of 4 or more hex digits that is no \
file is the fingerprint (or prefix of one) of the stack to fix; without one, all findings are fixed.

The diff goes to standard output, for git apply or patch -p1, and the evidence to standard error. A safe patch is one after which \
runs that do not leak behave as before. Each patch is checked again after the edit. Nothing generated, vendored or exported is changed, \
and no test.

The exit code is 0 if at least one patch is written, and 1 if there is none.

Examples:
  leakscope fix goroutine.pb.gz | git apply
  leakscope fix captures/ 3f9c1b0e --source ~/shop
  leakscope fix before.pb.gz after.pb.gz --apply";

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
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

pub(super) fn run(args: &FixArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let (paths, fingerprint) = split(&args.inputs);
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
        return Ok(Outcome::Denied);
    }
    let Some(folder) = source.folder() else {
        let hint = "name its folder: --source DIR";
        return Err(Failure::usage(anyhow!("the Go source of the program is not at hand")).with_hint(hint));
    };
    let found: Vec<&Finding> = report.findings.iter().map(|it| &it.finding).collect();
    let found = chosen(&found, fingerprint)?;
    let offered = offered(&found, args.review, terminal);
    let patches: Vec<&SourcePatch> = offered.iter().map(|(_, _, patch)| *patch).collect();
    let merged = merge(&patches);
    let files = changed(&merged, &folder)?;
    explain(&offered, &merged, terminal);
    if files.is_empty() {
        return Ok(Outcome::Denied);
    }
    if args.apply {
        return apply::apply(&files, &folder, args.force, terminal);
    }
    terminal.print(&files.iter().map(|it| it.diff.as_str()).collect::<String>())
}

/// The fewest hex digits that are taken for a fingerprint.
const MIN_FINGERPRINT: usize = 4;

/// The inputs, and the fingerprint if the last argument is one.
fn split(arguments: &[PathBuf]) -> (&[PathBuf], Option<&str>) {
    let is_fingerprint = |it: &str| {
        it.len() >= MIN_FINGERPRINT
            && it.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !Path::new(it).exists()
    };
    match arguments.split_last() {
        Some((last, inputs)) if !inputs.is_empty() => match last.to_str().filter(|it| is_fingerprint(it)) {
            Some(fingerprint) => (inputs, Some(fingerprint)),
            None => (arguments, None),
        },
        _ => (arguments, None),
    }
}

/// The findings on a stack, or all of them.
fn chosen<'f>(findings: &[&'f Finding], fingerprint: Option<&str>) -> Result<Vec<&'f Finding>, Failure> {
    let Some(wanted) = fingerprint else { return Ok(findings.to_vec()) };
    let wanted = wanted.to_ascii_lowercase();
    let is_on = |it: &&&Finding| it.fingerprints.iter().any(|it| it.to_string().starts_with(&wanted));
    let named: Vec<&Finding> = findings.iter().filter(is_on).copied().collect();
    if named.is_empty() {
        let error = anyhow!("no finding has a fingerprint that begins with {wanted}");
        let hint = "leakscope diff INPUT... lists the findings and their fingerprints";
        return Err(Failure::usage(error).with_hint(hint));
    }
    Ok(named)
}

/// A finding with a verdict on it and its patch.
type Offered<'f> = (&'f Finding, &'f SourceVerdict, &'f SourcePatch);

/// The patches of the tiers that are wanted. Why a finding has none is written to standard error.
fn offered<'f>(findings: &[&'f Finding], review: bool, terminal: &Terminal) -> Vec<Offered<'f>> {
    let mut offered = Vec::new();
    for finding in findings {
        let mut why = Vec::new();
        let before = offered.len();
        for verdict in &finding.source.verdicts {
            match &verdict.patch {
                Some(patch) if review || patch.tier == PatchTier::Safe => {
                    offered.push((*finding, verdict, patch))
                }
                Some(patch) => {
                    why.push(format!("{}: {}; it needs a decision: --review", patch.title, patch.because));
                }
                None if !verdict.refused.is_empty() => why.push(verdict.refused.clone()),
                None => {}
            }
        }
        if offered.len() == before {
            let why = why.first().cloned().unwrap_or_else(|| match finding.source.undecided.as_str() {
                "" => "the source confirms no cause".to_owned(),
                undecided => undecided.to_owned(),
            });
            terminal.note(&format!("# {} no patch: {}: {why}", short(finding), finding.message));
        }
    }
    offered
}

/// The first digits of a finding's fingerprint.
fn short(finding: &Finding) -> String {
    finding.fingerprints.first().map_or(String::new(), |it| it.to_string().chars().take(8).collect())
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
    for ((finding, verdict, patch), conflict) in offered.iter().zip(&merged.conflicts) {
        let mut text = format!("# {} {}: {}\n", short(finding), verdict.cause, verdict.sentence);
        for line in &verdict.evidence {
            writeln!(text, "#   {}:{} {}: {}", line.file, line.line, line.role, line.text)
                .expect("writes to a string");
        }
        match conflict.and_then(|index| offered.get(index)) {
            None => write!(text, "# {}: {}; {}", patch.tier.as_str(), patch.title, patch.because),
            Some((other, _, _)) => {
                write!(text, "# left out: {}; it conflicts with the patch of {}", patch.title, short(other))
            }
        }
        .expect("writes to a string");
        text.lines().for_each(|line| terminal.note(line));
    }
}
