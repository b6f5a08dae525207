//! `leakscope alerts` checked by Prometheus' own promtool, if it is on PATH.

use std::path::Path;
use std::process::Command;

use crate::support;

/// The rule file that a command line prints, in a folder of its own.
fn written(name: &str, arguments: &[&str]) -> std::path::PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("cargo's folder for tests can be written");
    let output = support::leakscope(&[&["alerts"], arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(folder.join("alerts.yml"), output.stdout).expect("the folder was made");
    folder
}

fn promtool(folder: &Path, arguments: &[&str]) {
    let output = Command::new("promtool")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("promtool was found just before");
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "promtool {arguments:?}: {}", String::from_utf8_lossy(&said));
}

#[test]
fn rules_are_valid_whatever_the_job() {
    if !support::has_tool("promtool") {
        return;
    }
    let check = |name: &str, job: &str| {
        let folder = written(name, &["--job", job, "--growth", "7", "--for", "1h30m"]);
        promtool(&folder, &["check", "rules", "alerts.yml"]);
    };
    check("alerts-plain", "api|web");
    check("alerts-quotes", "a\"'} or vector(1) #\\.");
    check("alerts-lines", "a\n      - alert: \\{\\{ x }}\u{85}\u{7f}é");
}

#[test]
fn trends_alert_and_heights_do_not() {
    if !support::has_tool("promtool") {
        return;
    }
    for (name, arguments) in [("alerts-all", &[] as &[&str]), ("alerts-job", &["--job", "a.i"])] {
        let folder = written(name, arguments);
        std::fs::copy(support::root("testdata/alerts_test.yml"), folder.join("alerts_test.yml"))
            .expect("the folder was made");
        promtool(&folder, &["test", "rules", "alerts_test.yml"]);
    }
}
