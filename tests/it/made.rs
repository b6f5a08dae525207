//! What is generated is committed, and current. `LEAKSCOPE_WRITE=1 cargo test --test it made` writes it anew.
#![expect(clippy::disallowed_methods, reason = "the environment says whether to write")]

use std::fs;
use std::path::Path;

use leakscope::rules::Benign;
use leakscope::rules::Rule;
use leakscope::rules::RuleSet;
use leakscope::rules::Text;
use leakscope::rules::Texts;
use leakscope::rules::When;

/// Makes `wire.rs` from `proto/profile.proto` with a compiler written in Rust; no protoc is needed.
fn wire() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = protox::compile(["profile.proto"], [root.join("proto")]).expect("profile.proto compiles");
    let mut config = prost_build::Config::new();
    // Profiles are walked field by field; only tests make whole ones.
    config.type_attribute("leakscope.pprof.Profile", "#[cfg(test)]");
    config.type_attribute("leakscope.pprof.Sample", "#[cfg(test)]");
    let out = std::env::temp_dir().join(format!("leakscope-made-{}", std::process::id()));
    fs::create_dir_all(&out).expect("a folder in the temporary folder");
    config.out_dir(&out);
    config.compile_fds(files).expect("prost makes code");
    let code = fs::read_to_string(out.join("leakscope.pprof.rs")).expect("prost wrote the package");
    fs::remove_dir_all(&out).expect("the folder was ours");
    let head =
        "// Made from proto/profile.proto by `LEAKSCOPE_WRITE=1 cargo test --test it made`. Do not edit.\n\n";
    format!("{head}{code}")
}

/// Makes `made.rs`, the rules as constant data, from the rules as they are written: without their proofs, the most
/// particular first.
fn rules() -> String {
    #[derive(serde::Deserialize)]
    struct Benigns {
        benign: Vec<Benign>,
    }
    let benign: Benigns = toml::from_str(include_str!("../../src/rules/benign.toml")).expect("a list");
    let rules = RuleSet::built_in_with_examples().rules;
    format!(
        "// Made from the files beside it by `LEAKSCOPE_WRITE=1 cargo test --test it made`. Do not edit.\n\n\
        use std::borrow::Cow::Borrowed as B;\n\n\
        use super::schema::*;\n\n\
        pub(super) static RULES: [Rule; {}] = {};\n\n\
        pub(super) static BENIGN: [Benign; {}] = {};\n",
        rules.len(),
        all(&rules, rule),
        benign.benign.len(),
        all(&benign.benign, |it| format!(
            "Benign {{ what: {}, frames: {}, cap: {} }}",
            text(&it.what),
            texts(&it.frames),
            it.cap
        )),
    )
}

fn rule(it: &Rule) -> String {
    format!(
        "Rule {{ id: {}, title: {}, description: {}, kind: Kind::{:?}, causes: {}, level: Level::{:?}, priority: {}, \
        links: {}, when: {}, say: Say {{ each: {}, advice: {}, sketch: {} }}, fires: B(&[]), stays_quiet: B(&[]) }}",
        text(&it.id),
        text(&it.title),
        text(&it.description),
        it.kind,
        texts(&it.causes),
        it.level,
        it.priority,
        texts(&it.links),
        when(&it.when),
        text(&it.say.each),
        text(&it.say.advice),
        text(&it.say.sketch),
    )
}

fn when(it: &When) -> String {
    let class =
        |class: &Option<Text>| class.as_ref().map_or("None".to_owned(), |it| format!("Some({})", text(it)));
    let beside: Vec<String> = it
        .beside
        .iter()
        .map(|it| format!("Beside {{ frames: {}, ratio: {} }}", text(&it.frames), ratio(it.ratio)))
        .collect();
    format!(
        "When {{ blocked_on: {}, frames: {}, without: {}, entry: {}, spawned_by: {}, named: {}, beside: B(&[{}]), \
        spawner_blocked_on: {}, children_blocked_on: {}, holder_moves: {:?}, same_receiver_twice: {}, lock_order: {}, \
        one_living_parent: {}, min_count: {}, growing: {} }}",
        texts(&it.blocked_on),
        texts(&it.frames),
        texts(&it.without),
        texts(&it.entry),
        texts(&it.spawned_by),
        texts(&it.named),
        beside.join(", "),
        class(&it.spawner_blocked_on),
        class(&it.children_blocked_on),
        it.holder_moves,
        it.same_receiver_twice,
        it.lock_order,
        it.one_living_parent,
        it.min_count,
        it.growing,
    )
}

/// A list of which each stands in a line.
fn all<T>(items: &[T], write: impl Fn(&T) -> String) -> String {
    let lines: Vec<String> = items.iter().map(|it| format!("    {},\n", write(it))).collect();
    format!("[\n{}]", lines.concat())
}

fn text(it: &Text) -> String {
    format!("B({it:?})")
}

fn texts(it: &Texts) -> String {
    format!("B(&[{}])", it.iter().map(text).collect::<Vec<_>>().join(", "))
}

fn ratio(bounds: [f64; 2]) -> String {
    let bound = |it: f64| if it.is_finite() { format!("{it:?}") } else { "f64::INFINITY".to_owned() };
    format!("[{}]", bounds.map(bound).join(", "))
}

#[test]
fn wire_is_current() {
    is_current("src/decode/pprof/wire.rs", &wire());
}

#[test]
fn rules_are_current() {
    is_current("src/rules/made.rs", &rules());
}

fn is_current(path: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("LEAKSCOPE_WRITE").is_some() {
        fs::write(&path, made).expect("it can be written");
    }
    let committed = fs::read_to_string(&path).expect("it is there");
    assert!(committed == made, "{} is not what its source makes", path.display());
}
