//! What looks like a secret is in no output, unless it is asked for.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::support;

/// Counts whose labels hold secrets of many kinds, each with one of the words below; enough of them for a finding.
const PROFILE: &str = "goroutine profile: total 2000\n2000 @ 0x1 0x2\n\
    # labels: {\"authorization\":\"Bearer s3cr3t\", \"path\":\"/a?token=s3cr3t\", \"user\":\"kim@s3cr3t.example\", \
    \"note\":\"call with AKIAIOSFODNN7EXAMPLE now\", \"header\":\"X: eyJhbGciOiJI.eyJzdWIiOiIx.s3cr3t\", \
    \"s3cr3t@hunter2.example\":\"x\", \"dsn\":\"user=a password=s3cr3t host=b\", \
    \"args\":\"app --token=s3cr3t --password hunter2\", \"task\":\"plain\"}\n\
    #\t0x1\tmain.wait+0x1\t/srv/a.go:1\n#\t0x2\tmain.main+0x1\t/srv/a.go:2\n\n";
const SECRETS: [&str; 3] = ["s3cr3t", "hunter2", "AKIAIOSFODNN7EXAMPLE"];

/// All that a command prints, on both streams.
fn printed(arguments: &[&str], input: &Path) -> String {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).chain([input.as_os_str()]).collect();
    let output = support::leakscope(&arguments);
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn secrets_in_labels_are_shown_nowhere_but_on_request() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let input = folder.path().join("goroutine.txt");
    fs::write(&input, PROFILE).expect("a file is written");
    // The gate is given it twice: the second time it is the last argument of all commands.
    let before = input.display().to_string();
    let baseline = folder.path().join("baseline").display().to_string();
    let kept = format!("json={}", folder.path().join("report.json").display());
    let mut commands = vec![
        vec!["raw"],
        vec!["goleak-test", "--from"],
        vec!["top", "--full", "--all"],
        vec!["gate", "--isolated", "--max-goroutines", "10", "--output", &kept, &before],
        vec!["baseline", "write", &baseline, "--reason", "x"],
        vec!["top", "--by", "stack,label:path,label:user", "--format", "json"],
    ];
    commands.extend(
        ["text", "html", "json", "markdown", "github", "junit", "sarif"]
            .map(|it| vec!["top", "--format", it]),
    );
    let keys =
        ["authorization", "path", "user", "note", "header", "dsn", "args"].map(|key| format!("label:{key}"));
    commands.extend(keys.iter().map(|key| vec!["top", "--by", key]));
    for command in &commands {
        let text = printed(command, &input);
        assert!(!text.is_empty(), "{command:?} prints nothing");
        for secret in SECRETS {
            assert!(!text.contains(secret), "{command:?}: {secret}: {text}");
        }
    }
    for file in ["baseline", "report.json"] {
        let text = fs::read_to_string(folder.path().join(file)).expect("it was written");
        assert!(text.contains("main.wait") && !SECRETS.iter().any(|it| text.contains(it)), "{file}: {text}");
    }
    assert!(printed(&["raw"], &input).contains("label task=plain"));
    for command in
        [vec!["raw", "--show-labels", "raw"], vec!["top", "--format", "json", "--show-labels", "raw"]]
    {
        let text = printed(&command, &input);
        assert!(SECRETS.iter().all(|it| text.contains(it)), "{command:?}: {text}");
    }
}

#[test]
fn secrets_in_a_panic_are_shown_nowhere() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let input = folder.path().join("crash.txt");
    let dump = "panic: dial postgres://kim:s3cr3t@db/x with password: hunter2 [recovered]\n\tpanic: token=s3cr3t plain\n\n\
        goroutine 7 [running]:\nmain.f()\n\t/srv/f.go:3 +0x1\n";
    fs::write(&input, dump).expect("a file is written");
    let formats = ["text", "json", "markdown", "github", "junit", "sarif"];
    let commands = formats.map(|it| vec!["top", "--format", it]).into_iter().chain([vec!["raw"]]);
    for command in commands {
        let text = printed(&command, &input);
        assert!(!SECRETS.iter().any(|it| text.contains(it)), "{command:?}: {text}");
    }
    assert!(printed(&["top"], &input).contains("died of panic: ***\\x20plain"));
    assert!(printed(&["raw", "--show-labels", "raw"], &input).contains("hunter2"));
}

#[test]
fn secrets_of_a_target_are_shown_nowhere() {
    // Nothing listens on port 1, and the error names the target; the second cannot be a target at all.
    for target in ["http://kim:s3cr3t@127.0.0.1:1/hunter2?access_token=s3cr3t", "http://kim:s3cr3t@[::1/?x"] {
        let arguments = ["fetch", "--retries", "0", "-H", "X-Api-Key: s3cr3t", "-u", "kim:s3cr3t"];
        let text = printed(&arguments, Path::new(target));
        assert!(text.starts_with("error: ") && !text.contains("s3cr3t"), "{text}");
    }
}
