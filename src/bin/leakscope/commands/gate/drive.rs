//! Takes the gate's snapshots of a live process, which it watches or puts under load with a command.
#![expect(clippy::disallowed_methods, reason = "waits for goroutines to exit, up to a time limit")]

use std::io;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use anyhow::Context;
use anyhow::anyhow;
use leakscope::decode::Limits;
use leakscope::input::read_snapshot;
use leakscope::model::Snapshot;
use leakscope::source;

use super::args::GateArgs;
use super::server::Server;
use crate::commands::fetch::http_options;
use crate::commands::fetch::parse_target;
use crate::commands::pull::ALWAYS;
use crate::commands::pull::Pulled;
use crate::commands::pull::Wanted;
use crate::commands::pull::pull;
use crate::exit_code::Failure;
use crate::inputs::Plan;
use crate::signals;
use crate::terminal::Terminal;

/// Snapshots of a watched process without --for.
const DEFAULT_COUNT: u32 = 6;
/// Interval at which goroutines are counted while they exit.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

pub(super) fn snapshots(
    text: &str,
    args: &GateArgs,
    plan: &Plan,
    terminal: &Terminal,
) -> Result<Vec<Snapshot>, Failure> {
    let target = parse_target(text)?;
    let options = http_options(&args.http, args.report.limits.max_input)?;
    let server = args.server.as_ref().map(|line| {
        terminal.note(&format!("server: {line}"));
        Server::start(line, &target, &options, args.server_wait, terminal)
    });
    let server = server.transpose()?;
    let client = source::Client::new(&options, &target)?;
    let mut driver = Driver { client, target, args, limits: &plan.limits, terminal, snapshots: Vec::new() };
    let driven = if args.command.is_empty() { source::block_on(driver.watch()) } else { driver.cycles() };
    let snapshots = driven.map(|()| driver.snapshots);
    match server {
        Some(mut server) => server.check_alive(snapshots, terminal),
        None => snapshots,
    }
}

struct Driver<'a> {
    client: source::Client,
    target: source::Target,
    args: &'a GateArgs,
    limits: &'a Limits,
    terminal: &'a Terminal,
    snapshots: Vec<Snapshot>,
}

impl Driver<'_> {
    /// Takes snapshots at a fixed interval.
    async fn watch(&mut self) -> Result<(), Failure> {
        let every = self.args.every.unwrap_or(Duration::from_secs(10));
        let count = match self.args.lasts {
            Some(lasts) => (lasts.as_secs_f64() / every.as_secs_f64()).floor() as u32 + 1,
            None => DEFAULT_COUNT,
        };
        // One snapshot cannot show growth, however short --for is.
        let count = count.max(2);
        let started = Instant::now();
        for index in 0..count {
            source::sleep(every.saturating_mul(index).saturating_sub(started.elapsed())).await;
            self.take(index + 1 == count).await?;
        }
        Ok(())
    }

    /// Runs a warm-up and then the cycles. After each, goroutines get time to exit, and a snapshot is taken.
    fn cycles(&mut self) -> Result<(), Failure> {
        for cycle in 0..=self.args.cycles {
            self.load(&match cycle {
                0 => "warm-up".to_owned(),
                _ => format!("cycle {cycle} of {}", self.args.cycles),
            })?;
            source::block_on(self.wait_until_idle())?;
            source::block_on(self.take(cycle == self.args.cycles))?;
        }
        Ok(())
    }

    /// Runs the command that puts load on the process. If it fails, that says nothing about leaks: it is an input error.
    fn load(&self, what: &str) -> Result<(), Failure> {
        let Some((program, arguments)) = self.args.command.split_first() else { return Ok(()) };
        self.terminal.note(&format!("{what}: {program}"));
        let status = Command::new(program)
            .args(arguments)
            // Standard output is reserved for the report.
            .stdout(io::stderr())
            .status()
            .with_context(|| format!("cannot run {program}"))
            .map_err(Failure::usage)?;
        if status.success() {
            return Ok(());
        }
        let hint = "the load command itself failed, so the goroutines it leaves behind cannot be judged";
        Err(Failure::input(anyhow!("{program}: {status}")).with_hint(hint))
    }

    /// Waits until the number of goroutines no longer falls, or the time of --settle is over.
    async fn wait_until_idle(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        let mut before = None;
        while started.elapsed() < self.args.settle {
            let now = self.fetch(false).await?.goroutines;
            if before.is_some_and(|before| now >= before) {
                return Ok(());
            }
            before = Some(now);
            source::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    async fn fetch(&mut self, last: bool) -> Result<Pulled, Failure> {
        let wanted = Wanted { what: &self.args.what, last, flags: ALWAYS };
        pull(&self.client, &self.target, &wanted, self.limits).await
    }

    /// Takes a snapshot and saves it if asked to.
    async fn take(&mut self, last: bool) -> Result<(), Failure> {
        let pulled = self.fetch(last).await?;
        let total = leakscope::text::pluralize(pulled.goroutines, "goroutine");
        self.terminal.note(&format!("snapshot {}: {total}", self.snapshots.len() + 1));
        if let Some(folder) = &self.args.what.save {
            signals::with_signals_blocked(|| pulled.save(folder))?;
        }
        self.snapshots.push(read_snapshot(pulled.input(&self.target), self.limits)?);
        Ok(())
    }
}
