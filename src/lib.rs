//! leakscope finds leaking goroutines: it reads what Go writes about them, ranks the stacks, and says which grow.
//!
//! The road is one straight line, and the modules are listed in its order:
//!
//! 1. [`source`] brings bytes: files, capture folders, and with the feature `fetch` HTTP.
//! 2. [`decode`] makes a [`model::Profile`] of them, whatever form they are in.
//! 3. [`group`] puts goroutines with the same key together.
//! 4. [`series`] aligns the groups of several snapshots and judges their growth.
//! 5. [`diagnose`] compares the rows with [`rules`] and says what is wrong.
//! 6. [`report`] decides what is shown, [`render`] writes it.
//!
//! [`pipeline`] does 2 to 5 in one call. The core (all but `source`) reads no file, no clock and no environment, and
//! prints nothing; it may start threads, which ask how many cores there are.
//!
//! ```
//! use leakscope::decode::Limits;
//! use leakscope::group::{By, Filter};
//! use leakscope::pipeline::{Input, MomentInput, read_moment, run};
//! use leakscope::report::Options;
//! use leakscope::rules::RuleSet;
//!
//! let dump = |n: u64| -> String {
//!     (1..=n)
//!         .map(|id| format!("goroutine {id} [chan send]:\nmain.f()\n\t/srv/f.go:3 +0x1\ncreated by main.g\n\t/srv/f.go:9 +0x2\n\n"))
//!         .collect()
//! };
//! let moment = |n: u64| {
//!     let files = vec![Input::of_bytes("dump.txt".to_owned(), dump(n).into_bytes())];
//!     let input = MomentInput { origin: "dump.txt".to_owned(), files, found: false, taken_at: None, go_version: None };
//!     read_moment(input, &Limits::default())
//! };
//! let moments = vec![moment(3)?, moment(40)?];
//! let report = run(moments.into_iter(), &By::default(), &Filter::default(), &RuleSet::built_in(), &Options::default());
//! assert_eq!(report.groups[0].gain, 37);
//! # Ok::<(), leakscope::pipeline::InputError>(())
//! ```

pub mod decode;
pub mod diagnose;
pub mod gate;
pub mod golang;
pub mod group;
pub mod model;
mod parallel;
pub mod pipeline;
pub mod render;
pub mod report;
pub mod rule_check;
pub mod rules;
pub mod series;
pub mod source;
pub mod stacks;
mod storage;
pub mod text;
