//! Finds the Go source of the packages that a profile names: the user's modules, their `vendor` folders, the module cache, Go itself.
//!
//! A profile is not trusted. Only `.go` and `.s` files below the folders of [`SourcePlaces`] are opened, whatever paths it states, and
//! Go is never run. A path that states a version is found in that version or not at all. Nothing is opened before the first question.

mod go_mod;
mod listing;
mod modules;
mod own;
mod places;
mod read;
mod stated;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::code::Origin;
use crate::code::OwnPackages;
use crate::code::PackageKey;
use crate::code::PackageTexts;
use crate::code::SourceText;
use crate::code::SourceTexts;

use modules::ModuleSource;
use modules::Modules;
use own::BuildFolders;
use own::Located;
use places::GoFolders;
use stated::StatedFile;
use stated::Versioned;

pub use modules::in_repository;
pub use modules::nearest_module;
pub use modules::sibling_modules;
pub use places::SourcePlaces;

/// Maximum number of packages whose build folders are kept.
const MAX_BUILD_FOLDERS: usize = 1024;

/// The Go source on this machine, for one profile.
#[derive(Debug, Default)]
pub struct GoSource {
    places: SourcePlaces,
    go_version: Option<String>,
    built: BuildFolders,
    modules: OnceLock<Modules>,
    go: OnceLock<GoFolders>,
}

impl GoSource {
    /// Source in these places.
    pub fn new(places: SourcePlaces) -> Self {
        GoSource { places, ..GoSource::default() }
    }

    /// The version of Go that built the program, as in `go1.27.3`: Go's own source is then found in that version only.
    #[must_use]
    pub fn of_go_version(self, version: Option<&str>) -> Self {
        GoSource { go_version: version.map(str::to_owned), ..self }
    }

