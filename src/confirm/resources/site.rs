//! Places of the user's code that could be behind a library's goroutines, and what they prove together.

use super::library::Library;
use super::obtained::Obtained;
use crate::code::Function;
use crate::code::Package;
use crate::confirm::place::functions_of;
use crate::confirm::place::package_of;
use crate::confirm::place::scope_at;
use crate::confirm::program::packages_of_program;
use crate::confirm::said::Said;
use crate::confirm::said::line_in;
use crate::diagnose::SourceCertainty;
use crate::sort;
use crate::syntax::Node;

/// Candidates that are shown, if there are several.
const MAX_TOLD: usize = 4;

/// A place that has a defect of the kind that the profile shows.
pub(super) struct Site<'a> {
    /// The declared function.
    pub(super) function: &'a Function<'a>,
    /// The innermost function.
    pub(super) scope: Node<'a>,
    /// What it says if it is the cause.
    pub(super) said: Said,
    /// Whether a timeout or a context ends what it leaves behind: then it is not what stays for ever.
    pub(super) is_bounded: bool,
}

impl<'a> Site<'a> {
    pub(super) fn new(obtained: &Obtained<'a>, said: Said) -> Self {
        Site { function: obtained.function, scope: obtained.scope, said, is_bounded: false }
    }

    pub(super) fn bounded(self, is_bounded: bool) -> Self {
        Site { is_bounded, ..self }
    }
}

/// Where a node is, as a sentence of a finding without a place of its own has it: `internal/lookup/lookup.go:43`.
pub(super) fn at(node: Node<'_>) -> String {
    format!("{}:{}", node.tree().path(), node.line())
}

/// A second node after [`at`]: `line 48`, or with its file if that is another one.
pub(super) fn then_at(node: Node<'_>, first: Node<'_>) -> String {
    line_in(node, first)
}

/// Where a function is declared, as a sentence has it: `(*Lookup).City`.
pub(super) fn title(site: &Obtained<'_>) -> String {
    if site.function.is_vars() { "a closure of the package".to_owned() } else { site.function.title() }
}

/// The packages of the program whose text `wants` accepts; and whether all of the program's are known.
pub(super) fn program<'a>(
    library: &Library<'_, 'a>,
    wants: impl Fn(&str) -> bool,
) -> (Vec<&'a Package<'a>>, bool) {
    packages_of_program(library.workspace, library.groups, wants)
}

/// Whether the profile names the function of a site as what made the goroutines.
fn is_named(library: &Library<'_, '_>, site: &Site<'_>) -> bool {
    library.group.makers.iter().any(|frame| {
        let Some(package) = package_of(library.workspace, frame) else { return false };
        let functions = functions_of(package, frame);
        functions.iter().any(|(function, _)| function.node == site.function.node)
            && site.function.node.has_line(frame.line)
            && scope_at(site.function, frame.line) == site.scope
    })
}

/// What the sites of a program prove. One that nothing ends is the cause; of several each is a candidate, unless the profile names the
/// function of only one of them as what made the goroutines.
pub(super) fn judge<'a>(library: &Library<'_, 'a>, mut sites: Vec<Site<'a>>, is_complete: bool) -> Vec<Said> {
    if sites.iter().any(|it| !it.is_bounded) {
        sites.retain(|it| !it.is_bounded);
    }
    let named: Vec<bool> = sites.iter().map(|site| is_named(library, site)).collect();
    let names_one = named.iter().filter(|it| **it).count() == 1;
    let is_only = sites.len() == 1 && is_complete && sites.iter().all(|it| !it.is_bounded);
    let mut told: Vec<(bool, Said)> = Vec::new();
    for (site, is_named) in sites.into_iter().zip(named) {
        let is_it = is_only || names_one && is_named && !site.is_bounded;
        let certainty = if is_it { SourceCertainty::Confirmed } else { SourceCertainty::Candidate };
        told.push((is_it || is_named, Said { certainty, ..site.said }));
    }
    if told.iter().any(|(_, said)| said.certainty == SourceCertainty::Confirmed) {
        told.retain(|(_, said)| said.certainty == SourceCertainty::Confirmed);
    }
    sort::by_key(&mut told, |(is_named, _)| !is_named);
    told.truncate(MAX_TOLD);
    told.into_iter().map(|(_, said)| said).collect()
}
