//! The server for agents: by hand, message by message, and with the official client of the protocol (`tests/mcp`).

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::support;
use crate::support::little::Answer;
use crate::support::little::Little;
use crate::support::skipped;

const SHOP: &str = "testdata/series/shop";
const MAX_ANSWER: usize = 6 * 1024;

/// What the server answers to these lines, started in a folder.
fn answers(folder: &Path, arguments: &[&str], lines: &[String]) -> Vec<Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .arg("mcp")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("leakscope runs");
    let mut input = child.stdin.take().expect("it is piped");
    input.write_all(lines.join("\n").as_bytes()).expect("it reads");
    drop(input);
    let output = child.wait_with_output().expect("it ends with its input");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("it is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn request(id: u64, method: &str, params: Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}

fn call(tool: &str, arguments: Value) -> String {
    request(1, "tools/call", json!({ "name": tool, "arguments": arguments }))
}

/// The text of one call, and whether it is an error.
fn called(folder: &Path, arguments: &[&str], tool: &str, parameters: Value) -> (String, bool) {
    let answers = answers(folder, arguments, &[call(tool, parameters)]);
    let result = &answers[0]["result"];
    let text = result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answers:?}")).to_owned();
    assert!(text.len() <= MAX_ANSWER, "{} bytes: {text}", text.len());
    (text, result["isError"] == json!(true))
}

