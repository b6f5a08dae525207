//! Writes reports: the format, the warnings, and the options that all commands on files share.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;

use anyhow::anyhow;
use leakscope::render;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::report::PatchWriting;
use leakscope::report::Report;
use leakscope::series::LabelCounting;
use leakscope::source::descriptor_of;
use leakscope::source::write_whole;
use leakscope::stacks::Granularity;

use super::command_line;
use super::exit_code::Failure;
use super::exit_code::Outcome;
use super::inputs;
use super::open;
use super::options::OutputArgs;
use super::options::ReportArgs;
use super::signals;
use super::terminal::Terminal;

/// The options of a report on files, whose process is unknown. `inputs` are the files of the last snapshot.
pub(crate) fn for_files(args: &ReportArgs, output: &OutputArgs, inputs: Vec<String>) -> Options {
    Options {
        limit: rows(args, output),
        sort: args.sort,
        next_step: Some("Take a second one a minute later: leakscope diff BEFORE AFTER".to_owned()),
        traceback: Some("curl 'HOST:6060/debug/pprof/goroutine?debug=2'".to_owned()),
        explain: args.explain.clone(),
        labels: args.labels.show_labels,
        arguments: CommandArguments { inputs: reread(args, inputs), target: None },
        command: Some(command_line::shown()),
        label_values: label_values(args, output),
        patches: patches(args, output),
        source_link: output.source_link.clone(),
        ..Options::default()
    }
}

/// The rows that a report needs for all formats that are written; 0 means all.
pub(crate) fn rows(args: &ReportArgs, output: &OutputArgs) -> usize {
    let formats = output.formats().chain([args.format]);
    let limits = formats.map(|format| format.max_rows(args.limit));
    limits.max_by_key(|rows| most_first(*rows)).unwrap_or_default()
}

/// Whether the values of labels are counted: for a page.
pub(crate) fn label_values(args: &ReportArgs, output: &OutputArgs) -> LabelCounting {
    let is_page = |format: render::Format| format.name == render::Format::HTML.name;
    match output.formats().chain([args.format]).any(is_page) {
        true => LabelCounting::Counted,
        false => LabelCounting::Ignored,
    }
}

/// Whether patches are written: for formats that show them.
pub(crate) fn patches(args: &ReportArgs, output: &OutputArgs) -> PatchWriting {
    match output.formats().chain([args.format]).any(|format| format.shows_patches()) {
        true => PatchWriting::Written,
        false => PatchWriting::Ignored,
    }
}

/// Orders numbers of rows, of which 0 means all.
fn most_first(rows: usize) -> usize {
    rows.wrapping_sub(1)
}

/// The inputs, if another command finds the same fingerprints in them; empty otherwise. That needs inputs that can be read
/// again, groups by stack and function, no choice in a log, and no filter that changes stacks.
pub(crate) fn reread(args: &ReportArgs, inputs: Vec<String>) -> Vec<String> {
    let by_stack = args.by == ["stack"] && args.granularity == Granularity::Functions;
    let filters = &args.filters;
    let changing = [&filters.hide, &filters.show, &filters.show_from, &filters.prune_from];
    let same = args.log.is_default() && by_stack && changing.iter().all(|it| it.is_none());
    let standard_input = inputs::name("-".as_ref());
    if same && !inputs.contains(&standard_input) { inputs } else { Vec::new() }
}

