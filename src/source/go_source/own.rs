//! Finds packages below the source roots: the user's own, and those of `vendor` folders.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;

use crate::code::Origin;

use super::modules::Module;
use super::modules::Modules;
use super::read;
use super::stated::StatedFile;
use super::stated::Versioned;

/// A folder with the source of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Located {
    /// Its real path.
    pub(super) folder: PathBuf,
    /// The real path that all that is read of it must be below.
    pub(super) root: PathBuf,
    /// The import path of the package.
    pub(super) import_path: String,
    /// Who wrote it.
    pub(super) origin: Origin,
}

/// Packages that a profile states, and the folders of their files on the machine that built the program.
pub(super) type BuildFolders = BTreeSet<(String, String)>;

/// Maximum number of folders in which the end of a path is searched.
const MAX_BASES: usize = 256;

/// The package of a file that names no version, by its module.
pub(super) fn by_module(modules: &Modules, package: &str, file: &StatedFile<'_>) -> Option<Located> {
    let (holding, rest) = modules.of_package(package);
    let inside = read::relative(rest.split('/').filter(|it| !it.is_empty()))?;
    let folders = holding.into_iter().filter_map(|module| {
        let folder = read::folder_inside(&module.root, &module.folder.join(&inside))?;
        Some((module, folder))
    });
    // Copies of one module: the one whose folder ends most like the program's.
    let fit = |(_, folder): &(&Module, PathBuf)| {
        (read::has_source(folder, file.name()), same_end(folder, file.folders()))
    };
    let (module, folder) = first_of_most(folders, fit)?;
    Some(Located { folder, root: module.root.clone(), import_path: package.to_owned(), origin: Origin::Own })
}

/// A file that is where it was when the program was built.
pub(super) fn by_place(modules: &Modules, roots: &[PathBuf], package: &str, file: &str) -> Option<Located> {
    let folder = Path::new(file).parent().filter(|it| it.is_absolute())?;
    let name = Path::new(file).file_name()?.to_str()?;
    // The roots may be reached by links, both here and then.
    let inside = modules.roots.iter().chain(roots).find_map(|root| folder.strip_prefix(root).ok())?;
    let found = modules.roots.iter().find_map(|root| {
        let folder = read::folder_inside(root, &root.join(inside))?;
        read::has_source(&folder, name).then(|| own(modules, root, folder, package))
    })?;
    Some(found)
}

/// The package of a file of `main`, and of a file that is in no known module, by the end of its path.
pub(super) fn by_path(
    modules: &Modules,
    built: &BuildFolders,
    package: &str,
    file: &StatedFile<'_>,
) -> Option<Located> {
    let is_main = matches!(package, "main" | "");
    if is_main {
        // With -trimpath the folder of the file is an import path.
        let path = file.folders().join("/");
        if let Some(found) = by_module(modules, &path, file).filter(|_| !file.is_absolute) {
            return Some(found);
        }
        if let Some(found) = beside_others(modules, built, file) {
            return found;
        }
    }
    let roots = modules.roots.iter().map(|root| (root, root));
    let bases = roots.chain(modules.modules.iter().map(|module| (&module.folder, &module.root)));
    let found = bases.take(MAX_BASES).filter_map(|(base, root)| {
        (0..file.elements.len()).find_map(|start| {
            let folders = file.folders().get(start..)?;
            let folder = read::folder_inside(root, &base.join(read::relative(folders.iter().copied())?))?;
            read::has_source(&folder, file.name()).then_some((root, folder))
        })
    });
    let (root, folder) = only_best(found.collect(), file)?;
    // `main.go` alone fits any program; below `cmd` each program has a folder with its name.
    let needed = usize::from(!is_main || file.folders().contains(&"cmd"));
    if same_end(&folder, file.folders()) < needed {
        return None;
    }
    // A folder with this name in a module is a package of that module, and not the one that is asked for.
    let is_other = |import_path: String| !is_main && import_path != package;
    if modules.import_path(&folder).is_some_and(is_other) {
        return None;
    }
    Some(own(modules, &root, folder, package))
}

