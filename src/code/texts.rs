//! The texts that the analysis asks for, and who wrote them.

/// Go source by import path. The core opens no file: this is its only door to source. Each call reads anew: who asks twice keeps the
/// answer.
pub trait SourceTexts {
    /// The package that holds `file`, the path of a source file as a profile states it; `package` is the package path of a function in
    /// that file. The folder of the file decides where the two differ: `main` names no folder, and the linker gives functions of the
    /// runtime to other packages (`time.Sleep` is in `runtime/time.go`). `None` if the source is not at hand, if it is of another version
    /// than the profile states, or if several folders fit equally well.
    fn package(&self, package: &str, file: &str) -> Option<PackageTexts>;

    /// The packages of the user's own modules, for questions such as "who calls this constructor". Nothing is read yet.
    fn own_packages(&self) -> OwnPackages;

    /// The texts of a package of [`SourceTexts::own_packages`]; `None` if it can no longer be read.
    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts>;

    /// The tests in a folder of the user's own, by the folder as it is shown; empty without one. `None` if one of them cannot be read. Unless
    /// it is given, there are none.
    fn tests_in(&self, _folder: &str) -> Option<Vec<SourceText>> {
        Some(Vec::new())
    }
}

impl<T: SourceTexts + ?Sized> SourceTexts for std::rc::Rc<T> {
    fn package(&self, package: &str, file: &str) -> Option<PackageTexts> {
        (**self).package(package, file)
    }

    fn own_packages(&self) -> OwnPackages {
        (**self).own_packages()
    }

    fn own_package(&self, key: &PackageKey) -> Option<PackageTexts> {
        (**self).own_package(key)
    }

    fn tests_in(&self, folder: &str) -> Option<Vec<SourceText>> {
        (**self).tests_in(folder)
    }
}

/// The packages of the user's own modules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnPackages {
    /// Sorted by import path, then by folder.
    pub packages: Vec<PackageKey>,
    /// Whether these are all: there is a limit on their number, and then "nobody calls it" cannot be concluded.
    pub is_complete: bool,
}

/// A package of the user's own modules, before it is read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageKey {
    /// Its import path.
    pub import_path: String,
    /// Its folder as it is shown, by which packages with the same import path differ; empty for the source root itself.
    pub folder: String,
}

/// A package, or as much of it as can be read. Files for all operating systems and all build tags are in it: a frame names the file that
/// was built. Test files are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PackageTexts {
    /// The import path of the folder; for `main` that of its module and folder where a `go.mod` is known, and `main` otherwise.
    pub import_path: String,
    /// The files, sorted by name.
    pub files: Vec<SourceText>,
    /// Who wrote the package.
    pub origin: Origin,
    /// The `.go` files that are there but not read (too large, not UTF-8, a link that leaves the folder of the source), as they are shown.
    /// If there are any, nothing can be concluded from what the package does not do.
    pub left_out: Vec<String>,
}

/// A file of source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceText {
    /// Its path as it is shown: relative to the source root, or as the profile states it for the module cache and for Go's own source.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Who wrote a package. Only what is [`Origin::Own`] may ever be changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The user: it is in a module below a source root.
    Own,
    /// A dependency, in a `vendor` folder of the user's module.
    Vendor,
    /// A dependency, in the module cache, in the version that the profile states.
    #[default]
    ModuleCache,
    /// The Go project: the runtime and the standard library.
    Goroot,
}

/// Finds the source of a program when it is needed.
pub trait OpenSource {
    /// The source of the program that has these frames, functions and files as its profile states them. `go_version` is what built it.
    /// `None` if no source is at hand. Nothing need be read before a package is asked for.
    fn open(&self, frames: &[(&str, &str)], go_version: Option<&str>) -> Option<Box<dyn SourceTexts>>;
}
