//! The main module of the program. Positions are shown relative to it, as its developers know them.

use std::collections::BTreeSet;

use crate::golang::package;

/// Folders inside a module by convention: a module's path does not end with one.
const INNER_FOLDERS: [&str; 3] = ["cmd", "internal", "pkg"];

/// Hosts whose modules have the path `HOST/OWNER/NAME`.
const CODE_HOSTS: [&str; 4] = ["bitbucket.org", "codeberg.org", "github.com", "gitlab.com"];

/// The main module of the program, inferred from names of packages and files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MainModule {
    /// Its path: stated by the user, otherwise inferred from packages; `None` if they share none.
    path: Option<String>,
    /// The folder of its `go.mod` on the machine that built the program, inferred; the module's path in a build with `-trimpath`.
    root: Option<String>,
}

impl MainModule {
    /// Infers the module from frames of the user's code, as pairs of function and file. `stated` is its path if the user states it.
    pub fn infer<'a>(stated: Option<&str>, frames: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Self {
        let packages: BTreeSet<&str> = frames
            .clone()
            .filter_map(|(function, file)| match package(function) {
                "" => None,
                "main" => import_path(folder(file)),
                path => Some(path.strip_suffix("_test").unwrap_or(path)),
            })
            .collect();
        let main = frames.clone().find(|(function, _)| package(function) == "main");
        let main_path = main.and_then(|(_, file)| import_path(folder(file)));
        let path = stated
            .map(str::to_owned)
            .or_else(|| common_module(&packages, main_path))
            .or_else(|| Some(elements(main_path?, shortest_module(main_path?)).to_owned()));
        let by_package = frames.clone().find_map(|(function, file)| {
            let inside = inside(package(function), path.as_deref()?)?;
            Some(without_end(folder(file), inside)?.to_owned())
        });
        let by_main = || {
            let folder = folder(main?.1);
            let root = folder.find("/cmd/").map_or(folder, |at| folder.split_at(at).0);
            Some(root.strip_suffix("/cmd").unwrap_or(root).to_owned())
        };
        let root = by_package
            .or_else(|| {
                path.clone().filter(|path| main_path.is_some_and(|main| inside(main, path).is_some()))
            })
            .or_else(by_main);
        MainModule { root: root.filter(|it| !it.is_empty()), path }
    }

    /// Its path; `None` if it is not known.
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The path of a file relative to the module; `None` if it is outside. `function` is a function of the file.
    pub fn relative(&self, function: &str, file: &str) -> Option<String> {
        let file = file.replace('\\', "/");
        // `go run FILE` and `go build FILE` have no import path; this is what `-trimpath` writes instead.
        if let Some(inside) = file.strip_prefix("command-line-arguments/") {
            return Some(inside.to_owned());
        }
        if let Some(inside) = self.root.as_deref().and_then(|root| inside(&file, root)) {
            return Some(inside.to_owned());
        }
        let folder = inside(package(function), self.path.as_deref()?)?;
        let name = file.rsplit('/').next().unwrap_or(&file);
        Some(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }
}

/// The folder of a file; empty if it has none.
fn folder(file: &str) -> &str {
    file.rfind(['/', '\\']).map_or("", |at| file.split_at(at).0)
}

/// The import path in the name of a folder: after GOPATH's `src`, or all of it in a build with `-trimpath`.
fn import_path(folder: &str) -> Option<&str> {
    let path = match folder.rsplit_once("/src/") {
        Some((_, after)) => after,
        None if !folder.starts_with('/') => folder,
        None => return None,
    };
    let host = path.split('/').next()?;
    (host.contains('.') && path.contains('/')).then_some(path)
}

/// The rest of a path below another; empty for that path itself.
fn inside<'a>(path: &'a str, outer: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(outer)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// A path without these elements at its end; `None` if it does not end with them.
fn without_end<'a>(path: &'a str, end: &str) -> Option<&'a str> {
    if end.is_empty() { Some(path) } else { path.strip_suffix(end)?.strip_suffix('/') }
}

/// The first `n` elements of a path.
fn elements(path: &str, n: usize) -> &str {
    match path.match_indices('/').nth(n.saturating_sub(1)) {
        Some((at, _)) if n > 0 => path.split_at(at).0,
        _ => path,
    }
}

