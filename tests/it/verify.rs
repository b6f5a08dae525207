//! `leakscope fix --verify`: what it shows, that it changes nothing of the user's, and that nothing it started is left.

#[cfg(unix)]
mod action;
mod services;
mod surfaces;

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

#[test]
fn a_vendored_module_needs_nothing_but_goleak() {
    let Some(shop) = Shop::new("sku string", "priceOf(beside.Sku)") else { return };
    let shop_go = String::from_utf8(support::read(&shop.module().join("shop.go"))).expect("Go is UTF-8");
    shop.write("shop.go", &shop_go.replace("\t\"net/http\"", "\t\"example.com/beside\"; \"net/http\""));
    shop.write("go.mod", "module example.com/shop\n\ngo 1.24\n\nrequire example.com/beside v1.0.0\n");
    shop.write(
        "vendor/modules.txt",
        "# example.com/beside v1.0.0\n## explicit; go 1.24\nexample.com/beside\n",
    );
    shop.write("vendor/example.com/beside/beside.go", "package beside\n\nconst Sku = \"a\"\n");
    let (code, _, said) = shop.verify(&[]);
    assert_eq!(code, Some(0), "{said}");
}
