//! Every path and port of the server that misbehaves on purpose: the right cause, the right exit code, in time, and
//! nothing left behind.
#![expect(clippy::disallowed_methods, reason = "limits on time are what these tests are about")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use leakscope::source::read_folder;

use crate::support;
use crate::support::faulty::Faulty;

/// Path, exit code, and a piece of what is said.
const PATHS: [(&str, i32, &str); 95] = [
    ("header_1MB", 3, "message head is too large"),
    ("header_ansi", 3, "invalid HTTP header parsed"),
    ("header_no_colon", 3, "invalid HTTP header parsed"),
    ("headers_10k", 3, "message head is too large"),
    ("http09", 3, "this is not an HTTP server"),
    ("http2_preface", 3, "this is not an HTTP server"),
    ("not_http", 3, "this is not an HTTP server"),
    ("reason_ansi", 3, "invalid HTTP status-code parsed"),
    ("status_garbage", 3, "invalid HTTP status-code parsed"),
    ("chunk_bad_size", 3, "missing size digit"),
    ("chunk_cut", 3, "the profile is incomplete and was dropped"),
    ("chunk_ext_1MB", 3, "chunk extensions over limit"),
    ("chunk_huge_size", 3, "the profile is incomplete and was dropped"),
    ("cl_and_te", 0, "goroutines"),
    ("cl_huge", 3, "9223372036854775807 bytes are larger than the limit of 2 MiB"),
    ("cl_negative", 3, "invalid content-length parsed"),
    ("cl_over_u64", 3, "invalid content-length parsed"),
    ("cl_too_long", 3, "2763 of 3763 bytes received: end of file"),
    ("cl_too_short", 3, "gzip: truncated"),
    ("cl_twice", 3, "invalid content-length parsed"),
    ("close_silent", 3, "the server closed the connection"),
    ("empty_200", 3, "the input is empty"),
    ("gz_cut", 3, "gzip: truncated: the stream ends early, at byte 1842"),
    ("reset_before", 3, "waiting for the first byte (3 attempts): Connection reset"),
    ("reset_mid", 3, "1381 of 2763 bytes received: Connection reset"),
    ("ok", 0, "goroutines"),
    ("ok_1xx", 0, "goroutines"),
    ("ok_after_503", 0, "ms, 3 attempts"),
    ("ok_ce_gzip", 0, "goroutines"),
    ("ok_ce_gzip_single", 0, "goroutines"),
    ("ok_chunked", 0, "goroutines"),
    ("ok_ct_html", 0, "goroutines"),
    ("ok_debug2", 0, "goroutines"),
    ("ok_heap", 3, "a heap profile, not a goroutine profile"),
    ("ok_http10", 0, "goroutines"),
    ("ok_late", 0, "goroutines"),
    ("ok_redirect", 0, "goroutines"),
    ("ok_trickle", 0, "goroutines"),
    ("redir_ansi", 3, "invalid HTTP header parsed"),
    ("redir_bad", 3, "not a URL"),
    ("redir_chain", 3, "more than 5 redirects"),
    ("redir_cross", 3, "another origin, not followed"),
    ("redir_cross_307", 3, "another origin, not followed"),
    ("redir_downgrade", 3, "another origin, not followed"),
    ("redir_file", 3, "neither http nor https"),
    ("redir_linklocal", 3, "another origin, not followed"),
    ("redir_linklocal_forms", 3, "another origin, not followed"),
    ("redir_login", 3, "/s200_html: an HTML page"),
    ("redir_loop", 3, "more than 5 redirects"),
    ("redir_none", 3, "the response has no Location"),
    ("redir_scheme", 3, "neither http nor https"),
    ("redir_userinfo", 3, "it contains credentials, not followed"),
    ("set_cookie", 0, "goroutines"),
    ("bomb_1000", 3, "--max-inflated"),
    ("bomb_ce", 3, "--max-inflated"),
    ("bomb_endless", 3, "--max-input"),
    ("bomb_nested", 3, "--max-inflated"),
    ("ce_br", 3, "content coding br"),
    ("ce_chain", 3, "content coding gzip, gzip, gzip"),
    ("endless_404", 3, "status 404 Not Found: \"not found"),
    ("endless_chunks", 3, "--max-input"),
    ("endless_text", 3, "--max-input"),
    ("endless_zero", 3, "--max-input"),
    ("gz_of_gz", 0, "goroutines"),
    ("build_change", 0, "goroutines"),
    ("clock_back", 0, "goroutines"),
    ("flap", 0, "goroutines"),
    ("gone", 0, "goroutines"),
    ("kind_change", 0, "goroutines"),
    ("kind_cpu", 3, "a CPU profile, not a goroutine profile"),
    ("labels_secret", 0, "7 goroutines"),
    ("names_ansi", 0, "1 goroutine"),
    ("restart", 0, "goroutines"),
    ("seconds", 0, "its counts are changes, not totals"),
    ("type_traversal", 3, "not a goroutine profile"),
    ("s200_html", 3, "an HTML page"),
    ("s200_json", 3, "it looks like JSON"),
    ("s204", 3, "status 204 No Content"),
    ("s206", 3, "status 206 Partial Content"),
    ("s304", 3, "status 304 Not Modified"),
    ("s401", 3, "--bearer-env, --user or --header"),
    ("s403", 3, "User cannot get path"),
    ("s404_go", 3, "Unknown profile"),
    ("s404_html", 3, "name the prefix"),
    ("s405", 3, "status 405 Method Not Allowed"),
    ("s407", 3, "the proxy requires credentials"),
    ("s429", 3, "asks to retry after 86400 s"),
    ("s500_go", 3, "profile duration exceeds server's WriteTimeout"),
    ("s502_html", 3, "status 502 Bad Gateway (3 attempts)"),
    ("s503_forever", 3, "status 503 Service Unavailable (3 attempts)"),
    ("early_hints_endless", 3, "waiting for the first byte: exceeded the limit of 1.5s"),
    ("never_answers", 3, "waiting for the first byte: exceeded the limit of 1.5s"),
    ("slow_body", 3, "of 1000000 bytes received: exceeded the limit of 3s"),
    ("slow_headers", 3, "waiting for the first byte: exceeded the limit of 1.5s"),
    ("stall_body", 3, "1381 of 2763 bytes received: exceeded the limit of 1.5s"),
];

