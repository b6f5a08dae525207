//! What the path of a file says by itself: whose code it is, and in which version.

use crate::golang::Owner;
use crate::golang::owner;

/// The path of a file, as a profile states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatedFile<'a> {
    /// Its elements.
    pub(super) elements: Vec<&'a str>,
    /// Whether it is an absolute path of the machine that built the program. In a build with `-trimpath` it begins with an import path.
    pub(super) is_absolute: bool,
}

/// A file of a module in a version: `github.com/a/b@v1.2.3/c/d.go`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Versioned<'a> {
    /// The module path, as the module cache writes it, or as an import path.
    pub(super) module: String,
    /// The version, with its `v`.
    pub(super) version: &'a str,
    /// The folders inside the module, and the file.
    pub(super) inside: &'a [&'a str],
}

impl<'a> StatedFile<'a> {
    /// `None` for a path that cannot name a file of source.
    pub(super) fn parse(file: &'a str) -> Option<Self> {
        let elements = super::read::elements(file)?;
        let is_drive = |it: &&str| it.len() == 2 && it.ends_with(':');
        let is_absolute = file.starts_with(['/', '\\']) || elements.first().is_some_and(is_drive);
        elements.last()?;
        Some(StatedFile { elements, is_absolute })
    }

    /// The name of the file itself.
    pub(super) fn name(&self) -> &'a str {
        self.elements.last().copied().unwrap_or_default()
    }

    /// The folders of the file.
    pub(super) fn folders(&self) -> &[&'a str] {
        self.elements.split_last().map_or(&[], |(_, folders)| folders)
    }

    /// The module and the version in the path; `None` if it names no version. `package` says where the module path begins in an
    /// absolute path, unless it is the usual place of a module cache.
    pub(super) fn versioned(&self, package: &str) -> Option<Versioned<'_>> {
        let is_marked =
            |it: &&str| it.split_once("@v").is_some_and(|(_, version)| starts_with_digit(version));
        let marked = self.elements.iter().position(is_marked)?;
        let (path, inside) = self.elements.split_at(marked + 1);
        let (last, version) = path.last()?.rsplit_once('@')?;
        let cache = path.windows(2).rposition(|it| it == ["pkg", "mod"]).map(|at| at + 2);
        let by_package = || {
            let first = package.split('/').next().filter(|it| !it.is_empty())?;
            path.iter().rposition(|it| unescaped(it) == first)
        };
        let start = if self.is_absolute { cache.or_else(by_package)? } else { cache.unwrap_or(0) };
        let folders = path.get(start..marked)?;
        let module = folders.iter().chain([&last]).copied().collect::<Vec<_>>().join("/");
        (!inside.is_empty()).then_some(Versioned { module, version, inside })
    }

    /// Folder and file below the `src` of Go itself: `["sync", "mutex.go"]`; `None` if the file is not Go's own.
    pub(super) fn in_go(&self, package: &str) -> Option<&[&'a str]> {
        let path = format!("/{}", self.elements.join("/"));
        // With -trimpath the path begins below `src`.
        let path = if self.is_absolute { path } else { format!("/src{path}") };
        let owner = owner(&format!("{package}.f"), &path);
        if package.is_empty() || !matches!(owner, Owner::Runtime | Owner::Standard) {
            return None;
        }
        let start = match self.elements.iter().rposition(|it| *it == "src") {
            Some(at) if self.is_absolute => at + 1,
            None if !self.is_absolute => 0,
            Some(_) | None => return None,
        };
        self.elements.get(start..)
    }
}

impl Versioned<'_> {
    /// The module's folder below a module cache: `github.com/!i!b!m/sarama@v1.61.1`.
    pub(super) fn in_cache(&self) -> String {
        format!("{}@{}", escaped(&self.module), escaped(self.version))
    }

    /// The module path as in an import.
    pub(super) fn path(&self) -> String {
        unescaped(&self.module)
    }

    /// The import path of the file's package.
    pub(super) fn import_path(&self) -> String {
        let folders = self.inside.split_last().map_or(&[][..], |(_, folders)| folders);
        let path = self.path();
        [path.as_str()].iter().chain(folders).copied().collect::<Vec<_>>().join("/")
    }

    /// The version of Go whose source the file is in, as in `go1.27.3`, if the module is a toolchain that Go fetched
    /// (`cmd/go/internal/toolchain`); its versions are like `v0.0.1-go1.27.3.linux-amd64`.
    pub(super) fn toolchain(&self) -> Option<&str> {
        if self.module != "golang.org/toolchain" {
            return None;
        }
        let (_, version) = self.version.split_once('-')?;
        version.rsplit_once('.').map(|(version, _)| version)
    }
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// As the module cache writes a path (`golang.org/x/mod/module`, `EscapePath`): capitals are `!` and the small letter. A path that is
/// written so already stays as it is.
pub(super) fn escaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The path that the module cache writes like this.
fn unescaped(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut is_capital = false;
    for c in path.chars() {
        match c {
            '!' => is_capital = true,
            c if is_capital => {
                out.push(c.to_ascii_uppercase());
                is_capital = false;
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_paths() {
        let check = |package: &str, file: &str, expected: Option<[&str; 3]>| {
            let stated = StatedFile::parse(file).expect("it names a file");
            let versioned = stated.versioned(package);
            let shown = versioned.as_ref().map(|it| [it.in_cache(), it.import_path(), it.inside.join("/")]);
            assert_eq!(shown, expected.map(|it| it.map(str::to_owned)), "{file}");
        };
        let sarama = Some(["github.com/!i!b!m/sarama@v1.61.1", "github.com/IBM/sarama/mocks", "mocks/a.go"]);
        let package = "github.com/IBM/sarama/mocks";
        check(package, "/home/x/go/pkg/mod/github.com/!i!b!m/sarama@v1.61.1/mocks/a.go", sarama);
        check(package, "C:\\go\\pkg\\mod\\github.com\\!i!b!m\\sarama@v1.61.1\\mocks\\a.go", sarama);
        check(package, "/cache/github.com/!i!b!m/sarama@v1.61.1/mocks/a.go", sarama);
        check(package, "github.com/IBM/sarama@v1.61.1/mocks/a.go", sarama);
        check("main", "/cache/github.com/!i!b!m/sarama@v1.61.1/mocks/a.go", None);
        check("main", "/home/me@work/shop/main.go", None);
        check("main", "/home/me@v1", None);
        check("example.com/shop", "/srv/shop/shop.go", None);
    }

    #[test]
    fn files_of_go() {
        let check = |package: &str, file: &str, expected: Option<&str>| {
            let stated = StatedFile::parse(file).expect("it names a file");
            assert_eq!(stated.in_go(package).map(|it| it.join("/")).as_deref(), expected, "{file}");
        };
        check("sync", "/usr/local/go/src/sync/mutex.go", Some("sync/mutex.go"));
        check("sync", "sync/mutex.go", Some("sync/mutex.go"));
        check("time", "/usr/local/go/src/runtime/time.go", Some("runtime/time.go"));
        check(
            "golang.org/x/net/a",
            "/go/src/vendor/golang.org/x/net/a/b.go",
            Some("vendor/golang.org/x/net/a/b.go"),
        );
        check("main", "/go/src/shop/main.go", None);
        check("", "/go/src/shop/main.go", None);
        check("net/http", "/somewhere/http/server.go", None);
        assert_eq!(StatedFile::parse("/go/src/sync/../../etc/mutex.go"), None);
        assert_eq!(StatedFile::parse("//"), None);
    }
}
