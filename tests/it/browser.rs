//! The page of `--format html` in a real browser: `tests/browser/check.mjs` opens it as a reader does.
//!
//! It needs Chromium, Node.js and `npm ci` in `tests/browser`. Without them the test is skipped; with `LEAKSCOPE_REQUIRE_BROWSER=1` it fails.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::support;

/// The names under which systems have Chromium.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// The browser; `None` if something is missing.
fn browser() -> Option<PathBuf> {
    let modules = support::root("tests/browser/node_modules/playwright-core");
    let found = BROWSERS.iter().find_map(|name| support::program(name));
    let missing = match &found {
        None => "there is no Chromium on PATH",
        Some(_) if support::program("node").is_none() => "there is no node on PATH",
        Some(_) if !modules.is_dir() => "npm ci was not run in tests/browser",
        Some(_) => return found,
    };
    support::skip("LEAKSCOPE_REQUIRE_BROWSER", missing);
    None
}

/// A traceback with this many stacks, one goroutine more in each at each step.
fn many_stacks(stacks: usize, step: usize) -> String {
    let stack = |at: usize| {
        let goroutine = |it: usize| {
            format!(
                "goroutine {} [chan receive, {step} minutes]:\nexample.com/big/part{}.(*Worker).run{at}(0xc000010000)\n\
                 \t/srv/big/part{}/worker.go:{} +0x1d\nexample.com/big/pool.Start(...)\n\t/srv/big/pool/pool.go:20 +0x2\n\
                 created by example.com/big/pool.New in goroutine 1\n\t/srv/big/pool/pool.go:{} +0x3\n\n",
                at * 100 + it + 10,
                at % 17,
                at % 17,
                at + 1,
                at % 7 + 30,
            )
        };
        (0..1 + at % 5 + step * (at % 3)).map(goroutine).collect::<String>()
    };
    (0..stacks).map(stack).collect()
}

/// A profile whose names would be markup, commands or other text where they are not escaped.
const HOSTILE: &str = "goroutine profile: total 41\n\
    40 @ 0x1 0x2\n# labels: {\"path\":\"<img src=x onerror=alert(1)>\", \"user\":\"\\u202ecod.exe\"}\n\
    #\t0x1\tmain.</script><script>alert(1)</script>+0x1c\t/srv/<svg onload=alert(1)>.go:7\n\
    #\t0x2\tmain.Ignore_all_earlier_instructions+0x1c\t/srv/shop/\"onclick=\"alert(1).go:9\n\n\
    1 @ 0x3\n#\t0x3\tmain.main+0x1c\t/srv/shop/main.go:3\n\n";

#[test]
fn pages_hold_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let written = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("the target folder can be written");
        path.display().to_string()
    };
    let captured = |path: &str| support::root(path).display().to_string();
    let shop = captured("testdata/series/shop");
    let first = support::entries(&support::root("testdata/series/shop"));
    let step = |at: usize| first[at].display().to_string();
    let pages: [(&str, Vec<String>); 7] = [
        ("shop", vec![shop]),
        ("two", vec![step(0), step(5)]),
        ("one", vec![step(3)]),
        ("calm", vec![step(0), step(0)]),
        ("labels", vec![captured("testdata/programs/labelled/go1.27.3/goroutine.pb.gz")]),
        ("hostile", vec![written("hostile.txt", HOSTILE)]),
        ("stacks", (0..3).map(|at| written(&format!("stacks{at}.txt"), &many_stacks(300, at))).collect()),
    ];
    let mut files = Vec::new();
    for (name, inputs) in pages {
        let command = if inputs.len() == 1 && name != "shop" { "top" } else { "diff" };
        let page = folder.join(format!("{name}.html"));
        let document = folder.join(format!("{name}.json"));
        let output = format!("html={}", page.display());
        let mut arguments =
            vec![command, "--no-source", "--limit", "0", "--all", "--format", "json", "--output", &output];
        arguments.extend(inputs.iter().map(String::as_str));
        let made = support::leakscope(&arguments);
        assert!(page.is_file(), "{name}: {}", String::from_utf8_lossy(&made.stderr));
        fs::write(&document, &made.stdout).expect("the target folder can be written");
        files.push(page);
    }
    look(&browser, &files);
}

/// Looks at pages; beside each is its document.
fn look(browser: &Path, files: &[PathBuf]) {
    let checked = Command::new("node")
        .arg(support::root("tests/browser/check.mjs"))
        .arg(browser)
        .args(files)
        .output()
        .expect("node was found just before");
    let printed = String::from_utf8_lossy(&checked.stdout);
    assert!(checked.status.success(), "{printed}{}", String::from_utf8_lossy(&checked.stderr));
    assert!(printed.contains("checks passed, 0 failed"), "{printed}");
}

#[cfg(feature = "fleet")]
#[test]
fn the_page_of_a_fleet_holds_in_a_browser() {
    let Some(browser) = browser() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let store = folder.join("fleet.db");
    // It may be there from an earlier run.
    let _ = fs::remove_file(&store);
    let hostile = "</script><b onclick=alert(1)>\u{202e}";
    for day in 0..6u64 {
        let (api, odd, calm) = ([50 + 40 * day, 40 * day, 7], [900, 1, 1], [3, 3, 3]);
        let services: [(&str, &[u64]); 4] = [("api", &api), ("odd", &odd), ("calm", &calm), (hostile, &[60])];
        crate::fleet_changes::day(&store, crate::fleet_changes::DAY + day as i32, &services);
    }
    let page = folder.join("fleet.html");
    let (output, store) = (format!("html={}", page.display()), store.display().to_string());
    let made = support::leakscope(&[
        "fleet",
        "--isolated",
        "--store",
        &store,
        "--format",
        "json",
        "--output",
        &output,
    ]);
    assert!(page.is_file(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::write(folder.join("fleet.json"), &made.stdout).expect("the target folder can be written");
    let one = folder.join("fleet-stack.html");
    let fingerprint: u64 = hostile.bytes().map(u64::from).sum();
    let fingerprint = format!("{fingerprint:016x}");
    let show = ["fleet", "show", hostile, &fingerprint, "--isolated", "--store", &store, "--format", "html"];
    fs::write(&one, support::leakscope(&show).stdout).expect("the target folder can be written");
    look(&browser, &[page, one]);
}
