//! Generates `generated.rs` from the TOML files: `LEAKSCOPE_WRITE=1 cargo test --lib rules::generate`.
//!
//! This is a unit test because a library that is compiled for its unit tests does not contain `generated.rs` (see
//! `rules/mod.rs`): the generator also runs when the committed tables do not fit a changed `schema.rs`.
#![expect(clippy::disallowed_methods, reason = "reads the TOML files; the environment says whether to write")]

use std::borrow::Cow;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::Benign;
use super::Rule;
use super::RuleSet;
use super::Text;
use super::Texts;
use super::When;
use super::advice_for;
use super::cause::ADVICE;

const HEAD: &str = "\
// Generated from builtin/*.toml and benign.toml by `LEAKSCOPE_WRITE=1 cargo test --lib rules::generate`. Do not edit.

use std::borrow::Cow::Borrowed as B;

use super::schema::*;
";

#[test]
fn generated_is_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let path = folder.join("generated.rs");
    let generated = generate(&folder);
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        fs::write(&path, &generated).expect("the source tree is writable");
    }
    let committed = fs::read_to_string(&path).expect("generated.rs is committed");
    assert!(committed == generated, "generated.rs is out of date: {HEAD}");
}

#[test]
fn advice_is_for_the_causes_of_rules() {
    let rules = sorted_rules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules/builtin"));
    let named = |cause: &str| rules.rules.iter().any(|rule| rule.causes.iter().any(|it| it == cause));
    let unknown: Vec<&str> = ADVICE.iter().map(|(cause, _)| *cause).filter(|it| !named(it)).collect();
    assert_eq!(unknown, [""; 0], "no rule names these");
    for rule in rules.rules.iter() {
        let cause = rule.causes.first().expect("a rule names a cause");
        let is_known = advice_for(cause).is_some() || ["library-bug", "not-a-leak"].contains(&cause.as_ref());
        assert!(is_known, "{} names {cause}, for which cause.rs says nothing", rule.id);
    }
}

/// The source text of `generated.rs`: the list of all rule files, and the rules and background goroutines as constants.
/// The constants leave the examples out: only tests and `leakscope explain` need them.
fn generate(folder: &Path) -> String {
    #[derive(serde::Deserialize)]
    struct BenignFile {
        benign: Vec<Benign>,
    }
    let benign = fs::read_to_string(folder.join("benign.toml")).expect("benign.toml is committed");
    let benign: BenignFile = toml::from_str(&benign).unwrap_or_else(|error| panic!("benign.toml: {error}"));
    let rules = sorted_rules(&folder.join("builtin"));
    let mut ids: Vec<&str> = rules.rules.iter().map(|rule| rule.id.as_ref()).collect();
    ids.sort_unstable();

    let mut out = HEAD.to_owned();
    out.push_str("\npub(super) const BUILT_IN: &[(&str, &str)] = &[\n");
    for id in ids {
        add(&mut out, 1, &format!("({id:?}, include_str!(\"builtin/{id}.toml\")),"));
    }
    let _ = write!(out, "];\n\npub(super) static RULES: [Rule; {}] = [\n", rules.rules.len());
    for rule in rules.rules.iter() {
        add_rule(&mut out, rule);
    }
    let _ = write!(out, "];\n\npub(super) static BENIGN: [Benign; {}] = [\n", benign.benign.len());
    for it in &benign.benign {
        add(&mut out, 1, "Benign {");
        add(&mut out, 2, &format!("what: {},", text(&it.what)));
        add(&mut out, 2, &format!("frames: {},", texts(&it.frames)));
        add(&mut out, 2, &format!("cap: {},", it.cap));
        add(&mut out, 2, &format!("even_growing: {},", it.even_growing));
        add(&mut out, 1, "},");
    }
    out.push_str("];\n");
    out
}

/// All rules of a folder, the most specific first.
fn sorted_rules(folder: &Path) -> RuleSet {
    let mut rules = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is committed") {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("names are ASCII").to_owned();
        let source = fs::read_to_string(&path).expect("rules are UTF-8");
        let rule = Rule::parse(&name, &source).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rule.id, name, "a rule's file has the name of the rule");
        rules.push(rule);
    }
    let mut set = RuleSet { rules: Cow::Owned(rules), benign: Cow::Borrowed(&[]) };
    set.sort();
    set
}