/// The minimum number of elements in the path of a package's module.
fn shortest_module(package: &str) -> usize {
    let mut elements = package.split('/');
    let host = elements.next().unwrap_or("");
    if !CODE_HOSTS.contains(&host) {
        return if host.contains('.') { 2 } else { 1 };
    }
    // A major version belongs to the path.
    let version = elements.nth(2).and_then(|it| it.strip_prefix('v'));
    let has_version =
        version.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()));
    3 + usize::from(has_version)
}

/// The module that packages share; `None` if they are of several modules. `main` is the path of the package `main`; `None` if it is not
/// known.
fn common_module(packages: &BTreeSet<&str>, main: Option<&str>) -> Option<String> {
    let first = packages.first()?;
    let least = shortest_module(first);
    let count = first.split('/').count();
    let shared = |n: &usize| packages.iter().all(|it| inside(it, elements(first, *n)).is_some());
    let common = (least..=count).take_while(shared).last()?;
    if CODE_HOSTS.contains(&first.split('/').next()?) {
        return Some(elements(first, least).to_owned());
    }
    let inner = first.split('/').position(|it| INNER_FOLDERS.contains(&it)).unwrap_or(count);
    // Package main is usually at the root of its module. Another package that contains all others may be below the root.
    let folder = elements(first, common);
    let whole = packages.contains(folder) && (main != Some(folder) || packages.len() == 1);
    let common = common.min(inner).saturating_sub(usize::from(whole && common <= inner));
    Some(elements(first, common.max(least)).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each is a function, its file, and that file relative to the module; empty if it is outside.
    fn check(frames: &[(&str, &str, &str)]) {
        let module = MainModule::infer(None, frames.iter().map(|(function, file, _)| (*function, *file)));
        for (function, file, expected) in frames {
            let relative = module.relative(function, file).unwrap_or_default();
            assert_eq!(relative, *expected, "{function} {module:?}");
        }
    }

    #[test]
    fn builds_with_trimpath() {
        let folder = "example.com/leakscope/programs";
        let (main, serve) = (format!("{folder}/shop/main.go"), format!("{folder}/serve/serve.go"));
        check(&[
            ("main.pageOf.func1", &main, "shop/main.go"),
            ("example.com/leakscope/programs/serve.Run", &serve, "serve/serve.go"),
        ]);
        check(&[("main.main", "github.com/acme/shop/cmd/shopd/main.go", "cmd/shopd/main.go")]);
        let file = "github.com/acme/shop/v2/store/db.go";
        check(&[("github.com/acme/shop/v2/store.(*DB).Get", file, "store/db.go")]);
    }

    #[test]
    fn main_at_the_root() {
        check(&[
            ("main.main", "example.com/shop/leaksrv/main.go", "main.go"),
            (
                "example.com/shop/leaksrv/names.Run",
                "example.com/shop/leaksrv/names/names.go",
                "names/names.go",
            ),
        ]);
    }

    #[test]
    fn builds_with_whole_paths() {
        check(&[
            ("main.main", "/build/cmd/shopd/main.go", "cmd/shopd/main.go"),
            (
                "example.com/shop/internal/api.(*API).history",
                "/build/internal/api/api.go",
                "internal/api/api.go",
            ),
        ]);
        check(&[("main.main", "/srv/shop/main.go", "main.go")]);
        check(&[("main.main", "/srv/shop/cmd/shopd/main.go", "cmd/shopd/main.go")]);
        check(&[("shop/store.Get", "/srv/shop/store/db.go", "store/db.go")]);
        check(&[("shop/store.Get", r"C:\srv\shop\store\db.go", "store/db.go")]);
    }

    #[test]
    fn several_modules_of_a_gopath() {
        let store = ("github.com/acme/shop/store.Get", "/go/src/github.com/acme/shop/store/db.go");
        check(&[
            ("main.main", "/go/src/github.com/acme/shop/main.go", "main.go"),
            (store.0, store.1, "store/db.go"),
            ("github.com/other/lib.F", "/go/src/github.com/other/lib/f.go", ""),
        ]);
        check(&[(store.0, store.1, ""), ("example.com/lib.F", "/go/src/example.com/lib/f.go", "")]);
    }

    #[test]
    fn files_without_a_module() {
        check(&[("main.main", "command-line-arguments/main.go", "main.go")]);
        check(&[("main.main", "/srv/try/main.go", "main.go")]);
    }

    #[test]
    fn nothing_known() {
        check(&[]);
        check(&[("main.main", "", ""), ("x", "<autogenerated>", "")]);
    }
}
