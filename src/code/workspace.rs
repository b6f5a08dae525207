//! The packages that an analysis has asked for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

use typed_arena::Arena;

use super::file::File;
use super::function::Function;
use super::imports::Imports;
use super::imports::ProgramNames;
use super::imports::import_paths;
use super::package::Package;
use super::texts::Origin;
use super::texts::PackageKey;
use super::texts::PackageTexts;
use super::texts::SourceTexts;
use crate::syntax::Field;
use crate::syntax::GoParser;
use crate::syntax::Kind;
use crate::syntax::Tree;

/// Where packages live as long as an analysis: they refer to one another.
#[derive(Default)]
pub(crate) struct Arenas<'a> {
    trees: Arena<Tree>,
    files: Arena<File<'a>>,
    functions: Arena<Function<'a>>,
    packages: Arena<Package<'a>>,
}

/// Bound of the files that one analysis parses.
const MAX_FILES: usize = 2000;

/// Packages, read and parsed when they are first asked for.
pub(crate) struct Workspace<'a> {
    arenas: &'a Arenas<'a>,
    texts: &'a dyn SourceTexts,
    /// Made when it is first needed.
    parser: RefCell<Option<GoParser>>,
    /// By package path and folder of the file that a profile names.
    asked: RefCell<HashMap<(String, String), &'a Package<'a>>>,
    /// By package path and file that a profile names: those that were not found.
    missed: RefCell<HashSet<(String, String)>>,
    /// By origin and path of the first file, so that a package is parsed once, by whom it is asked for. Without `origin`, Go's `sync/cond.go` and one of
    /// the user's would be the same.
    parsed: RefCell<HashMap<(Origin, String), &'a Package<'a>>>,
    files: RefCell<usize>,
    /// What each of the user's packages imports, read once.
    imports: RefCell<Option<Rc<Imports>>>,
    /// The user's packages, read once.
    own: RefCell<Option<Rc<OwnTexts>>>,
}

/// The texts of the user's packages, and whether these are all.
struct OwnTexts {
    packages: Vec<(PackageKey, PackageTexts)>,
    is_complete: bool,
}

impl<'a> Workspace<'a> {
    /// A workspace without packages.
    pub(crate) fn new(arenas: &'a Arenas<'a>, texts: &'a dyn SourceTexts) -> Self {
        let (parser, asked, missed, parsed, files, imports, own) = Default::default();
        Workspace { arenas, texts, parser, asked, missed, parsed, files, imports, own }
    }

