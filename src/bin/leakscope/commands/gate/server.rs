//! The program that the gate starts before its snapshots and stops at the end, also after an error.
#![expect(clippy::disallowed_methods, reason = "starting and stopping have time limits")]

use leakscope::source;
use std::io::Read;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::thread::JoinHandle;
use std::time::Duration;
use std::time::Instant;

use anyhow::Context;
use anyhow::anyhow;

use crate::exit_code::Failure;
use crate::panics;
use crate::terminal::Terminal;

/// Interval at which the program is asked whether it answers or has exited.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Time limit of one such request.
const POLL_TIMEOUT: Duration = Duration::from_secs(5);
/// Time between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes kept of the end of each output stream.
const MAX_KEPT: usize = 8 << 10;
/// Lines shown of the end of each output stream.
const MAX_SHOWN: usize = 10;

/// A program that runs while this value lives.
pub(super) struct Server {
    program: String,
    child: Child,
    /// Standard output, then standard error, whose last lines matter most.
    streams: [OutputTail; 2],
}

/// The end of what a program writes to a pipe, and the thread that reads it.
struct OutputTail {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts the program and waits until the target answers. If the target answers before the start, it is another process,
    /// which is an error.
    pub(super) fn start(
        line: &str,
        target: &source::Target,
        options: &source::HttpOptions,
        bound: Duration,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let words = shlex::split(line).unwrap_or_default();
        let Some((program, arguments)) = words.split_first() else {
            let error = anyhow!("--server {line}: not a command line; is a quote not closed?");
            return Err(Failure::usage(error));
        };
        let timeout = options.timeout.min(POLL_TIMEOUT);
        let options = source::HttpOptions { retries: 0, timeout, ..options.clone() };
        let client = source::Client::new(&options, target)?;
        if source::block_on(client.get(target, "goroutine", None)).is_ok() {
            let hint = "stop that process, or omit --server to judge it";
            let error = anyhow!("{} already answers before {program} is started", target.origin());
            return Err(Failure::input(error).with_hint(hint));
        }
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("--server: cannot run {program}"))
            .map_err(Failure::usage)?;
        panics::set_child(Some(child.id()));
        let streams = [OutputTail::of(child.stdout.take()), OutputTail::of(child.stderr.take())];
        let mut server = Server { program: program.clone(), child, streams };
        let answered = source::block_on(server.wait_until_ready(&client, target, bound));
        server.check_alive(answered, terminal)?;
        Ok(server)
    }

    /// Returns `outcome`, or an error if the program has exited meanwhile: then the snapshots may be of another process.
    /// With an error, prints the program's last lines.
    pub(super) fn check_alive<T>(
        &mut self,
        outcome: Result<T, Failure>,
        terminal: &Terminal,
    ) -> Result<T, Failure> {
        if outcome.is_err() {
            // A dying process closes its connections shortly before it can be waited for.
            self.wait_for_exit(POLL_INTERVAL * 3);
        }
        let failure = match (self.exit_status(), outcome) {
            (None, Ok(value)) => return Ok(value),
            (None, Err(failure)) => failure,
            (Some(status), _) => {
                let hint = "the server itself exited, so its goroutines cannot be judged";
                Failure::input(anyhow!("{}: {status}", self.program)).with_hint(hint)
            }
        };
        for line in self.last_lines() {
            terminal.note(&format!("{}: {line}", self.program));
        }
        Err(failure)
    }

    /// Waits until the target answers. Fails if the program exits or `bound` is over.
    async fn wait_until_ready(
        &mut self,
        client: &source::Client,
        target: &source::Target,
        bound: Duration,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            let refused = match client.get(target, "goroutine", None).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if self.exit_status().is_some() || started.elapsed() >= bound {
                let waited = format!("{} does not answer after {bound:?} (--server-wait)", self.program);
                return Err(Failure::from(refused).context(waited));
            }
            source::sleep(POLL_INTERVAL).await;
        }
    }

    fn exit_status(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().ok().flatten();
        if status.is_some() {
            panics::set_child(None);
        }
        status
    }

    fn wait_for_exit(&mut self, bound: Duration) {
        let started = Instant::now();
        while self.exit_status().is_none() && started.elapsed() < bound {
            std::thread::sleep(POLL_INTERVAL / 5);
        }
    }

    fn last_lines(&self) -> Vec<String> {
        // After an exit the rest is still in the pipes. Wait briefly only: a child of the program may keep them open.
        let started = Instant::now();
        while !self.streams.iter().all(OutputTail::is_complete) && started.elapsed() < POLL_INTERVAL {
            std::thread::sleep(POLL_INTERVAL / 20);
        }
        self.streams.iter().flat_map(OutputTail::last_lines).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        terminate(&self.child);
        self.wait_for_exit(GRACE);
        // This fails if the program has exited, which is what we want.
        let _ = self.child.kill();
        panics::set_child(None);
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn terminate(child: &Child) {
    // The PID cannot belong to another process: it is not reused before the child was waited for.
    let _ =
        rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::TERM);
}

#[cfg(not(unix))]
fn terminate(_: &Child) {}

impl OutputTail {
    /// Starts a thread that reads the pipe to its end, so that the program never blocks on a full pipe.
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&kept);
        let reader = pipe.map(|mut pipe| {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = pipe.read(&mut buffer) {
                    let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.extend_from_slice(&buffer[..n]);
                    let surplus = kept.len().saturating_sub(MAX_KEPT);
                    kept.drain(..surplus);
                }
            })
        });
        OutputTail { kept, reader }
    }

    fn is_complete(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn last_lines(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(MAX_SHOWN)).map(|line| (*line).to_owned()).collect()
    }
}
