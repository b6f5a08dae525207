//! Makes `modules.txt`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::Path;

use leakscope::rules::RuleSet;

use crate::downloads;
use crate::modules::Module;
use crate::sources;

/// How many minor versions of a module are read.
const MINORS: usize = 4;

/// Writes the list again: the modules of the build of `seed/go.mod`, and those that are in the list already, as far as they start
/// goroutines. Versions that are in the list stay, the last `MINORS` minor ones of them.
pub(crate) fn write(folder: &Path) -> Result<(), Box<dyn Error>> {
    let path = folder.join("modules.txt");
    let seed = folder.join("seed/go.mod");
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for module in Module::read(&path)? {
        versions.entry(module.path).or_default().extend(module.versions);
    }
    for (module, version) in downloads::build_list(&seed)? {
        versions.entry(module).or_default().insert(version);
    }
    let wanted: Vec<(String, String)> = versions
        .iter()
        .flat_map(|(module, versions)| {
            last_of_minors(versions).into_iter().map(move |it| (module.clone(), it))
        })
        .collect();
    let folders = downloads::folders(&wanted)?;
    let mut needed_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in downloads::needs(&seed)? {
        needed_by.entry(to).or_default().insert(from);
    }
    let mut modules: Vec<Module> = Vec::new();
    for (path, _) in versions {
        let own = folders.iter().filter(|((module, _), _)| *module == path);
        let starts = |folder: &Path| {
            sources::packages(&path, folder).map(|packages| {
                packages.iter().flat_map(|it| &it.files).any(|(_, text)| sources::starts_goroutines(text))
            })
        };
        let mut versions = Vec::new();
        let mut any = false;
        for ((_, version), folder) in own {
            any |= starts(folder)?;
            versions.push(version.clone());
        }
        if any {
            versions.sort_by_key(|it| order(it));
            let needed_by = needed_by.get(&path).map_or(0, BTreeSet::len);
            modules.push(Module { path, needed_by, versions });
        }
    }
    modules.sort_by(|a, b| b.needed_by.cmp(&a.needed_by).then_with(|| a.path.cmp(&b.path)));
    let head: String = fs::read_to_string(&path)?.lines().filter(|it| it.starts_with('#')).fold(
        String::new(),
        |mut head, line| {
            head.push_str(line);
            head.push('\n');
            head
        },
    );
    let lines: String = modules.iter().map(Module::line).collect();
    println!(
        "{} modules start goroutines; {} rules are built in",
        modules.len(),
        RuleSet::built_in().rules.len()
    );
    Ok(fs::write(path, head + &lines)?)
}

/// The last version of each of the last minor versions.
fn last_of_minors(versions: &BTreeSet<String>) -> Vec<String> {
    let mut by_minor: BTreeMap<(u64, u64), &String> = BTreeMap::new();
    for version in versions {
        let (major, minor, ..) = order(version);
        let last = by_minor.entry((major, minor)).or_insert(version);
        if order(version) > order(last) {
            *last = version;
        }
    }
    let mut versions: Vec<String> = by_minor.into_values().rev().take(MINORS).cloned().collect();
    versions.reverse();
    versions
}

/// The order of versions: major, minor, patch, a release after its pre-releases, then the text, which orders commits by their date.
fn order(version: &str) -> (u64, u64, u64, bool, String) {
    let (numbers, pre) =
        version.split_once('-').map_or((version, None), |(numbers, pre)| (numbers, Some(pre)));
    let mut numbers = numbers.trim_start_matches('v').split(['.', '+']);
    let mut number = || numbers.next().and_then(|it| it.parse().ok()).unwrap_or(0);
    (number(), number(), number(), pre.is_none(), version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minors() {
        let check = |versions: &str, expected: &str| {
            let versions = versions.split(' ').map(str::to_owned).collect();
            assert_eq!(last_of_minors(&versions).join(" "), expected);
        };
        check("v1.9.0 v1.10.1 v1.9.4 v1.10.0", "v1.9.4 v1.10.1");
        check("v1.1.0 v1.2.0 v1.3.0 v1.4.0 v1.5.0", "v1.2.0 v1.3.0 v1.4.0 v1.5.0");
        check(
            "v1.5.4-0.20250319132907-e064f32e3674 v1.5.3 v1.4.2",
            "v1.4.2 v1.5.4-0.20250319132907-e064f32e3674",
        );
        check("v2.1.0+incompatible", "v2.1.0+incompatible");
    }
}
