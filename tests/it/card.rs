//! The verdict as a picture (`--format svg`): small, safe, and the one in README is current.

use std::fs;

use leakscope::Analysis;
use leakscope::Snapshot;
use leakscope::render::Format;
use leakscope::render::render;

use crate::support;

const SHOP: &str = "testdata/series/shop";
/// The picture at the top of README.
const README_PICTURE: &str = "docs/verdict.svg";

fn card(snapshots: Vec<Snapshot>) -> String {
    let report = Analysis::default().run(snapshots);
    let mut out = Vec::new();
    render(&report, Format::named("svg").expect("it is a format"), &mut out).expect("memory can be written");
    checked(String::from_utf8(out).expect("pictures are UTF-8"))
}

/// A picture, if nothing in it can run or load anything.
fn checked(text: String) -> String {
    let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let all = document.descendants().filter(|it| it.is_element());
    for element in all {
        let name = element.tag_name().name();
        assert!(!matches!(name, "script" | "a" | "image" | "use" | "foreignObject"), "{text}");
        assert!(element.attributes().all(|it| !it.name().starts_with("on") && it.name() != "href"), "{text}");
    }
    text
}

/// The picture that a command prints.
fn printed(arguments: &[&str]) -> String {
    let output = support::leakscope(&[arguments, &["--format", "svg", "--no-source"]].concat());
    checked(String::from_utf8(output.stdout).expect("pictures are UTF-8"))
}

/// The texts of a picture.
fn texts(card: &str) -> String {
    let document = roxmltree::Document::parse(card).expect("it was parsed before");
    let texts = document.descendants().filter(|it| it.has_tag_name("text") || it.tag_name().name() == "text");
    texts.filter_map(|it| it.text()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_picture_in_readme_is_current() {
    let picture = printed(&["diff", SHOP]);
    let path = support::root(README_PICTURE);
    if support::is_writing() {
        fs::write(&path, &picture).expect("the repository can be written");
    }
    let committed = String::from_utf8(support::read(&path)).expect("it is UTF-8");
    assert_eq!(committed, picture, "LEAKSCOPE_WRITE=1 cargo test --test it card::");
    let readme = String::from_utf8(support::read(&support::root("README.md"))).expect("it is UTF-8");
    assert!(readme.contains(&format!("]({README_PICTURE})")), "README shows it");
}

#[test]
fn a_picture_says_what_the_report_says() {
    let grown = printed(&["diff", SHOP]);
    assert!(grown.len() <= 4096, "{} bytes", grown.len());
    let said = texts(&grown);
    for text in ["growing · proven leaked", "waits at shop/main.go:41", "started at shop/main.go:36", "326"]
    {
        assert!(said.contains(text), "{text}: {said}");
    }
    let one = printed(&["top", &format!("{SHOP}/20261124T064722.059Z")]);
    assert!(texts(&one).contains("in one snapshot"), "{one}");
    let calm = |count: usize| {
        let text =
            format!("goroutine profile: total {count}\n{count} @ 0x1\n#\t0x1\tmain.f+0x1\t/srv/a.go:1\n\n");
        Snapshot::from_bytes("x", text.into_bytes()).expect("it is a profile")
    };
    let calm = texts(&card(vec![calm(8), calm(8), calm(8), calm(8)]));
    assert!(calm.contains("no leak is shown") && calm.contains("Nothing grows"), "{calm}");
}

/// Findings are made of stacks: other groups have none, and no process died.
#[test]
fn what_is_proven_is_no_death() {
    let said = texts(&printed(&["diff", SHOP, "--by", "spawn"]));
    assert!(said.contains("proven leaked") && !said.contains("died"), "{said}");
}

#[test]
fn hostile_names_stay_text() {
    let Some(shared) = support::shared() else { return };
    for file in support::entries(&shared.join("hostile/names")) {
        if let Ok(snapshot) = Snapshot::from_bytes("x", support::read(&file)) {
            let picture = card(vec![snapshot]);
            assert!(picture.len() <= 8192, "{}: {} bytes", file.display(), picture.len());
        }
    }
}