/// Port, scheme, path, exit code, a piece of what is said.
const PORTS: [(&str, &str, &str, i32, &str); 15] = [
    ("http6", "http", "ok", 0, "goroutines"),
    ("http6", "http", "stall_body", 3, "cannot fetch http://[::1]:"),
    ("capture", "http", "", 0, "goroutines"),
    ("tls_good", "https", "ok", 0, "goroutines"),
    ("tls_good", "https", "gz_cut", 3, "gzip: truncated"),
    ("tls_good", "https", "redir_downgrade", 3, "from https to plain http, not followed"),
    ("tls_selfsigned", "https", "ok", 3, "--ca-cert"),
    ("tls_expired", "https", "ok", 3, "the certificate is not valid today"),
    ("tls_wronghost", "https", "ok", 3, "the certificate is for another host name"),
    ("tls_hang", "https", "ok", 3, "--connect-timeout"),
    ("tls_garbage", "https", "ok", 3, "the server speaks plain HTTP"),
    ("blackhole", "http", "ok", 3, "--connect-timeout"),
    ("accept_close", "http", "ok", 3, "the server closed the connection"),
    ("accept_rst", "http", "ok", 3, "the server closed the connection"),
    ("closed", "http", "ok", 3, "connecting (3 attempts): Connection refused"),
];

/// How long a case may take by its own limit.
fn limit(name: &str) -> Duration {
    Duration::from_millis(match name {
        "tls_hang" | "blackhole" => 700,
        "never_answers" | "stall_body" | "slow_headers" | "early_hints_endless" => 1_500,
        "ok_late" | "ok_trickle" => 8_000,
        _ => 3_000,
    })
}

/// The phase limits of all cases; the two that are slow on purpose, and good, get what they need.
fn flags(name: &str) -> [&'static str; 6] {
    let (idle, total) = if limit(name).as_secs() > 3 { ("6s", "8s") } else { ("1500ms", "3s") };
    ["--connect-timeout", "700ms", "--idle-timeout", idle, "--timeout", total]
}

