//! What other programs read holds to its schema: SARIF, the JSON document, JUnit XML.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use roxmltree::Document;
use roxmltree::Node;
use serde_json::Value;

use crate::support;
use crate::support::json_schema::Schema;

/// The renderings of one run of the gate.
struct Renderings {
    case: String,
    sarif: Value,
    json: Value,
    junit: String,
}

/// The gate over these inputs, whatever it concludes.
fn gate(inputs: &[PathBuf]) -> Renderings {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let at = |name: &str| folder.path().join(name);
    let limits = ["--limit-goroutines=1000", "--limit-memory=1GiB"];
    let mut arguments = vec!["gate".to_owned(), "--isolated".to_owned()];
    arguments.extend(limits.map(str::to_owned));
    for name in ["sarif", "json", "junit"] {
        arguments.push(format!("--output={name}={}", at(name).display()));
    }
    arguments.extend(inputs.iter().map(|it| it.display().to_string()));
    let output = support::leakscope(&arguments);
    let case = inputs[0].display().to_string();
    assert!(at("junit").is_file(), "{case}: {}", String::from_utf8_lossy(&output.stderr));
    Renderings {
        sarif: support::json(&at("sarif")),
        json: support::json(&at("json")),
        junit: String::from_utf8(support::read(&at("junit"))).expect("XML is UTF-8 here"),
        case,
    }
}

/// A series that is denied, each program against itself, and two that cannot be judged; made once for all tests.
static RENDERINGS: LazyLock<Vec<Renderings>> = LazyLock::new(|| {
    let mut all = vec![gate(&[support::root("testdata/series/shop")])];
    for capture in support::captures() {
        all.push(gate(&[capture.clone(), capture]));
    }
    let programs = support::root("testdata/programs");
    all.push(gate(&[programs.join("names/go1.26.8"), programs.join("pool/go1.26.8")]));
    let broken = support::root("testdata/broken/cut-in-name.debug1.txt");
    all.push(gate(&[broken.clone(), broken]));
    all
});

fn schema(schema: &str) -> Schema {
    let mut schema = support::json(&support::root("testdata/schemas").join(schema));
    // SARIF's own schema has a pattern that is no regular expression of ECMA-262; we write no language.
    for place in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{place}/properties/language"));
        if let Some(language) = language.and_then(Value::as_object_mut) {
            language.remove("pattern");
        }
    }
    Schema::new(schema)
}

#[test]
fn sarif() {
    let schema = schema("sarif-2.1.0.json");
    for it in &*RENDERINGS {
        assert_eq!(schema.faults(&it.sarif), [""; 0], "{}", it.case);
        let run = &it.sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().expect("a driver lists its rules");
        for result in run["results"].as_array().expect("a run lists its results") {
            assert!(rules.iter().any(|rule| rule["id"] == result["ruleId"]), "{}: {result}", it.case);
        }
    }
}

#[test]
fn json() {
    let schema = schema("leakscope-1.json");
    for it in &*RENDERINGS {
        assert_eq!(schema.faults(&it.json), [""; 0], "{}", it.case);
    }
    // Each capture by one of the dimensions, in turn.
    let dimensions = ["stack", "function", "label:tenant", "state", "stack,label:tenant"];
    for (capture, by) in support::captures().iter().zip(dimensions.iter().cycle()) {
        let arguments = ["top", text(capture), "--format", "json", "--limit", "0", "--by", by];
        let document = support::document(&support::leakscope(&arguments));
        assert_eq!(schema.faults(&document), [""; 0], "{} by {by}", capture.display());
    }
}

