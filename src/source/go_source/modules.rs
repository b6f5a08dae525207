//! The modules below the source roots.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use super::go_mod::GoMod;
use super::go_mod::Use;
use super::read;

/// Bounds of the search for modules: depth and number of folders of a root.
const MAX_LEVELS: usize = 5;
const MAX_FOLDERS: usize = 4096;

/// A Go module below a source root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// The path that its packages are imported by: `example.com/shop`.
    pub(super) path: String,
    /// The real path of its folder.
    pub(super) folder: PathBuf,
    /// The real path of the source root that it is below.
    pub(super) root: PathBuf,
}

/// The source roots with their modules.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// Real paths of the roots that exist, in the order given.
    pub(super) roots: Vec<PathBuf>,
    /// The folder that all shown paths are relative to: the root, or of several the deepest folder that holds them all.
    pub(super) base: PathBuf,
    /// The modules, each once, those of the first root first and the outermost first. A module that another one replaces by a folder is
    /// in the list under that path, too.
    pub(super) modules: Vec<Module>,
    /// What each `go.mod` and `go.work` says.
    go_mods: Vec<GoMod>,
}

/// Where the source of a version of a module is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ModuleSource {
    /// In the module cache, with this path and version.
    Cache(String, String),
    /// In a folder that a module names. It is below a source root, or not at hand.
    Folder,
}

impl Modules {
    pub(super) fn find(roots: &[PathBuf]) -> Self {
        let mut found = Modules::default();
        for root in roots.iter().filter_map(|it| it.canonicalize().ok()).filter(|it| it.is_dir()) {
            if !found.roots.contains(&root) {
                found.roots.push(root);
            }
        }
        let all_hold = |folder: &&Path| found.roots.iter().all(|root| root.starts_with(folder));
        let base = found.roots.first().and_then(|first| first.ancestors().find(all_hold));
        found.base = base.map(Path::to_owned).unwrap_or_default();
        for root in found.roots.clone() {
            for (folder, go_mod) in modules_below(&root) {
                found.add(&root, &folder, go_mod);
            }
        }
        found
    }

    /// Adds a `go.mod` or a `go.work` of a folder.
    fn add(&mut self, root: &Path, folder: &Path, go_mod: GoMod) {
        let own = go_mod.module.iter().map(|path| (path.clone(), folder.to_owned()));
        let local = go_mod.replaced.iter().filter(|it| it.by_version.is_none());
        let local =
            local.filter_map(|it| Some((it.module.clone(), folder.join(&it.by).canonicalize().ok()?)));
        let modules: Vec<(String, PathBuf)> = own.chain(local).collect();
        self.go_mods.push(go_mod);
        for (path, folder) in modules {
            let root = self.roots.iter().find(|it| folder.starts_with(it)).map_or(root, |it| it).to_owned();
            let module = Module { path, folder, root };
            if module.folder.starts_with(&module.root) && !self.modules.contains(&module) {
                self.modules.push(module);
            }
        }
    }

    /// The modules with the longest path that a package is in, and the package's folders inside them.
    pub(super) fn of_package<'p>(&self, package: &'p str) -> (Vec<&Module>, &'p str) {
        let inside = |module: &Module| inside(package, &module.path);
        let longest = self.modules.iter().filter(|it| inside(it).is_some()).map(|it| it.path.len()).max();
        let holds = |it: &&Module| Some(it.path.len()) == longest && inside(it).is_some();
        let modules: Vec<&Module> = self.modules.iter().filter(holds).collect();
        let rest = modules.first().and_then(|it| inside(it)).unwrap_or_default();
        (modules, rest)
    }

    /// The import path of a folder; `None` outside all modules.
    pub(super) fn import_path(&self, folder: &Path) -> Option<String> {
        let holding = self.modules.iter().filter(|it| folder.starts_with(&it.folder));
        // Of several paths of one folder the first counts.
        let module = holding.rev().max_by_key(|it| it.folder.components().count())?;
        import_path(module, folder)
    }

    /// Where the source of a version of a module is; `None` if modules here disagree, since it is not known which of them was built.
    pub(super) fn source_of(&self, module: &str, version: &str) -> Option<ModuleSource> {
        let mut sources = self.go_mods.iter().filter_map(|it| it.uses(module, version)).map(|it| match it {
            Use::Itself => ModuleSource::Cache(module.to_owned(), version.to_owned()),
            Use::Version(path, version) => ModuleSource::Cache(path.to_owned(), version.to_owned()),
            Use::Folder(_) => ModuleSource::Folder,
        });
        let first = sources.next();
        let agree = sources.all(|it| Some(&it) == first.as_ref());
        agree.then(|| first.unwrap_or_else(|| ModuleSource::Cache(module.to_owned(), version.to_owned())))
    }

    /// A path as it is shown: relative to [`Modules::base`], with `/` between names.
    pub(super) fn shown(&self, path: &Path) -> String {
        let names = path.strip_prefix(&self.base).unwrap_or(path).components();
        names.map(|it| it.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
    }
}

