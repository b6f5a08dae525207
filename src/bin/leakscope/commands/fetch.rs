//! `leakscope fetch`: one or many moments of a live process.
#![expect(clippy::disallowed_methods, reason = "a series has its times, and a secret its variable")]

use std::time::Duration;
use std::time::Instant;

use anyhow::Context;
use anyhow::anyhow;
use leakscope::model::Snapshot;
use leakscope::report::CommandArguments;
use leakscope::report::Options;
use leakscope::source::Client;
use leakscope::source::HttpOptions;
use leakscope::source::Target;
use leakscope::source::block_on;
use leakscope::source::read_input;
use leakscope::source::save_folder;
use leakscope::source::sleep;
use leakscope::source::unless;

use super::super::args::FetchArgs;
use super::super::args::HttpArgs;
use super::super::args::RepeatArgs;
use super::super::exit_code::Failure;
use super::super::exit_code::Outcome;
use super::super::inputs;
use super::super::inputs::Plan;
use super::super::signals;
use super::super::signals::Held;
use super::super::terminal::Terminal;
use super::pull::Pulled;
use super::pull::Wanted;
use super::pull::pull;

/// Snapshots of a series where nothing else is said: enough for a verdict on growth.
const DEFAULT_COUNT: u32 = 6;

pub(crate) fn run(args: &FetchArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let mut options = http_options(&args.http)?;
    options.max_input = args.report.limits.max_input;
    let mut outcome = Outcome::Done;
    let mut failures = Vec::new();
    for text in &args.targets {
        let reported = parse_target(text).and_then(|target| one(&target, args, &options, &plan, terminal));
        match reported {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Interrupted(signal)) => return Ok(Outcome::Interrupted(signal)),
            Ok(other) => outcome = other,
            Err(failure) => failures.push(failure),
        }
    }
    let last = failures.pop();
    failures.iter().for_each(|failure| terminal.error(failure));
    last.map_or(Ok(outcome), Err)
}

pub(super) fn parse_target(text: &str) -> Result<Target, Failure> {
    let target = Target::parse(text).map_err(|error| {
        let hint = error.hint();
        Failure::usage(error).with_hint(hint)
    })?;
    match target.profile() {
        None | Some("goroutine" | "goroutineleak") => Ok(target),
        Some(other) => {
            let error = anyhow!("{}: the URL of the {other} profile", target.url(other, None));
            let hint = format!(
                "leakscope pulls what it needs itself: leakscope fetch {}",
                target.url("goroutine", None)
            );
            Err(Failure::usage(error).with_hint(Some(hint)))
        }
    }
}

/// One target: its moments, and the report on them.
fn one(
    target: &Target,
    args: &FetchArgs,
    options: &HttpOptions,
    plan: &Plan,
    terminal: &Terminal,
) -> Result<Outcome, Failure> {
    let client = Client::new(options, target).map_err(inputs::source)?;
    if options.insecure {
        terminal.warning(&format!("{}: certificates are not checked (--insecure)", target.origin()));
    }
    let mut pulls = Pulls::new(&client, target, args, plan, terminal);
    let Some(first) = pulls.next() else { return pulls.end() };
    // A traceback that was left out was left out for the target's sake.
    let options = Options {
        limit: args.report.limit,
        next_command: Some(format!("leakscope fetch {} --every 30s --count 6", target.again())),
        traceback: None,
        explain: args.report.explain.clone(),
        labels: args.report.labels.shown(),
        outlook: args.outlook.limits(),
        arguments: CommandArguments { inputs: Vec::new(), target: Some(target.again()) },
    };
    // Moments are let go once they are lined up: a series of days takes no more memory than one of minutes.
    let snapshots = std::iter::once(first).chain(&mut pulls);
    super::show(snapshots, &options, plan, &args.report, terminal)?;
    pulls.end()
}

/// The moments of a target, each pulled when it is asked for. A pull that fails in the middle leaves a gap and is told;
/// one at the begin ends it.
struct Pulls<'a> {
    client: &'a Client,
    target: &'a Target,
    args: &'a FetchArgs,
    plan: &'a Plan,
    terminal: &'a Terminal,
    begun: Instant,
    count: u32,
    index: u32,
    pulled: u32,
    outcome: Outcome,
    failure: Option<Failure>,
    held: Option<Held>,
}

impl<'a> Pulls<'a> {
    fn new(
        client: &'a Client,
        target: &'a Target,
        args: &'a FetchArgs,
        plan: &'a Plan,
        terminal: &'a Terminal,
    ) -> Self {
        let held = Some(signals::hold());
        let (begun, count) = (Instant::now(), count(&args.repeat));
        let (index, pulled, outcome, failure) = (0, 0, Outcome::Done, None);
        Self { client, target, args, plan, terminal, begun, count, index, pulled, outcome, failure, held }
    }

    /// How it ended, once there are no more.
    fn end(self) -> Result<Outcome, Failure> {
        self.failure.map_or(Ok(self.outcome), Err)
    }

