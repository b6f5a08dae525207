//! Go's own commands on a copy of a module.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::anyhow;
use serde_json::Value;

use super::child;
use super::child::Ran;
use super::child::TimeLimit;
use super::copy::Copy;
use crate::exit_code::Failure;
use crate::inputs;

/// The time limit of one command of Go: a test that hangs must leave time for the others.
const STEP: Duration = Duration::from_secs(180);

/// The module of goleak, and the version that is taken where the program has none.
const GOLEAK: &str = "go.uber.org/goleak";
const GOLEAK_VERSION: &str = "go.uber.org/goleak@v1.3.0";

/// Go, run in a copy of a module.
pub(super) struct Go<'c> {
    pub(super) copy: &'c Copy,
    time: &'c TimeLimit,
    /// The file of the workspace that the module is built in; `None` outside of one.
    workspace: Option<PathBuf>,
}

impl<'c> Go<'c> {
    /// Makes the copy build as the original: what it finds beside itself by relative paths, it finds by full ones.
    pub(super) fn prepare(copy: &'c Copy, time: &'c TimeLimit) -> Result<Self, Failure> {
        let mut go = Go { copy, time, workspace: None };
        let original = go.in_folder(&copy.original, &["env", "GOWORK"], None)?;
        if !original.is_done() {
            return Err(Failure::usage(anyhow!("--verify: go env: {}", original.why())));
        }
        go.name_replaced("mod", &copy.module, &copy.original)?;
        let workspace = original.output.trim();
        if !matches!(workspace, "" | "off") {
            go.workspace = Some(go.write_workspace(Path::new(workspace))?);
        }
        Ok(go)
    }