/// Secrets of ours and of the server, none of which is ever shown.
const SECRETS: [&str; 5] = ["s3cr3t", "hunter2", "aHVudGVy", "s3cr3t-label", "pwned\u{7}"];

/// Runs one case in folders of its own and returns what is wrong with it.
fn faults(faulty: &Faulty, root: &Path, case: &(&str, &str, &str, i32, &str)) -> Vec<String> {
    let (port, scheme, path, code, said) = *case;
    let name = if port.starts_with("http") { path } else { port };
    let own = root.join(format!("{port}-{path}"));
    let (saved, temp) = (own.join("saved"), own.join("temp"));
    std::fs::create_dir_all(&temp).expect("a folder is made");
    let host = if port == "http6" { "[::1]" } else { "127.0.0.1" };
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
        .arg("fetch")
        .arg(format!("{scheme}://{host}:{}/{path}", faulty.ports[port]))
        .args(flags(name))
        .args(["--tracebacks", "never", "--heap", "never", "--leaks", "never"])
        .args(["--max-input", "2097152", "--max-inflated", "2097152"])
        .args(["--header", "X-Secret: s3cr3t", "--user", "hunter:hunter2", "--save"])
        .arg(&saved)
        .arg("--ca-cert")
        .arg(&faulty.ca)
        .env("TMPDIR", &temp)
        .current_dir(&own)
        .stdin(Stdio::null())
        .output()
        .expect("the binary is built for this test");
    let took = started.elapsed();
    let [out, err] = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it).into_owned());
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("{port} /{path}: {what} (code {:?}, {took:?}): {err}", output.status.code()));
        }
    };
    check(output.status.code() == Some(code), &format!("the code is not {code}"));
    check(err.contains(said) || (code == 0 && out.contains(said)), &format!("{said:?} is not said"));
    check(took <= limit(name) + Duration::from_secs(1), "it took too long");
    let raw = |text: &str| text.chars().any(|it| it.is_control() && it != '\n');
    check(!raw(&out) && !raw(&err), "a raw control character");
    for secret in SECRETS {
        check(!out.contains(secret) && !err.contains(secret), &format!("{secret} is shown"));
    }
    check(support::entries(&temp).is_empty(), "a temporary file is left");
    if code == 0 {
        let whole = read_folder(&saved, 1 << 22).is_ok_and(|it| it.len() == 1 && it[0].meta.is_some());
        check(whole, "the capture is not whole");
    } else {
        check(out.is_empty(), "a report without a profile");
        check(err.starts_with("error: ") && err.lines().count() <= 2, "not one error and one hint");
        check(support::entries(&saved).is_empty(), "something was saved");
    }
    check(support::entries(&own).iter().all(|it| *it == saved || *it == temp), "a file beside");
    faults
}

#[test]
fn every_fault_is_reported_in_time_and_leaves_nothing() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let Some(faulty) = Faulty::start(root.path()) else { return };
    let mut cases: Vec<_> =
        PATHS.iter().map(|(path, code, said)| ("http", "http", *path, *code, *said)).collect();
    let known: BTreeSet<&str> = PATHS.iter().map(|(path, ..)| *path).collect();
    let served = faulty.control("cases");
    let served: BTreeSet<&str> =
        served.as_object().expect("cases by name").keys().map(String::as_str).collect();
    assert_eq!(known, served, "the table above is not that of the server");
    cases.extend(PORTS);
    let tested: BTreeSet<&str> = cases.iter().map(|case| case.0).collect();
    assert_eq!(tested, faulty.ports.keys().map(String::as_str).collect(), "a port is not tried");
    // The slow ones first, so that the rest fills the time.
    cases.sort_by_key(|case| limit(if case.0.starts_with("http") { case.2 } else { case.0 }));
    let queue = Mutex::new(cases);
    let found = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some(case) = queue.lock().expect("no holder panics").pop() else { break };
                    let faults = faults(&faulty, root.path(), &case);
                    found.lock().expect("no holder panics").extend(faults);
                }
            });
        }
    });
    let found = found.into_inner().expect("no holder panics");
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
    look_at_log(&faulty);
}

