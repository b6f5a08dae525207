//! The knowledge, as data: what a stuck stack means, how it is told, and how it is mended.
//!
//! **Invariant:** rules hold no code. Each carries its proof: a dump in which it fires and a near miss in which it does
//! not (`tests/it/rules.rs` runs all proofs against all rules).

use std::borrow::Cow;

mod built_in;
#[rustfmt::skip]
mod made;
mod pattern;
mod schema;

pub use built_in::BUILT_IN;
pub use pattern::FramePattern;
pub(crate) use pattern::IndexedPattern;
pub(crate) use pattern::without_versions;
pub use schema::Benign;
pub use schema::Beside;
pub use schema::Kind;
pub use schema::Level;
pub use schema::Proof;
pub use schema::Rule;
pub use schema::RuleError;
pub use schema::StringInterner;
pub use schema::Text;
pub use schema::When;

/// Rules, in the order in which they are tried: the most particular first.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// The rules.
    pub rules: Cow<'static, [Rule]>,
    /// Background goroutines that are silent up to their caps.
    pub benign: Cow<'static, [Benign]>,
}

impl RuleSet {
    /// The rules that come with leakscope, without their proofs. `tests/it/made.rs` makes them of their files, so that nothing
    /// is read at a start.
    pub const fn built_in() -> Self {
        RuleSet { rules: Cow::Borrowed(&made::RULES), benign: Cow::Borrowed(&made::BENIGN) }
    }

    #[cfg(feature = "files")]
    /// The rules that come with leakscope, as they are written.
    pub fn built_in_with_proofs() -> Self {
        let rules: Vec<Rule> = BUILT_IN
            .iter()
            .map(|(id, text)| {
                let rule = Rule::parse(id, text);
                rule.unwrap_or_else(|error| panic!("a rule of our own is wrong: {error}"))
            })
            .collect();
        let mut set = RuleSet { rules: Cow::Owned(rules), ..RuleSet::built_in() };
        set.sort();
        set
    }

    /// Adds rules of the user's; one with the id of another takes its place. All are put in order then; without a rule to add
    /// nothing changes.
    pub fn extend(&mut self, rules: Vec<Rule>) {
        if rules.is_empty() {
            return;
        }
        let all = self.rules.to_mut();
        for rule in rules {
            all.retain(|it| it.id != rule.id);
            all.push(rule);
        }
        self.sort();
    }

    /// The most particular rules stand first.
    fn sort(&mut self) {
        self.rules.to_mut().sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
    }

    /// The rule of this name.
    pub fn find(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}
