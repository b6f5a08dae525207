//! `leakscope fix --verify`: what it shows, that it changes nothing of the user's, and that nothing it started is left.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::support;

/// A program that leaks a sender: its function takes `{parameters}`.
const SHOP: &str = "\
package main

import (
	\"net/http\"
	_ \"net/http/pprof\"
	\"os\"
	\"time\"
)

func priceOf({parameters}) int {
	prices := make(chan int)
	go func() {
		time.Sleep(40 * time.Millisecond)
		prices <- 1
	}()
	select {
	case price := <-prices:
		return price
	case <-time.After(time.Millisecond):
		return 0
	}
}

func main() {
	http.HandleFunc(\"/price\", func(w http.ResponseWriter, r *http.Request) { {call} })
	_ = http.ListenAndServe(os.Args[1], nil)
}
";

/// The folder of a program with a dump of it; `None` without Go or goleak, which is reported as a skipped test.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new(parameters: &str, call: &str) -> Option<Self> {
        support::go()?;
        let shop = Shop::without_go(parameters, call);
        has_goleak(shop.folder.path()).then_some(shop)
    }

    /// The same, for what does not run it.
    fn without_go(parameters: &str, call: &str) -> Self {
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let shop = Shop { folder };
        fs::create_dir(shop.module()).expect("the folder was made");
        shop.write("go.mod", "module example.com/shop\n\ngo 1.24\n");
        shop.write("shop.go", &SHOP.replace("{parameters}", parameters).replace("{call}", call));
        let goroutine = "[chan send, 9 minutes]:\nmain.priceOf.func1()\n\t/srv/shop/shop.go:14 +0x1\ncreated by main.priceOf in goroutine 1\n\t/srv/shop/shop.go:12 +0x2\n\n";
        let dump: String = (10..60).map(|id| format!("goroutine {id} {goroutine}")).collect();
        fs::write(shop.folder.path().join("dump.txt"), dump).expect("the folder was made");
        shop
    }

    fn module(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.module().join(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder was made");
        fs::write(path, text).expect("the folder was made");
    }

    /// The exit code of `leakscope fix --verify`, standard output, and standard error. Nothing of the user's may change.
    fn verify(&self, more: &[&str]) -> (Option<i32>, String, String) {
        let before = texts(&self.module());
        let (dump, module) = (self.folder.path().join("dump.txt"), self.module());
        let text = |it: &Path| it.to_str().expect("folders of tests are text").to_owned();
        let (dump, module) = (text(&dump), text(&module));
        let scratch = self.folder.path().join("tmp");
        fs::create_dir_all(&scratch).expect("the folder was made");
        let arguments = ["fix", &dump, "--source", &module, "--verify"];
        let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args([&arguments, more].concat())
            .env("TMPDIR", &scratch)
            .output()
            .expect("the binary is built for this test");
        assert_eq!(texts(&self.module()), before, "the user's files change");
        assert_eq!(support::entries(&scratch), Vec::<PathBuf>::new(), "the copy is left behind");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
        (output.status.code(), text(output.stdout), text(output.stderr))
    }
}

/// The text of a file with the replacements of a SARIF log.
fn replaced(text: &str, replacements: &[Value]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut out, mut at) = (String::new(), 0);
    for it in replacements {
        let number = |name: &str| it["deletedRegion"][name].as_u64().expect("it is a number") as usize;
        assert_eq!((number("startColumn"), number("endColumn")), (1, 1));
        out.extend(lines[at..number("startLine") - 1].iter().copied());
        out.push_str(it["insertedContent"]["text"].as_str().expect("it is a text"));
        at = number("endLine") - 1;
    }
    out.extend(lines[at..].iter().copied());
    out
}

