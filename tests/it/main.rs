//! All integration tests, in one binary: each module is a subject, `cargo test --test it limits::` runs one of them.
//!
//! The tests share a process, so none may set a variable, a limit, the current folder or a panic hook: what needs that
//! starts the leakscope binary as a child. All that they share is in `support`.

#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "most of it serves tests of the command line"))]
mod support;

mod cuts;
mod decode;
#[cfg(feature = "fetch")]
mod fetch;
mod forms;
mod from_source;
mod layers;
mod links;
mod made;
#[cfg(feature = "cli")]
mod markdown;
#[cfg(feature = "cli")]
mod mcp;
mod mixed;
mod one_by_one;
#[cfg(feature = "cli")]
mod one_word;
mod page;
mod peer;
mod pieces;
mod properties;
mod rules;
mod screens;
#[cfg(feature = "cli")]
mod several;
mod shared;
#[cfg(feature = "fleet")]
mod sources;
mod spawn;
mod torn;
mod users_code;
mod verdicts;
mod words;
mod wrapped;

#[cfg(feature = "cli")]
mod alerts;
#[cfg(feature = "cli")]
mod browser;
mod card;
#[cfg(feature = "cli")]
mod cli;
#[cfg(all(feature = "fleet", unix))]
mod clickhouse;
#[cfg(feature = "cli")]
mod closed;
#[cfg(feature = "cli")]
mod death;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod disk;
#[cfg(feature = "cli")]
mod exports;
#[cfg(all(feature = "cli", unix))]
mod faulty;
#[cfg(feature = "cli")]
mod fixes;
#[cfg(all(feature = "fleet", unix))]
mod fleet;
#[cfg(all(feature = "fleet", unix))]
mod fleet_changes;
#[cfg(all(feature = "cli", unix))]
mod fuzz;
#[cfg(feature = "cli")]
mod gate_live;
#[cfg(feature = "cli")]
mod goleak;
#[cfg(feature = "cli")]
mod installed;
#[cfg(feature = "cli")]
mod limits;
#[cfg(feature = "cli")]
mod live;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod nth;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod opens;
#[cfg(feature = "cli")]
mod outlook;
#[cfg(feature = "cli")]
mod peers;
#[cfg(all(feature = "cli", target_os = "linux"))]
mod polls;
#[cfg(feature = "cli")]
mod schemas;
#[cfg(feature = "cli")]
mod secrets;
#[cfg(feature = "cli")]
mod verify;
#[cfg(feature = "cli")]
mod waits;
#[cfg(all(feature = "watch", unix))]
mod watch;
