//! The packages that an analysis has asked for.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;

use typed_arena::Arena;

use super::file::File;
use super::function::Function;
use super::package::Package;
use super::texts::Origin;
use super::texts::PackageKey;
use super::texts::PackageTexts;
use super::texts::SourceTexts;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Tree;
use crate::syntax::parse;

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
    /// By package path and folder of the file that a profile names.
    asked: RefCell<HashMap<(String, String), &'a Package<'a>>>,
    /// By package path and file that a profile names: those that were not found.
    missed: RefCell<HashSet<(String, String)>>,
    /// By origin and path of the first file, so that a package is parsed once, whoever asks. Without `origin`, Go's `sync/cond.go` and one of
    /// the user's would be the same.
    parsed: RefCell<HashMap<(Origin, String), &'a Package<'a>>>,
    files: RefCell<usize>,
}

impl<'a> Workspace<'a> {
    /// A workspace without packages.
    pub(crate) fn new(arenas: &'a Arenas<'a>, texts: &'a dyn SourceTexts) -> Self {
        let (asked, missed, parsed, files) = Default::default();
        Workspace { arenas, texts, asked, missed, parsed, files }
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
        let own = self.texts.own_packages();
        let read = |key: &PackageKey| self.texts.own_package(key);
        let mut is_complete = own.is_complete;
        let mut packages = Vec::new();
        for texts in own.packages.iter().filter_map(read) {
            if !texts.files.iter().any(|file| wants(&file.text)) {
                continue;
            }
            match self.add(texts) {
                Some(package) => packages.push(package),
                None => is_complete = false,
            }
        }
        (packages, is_complete)
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
        for text in texts.files {
            match parse(text.path, text.text) {
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
