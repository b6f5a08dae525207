//! The page of `--format html`: well-formed whatever a profile names, with the counts of JSON, small, and the same bytes twice.

use std::collections::BTreeMap;

use leakscope::Analysis;
use leakscope::ReadSnapshot;
use leakscope::Snapshot;
use leakscope::group::By;
use leakscope::group::Dimension;
use leakscope::render::Format;
use leakscope::render::render;
use leakscope::report::Report;
use leakscope::stacks::Filter;
use leakscope::stacks::FilterPatterns;
use proptest::prelude::*;
use serde_json::Value;

use crate::support;

const SHOP: &str = "testdata/series/shop";

/// Bytes of a usual page.
const USUAL: usize = 150 << 10;

fn page_of(report: &Report) -> String {
    let mut bytes = Vec::new();
    render(report, Format::HTML, &mut bytes).expect("memory takes all");
    String::from_utf8(bytes).expect("a page is UTF-8")
}

fn series(folder: &str) -> Report {
    let snapshots = Snapshot::read_series(support::root(folder)).expect("it can be read");
    Analysis::default().max_groups(0).run(snapshots)
}

/// A text of counts with this function, file and label.
fn counts(function: &str, file: &str, label: &str, count: u32) -> Snapshot {
    let label = serde_json::to_string(label).expect("it is text");
    let total = count + 1;
    let text = format!(
        "goroutine profile: total {total}\n{count} @ 0x1 0x2\n# labels: {{\"key\":{label}}}\n#\t0x1\t{function}+0x1c\t{file}:7\n\
         #\t0x2\tmain.serve+0x1c\t/srv/shop/main.go:9\n\n1 @ 0x3\n#\t0x3\tmain.main+0x1c\t/srv/shop/main.go:3\n\n"
    );
    Snapshot::from_bytes("counts", text.into_bytes()).expect("it is a text of counts")
}

/// The data that the script reads.
fn data(page: &str) -> Value {
    let (_, after) = page.split_once("<script type=\"application/json\" id=\"data\">").expect("it has data");
    let (data, _) = after.split_once("</script>").expect("the data ends");
    assert!(!data.contains(['<', '>', '&']), "data that can end its element");
    let data: Value = serde_json::from_str(data).expect("the data is JSON");
    let columns = data["cols"].as_object().expect("columns by name");
    for (name, column) in columns {
        // A list is a column, even if all its values are the same list.
        let rows = column.as_array().map_or(data["n"].as_u64(), |it| Some(it.len() as u64));
        assert_eq!(rows, data["n"].as_u64(), "{name}: {column}");
    }
    data
}

/// The text of a page without its markup, style, script and data. Panics if an element or an attribute is not one of ours, or does not end.
fn text_of(page: &str) -> String {
    const VOID: [&str; 2] = ["meta", "input"];
    const ELEMENTS: &str = " html head meta title style body a div header span b nav button main section h1 h2 h3 h4 p small figure figcaption \
        svg line polygon polyline circle path rect text g i dl dt dd code details summary article ol ul li pre label input output select \
        option table thead tbody tr th td footer dialog kbd script ";
    let (mut text, mut open, mut rest) = (String::new(), Vec::new(), page);
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "a bare > in {before}");
        text.push_str(before);
        let (tag, after) = after.split_once('>').expect("a tag ends");
        rest = after;
        if tag == "!doctype html" {
            continue;
        }
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "after {}", text.chars().rev().take(200).collect::<String>());
            continue;
        }
        let is_closed = tag.ends_with('/');
        let tag = tag.trim_end_matches('/');
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(ELEMENTS.contains(&format!(" {name} ")), "<{tag}>");
        check_attributes(tag, attributes);
        if is_closed || VOID.contains(&name) {
            continue;
        }
        if name == "style" || name == "script" {
            let end = format!("</{name}>");
            let (_, after) = rest.split_once(&end).expect("it ends");
            rest = after;
            continue;
        }
        open.push(name);
    }
    assert!(open.is_empty(), "not closed: {open:?}");
    text
}

