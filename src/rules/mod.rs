//! The knowledge as data: what a blocked stack means, how it is recognized, and how to fix it.
//!
//! **Invariant:** rules contain no code. Each has examples: a dump in which it fires, and a near miss in which it stays quiet.
//! `tests/it/rules.rs` checks all examples against all rules.

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
pub use schema::Example;
pub use schema::Kind;
pub use schema::Level;
pub use schema::Rule;
pub use schema::RuleError;
pub use schema::Text;
pub use schema::Texts;
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
    /// The rules that come with leakscope, without their examples. `tests/it/made.rs` generates them from their files, so that no file
    /// is parsed at run time.
    pub const fn built_in() -> Self {
        RuleSet { rules: Cow::Borrowed(&made::RULES), benign: Cow::Borrowed(&made::BENIGN) }
    }

    /// The rules that come with leakscope, with their examples.
    pub fn built_in_with_examples() -> Self {
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