/// Writes a report to standard output and to the files that are asked for, and its warnings to standard error.
pub(crate) fn show(
    mut report: Report,
    args: &ReportArgs,
    output: &OutputArgs,
    terminal: &Terminal,
) -> Result<Report, Failure> {
    warn(&report, terminal);
    if let Some(why) = &report.not_explained {
        return Err(Failure::usage(anyhow!("--explain: {}", why.message)).with_hint(&*why.hint));
    }
    let shown = format(args, terminal);
    if shown.is_binary() && terminal.is_terminal() {
        let hint = format!("write it to a file: --format {} > leaks.pb.gz", shown.name);
        let error = anyhow!("--format {} is not text, and standard output is a terminal", shown.name);
        return Err(Failure::usage(error).with_hint(hint));
    }
    let files =
        output.output.iter().map(|(format, path)| (format.with_values(shown.values), Place::File(path)));
    let page = output.open.then_some((render::Format::HTML, Place::Browser));
    let mut outputs: Vec<(render::Format, Place<'_>)> =
        [(shown, Place::StandardOutput)].into_iter().chain(files).chain(page).collect();
    // The report loses rows from one to the next.
    outputs.sort_by_key(|(format, _)| Reverse(most_first(format.max_rows(args.limit))));
    for (format, place) in outputs {
        report.limit_groups(format.max_rows(args.limit));
        match place {
            Place::StandardOutput => {
                let written = match format.is_binary() {
                    true => render::render(&report, format, &mut std::io::stdout()),
                    false => render::render(&report, format, &mut terminal.output()),
                };
                written.map_err(|error| Failure::from(error).context("standard output"))?;
            }
            Place::File(path) => {
                write_file(path, &rendered(&report, format)?, "", terminal)?;
            }
            Place::Browser => open::page(&rendered(&report, format)?, terminal)?,
        }
    }
    Ok(report)
}

/// Where a report is written to.
enum Place<'a> {
    StandardOutput,
    File(&'a Path),
    Browser,
}

/// A report in a format, without colours.
fn rendered(report: &Report, format: render::Format) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    render::render(report, format, &mut bytes)?;
    let is_coloured = format.name == render::Format::TEXT.name;
    Ok(if is_coloured { anstream::adapter::strip_bytes(&bytes).into_vec() } else { bytes })
}

/// Writes a file as a whole, then says so; `what` says what is in it, or nothing. Standard output and standard error are written to as
/// they are, by whatever name they are given.
pub(crate) fn write_file(
    path: &Path,
    bytes: &[u8],
    what: &str,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    let descriptor = if path.as_os_str() == "-" { Some(1) } else { descriptor_of(path) };
    let written = match descriptor {
        Some(1) => terminal.output().write_all(bytes),
        Some(2) => std::io::stderr().write_all(bytes),
        Some(_) | None => {
            signals::with_signals_blocked(|| write_whole(path, bytes))?;
            Ok(())
        }
    };
    written.map_err(|error| Failure::from(error).context(inputs::name(path)))?;
    if descriptor.is_some() {
        return Ok(Outcome::Done);
    }
    terminal.note(&format!("wrote {}{what}", inputs::name(path)));
    Ok(Outcome::Done)
}

/// The result of a command whose report is shown: incomplete if an input claims more goroutines than were read.
/// A cut at the end that costs no goroutine is a warning.
pub(crate) fn outcome(report: &Report) -> Outcome {
    let lacks_some = report
        .snapshots
        .iter()
        .any(|it| !it.is_delta && it.declared_total.is_some_and(|claimed| claimed > it.in_all));
    if lacks_some { Outcome::Incomplete } else { Outcome::Done }
}

pub(crate) fn warn(report: &Report, terminal: &Terminal) {
    // All snapshots of a target have the same name, and most have the same warnings: print each once.
    let mut printed = HashSet::new();
    for snapshot in &report.snapshots {
        for warning in &snapshot.warnings {
            let text = format!("{}: {warning}", snapshot.origin);
            if printed.insert(text.clone()) {
                terminal.warning(&text);
            }
        }
    }
    report.warnings.iter().for_each(|warning| terminal.warning(warning));
}

pub(crate) fn format(args: &ReportArgs, terminal: &Terminal) -> render::Format {
    let all = args.all || args.limit == Some(0);
    let values = if args.gain { render::Values::Gain } else { render::Values::Last };
    let text = render::TextOptions { width: terminal.width(), full: args.full, all };
    args.format.with_values(values).with_text(text)
}