#[test]
fn every_format_shows_the_patch() {
    let shop = Shop::without_go("sku string", "priceOf(\"a\")");
    let (dump, module) = (shop.folder.path().join("dump.txt"), shop.module());
    let (dump, module) = (dump.to_str().expect("it is text"), module.to_str().expect("it is text"));
    let shown = |format: &str| {
        let output = support::leakscope(&["top", dump, "--source", module, "--format", format]);
        String::from_utf8(output.stdout).expect("it is text")
    };
    let log: Value = serde_json::from_str(&shown("sarif")).expect("it is JSON");
    let fix = &log["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["description"]["text"], "safe: give `prices` a buffer for the one value");
    let change = &fix["artifactChanges"][0];
    assert_eq!(change["artifactLocation"]["uri"], "shop.go");
    let before = String::from_utf8(support::read(&shop.module().join("shop.go"))).expect("Go is UTF-8");
    let after = replaced(&before, change["replacements"].as_array().expect("a list"));
    assert_eq!(after, before.replace("make(chan int)", "make(chan int, 1)"));

    let markdown = shown("markdown");
    assert!(markdown.contains("- patch: ``safe: give `prices` a buffer for the one value;"), "{markdown}");
    let diff = "<details><summary>The patch</summary>\n\n```diff\n--- a/shop.go\n";
    assert!(markdown.contains(diff) && markdown.len() <= 4096, "{markdown}");
    let page = shown("html");
    assert!(page.contains("<span class=\"line added\">+    prices := make(chan int, 1)</span>"), "{page}");
    assert!(shown("github").contains("%0Apatch: safe: give `prices` a buffer"));
    let text = shown("text");
    assert!(text.contains("   patch    safe: give `prices` a buffer for the one value;"), "{text}");

    let fixed = support::leakscope(&["fix", dump, "--source", module, "--format", "markdown"]);
    let text = String::from_utf8(fixed.stdout).expect("it is text");
    assert!(text.starts_with("## leakscope fix: 1 patch\n\n**abandoned-sender** `50 goroutines"), "{text}");
    let file = shop.folder.path().join("fix.json");
    let output = format!("json={}", file.display());
    let fixed = support::leakscope(&["fix", dump, "--source", module, "--output", &output]);
    let document = support::json(&file);
    assert_eq!(document["diff"], String::from_utf8(fixed.stdout).expect("it is text"));
    assert!(document["verification"].is_null() && document["patches"][0]["verified"].is_null());
}

/// Whether goleak is in the module cache, or can be had.
fn has_goleak(folder: &Path) -> bool {
    let get = ["mod", "download", "go.uber.org/goleak@v1.3.0"];
    let output = Command::new("go").args(get).current_dir(folder).output().expect("go was found just before");
    if !output.status.success() {
        support::skip_go(&format!("goleak cannot be had: {}", String::from_utf8_lossy(&output.stderr)));
    }
    output.status.success()
}

fn texts(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in support::entries(folder) {
        match path.is_dir() {
            true => all.extend(texts(&path)),
            false => drop(all.insert(path.clone(), support::read(&path))),
        }
    }
    all
}

#[test]
fn a_call_with_plain_arguments_proves_it() {
    let Some(shop) = Shop::new("sku string, ok bool", "priceOf(\"a\", true)") else { return };
    let (code, diff, said) = shop.verify(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(diff.contains("+\tprices := make(chan int, 1)\n"), "{diff}");
    assert!(
        said.contains("goleak test of priceOf: fails before, passes after: priceOf(\"a\", true)\n"),
        "{said}"
    );
    assert!(said.contains("# go build: passes before and after\n# go vet: no new warning\n"), "{said}");
    assert!(said.ends_with("# verified: fails before, passes after\n"), "{said}");

    let (code, document, _) = shop.verify(&["--format", "json"]);
    assert_eq!(code, Some(0));
    let document: Value = serde_json::from_str(&document).expect("it is JSON");
    assert_eq!(document["verification"]["outcome"], "proven");
    assert_eq!(document["patches"][0]["verified"][0], "fails before, passes after: priceOf(\"a\", true)");
    assert_eq!(document["patches"][0]["changes"][0]["line"], 11);
}

#[test]
fn a_value_of_the_users_is_asked_for() {
    let Some(shop) = Shop::new("skus chan string", "priceOf(nil)") else { return };
    let (code, diff, said) = shop.verify(&[]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("not tried: priceOf is not called: its parameter of type chan string"), "{said}");
    assert!(said.contains("# verified: not proven"), "{said}");
    assert!(diff.contains("make(chan int, 1)"), "{diff}");
    let (code, _, said) = shop.verify(&["--call", "priceOf(nil)"]);
    assert_eq!(code, Some(0), "{said}");
    let (code, _, said) = shop.verify(&["--call", "_ = nothing"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("not tried: the test does not run before the change: _ = nothing: "), "{said}");

    // The tests of the package reach it.
    shop.write(
        "shop_test.go",
        "package main\n\nimport \"testing\"\n\nfunc TestPrice(t *testing.T) { priceOf(nil) }\n",
    );
    let (code, _, said) = shop.verify(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("tests of .: they leave 1 goroutine behind before, none after\n"), "{said}");
    // With a TestMain of its own, and outside of the package.
    shop.write(
        "main_test.go",
        "package main\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nfunc TestMain(m *testing.M) { os.Exit(m.Run()) }\n",
    );
    let (code, _, said) = shop.verify(&[]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_change_that_breaks_a_test_is_not_written() {
    let Some(shop) = Shop::new("", "priceOf()") else { return };
    let test = "package main\n\nimport (\n\t\"os\"\n\t\"strings\"\n\t\"testing\"\n)\n\nfunc TestText(t *testing.T) {\n\ttext, _ := os.ReadFile(\"shop.go\")\n\tif !strings.Contains(string(text), \"make(chan int)\") {\n\t\tt.Fatal(\"changed\")\n\t}\n}\n";
    shop.write("shop_test.go", test);
    let (code, diff, said) = shop.verify(&["--apply", "--force"]);
    assert_eq!((code, diff.as_str()), (Some(1), ""), "{said}");
    assert!(said.contains("# tests of .: TestText passes before and fails after\n"), "{said}");
    assert!(said.contains("# verified: failed"), "{said}");
}

#[test]
fn what_cannot_be_tried_is_said() {
    let Some(shop) = Shop::new("", "priceOf()") else { return };
    shop.write("other/other.go", "package other\n\nvar x int = \"a\"\n");
    let (code, diff, said) = shop.verify(&[]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("# go build: not tried: the module does not build before the change: "), "{said}");
    assert!(!diff.is_empty());
}

#[test]
fn a_module_finds_what_is_beside_it() {
    let Some(shop) = Shop::new("sku string", "priceOf(beside.Sku)") else { return };
    let beside = shop.folder.path().join("beside");
    fs::create_dir(&beside).expect("the folder was made");
    fs::write(beside.join("go.mod"), "module example.com/beside\n\ngo 1.24\n").expect("it was made");
    fs::write(beside.join("beside.go"), "package beside\n\nconst Sku = \"a\"\n").expect("it was made");
    let shop_go = String::from_utf8(support::read(&shop.module().join("shop.go"))).expect("Go is UTF-8");
    shop.write("shop.go", &shop_go.replace("\t\"net/http\"", "\t\"example.com/beside\"; \"net/http\""));
    let shop_mod = "module example.com/shop\n\ngo 1.24\n";
    let replace = "\nrequire example.com/beside v0.0.0\n\nreplace example.com/beside => ../beside\n";
    shop.write("go.mod", &format!("{shop_mod}{replace}"));
    let (code, _, said) = shop.verify(&[]);
    assert_eq!(code, Some(0), "{said}");
    // In a workspace there is no replacement.
    shop.write("go.mod", shop_mod);
    fs::write(shop.folder.path().join("go.work"), "go 1.24\n\nuse (\n\t./beside\n\t./shop\n)\n")
        .expect("it was made");
    let (code, _, said) = shop.verify(&[]);
    assert_eq!(code, Some(0), "{said}");
}

#[cfg(unix)]
#[test]
fn the_time_limit_ends_all_that_was_started() {
    let Some(shop) = Shop::new("", "priceOf()") else { return };
    let mark = shop.folder.path().join("pid");
    let test = "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"os/exec\"\n\t\"testing\"\n)\n\nfunc TestHangs(t *testing.T) {\n\tcommand := exec.Command(\"sleep\", \"600\")\n\t_ = command.Start()\n\t_ = os.WriteFile({mark}, []byte(fmt.Sprint(command.Process.Pid)), 0o644)\n\tselect {}\n}\n";
    shop.write("shop_test.go", &test.replace("{mark}", &format!("{:?}", mark.display().to_string())));
    let (code, _, said) = shop.verify(&["--time-limit", "45s"]);
    assert!(matches!(code, Some(4)), "{code:?} {said}");
    // A machine that is too slow ends earlier.
    if let Ok(pid) = fs::read_to_string(&mark) {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(" Z "), "{state}");
    }
}

#[test]
fn the_users_own_load_proves_it() {
    let Some(shop) = Shop::new("skus chan string", "priceOf(nil)") else { return };
    let load = "package main\n\nimport (\n\t\"net/http\"\n\t\"os\"\n)\n\nfunc main() {\n\tfor range 20 {\n\t\tif answer, err := http.Get(\"http://\" + os.Args[1] + \"/price\"); err == nil {\n\t\t\tanswer.Body.Close()\n\t\t}\n\t}\n}\n";
    shop.write("load/main.go", load);
    // A port that is free now.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|it| it.local_addr())
        .expect("there is one")
        .port();
    let at = format!("127.0.0.1:{port}");
    let server = format!("go run . {at}");
    let (code, _, said) =
        shop.verify(&["--server", &server, "--target", &at, "--", "go", "run", "./load", &at]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(" load: the gate fails before, passes after\n"), "{said}");
    let arguments = shop.verify(&["--", "true"]);
    assert_eq!(arguments.0, Some(2), "{}", arguments.2);
}

/// A program that ends with this value.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `127.0.0.1` with a port that is free now.
fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    listener.expect("there is one").to_string()
}

/// A service as people write it, from its leak to a gate that passes: captures under load, a patch, the same load before and after, the
/// patch applied, the gate.
fn from_the_leak_to_a_gate_that_passes(service: &str, program: &str, path: &str, more: &str, line: &str) {
    let (Some(go), true) = (support::go(), support::has_tool("git")) else { return };
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let run = |folder: &Path, program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(folder).env("GOFLAGS", "-buildvcs=false");
        let output = command.output().unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        said
    };
    for name in [service, "tools"] {
        let copy = folder.path().join(name);
        run(
            folder.path(),
            "cp",
            &[
                "-r",
                &support::root("testdata/services").join(name).display().to_string(),
                &copy.display().to_string(),
            ],
        );
    }
    let source = folder.path().join(service);
    let at = |name: &str| folder.path().join(name).display().to_string();
    run(&folder.path().join("tools"), go, &["build", "-o", &at("bin/"), "./..."]);
    let git = |arguments: &[&str]| {
        run(&source, "git", &[&["-c", "user.name=a", "-c", "user.email=a@b"], arguments].concat())
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", service]);
    let (http, debug, upstream) = (free_address(), free_address(), free_address());
    let _upstream = Command::new(at("bin/upstream")).args(["-http", &upstream]).spawn().map(Running);

    let more = more.replace("{upstream}", &upstream);
    let arguments = format!("-http {http} -debug {debug} {more}");
    let server = format!("go run ./cmd/{program} {arguments}");
    let load = [&at("bin/load"), "-rate", "60", "-for", "2s", &format!("http://{http}{path}")];
    let gate = |captures: &str| {
        let built = at(captures) + "-server";
        run(&source, go, &["build", "-o", &built, &format!("./cmd/{program}")]);
        let (captures, server) = (at(captures), format!("{built} {arguments}"));
        let flags = ["gate", "--isolated", "--server", &server, "--target", &debug];
        let output = Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args([&flags[..], &["--save", &captures, "--"], &load].concat())
            .current_dir(&source)
            .output()
            .expect("the binary is built for this test");
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, said) = gate("before");
    assert_eq!(code, Some(1), "{said}");
    let flags = ["fix", &at("before"), "--source", &source.display().to_string(), "--verify", "--apply"];
    let output =
        support::leakscope(&[&flags[..], &["--server", &server, "--target", &debug, "--"], &load].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(" load: the gate fails before, passes after\n"), "{said}");
    assert!(git(&["diff"]).contains(&format!("\n+{line}\n")), "{said}");
    let (code, said) = gate("after");
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn quotes_from_its_leak_to_a_gate_that_passes() {
    let line = "\tres := make(chan []float64, 1)";
    from_the_leak_to_a_gate_that_passes("quotes", "quotesd", "/history?s=RAND", "", line);
}

#[test]
fn geo_from_its_leak_to_a_gate_that_passes() {
    let upstream = "-upstream http://{upstream}";
    from_the_leak_to_a_gate_that_passes("geo", "geo", "/city?ip=RAND", upstream, "\tdefer resp.Body.Close()");
}
