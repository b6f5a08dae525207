//! Captures a process that the policy names.

use std::collections::BTreeMap;
use std::process::Command;
use std::process::Stdio;

use leakscope::render::mark;
use leakscope::text::pluralize;
use serde::Deserialize;

/// What the agent asks for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Capture {
    target: String,
    #[serde(default = "default_count")]
    count: u32,
    #[serde(default = "default_every")]
    every_s: u32,
}

fn default_count() -> u32 {
    3
}

fn default_every() -> u32 {
    10
}

/// Below it is a folder for each capture.
const FOLDER: &str = "leakscope-captures";

/// Pulls the profiles as `leakscope fetch --save` does, and says where they are.
pub(super) fn capture(asked: &Capture, targets: &BTreeMap<String, String>) -> Result<String, String> {
    let Some(target) = targets.get(&asked.target) else {
        let names: Vec<String> = targets.keys().map(|it| mark(it)).collect();
        return Err(format!("the policy names no target {}, only {}", mark(&asked.target), names.join(", ")));
    };
    if !(1..=12).contains(&asked.count) || !(5..=60).contains(&asked.every_s) {
        return Err("count is 1 to 12, and every_s is 5 to 60".to_owned());
    }
    let time = jiff::Zoned::now().timestamp().strftime("%Y%m%dT%H%M%SZ").to_string();
    let name: String = asked.target.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '-').collect();
    let folder = format!("{FOLDER}/{name}-{time}");
    std::fs::create_dir_all(&folder).map_err(|_| "the folder for captures cannot be made".to_owned())?;
    let mut command = Command::new(std::env::current_exe().map_err(|_| "leakscope is not found".to_owned())?);
    command.args(["fetch", "--format", "json", "--no-source", "--save", &folder]);
    if asked.count > 1 {
        command.args(["--count", &asked.count.to_string(), "--every", &format!("{}s", asked.every_s)]);
    }
    // The protocol is on the standard streams.
    let status = command
        .arg("--")
        .arg(target)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match status.map(|it| it.success()) {
        Ok(true) => Ok(format!(
            "Captured {}. Next: analyze with the path {}\n",
            pluralize(asked.count.into(), "snapshot"),
            mark(&folder)
        )),
        Ok(false) | Err(_) => Err(format!(
            "{} could not be captured, or not as often as asked; what was saved is in {}",
            mark(&asked.target),
            mark(&folder)
        )),
    }
}