    /// The package of a function in a file, both as a profile names them; `None` if its source is not at hand.
    pub(crate) fn package(&self, package: &str, file: &str) -> Option<&'a Package<'a>> {
        let folder = file.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder);
        let key = (package.to_owned(), folder.to_owned());
        if let Some(known) = self.asked.borrow().get(&key) {
            return Some(known);
        }
        // One file that is missing says nothing of its neighbours.
        let missed = (package.to_owned(), file.to_owned());
        if self.missed.borrow().contains(&missed) {
            return None;
        }
        let found = self.texts.package(package, file).and_then(|texts| self.add(texts));
        match found {
            Some(found) => {
                self.asked.borrow_mut().insert(key, found);
            }
            None => {
                self.missed.borrow_mut().insert(missed);
            }
        }
        found
    }

    /// The packages of the user's own modules whose text `wants` accepts, in order of their import paths; and whether these are all.
    pub(crate) fn own_packages(&self, wants: impl Fn(&str) -> bool) -> (Vec<&'a Package<'a>>, bool) {
        self.own_packages_of(|_| true, wants)
    }

    /// As [`Workspace::own_packages`], without packages that a program does not import: other commands of the same module, and what only
    /// they use. If several commands could be the program, all packages are searched, and they do not count as all of the program's.
    pub(crate) fn program_packages(
        &self,
        names: &ProgramNames<'_>,
        wants: impl Fn(&str) -> bool,
    ) -> (Vec<&'a Package<'a>>, bool) {
        let imports = self.own_imports();
        if !imports.values().any(|it| it.is_main) {
            return self.own_packages(wants);
        }
        let own = self.own_texts();
        let declares = |main: &str, function: &str| {
            let texts = own.packages.iter().filter(|(key, _)| key.import_path == main);
            let mut files = texts.flat_map(|(_, texts)| &texts.files);
            let [plain, method, generic] =
                [format!("func {function}("), format!(") {function}("), format!("func {function}[")];
            files.any(|it| [&plain, &method, &generic].iter().any(|way| it.text.contains(way.as_str())))
                || matches!(function, "glob" | "init")
        };
        match names.reached(&imports, declares) {
            Some(reached) => self.own_packages_of(|key| reached.contains(key.import_path.as_str()), wants),
            None => (self.own_packages(wants).0, false),
        }
    }

    fn own_packages_of(
        &self,
        is_wanted: impl Fn(&PackageKey) -> bool,
        wants: impl Fn(&str) -> bool,
    ) -> (Vec<&'a Package<'a>>, bool) {
        let own = self.own_texts();
        let mut is_complete = own.is_complete;
        let mut packages = Vec::new();
        for (_, texts) in own.packages.iter().filter(|(key, _)| is_wanted(key)) {
            is_complete &= texts.left_out.is_empty();
            if !texts.files.iter().any(|file| wants(&file.text)) {
                continue;
            }
            match self.add(texts.clone()) {
                Some(package) => packages.push(package),
                None => is_complete = false,
            }
        }
        (packages, is_complete)
    }

    /// The texts of the user's packages, read when they are first asked for.
    fn own_texts(&self) -> Rc<OwnTexts> {
        if let Some(known) = &*self.own.borrow() {
            return known.clone();
        }
        let own = self.texts.own_packages();
        let asked = own.packages.len();
        let read = |key: PackageKey| self.texts.own_package(&key).map(|texts| (key, texts));
        let packages: Vec<_> = own.packages.into_iter().filter_map(read).collect();
        let is_complete = own.is_complete && packages.len() == asked;
        let own = Rc::new(OwnTexts { packages, is_complete });
        *self.own.borrow_mut() = Some(own.clone());
        own
    }

    fn own_imports(&self) -> Rc<Imports> {
        if let Some(known) = &*self.imports.borrow() {
            return known.clone();
        }
        let mut imports = Imports::new();
        for (key, texts) in &self.own_texts().packages {
            let is_main = |text: &str| text.lines().any(|line| line.trim_end() == "package main");
            let imported = imports.entry(key.import_path.clone()).or_default();
            imported.is_main |= texts.files.iter().any(|file| is_main(&file.text));
            let paths = texts.files.iter().flat_map(|file| import_paths(&file.text));
            imported.paths.extend(paths.map(str::to_owned));
        }
        let imports = Rc::new(imports);
        *self.imports.borrow_mut() = Some(imports.clone());
        imports
    }

    /// Parses a package, or finds it if it is parsed. `None` without files, or if the analysis has parsed too many.
    pub(crate) fn add(&self, texts: PackageTexts) -> Option<&'a Package<'a>> {
        let first = (texts.origin, texts.files.first()?.path.clone());
        if let Some(known) = self.parsed.borrow().get(&first) {
            return Some(known);
        }
        let mut count = self.files.borrow_mut();
        *count += texts.files.len();
        if *count > MAX_FILES {
            return None;
        }
        let mut is_whole = texts.left_out.is_empty();
        let mut files: Vec<&'a File<'a>> = Vec::new();
        let mut parser = self.parser.borrow_mut();
        let parser = parser.get_or_insert_with(GoParser::new);
        for text in texts.files {
            match parser.parse(text.path, text.text) {
                Some(tree) => {
                    files.push(self.arenas.files.alloc(File::new(self.arenas.trees.alloc(tree))));
                }
                None => is_whole = false,
            }
        }
        let functions = files.iter().flat_map(|file| {
            file.tree.root().children().filter_map(move |node| {
                let is_function = matches!(node.kind(), Kind::FunctionDeclaration | Kind::MethodDeclaration)
                    && node.child(Field::Name).is_some();
                (is_function || node.kind() == Kind::VarDeclaration).then(|| Function::new(file, node))
            })
        });
        let functions: Vec<&'a Function<'a>> =
            functions.map(|it| &*self.arenas.functions.alloc(it)).collect();
        let package =
            Package::new(texts.import_path, texts.origin, is_whole, files).with_functions(functions);
        let package = &*self.arenas.packages.alloc(package);
        self.parsed.borrow_mut().insert(first, package);
        Some(package)
    }
}
