//! Chooses where the program's Go source is read, and shows lines of it.

use std::cell::RefCell;
use std::path::Path;
use std::path::PathBuf;
use std::rc::Rc;

use anyhow::anyhow;
use leakscope::code::OpenSource;
use leakscope::code::SourceTexts;
use leakscope::golang::package;
use leakscope::report::Report;
use leakscope::source;
use leakscope::source::GoSource;
use leakscope::source::SourcePlaces;

use super::exit_code::Failure;
use super::options::ReportArgs;

/// Source lines that a report shows before and after a position.
const CONTEXT_LINES: u32 = 1;

/// Where the user wants Go source to be read.
#[derive(Clone)]
pub(crate) struct SourceChoice {
    roots: Vec<PathBuf>,
    is_off: bool,
}

impl SourceChoice {
    /// No source.
    pub(crate) fn none() -> Self {
        SourceChoice { roots: Vec::new(), is_off: true }
    }

    /// The folders, or the module of the nearest `go.mod` if there are none.
    pub(crate) fn below(roots: &[PathBuf]) -> Result<Self, Failure> {
        if let Some(missing) = roots.iter().find(|it| !it.is_dir()) {
            return Err(Failure::usage(anyhow!("--source {}: not a folder", missing.display())));
        }
        Ok(SourceChoice { roots: roots.to_vec(), is_off: false })
    }
}

/// The Go source that is read, as the user chose it.
pub(crate) struct ChosenSource {
    choice: SourceChoice,
    /// The source that the last analysis opened; `None` if it needed none.
    opened: RefCell<Option<Rc<GoSource>>>,
}

impl From<SourceChoice> for ChosenSource {
    fn from(choice: SourceChoice) -> Self {
        ChosenSource { choice, opened: RefCell::default() }
    }
}

impl ChosenSource {
    /// The folders given by `--source`, or the module of the nearest `go.mod`; nothing with `--no-source`.
    pub(crate) fn new(args: &ReportArgs) -> Result<Self, Failure> {
        let choice = if args.no_source { SourceChoice::none() } else { SourceChoice::below(&args.source)? };
        Ok(choice.into())
    }

    /// The folder that paths of the last analysis are relative to; `None` if it needed no source, or found none.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        self.opened.borrow().as_ref()?.shown_from().map(Path::to_owned)
    }

    /// Adds lines of the source to the findings of a report, the last one that was made with this source.
    pub(crate) fn add_excerpts(&self, report: &mut Report) {
        report.is_source_given = !self.choice.roots.is_empty();
        let Some(source) = self.opened.take() else { return };
        let Some(root) = source.shown_from() else { return };
        report.source_folder = source::in_repository(root);
        report.add_source(|frame| {
            let package = package(&frame.function);
            let found = source::excerpt(&source, package, &frame.file, frame.line, CONTEXT_LINES)?;
            Some((found.file, found.lines))
        });
    }
}

impl OpenSource for ChosenSource {
    /// The Go source of a program: below the folders given by `--source`, or below the nearest module if it is the program's; dependencies
    /// and Go itself where Go keeps them. `None` if no source is wanted. Nothing is read yet.
    fn open(&self, frames: &[(&str, &str)], go_version: Option<&str>) -> Option<Box<dyn SourceTexts>> {
        let SourceChoice { roots, is_off } = &self.choice;
        if *is_off {
            return None;
        }
        let roots = if roots.is_empty() { own_module(frames) } else { roots.clone() };
        #[expect(clippy::disallowed_methods, reason = "the library reads no variable")]
        let places = SourcePlaces::of_go(|variable| std::env::var_os(variable));
        let stated = frames.iter().map(|(function, file)| (package(function), *file));
        let source = GoSource::new(SourcePlaces { roots, ..places });
        let source = Rc::new(source.of_go_version(go_version).with_frames(stated));
        self.opened.replace(Some(Rc::clone(&source)));
        Some(Box::new(source))
    }
}

/// The module of the nearest `go.mod`, with those that it is developed together with, if it is the program's; otherwise nothing.
fn own_module(frames: &[(&str, &str)]) -> Vec<PathBuf> {
    let here = std::env::current_dir().ok();
    let Some((folder, module)) = here.as_deref().and_then(source::nearest_module) else { return Vec::new() };
    // The functions of package main do not name the module, but the files do if the program was built here.
    let is_in = |(function, file): &(&str, &str)| {
        let is_below = |rest: &str| ["/", ".", "_test."].iter().any(|it| rest.starts_with(it));
        let is_named = |path: &str| path.strip_prefix(&*module).is_some_and(is_below);
        is_named(function) || is_named(file) || Path::new(file).starts_with(&folder)
    };
    if !frames.iter().any(is_in) {
        return Vec::new();
    }
    let mut roots = source::sibling_modules(&folder);
    roots.insert(0, folder);
    roots
}