#[test]
fn both_handshakes_are_answered() {
    let stateless = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } });
    let unknown = json!({ "_meta": { "io.modelcontextprotocol/protocolVersion": "2030-01-01" } });
    let lines = [
        request(1, "initialize", json!({ "protocolVersion": "2025-06-18" })),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string(),
        request(2, "initialize", json!({ "protocolVersion": "1999-01-01" })),
        request(3, "ping", json!({})),
        request(4, "server/discover", stateless.clone()),
        request(5, "tools/list", stateless),
        request(6, "tools/list", unknown),
        request(7, "resources/list", json!({})),
        request(8, "tools/call", json!({ "name": "shell", "arguments": {} })),
        "not JSON".to_owned(),
        String::new(),
    ];
    let all = answers(&support::root(""), &[], &lines);
    assert_eq!(all.len(), 9, "{all:?}");
    assert_eq!(all[0]["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(all[1]["result"]["protocolVersion"], "2025-11-25");
    assert_eq!((&all[2]["id"], &all[2]["result"]), (&json!(3), &json!({})));
    assert_eq!(all[3]["result"]["supportedVersions"], json!(["2026-07-28"]));
    assert_eq!(all[3]["result"]["resultType"], "complete");
    let tools = all[4]["result"]["tools"].as_array().expect("tools are listed");
    let names: Vec<&str> = tools.iter().filter_map(|it| it["name"].as_str()).collect();
    assert_eq!(names, ["analyze", "stack", "rule"]);
    assert!(tools.iter().all(|it| it["annotations"]["readOnlyHint"] == json!(true)));
    assert_eq!(all[5]["error"]["code"], -32022);
    assert_eq!(all[5]["error"]["data"]["supported"], json!(["2026-07-28"]));
    assert_eq!(all[6]["error"]["code"], -32601);
    assert_eq!(all[7]["error"]["code"], -32602);
    assert_eq!((&all[8]["error"]["code"], &all[8]["id"]), (&json!(-32700), &Value::Null));
}

#[test]
fn what_is_no_request_is_refused_and_the_next_is_answered() {
    let ping = |id: u64| request(id, "ping", json!({}));
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
    let check = |line: &str, expected: Value| {
        let all = answers(&support::root(""), &[], &[line.to_owned(), ping(9)]);
        let (last, first) = all.split_last().expect("the second line is answered");
        assert_eq!(last["id"], json!(9), "{line:.80}");
        let codes = |it: &Value| match it.as_array() {
            Some(batch) => batch.iter().map(|it| it["id"].clone()).collect(),
            None => json!([it["id"], it["error"]["code"]]),
        };
        assert_eq!(first.iter().map(codes).collect::<Value>(), expected, "{line:.80}");
    };
    check("{\"id\": 1", json!([[null, -32700]]));
    check("null", json!([[null, -32600]]));
    check("[]", json!([[null, -32600]]));
    // A list is a batch, and not a request without the names of its members.
    check("[1, \"ping\", {}]", json!([[null, null]]));
    check("{\"id\": 7, \"method\": 5}", json!([[7, -32600]]));
    check("{\"id\": {}, \"method\": \"ping\"}", json!([[null, -32600]]));
    check(&format!("[{}, {notification}, {}]", ping(1), ping(2)), json!([[1, 2]]));
    check(&format!("[{notification}]"), json!([]));
    check(&format!("[{}]", vec![ping(1); 65].join(",")), json!([[null, -32600]]));
    check(&"x".repeat(3 << 20), json!([[null, -32600]]));
    check(&"[".repeat(100_000), json!([[null, -32700]]));
}

#[test]
fn the_tools_answer_in_short() {
    let here = support::root("");
    let (text, is_error) = called(&here, &[], "analyze", json!({ "paths": [SHOP] }));
    assert!(!is_error && text.contains("started: ⟦main.pageOf⟧ ⟦shop/main.go:36⟧ (stated)"), "{text}");
    let (text, _) = called(&here, &[], "analyze", json!({ "paths": [SHOP], "rows": 1 }));
    assert!(text.contains("Left out: 2 rows."), "{text}");
    let (text, is_error) = called(&here, &[], "stack", json!({ "paths": [SHOP], "fingerprint": "5b10cf99" }));
    assert!(!is_error && text.contains("counts: 14 74 134 194 254 314"), "{text}");
    let (text, is_error) = called(&here, &[], "rule", json!({ "rule": "chan-send-stuk" }));
    assert!(is_error && text.contains("did you mean chan-send-stuck?"), "{text}");
    for rule in leakscope::rules::BUILT_IN.iter().map(|(id, _)| *id).step_by(7) {
        assert!(!called(&here, &[], "rule", json!({ "rule": rule })).1, "{rule}");
    }
    let wrong = [
        ("analyze", json!({ "paths": [] })),
        ("analyze", json!({ "paths": ["Cargo.toml"] })),
        ("analyze", json!({ "paths": [SHOP], "focus": "(" })),
        ("analyze", json!({ "paths": [SHOP], "output": "x" })),
        ("stack", json!({ "paths": [SHOP], "fingerprint": "--help" })),
        ("stack", json!({ "paths": [SHOP], "fingerprint": "0000" })),
    ];
    for (tool, arguments) in wrong {
        assert!(called(&here, &[], tool, arguments.clone()).1, "{tool} {arguments}");
    }
}

#[test]
fn large_reports_are_cut() {
    let folder = tempfile::tempdir().expect("a folder is made");
    for (name, count) in [("1.txt", 3), ("2.txt", 40)] {
        let mut text = String::new();
        for id in 1..=40 * count {
            let function = format!("example.com/shop/{}{}.Run", "very/long/path/".repeat(8), id % 40);
            text.push_str(&format!("goroutine {id} [chan send]:\n"));
            (0..100)
                .for_each(|at| text.push_str(&format!("{function}{at}()\n\t/srv/{function}.go:7 +0x1\n")));
            text.push('\n');
        }
        fs::write(folder.path().join(name), text).expect("a file is written");
    }
    let paths = json!(["1.txt", "2.txt"]);
    let (text, is_error) = called(folder.path(), &[], "analyze", json!({ "paths": paths, "rows": 50 }));
    assert!(!is_error && text.contains("Left out: ") && text.len() > MAX_ANSWER / 2, "{text}");
    let fingerprint = text.trim_end().lines().rev().find_map(|line| line.rsplit_once("| ")).expect("a row").1;
    let (text, is_error) =
        called(folder.path(), &[], "stack", json!({ "paths": paths, "fingerprint": fingerprint }));
    assert!(!is_error && text.contains("Left out: "), "{text}");
}

#[cfg(unix)]
#[test]
fn nothing_outside_the_folder_is_read() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().expect("a folder is made");
    let secret = outside.path().join("goroutine.txt");
    fs::write(&secret, "goroutine 1 [chan send]:\nmain.secret()\n\t/srv/a.go:1 +0x1\n")
        .expect("a file is written");
    let folder = tempfile::tempdir().expect("a folder is made");
    let inside = folder.path().join("capture");
    fs::create_dir(&inside).expect("a folder is made");
    symlink(&secret, folder.path().join("link.txt")).expect("a link is made");
    symlink(&secret, inside.join("goroutine.txt")).expect("a link is made");
    fs::copy(&secret, folder.path().join("own.txt")).expect("a file is copied");
    let read = |path: &str| called(folder.path(), &[], "analyze", json!({ "paths": [path] }));
    let absolute = secret.display().to_string();
    for path in
        [absolute.as_str(), "link.txt", "capture", "../", "/etc/passwd", "/dev/zero", "-", "capture/../../x"]
    {
        let (text, is_error) = read(path);
        assert!(is_error && !text.contains("main.secret"), "{path}: {text}");
    }
    let (text, is_error) = read("own.txt");
    assert!(!is_error && text.contains("⟦main.secret⟧"), "{text}");
}