    /// Replacements by folders outside of the module get full paths. `kind` is `mod` or `work`, `folder` has the file that changes, and paths
    /// in it are relative to `original`.
    fn name_replaced(&self, kind: &str, folder: &Path, original: &Path) -> Result<(), Failure> {
        let stated = self.in_folder(folder, &[kind, "edit", "-json"], None)?;
        let stated: Value = serde_json::from_str(&stated.output).unwrap_or_default();
        let replaced = stated.get("Replace").and_then(Value::as_array).cloned().unwrap_or_default();
        for it in replaced {
            let text = |side: &str, name: &str| {
                it.pointer(&format!("/{side}/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let (old, version, new) = (text("Old", "Path"), text("Old", "Version"), text("New", "Path"));
            if !text("New", "Version").is_empty() || Path::new(&new).is_absolute() {
                continue;
            }
            let Ok(place) = original.join(&new).canonicalize() else { continue };
            let place = self.copy.place_of(&place).unwrap_or(place);
            let at = if version.is_empty() { String::new() } else { format!("@{version}") };
            let flag = format!("-replace={old}{at}={}", place.display());
            self.in_folder(folder, &[kind, "edit", &flag], None)?;
        }
        Ok(())
    }

    /// Writes a workspace with the copy in place of the module.
    fn write_workspace(&self, original: &Path) -> Result<PathBuf, Failure> {
        let beside = self.copy.module.parent().unwrap_or(&self.copy.module).to_owned();
        let file = beside.join("go.work");
        let Some(folder) = original.parent() else { return Ok(file) };
        let flag = original.display().to_string();
        let stated = self.in_folder(folder, &["work", "edit", "-json", &flag], None)?;
        let stated: Value = serde_json::from_str(&stated.output).unwrap_or_default();
        let version = stated.get("Go").and_then(Value::as_str).unwrap_or("1.21");
        let mut text = format!("go {version}\n\n");
        for used in stated.get("Use").and_then(Value::as_array).into_iter().flatten() {
            let path = used.get("DiskPath").and_then(Value::as_str).unwrap_or_default();
            let Ok(place) = folder.join(path).canonicalize() else { continue };
            let place = self.copy.place_of(&place).unwrap_or(place);
            text.push_str(&format!("use {:?}\n", place.display().to_string()));
        }
        self.copy.write(&file, &text)?;
        if let Ok(sums) = std::fs::read_to_string(folder.join("go.work.sum")) {
            self.copy.write(&beside.join("go.work.sum"), &sums)?;
        }
        for it in stated.get("Replace").and_then(Value::as_array).into_iter().flatten() {
            let text = |at: &str| it.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
            let at = |version: String| if version.is_empty() { version } else { format!("@{version}") };
            let (old, new) = (text("/Old/Path"), text("/New/Path"));
            let (old_version, new_version) = (at(text("/Old/Version")), at(text("/New/Version")));
            let new = if new_version.is_empty() { folder.join(new).display().to_string() } else { new };
            let flag = format!("-replace={old}{old_version}={new}{new_version}");
            self.in_folder(&beside, &["work", "edit", &flag, &file.display().to_string()], None)?;
        }
        Ok(file)
    }

    /// Runs `go` in a folder of the copy. Where nothing else is given, a step has three minutes of what is left.
    pub(super) fn run(&self, folder: &Path, arguments: &[&str]) -> Result<Ran, Failure> {
        let off = PathBuf::from("off");
        self.in_folder(folder, arguments, Some(self.workspace.as_ref().unwrap_or(&off)))
    }

    fn in_folder(&self, folder: &Path, arguments: &[&str], workspace: Option<&Path>) -> Result<Ran, Failure> {
        let mut command = Command::new("go");
        command.args(arguments).current_dir(folder).env("TMPDIR", self.copy.temporary());
        if let Some(workspace) = workspace {
            command.env("GOWORK", workspace);
        }
        let run = child::run(command, &self.copy.scratch(), self.step());
        run.map_err(|failure| failure.with_hint("--verify needs Go: put go on PATH, or omit --verify"))
    }

    /// The time limit of the next command.
    fn step(&self) -> Duration {
        self.time.left().min(STEP)
    }

    /// What is left of the time.
    pub(super) fn left(&self) -> Duration {
        self.time.left()
    }

    /// Adds goleak to the copy's module, if it is not there; an error says why it cannot be had.
    pub(super) fn add_goleak(&self) -> Result<Result<(), String>, Failure> {
        let is_vendored = self.workspace.is_none() && self.copy.module.join("vendor/modules.txt").is_file();
        if is_vendored {
            return self.vendor_goleak();
        }
        if self.run(&self.copy.module, &["list", "-m", GOLEAK])?.is_done() {
            return Ok(Ok(()));
        }
        let got = self.run(&self.copy.module, &["get", GOLEAK_VERSION])?;
        Ok(if got.is_done() { Ok(()) } else { Err(cannot_be_had(&got)) })
    }

    /// Adds goleak to the vendor folder: the other modules that the program needs may be had nowhere else.
    fn vendor_goleak(&self) -> Result<Result<(), String>, Failure> {
        let vendor = self.copy.module.join("vendor");
        if vendor.join(GOLEAK).is_dir() {
            return Ok(Ok(()));
        }
        let got = self.run(&self.copy.scratch(), &["mod", "download", "-json", GOLEAK_VERSION])?;
        let stated: Value = serde_json::from_str(&got.output).unwrap_or_default();
        let Some(from) = stated.get("Dir").and_then(Value::as_str).filter(|_| got.is_done()) else {
            return Ok(Err(cannot_be_had(&got)));
        };
        for folder in ["", "internal/stack"] {
            let (from, to) = (Path::new(from).join(folder), vendor.join(GOLEAK).join(folder));
            std::fs::create_dir_all(&to)?;
            for name in go_files(&from).iter().filter(|it| !it.ends_with("_test.go")) {
                self.copy.write(&to.join(name), &inputs::text(&from.join(name))?)?;
            }
        }
        let list = vendor.join("modules.txt");
        let mut text = inputs::text(&list)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        let (module, version) = GOLEAK_VERSION.split_once('@').unwrap_or((GOLEAK, ""));
        text.push_str(&format!(
            "# {module} {version}\n## explicit; go 1.20\n{module}\n{module}/internal/stack\n"
        ));
        self.copy.write(&list, &text)?;
        let required =
            self.run(&self.copy.module, &["mod", "edit", &format!("-require={GOLEAK_VERSION}")])?;
        Ok(if required.is_done() { Ok(()) } else { Err(cannot_be_had(&required)) })
    }

    /// Runs tests of the package in a folder of the copy.
    pub(super) fn test(&self, folder: &Path, flags: &[&str]) -> Result<Ran, Failure> {
        // A little less, so that Go prints which test it was.
        let seconds = self.step().as_secs().saturating_sub(5).max(1);
        let timeout = format!("-timeout={seconds}s");
        let mut arguments = vec!["test", "-count=1", "-vet=off", "-buildvcs=false", &timeout];
        arguments.extend(flags);
        arguments.push(".");
        self.run(folder, &arguments)
    }
}

fn cannot_be_had(ran: &Ran) -> String {
    format!("goleak cannot be had: {}", ran.why())
}

/// Names of the Go files in a folder, sorted.
pub(super) fn go_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|it| it.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|it| it.ends_with(".go")).collect();
    names.sort_unstable();
    names
}
