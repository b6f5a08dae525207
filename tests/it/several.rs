//! `leakscope fetch` of several targets, and of the pods of a selector.

use std::process::Output;

use serde_json::Value;
use serde_json::json;

use crate::support;
use crate::support::json_schema::Schema;
use crate::support::recorder::Recorder;

/// A process in which this many wait to send, and one receives.
fn process(count: usize) -> Recorder {
    Recorder::start(move |asked, _| match asked.line.as_str() {
        "GET /debug/pprof/goroutine" => ("200 OK", profile(count)),
        _ => ("404 Not Found", b"404 page not found".to_vec()),
    })
}

fn profile(count: usize) -> Vec<u8> {
    let total = count + 1;
    format!(
        "goroutine profile: total {total}\n{count} @ 0x1\n#\t0x1\tmain.send+0x1\t/srv/send.go:7\n\n1 @ 0x2\n#\t0x2\tmain.receive+0x1\t/srv/receive.go:9\n"
    )
    .into_bytes()
}

fn fetch(targets: &[&str], more: &[&str]) -> Output {
    support::leakscope(&[&["fetch"], targets, &support::COUNTS_ONLY, more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("leakscope prints UTF-8")
}

#[test]
fn one_report_names_the_odd_one() {
    let processes = [process(3), process(2), process(70), process(1)];
    let mut targets: Vec<&str> = processes.iter().map(|it| it.address.as_str()).collect();
    let odd = format!("http://{}", targets[2]);
    let output = fetch(&targets, &[]);
    let page = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for line in [
        &format!("4 of 4 targets · {odd} is odd\n"),
        &format!("70    2       {odd}  odd: main.send\n"),
        &format!("--- {odd}, the odd one:\n\n"),
    ] {
        assert!(page.contains(line), "{line} is not in: {page}");
    }
    assert_eq!(page.matches(" goroutines · 2 stacks · ").count(), 1, "one report follows: {page}");

    // One that is gone is named, and the others are compared.
    targets.push("127.0.0.1:1");
    let output = fetch(&targets, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        text(&output.stderr).contains("error: cannot fetch http://127.0.0.1:1/"),
        "{}",
        text(&output.stderr)
    );
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let schema = Schema::new(support::json(&support::root("testdata/schemas/targets-1.json")));
    assert_eq!(schema.faults(&document), Vec::<String>::new());
    assert_eq!(document["odd"], odd.as_str());
    let first = &document["rows"][0];
    assert_eq!((&first["counts"], &first["others"]), (&json!([3, 2, 70, 1, 0]), &json!(2.0)));
    assert_eq!(document["targets"][4]["goroutines"], Value::Null);
    assert_eq!(document["targets"][0]["goroutines"], 4);

    // Other formats have a report for each.
    let output = fetch(&targets[..2], &["--format", "markdown"]);
    assert_eq!(text(&output.stdout).matches("## leakscope").count(), 2, "{}", text(&output.stdout));
}

#[test]
fn who_is_not_odd() {
    let check = |counts: &[usize], expected: &str| {
        let processes: Vec<Recorder> = counts.iter().map(|count| process(*count)).collect();
        let targets: Vec<&str> = processes.iter().map(|it| it.address.as_str()).collect();
        let output = fetch(&targets, &[]);
        let page = text(&output.stdout);
        assert!(
            page.contains(expected) && page.contains("which has the most goroutines"),
            "{counts:?}: {page}"
        );
    };
    check(&[2, 70], "2 of 2 targets · one of fewer than three is never called odd");
    check(&[1, 1, 49], "none is odd");
    check(&[7, 7, 70], "none is odd");
    let output = fetch(&["127.0.0.1:1", "127.0.0.1:2"], &[]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    assert_eq!(text(&output.stderr).matches("error: cannot fetch").count(), 2, "{}", text(&output.stderr));
}

#[test]
fn pods_through_the_api_server() {
    let server = Recorder::start(|asked, _| match asked.line.as_str() {
        list if list.starts_with("GET /k8s/api/v1/namespaces/prod/pods?") => {
            assert!(list.ends_with("&labelSelector=app%2Fname%3Dshop"), "{list}");
            let pod = |name: &str| {
                json!({"metadata": {"name": name, "namespace": "prod"}, "status": {"podIP": "10.0.0.1"},
                    "spec": {"containers": [{"image": "shop", "ports": [{"containerPort": 6060}]}]}})
            };
            let items: Vec<Value> = ["shop-0", "shop-1", "shop-2"].map(pod).to_vec();
            ("200 OK", json!({"metadata": {}, "items": items}).to_string().into_bytes())
        }
        list if list.starts_with("GET /k8s/api/v1/namespaces/closed/pods?") => {
            let pod = json!({"metadata": {"name": "shop-9", "namespace": "closed"}, "status": {"podIP": "10.0.0.1"},
                "spec": {"containers": [{"ports": [{"containerPort": 1}]}]}});
            ("200 OK", json!({"metadata": {}, "items": [pod]}).to_string().into_bytes())
        }
        pod if pod.starts_with("GET /k8s/api/v1/namespaces/closed/pods/shop-9:1/proxy/") => (
            "503 Service Unavailable",
            br#"{"message":"error trying to reach service: dial tcp 10.0.0.1:1"}"#.to_vec(),
        ),
        list if list.starts_with("GET /k8s/api/v1/namespaces/none/pods?") => {
            ("200 OK", br#"{"metadata": {}, "items": null}"#.to_vec())
        }
        pod if pod.starts_with("GET /k8s/api/v1/namespaces/prod/pods/shop-1:6060/proxy/") => {
            ("200 OK", profile(80))
        }
        pod if pod.starts_with("GET /k8s/api/v1/namespaces/prod/pods/shop-") => ("200 OK", profile(1)),
        _ => ("403 Forbidden", br#"{"kind":"Status","message":"pods is forbidden"}"#.to_vec()),
    });
    let url = format!("http://{}/k8s", server.address);
    let output = fetch(&["k8s:prod/app/name=shop"], &["--kubernetes", &url, "--header", "X-Token: s3cr3t"]);
    let page = text(&output.stdout);
    assert!(output.status.success() && page.contains("3 of 3 targets · prod/shop-1 is odd"), "{page}");
    let has_token = |it: &support::recorder::Asked| it.header("x-token") == Some("s3cr3t");
    assert!(server.asked().iter().all(has_token), "what is asked through the API server has its credentials");
    let check = |target: &str, code: i32, expected: &str| {
        let output = fetch(&[target], &["--kubernetes", &url]);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(code) && said.contains(expected), "{target}: {said}");
    };
    check("k8s:none/app=x", 3, "k8s:none/app=x: no pod that runs");
    check("k8s:other/app=x", 3, "the right to list pods in the namespace other (a Role)");
    check("k8s:closed/app=x", 3, "error: closed/shop-9: cannot fetch");
    check(
        "k8s:closed/app=x",
        3,
        "hint: does pprof listen on that port, and not only on 127.0.0.1 of its pod?",
    );
    check("k8s:prod", 2, "hint: write it like k8s:prod/app=checkout");
    check("k8s:../x/app=x", 2, "hint: write it like k8s:prod/app=checkout");
}

#[test]
fn series_of_several_are_one_report() {
    // One grows by ten with each request, the others stay.
    let grows = std::sync::atomic::AtomicUsize::new(0);
    let growing = Recorder::start(move |asked, _| match asked.line.as_str() {
        "GET /debug/pprof/goroutine" => {
            ("200 OK", profile(5 + 10 * grows.fetch_add(1, std::sync::atomic::Ordering::SeqCst)))
        }
        _ => ("404 Not Found", b"404 page not found".to_vec()),
    });
    let others = [process(44), process(45)];
    let series = ["--every", "40ms", "--count", "5"];
    let targets = [others[0].address.as_str(), &growing.address, &others[1].address];
    let odd = format!("http://{}", growing.address);
    let output = fetch(&targets, &series);
    let page = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(page.starts_with(&format!("3 of 3 targets · {odd} is odd\n")), "{page}");
    assert!(page.contains("odd: main.send · grows in 1 of 3\n"), "{page}");
    assert!(page.contains("45 +40"), "{page}");
    assert_eq!(page.matches("--- ").count(), 1, "one report follows: {page}");
    assert!(text(&output.stderr).contains(&format!("{odd}: 5 of 5: ")), "{}", text(&output.stderr));
    assert_eq!(growing.asked().len(), 5);

    // One that is gone from the start is named, and the others are compared.
    let gone = [targets[0], targets[2], "127.0.0.1:1"];
    let output = fetch(&gone, &[&series[..], &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let schema = Schema::new(support::json(&support::root("testdata/schemas/targets-1.json")));
    assert_eq!(schema.faults(&document), Vec::<String>::new());
    let row = &document["rows"][0];
    assert_eq!(
        (&row["gains"], &row["growing"], &row["is_odd"]),
        (&json!([0, 0, 0]), &json!([]), &json!(false))
    );
    assert_eq!(document["targets"][2]["goroutines"], Value::Null);
}
