//! Lists the packages of the user's own modules, without reading them.

use std::path::Path;
use std::path::PathBuf;

use crate::code::OwnPackages;
use crate::code::PackageKey;

use super::modules::Module;
use super::modules::Modules;
use super::modules::import_path;
use super::modules::subfolders;
use super::read;

/// Maximum depth of a package below its module.
const MAX_DEPTH: usize = 24;

/// Maximum number of folders that are searched, and of files in the packages found.
const MAX_FOLDERS: usize = 16_384;
const MAX_FILES: usize = 20_000;

/// The packages of all modules below the roots.
pub(super) fn own_packages(modules: &Modules) -> OwnPackages {
    let mut listing = Listing { packages: Vec::new(), folders: 0, files: 0, is_complete: true };
    let mut done: Vec<&Path> = Vec::new();
    for module in &modules.modules {
        // A folder is listed once, even if it is a module under several paths.
        if !is_test_input(module) && !done.contains(&module.folder.as_path()) {
            done.push(&module.folder);
            listing.add(modules, module);
        }
    }
    listing.packages.sort_unstable();
    OwnPackages {
        // A root without a module has code whose import paths are not known.
        is_complete: listing.is_complete && modules.roots.iter().all(|root| has_module(modules, root)),
        packages: listing.packages,
    }
}

fn has_module(modules: &Modules, root: &Path) -> bool {
    modules.modules.iter().any(|it| it.folder.starts_with(root) || root.starts_with(&it.folder))
}

/// Whether a module is in a folder `testdata` of a source root: no program is built from it.
fn is_test_input(module: &Module) -> bool {
    let below = module.folder.strip_prefix(&module.root).unwrap_or(&module.folder);
    below.components().any(|it| it.as_os_str() == "testdata")
}

struct Listing {
    packages: Vec<PackageKey>,
    folders: usize,
    files: usize,
    is_complete: bool,
}

impl Listing {
    /// Adds the packages of a module, without those of modules inside it.
    fn add(&mut self, modules: &Modules, module: &Module) {
        let mut level = vec![module.folder.clone()];
        for _ in 0..MAX_DEPTH {
            let mut next: Vec<PathBuf> = Vec::new();
            for folder in level {
                self.folders += 1;
                if self.folders > MAX_FOLDERS {
                    self.is_complete = false;
                    return;
                }
                let files = read::go_files(&folder).len();
                if files > 0 {
                    self.files += files;
                    if self.files > MAX_FILES {
                        self.is_complete = false;
                        return;
                    }
                    let import_path = import_path(module, &folder).unwrap_or_else(|| module.path.clone());
                    self.packages.push(PackageKey { import_path, folder: modules.shown(&folder) });
                }
                let inner = subfolders(&folder).into_iter();
                next.extend(inner.filter(|it| !it.ends_with("testdata") && !it.join("go.mod").is_file()));
            }
            level = next;
        }
        self.is_complete &= level.is_empty();
    }
}
