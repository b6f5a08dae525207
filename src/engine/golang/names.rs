//! Names of Go functions: one spelling for each function, in every form and Go version.

use std::borrow::Cow;

use super::known_libraries::is_known_library;

/// Whose code a function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// Go's runtime.
    Runtime,
    /// Go's standard library.
    Standard,
    /// A module that the program depends on: its file is in the module cache or in a vendor folder.
    Dependency,
    /// The program's own, or any code that names and files do not show to be another's.
    User,
}

/// The canonical name: escapes such as `%2e` are decoded, a vendor prefix is dropped, and type arguments become `[...]`.
///
/// ```
/// # use leakscope_engine as leakscope;
/// use leakscope::golang::canonical;
/// assert_eq!(canonical("a.b/vendor/gopkg.in/tick%2ev2.(*T).run"), "gopkg.in/tick.v2.(*T).run");
/// assert_eq!(canonical("main.(*S[go.shape.int]).get"), "main.(*S[...]).get");
/// ```
pub fn canonical(raw: &str) -> Cow<'_, str> {
    let mut name = Cow::Borrowed(raw);
    if memchr::memchr(b'[', name.as_bytes()).is_some() {
        name = Cow::Owned(without_type_arguments(&name));
    }
    if memchr::memmem::find(name.as_bytes(), b"/vendor/").is_some()
        && let Some(at) = name.rfind("/vendor/")
    {
        name = Cow::Owned(name.split_at(at + "/vendor/".len()).1.to_owned());
    } else if let Some(rest) = name.strip_prefix("vendor/") {
        name = Cow::Owned(rest.to_owned());
    }
    if memchr::memchr(b'%', name.as_bytes()).is_some()
        && let Some(unescaped) = unescape(&name)
    {
        name = Cow::Owned(unescaped);
    }
    name
}

/// `a[b[c]].m[d]` becomes `a[...].m[...]`; a bracket that is never closed stays as it is.
fn without_type_arguments(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut depth = 0usize;
    let mut opened_at = 0;
    for (at, c) in name.char_indices() {
        match c {
            '[' => {
                if depth == 0 {
                    opened_at = at;
                    out.push_str("[...]");
                }
                depth += 1;
            }
            ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    if depth > 0 {
        out.truncate(out.len() - "[...]".len());
        out.push_str(name.split_at(opened_at).1);
    }
    out
}

/// Decodes the escapes that Go's linker writes into import paths (`cmd/internal/objabi`, `PathToPrefix`); `None` if the result is not UTF-8.
fn unescape(name: &str) -> Option<String> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let [byte, after @ ..] = rest {
        let code = after.first_chunk::<2>().filter(|_| *byte == b'%').and_then(|[high, low]| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
        });
        out.push(code.unwrap_or(*byte));
        rest = if code.is_some() { after.get(2..).unwrap_or(&[]) } else { after };
    }
    String::from_utf8(out).ok()
}

/// The name of a function in keys and fingerprints: its canonical name, except for functions that have other names in other versions
/// of Go.
///
/// Go 1.24 moved `sync.Mutex` to `internal/sync` and added `runtime_SemacquireWaitGroup`; Go 1.27 moved the HTTP/2 code of `net/http` to
/// `net/http/internal/http2`; a traceback prints `runtime.gopanic` as `panic`.
pub fn identity(canonical: &str) -> Cow<'_, str> {
    match canonical {
        "panic" => return Cow::Borrowed("runtime.gopanic"),
        "sync.runtime_SemacquireWaitGroup" => return Cow::Borrowed("sync.runtime_Semacquire"),
        _ => {}
    }
    let moved = [
        ("internal/sync.", "sync."),
        ("net/http.(*http2", "net/http/internal/http2.(*"),
        ("net/http.http2", "net/http/internal/http2."),
    ];
    let rename = |(old, new)| Some(Cow::Owned(format!("{new}{}", canonical.strip_prefix(old)?)));
    moved.into_iter().find_map(rename).unwrap_or(Cow::Borrowed(canonical))
}

