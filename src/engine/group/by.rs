//! The dimensions that goroutines are grouped by.

use crate::golang;
use crate::model::BlockedOn;
use crate::model::FunctionId;
use crate::model::LabelSetId;
use crate::model::Profile;
use crate::model::Snapshot;
use crate::stacks::Granularity;
use crate::stacks::SnapshotSymbols;
use crate::stacks::SymbolTable;

/// What the goroutines of a group have in common: one or several dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The dimensions, in the order of the command line. Without any, all goroutines are one group.
    pub dimensions: Vec<Dimension>,
    /// How much of a frame counts.
    pub granularity: Granularity,
    /// The path of the program's own module: functions outside of it and of `main` belong to libraries. With `None`, the file names
    /// of the profile decide.
    pub module: Option<String>,
}

impl Default for By {
    fn default() -> Self {
        By { dimensions: vec![Dimension::Stack], granularity: Granularity::Functions, module: None }
    }
}

impl By {
    /// Whether goroutines are grouped by stack and by nothing else.
    pub(crate) fn is_by_stack_alone(&self) -> bool {
        self.dimensions == [Dimension::Stack]
    }

    /// Whether each group has one stack, or the dimensions are empty.
    pub fn is_by_stack(&self) -> bool {
        self.dimensions.contains(&Dimension::Stack) || self.dimensions.is_empty()
    }
}

/// One thing that goroutines can have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// The whole stack.
    Stack,
    /// Each function of the stack: a goroutine counts once at each of them, as in pprof's `cum`.
    Function,
    /// The package of the site.
    Package,
    /// The first frame that is neither Go's runtime nor its standard library.
    Site,
    /// The outermost frame.
    Entry,
    /// The function that ran the `go` statement.
    Spawn,
    /// The state in Go's words or, if the form has no states, what the goroutine is blocked on.
    State,
    /// The value of a label.
    Label(String),
}

impl Dimension {
    const WORDS: [(Dimension, &str); 7] = [
        (Dimension::Stack, "stack"),
        (Dimension::Function, "function"),
        (Dimension::Package, "package"),
        (Dimension::Site, "site"),
        (Dimension::Entry, "entry"),
        (Dimension::Spawn, "spawn"),
        (Dimension::State, "state"),
    ];

    /// The words of `--by`, for a message: `stack, function, … or label:KEY`.
    pub fn words() -> String {
        format!("{} or label:KEY", Dimension::WORDS.map(|(_, word)| word).join(", "))
    }

    /// The words of `--by` that need no key.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Dimension::WORDS.into_iter().map(|(_, word)| word)
    }

    /// Parses a word of `--by`: `stack`, `function`, …, `label:KEY`. `None` if it is none of them.
    pub fn parse(word: &str) -> Option<Self> {
        let label = word.strip_prefix("label:").filter(|key| !key.is_empty());
        let label = label.map(|key| Dimension::Label(key.to_owned()));
        label.or_else(|| Dimension::WORDS.into_iter().find(|(_, it)| *it == word).map(|(it, _)| it))
    }

    /// The word in `--by` and in JSON.
    pub fn name(&self) -> String {
        if let Dimension::Label(key) = self {
            return format!("label:{key}");
        }
        Dimension::WORDS.iter().find(|(it, _)| it == self).map_or("", |(_, word)| word).to_owned()
    }
}

/// The least that decides the key of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum KeyDependsOn {
    /// The visible frames of its stack.
    StackFrames,
    /// Its stack.
    Stack,
    /// The whole sample.
    Sample,
    /// Each function of its stack: a sample has several keys.
    EachFunction,
}

impl KeyDependsOn {
    /// What the keys of these dimensions depend on.
    pub(super) fn of(by: &By) -> Self {
        let of = |dimension: &Dimension| match dimension {
            Dimension::Stack => KeyDependsOn::StackFrames,
            Dimension::Package | Dimension::Site | Dimension::Entry => KeyDependsOn::Stack,
            Dimension::Spawn | Dimension::State | Dimension::Label(_) => KeyDependsOn::Sample,
            Dimension::Function => KeyDependsOn::EachFunction,
        };
        by.dimensions.iter().map(of).max().unwrap_or(KeyDependsOn::Stack)
    }
}

/// Adds the symbols of a snapshot, and the texts that its groups may be named by. Call it for one snapshot after the other, so that ids do not
/// depend on the number of threads.
pub fn merge_symbols(symbols: &mut SymbolTable, snapshot: &Snapshot, by: &By) -> SnapshotSymbols {
    let merged = symbols.merge(snapshot, by.is_by_stack());
    for dimension in &by.dimensions {
        let profiles = [Some(&snapshot.counts), snapshot.traceback.as_ref(), snapshot.proof.as_ref()];
        for profile in profiles.into_iter().flatten() {
            intern_values(symbols, profile, dimension);
        }
    }
    merged
}

/// Interns the values of a dimension whose values are texts.
fn intern_values(symbols: &mut SymbolTable, profile: &Profile, dimension: &Dimension) {
    match dimension {
        Dimension::Package => {
            for id in 0..profile.symbols.functions_len() as u32 {
                symbols.intern_text(golang::package(&golang::canonical(
                    profile.symbols.function(FunctionId(id)),
                )));
            }
        }
        Dimension::State => {
            for blocked_on in BlockedOn::ALL {
                symbols.intern_text(blocked_on.as_str());
            }
            for state in &profile.states {
                symbols.intern_text(&state.words());
            }
        }
        Dimension::Label(key) => {
            for set in 0..profile.labels.sets_len() as u32 {
                for (_, value) in profile.labels.pairs(LabelSetId(set)).filter(|(it, _)| it == key) {
                    symbols.intern_text(value);
                }
            }
        }
        Dimension::Stack | Dimension::Function | Dimension::Site | Dimension::Entry | Dimension::Spawn => {}
    }
}
