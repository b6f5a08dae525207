//! Fetches one snapshot of a live process: which profiles, in which order, and what they cost the process.

use std::path::Path;
use std::path::PathBuf;
#[cfg(feature = "watch")]
use std::time::Duration;

use anyhow::anyhow;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::input::Input;
use leakscope::input::InputError;
use leakscope::input::Selection;
use leakscope::input::SnapshotInput;
use leakscope::source;
use leakscope::text::pluralize;

use crate::exit_code::Failure;
use crate::options::WhatArgs;
use crate::options::When;

#[derive(Clone)]
pub(crate) struct Pulled {
    pub(super) files: Vec<source::CaptureFile>,
    pub(super) meta: source::CaptureMeta,
    /// One text per profile, such as `goroutine 1.9 KB in 12 ms`.
    pub(super) fetched: Vec<String>,
    /// Profiles that were left out, and why.
    pub(crate) left_out: Vec<String>,
    /// Goroutines in the goroutine profile.
    pub(super) goroutines: i128,
}

/// Which profiles to fetch.
pub(crate) struct Wanted<'a> {
    pub(crate) what: &'a WhatArgs,
    /// Whether this is the last snapshot of a series, or the only one. Only then auto fetches a goroutineleak profile,
    /// because later tracebacks print `(leaked)` instead of the age of the goroutines that it found.
    pub(crate) last: bool,
    /// The flags that get a traceback and a goroutineleak profile all the same, for messages.
    pub(crate) flags: [&'static str; 2],
}

/// The flags of `fetch` and `watch`.
pub(super) const ALWAYS: [&str; 2] = ["--tracebacks always", "--leaks always"];

impl Pulled {
    /// When the first of the profiles was requested.
    pub(crate) fn taken_at(&self) -> Option<jiff::Timestamp> {
        self.meta.files.iter().map(|file| file.requested_at).min()
    }

    /// How long the process took for the answers, with the network: more than it worked for them.
    #[cfg(feature = "watch")]
    pub(super) fn cost(&self) -> Duration {
        let took = self.meta.files.iter().map(|file| file.answered_at.duration_since(file.requested_at));
        took.map(|it| Duration::try_from(it).unwrap_or_default()).sum()
    }

    /// Saves the profiles as a capture folder below `parent`.
    pub(super) fn save(&self, parent: &Path) -> Result<Option<PathBuf>, source::SourceError> {
        self.taken_at().map(|time| source::save_folder(parent, time, &self.meta, &self.files)).transpose()
    }

    /// The profiles, ready to be decoded.
    pub(crate) fn input(self, target: &source::Target) -> SnapshotInput {
        let taken_at = self.taken_at().and_then(|time| i64::try_from(time.as_nanosecond()).ok());
        let files = self.files.into_iter().zip(self.meta.files);
        SnapshotInput {
            origin: target.origin().to_owned(),
            files: files.map(|(file, meta)| Input::from_bytes(meta.url, file.bytes)).collect(),
            selection: Selection::Named,
            taken_at,
            go_version: None,
        }
    }

    fn keep(&mut self, form: &Form, fetched: source::Fetched) {
        let size = fetched.bytes.len();
        let ms = fetched.elapsed.as_millis();
        let tries = if fetched.tries > 1 { format!(", {} attempts", fetched.tries) } else { String::new() };
        self.fetched.push(format!("{} {} in {ms} ms{tries}", form.shown(), bytes(size)));
        self.meta.files.push(source::CaptureFileMeta {
            name: form.file.to_owned(),
            url: fetched.url,
            requested_at: fetched.requested_at,
            answered_at: fetched.answered_at,
            elapsed_ms: u64::try_from(ms).unwrap_or(u64::MAX),
            bytes: size as u64,
            status: fetched.status,
        });
        self.files.push(source::CaptureFile { name: form.file.to_owned(), bytes: fetched.bytes });
    }
}

/// A profile that the server offers.
struct Form {
    profile: &'static str,
    query: Option<&'static str>,
    /// The file's name in a capture folder.
    file: &'static str,
}

const COUNTS: Form = Form { profile: "goroutine", query: None, file: "goroutine.pb.gz" };
const TRACEBACK: Form = Form { profile: "goroutine", query: Some("debug=2"), file: "goroutine.debug2.txt" };
const HEAP: Form = Form { profile: "heap", query: None, file: "heap.pb.gz" };
const LEAKS: Form = Form { profile: "goroutineleak", query: None, file: "goroutineleak.pb.gz" };

