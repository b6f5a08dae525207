//! `leakscope fetch`: fetches one or several snapshots of a live process and reports on them.

mod args;
mod compare;
mod jobs;
mod series;
mod several;

use anyhow::anyhow;

use self::args::options_of;
use self::jobs::Job;
use self::jobs::jobs;
use self::series::series;
use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::inputs;
use crate::inputs::Plan;
use crate::show;
use crate::signals;
use crate::terminal::Terminal;

pub(crate) use self::args::FetchArgs;
pub(crate) use self::args::http_options;
pub(crate) use self::jobs::parse_target;

pub(super) const HELP: &str = "\
What it costs the service: the goroutine profile stops the world twice, briefly, and takes about 0.14 s at 100,000 goroutines. \
A traceback (debug=2) stops the world while Go walks the stacks: it takes about 0.18 s with stops of up to 47 ms at 10,000 \
goroutines, and 3.1 s with stops of up to 0.6 s at 100,000, where Go cuts it at 64 MiB. auto fetches it only up to \
--traceback-limit goroutines. A goroutineleak profile runs a garbage collection; in a series, auto fetches it once, at the end.

Examples:
  leakscope fetch localhost:6060
  leakscope fetch https://api.internal/debug/pprof --bearer-env TOKEN
  leakscope fetch :6060 --every 30s --for 5m --save captures
  leakscope fetch api-0:6060 api-1:6060 api-2:6060
  leakscope fetch k8s:prod/app=checkout";

pub(super) fn run(args: &FetchArgs, terminal: &Terminal) -> Result<Outcome, Failure> {
    let plan = Plan::new(&args.report)?;
    let options = http_options(&args.http, args.report.limits.max_input)?;
    let mut all: Vec<Job> = Vec::new();
    for text in &args.targets {
        all.extend(jobs(text, &args.kubernetes, &options)?);
    }
    if let (Some((_, file)), 2..) = (args.output.output.first(), all.len()) {
        let error = anyhow!("--output {}: a file for several targets", inputs::name(file));
        return Err(Failure::usage(error).with_hint("fetch one target at a time"));
    }
    for job in all.iter().filter(|job| job.options.insecure) {
        terminal.warning(&format!("{}: certificates are not checked (--insecure)", job.target.origin()));
    }
    if let [job] = all.as_slice() {
        return one(job, args, &plan, terminal).map_err(|failure| job.explained(failure));
    }
    several::several(&all, args, &plan, terminal)
}

fn one(job: &Job, args: &FetchArgs, plan: &Plan, terminal: &Terminal) -> Result<Outcome, Failure> {
    let blocked = Some(signals::block());
    let (report, early) = series(job, args, plan, terminal, options_of(args, &job.target), blocked)?;
    let Some(report) = report else { return Ok(early) };
    let report = show::show(report, &args.report, &args.output, terminal)?;
    Ok(if early == Outcome::Done { show::outcome(&report) } else { early })
}
