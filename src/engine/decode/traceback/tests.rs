//! What becomes of texts, whole and broken.

mod kinds;

use super::*;
use crate::model::Frame;

fn read(dump: &str, limits: &Limits) -> Profile {
    let text = Text::new(dump.as_bytes()).expect("plain text is read");
    decode(&text, limits).expect("it is a traceback").expect("it holds goroutines")
}

fn check(dump: &str, total: i128, warning: &str) {
    let profile = read(dump, &Limits::default());
    assert_eq!(profile.total(), total, "{dump}");
    let warnings: Vec<String> = profile.warnings.iter().map(ToString::to_string).collect();
    assert!(warnings.join("\n").contains(warning), "{warnings:?} and not {warning:?}");
    assert_eq!(profile.is_incomplete(), !warning.is_empty(), "{dump}: {warnings:?}");
}

const WHOLE: &str =
    "goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by main.g in goroutine 1\n\t/g.go:4 +0x2\n";

#[test]
fn wrapped_lines_are_refused() {
    let pointers = "0xc000012345, 0xc000012345, 0xc000012345";
    let long = format!("goroutine 7 [select]:\nmain.f({pointers})\n\t/f.go:3 +0x1\n\n").repeat(3);
    let wrapped = long.replace(", 0xc000012345)", ", 0xc0000\n12345)");
    assert_eq!(read(&long, &Limits::default()).total(), 3);
    let text = Text::new(wrapped.as_bytes()).expect("plain text is read");
    let refused = decode(&text, &Limits::default()).expect_err("its names are broken").to_string();
    assert!(refused.contains("hard-wrapped at 42 columns"), "{refused}");
}

#[test]
fn a_long_line_keeps_its_name() {
    let dump = format!("goroutine 7 [select]:\nmain.(*T).f({})\n\t/f.go:3 +0x1\n", "0x1, ".repeat(20));
    let profile = read(&dump, &Limits { max_line: 40, ..Limits::default() });
    let leaf = profile.stacks.frames(profile.samples[0].stack).next().expect("it has a frame");
    assert_eq!(profile.symbols.function(leaf.function), "main.(*T).f");
}

#[test]
fn endings_that_are_no_truncation() {
    let main = "goroutine 1 [running]:\nmain.main()\n\t/m.go:3 +0x1\n";
    check(main, 1, "");
    check(&format!("{main}exit status 2"), 1, "");
    check(WHOLE, 1, "");
    check(WHOLE.trim_end(), 1, "");
    check(&format!("{WHOLE}exit status 2"), 1, "");
    check("goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\n\n", 1, "");
}

#[test]
fn truncations_are_reported() {
    let check = |cut: &str, total, warning| check(&format!("{WHOLE}\n{cut}"), total, warning);
    let inside = "truncated inside this goroutine";
    check("goroutine 8 [chan rec", 1, "cut inside its header; the 1 before it are shown");
    check("goroutine 8 [chan rec\n", 1, "cut inside its header");
    check("goroutine 8 [select]:\n", 2, inside);
    check("goroutine 8 [select]:\nmain.f(0x", 2, inside);
    check("goroutine 8 [select]:\nmain.f(...)\nmain.main.func2", 2, inside);
    check("goroutine 8 [select]:\nmain.f(0x1)\n\t/f.go:3", 2, inside);
    check("goroutine 8 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1", 2, inside);
    check("goroutine 8 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\ncreated by ma", 2, inside);
}

#[test]
fn ancestors_are_kept_apart() {
    let ancestors = "[originating from goroutine 3]:\nmain.g(...)\n\t/g.go:4 +0x2\n...additional frames elided...\n\
                     created by main.h\n\t/h.go:5 +0x3\n[originating from goroutine 1]:\nmain.main(...)\n\t/m.go:6 +0x4\n\n";
    let one = WHOLE.replace("goroutine 1\n", "goroutine 3\n") + ancestors;
    let others = one.replace("goroutine 7", "goroutine 8").replace("goroutine 3]", "goroutine 4]");
    let profile = read(&format!("{one}{others}"), &Limits::default());
    assert!(!profile.is_incomplete(), "{:?}", profile.warnings);
    assert_eq!((profile.total(), profile.samples.len()), (2, 1), "only the ids of the ancestors differ");
    let frames = |frames: &[Frame]| {
        let names = frames.iter().map(|it| (profile.symbols.function(it.function), it.line));
        names.collect::<Vec<_>>()
    };
    let detail = &profile.details[0];
    assert_eq!(frames(&detail.spawn.into_iter().collect::<Vec<_>>()), [("main.g", 4)]);
    let own: Vec<_> = profile.stacks.frames(profile.samples[0].stack).collect();
    assert_eq!(frames(&own), [("main.f", 3)]);
    let [parent, first] = &*detail.ancestors else { panic!("it has two: {:?}", detail.ancestors) };
    assert_eq!(
        (parent.id.map(u64::from), parent.cut, frames(&parent.frames)),
        (Some(3), true, vec![("main.g", 4)])
    );
    assert_eq!(frames(&parent.spawn.into_iter().collect::<Vec<_>>()), [("main.h", 5)]);
    assert_eq!((first.spawn, frames(&first.frames)), (None, vec![("main.main", 6)]));
    // Another stack of an ancestor is another row.
    let other = read(&format!("{one}{}", others.replace("/m.go:6", "/m.go:7")), &Limits::default());
    assert_eq!(other.samples.len(), 2);
}

#[test]
fn go_cuts_at_its_limit() {
    let warnings = |dump: &str| {
        let mut text = Text::new(dump.as_bytes()).expect("plain text is read");
        text.input_len = ending::GO_LIMIT;
        let profile = decode(&text, &Limits::default()).expect("it is a traceback").expect("it is one");
        profile.warnings.iter().map(|it| format!("{it}\n")).collect::<String>()
    };
    let at_limit = "truncated at exactly 64 MiB: Go itself cuts a traceback there";
    let whole = warnings(&format!("{WHOLE}\n"));
    assert!(whole.contains(at_limit) && !whole.contains("inside this goroutine"), "{whole}");
    let cut = warnings("goroutine 7 [select]:\nmain.f(0x1)\n\t/f.go:3 +0x1\n");
    assert!(cut.contains(at_limit) && cut.contains("inside this goroutine"), "{cut}");
}