impl Form {
    /// The name in messages.
    fn shown(&self) -> String {
        self.query.map_or(self.profile.to_owned(), |query| format!("{}?{query}", self.profile))
    }
}

/// Fetches one snapshot: the goroutine profile first, which is cheap; then, if there are few goroutines, the expensive ones.
/// The goroutineleak profile comes after the traceback, because it marks goroutines in every later traceback.
pub(crate) async fn pull(
    client: &source::Client,
    target: &source::Target,
    wanted: &Wanted<'_>,
    limits: &Limits,
) -> Result<Pulled, Failure> {
    let counts = client.get(target, COUNTS.profile, COUNTS.query).await?;
    let goroutines = total(&counts, limits)?;
    let meta = source::CaptureMeta {
        leakscope: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.origin().to_owned(),
        go_version: None,
        files: Vec::new(),
    };
    let mut pulled =
        Pulled { files: Vec::new(), meta, fetched: Vec::new(), left_out: Vec::new(), goroutines };
    pulled.keep(&COUNTS, counts);
    let what = wanted.what;
    let [traceback_flag, leaks_flag] = wanted.flags;
    let many = goroutines > i128::from(what.traceback_limit);
    let collection_cost = || {
        let goroutines = pluralize(goroutines, "goroutine");
        format!(
            "goroutineleak: it runs a garbage collection, and {goroutines} are above the limit ({leaks_flag})"
        )
    };
    let leaks = if what.leaks == When::Auto && !wanted.last { When::Never } else { what.leaks };
    for (form, when, too_expensive) in [
        (TRACEBACK, what.tracebacks, many.then(|| traceback_cost(goroutines, traceback_flag))),
        (HEAP, what.heap, None),
        (LEAKS, leaks, many.then(collection_cost)),
    ] {
        match (when, too_expensive) {
            (When::Never, _) => continue,
            (When::Auto, Some(why)) => {
                pulled.left_out.push(why);
                continue;
            }
            (When::Auto | When::Always, _) => {}
        }
        match client.get(target, form.profile, form.query).await {
            Ok(fetched) => pulled.keep(&form, fetched),
            Err(error) if when == When::Always => return Err(error.into()),
            // A server without this profile is not an error.
            Err(source::SourceError::Status { status: 404, .. }) => {}
            Err(error) => pulled.left_out.push(format!("{}: {:#}", form.shown(), anyhow::Error::new(error))),
        }
    }
    Ok(pulled)
}

fn total(counts: &source::Fetched, limits: &Limits) -> Result<i128, Failure> {
    match decode(&counts.bytes, limits) {
        Ok(Decoded::Goroutines(snapshot)) => Ok(snapshot.total()),
        Ok(Decoded::Heap(_)) => {
            Err(Failure::input(anyhow!("{}: a heap profile, not a goroutine profile", counts.url)))
        }
        Err(source) => Err(InputError::Decode { name: counts.url.clone(), source }.into()),
    }
}

/// The measured cost of one request, as in docs/cost.md.
struct Cost {
    goroutines: f64,
    /// Duration of the whole request, in seconds.
    time: f64,
    /// The longest stop of the service, in seconds.
    stop: f64,
}

const MEASURED: [Cost; 3] = [
    Cost { goroutines: 1e3, time: 0.0074, stop: 0.0043 },
    Cost { goroutines: 1e4, time: 0.179, stop: 0.047 },
    Cost { goroutines: 1e5, time: 3.1, stop: 0.589 },
];

#[cfg(feature = "watch")]
const MEASURED_PROOF: [Cost; 3] = [
    Cost { goroutines: 1e3, time: 0.006, stop: 0.0007 },
    Cost { goroutines: 1e4, time: 0.016, stop: 0.0091 },
    Cost { goroutines: 1e5, time: 0.133, stop: 0.030 },
];

/// Above this number, at the measured 800 bytes per goroutine, the text exceeds the 64 MiB at which Go cuts it
/// (`runtime/pprof/pprof.go`, `writeGoroutineStacks`).
const CUT_ABOVE: i128 = (64 << 20) / 800;