/// The import path of a folder of a module.
pub(super) fn import_path(module: &Module, folder: &Path) -> Option<String> {
    let names = folder.strip_prefix(&module.folder).ok()?.components();
    let mut path = module.path.clone();
    for name in names {
        path.push('/');
        path.push_str(&name.as_os_str().to_string_lossy());
    }
    Some(path)
}

/// The rest of a path below another; empty for that path itself.
fn inside<'a>(path: &'a str, outer: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(outer)?;
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

/// The folders below a root, which is a real path, that have a `go.mod` or a `go.work`, the outermost first. Links, hidden folders,
/// `vendor` and `node_modules` are not searched.
fn modules_below(root: &Path) -> Vec<(PathBuf, GoMod)> {
    let mut modules = Vec::new();
    let mut level = vec![root.to_owned()];
    let mut visited = 0;
    for _ in 0..MAX_LEVELS {
        let mut next = Vec::new();
        for folder in level {
            visited += 1;
            if visited > MAX_FOLDERS {
                return modules;
            }
            for name in ["go.mod", "go.work"] {
                modules.extend(parsed(&folder.join(name)).map(|it| (folder.clone(), it)));
            }
            next.extend(subfolders(&folder));
        }
        level = next;
    }
    modules
}

/// The folders in a folder that may have source of the user, sorted. Links are not followed.
pub(super) fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|it| it.file_type().is_ok_and(|kind| kind.is_dir()));
    let is_searched =
        |name: &str| !name.starts_with(['.', '_']) && !matches!(name, "node_modules" | "vendor");
    let searched = folders.filter(|it| is_searched(&it.file_name().to_string_lossy()));
    let mut found: Vec<PathBuf> = searched.map(|it| it.path()).collect();
    found.sort_unstable();
    found
}

fn parsed(file: &Path) -> Option<GoMod> {
    read::small_text(file).map(|text| GoMod::parse(&text))
}

/// The nearest folder with a `go.mod`, from `from` upwards, and its module path. `None` if there is none.
pub fn nearest_module(from: &Path) -> Option<(PathBuf, String)> {
    from.ancestors().find_map(|folder| Some((folder.to_owned(), parsed(&folder.join("go.mod"))?.module?)))
}

/// The folders of the modules that a module is developed together with: those that the nearest `go.work` uses with it, and those that
/// its own `go.mod` replaces by a folder. Sorted; without the module itself.
pub fn sibling_modules(module: &Path) -> Vec<PathBuf> {
    let mut named: Vec<PathBuf> = Vec::new();
    let replaced = |go_mod: &GoMod, folder: &Path| -> Vec<PathBuf> {
        let local = go_mod.replaced.iter().filter(|it| it.by_version.is_none());
        local.map(|it| folder.join(&it.by)).collect()
    };
    if let Some(go_mod) = parsed(&module.join("go.mod")) {
        named.extend(replaced(&go_mod, module));
    }
    let workspace = module.ancestors().find_map(|it| Some((it, parsed(&it.join("go.work"))?)));
    if let Some((folder, go_work)) = workspace {
        let used: Vec<PathBuf> = go_work.used.iter().map(|it| folder.join(it)).collect();
        let real = |it: &Path| it.canonicalize().ok();
        if used.iter().any(|it| real(it) == real(module)) {
            named.extend(replaced(&go_work, folder));
            named.extend(used);
        }
    }
    let mut found: Vec<PathBuf> = named.iter().filter_map(|it| it.canonicalize().ok()).collect();
    found.retain(|it| it.join("go.mod").is_file() && !module.starts_with(it) && !it.starts_with(module));
    found.sort_unstable();
    found.dedup();
    found
}

/// A folder relative to the root of its git repository, with `/` between names; empty for the root itself. `None` outside a repository.
pub fn in_repository(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    // In a worktree or a submodule, `.git` is a file.
    let root = folder.ancestors().find(|it| it.join(".git").exists())?;
    let names = folder.strip_prefix(root).ok()?.components().map(|it| it.as_os_str().to_string_lossy());
    Some(names.collect::<Vec<_>>().join("/"))
}
