//! Programs that are run with a time limit, and end with all that they started.
#![expect(clippy::disallowed_methods, reason = "there is a time limit")]

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use anyhow::Context;

use crate::exit_code::Failure;
use crate::panics;
use crate::signals;

/// Interval at which a program is asked whether it has exited.
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Bytes that a program may write before it is ended.
const MAX_WRITTEN: u64 = 256 << 20;
/// Bytes that are read of each of its outputs, from the beginning.
const MAX_READ: u64 = 16 << 20;

/// Characters that are shown of a line.
const MAX_LINE: usize = 300;

/// The time that all programs together have.
pub(super) struct TimeLimit {
    started: Instant,
    limit: Duration,
}

impl TimeLimit {
    pub(super) fn new(limit: Duration) -> Self {
        TimeLimit { started: Instant::now(), limit }
    }

    /// What is left; 0 if it is over.
    pub(super) fn left(&self) -> Duration {
        self.limit.saturating_sub(self.started.elapsed())
    }
}

/// A program that ran.
pub(super) struct Ran {
    pub(super) end: End,
    /// Standard output, then standard error: what it wrote to each, at most 16 MiB.
    pub(super) output: String,
    pub(super) errors: String,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// By itself, with success or with this exit code; `None` if a signal ended it.
    Done,
    Failed(Option<i32>),
    /// The time limit was over.
    OutOfTime,
    /// It wrote more than 256 MiB.
    WroteTooMuch,
    /// leakscope itself was interrupted.
    Interrupted(u8),
}

impl Ran {
    pub(super) fn is_done(&self) -> bool {
        self.end == End::Done
    }

    /// Why a program did not do what it should: its first lines, or what ended it.
    pub(super) fn why(&self) -> String {
        match self.end {
            End::OutOfTime => "the time limit is over (--time-limit)".to_owned(),
            End::WroteTooMuch => "it writes more than 256 MiB".to_owned(),
            End::Interrupted(_) => "it was interrupted".to_owned(),
            End::Done | End::Failed(_) => {
                let lines = self.errors.lines().chain(self.output.lines()).map(str::trim);
                let is_said =
                    |it: &&str| !it.is_empty() && !it.starts_with('#') && !it.starts_with("go: downloading");
                let cut = |it: &str| it.chars().take(MAX_LINE).collect::<String>();
                let shown: Vec<String> = lines.filter(is_said).take(3).map(cut).collect();
                if shown.is_empty() { format!("it ends with {:?}", self.end) } else { shown.join("; ") }
            }
        }
    }
}

/// Runs a program to its end, or until the time is over. Whatever it started ends with it. `scratch` is a folder for its output.
pub(super) fn run(mut command: Command, scratch: &Path, limit: Duration) -> Result<Ran, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let (output, errors) = (scratch.join("stdout"), scratch.join("stderr"));
    command.stdin(Stdio::null()).stdout(File::create(&output)?).stderr(File::create(&errors)?);
    own_group(&mut command);
    let started = Instant::now();
    let mut child =
        command.spawn().with_context(|| format!("cannot run {program}")).map_err(Failure::usage)?;
    panics::set_group(Some(child.id()));
    let written =
        || [&output, &errors].iter().filter_map(|it| it.metadata().ok()).map(|it| it.len()).sum::<u64>();
    let end = loop {
        if has_exited(&mut child) {
            break None;
        }
        if let Some(code) = signals::received() {
            break Some(End::Interrupted(code));
        }
        if started.elapsed() >= limit {
            break Some(End::OutOfTime);
        }
        if written() > MAX_WRITTEN {
            break Some(End::WroteTooMuch);
        }
        std::thread::sleep(POLL_INTERVAL);
    };
    end_group(&mut child);
    panics::set_group(None);
    let status = child.wait()?;
    let by_itself = || if status.success() { End::Done } else { End::Failed(status.code()) };
    Ok(Ran { end: end.unwrap_or_else(by_itself), output: text(&output)?, errors: text(&errors)? })
}

fn text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MAX_READ).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

/// Whether the program has exited. It is not waited for yet, so that its PID, which names its group, cannot be another's.
#[cfg(unix)]
fn has_exited(child: &mut Child) -> bool {
    use rustix::process::Pid;
    use rustix::process::WaitId;
    use rustix::process::WaitIdOptions;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // An error says that there is nothing to wait for.
    rustix::process::waitid(WaitId::Pid(Pid::from_child(child)), options).map_or(true, |it| it.is_some())
}

#[cfg(not(unix))]
fn has_exited(child: &mut Child) -> bool {
    child.try_wait().map_or(true, |it| it.is_some())
}

#[cfg(unix)]
fn end_group(child: &mut Child) {
    // This fails if all of it has exited.
    let group = rustix::process::Pid::from_child(child);
    let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
}

#[cfg(not(unix))]
fn end_group(child: &mut Child) {
    let _ = child.kill();
}
