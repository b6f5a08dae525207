//! Profiles that Pyroscope and Parca keep. Pyroscope's answers were recorded from the handlers of its published protocol
//! (`testdata/programs/pyroscope`), Parca's by the types of its published client (`testdata/programs/parca`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;

use super::Work;
use super::not_found;
use super::profile;
use crate::support;
use crate::support::recorder::Asked;
use crate::support::recorder::Recorder;

fn recorded(name: &str) -> Vec<u8> {
    support::read(&support::root("testdata/pyroscope").join(name))
}

/// Which of the recorded answers there is to a request; `None` if nothing like it was recorded.
fn answer_to(asked: &Asked, is_older: bool) -> Option<Vec<u8>> {
    let method = asked.line.strip_prefix("POST /pyro/querier.v1.QuerierService/")?;
    let posted = |name: &str| asked.body == recorded(&format!("{name}.request"));
    let pods = ["checkout-0", "checkout-1"];
    match method {
        "ProfileTypes" => Some(recorded("types.answer")),
        "SelectSeries" => {
            let asked: Value = serde_json::from_slice(&asked.body).expect("it is JSON");
            let mut like: Value = serde_json::from_slice(&recorded("series.request")).expect("it is JSON");
            let names = ["service_name", "job", "service", "service_version", "version", "pod", "instance"];
            like["groupBy"] = json!([&names[..], &["service_instance_id", "hostname", "team"]].concat());
            assert!(asked["end"].as_i64() > asked["start"].as_i64(), "{asked}");
            like["start"] = asked["start"].clone();
            like["end"] = asked["end"].clone();
            assert_eq!(asked, like);
            Some(recorded("series.answer"))
        }
        "SelectMergeStacktraces" => {
            let pod = pods.iter().find(|pod| posted(&format!("stacktraces-{pod}")))?;
            Some(recorded(&format!("{}stacktraces-{pod}.answer", if is_older { "older-" } else { "" })))
        }
        "SelectMergeProfile" => {
            let pod = pods.iter().find(|pod| posted(&format!("profile-{pod}")))?;
            Some(recorded(&format!("profile-{pod}.answer")))
        }
        _ => None,
    }
}

