//! Where Go keeps source on this machine.

use std::env::split_paths;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::read::folder_inside;
use super::read::small_text;

/// Where Go source may be on this machine. Only files below these folders are opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourcePlaces {
    /// Folders with modules of the user.
    pub roots: Vec<PathBuf>,
    /// Folders of Go itself (`GOROOT`), the preferred one first. Some need not exist.
    pub goroots: Vec<PathBuf>,
    /// Programs that may be the `go` command, or links to it: Go's own folder is the one above theirs. They are never run. Some need not
    /// exist.
    pub go_commands: Vec<PathBuf>,
    /// Module caches (`GOMODCACHE`), the preferred one first. Some need not exist.
    pub module_caches: Vec<PathBuf>,
    /// The file that `go env -w` writes, which may name more folders of Go and module caches. `None` for no file; it need not exist.
    pub go_env: Option<PathBuf>,
}

/// Where installers put Go.
const USUAL_GOROOTS: [&str; 6] = [
    "/usr/local/go",
    "/usr/lib/go",
    "/usr/lib/golang",
    "/opt/homebrew/opt/go/libexec",
    "/usr/local/opt/go/libexec",
    "C:\\Program Files\\Go",
];

impl SourcePlaces {
    /// The places of Go that the environment names, and those that Go uses by default (`cmd/go/internal/cfg`, `go/build`). `variable`
    /// is the value of an environment variable. No file is opened.
    pub fn of_go(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folders = |name: &str| folders(variable(name));
        let home = ["HOME", "USERPROFILE"].into_iter().find_map(|name| folders(name).into_iter().next());
        let workspaces = folders("GOPATH").into_iter().chain(home.map(|home| home.join("go")));
        let mut module_caches = folders("GOMODCACHE");
        module_caches.extend(workspaces.map(|it| it.join("pkg").join("mod")));
        let usual =
            USUAL_GOROOTS.map(|it| Path::new(it).join("bin")).into_iter().filter(|it| it.is_absolute());
        let commands = folders("PATH").into_iter().chain(usual);
        SourcePlaces {
            roots: Vec::new(),
            goroots: folders("GOROOT"),
            go_commands: commands.flat_map(|it| [it.join("go"), it.join("go.exe")]).collect(),
            module_caches,
            go_env: go_env(&variable),
        }
    }
}

/// The absolute paths in a value of an environment variable that lists folders.
fn folders(value: Option<OsString>) -> Vec<PathBuf> {
    let value = value.filter(|it| !it.is_empty()).unwrap_or_default();
    split_paths(&value).filter(|path| path.is_absolute()).collect()
}

/// The file that `go env -w` writes: `GOENV`, or `go/env` in the user's folder of configurations (`os.UserConfigDir`). `None` if Go
/// reads none.
fn go_env(variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let of = |name: &str| variable(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    if let Some(file) = of("GOENV") {
        return Some(file).filter(|it| it.is_absolute());
    }
    let folder = match std::env::consts::OS {
        "windows" => of("AppData"),
        "macos" => of("HOME").map(|home| home.join("Library").join("Application Support")),
        _ => of("XDG_CONFIG_HOME").or_else(|| of("HOME").map(|home| home.join(".config"))),
    };
    folder.filter(|it| it.is_absolute()).map(|folder| folder.join("go").join("env"))
}

/// The folders that a variable has in a file that `go env -w` wrote: lines such as `GOMODCACHE=/srv/cache`. The last line counts.
fn written(go_env: &str, name: &str) -> Vec<PathBuf> {
    let mut values = go_env.lines().rev().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    folders(values.next().map(OsString::from))
}

/// Folders with the source of Go itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GoFolder {
    /// The real path of its `src`. In Debian that is a link to a folder elsewhere.
    pub(super) source: PathBuf,
    /// Its version, as in `go1.27.3`; `None` if it does not state one.
    version: Option<String>,
}

impl GoFolder {
    fn at(goroot: &Path) -> Option<Self> {
        let source = goroot.join("src").canonicalize().ok()?;
        // Nothing but Go's own source has this file.
        if !source.join("runtime").join("proc.go").is_file() {
            return None;
        }
        let version = small_text(&goroot.join("VERSION"));
        let version = version.and_then(|text| Some(text.lines().next()?.trim().to_owned()));
        Some(GoFolder { source, version })
    }

    /// Whether this is the source of a version; of any, if it is not known.
    pub(super) fn is_of(&self, version: Option<&str>) -> bool {
        match (version, &self.version) {
            (Some(wanted), Some(own)) => wanted.split_whitespace().next() == Some(own),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

/// The places that exist.
#[derive(Debug, Default)]
pub(super) struct GoFolders {
    /// The folders of Go itself, the preferred one first.
    pub(super) go: Vec<GoFolder>,
    /// Real paths of the module caches.
    pub(super) module_caches: Vec<PathBuf>,
}

impl GoFolders {
    pub(super) fn find(places: &SourcePlaces) -> Self {
        let mut found = GoFolders::default();
        let go_env = places.go_env.as_deref().and_then(small_text).unwrap_or_default();
        let written = |name| written(&go_env, name);
        // The environment wins over the file. What several of these have is the same in each.
        let workspaces = written("GOPATH").into_iter().map(|it| it.join("pkg").join("mod"));
        let caches = places.module_caches.iter().cloned();
        let caches = caches.chain(written("GOMODCACHE")).chain(workspaces);
        for cache in caches.filter_map(|it| it.canonicalize().ok()) {
            if cache.is_dir() && !found.module_caches.contains(&cache) {
                found.module_caches.push(cache);
            }
        }
        // The folder of `go` is `bin` of Go's own folder, behind links.
        let above = |command: &PathBuf| Some(command.canonicalize().ok()?.parent()?.parent()?.to_owned());
        let commands = places.go_commands.iter().filter_map(above);
        let fetched = found.module_caches.iter().flat_map(|cache| toolchains(cache));
        let goroots = places.goroots.iter().cloned().chain(written("GOROOT")).chain(commands).chain(fetched);
        let mut go = Vec::new();
        for folder in goroots.filter_map(|it| GoFolder::at(&it)) {
            if !go.contains(&folder) {
                go.push(folder);
            }
        }
        found.go = go;
        found
    }
}

/// The toolchains that Go fetched into a module cache, sorted. Their source is the same for all systems.
fn toolchains(cache: &Path) -> Vec<PathBuf> {
    let Some(folder) = folder_inside(cache, Path::new("golang.org")) else { return Vec::new() };
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let names = entries.map(|it| it.file_name()).filter(|it| it.to_string_lossy().starts_with("toolchain@"));
    let mut found: Vec<PathBuf> = names.map(|it| folder.join(it)).collect();
    found.sort_unstable();
    found
}
