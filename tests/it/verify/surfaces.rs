//! Where a patch is shown: every format, and comments on a pull request.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::Shop;
use crate::support;

/// The text of a file with the replacements of a SARIF log.
fn replaced(text: &str, replacements: &[Value]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut out, mut at) = (String::new(), 0);
    for it in replacements {
        let number = |name: &str| it["deletedRegion"][name].as_u64().expect("it is a number") as usize;
        assert_eq!((number("startColumn"), number("endColumn")), (1, 1));
        out.extend(lines[at..number("startLine") - 1].iter().copied());
        out.push_str(it["insertedContent"]["text"].as_str().expect("it is a text"));
        at = number("endLine") - 1;
    }
    out.extend(lines[at..].iter().copied());
    out
}

#[test]
fn every_format_shows_the_patch() {
    let shop = Shop::without_go("sku string", "priceOf(\"a\")");
    let (dump, module) = (shop.folder.path().join("dump.txt"), shop.module());
    let (dump, module) = (dump.to_str().expect("it is text"), module.to_str().expect("it is text"));
    let shown = |format: &str| {
        let output = support::leakscope(&["top", dump, "--source", module, "--format", format]);
        String::from_utf8(output.stdout).expect("it is text")
    };
    let log: Value = serde_json::from_str(&shown("sarif")).expect("it is JSON");
    let fix = &log["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["description"]["text"], "safe: give `prices` a buffer for the one value");
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "shop.go");
    let before = String::from_utf8(support::read(&shop.module().join("shop.go"))).expect("Go is UTF-8");
    let after = replaced(&before, change["replacements"].as_array().expect("a list"));
    assert_eq!(after, before.replace("make(chan int)", "make(chan int, 1)"));

    let markdown = shown("markdown");
    assert!(markdown.contains("- patch: ``safe: give `prices` a buffer for the one value;"), "{markdown}");
    let diff = "<details><summary>The patch</summary>\n\n```diff\n--- a/shop.go\n";
    assert!(markdown.contains(diff) && markdown.len() <= 4096, "{markdown}");
    let page = shown("html");
    assert!(page.contains("<span class=\"line added\">+    prices := make(chan int, 1)</span>"), "{page}");
    assert!(shown("github").contains("%0Apatch: safe: give `prices` a buffer"));
    let text = shown("text");
    assert!(text.contains("   patch    safe: give `prices` a buffer for the one value;"), "{text}");

    let fixed = support::leakscope(&["fix", dump, "--source", module, "--format", "markdown"]);
    let text = String::from_utf8(fixed.stdout).expect("it is text");
    assert!(text.starts_with("## leakscope fix: 1 patch\n\n**abandoned-sender** `50 goroutines"), "{text}");
    let file = shop.folder.path().join("fix.json");
    let output = format!("json={}", file.display());
    let fixed = support::leakscope(&["fix", dump, "--source", module, "--output", &output]);
    let document = support::json(&file);
    assert_eq!(document["diff"], String::from_utf8(fixed.stdout).expect("it is text"));
    assert!(document["verification"].is_null() && document["patches"][0]["verified"].is_null());
}

/// A patch of one range of lines is a comment on a pull request, where GitHub takes it.
#[cfg(unix)]
#[test]
fn a_patch_is_suggested_where_the_pull_request_has_its_lines() {
    use std::os::unix::fs::PermissionsExt;
    if !support::has_tool("jq") || !support::has_tool("bash") {
        return;
    }
    let shop = Shop::without_go("sku string", "priceOf(\"a\")");
    let (dump, module) = (shop.folder.path().join("dump.txt"), shop.module());
    let (dump, module) = (dump.to_str().expect("it is text"), module.to_str().expect("it is text"));
    let folder = shop.folder.path();
    let document = folder.join("fix.json");
    let output = format!("json={}", document.display());
    let fixed = support::leakscope(&["fix", dump, "--source", module, "--output", &output]);
    assert!(fixed.status.success());
    let suggestion = support::json(&document)["patches"][0]["suggestion"].clone();
    assert_eq!((&suggestion["start_line"], &suggestion["line"]), (&Value::from(11), &Value::from(11)));
    let body = suggestion["body"].as_str().expect("it is a text");
    assert!(body.ends_with("\n\n```suggestion\n\tprices := make(chan int, 1)\n```\n"), "{body}");

    // A gh that keeps what it is asked, and refuses when it is asked to.
    let gh = folder.join("gh");
    let script = "#!/bin/sh\ncase $* in *--paginate*) cat \"$0.there\" 2>/dev/null; exit 0;; *contents/shop.go*) cat shop.go; exit 0;; esac\necho \"$@\" >>\"$0.asked\"\ncat >>\"$0.asked\"\n[ ! -e \"$0.refuses\" ]\n";
    fs::write(&gh, script).expect("the folder was made");
    fs::set_permissions(&gh, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let suggest = || {
        let output = Command::new("bash")
            .args(["-c", "PATH=\"$1:$PATH\"; shift; exec bash \"$@\"", "-"])
            .arg(folder)
            .arg(support::root("release/suggest"))
            .arg(&document)
            .args(["acme/shop", "7", "0123abc"])
            .current_dir(module)
            .output()
            .expect("bash was found just before");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it is text")
    };
    assert_eq!(suggest(), "shop.go:11: suggested\n");
    let asked = String::from_utf8(support::read(&folder.join("gh.asked"))).expect("it is text");
    let (arguments, request) = asked.split_once('\n').expect("a line of arguments");
    assert_eq!(arguments, "api --method POST repos/acme/shop/pulls/7/comments --input -");
    let request: Value = serde_json::from_str(request).expect("it is JSON");
    let expected = serde_json::json!({ "body": body, "path": "shop.go", "line": 11, "side": "RIGHT", "commit_id": "0123abc" });
    assert_eq!(request, expected);
    fs::write(folder.join("gh.refuses"), "").expect("the folder was made");
    assert_eq!(suggest(), "shop.go:11: not suggested: GitHub takes comments on lines of the diff alone\n");
    fs::write(folder.join("gh.there"), body).expect("the folder was made");
    assert_eq!(suggest(), "shop.go:11: the suggestion is there already\n");
}
