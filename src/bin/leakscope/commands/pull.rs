//! One moment of a live process: which forms are pulled, in which order, and at what cost to it.

use anyhow::anyhow;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::pipeline::Input;
use leakscope::pipeline::InputError;
use leakscope::pipeline::SnapshotInput;
use leakscope::source::CaptureFile;
use leakscope::source::CaptureFileMeta;
use leakscope::source::CaptureMeta;
use leakscope::source::Client;
use leakscope::source::Fetched;
use leakscope::source::SourceError;
use leakscope::source::Target;

use super::super::args::WhatArgs;
use super::super::args::When;
use super::super::exit_code::Failure;
use super::super::inputs;

/// What was pulled at one moment.
pub(super) struct Pulled {
    pub(super) files: Vec<CaptureFile>,
    pub(super) meta: CaptureMeta,
    /// `goroutine 1.9 KB in 12 ms`, one for each form.
    pub(super) fetched: Vec<String>,
    /// What was left out, and why.
    pub(super) left_out: Vec<String>,
    pub(super) goroutines: i128,
}

/// Which forms a moment is to have.
pub(super) struct Wanted<'a> {
    pub(super) what: &'a WhatArgs,
    /// Whether this is the last moment of a series, or the only one: only then auto asks for a goroutineleak profile,
    /// which takes the ages of later tracebacks away.
    pub(super) last: bool,
}

impl Pulled {
    /// The forms, ready to be decoded.
    pub(super) fn input(self, target: &Target) -> SnapshotInput {
        let taken_at = self.meta.files.iter().map(|file| file.requested_at).min();
        let taken_at = taken_at.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
        let name = |file: &CaptureFile| {
            let url = self.meta.files.iter().find(|it| it.name == file.name).map(|it| it.url.clone());
            url.unwrap_or_else(|| file.name.clone())
        };
        let names: Vec<String> = self.files.iter().map(name).collect();
        let files =
            self.files.into_iter().zip(names).map(|(file, name)| Input::of_bytes(name, file.bytes)).collect();
        SnapshotInput { origin: target.origin().to_owned(), files, found: false, taken_at, go_version: None }
    }

    fn keep(&mut self, name: &str, shown: &str, fetched: Fetched) {
        let size = fetched.bytes.len();
        let ms = fetched.elapsed.as_millis();
        let tries = if fetched.tries > 1 { format!(", {} tries", fetched.tries) } else { String::new() };
        self.fetched.push(format!("{shown} {} in {ms} ms{tries}", bytes(size)));
        self.meta.files.push(CaptureFileMeta {
            name: name.to_owned(),
            url: fetched.url,
            requested_at: fetched.requested_at,
            answered_at: fetched.answered_at,
            elapsed_ms: u64::try_from(ms).unwrap_or(u64::MAX),
            bytes: size as u64,
            status: fetched.status,
        });
        self.files.push(CaptureFile { name: name.to_owned(), bytes: fetched.bytes });
    }
}

/// Pulls one moment: counts first, which are cheap; then what is costly, if there are few goroutines; the goroutineleak
/// profile after the traceback, because it marks goroutines for every later one.
pub(super) async fn pull(
    client: &Client,
    target: &Target,
    wanted: &Wanted<'_>,
    limits: &Limits,
) -> Result<Pulled, Failure> {
    let counts = client.get(target, "goroutine", None).await.map_err(inputs::source)?;
    let goroutines = total(&counts, limits)?;
    let meta = CaptureMeta {
        leakscope: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.origin().to_owned(),
        go_version: None,
        files: Vec::new(),
    };
    let mut pulled =
        Pulled { files: Vec::new(), meta, fetched: Vec::new(), left_out: Vec::new(), goroutines };
    pulled.keep("goroutine.pb.gz", "goroutine", counts);
    let what = wanted.what;
    let few = goroutines <= i128::from(what.traceback_limit);
    match what.tracebacks {
        When::Auto if !few => pulled.left_out.push(traceback_cost(goroutines)),
        When::Auto => optional(client, target, &TRACEBACK, &mut pulled).await,
        When::Always => needed(client, target, &TRACEBACK, &mut pulled).await?,
        When::Never => {}
    }
    match what.heap {
        When::Auto => optional(client, target, &HEAP, &mut pulled).await,
        When::Always => needed(client, target, &HEAP, &mut pulled).await?,
        When::Never => {}
    }
    match what.leaks {
        When::Auto if !wanted.last => {}
        When::Auto if !few => pulled.left_out.push(format!(
            "goroutineleak: with {} its garbage collection takes long (--leaks always)",
            leakscope::text::pluralize(goroutines, "goroutine")
        )),
        When::Auto => optional(client, target, &LEAKS, &mut pulled).await,
        When::Always => needed(client, target, &LEAKS, &mut pulled).await?,
        When::Never => {}
    }
    Ok(pulled)
}

/// A form that can be pulled.
struct Form {
    profile: &'static str,
    query: Option<&'static str>,
    file: &'static str,
    shown: &'static str,
}

const TRACEBACK: Form = Form {
    profile: "goroutine",
    query: Some("debug=2"),
    file: "goroutine.debug2.txt",
    shown: "goroutine?debug=2",
};
const HEAP: Form = Form { profile: "heap", query: None, file: "heap.pb.gz", shown: "heap" };
const LEAKS: Form =
    Form { profile: "goroutineleak", query: None, file: "goroutineleak.pb.gz", shown: "goroutineleak" };

async fn optional(client: &Client, target: &Target, form: &Form, pulled: &mut Pulled) {
    match client.get(target, form.profile, form.query).await {
        Ok(fetched) => pulled.keep(form.file, form.shown, fetched),
        // A server that does not have it is none that fails.
        Err(SourceError::Status { status: 404, .. }) => {}
        Err(error) => pulled.left_out.push(format!("{}: {:#}", form.shown, anyhow::Error::new(error))),
    }
}

async fn needed(client: &Client, target: &Target, form: &Form, pulled: &mut Pulled) -> Result<(), Failure> {
    let fetched = client.get(target, form.profile, form.query).await.map_err(inputs::source)?;
    pulled.keep(form.file, form.shown, fetched);
    Ok(())
}

/// The goroutines that the profile holds: counted, since the index page's numbers may be old.
fn total(counts: &Fetched, limits: &Limits) -> Result<i128, Failure> {
    match decode(&counts.bytes, limits) {
        Ok(Decoded::Goroutines(profile)) => Ok(profile.total()),
        Ok(Decoded::Heap(_)) => {
            Err(Failure::input(anyhow!("{}: a heap profile, not a goroutine profile", counts.url)))
        }
        Err(source) => Err(inputs::unreadable(InputError::Decode { name: counts.url.clone(), source })),
    }
}

/// What a traceback of so many goroutines would do to the service. Measured with Go 1.27 on two cores: about 0.1 s of a
/// stopped world for each 1,000 goroutines, up to some 10 s, and 1 KB each.
fn traceback_cost(goroutines: i128) -> String {
    let seconds = (goroutines / 10_000).clamp(1, 15);
    let cut = if goroutines > 50_000 { " and be cut at 64 MiB" } else { "" };
    format!(
        "goroutine?debug=2: {} would stop the service for about {seconds} s{cut} (--tracebacks always)",
        leakscope::text::pluralize(goroutines, "goroutine")
    )
}

fn bytes(n: usize) -> String {
    match n {
        0..1000 => format!("{n} B"),
        1000..1_000_000 => format!("{:.1} KB", n as f64 / 1000.0),
        _ => format!("{:.1} MB", n as f64 / 1e6),
    }
}