/// What a traceback of this process would cost, and how to pay it.
fn traceback_cost(goroutines: i128, flag: &str) -> String {
    let (count, price) = (pluralize(goroutines, "goroutine"), traceback_price(goroutines));
    format!("goroutine?debug=2: {count} would take {price} ({flag})")
}

/// `about 0.18 s with stops of up to 47 ms`, interpolated between the measured figures.
pub(crate) fn traceback_price(goroutines: i128) -> String {
    let cut = if goroutines > CUT_ABOVE { " and be cut at 64 MiB" } else { "" };
    format!("{}{cut}", price(goroutines, &MEASURED))
}

/// The same for a goroutineleak profile of a process with a small heap.
#[cfg(feature = "watch")]
pub(super) fn proof_price(goroutines: i128) -> String {
    price(goroutines, &MEASURED_PROOF)
}

fn price(goroutines: i128, measured: &[Cost; 3]) -> String {
    let n = goroutines.max(1) as f64;
    let (time, stop) = (interpolate(n, measured, |it| it.time), interpolate(n, measured, |it| it.stop));
    format!("about {} with stops of up to {}", seconds(time), seconds(stop))
}

/// Interpolates linearly on logarithmic scales between two measured points, and in proportion to the nearest point outside
/// of them.
fn interpolate(n: f64, measured: &[Cost; 3], value: impl Fn(&Cost) -> f64) -> f64 {
    let [first, .., last] = measured;
    let around = measured.array_windows().find(|[low, high]| low.goroutines <= n && n <= high.goroutines);
    match around {
        Some([low, high]) => {
            let share = (n / low.goroutines).ln() / (high.goroutines / low.goroutines).ln();
            value(low) * (value(high) / value(low)).powf(share)
        }
        None if n < first.goroutines => value(first) * n / first.goroutines,
        None => value(last) * n / last.goroutines,
    }
}

/// At most two digits: `7.4 ms`, `0.18 s`, `3.1 s`, `12 s`.
fn seconds(seconds: f64) -> String {
    match seconds {
        ..0.01 => format!("{:.1} ms", seconds * 1e3),
        ..0.1 => format!("{:.0} ms", seconds * 1e3),
        ..0.3 => format!("{seconds:.2} s"),
        ..10.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

fn bytes(n: usize) -> String {
    match n {
        0..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{:.1} KB", n as f64 / 1000.0),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use crate::Cli;

    use super::*;

    #[test]
    fn traceback_costs_between_measured_figures() {
        let check = |goroutines, expected: &str| {
            let cost = traceback_cost(goroutines, "--tracebacks always");
            assert!(cost.contains(&format!(" goroutines would take about {expected} (")), "{cost}");
        };
        check(500, "3.7 ms with stops of up to 2.1 ms");
        check(1_000, "7.4 ms with stops of up to 4.3 ms");
        check(30_000, "0.7 s with stops of up to 0.16 s");
        check(100_000, "3.1 s with stops of up to 0.6 s and be cut at 64 MiB");
        check(400_000, "12 s with stops of up to 2.4 s and be cut at 64 MiB");
    }

    #[test]
    fn the_page_and_the_help_state_the_same_costs() {
        let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cost.md"));
        let rows = ["| 1,000 | `goroutine?debug=2` | 7.4 ms |", "| 10,000 | `goroutine?debug=2` | 179 ms |"];
        #[cfg(feature = "watch")]
        for it in &MEASURED_PROOF {
            let count = leakscope::text::with_thousands(it.goroutines as i128);
            let row = format!("| {count} | `goroutineleak` | {:.0} ms |", it.time * 1e3);
            assert!(page.contains(&row), "docs/cost.md has no row {row}");
        }
        for row in rows.into_iter().chain(["| 100,000 | `goroutine?debug=2` | 3.1 s |"]) {
            assert!(page.contains(row), "docs/cost.md has no row {row}");
        }
        let mut command = Cli::command();
        command.build();
        let help = command.find_subcommand("fetch").and_then(|it| it.get_after_help());
        let help = help.map(ToString::to_string).unwrap_or_default();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        let figures =
            ["0.18 s with stops of up to 47 ms", "3.1 s with stops of up to 0.6 s", "0.14 s at 100,000"];
        assert!(figures.iter().all(|it| help.contains(it)), "fetch --help does not say {figures:?}: {help}");
    }
}
