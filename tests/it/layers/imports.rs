//! Which file of a crate uses which other file, as far as paths that begin with `crate`, `super`, `self` or a child
//! module say so. A name that a module re-exports counts as a use of the file that defines it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use crate::support;

/// A module's path below its crate's root.
type ModulePath = Vec<String>;

struct Module {
    /// Its file, as it is shown.
    file: String,
    /// Its code outside tests and comments.
    code: String,
    /// Names that it imports or re-exports, and their paths.
    names: BTreeMap<String, Vec<String>>,
}

type Modules = BTreeMap<ModulePath, Module>;

/// The cycles among the files of a crate with this folder, each as a chain of files.
pub(super) fn cycles(crate_folder: &Path, shown_from: &Path) -> Vec<String> {
    let modules = modules(crate_folder, shown_from);
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, module) in &modules {
        let used = paths_in(&modules, path).into_iter().filter_map(|it| file_of(&modules, path, &it, 0));
        uses.insert(&module.file, used.filter(|file| *file != module.file).collect());
    }
    let mut cycles = Vec::new();
    let mut seen = BTreeSet::new();
    for file in uses.keys() {
        if let Some(chain) = chain_back(&uses, file).filter(|_| !seen.contains(file)) {
            cycles.push(chain.join(" -> "));
            seen.extend(chain);
        }
    }
    cycles
}

/// The shortest chain from a file to itself.
fn chain_back<'f>(uses: &BTreeMap<&'f str, BTreeSet<&'f str>>, from: &'f str) -> Option<Vec<&'f str>> {
    let mut reached: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = vec![from];
    while !next.is_empty() {
        let mut after = Vec::new();
        for file in next {
            for used in uses.get(file).into_iter().flatten() {
                if !reached.contains_key(used) {
                    reached.insert(used, file);
                    after.push(*used);
                }
            }
        }
        next = after;
    }
    let mut chain = vec![from];
    let mut at = *reached.get(from)?;
    while at != from {
        chain.push(at);
        at = reached[at];
    }
    chain.push(from);
    chain.reverse();
    Some(chain)
}

fn modules(folder: &Path, shown_from: &Path) -> Modules {
    let mut modules = Modules::new();
    for file in super::rust_files(folder) {
        let path = file.strip_prefix(folder).expect("it was found there");
        let mut module: ModulePath =
            path.with_extension("").iter().map(|it| it.to_str().expect("it is text").to_owned()).collect();
        let is_other_crate = module[0] == "bin";
        if is_other_crate || module.last().is_some_and(|it| it == "tests") {
            continue;
        }
        if module.last().is_some_and(|it| it == "mod")
            || module.len() == 1 && ["lib", "main"].contains(&&*module[0])
        {
            module.pop();
        }
        let text = String::from_utf8(support::read(&file)).expect("Rust is UTF-8");
        let code = text.split("#[cfg(test)]\n").next().unwrap_or(&text);
        let code: String =
            code.lines().map(|line| line.split("//").next().unwrap_or(line).to_owned() + "\n").collect();
        let names = imported(&code);
        let file = file.strip_prefix(shown_from).expect("it is below").display().to_string();
        modules.insert(module, Module { file, code, names });
    }
    modules
}

/// The names that a module's `use` lines bring, one path a line.
fn imported(code: &str) -> BTreeMap<String, Vec<String>> {
    let mut names = BTreeMap::new();
    for line in code.lines() {
        let Some((before, path)) = line.split_once("use ") else { continue };
        if !(before.is_empty() || before.starts_with("pub")) {
            continue;
        }
        let path = path.trim_end().trim_end_matches(';');
        let (path, alias) = path.split_once(" as ").map_or((path, None), |(path, alias)| (path, Some(alias)));
        let path: Vec<String> = path.split("::").map(str::to_owned).collect();
        let name = alias.or(path.last().map(String::as_str)).expect("a path has a part").to_owned();
        names.insert(name, path);
    }
    names
}

/// The paths that a module names outside re-exports.
fn paths_in(modules: &Modules, module: &ModulePath) -> Vec<Vec<String>> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let lines =
        modules[module].code.lines().filter(|line| !(line.starts_with("pub") && line.contains(" use ")));
    let words = lines.flat_map(|line| line.split(|c: char| !is_name(c)));
    let paths = words.filter(|word| word.contains("::")).map(|word| {
        word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<String>>()
    });
    paths.filter(|path| !path.is_empty()).collect()
}

/// The file that defines what a path names, seen from a module; `None` for what is of another crate.
fn file_of<'m>(modules: &'m Modules, from: &ModulePath, path: &[String], depth: u32) -> Option<&'m str> {
    let mut at = from.clone();
    let mut parts = path.iter();
    let mut parts_left = path;
    match path.first()?.as_str() {
        "crate" => at.clear(),
        "super" => {
            at.pop()?;
        }
        "self" => {}
        child => {
            at.push(child.to_owned());
            modules.get(&at)?;
        }
    }
    parts.next();
    parts_left = &parts_left[1..];
    for part in parts {
        if part == "super" {
            at.pop()?;
        } else {
            at.push(part.clone());
            if !modules.contains_key(&at) {
                at.pop();
                break;
            }
        }
        parts_left = &parts_left[1..];
    }
    let module = modules.get(&at)?;
    // A name that the module only passes on; the depth ends a circle of such names.
    let passed_on = parts_left.first().and_then(|name| module.names.get(name)).filter(|_| depth < 8);
    let defined = passed_on.and_then(|path| file_of(modules, &at, path, depth + 1));
    Some(defined.unwrap_or(&module.file))
}