/// A file of `main` in the folder that the program's other packages were built in. `None` if none of them says so; `Some(None)` if they
/// do, and the file is not there.
fn beside_others(modules: &Modules, built: &BuildFolders, file: &StatedFile<'_>) -> Option<Option<Located>> {
    let mut found = Vec::new();
    let mut is_known = false;
    for (package, folder) in built {
        let (holding, rest) = modules.of_package(package);
        let stated: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
        let rest: Vec<&str> = rest.split('/').filter(|it| !it.is_empty()).collect();
        let Some(inside) =
            stated.strip_suffix(rest.as_slice()).and_then(|it| file.folders().strip_prefix(it))
        else {
            continue;
        };
        let Some(inside) = read::relative(inside.iter().copied()) else { continue };
        for module in holding {
            is_known = true;
            let folder = read::folder_inside(&module.root, &module.folder.join(&inside));
            let folder = folder.filter(|it| read::has_source(it, file.name()));
            found.extend(folder.map(|folder| (module.root.clone(), folder)));
        }
    }
    is_known.then(|| {
        let (root, folder) = only_best(found, file)?;
        Some(own(modules, &root, folder, "main"))
    })
}

/// A package of a `vendor` folder. If the file names a version, `vendor/modules.txt` must name the same.
pub(super) fn vendored(
    modules: &Modules,
    package: &str,
    file: &StatedFile<'_>,
    version: Option<&Versioned<'_>>,
) -> Option<Located> {
    let inside = Path::new("vendor").join(read::relative(package.split('/'))?);
    let of_modules = modules.modules.iter().map(|module| (&module.folder, &module.root));
    let bases = of_modules.chain(modules.roots.iter().map(|root| (root, root)));
    let found = bases.filter_map(|(base, root)| {
        let folder = read::folder_inside(root, &base.join(&inside))?;
        let is_version = version.is_none_or(|it| lists(base, it));
        (is_version && read::has_source(&folder, file.name())).then_some((root, folder))
    });
    let (root, folder) = first_of_most(found, |(_, folder)| same_end(folder, file.folders()))?;
    Some(Located { folder, root: root.clone(), import_path: package.to_owned(), origin: Origin::Vendor })
}

/// Whether the `vendor` folder of a module has a module in this version (`cmd/go`, `modules.txt`: `# example.com/a v1.2.3`).
fn lists(module: &Path, wanted: &Versioned<'_>) -> bool {
    let text = read::small_text(&module.join("vendor").join("modules.txt")).unwrap_or_default();
    let line = format!("# {} {}", wanted.path(), wanted.version);
    text.lines()
        .any(|it| it.strip_prefix(&line).is_some_and(|rest| rest.is_empty() || rest.starts_with(" =>")))
}

/// A folder below a root, with what is known of it.
fn own(modules: &Modules, root: &Path, folder: PathBuf, package: &str) -> Located {
    let below = folder.strip_prefix(root).unwrap_or(&folder);
    let is_vendored = below.components().any(|it| it.as_os_str() == "vendor");
    let by_module = modules.import_path(&folder).filter(|_| !is_vendored);
    let stated = if package.is_empty() { "main" } else { package };
    Located {
        root: root.to_owned(),
        import_path: by_module.unwrap_or_else(|| stated.to_owned()),
        origin: if is_vendored { Origin::Vendor } else { Origin::Own },
        folder,
    }
}

/// How many names at the end of a folder are those of the stated one.
fn same_end(folder: &Path, stated: &[&str]) -> usize {
    let names = folder.components().rev().map(|it| it.as_os_str().to_string_lossy());
    names.zip(stated.iter().rev()).take_while(|(name, stated)| name == *stated).count()
}

/// The folder that ends most like the stated one; `None` if several do.
fn only_best<R: AsRef<Path>>(found: Vec<(R, PathBuf)>, file: &StatedFile<'_>) -> Option<(PathBuf, PathBuf)> {
    let most = found.iter().map(|(_, folder)| same_end(folder, file.folders())).max()?;
    let mut best = found.into_iter().filter(|(_, folder)| same_end(folder, file.folders()) == most);
    let (root, folder) = best.next()?;
    best.all(|(_, other)| other == folder).then(|| (root.as_ref().to_owned(), folder))
}

/// The first of those for which a measure is the largest.
fn first_of_most<T, M: Ord>(all: impl Iterator<Item = T>, measure: impl Fn(&T) -> M) -> Option<T> {
    all.reduce(|best, next| if measure(&next) > measure(&best) { next } else { best })
}
