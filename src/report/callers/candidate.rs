//! What was found: places in the user's code, of which the likeliest are reported.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::model::Basis;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::report::group_line::frame_line;
use crate::report::lines::Caller;
use crate::report::lines::CallerFit;
use crate::report::lines::CallerSource;
use crate::series::Series;
use crate::sort;
use crate::text::word;

/// Callers of one finding that are named.
const MAX_CALLERS: usize = 3;

/// One place in the user's code that may be behind a finding.
#[derive(Clone, Copy)]
pub(super) struct Candidate {
    pub(super) frame: Frame,
    pub(super) calls: Option<FunctionId>,
    pub(super) fit: CallerFit,
    pub(super) source: CallerSource,
    pub(super) basis: Basis,
    /// How often it was seen.
    pub(super) weight: i128,
}

/// The candidates of one finding: the best of each function, with the sum of their weights.
#[derive(Clone, Default)]
pub(super) struct Found(BTreeMap<FunctionId, Candidate>);

impl Found {
    pub(super) fn add(&mut self, candidate: Candidate) {
        let known = self.0.entry(candidate.frame.function).or_insert(candidate);
        let weight = known.weight.max(candidate.weight);
        if (candidate.fit, candidate.source) < (known.fit, known.source) {
            *known = candidate;
        }
        known.weight = weight;
    }

    /// The candidates that fit best. Many that do not fit well say nothing.
    pub(super) fn best(self, series: &Series) -> Vec<Caller> {
        // What is stated makes guesses needless.
        let basis = |it: &Candidate| it.basis == Basis::Inferred;
        let Some(least) = self.0.values().map(|it| (basis(it), it.fit)).min() else { return Vec::new() };
        let (_, fit) = least;
        let mut best: Vec<Candidate> =
            self.0.into_values().filter(|it| (basis(it), it.fit) == least).collect();
        // The id of the parent says which of several calls it was.
        if best.iter().any(|it| it.source == CallerSource::Parent) {
            best.retain(|it| it.source <= CallerSource::Parent);
        }
        if best.len() > MAX_CALLERS && fit >= CallerFit::SamePackage {
            return Vec::new();
        }
        let name = |it: &Candidate| series.names.function_name(it.frame.function);
        sort::by(&mut best, |a, b| {
            let order = |it: &Candidate| (it.source, Reverse(it.weight));
            order(a).cmp(&order(b)).then_with(|| name(a).cmp(name(b)))
        });
        best.iter().take(MAX_CALLERS).map(|it| caller(series, it)).collect()
    }
}

fn caller(series: &Series, it: &Candidate) -> Caller {
    Caller {
        frame: frame_line(series, it.frame),
        calls: it.calls.map(|function| series.names.function_name(function).to_owned()),
        fit: it.fit,
        source: it.source,
        basis: it.basis,
    }
}

/// What is known of the callers, as a sentence with all names; `None` if nothing is.
pub(crate) fn sentence(callers: &[Caller]) -> Option<String> {
    let first = callers.first()?;
    let names: Vec<String> = callers.iter().map(Caller::place).collect();
    let who = match names.split_last()? {
        (last, []) => last.clone(),
        (last, rest) => format!("{} and {last}", rest.join(", ")),
    };
    Some(match (first.fit, first.source, &first.calls) {
        (CallerFit::Ancestor, ..) => {
            format!("The goroutines that started them were started or are run by {who}.")
        }
        (CallerFit::SameFinding, ..) => format!("Your code on the other stacks of this finding: {who}."),
        (fit, source, calls) => {
            let calls = calls.as_ref().map_or(String::new(), |it| format!(" {}", word(it)));
            let seen = match source {
                CallerSource::Ancestor => "stated by their ancestors",
                CallerSource::Heap => "inferred from the heap profile",
                CallerSource::Stacks | CallerSource::Parent => "inferred from other stacks",
            };
            let what = match (fit.is_maker(), first.basis) {
                (true, Basis::Stated) => "Made by",
                (true, Basis::Inferred) => "Probably made by",
                (false, _) => "Your code that uses the library:",
            };
            let through = if calls.is_empty() { String::new() } else { format!(" through{calls}") };
            format!("{what} {who}{through} ({seen}; {}).", fit.as_str())
        }
    })
}