/// What the server has seen: credentials where they belong, nothing at the other origin, no more tries than allowed.
fn look_at_log(faulty: &Faulty) {
    let log = faulty.control("log");
    let log = log.as_array().expect("the log is a list");
    let at = |port: &str| log.iter().filter(|it| it["port"] == port).collect::<Vec<_>>();
    assert!(at("http").iter().all(|it| it.to_string().contains("s3cr3t")), "our own header is not sent");
    // Asked for by its own case alone: no redirect has led there.
    let capture = at("capture");
    assert_eq!(capture.len(), 1, "{capture:?}");
    assert!(!log.iter().any(|it| it.to_string().to_ascii_lowercase().contains("referer")));
    let tries = |path: &str| {
        let own = |it: &&&serde_json::Value| it["path"].as_str().is_some_and(|it| it.starts_with(path));
        at("http").iter().filter(own).count()
    };
    let expected =
        [("/s503_forever", 3), ("/reset_before", 3), ("/s429", 1), ("/s401", 1), ("/reset_mid", 1)];
    for (path, count) in expected {
        assert_eq!(tries(path), count, "{path}");
    }
    assert_eq!(tries("/redir_loop"), 6);
}

/// Processes that come and go: exit code, snapshots kept, a part of the output.
const SERIES: [(&str, i32, usize, &str); 6] = [
    ("flap", 3, 3, "status 500 Internal Server Error"),
    ("gone", 3, 2, "Connection reset"),
    ("kind_change", 3, 3, "a heap profile, not a goroutine profile"),
    ("restart", 0, 6, "most goroutines disappeared at once, as after a restart"),
    ("clock_back", 0, 6, "the process's clock went back"),
    ("build_change", 0, 6, "is from another build than"),
];

#[test]
fn series_over_faults_keeps_what_it_got() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let Some(faulty) = Faulty::start(root.path()) else { return };
    for (path, code, snapshots, said) in SERIES {
        let saved = root.path().join(path);
        let target = format!("http://127.0.0.1:{}/{path}", faulty.ports["http"]);
        let save = saved.to_str().expect("the folder's name is text");
        let series = ["fetch", &target, "--every", "20ms", "--count", "6"];
        let json = ["--format", "json", "--save", save];
        let output = support::leakscope(&[&series[..], &support::COUNTS_ONLY, &json].concat());
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{path}: {err}");
        assert!(err.contains(said), "{path}: {said:?} is not said: {err}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a report");
        assert_eq!(document["snapshots"].as_array().map(Vec::len), Some(snapshots), "{path}: {err}");
        assert_eq!(support::entries(&saved).len(), snapshots, "{path}");
        // None of these processes ends a goroutine, but by its own end.
        for group in document["groups"].as_array().expect("groups are a list") {
            let rate = &group["growth"]["per_hour"];
            assert!(rate.as_f64().is_none_or(|rate| rate >= 0.0), "{path}: {rate}");
        }
    }
}

/// The most memory that a process had, in MiB; `None` once it is gone.
#[cfg(target_os = "linux")]
fn high_water(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}

#[test]
#[cfg(target_os = "linux")]
fn endless_bodies_stay_below_the_memory_limit() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let Some(faulty) = Faulty::start(root.path()) else { return };
    for path in
        ["endless_zero", "endless_chunks", "bomb_endless", "cl_huge", "endless_404", "early_hints_endless"]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args([
                "fetch",
                &format!("http://127.0.0.1:{}/{path}", faulty.ports["http"]),
                "--idle-timeout",
                "2s",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary is built for this test");
        let mut most = 0;
        while child.try_wait().expect("it is our child").is_none() {
            most = high_water(child.id()).unwrap_or(0).max(most);
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(child.wait().expect("it has ended").code(), Some(3), "{path}");
        let endless = path != "cl_huge" && path != "endless_404" && path != "early_hints_endless";
        // An endless body is read up to the limit, so the measure is seen to measure.
        assert!(most <= 256 && (!endless || most > 100), "{path}: {most} MiB");
    }
}