#[test]
fn pyroscope_gives_the_newest_profile_of_each_pod() {
    for is_older in [false, true] {
        let server = Recorder::start(move |asked, _| match answer_to(asked, is_older) {
            Some(answer) => ("200 OK", answer),
            None => ("404 Not Found", br#"{"code":"not_found","message":"no such profile"}"#.to_vec()),
        });
        let url = format!("http://{}/pyro", server.address);
        let work = Work::new();
        let (code, text) = work.sweep(&[
            "--pyroscope",
            &url,
            "--match",
            r#"{env="prod"}"#,
            "--tenant",
            "shop",
            "--instances",
            "0",
        ]);
        assert!(code == 0 && text.contains("1 service · looked at 2 of 2 instances"), "{text}");
        assert!(text.contains("1 series left out: none of the labels pod, instance,"), "{text}");
        assert_eq!(work.rows(), ["checkout checkout-1 v9 70"], "older: {is_older}");
        assert!(
            !work.show("checkout").contains("leakscope fetch"),
            "no process was asked: {}",
            work.show("checkout")
        );
        assert!(
            server.asked().iter().all(|it| it.header("x-scope-orgid") == Some("shop")),
            "{:?}",
            server.asked()
        );
    }
    let (code, text) = Work::new().sweep(&["--pyroscope", "http://h:1", "--tenant", "a|b"]);
    assert!(code == 2 && text.contains("it must be one tenant"), "{text}");
}

#[test]
fn a_sum_of_several_profiles_is_left_out() {
    // A server that ignores the ID of a profile, and so answers for both pods with the profile of the second.
    let server = Recorder::start(move |asked, _| match asked.line.rsplit_once('/') {
        Some((_, "SelectMergeStacktraces")) => ("200 OK", recorded("stacktraces-checkout-1.answer")),
        Some((_, "SelectSeries")) => ("200 OK", recorded("series.answer")),
        Some((_, "ProfileTypes")) => ("200 OK", recorded("types.answer")),
        _ => not_found(),
    });
    let work = Work::new();
    let (_, text) = work.sweep(&["--pyroscope", &format!("http://{}", server.address), "--instances", "0"]);
    assert!(text.contains("looked at 1 of 2 instances"), "{text}");
    let why =
        "checkout checkout-0: not a profile: it has 70 goroutines, and the server that kept it states 3";
    assert!(text.contains(why), "{text}");
}

/// The names of a query must be those that Parca's gateway takes for this request.
fn check_names(query: &str, request: &str) {
    let known = String::from_utf8(support::read(&support::root("testdata/parca").join(request)));
    let known = known.expect("it is text");
    let is_known = |it: &str| known.lines().any(|line| line == it);
    for pair in query.split('&') {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        assert!(is_known(name), "{name} is not of {request}");
        let is_enum = matches!(name, "mode" | "report_type");
        assert!(!is_enum || is_known(pair), "{pair} is not of {request}");
    }
}

#[test]
fn parca_gives_the_newest_profile_of_each_pod() {
    let answer = |name: &str| support::read(&support::root("testdata/parca").join(name));
    let server = Recorder::start(move |asked, _| {
        let (path, query) = asked.line.split_once('?').unwrap_or((&asked.line, ""));
        match path {
            "GET /api/profiles/types" => ("200 OK", answer("types.answer")),
            "GET /api/profiles/query_range" => {
                let kind =
                    "query=goroutine%3Agoroutine%3Acount%3Agoroutine%3Acount%7Benv%3D%22prod%22%7D&start=";
                assert!(query.starts_with(kind), "{query}");
                check_names(query, "range.request");
                ("200 OK", answer("range.answer"))
            }
            "GET /api/profiles/query" => {
                check_names(query, "query.request");
                let is_single = query.starts_with("mode=MODE_SINGLE_UNSPECIFIED&single.query=goroutine%3A")
                    && query.ends_with("&report_type=REPORT_TYPE_PPROF");
                assert!(is_single && query.contains("job%3D%22cart%22%2C"), "{query}");
                let is_newest = query.contains("single.time=2026-12-01T10%3A01%3A00.5Z");
                let (name, count) = match (query.contains("pod%3D%22c-0%22"), is_newest) {
                    (true, true) => ("profile-c-0.answer", 60),
                    (true, false) => return not_found(),
                    (false, _) => ("profile-c-1.answer", 2),
                };
                let mut recorded: Value = serde_json::from_slice(&answer(name)).expect("it is JSON");
                assert!(recorded["pprof"].is_string(), "{recorded}");
                recorded["pprof"] = STANDARD.encode(profile("send", count)).into();
                ("200 OK", recorded.to_string().into_bytes())
            }
            _ => not_found(),
        }
    });
    let work = Work::new();
    let url = format!("http://{}", server.address);
    let (code, text) = work.sweep(&["--parca", &url, "--match", r#"{env="prod"}"#]);
    assert!(code == 0 && text.contains("looked at 2 of 2 instances"), "{text}");
    assert_eq!(work.rows(), ["cart c-0 v3 60"]);
    let none = Recorder::start(|asked, _| match asked.line.as_str() {
        "GET /api/profiles/types" => {
            let kind = r#"{"name":"goroutine","sampleType":"goroutine","sampleUnit":"count","periodType":"goroutine","periodUnit":"count"}"#;
            ("200 OK", format!(r#"{{"types": [{kind}]}}"#).into_bytes())
        }
        _ => (
            "404 Not Found",
            br#"{"code":5,"message":"No data found for the query, try a different query"}"#.to_vec(),
        ),
    });
    let (code, text) = work.sweep(&["--parca", &format!("http://{}", none.address)]);
    assert!(code == 3 && text.contains("hint: nothing was scraped in the last 15m"), "{code} {text}");
    let (code, text) = Work::new().sweep(&["--parca", &format!("{url}/other")]);
    assert!(code == 3 && text.contains("hint: give the URL of Parca"), "{code} {text}");
}
