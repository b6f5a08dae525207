//! Source is found where Go puts it, and nothing else is read.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::code::Origin;
use crate::code::SourceTexts;

use super::GoSource;
use super::SourcePlaces;

/// A folder that is removed at the end of a test.
struct Tree(PathBuf);

impl Drop for Tree {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

impl Tree {
    /// A folder with these files; each holds its own path unless it is a `go.mod` or the like.
    fn new(name: &str, files: &[&str]) -> Self {
        let folder = std::env::temp_dir().join(format!("leakscope-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let tree = Tree(folder.canonicalize().unwrap());
        files.iter().for_each(|file| tree.write(file, file.as_bytes()));
        tree
    }

    fn write(&self, file: &str, content: &[u8]) {
        let path = self.0.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn source(&self, roots: &[&str]) -> GoSource {
        let inside = |folder: &str| self.0.join(folder);
        GoSource::new(SourcePlaces {
            roots: roots.iter().map(|it| inside(it)).collect(),
            goroots: vec![inside("missing"), inside("go1")],
            go_commands: vec![inside("bin/go")],
            module_caches: vec![inside("none"), inside("cache")],
            go_env: Some(inside("config/go/env")),
        })
    }

    /// Who wrote the package that holds a file, its import path, and its files; empty if it is not found.
    #[track_caller]
    fn check(&self, source: &GoSource, package: &str, file: &str, expected: &str) {
        let file = file.replace("{tree}", self.0.to_str().unwrap());
        let found = source.package(package, &file).map(|it| {
            let files = it.files.iter().map(|it| it.path.replace(self.0.to_str().unwrap(), "{tree}"));
            let left_out: String = it.left_out.iter().map(|it| format!(" -{it}")).collect();
            format!("{:?} {}: {}{left_out}", it.origin, it.import_path, files.collect::<Vec<_>>().join(" "))
        });
        assert_eq!(found.unwrap_or_default(), expected, "{package} {file}");
    }
}

fn shop() -> Tree {
    let tree = Tree::new(
        &format!("shop-{:?}", std::thread::current().id()).replace(['(', ')'], ""),
        &[
            "repo/shop/main.go",
            "repo/shop/cmd/tool/main.go",
            "repo/shop/store/db.go",
            "repo/shop/store/db_windows.go",
            "repo/shop/store/db_test.go",
            "repo/shop/store/_old.go",
            "repo/shop/vendor/example.com/queue/queue.go",
            "repo/shop/vendor/example.com/queue/deep/deep.go",
            "repo/shop/api/api.go",
            "repo/shop/api/v1/v1.go",
            "repo/shop/local/local.go",
            "repo/shop/testdata/input/input.go",
            "repo/bank/main.go",
            "repo/bank/store/db.go",
            "cache/example.com/!queue!m/lib@v1.2.3/lib.go",
            "cache/example.com/!queue!m/lib@v1.2.3/cmd/tool/main.go",
            "cache/example.com/fork@v1.0.1/fork.go",
            "cache/example.com/forked@v1.0.0/fork.go",
            "cache/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/sync/mutex.go",
            "cache/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/runtime/proc.go",
            "go1/src/runtime/proc.go",
            "go1/src/runtime/time.go",
            "go1/src/sync/mutex.go",
            "go1/src/vendor/golang.org/x/net/idna/idna.go",
            "outside/secret.go",
        ],
    );
    tree.write("go1/VERSION", b"go1.26.1\ntime 2026-01-01T00:00:00Z\n");
    let toolchain = "cache/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/VERSION";
    tree.write(toolchain, b"go1.27.3\n");
    tree.write(
        "repo/shop/go.mod",
        b"module example.com/shop\nrequire example.com/queue v1.0.0\nreplace example.com/forked => example.com/fork v1.0.1\n\
            replace (\n\texample.com/local => ./local\n)\n",
    );
    tree.write("repo/shop/api/go.mod", b"module example.com/shop/api // nested\n");
    tree.write(
        "repo/shop/vendor/modules.txt",
        b"# example.com/queue v1.0.0\n## explicit\nexample.com/queue\n",
    );
    tree.write("repo/shop/local/go.mod", b"module example.com/renamed\n");
    tree.write("repo/bank/go.mod", b"module example.com/bank\n");
    tree
}

#[test]
fn own_packages_by_module() {
    let tree = shop();
    let source = tree.source(&["repo"]);
    let check = |package: &str, file: &str, expected: &str| tree.check(&source, package, file, expected);
    let store = "Own example.com/shop/store: shop/store/db.go shop/store/db_windows.go";
    check("example.com/shop/store", "/build/shop/store/db.go", store);
    check("example.com/shop/store", "C:\\build\\shop\\store\\db.go", store);
    check("example.com/shop/store", "example.com/shop/store/db.go", store);
    check("example.com/shop/store", "<autogenerated>", store);
    check("example.com/shop/store", "{tree}/repo/shop/store/db.go", store);
    check("example.com/shop/api/v1", "/x/v1.go", "Own example.com/shop/api/v1: shop/api/v1/v1.go");
    check("example.com/shop/gone", "/build/shop/gone/db.go", "");
    check("example.com/other/store", "/build/shop/store/db.go", "");
    check("example.com/shopper/store", "/build/shop/store/db.go", "");
    check("example.com/local", "/build/shop/local/local.go", "Own example.com/local: shop/local/local.go");
    check(
        "example.com/local",
        "example.com/local@v0.0.0/local.go",
        "Own example.com/local: shop/local/local.go",
    );
    check("", "", "");
    check("main", "/", "");
}

#[test]
fn files_of_main() {
    let tree = shop();
    let source = tree.source(&["repo"]);
    let check = |file: &str, expected: &str| tree.check(&source, "main", file, expected);
    let tool = "Own example.com/shop/cmd/tool: shop/cmd/tool/main.go";
    check("example.com/shop/cmd/tool/main.go", tool);
    check("/src/cmd/tool/main.go", tool);
    check("/src/cmd/other/main.go", "");
    check("/src/bank/main.go", "Own example.com/bank: bank/main.go");
    check("{tree}/repo/shop/main.go", "Own example.com/shop: shop/main.go");
    // Both modules have such a file.
    check("/app/main.go", "");
    let built = tree
        .source(&["repo"])
        .with_frames([("example.com/bank/store", "/app/store/db.go"), ("main", "/x/y.go")]);
    tree.check(&built, "main", "/app/main.go", "Own example.com/bank: bank/main.go");
    tree.check(&built, "main", "/app/cmd/tool/main.go", "");
    let one = tree.source(&["repo/shop"]);
    tree.check(&one, "main", "/app/main.go", "Own example.com/shop: main.go");
    tree.check(&one, "main", "/go/src/command-line-arguments/main.go", "Own example.com/shop: main.go");
}

#[test]
fn several_roots() {
    let tree = shop();
    let source = tree.source(&["repo/bank", "repo/shop", "missing", "repo/bank"]);
    assert_eq!(source.shown_from(), Some(&*tree.0.join("repo")));
    let expected = "Own example.com/shop/store: shop/store/db.go shop/store/db_windows.go";
    tree.check(&source, "example.com/shop/store", "/x/db.go", expected);
    assert_eq!(tree.source(&[]).shown_from(), None);
}

#[test]
fn vendor_folders() {
    let tree = shop();
    let source = tree.source(&["repo"]);
    let check = |file: &str, expected: &str| tree.check(&source, "example.com/queue", file, expected);
    let queue = "Vendor example.com/queue: shop/vendor/example.com/queue/queue.go";
    check("/build/shop/vendor/example.com/queue/queue.go", queue);
    check("/src/vendor/example.com/queue/queue.go", queue);
    check("{tree}/repo/shop/vendor/example.com/queue/queue.go", queue);
    check("example.com/queue@v1.0.0/queue.go", queue);
    check("/home/x/go/pkg/mod/example.com/queue@v1.0.0/queue.go", queue);
    check("example.com/queue@v1.0.1/queue.go", "");
    check("/build/vendor/example.com/queue/other.go", "");
}

#[test]
fn module_cache_by_version() {
    let tree = shop();
    let source = tree.source(&["repo"]);
    let check = |package: &str, file: &str, expected: &str| tree.check(&source, package, file, expected);
    let package = "example.com/QueueM/lib";
    let lib = |folder: &str| format!("ModuleCache {package}: {folder}/lib.go");
    for folder in [
        "/home/x/go/pkg/mod/example.com/!queue!m/lib@v1.2.3",
        "{tree}/cache/example.com/!queue!m/lib@v1.2.3",
        "example.com/QueueM/lib@v1.2.3",
    ] {
        check(package, &format!("{folder}/lib.go"), &lib(folder));
    }
    check(package, "/home/x/go/pkg/mod/example.com/!queue!m/lib@v1.2.4/lib.go", "");
    let folder = "/go/pkg/mod/example.com/!queue!m/lib@v1.2.3/cmd/tool";
    let tool = format!("ModuleCache {package}/cmd/tool: {folder}/main.go");
    check("main", &format!("{folder}/main.go"), &tool);
    // The working copy of a module is not its released version.
    check("example.com/shop/store", "/go/pkg/mod/example.com/shop@v1.0.0/store/db.go", "");
    let fork = "ModuleCache example.com/forked: example.com/forked@v1.0.0/fork.go";
    check("example.com/forked", "example.com/forked@v1.0.0/fork.go", fork);
    let texts = source.package("example.com/forked", "example.com/forked@v1.0.0/fork.go").unwrap();
    assert!(texts.files[0].text.contains("fork@v1.0.1"), "{texts:?}");
}

#[test]
fn source_of_go() {
    let tree = shop();
    let source = tree.source(&["repo"]);
    let check = |package: &str, file: &str, expected: &str| tree.check(&source, package, file, expected);
    check("sync", "/usr/local/go/src/sync/mutex.go", "Goroot sync: /usr/local/go/src/sync/mutex.go");
    check("sync", "sync/mutex.go", "Goroot sync: sync/mutex.go");
    let runtime = "Goroot runtime: /opt/go/src/runtime/proc.go /opt/go/src/runtime/time.go";
    check("time", "/opt/go/src/runtime/time.go", runtime);
    let idna = "Goroot golang.org/x/net/idna: vendor/golang.org/x/net/idna/idna.go";
    check("golang.org/x/net/idna", "vendor/golang.org/x/net/idna/idna.go", idna);
    check("net/http", "/usr/local/go/src/net/http/server.go", "");
    let fetched = "/home/x/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/sync";
    check("sync", &format!("{fetched}/mutex.go"), &format!("Goroot sync: {fetched}/mutex.go"));
    let other = "/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.4.linux-amd64/src/sync/mutex.go";
    check("sync", other, "");
    let text = |version: Option<&str>| {
        let source = tree.source(&[]).of_go_version(version);
        let texts = source.package("sync", "/usr/local/go/src/sync/mutex.go")?;
        Some(texts.files[0].text.split('/').next().unwrap_or_default().to_owned())
    };
    assert_eq!(text(None).as_deref(), Some("go1"));
    assert_eq!(text(Some("go1.26.1 X:boring")).as_deref(), Some("go1"));
    assert_eq!(text(Some("go1.27.3")).as_deref(), Some("cache"));
    assert_eq!(text(Some("go1.25")), None);
}

#[cfg(unix)]
#[test]
fn nothing_else_is_read() {
    use std::os::unix::fs::symlink;

    let tree = shop();
    symlink(tree.0.join("outside"), tree.0.join("repo/shop/linked")).unwrap();
    symlink(tree.0.join("outside/secret.go"), tree.0.join("repo/shop/store/link.go")).unwrap();
    symlink("/dev/zero", tree.0.join("repo/shop/store/zero.go")).unwrap();
    tree.write("repo/shop/store/large.go", &vec![b'/'; 5 << 20]);
    tree.write("repo/shop/store/latin.go", b"package store // \xe9");
    tree.write("repo/shop/notes.txt", b"secret");
    let source = tree.source(&["repo"]);
    let files = "shop/store/db.go shop/store/db_windows.go -shop/store/large.go -shop/store/latin.go \
        -shop/store/link.go -shop/store/zero.go";
    let check = |package: &str, file: &str, expected: &str| tree.check(&source, package, file, expected);
    check("example.com/shop/store", "/x/store/db.go", &format!("Own example.com/shop/store: {files}"));
    check("example.com/shop/linked", "/x/linked/secret.go", "");
    for (package, file) in [
        ("main", "{tree}/outside/secret.go"),
        ("main", "/x/../../outside/secret.go"),
        ("main", "../outside/secret.go"),
        ("example.com/shop/../../outside", "/x/secret.go"),
        ("example.com/shop/store", "/x/../outside/secret.go"),
        ("a.b/c", "/go/pkg/mod/../../outside@v1.0.0/secret.go"),
        ("a.b/c", "/go/pkg/mod/a.b@v1.0.0/../../../outside/secret.go"),
        ("../outside", "/x/vendor/../outside/secret.go"),
        ("sync", "/usr/local/go/src/../../outside/secret.go"),
        ("main", "/x/linked/secret.go"),
        ("main", "notes.txt"),
        ("main", "/etc/hosts"),
        ("main", "\0.go"),
        ("main", "@v1/a.go"),
        ("", "a@v1.0.0"),
    ] {
        check(package, file, "");
        let own = source.own_file(package, &file.replace("{tree}", tree.0.to_str().unwrap()));
        assert_eq!(own, None, "{package} {file}");
    }
    check("main", &"a/".repeat(100_000), "");
    check("main", &format!("{}/main.go", "x".repeat(100_000)), "");
}

#[test]
fn lists_own_packages() {
    let tree = shop();
    let source = tree.source(&["repo"]);
    let listed = source.own_packages();
    assert!(listed.is_complete);
    let shown: Vec<String> =
        listed.packages.iter().map(|it| format!("{} {}", it.import_path, it.folder)).collect();
    let expected = [
        "example.com/bank bank",
        "example.com/bank/store bank/store",
        "example.com/local shop/local",
        "example.com/shop shop",
        "example.com/shop/api shop/api",
        "example.com/shop/api/v1 shop/api/v1",
        "example.com/shop/cmd/tool shop/cmd/tool",
        "example.com/shop/store shop/store",
    ];
    assert_eq!(shown, expected);
    for key in &listed.packages {
        let texts = source.own_package(key).unwrap();
        assert_eq!((texts.origin, &texts.import_path), (Origin::Own, &key.import_path));
        assert!(texts.files.iter().all(|it| it.path.starts_with(&key.folder)), "{texts:?}");
    }
    let mut outside = listed.packages[0].clone();
    outside.folder = "../outside".to_owned();
    assert_eq!(source.own_package(&outside), None);
    fs::remove_file(tree.0.join("repo/bank/go.mod")).unwrap();
    assert!(tree.source(&["repo"]).own_packages().is_complete);
    assert!(!tree.source(&["repo/bank"]).own_packages().is_complete);
}

#[test]
fn siblings_of_a_module() {
    let tree = shop();
    let siblings = |folder: &str| {
        let found = super::sibling_modules(&tree.0.join(folder));
        let shown = found.iter().map(|it| it.strip_prefix(&tree.0).unwrap().display().to_string());
        shown.collect::<Vec<_>>()
    };
    assert_eq!(siblings("repo/bank"), [""; 0]);
    tree.write("repo/go.work", b"go 1.26\nuse (\n\t./bank\n\t./shop\n\t./gone\n)\n");
    assert_eq!(siblings("repo/bank"), ["repo/shop"]);
    tree.write("repo/bank/go.mod", b"module example.com/bank\nreplace example.com/x => ../../lib\n");
    tree.write("lib/go.mod", b"module example.com/x\n");
    assert_eq!(siblings("repo/bank"), ["lib", "repo/shop"]);
}

#[test]
fn places_that_variables_name() {
    let of = |variables: &[(&str, &str)]| {
        SourcePlaces::of_go(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).into())
        })
    };
    let places =
        of(&[("HOME", "/home/x"), ("GOPATH", "/a:relative:/b"), ("GOROOT", "/go"), ("PATH", "/bin")]);
    let caches = ["/a/pkg/mod", "/b/pkg/mod", "/home/x/go/pkg/mod"].map(PathBuf::from);
    assert_eq!(places.module_caches, caches);
    assert_eq!(places.goroots, [PathBuf::from("/go")]);
    assert_eq!(places.go_commands.first().map(|it| &**it), Some(Path::new("/bin/go")));
    let places = of(&[("GOMODCACHE", "/m"), ("GOPATH", "")]);
    assert_eq!(places.module_caches, [PathBuf::from("/m")]);
    assert!(of(&[]).module_caches.is_empty());
    assert_eq!(of(&[("GOENV", "/e"), ("HOME", "/home/x")]).go_env, Some(PathBuf::from("/e")));
    assert_eq!(of(&[("GOENV", "off"), ("HOME", "/home/x")]).go_env, None);
    #[cfg(target_os = "linux")]
    {
        let in_home = of(&[("HOME", "/home/x")]).go_env;
        assert_eq!(in_home, Some(PathBuf::from("/home/x/.config/go/env")));
        let in_config = of(&[("HOME", "/home/x"), ("XDG_CONFIG_HOME", "/c")]).go_env;
        assert_eq!(in_config, Some(PathBuf::from("/c/go/env")));
    }
    assert_eq!(of(&[]).go_env, None);
}

#[test]
fn places_that_go_env_has_written() {
    let tree = shop();
    tree.write("written/example.com/log@v1.0.0/log.go", b"package log");
    tree.write("work/pkg/mod/example.com/log@v2.0.0/log.go", b"package log");
    let check = |version: &str, expected: &str| {
        let file = format!("example.com/log@{version}/log.go");
        let expected = expected.replace("FILE", &file);
        tree.check(&tree.source(&["repo"]), "example.com/log", &file, &expected);
    };
    let found = "ModuleCache example.com/log: FILE";
    check("v1.0.0", "");
    let root = tree.0.to_str().unwrap();
    let lines = format!("# a comment\nGOMODCACHE=/gone\nGOMODCACHE={root}/written\nGOPATH={root}/work\n");
    tree.write("config/go/env", lines.as_bytes());
    check("v1.0.0", found);
    check("v2.0.0", found);
    tree.write("config/go/env", b"GOMODCACHE=written\n=\nGOPATH");
    check("v1.0.0", "");
}
