//! Which files a build for an operating system has: by the ends of their names and by their build constraints (`go/build/constraint`).

/// The operating systems that sources are read for. The profiles of others differ from these in few libraries.
pub(crate) const SYSTEMS: [&str; 3] = ["linux", "darwin", "windows"];

/// Systems and processors that the end of a file's name may state (`internal/syslist` of Go).
const OTHER_SYSTEMS: &str = "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos";
const PROCESSORS: &str = "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm";
const PROCESSOR: &str = "amd64";

/// Whether a build for a system on amd64, with cgo and without tags of its own, has a file.
pub(crate) fn is_built(name: &str, text: &str, system: &str) -> bool {
    name_fits(name, system) && text_fits(text, system)
}

fn name_fits(name: &str, system: &str) -> bool {
    let stem = name.strip_suffix(".go").unwrap_or(name);
    let mut parts = stem.rsplit('_');
    let (last, before) = (parts.next().unwrap_or(""), parts.next());
    // A name without an underscore states nothing: `linux.go`.
    let Some(before) = before else { return true };
    let is_in = |list: &str, word: &str| list.split(' ').any(|it| it == word);
    if is_in(PROCESSORS, last) {
        let stated = Some(before).filter(|it| is_in(OTHER_SYSTEMS, it) && parts.next().is_some());
        return last == PROCESSOR && stated.is_none_or(|it| it == system);
    }
    !is_in(OTHER_SYSTEMS, last) || last == system
}

fn text_fits(text: &str, system: &str) -> bool {
    let head = text.lines().take_while(|line| !line.starts_with("package "));
    let mut old = true;
    for line in head {
        if let Some(expression) = line.strip_prefix("//go:build ") {
            return evaluate(expression, system);
        }
        if let Some(options) = line.strip_prefix("// +build ") {
            let option = |it: &str| it.split(',').all(|tag| evaluate(tag, system));
            old &= options.split_whitespace().any(option);
        }
    }
    old
}

/// Evaluates an expression of tags with `!`, `&&`, `||` and parentheses. What is not understood is false.
fn evaluate(expression: &str, system: &str) -> bool {
    let spaced = ["(", ")", "!", "&&", "||"]
        .iter()
        .fold(expression.to_owned(), |text, mark| text.replace(mark, &format!(" {mark} ")));
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest, system, 0) && rest.is_empty()
}

fn either(rest: &mut &[&str], system: &str, depth: usize) -> bool {
    let mut value = both(rest, system, depth);
    while let ["||", after @ ..] = rest {
        *rest = after;
        value |= both(rest, system, depth);
    }
    value
}

fn both(rest: &mut &[&str], system: &str, depth: usize) -> bool {
    let mut value = one(rest, system, depth);
    while let ["&&", after @ ..] = rest {
        *rest = after;
        value &= one(rest, system, depth);
    }
    value
}

/// Bound of the parentheses and negations inside of one another.
const MAX_DEPTH: usize = 50;

fn one(rest: &mut &[&str], system: &str, depth: usize) -> bool {
    let [word, after @ ..] = *rest else { return false };
    *rest = after;
    match *word {
        _ if depth > MAX_DEPTH => false,
        "!" => !one(rest, system, depth + 1),
        "(" => {
            let value = either(rest, system, depth + 1);
            if let [")", after @ ..] = *rest {
                *rest = after;
            }
            value
        }
        tag => tag == system || is_set(tag, system),
    }
}

fn is_set(tag: &str, system: &str) -> bool {
    matches!(tag, "gc" | "cgo" | PROCESSOR)
        || tag == "unix" && system != "windows"
        || tag.strip_prefix("go1.").is_some_and(|minor| minor.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let check = |name: &str, expected: [bool; 3]| {
            assert_eq!(SYSTEMS.map(|system| is_built(name, "package a\n", system)), expected, "{name}");
        };
        check("watch.go", [true; 3]);
        check("linux.go", [true; 3]);
        check("watch_linux.go", [true, false, false]);
        check("watch_freebsd.go", [false; 3]);
        check("watch_amd64.go", [true; 3]);
        check("watch_darwin_arm64.go", [false; 3]);
        check("watch_darwin_amd64.go", [false, true, false]);
        check("darwin_amd64.go", [true; 3]);
        check("watch_unix.go", [true; 3]);
    }

    #[test]
    fn constraints() {
        let check = |line: &str, expected: [bool; 3]| {
            let text = format!("// A licence.\n\n{line}\n\npackage a\n//go:build ignore\n");
            assert_eq!(SYSTEMS.map(|system| is_built("a.go", &text, system)), expected, "{line}");
        };
        check("", [true; 3]);
        check("//go:build linux && !appengine", [true, false, false]);
        check("//go:build freebsd || openbsd || netbsd || darwin", [false, true, false]);
        check("//go:build !(linux || windows)", [false, true, false]);
        check("//go:build !!windows", [false, false, true]);
        check("//go:build unix && go1.19", [true, true, false]);
        check("//go:build ignore", [false; 3]);
        check("//go:build (linux", [true, false, false]);
        check("//go:build linux )", [false; 3]);
        check("//go:build", [true; 3]);
        check("// +build linux,amd64 windows", [true, false, true]);
        check("// +build !windows\n// +build !darwin", [true, false, false]);
    }
}
