//! What groups are made of.

/// What the goroutines of a group have in common: one or several dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct By {
    /// The dimensions, in the order in which they were asked for. If there is none, all are one group.
    pub dimensions: Vec<Dimension>,
    /// How much of a frame counts.
    pub granularity: Granularity,
    /// The path of the program's own module: what is not in it, nor in `main`, is a library's. `None` leaves it to the
    /// files that the profile names.
    pub module: Option<String>,
}

impl Default for By {
    fn default() -> Self {
        By { dimensions: vec![Dimension::Stack], granularity: Granularity::Functions, module: None }
    }
}

impl By {
    /// Whether whole stacks are told apart, and nothing else.
    pub(super) fn is_by_stack_alone(&self) -> bool {
        self.dimensions == [Dimension::Stack]
    }

    /// Whether whole stacks are told apart.
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
    /// The state in Go's words; where the form has none, what it is blocked on.
    State,
    /// The value of a label.
    Label(String),
}

impl Dimension {
    /// Reads the word of `--by`: `stack`, `function`, …, `label:KEY`. `None` if it is none of them.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "stack" => Dimension::Stack,
            "function" => Dimension::Function,
            "package" => Dimension::Package,
            "site" => Dimension::Site,
            "entry" => Dimension::Entry,
            "spawn" => Dimension::Spawn,
            "state" => Dimension::State,
            _ => Dimension::Label(word.strip_prefix("label:").filter(|key| !key.is_empty())?.to_owned()),
        })
    }

    /// The word of `--by`, also that of the JSON.
    pub fn name(&self) -> String {
        match self {
            Dimension::Stack => "stack".to_owned(),
            Dimension::Function => "function".to_owned(),
            Dimension::Package => "package".to_owned(),
            Dimension::Site => "site".to_owned(),
            Dimension::Entry => "entry".to_owned(),
            Dimension::Spawn => "spawn".to_owned(),
            Dimension::State => "state".to_owned(),
            Dimension::Label(key) => format!("label:{key}"),
        }
    }
}

/// How much of a frame counts when stacks are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Granularity {
    /// The function: survives edits that move lines.
    #[default]
    Functions,
    /// The function and its line.
    Lines,
    /// The file alone.
    Files,
}