    /// Package paths and files of frames of the profile. Packages with a path say where their module was built, and so where files of
    /// `main` belong.
    #[must_use]
    pub fn with_frames<'f>(mut self, frames: impl IntoIterator<Item = (&'f str, &'f str)>) -> Self {
        for (package, file) in frames {
            let Some(stated) = StatedFile::parse(file).filter(|_| !matches!(package, "" | "main")) else {
                continue;
            };
            if self.built.len() < MAX_BUILD_FOLDERS && stated.is_absolute {
                self.built.insert((package.to_owned(), stated.folders().join("/")));
            }
        }
        self
    }

    /// The folder that shown paths are relative to: the source root, or of several the deepest folder that holds them all. `None` without
    /// a root.
    pub fn shown_from(&self) -> Option<&Path> {
        let modules = self.modules();
        (!modules.roots.is_empty()).then_some(&*modules.base)
    }

    /// The path, as it is shown, and the text of a file below a source root. `package` is the package path of a function in it.
    pub fn own_file(&self, package: &str, file: &str) -> Option<SourceText> {
        let stated = StatedFile::parse(file)?;
        // The file says that it is a test; then the package's name may, too.
        let tested = package.strip_suffix("_test").filter(|_| stated.name().ends_with("_test.go"));
        let found = self.locate(tested.unwrap_or(package), file)?;
        let path = found.folder.join(read::relative([stated.name()])?);
        match found.origin {
            Origin::Own | Origin::Vendor => {
                let text = read::text_inside(&found.root, &path)?;
                Some(SourceText { path: self.modules().shown(&path), text })
            }
            Origin::ModuleCache | Origin::Goroot => None,
        }
    }

    fn modules(&self) -> &Modules {
        self.modules.get_or_init(|| Modules::find(&self.places.roots))
    }

    fn go(&self) -> &GoFolders {
        self.go.get_or_init(|| GoFolders::find(&self.places))
    }

    /// The folder of the package that holds a file.
    fn locate(&self, package: &str, file: &str) -> Option<Located> {
        let stated = StatedFile::parse(file)?;
        if let Some(versioned) = stated.versioned(package) {
            return self.in_version(package, &stated, &versioned);
        }
        let modules = self.modules();
        if !modules.of_package(package).0.is_empty() {
            return own::by_module(modules, package, &stated);
        }
        if let Some(inside) = stated.in_go(package) {
            let found = self.in_go(inside, self.go_version.as_deref());
            // A module that is built in a folder `/src` has a folder `/src/vendor`, as Go has.
            if found.is_some() || inside.first() != Some(&"vendor") {
                return found;
            }
        }
        own::by_place(modules, &self.places.roots, package, file)
            .or_else(|| own::vendored(modules, package, &stated, None))
            .or_else(|| own::by_path(modules, &self.built, package, &stated))
    }

    /// The package of a file that names the version of its module.
    fn in_version(&self, package: &str, file: &StatedFile<'_>, versioned: &Versioned<'_>) -> Option<Located> {
        if let Some(version) = versioned.toolchain() {
            let (source, inside) = versioned.inside.split_first()?;
            return self.in_go(inside, Some(version)).filter(|_| *source == "src");
        }
        let modules = self.modules();
        let folders = versioned.inside.split_last().map_or(&[][..], |(_, folders)| folders);
        let import_path =
            if matches!(package, "" | "main") { versioned.import_path() } else { package.to_owned() };
        // With -trimpath the path names the module that was asked for, not the one that replaces it.
        let source = match file.is_absolute {
            true => None,
            false => Some(modules.source_of(&versioned.path(), versioned.version)?),
        };
        let in_cache = match source {
            Some(ModuleSource::Folder) => return own::by_module(modules, &import_path, file),
            Some(ModuleSource::Cache(path, version)) => {
                format!("{}@{}", stated::escaped(&path), stated::escaped(&version))
            }
            None => versioned.in_cache(),
        };
        let folder = read::relative(in_cache.split('/').chain(folders.iter().copied()))?;
        let cached = self.go().module_caches.iter().find_map(|cache| {
            let folder = read::folder_inside(cache, &folder)?;
            let import_path = import_path.clone();
            let found = Located { folder, root: cache.clone(), import_path, origin: Origin::ModuleCache };
            read::has_source(&found.folder, file.name()).then_some(found)
        });
        cached.or_else(|| own::vendored(modules, &import_path, file, Some(versioned)))
    }

    /// A package of Go itself, by folders and file below `src`.
    fn in_go(&self, inside: &[&str], version: Option<&str>) -> Option<Located> {
        let (name, folders) = inside.split_last()?;
        let relative = read::relative(folders.iter().copied())?;
        let mut go = self.go().go.iter().filter(|it| it.is_of(version));
        go.find_map(|it| {
            let folder = read::folder_inside(&it.source, &relative)?;
            let import_path = folders.strip_prefix(&["vendor"]).unwrap_or(folders).join("/");
            let root = it.source.clone();
            let found = Located { folder, root, import_path, origin: Origin::Goroot };
            read::has_source(&found.folder, name).then_some(found)
        })
    }

    /// A folder below a root, and that root, from the path as it is shown.
    fn own_folder(&self, shown: &str) -> Option<(PathBuf, PathBuf)> {
        let modules = self.modules();
        let folder = modules.base.join(read::relative(shown.split('/').filter(|it| !it.is_empty()))?);
        modules.roots.iter().find_map(|root| Some((read::folder_inside(root, &folder)?, root.clone())))
    }

    /// Reads a package. `folder` is the path of its folder as it is shown.
    fn read(found: Located, folder: &str) -> Option<PackageTexts> {
        let shown = |name| shown(folder, name);
        let read = read::read_folder(&found.root, &found.folder, read::go_files(&found.folder));
        let files = read.texts.into_iter().map(|(name, text)| SourceText { path: shown(name), text });
        let texts = PackageTexts {
            import_path: found.import_path,
            files: files.collect(),
            origin: found.origin,
            left_out: read.left_out.into_iter().map(shown).collect(),
        };
        (!texts.files.is_empty()).then_some(texts)
    }
}

impl SourceTexts for GoSource {
    fn package(&self, package: &str, file: &str) -> Option<PackageTexts> {
        let found = self.locate(package, file)?;
        let shown = match found.origin {
            Origin::Own | Origin::Vendor => self.modules().shown(&found.folder),
            Origin::ModuleCache | Origin::Goroot => {
                let end = file.rfind(['/', '\\']).map_or(0, |at| at + 1);
                file.split_at(end).0.to_owned()
            }
        };
        GoSource::read(found, &shown)
    }

    fn own_packages(&self) -> OwnPackages {
        listing::own_packages(self.modules())
    }

    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts> {
        let (folder, root) = self.own_folder(&key.folder)?;
        let found = Located { folder, root, import_path: key.import_path.clone(), origin: Origin::Own };
        GoSource::read(found, &key.folder)
    }

    fn tests_in(&self, folder: &str) -> Option<Vec<SourceText>> {
        let (path, root) = self.own_folder(folder)?;
        let read = read::read_folder(&root, &path, read::test_files(&path));
        let texts = read.texts.into_iter().map(|(name, text)| SourceText { path: shown(folder, name), text });
        read.left_out.is_empty().then(|| texts.collect())
    }
}

/// The path of a file as it is shown, from that of its folder.
fn shown(folder: &str, name: String) -> String {
    match folder {
        "" => name,
        folder if folder.ends_with(['/', '\\']) => format!("{folder}{name}"),
        folder => format!("{folder}/{name}"),
    }
}