/// The import path of a function's package and the rest of its name: `("net/http", "(*conn).serve")`.
pub fn package_and_rest(name: &str) -> (&str, &str) {
    let head = memchr::memchr2(b'(', b'[', name.as_bytes()).unwrap_or(name.len());
    let path = name.split_at(head).0;
    let last_element = memchr::memrchr(b'/', path.as_bytes()).map_or(0, |at| at + 1);
    let (path, rest) = name.split_at(last_element);
    let Some(dot) = memchr::memchr(b'.', rest.as_bytes()) else {
        return ("", name);
    };
    let mut end = path.len() + dot;
    // In gopkg.in/tick.v2.(*T).run the version is a part of the path.
    let after = name.split_at(end + 1).1;
    if let Some(version) = after.strip_prefix('v')
        && let Some(length) = version.find('.')
        && length > 0
        && version.split_at(length).0.bytes().all(|byte| byte.is_ascii_digit())
    {
        end += 2 + length;
    }
    let (package, rest) = name.split_at(end);
    (package, rest.strip_prefix('.').unwrap_or(rest))
}

/// The import path of a function's package; empty if the name has none.
pub fn package(name: &str) -> &str {
    package_and_rest(name).0
}

/// Whether a package writes profiles: a goroutine in it wrote the one that lists it.
pub fn writes_profiles(package: &str) -> bool {
    matches!(package, "runtime/pprof" | "net/http/pprof")
}

/// Whose code a function is, by its name and its file, which is empty if it is not known.
pub fn owner(name: &str, file: &str) -> Owner {
    if name == "panic" {
        return Owner::Runtime;
    }
    let package = package(name);
    if package == "runtime"
        || package.starts_with("internal/runtime/")
        || package.starts_with("runtime/internal/")
    {
        return Owner::Runtime;
    }
    // A function of C, a callback that cgo exports, or one of the runtime that was written in C up to Go 1.4.
    if !name.contains('.') {
        return Owner::Standard;
    }
    let first = package.split('/').next().unwrap_or(package);
    // The top-level packages of Go's standard library (`go list std`).
    let is_standard = match first {
        "archive" | "arena" | "bufio" | "bytes" | "cmp" | "compress" | "container" | "context" | "crypto"
        | "database" | "debug" | "embed" | "encoding" | "errors" | "expvar" | "flag" | "fmt" | "go"
        | "hash" | "html" | "image" | "index" | "internal" | "io" | "iter" | "log" | "maps" | "math"
        | "mime" | "net" | "os" | "path" | "plugin" | "reflect" | "regexp" | "runtime" | "simd"
        | "slices" | "sort" | "strconv" | "strings" | "structs" | "sync" | "syscall" | "testing" | "text"
        | "time" | "unicode" | "unique" | "unsafe" | "uuid" | "vendor" | "weak" => true,
        _ => file.contains("/src/vendor/"),
    };
    if is_standard {
        return Owner::Standard;
    }
    // The generated main package of a test (`cmd/go/internal/load/test.go`).
    if file == "_testmain.go" || file.ends_with("/_testmain.go") {
        return Owner::Standard;
    }
    // Bazel's rules_go compiles each dependency in a folder of its own.
    if file.starts_with("external/") || (file.contains("/execroot/") && file.contains("/external/")) {
        return Owner::Dependency;
    }
    let stored = file.contains("/pkg/mod/") || file.contains("/vendor/") || file.starts_with("vendor/");
    if stored
        || (file.is_empty() && is_known_library(package))
        || (file.contains('@') && file.split('/').any(|part| part.contains("@v")))
    {
        return Owner::Dependency;
    }
    Owner::User
}

/// The function in which a closure is written: `main.f` for `main.f.func1`, `main.f.func1` for `main.f.func1.2`.
/// `None` if the function is no closure.
pub fn closure_parent(name: &str) -> Option<&str> {
    if name.len() > MAX_CLOSURE_NAME {
        return None;
    }
    let (first, mut is_marked) = without_number(name)?;
    let mut inner = first;
    while !is_marked {
        (inner, is_marked) = without_number(inner)?;
    }
    Some(first)
}

/// Longer names, in bytes, are not taken for closures: the time is quadratic in the depth of nesting.
const MAX_CLOSURE_NAME: usize = 4096;

