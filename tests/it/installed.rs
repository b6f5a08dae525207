//! What a package installs beside the program: completions, asked as a shell asks, and manual pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support;

/// The shells that `leakscope completions` knows.
const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

fn stdout(arguments: &[&str]) -> String {
    let output = support::leakscope(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("what leakscope prints is UTF-8")
}

/// Checks a file against its golden text, or writes it.
fn check_golden(name: &str, actual: &str) {
    let path = support::root("testdata/installed").join(name);
    if support::is_writing() {
        fs::write(&path, actual).expect("the folder of goldens can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{name}: LEAKSCOPE_WRITE=1 cargo test --test it installed::");
}

#[test]
fn completion_scripts_are_as_written() {
    for shell in SHELLS {
        check_golden(&format!("completions.{shell}"), &stdout(&["completions", shell]));
    }
}

#[test]
fn manual_pages_are_as_written_and_have_every_option() {
    check_golden("leakscope.1", &stdout(&["man"]));
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let text = folder.path().to_str().expect("folders of tests are text");
    stdout(&["man", text]);
    let page = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap_or_default();
    check_golden("leakscope-explain.1", &page("leakscope-explain.1"));
    for command in ["fetch", "top", "diff", "gate", "alerts", "goleak-test", "raw"] {
        let help = stdout(&[command, "--help"]);
        let page = page(&format!("leakscope-{command}.1")).replace("\\-", "-");
        let options = help.lines().filter_map(|line| line.trim().split(' ').find(|it| it.starts_with("--")));
        for option in options.map(|it| it.trim_end_matches(',')).filter(|it| !it.contains('[')) {
            assert!(page.contains(option), "{option} is not in the manual page of {command}");
        }
    }
    assert!(page("leakscope-baseline-write.1").contains("leakscope baseline write"));
}

/// The completions of the last word of a command line, as bash is given them.
fn completed(words: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(["--", "leakscope"])
        .args(words)
        .env("LEAKSCOPE_COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string())
        .env("_CLAP_IFS", "\n")
        .current_dir(support::root(""))
        .output()
        .expect("leakscope runs");
    String::from_utf8(output.stdout).expect("completions are UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn rules_dimensions_and_fingerprints_complete() {
    let check = |words: &[&str], expected: &[&str]| {
        let actual = completed(words);
        assert!(expected.iter().all(|it| actual.iter().any(|line| line == it)), "{words:?}: {actual:?}");
    };
    check(&["explain", "chan-s"], &["chan-send-stuck"]);
    check(&["diff", "--by", "s"], &["stack", "site", "spawn", "state"]);
    check(&["diff", "--by", "state,la"], &["state,label:"]);
    check(&["diff", "testdata/series/shop", "--explain", "5b"], &["5b10cf99"]);
    check(&["diff", "testdata/series/shop", "--explain", ""], &["5b10cf99", "13151073"]);
    check(&["gate", "--format", "sa"], &["sarif"]);
    // Nothing is read that is no folder of captures, and a broken input is no error.
    assert_eq!(completed(&["diff", "Cargo.toml", "--explain", ""]), Vec::<String>::new());
    assert_eq!(completed(&["diff", "/", "--explain", ""]), Vec::<String>::new());
}

/// Runs a script in a shell; `None` if the shell is not installed.
fn in_shell(shell: &str, arguments: &[&str]) -> Option<String> {
    if !support::has_tool(shell) {
        return None;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_leakscope"));
    let folder = program.parent().expect("a program is in a folder");
    let output = Command::new("sh")
        .args(["-c", "PATH=\"$0:$PATH\"; exec \"$@\""])
        .arg(folder)
        .arg(shell)
        .args(arguments)
        .current_dir(support::root(""))
        .output()
        .expect("the shell runs");
    assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("completions are UTF-8"))
}

#[test]
fn bash_completes() {
    let script = "
        source <(leakscope completions bash)
        COMP_WORDS=(leakscope explain chan-s); COMP_CWORD=2; COMP_TYPE=9
        _clap_complete_leakscope leakscope chan-s explain
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    if let Some(printed) = in_shell("bash", &["--norc", "-c", script]) {
        assert_eq!(printed.trim(), "chan-send-stuck");
    }
}

#[test]
fn fish_completes() {
    let script = "leakscope completions fish | source; complete -C 'leakscope explain chan-s'";
    if let Some(printed) = in_shell("fish", &["--no-config", "-c", script]) {
        assert_eq!(printed.trim(), "chan-send-stuck");
    }
}

#[test]
fn zsh_parses_the_script() {
    let script = "autoload -Uz compinit && compinit -D -u && source <(leakscope completions zsh) && print $_comps[leakscope]";
    if let Some(printed) = in_shell("zsh", &["-f", "-c", script]) {
        assert_eq!(printed.trim(), "_clap_dynamic_completer_leakscope");
    }
}

#[test]
fn the_version_says_what_was_built() {
    let version = stdout(&["--version"]);
    let lines: Vec<&str> = version.lines().collect();
    let [first, features, target] = lines.as_slice() else { panic!("{version}") };
    assert!(first.starts_with(concat!("leakscope ", env!("CARGO_PKG_VERSION"), " (")), "{first}");
    assert!(features.starts_with("features: cli fetch files"), "{features}");
    assert!(target.starts_with("target: "), "{target}");
}