#[test]
fn schemas_refuse() {
    let it = gate(&[support::root("testdata/series/shop")]);
    let check = |name_of_schema: &str, whole: &Value, pointer: &str, name: &str| {
        let mut cut = whole.clone();
        let object = cut.pointer_mut(pointer).and_then(Value::as_object_mut).expect("it is there");
        object.remove(name).expect("it is there");
        let faults = schema(name_of_schema).faults(&cut);
        assert!(faults.iter().any(|it| it.contains(name)), "{name_of_schema} without {name}: {faults:?}");
    };
    check("sarif-2.1.0.json", &it.sarif, "/runs/0", "tool");
    check("sarif-2.1.0.json", &it.sarif, "/runs/0/results/0", "message");
    check("leakscope-1.json", &it.json, "", "groups");
    check("leakscope-1.json", &it.json, "/groups/0/stack/0", "line");
    check("leakscope-1.json", &it.json, "/findings/0", "evidence");
}

#[test]
fn junit() {
    for it in &*RENDERINGS {
        let document = Document::parse(&it.junit).unwrap_or_else(|error| panic!("{}: {error}", it.case));
        let suites = document.root_element();
        assert_eq!(suites.tag_name().name(), "testsuites", "{}", it.case);
        tally(suites, &it.case);
        let denied = it.json["verdict"]["denied"].as_u64().expect("a verdict counts what it denies");
        assert_eq!(named(suites, "failure").count() as u64, denied, "{}", it.case);
        let judged = it.json["verdict"]["unusable"].is_null() && it.json["verdict"]["inconclusive"].is_null();
        assert_eq!(named(suites, "error").count(), usize::from(!judged), "{}", it.case);
        for suite in suites.children().filter(Node::is_element) {
            assert_eq!(suite.tag_name().name(), "testsuite", "{}", it.case);
            assert!(suite.attribute("name").is_some(), "{}", it.case);
            tally(suite, &it.case);
            let mut seen = Vec::new();
            for case in suite.children().filter(Node::is_element) {
                assert_eq!(case.tag_name().name(), "testcase", "{}", it.case);
                let name = (case.attribute("classname"), case.attribute("name").expect("a case has a name"));
                assert!(!seen.contains(&name), "{}: {name:?} twice", it.case);
                seen.push(name);
                for inner in case.children().filter(Node::is_element) {
                    assert!(["failure", "error"].contains(&inner.tag_name().name()), "{}", it.case);
                    assert!(inner.attribute("message").is_some(), "{}: {name:?}", it.case);
                    assert!(inner.attribute("type").is_some(), "{}: {name:?}", it.case);
                }
            }
        }
    }
}

#[test]
fn junit_by_its_schema() {
    if !support::has_tool("xmllint") {
        return;
    }
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let path = folder.path().join("junit.xml");
    let faults = |document: &str| {
        std::fs::write(&path, document).expect("the folder was made");
        let output = Command::new("xmllint")
            .args(["--noout", "--nonet", "--schema"])
            .args([&support::root("testdata/schemas/junit-10.xsd"), &path])
            .output()
            .expect("xmllint was found just before");
        (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for it in &*RENDERINGS {
        let document = conforming(&it.junit);
        assert_eq!(faults(&document), None, "{}", it.case);
        let unnamed = document.replacen("<testcase name=", "<testcase title=", 1);
        assert!(faults(&unnamed).is_some_and(|it| it.contains("'title'")), "{}: not refused", it.case);
    }
}

/// quick-junit counts what was skipped of all suites together, as newer readers want it; the schema knows that number of a
/// single suite alone.
fn conforming(junit: &str) -> String {
    let (before, after) = junit.split_once(" skipped=\"0\"").expect("all suites come first");
    assert!(before.contains("<testsuites ") && !before.contains("<testsuite "), "{before}");
    format!("{before}{after}")
}

/// The attributes that count are as many as what they count.
fn tally(element: Node<'_, '_>, case: &str) {
    for (attribute, name) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
        let pluralize = element.attribute(attribute).and_then(|it| it.parse().ok());
        assert_eq!(pluralize, Some(named(element, name).count()), "{case}: {attribute}");
    }
}

fn named<'a, 'input>(element: Node<'a, 'input>, name: &'a str) -> impl Iterator<Item = Node<'a, 'input>> {
    element.descendants().filter(move |it| it.has_tag_name(name))
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of tests are text")
}
