//! A long series from a server that flaps, restarts and changes its build: memory stays flat, gaps stay gaps.
//!
//! 1,000 polls, or as many as LEAKSCOPE_POLLS says.
#![expect(clippy::disallowed_methods, reason = "the environment says how long this test runs")]
#![expect(clippy::print_stderr, reason = "prints what was measured")]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support;
use crate::support::little::Answer;
use crate::support::little::Little;
use crate::support::proto::fields;
use crate::support::proto::message;

/// Growth that is allowed from a tenth of the series to its end, in KiB: what a column keeps, and the allocator's slack.
fn allowed(polls: usize) -> u64 {
    1_024 + polls as u64
}

/// A goroutine profile of one stack for each count, from a build.
fn profile(counts: &[u64], build: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut strings = vec![String::new(), "goroutine".to_owned(), "count".to_owned(), build.to_owned()];
    message(1, &fields(&[(1, 1), (2, 2)]), &mut out);
    for (id, count) in (1u64..).zip(counts) {
        message(2, &fields(&[(1, id), (2, *count)]), &mut out);
        let mut location = fields(&[(1, id), (2, 1), (3, 0x1000 + id)]);
        message(4, &fields(&[(1, id), (2, 10 + id)]), &mut location);
        message(4, &location, &mut out);
        message(5, &fields(&[(1, id), (2, strings.len() as u64)]), &mut out);
        strings.push(format!("example.com/shop.wait{id}"));
    }
    message(3, &fields(&[(1, 1), (2, 0x1000), (3, 0x9000), (6, 3)]), &mut out);
    strings.iter().for_each(|text| message(6, text.as_bytes(), &mut out));
    out
}

/// What the server does at a poll: each tenth fails in one of three ways; every 100 the process starts anew; every 250
/// it is of another build.
fn answer(poll: usize) -> Answer {
    match poll % 30 {
        9 => Answer::Whole("500 Internal Server Error", b"boom\n".to_vec()),
        19 => Answer::Close,
        29 => Answer::Whole("200 OK", Vec::new()),
        _ => {
            let grown = poll as u64 % 100;
            let build = format!("{:040x}", poll / 250 % 2);
            Answer::Whole("200 OK", profile(&[50 + grown, 30 + poll as u64 % 7, 4, 1], &build))
        }
    }
}

fn is_gap(poll: usize) -> bool {
    poll % 10 == 9
}

/// The most memory that a process had, in KiB; `None` once it is gone.
fn high_water(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// Each number below a key that names a rate.
fn rates(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key.contains("per_hour") || key.contains("rate") {
                    found.extend(value.as_f64());
                }
                rates(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| rates(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_long_series_takes_no_more_memory_and_keeps_its_gaps() {
    let polls: usize = std::env::var("LEAKSCOPE_POLLS")
        .map_or(1_000, |text| text.parse().expect("LEAKSCOPE_POLLS is a number"));
    let server = Little::start(answer);
    let mut child = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .args(["fetch", &server.address, "--every", "1ms", "--count", &polls.to_string()])
        .args(support::COUNTS_ONLY)
        .args(["--format", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary is built for this test");
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let out = thread::spawn(move || {
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).map(|_| bytes)
    });
    let err = thread::spawn(move || {
        let mut text = String::new();
        err.read_to_string(&mut text).map(|_| text)
    });
    let started = Instant::now();
    let (mut early, mut late, mut last) = (None, None, 0);
    while child.try_wait().expect("it is our child").is_none() {
        let seen = server.seen.load(Ordering::SeqCst);
        if let Some(now) = high_water(child.id()) {
            last = now;
            early = early.or((seen >= polls / 10).then_some(now));
            late = late.or((seen >= polls).then_some(now));
        }
        thread::sleep(Duration::from_millis(2));
    }
    let took = started.elapsed();
    let code = child.wait().expect("it has ended").code();
    let err = err.join().expect("it only reads").expect("it is text");
    let out = out.join().expect("it only reads").expect("it is read");
    let (early, late) = (early.expect("it was measured"), late.unwrap_or(last));
    eprintln!(
        "{polls} polls in {took:?}: {early} KiB at a tenth, {late} KiB at the last poll, {last} KiB in all"
    );
    assert!(late <= early + allowed(polls), "from {early} to {late} KiB");

    assert_eq!(code, Some(3), "gaps show in the exit code");
    let gaps = (0..polls).filter(|poll| is_gap(*poll)).count();
    assert_eq!(err.lines().filter(|line| line.starts_with("error: ")).count(), gaps);
    let document: Value = serde_json::from_slice(&out).expect("a report");
    let profiles = document["snapshots"].as_array().expect("a report lists its snapshots");
    assert_eq!(profiles.len(), polls - gaps);
    // A gap is no empty snapshot.
    assert!(profiles.iter().all(|it| it["goroutines"].as_i64().is_some_and(|count| count >= 85)));
    let times: BTreeSet<&str> = profiles.iter().filter_map(|it| it["taken_at"].as_str()).collect();
    assert_eq!(times.len(), profiles.len(), "each snapshot has a time of its own");
    // Each event is reported once, however often it happens.
    let warnings: Vec<&str> = err.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert!(warnings.len() <= 5, "{warnings:?}");
    assert!(warnings.iter().any(|it| it.contains("is from another build")), "{warnings:?}");

    let mut found = Vec::new();
    rates(&document, &mut found);
    assert!(!found.is_empty() && found.iter().all(|rate| rate.is_finite()), "{found:?}");
    for finding in document["findings"].as_array().expect("a report lists its findings") {
        let mut found = Vec::new();
        rates(finding, &mut found);
        assert!(found.iter().all(|rate| *rate >= 0.0), "{finding}");
    }
}