#[test]
fn only_targets_of_the_policy_are_captured() {
    let profile = support::read(&support::root("testdata/programs/labelled/go1.27.3/goroutine.pb.gz"));
    let server = Little::start(move |_| Answer::Whole("200 OK", profile.clone()));
    let folder = tempfile::tempdir().expect("a folder is made");
    let policy = format!("[agents]\ntargets = {{ shop = \"{}\" }}\n", server.address);
    fs::write(folder.path().join("policy.toml"), policy).expect("a file is written");
    let arguments = ["--policy", "policy.toml"];
    let listed = answers(folder.path(), &arguments, &[request(1, "tools/list", json!({}))]);
    assert_eq!(listed[0]["result"]["tools"].as_array().map(Vec::len), Some(4));
    for target in [server.address.as_str(), "other", "http://localhost:1"] {
        let (text, is_error) = called(folder.path(), &arguments, "capture", json!({ "target": target }));
        assert!(is_error && text.contains("only ⟦shop⟧"), "{text}");
    }
    let (text, is_error) =
        called(folder.path(), &arguments, "capture", json!({ "target": "shop", "count": 1 }));
    assert!(!is_error, "{text}");
    let saved = text.split(['⟦', '⟧']).nth(1).expect("the folder is named");
    assert!(folder.path().join(saved).is_dir(), "{text}");
    let (text, is_error) = called(folder.path(), &arguments, "analyze", json!({ "paths": [saved] }));
    assert!(!is_error && text.contains("⟦labelled⟧"), "{text}");
    // Without a policy there is no such tool.
    let refused = answers(folder.path(), &[], &[call("capture", json!({ "target": "shop" }))]);
    assert_eq!(refused[0]["error"]["code"], -32602);
}

#[test]
fn the_official_client_understands_it() {
    let Some(python) = client() else { return };
    for (mode, version) in [("auto", "2026-07-28"), ("legacy", "2025-11-25")] {
        let output = Command::new(&python)
            .arg(support::root("tests/mcp/client.py"))
            .args([env!("CARGO_BIN_EXE_leakscope"), env!("CARGO_MANIFEST_DIR"), mode])
            .output()
            .expect("Python runs");
        assert!(output.status.success(), "{mode}: {}", String::from_utf8_lossy(&output.stderr));
        let said = support::document(&output);
        assert_eq!((&said["version"], &said["server"]), (&json!(version), &json!("leakscope")));
        assert_eq!(said["tools"].as_array().map(Vec::len), Some(3));
        let answers = said["answers"].as_array().expect("there are answers");
        let errors: Vec<bool> = answers.iter().map(|it| it["is_error"] == json!(true)).collect();
        assert_eq!(errors, [false, false, false, false, true], "{said}");
        assert!(answers[0]["text"].as_str().is_some_and(|it| it.contains("⟦main.pageOf⟧")), "{said}");
    }
}

/// Python with the official client in a folder of its own. It is installed only where LEAKSCOPE_REQUIRE_MCP=1 asks for it; otherwise the
/// test is recorded as skipped.
fn client() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mcp-client");
    let python = folder.join("bin/python");
    let has_it = || {
        let imports = Command::new(&python).args(["-c", "import mcp.client"]).output();
        imports.is_ok_and(|output| output.status.success())
    };
    if has_it() {
        return Some(python);
    }
    if !support::is_mcp_required() {
        skipped::record("the official client of MCP is not installed: LEAKSCOPE_REQUIRE_MCP=1 installs it");
        return None;
    }
    let run = |program: &Path, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output();
        let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    run(Path::new("python3"), &["-m", "venv", &folder.display().to_string()]);
    let locked = support::root("tests/mcp/requirements.txt").display().to_string();
    run(
        &python,
        &["-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", &locked],
    );
    assert!(has_it(), "the client is installed");
    Some(python)
}