fn add_rule(out: &mut String, rule: &Rule) {
    add(out, 1, "Rule {");
    add(out, 2, &format!("id: {},", text(&rule.id)));
    add(out, 2, &format!("title: {},", text(&rule.title)));
    add(out, 2, &format!("description: {},", text(&rule.description)));
    add(out, 2, &format!("kind: RuleKind::{:?},", rule.kind));
    add(out, 2, &format!("causes: {},", texts(&rule.causes)));
    add(out, 2, &format!("level: Level::{:?},", rule.level));
    add(out, 2, &format!("priority: {},", rule.priority));
    add(out, 2, &format!("links: {},", texts(&rule.links)));
    add(out, 2, &format!("because_of: {},", text(&rule.because_of)));
    add(out, 2, &format!("held_in: {},", texts(&rule.held_in)));
    add_when(out, &rule.when);
    add(out, 2, "say: Say {");
    add(out, 3, &format!("each: {},", text(&rule.say.each)));
    add(out, 3, &format!("advice: {},", text(&rule.say.advice)));
    add(out, 3, &format!("advice_elsewhere: {},", optional(&rule.say.advice_elsewhere)));
    add(out, 3, &format!("sketch: {},", text(&rule.say.sketch)));
    add(out, 2, "},");
    add(out, 2, "fires: B(&[]),");
    add(out, 2, "stays_quiet: B(&[]),");
    add(out, 1, "},");
}

fn add_when(out: &mut String, when: &When) {
    let beside: Vec<String> = when
        .beside
        .iter()
        .map(|it| format!("Beside {{ frames: {}, ratio: {} }}", text(&it.frames), ratio(it.ratio)))
        .collect();
    add(out, 2, "when: When {");
    add(out, 3, &format!("blocked_on: {},", texts(&when.blocked_on)));
    add(out, 3, &format!("frames: {},", texts(&when.frames)));
    add(out, 3, &format!("without: {},", texts(&when.without)));
    add(out, 3, &format!("entry: {},", texts(&when.entry)));
    add(out, 3, &format!("spawned_by: {},", texts(&when.spawned_by)));
    add(out, 3, &format!("named: {},", texts(&when.named)));
    add(out, 3, &format!("beside: B(&[{}]),", beside.join(", ")));
    add(out, 3, &format!("spawner_blocked_on: {},", optional(&when.spawner_blocked_on)));
    add(out, 3, &format!("children_blocked_on: {},", optional(&when.children_blocked_on)));
    add(out, 3, &format!("holder_moves: {:?},", when.holder_moves));
    add(out, 3, &format!("holder_blocked_on: {},", texts(&when.holder_blocked_on)));
    add(out, 3, &format!("holds_lock: {},", when.holds_lock));
    add(out, 3, &format!("same_receiver_twice: {},", when.same_receiver_twice));
    add(out, 3, &format!("lock_order: {},", when.lock_order));
    add(out, 3, &format!("one_living_parent: {},", when.one_living_parent));
    add(out, 3, &format!("given: {},", texts(&when.given)));
    add(out, 3, &format!("library_only: {},", when.library_only));
    add(out, 3, &format!("min_count: {},", when.min_count));
    add(out, 3, &format!("growing: {},", when.growing));
    add(out, 2, "},");
}

/// Adds one line, indented by `level` steps.
fn add(out: &mut String, level: usize, line: &str) {
    let _ = writeln!(out, "{:1$}{line}", "", 4 * level);
}

fn text(it: &Text) -> String {
    format!("B({it:?})")
}

fn optional(it: &Option<Text>) -> String {
    it.as_ref().map_or("None".to_owned(), |it| format!("Some({})", text(it)))
}

fn texts(it: &Texts) -> String {
    format!("B(&[{}])", it.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn ratio(bounds: [f64; 2]) -> String {
    let bound = |it: f64| if it.is_finite() { format!("{it:?}") } else { "f64::INFINITY".to_owned() };
    format!("[{}]", bounds.map(bound).join(", "))
}