    /// The next moment; `None` if a signal came before it was whole.
    async fn pull(&self) -> Option<Result<Pulled, Failure>> {
        let stop = || signals::came().is_some();
        if let Some(every) = self.args.repeat.every {
            let due = every.saturating_mul(self.index);
            unless(stop, sleep(due.saturating_sub(self.begun.elapsed()))).await?;
        }
        let wanted = Wanted { what: &self.args.what, last: self.index + 1 == self.count };
        unless(stop, pull(self.client, self.target, &wanted, &self.plan.limits)).await
    }

    /// Tells of a moment, saves it where that is wanted, and decodes it.
    fn take(&mut self, pulled: Pulled) -> Result<Snapshot, Failure> {
        tell(&pulled, self.index, self.count, self.terminal);
        if let Some(folder) = &self.args.what.save {
            // Without room for this one there is none for the next.
            save(folder, &pulled, self.terminal).inspect_err(|_| self.index = self.count)?;
        }
        inputs::decoded(pulled.input(self.target), &self.plan.limits)
    }
}

impl Iterator for Pulls<'_> {
    type Item = Snapshot;

    fn next(&mut self) -> Option<Snapshot> {
        while self.index < self.count && self.failure.is_none() {
            let Some(pulled) = block_on(self.pull()) else { break };
            let taken = pulled.and_then(|pulled| self.take(pulled));
            self.index = self.index.saturating_add(1);
            match taken {
                Ok(snapshot) => {
                    self.pulled += 1;
                    return Some(snapshot);
                }
                Err(failure) if self.pulled == 0 || self.index > self.count => self.failure = Some(failure),
                Err(failure) => {
                    self.terminal.error(&failure);
                    self.outcome = Outcome::Incomplete;
                }
            }
        }
        // It is asked for once more than there are moments.
        if self.held.take().is_some()
            && let Some(signal) = signals::came()
        {
            let (origin, pulled, count) = (self.target.origin(), self.pulled, self.count);
            self.terminal.warning(&format!("{origin}: interrupted, {pulled} of {count} pulled"));
            self.outcome = Outcome::Interrupted(signal);
        }
        None
    }
}

fn count(repeat: &RepeatArgs) -> u32 {
    match (repeat.every, repeat.lasts) {
        (None, _) => 1,
        (Some(every), Some(lasts)) => {
            let steps = lasts.as_secs_f64() / every.as_secs_f64();
            // Both ends count; a series has at least two.
            (steps.floor().min(f64::from(u32::MAX - 1)) as u32 + 1).max(2)
        }
        (Some(_), None) => repeat.count.unwrap_or(DEFAULT_COUNT),
    }
}

fn tell(pulled: &Pulled, index: u32, count: u32, terminal: &Terminal) {
    if count > 1 {
        let total = leakscope::text::pluralize(pulled.goroutines, "goroutine");
        terminal.note(&format!("{} of {count}: {total} ({})", index + 1, pulled.fetched.join(" · ")));
    } else {
        terminal.note(&format!("fetched {}", pulled.fetched.join(" · ")));
    }
    // In a series the same thing is left out each time: once is enough.
    if index == 0 || index + 1 == count {
        for text in &pulled.left_out {
            terminal.note(&format!("left out {text}"));
        }
    }
}

fn save(folder: &std::path::Path, pulled: &Pulled, terminal: &Terminal) -> Result<(), Failure> {
    let Some(taken_at) = pulled.meta.files.iter().map(|file| file.requested_at).min() else {
        return Ok(());
    };
    let saved = save_folder(folder, taken_at, &pulled.meta, &pulled.files).map_err(inputs::source)?;
    terminal.note(&format!("saved {}", saved.display()));
    Ok(())
}

pub(super) fn http_options(args: &HttpArgs) -> Result<HttpOptions, Failure> {
    let read = |path: &Option<std::path::PathBuf>| match path {
        Some(path) => read_input(path, 1 << 20).map(Some).map_err(inputs::source),
        None => Ok(None),
    };
    let bearer = match (&args.bearer_env, &args.bearer_file) {
        (Some(name), _) => Some(environment(name)?),
        (None, Some(path)) => {
            let bytes = read_input(path, 1 << 16).map_err(inputs::source)?;
            let text = String::from_utf8(bytes).context("the token is no text").map_err(Failure::usage)?;
            Some(text.trim().to_owned())
        }
        (None, None) => None,
    };
    let user = match &args.user {
        None => None,
        Some(user) => match user.split_once(':') {
            Some((name, password)) => Some((name.to_owned(), password.to_owned())),
            None => Some((user.clone(), environment("LEAKSCOPE_PASSWORD")?)),
        },
    };
    Ok(HttpOptions {
        headers: args.header.clone(),
        bearer,
        user,
        ca_cert: read(&args.ca_cert)?,
        client_cert: read(&args.client_cert)?,
        insecure: args.insecure,
        proxy: !args.no_proxy,
        connect_timeout: args.connect_timeout,
        idle_timeout: args.idle_timeout.max(Duration::from_millis(1)),
        timeout: args.timeout,
        retries: args.retries,
        ..HttpOptions::default()
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "a secret belongs into the environment, not among the arguments"
)]
fn environment(name: &str) -> Result<String, Failure> {
    std::env::var(name).with_context(|| format!("the environment variable {name}")).map_err(Failure::usage)
}
