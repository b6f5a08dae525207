//! Sources of modules to facts.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::sync::Mutex;

use leakscope::code::Origin;
use leakscope::code::PackageTexts;
use leakscope::code::SourceText;
use leakscope::learn::LearnedFact;

use crate::build_constraints::SYSTEMS;
use crate::build_constraints::is_built;
use crate::downloads;
use crate::modules::Module;
use crate::sources;
use crate::sources::Package;
use crate::table::Fact;
use crate::table::Versions;

/// The facts of all versions of all modules, by module.
pub(crate) fn of_modules(modules: &[Module]) -> Result<BTreeMap<String, Versions>, Box<dyn Error>> {
    let wanted: Vec<(String, String)> = modules
        .iter()
        .flat_map(|module| module.versions.iter().map(|version| (module.path.clone(), version.clone())))
        .collect();
    let folders = downloads::folders(&wanted)?;
    let todo = Mutex::new(wanted.iter().rev().collect::<Vec<_>>());
    let done = Mutex::new(BTreeMap::new());
    let next = || todo.lock().ok().and_then(|mut todo| todo.pop());
    let work = || {
        while let Some(module) = next() {
            let Some(folder) = folders.get(module) else { continue };
            match of_folder(&module.0, folder) {
                Ok(facts) => drop(done.lock().map(|mut done| done.insert(module.clone(), facts))),
                Err(error) => eprintln!("{}@{}: {error}", module.0, module.1),
            }
        }
    };
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        (0..cores).for_each(|_| drop(scope.spawn(work)));
    });
    let mut done = done.into_inner()?;
    let mut all: BTreeMap<String, Versions> = BTreeMap::new();
    for module in wanted {
        if let Some(facts) = done.remove(&module) {
            all.entry(module.0).or_default().push((module.1, facts));
        }
    }
    Ok(all)
}

/// The facts of the module in a folder.
fn of_folder(module: &str, folder: &Path) -> Result<BTreeSet<Fact>, Box<dyn Error>> {
    let mut facts = BTreeSet::new();
    for package in sources::packages(module, folder)? {
        let mut seen: BTreeSet<Vec<&Path>> = BTreeSet::new();
        for system in SYSTEMS {
            let files = package.files.iter().filter(|(path, text)| {
                is_built(&path.file_name().unwrap_or_default().to_string_lossy(), text, system)
            });
            let files: Vec<_> = files.collect();
            let has_go = files.iter().any(|(_, text)| sources::starts_goroutines(text));
            if has_go && seen.insert(files.iter().map(|(path, _)| path.as_path()).collect()) {
                let texts = texts(&package, &files, folder);
                facts.extend(leakscope::learn::facts_of(texts).into_iter().filter_map(fact));
            }
        }
    }
    Ok(facts)
}

fn texts(package: &Package, files: &[&(std::path::PathBuf, String)], folder: &Path) -> PackageTexts {
    let shown = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    PackageTexts {
        import_path: package.path.clone(),
        files: files
            .iter()
            .map(|(path, text)| SourceText { path: shown(path), text: text.clone() })
            .collect(),
        origin: Origin::ModuleCache,
        left_out: Vec::new(),
    }
}

/// A fact as the table has it; `None` if it says nothing that a user can act on.
fn fact(learned: LearnedFact) -> Option<Fact> {
    // Users cannot call what is in an internal package.
    let callable = |names: Vec<String>| -> BTreeSet<String> {
        names.into_iter().filter(|it| !is_internal(it)).collect()
    };
    let given: BTreeSet<(String, String)> =
        learned.given.into_iter().filter(|(name, _)| !is_internal(name)).collect();
    let ends = callable(learned.ends);
    let constructors = callable(learned.constructors);
    let starts = callable(learned.starts);
    let is_endless = learned.how.is_empty();
    let can_act = !ends.is_empty()
        || !given.is_empty()
        || is_endless && !(constructors.is_empty() && starts.is_empty());
    let means = if !ends.is_empty() {
        "missing-close"
    } else if !given.is_empty() {
        "missing-cancel"
    } else {
        "client-per-request"
    };
    can_act.then(|| Fact {
        entry: learned.entry,
        waits_in: learned.waits_in,
        wait: learned.wait.as_str().to_owned(),
        objects: callable(learned.objects),
        constructors,
        starts,
        ends,
        given,
        means: vec![means.to_owned()],
        how: learned.how,
    })
}

/// Whether a function is in an internal package.
fn is_internal(name: &str) -> bool {
    let package = leakscope::golang::package(name);
    package.split('/').any(|element| element == "internal")
}