/// Panics unless these are attributes with values in quotes, or without one, and none of them is code.
fn check_attributes(tag: &str, attributes: &str) {
    let mut rest = attributes;
    while !rest.is_empty() {
        let end = rest.find([' ', '=']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "<{tag}>");
        assert!(name != "style" && !name.starts_with("on") && name != "src", "<{tag}>");
        let after = match after.strip_prefix("=\"") {
            Some(value) => {
                let (value, after) = value.split_once('"').expect("a value ends");
                let is_link = value.starts_with("https://") || value.starts_with('#');
                assert!(name != "href" || is_link, "<{tag}>");
                after
            }
            None => after,
        };
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
}

#[test]
fn all_states_are_well_formed() {
    let check = |page: &str, state: &str, headline: &str| {
        let text = text_of(page);
        assert!(page.contains(&format!("<section class=\"card hero {state}\"")), "{state}: {text}");
        assert!(page.contains(&format!("<h1 id=\"verdict\">{headline}</h1>")), "{headline}: {text}");
        for part in ["map", "stacks", "unknown", "made"] {
            assert!(page.contains(&format!("<h2 id=\"{part}\">")), "{part}");
        }
        assert!(page.len() < USUAL, "{} bytes", page.len());
    };
    let shop = page_of(&series(SHOP));
    check(&shop, "certain", "314 goroutines send on a channel that nobody reads");
    assert!(shop.contains("accounts for <b>100 %</b> of what came"));
    let same = [3, 3, 3, 3].map(|n| counts("main.work", "/srv/shop/main.go", "a", n));
    check(&page_of(&Analysis::default().run(same)), "calm", "Nothing grows");
    let grown = [3, 20, 40, 60, 80].map(|n| counts("main.work", "/srv/shop/main.go", "a", n));
    let unexplained = page_of(&Analysis::default().run(grown));
    check(&unexplained, "certain", "80 goroutines: this profile format does not record what blocks them");
    let one = [counts("main.work", "/srv/shop/main.go", "a", 3)];
    let focused =
        Filter::new(&FilterPatterns { focus: Some("work".to_owned()), ..FilterPatterns::default() });
    let alone = Analysis::default().filter(focused.expect("it is a pattern")).run(one.clone());
    let alone = data(&page_of(&alone));
    assert_eq!(
        (alone["n"].as_u64(), alone["cols"]["labels"][0].as_array().map(Vec::len)),
        (Some(1), Some(1))
    );
    check(&page_of(&Analysis::default().run(one)), "unsure", "4 goroutines, and no leak is shown");
    let two = [3, 90].map(|n| counts("main.work", "/srv/shop/main.go", "a", n));
    let two = page_of(&Analysis::default().run(two));
    check(&two, "unsure", "4 to 91 goroutines, nothing certain");
    assert!(two.contains("<code>key</code>") && two.contains("+87"), "no label: {}", text_of(&two));
}

/// Findings are made for stacks. Other groups must not hide what is proven or grows.
#[test]
fn other_groups_say_what_is_proven() {
    let by =
        |word: &str| By { dimensions: vec![Dimension::parse(word).expect("it is one")], ..By::default() };
    let snapshots = || Snapshot::read_series(support::root(SHOP)).expect("it can be read");
    let page = page_of(&Analysis::default().group_by(by("spawn")).run(snapshots()));
    text_of(&page);
    assert!(page.contains("<h1 id=\"verdict\">314 goroutines are proven leaked</h1>"), "{}", text_of(&page));
    assert!(page.contains("<section class=\"card hero certain\"") && page.contains("leave --by out"));
    let labelled = [3, 20, 40, 60, 80].map(|n| counts("main.work", "/srv/shop/main.go", "a", n));
    let page = page_of(&Analysis::default().group_by(by("label:key")).run(labelled));
    assert!(page.contains("<h1 id=\"verdict\">1 group grows</h1>"), "{}", text_of(&page));
    assert!(page.contains("<code>key=a</code>"));
}

/// A damaged profile may have counts that no number of 64 bits holds.
#[test]
fn counts_of_more_than_64_bits() {
    let most = i64::MAX;
    let text = format!(
        "goroutine profile: total {most}\n{most} @ 0x1\n#\t0x1\tmain.f+0x1c\t/srv/a.go:7\n\n{most} @ 0x2\n#\t0x2\tmain.f+0x1c\t/srv/a.go:7\n\n"
    );
    let snapshot = Snapshot::from_bytes("counts", text.into_bytes()).expect("it is a text of counts");
    let page = page_of(&Analysis::default().run([snapshot]));
    assert_eq!(data(&page)["counts"][0].as_f64(), Some(2.0 * most as f64), "{}", data(&page));
}

#[test]
fn a_goroutine_without_frames_says_so() {
    let text = "goroutine profile: total 2\n1 @ \n\n1 @ 0x1\n#\t0x1\tmain.f+0x1c\t/srv/a.go:7\n\n";
    let snapshot = Snapshot::from_bytes("counts", text.as_bytes().to_vec()).expect("it is a text of counts");
    let report = Analysis::default().run([snapshot]);
    assert!(text_of(&page_of(&report)).contains("no stack recorded"), "{}", text_of(&page_of(&report)));
    let mut markdown = Vec::new();
    render(&report, Format::named("markdown").expect("it is a format"), &mut markdown)
        .expect("memory takes all");
    let markdown = String::from_utf8(markdown).expect("it is UTF-8");
    assert!(markdown.contains("| no stack recorded |"), "{markdown}");
}

/// The page shows what a program said as it said it: it is text between marks of the page, which no reader takes for ours.
#[test]
fn a_panic_is_shown_as_it_was_printed() {
    let died = |message: &str| {
        let text = format!(
            "panic: {message}\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/shop/main.go:10 +0x20\n\ngoroutine 7 [chan send]:\n\
             main.work()\n\t/srv/shop/main.go:20 +0x20\ncreated by main.main in goroutine 1\n\t/srv/shop/main.go:9 +0x20\n"
        );
        page_of(
            &Analysis::default()
                .run([Snapshot::from_bytes("x", text.into_bytes()).expect("it is a traceback")]),
        )
    };
    let page = died("order 17: bad <total> value");
    text_of(&page);
    let headline = "<h1 id=\"verdict\">Died of panic: order 17: bad &lt;total&gt; value</h1>";
    assert!(page.contains(headline), "{}", text_of(&page));
    // Somebody is known to have started main: nobody.
    assert!(!page.contains("Who started"), "{}", text_of(&page));
    let long = died(&"x ".repeat(100_000));
    assert!(long.len() < USUAL, "{} bytes", long.len());
}

#[test]
fn rows_are_those_of_json() {
    let series = [(SHOP, 6), ("testdata/series/catalog", 6)];
    for (folder, snapshots) in series {
        let report = self::series(folder);
        let mut json = Vec::new();
        render(&report, Format::JSON, &mut json).expect("memory takes all");
        let json: Value = serde_json::from_slice(&json).expect("it is JSON");
        let data = data(&page_of(&report));
        let numbers = |value: &Value| -> Vec<i64> {
            let all = value.as_array().expect("a list");
            all.iter().map(|it| it.as_i64().expect("a number")).collect()
        };
        let strings: Vec<&str> =
            data["strings"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        let (frames, parent, at, counts) = (
            numbers(&data["frames"]),
            numbers(&data["parent"]),
            numbers(&data["at"]),
            numbers(&data["counts"]),
        );
        let groups = json["groups"].as_array().expect("a list");
        assert_eq!((data["n"].as_u64(), data["k"].as_u64()), (Some(groups.len() as u64), Some(snapshots)));
        for (row, group) in groups.iter().enumerate() {
            let column = |name: &str| {
                let all = &data["cols"][name];
                all.as_array().map_or_else(|| all.clone(), |all| all[row].clone())
            };
            assert_eq!(column("fp"), group["fingerprint"]);
            let width = snapshots as usize;
            assert_eq!(counts[row * width..(row + 1) * width], numbers(&group["counts"]));
            let mut node = column("node").as_u64().expect("a node") as usize;
            let mut stack = Vec::new();
            while node != 0 {
                let [function, file, line] = frames[3 * at[node] as usize..][..3] else {
                    panic!("three numbers")
                };
                stack.push((strings[function as usize], strings[file as usize], line));
                node = parent[node] as usize;
            }
            let expected = group["stack"].as_array().expect("a list").iter().map(|it| {
                let text = |key: &str| it[key].as_str().expect("a text");
                (text("function"), text("file"), it["line"].as_i64().unwrap_or(0))
            });
            assert_eq!(stack, expected.collect::<Vec<_>>());
        }
    }
}

#[test]
fn the_same_bytes_twice() {
    assert!(page_of(&series(SHOP)) == page_of(&series(SHOP)), "two pages of the same input differ");
}

#[test]
fn hostile_captures() {
    let Some(shared) = support::shared() else { return };
    let mut looked_at = 0;
    for folder in ["hostile/names", "hostile/labels", "hostile/paths", "hostile/strings"] {
        for path in support::entries(&shared.join(folder)) {
            let Ok(snapshot) = Snapshot::read(&path) else { continue };
            let page = page_of(&Analysis::default().max_groups(0).run([snapshot]));
            text_of(&page);
            data(&page);
            looked_at += 1;
        }
    }
    assert!(looked_at > 30, "only {looked_at} captures");
}

#[test]
fn a_long_series_is_a_usual_page() {
    let Some(shared) = support::shared() else { return };
    let snapshots: Vec<Snapshot> = support::entries(&shared.join("real/binary/etcd-series"))
        .iter()
        .map(|it| Snapshot::read(it).expect("it is a profile"))
        .collect();
    assert_eq!(snapshots.len(), 62);
    let page = page_of(&Analysis::default().max_groups(0).run(snapshots));
    text_of(&page);
    assert!(page.len() < USUAL, "{} bytes", page.len());
    let data = data(&page);
    assert_eq!((data["k"].as_u64(), data["snapshots"].as_u64()), (Some(60), Some(62)));
}

#[test]
fn many_stacks_are_a_small_page() {
    // 10,000 stacks of ten frames from 2,500 functions.
    let mut text = "goroutine profile: total 10000\n".to_owned();
    for stack in 0..10_000_u32 {
        text.push_str("1 @ 0x1\n");
        for frame in 0..10 {
            let function = (stack * (2 * frame + 1) + stack / 2_500 * 613) % 2_500;
            let package = function / 20;
            text.push_str(&format!(
                "#\t0x1\texample.com/platform/internal/service{package}.(*Manager).handle{function}+0x1\t/srv/platform/internal/service{package}/handle.go:{function}\n"
            ));
        }
        text.push('\n');
    }
    let snapshot = Snapshot::from_bytes("many", text.into_bytes()).expect("it is a text of counts");
    let report = Analysis::default().max_groups(0).run([snapshot]);
    assert!(report.groups.len() > 9_000, "{} stacks", report.groups.len());
    let page = page_of(&report);
    assert!(page.len() < 3 << 20, "{} bytes", page.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_becomes_markup(
        function in "[ -~äß\u{202e}<>&\"']{1,60}",
        file in "/[ -~<>&\"']{1,40}",
        label in any::<String>(),
    ) {
        let page = page_of(&Analysis::default().run([2, 70].map(|n| counts(&function, &file, &label, n))));
        text_of(&page);
        data(&page);
    }
}

#[cfg(feature = "cli")]
#[test]
fn files_and_links() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name);
    let source = support::root("testdata/programs").display().to_string();
    let link = "--source-link=https://forge.example/x/blob/main/{file}#L{line}";
    let html = format!("--output=html={}", at("page.html").display());
    let json = format!("--output=json={}", at("report.json").display());
    let shop = support::root(SHOP).display().to_string();
    let run = |command: &str| {
        let output = support::leakscope(&[
            command,
            &shop,
            "-n0",
            "--source",
            &source,
            link,
            &html,
            &json,
            "--format=html",
        ]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.matches("wrote ").count(), 2, "{command}: {said}");
        let page = String::from_utf8(support::read(&at("page.html"))).expect("a page is UTF-8");
        assert_eq!(String::from_utf8(output.stdout).expect("a page is UTF-8"), page, "{command}");
        text_of(&page);
        page
    };
    let page = run("diff");
    assert!(
        page.contains("href=\"https://forge.example/x/blob/main/") && page.contains("shop/main.go#L41\""),
        "no link"
    );
    assert!(page.contains("<span class=\"at\">  41</span>") && page.contains("done &lt;- p"), "no excerpt");
    assert!(page.contains("<dt>command</dt><dd>"), "no command");
    assert!(!page.contains("class=\"gate"), "a verdict without a gate");
    assert!(
        run("gate").contains("<div class=\"gate fail\"><b>Gate</b> fail, 1 finding denied"),
        "no verdict"
    );
    // The page has all rows, the text as many as it is asked for.
    let limited = support::leakscope(&["top", &shop_snapshot(), &html, &json, "--format=text"]);
    assert!(limited.status.success());
    let rows = |value: &Value| value["groups"].as_array().map_or(0, Vec::len);
    let page = String::from_utf8(support::read(&at("page.html"))).expect("a page is UTF-8");
    assert_eq!(data(&page)["n"].as_u64(), Some(rows(&support::json(&at("report.json"))) as u64));
    let several = support::leakscope(&["fetch", "localhost:1", "localhost:2", &html]);
    assert_eq!(several.status.code(), Some(2), "one file for two targets");
    let bad = support::leakscope(&["top", &shop_snapshot(), "--source-link=http://x/{file}"]);
    assert_eq!(bad.status.code(), Some(2), "{}", String::from_utf8_lossy(&bad.stderr));
}

#[cfg(feature = "cli")]
fn shop_snapshot() -> String {
    support::root(&format!("{SHOP}/20261124T064722.059Z")).display().to_string()
}

#[cfg(all(feature = "cli", unix))]
#[test]
fn a_page_is_opened() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (tools, pages) = (folder.path().join("tools"), folder.path().join("pages"));
    for it in [&tools, &pages] {
        std::fs::create_dir(it).expect("a folder");
    }
    let run = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_leakscope"))
            .args(["top", &shop_snapshot(), "--open"])
            .env("PATH", &tools)
            .env("TMPDIR", &pages)
            .output()
            .expect("the binary is built for this test")
    };
    let output = run();
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("open the file in a browser"), "{said}");
    let written = support::entries(&pages);
    let [page] = written.as_slice() else { panic!("one page: {written:?}") };
    assert_eq!(std::fs::metadata(page).expect("it is there").permissions().mode() & 0o777, 0o600);
    text_of(&String::from_utf8(support::read(page)).expect("a page is UTF-8"));
    // With a program that opens pages, nothing is wrong.
    for name in ["xdg-open", "open"] {
        let tool = tools.join(name);
        std::fs::write(&tool, "#!/bin/sh\n").expect("a file");
        std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    }
    let said = String::from_utf8_lossy(&run().stderr).into_owned();
    assert!(said.contains("wrote ") && !said.contains("open the file"), "{said}");
}

/// Every id once, and every link inside the page to an id of the page.
#[test]
fn links_inside_the_page_lead_somewhere() {
    let page = page_of(&series(SHOP));
    let values = |name: &str| -> Vec<String> {
        let start = format!(" {name}=\"");
        page.split(&start).skip(1).filter_map(|it| it.split_once('"')).map(|it| it.0.to_owned()).collect()
    };
    let mut ids: BTreeMap<String, usize> = BTreeMap::new();
    values("id").into_iter().for_each(|it| *ids.entry(it).or_default() += 1);
    assert!(ids.values().all(|count| *count == 1), "{ids:?}");
    let targets = values("href").into_iter().filter_map(|it| it.strip_prefix('#').map(str::to_owned));
    let targets: Vec<String> = targets.collect();
    assert!(targets.len() > 4 && targets.iter().all(|it| ids.contains_key(it)), "{targets:?} {ids:?}");
}