/// A name without the number at its end and without the mark before the number. Whether it is one of Go's marks and not just a dot.
fn without_number(name: &str) -> Option<(&str, bool)> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if stem.len() == name.len() {
        return None;
    }
    let marks = [".func", ".gowrap", ".deferwrap", "-range"];
    let marked = marks.iter().find_map(|mark| stem.strip_suffix(mark));
    marked.map(|parent| (parent, true)).or_else(|| Some((stem.strip_suffix('.')?, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_names() {
        let check = |raw: &str, expected: &str| assert_eq!(canonical(raw), expected, "{raw}");
        check("main.main", "main.main");
        check("gopkg.in/tick%2ev2.(*T).loop", "gopkg.in/tick.v2.(*T).loop");
        check("example.com/a/vendor/github.com/b/c.D", "github.com/b/c.D");
        check("vendor/golang.org/x/net/http2/hpack.F", "golang.org/x/net/http2/hpack.F");
        check("main.gen[go.shape.string]", "main.gen[...]");
        check("main.gen[go.shape.struct { a/vendor/b.X int }]", "main.gen[...]");
        check("main.(*S[go.shape.int]).m[go.shape.[]string].func1", "main.(*S[...]).m[...].func1");
        check("main.broken[int", "main.broken[int");
        check("main.a]b", "main.a]b");
        check("x/%d0%bf.F", "x/п.F");
        check("x/%ff.F", "x/%ff.F");
        check("x/100%.F", "x/100%.F");
    }

    #[test]
    fn identities_across_go_versions() {
        let check = |name: &str, expected: &str| assert_eq!(identity(name), expected, "{name}");
        check("internal/sync.(*Mutex).lockSlow", "sync.(*Mutex).lockSlow");
        check("net/http.(*http2ClientConn).readLoop", "net/http/internal/http2.(*ClientConn).readLoop");
        check("net/http.http2configureTransport", "net/http/internal/http2.configureTransport");
        check("panic", "runtime.gopanic");
        check("net/http.(*conn).serve", "net/http.(*conn).serve");
    }

    #[test]
    fn packages() {
        let check =
            |name: &str, package: &str, rest: &str| assert_eq!(package_and_rest(name), (package, rest));
        check("net/http.(*conn).serve", "net/http", "(*conn).serve");
        check("main.main", "main", "main");
        check("gopkg.in/tick.v2.(*T).loop", "gopkg.in/tick.v2", "(*T).loop");
        check("github.com/a/b/v2/c.F.func1", "github.com/a/b/v2/c", "F.func1");
        check("a.b/c.(*T[...]).m", "a.b/c", "(*T[...]).m");
        check("_cgo_thing", "", "_cgo_thing");
    }

    #[test]
    fn owners() {
        let check = |name: &str, file: &str, expected: Owner| {
            assert_eq!(owner(name, file), expected, "{name} {file}")
        };
        check("runtime.gopark", "", Owner::Runtime);
        check("internal/runtime/maps.fatal", "", Owner::Runtime);
        check("runtime/pprof.writeGoroutine", "", Owner::Standard);
        check("net/http.(*conn).serve", "", Owner::Standard);
        check("golang.org/x/net.F", "/usr/local/go/src/vendor/golang.org/x/net/a.go", Owner::Standard);
        check("github.com/a/b.F", "/go/pkg/mod/github.com/a/b@v1.2.3/f.go", Owner::Dependency);
        check("github.com/a/b.F", "github.com/a/b@v1.2.3/f.go", Owner::Dependency);
        check("github.com/a/b.F", "/srv/app/vendor/github.com/a/b/f.go", Owner::Dependency);
        check("github.com/a/b.F", "external/com_github_a_b/f.go", Owner::Dependency);
        check("main.main", "_testmain.go", Owner::Standard);
        check("main.main", "/srv/app/main.go", Owner::User);
        check("(*T).f", "/srv/app/main.go", Owner::User);
        check("non-Go function", "", Owner::Standard);
        check("runfinq", "/usr/local/go/src/pkg/runtime/mgc0.c", Owner::Standard);
        check("github.com/a/b.F", "/home/user@host/b/f.go", Owner::User);
        check("github.com/robfig/cron/v3.(*Cron).run", "", Owner::Dependency);
        check("github.com/robfig/cron/v3.(*Cron).run", "/home/me/cron/cron.go", Owner::User);
    }

    #[test]
    fn parents_of_closures() {
        let check = |name: &str, expected: Option<&str>| assert_eq!(closure_parent(name), expected, "{name}");
        check("main.f.func1", Some("main.f"));
        check("main.f.func1.2", Some("main.f.func1"));
        check("main.f.func1.func2.1", Some("main.f.func1.func2"));
        check("main.f.gowrap3", Some("main.f"));
        check("main.f-range1", Some("main.f"));
        check("main.init.0.func3", Some("main.init.0"));
        check("main.init.0", None);
        check("main.(*T).m-fm", None);
        check("main.step2", None);
        check("main.main", None);
    }
}
