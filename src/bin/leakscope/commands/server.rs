//! The program that the gate starts itself, and ends again whatever comes of it.
#![expect(clippy::disallowed_methods, reason = "starting and ending have bounds in time")]

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
use leakscope::source::Client;
use leakscope::source::HttpOptions;
use leakscope::source::Target;
use leakscope::source::block_on;
use leakscope::source::sleep;

use super::super::exit_code::Failure;
use super::super::inputs;
use super::super::terminal::Terminal;

/// Between two looks at whether it answers, or has ended.
const LOOK: Duration = Duration::from_millis(100);
/// For one look.
const ANSWER: Duration = Duration::from_secs(5);
/// From the request to end to the end by force.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes of each stream that are kept.
const KEPT: usize = 8 << 10;
/// Lines of each that are shown.
const SHOWN: usize = 10;

/// A program that serves for as long as this value lives.
pub(super) struct Server {
    program: String,
    child: Child,
    /// Standard output, then standard error, where what matters most stands.
    printed: [Printed; 2],
}

/// The last that comes out of a pipe, and who reads it.
struct Printed {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts it and waits until the target answers. Whoever answers before that is another process.
    pub(super) fn start(
        line: &str,
        target: &Target,
        options: &HttpOptions,
        bound: Duration,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let words = shlex::split(line).unwrap_or_default();
        let Some((program, arguments)) = words.split_first() else {
            let error = anyhow!("--server {line}: not a command line: is a quote left open?");
            return Err(Failure::usage(error));
        };
        let timeout = options.timeout.min(ANSWER);
        let options = HttpOptions { retries: 0, timeout, ..options.clone() };
        let client = Client::new(&options, target).map_err(inputs::source)?;
        if block_on(client.get(target, "goroutine", None)).is_ok() {
            let hint = "stop that process, or leave --server away to judge it".to_owned();
            let error = anyhow!("{} answers before {program} is started", target.origin());
            return Err(Failure::input(error).with_hint(Some(hint)));
        }
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("--server: cannot run {program}"))
            .map_err(Failure::usage)?;
        let printed = [Printed::of(child.stdout.take()), Printed::of(child.stderr.take())];
        let mut server = Server { program: program.clone(), child, printed };
        let answered = block_on(server.answers(&client, target, bound));
        server.judged(answered, terminal).map(|(server, ())| server)
    }

    /// What was done with it, unless it ended meanwhile: then nothing that was seen is of it.
    pub(super) fn finish<T>(self, outcome: Result<T, Failure>, terminal: &Terminal) -> Result<T, Failure> {
        self.judged(outcome, terminal).map(|(_, value)| value)
    }

    fn judged<T>(mut self, outcome: Result<T, Failure>, terminal: &Terminal) -> Result<(Self, T), Failure> {
        if outcome.is_err() {
            // A connection breaks a moment before the process is gone.
            self.wait_for_end(LOOK * 3);
        }
        let failure = match (self.ended(), outcome) {
            (None, Ok(value)) => return Ok((self, value)),
            (None, Err(failure)) => failure,
            (Some(status), _) => {
                let hint = "the server itself ended, so nothing can be said of its goroutines".to_owned();
                Failure::input(anyhow!("{}: {status}", self.program)).with_hint(Some(hint))
            }
        };
        for line in self.last_lines() {
            terminal.note(&format!("{}: {line}", self.program));
        }
        Err(failure)
    }

    /// Waits until the target answers, the server ends, or the bound is reached.
    async fn answers(&mut self, client: &Client, target: &Target, bound: Duration) -> Result<(), Failure> {
        let begun = Instant::now();
        loop {
            let refused = match client.get(target, "goroutine", None).await {
                Ok(_) => return Ok(()),
                Err(error) => error,
            };
            if self.ended().is_some() || begun.elapsed() >= bound {
                let waited = format!("{} is not there after {bound:?} (--server-wait)", self.program);
                let hint = refused.hint();
                return Err(Failure::input(anyhow::Error::new(refused).context(waited)).with_hint(hint));
            }
            sleep(LOOK).await;
        }
    }

    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    fn wait_for_end(&mut self, bound: Duration) {
        let begun = Instant::now();
        while self.ended().is_none() && begun.elapsed() < bound {
            std::thread::sleep(LOOK / 5);
        }
    }

    /// The last lines that it printed.
    fn last_lines(&self) -> Vec<String> {
        // Of one that has ended, the rest is in the pipes: unless a child of its own holds them open.
        let begun = Instant::now();
        while !self.printed.iter().all(Printed::is_whole) && begun.elapsed() < LOOK {
            std::thread::sleep(LOOK / 20);
        }
        self.printed.iter().flat_map(Printed::last_lines).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        ask_to_end(&self.child);
        self.wait_for_end(GRACE);
        // If it has ended by itself there is nothing left to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(unix)]
fn ask_to_end(child: &Child) {
    // It cannot be another process: its number is ours until it is waited for.
    let _ =
        rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::TERM);
}

#[cfg(not(unix))]
fn ask_to_end(_: &Child) {}

impl Printed {
    /// Reads to the end, lest the pipe fills and the writer waits, and keeps the last of it.
    fn of(pipe: Option<impl Read + Send + 'static>) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&kept);
        let reader = pipe.map(|mut pipe| {
            std::thread::spawn(move || {
                let mut piece = [0; 4096];
                while let Ok(n @ 1..) = pipe.read(&mut piece) {
                    let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.extend_from_slice(&piece[..n]);
                    let surplus = kept.len().saturating_sub(KEPT);
                    kept.drain(..surplus);
                }
            })
        });
        Printed { kept, reader }
    }

    fn is_whole(&self) -> bool {
        self.reader.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn last_lines(&self) -> Vec<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&kept);
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(SHOWN)).map(|line| (*line).to_owned()).collect()
    }
}
