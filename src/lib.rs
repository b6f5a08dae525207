//! leakscope finds leaking goroutines in the profiles of a Go program. It reads what Go writes (`goroutine` profiles, tracebacks, crash
//! logs), groups goroutines by stack, finds the groups that grow, and explains them with rules.
//!
//! ```
//! use leakscope::Analysis;
//! use leakscope::Snapshot;
//!
//! let dump = |goroutines: u32| -> Vec<u8> {
//!     let stack = "[chan send]:\nmain.work()\n\t/srv/work.go:3 +0x1\ncreated by main.serve\n\t/srv/serve.go:9 +0x2\n\n";
//!     (1..=goroutines).flat_map(|id| format!("goroutine {id} {stack}").into_bytes()).collect()
//! };
//! let before = Snapshot::from_bytes("before.txt", dump(3))?; // with leakscope::ReadSnapshot, Snapshot::read reads a file
//! let after = Snapshot::from_bytes("after.txt", dump(40))?;
//! let report = Analysis::default().run([before, after]);
//! for finding in &report.findings {
//!     println!("{finding}"); // warn chan-send-stuck (suspect): 40 goroutines (37 more) are blocked on a channel send at ...
//! }
//! assert_eq!(report.findings[0].lead.gain, 37);
//! # Ok::<(), leakscope::input::InputError>(())
//! ```
//!
//! # A tour, in the order of the data
//!
//! 1. [`source`] reads files, capture folders and, with the feature `fetch`, HTTP. It is the only module that does.
//! 2. [`decode`] turns bytes in any form into a [`model::Profile`]: protobuf, `debug=1` and `debug=2` text, logs with tracebacks.
//! 3. [`input`] combines the profiles of one snapshot into a [`Snapshot`].
//! 4. [`stacks`] analyzes each distinct stack once: filters, recursion, what the goroutine is blocked on. [`golang`] has the facts about
//!    Go that this needs.
//! 5. [`group`] counts goroutines with the same key; a key is the stack unless [`group::By`] says otherwise.
//! 6. [`series`] aligns the groups of several snapshots to rows. [`series::growth`] decides which rows grow.
//! 7. [`diagnose`] matches rows with [`rules`] and produces findings with their evidence.
//! 8. [`gate`] judges findings by a policy and a baseline.
//! 9. [`report`] decides what is shown, and in which order; `render` writes it as text, JSON and other formats.
//!
//! [`pipeline`] has steps 4 to 9 on one screen, and [`Analysis`] is its front. Everything except `source` takes values and returns
//! values: it reads no file, no clock and no environment, and it prints nothing. It may start threads.
//!
//! # Words
//!
//! - A *snapshot* is one process at one point in time; a *profile* is one decoded form of it; the *form* ([`model::Form`]) decides what can be
//!   known.
//! - A *sample* ([`model::Sample`]) is a row of a profile: a *stack* of *frames*, a count, and labels.
//! - A *group* ([`group::Group`]) is a set of goroutines with the same key; its *fingerprint* ([`stacks::Fingerprint`]) is the same in
//!   every run.
//! - A *series* ([`series::Series`]) is a table: a *row* for each group, a *column* for each snapshot.
//! - A *finding* ([`report::FindingLine`]) is one or several groups with one cause, with a *level* ([`rules::Level`]) and a *confidence*
//!   ([`diagnose::Confidence`]).
//! - A *spawn site* is the `go` statement that started a goroutine.
//! - A fact is *stated* by the profile or *inferred* by leakscope; [`model::Basis`] keeps the two apart.
//!
//! # Features
//!
//! Without features the library decodes bytes and analyzes them with the built-in rules.
//!
//! - `files`: reads files and capture folders ([`source`]), policies ([`gate::Policy`]) and your own rules.
//! - `render`: writes reports as text, JSON, Markdown, JUnit, SARIF, annotations of GitHub Actions, folded stacks and pprof profiles; implies `files`.
//! - `fetch`: fetches profiles over HTTP; implies `files`.
//! - `huge-pages`: decompresses large profiles into huge pages on Linux.
//! - `cli` (default): all of these, and the program `leakscope`.
//! - `watch` (default): its command `watch`.
//! - `fleet`: sweeps many services into a store (`fleet`, `store`), and its commands `sweep` and `fleet`.

mod analyze;
#[cfg(feature = "go-source")]
pub mod code;
#[cfg(feature = "go-source")]
mod confirm;
pub mod diagnose;
#[cfg(feature = "fleet")]
pub mod fleet;
#[cfg(feature = "files")]
pub mod gate;
#[cfg(feature = "learn")]
pub mod learn;
#[cfg(feature = "go-source")]
mod libraries;
#[cfg(feature = "go-source")]
pub mod patch;
pub mod pipeline;
#[cfg(feature = "render")]
pub mod render;
pub mod report;
pub mod rule_check;
pub mod rules;
#[cfg(feature = "files")]
pub mod source;
#[cfg(feature = "fleet")]
pub mod store;
#[cfg(feature = "go-source")]
mod syntax;

pub use analyze::Analysis;
#[cfg(feature = "files")]
pub use analyze::ReadError;
#[cfg(feature = "files")]
pub use analyze::ReadSnapshot;
pub use leakscope_engine::decode;
pub use leakscope_engine::golang;
pub use leakscope_engine::group;
pub use leakscope_engine::input;
pub use leakscope_engine::model;
pub use leakscope_engine::model::Snapshot;
#[cfg(feature = "files")]
use leakscope_engine::parallel;
pub use leakscope_engine::series;
use leakscope_engine::sort;
pub use leakscope_engine::stacks;
pub use leakscope_engine::text;
#[cfg(feature = "fleet")]
use leakscope_engine::varint;
