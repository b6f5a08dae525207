//! Checks the built-in rules against the sources of the modules in the list.

use std::collections::BTreeSet;
use std::error::Error;

use leakscope::golang;
use leakscope::rules::FramePattern;
use leakscope::rules::RuleSet;

use crate::downloads;
use crate::functions;
use crate::modules::Module;
use crate::sources;

/// An element of a frame pattern that is about a listed module, and names no function that one of the listed versions declares.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stale {
    /// The rule.
    pub(crate) rule: String,
    /// The element: a pattern of one function.
    pub(crate) element: String,
    /// Whether another element of the rule names such a function. Then this one is usually the name in an older version.
    pub(crate) is_alive: bool,
}

/// All such elements. Elements about modules that are not listed, and about Go's own packages, are not looked at.
pub(crate) fn stale(modules: &[Module]) -> Result<Vec<Stale>, Box<dyn Error>> {
    let wanted: Vec<(String, String)> = modules
        .iter()
        .flat_map(|module| module.versions.iter().map(|version| (module.path.clone(), version.clone())))
        .collect();
    let mut names = Vec::new();
    for ((module, _), folder) in downloads::folders(&wanted)? {
        for package in sources::packages(&module, &folder)? {
            names.extend(functions::names(&package));
        }
    }
    names.sort();
    names.dedup();
    let packages: Vec<&str> = {
        let mut packages: Vec<&str> = names.iter().map(|it| golang::package(it)).collect();
        packages.dedup();
        packages
    };
    let mut stale = Vec::new();
    for rule in RuleSet::built_in().rules.iter() {
        let when = &rule.when;
        let texts = [&when.frames, &when.without, &when.entry, &when.spawned_by];
        let elements = texts.iter().flat_map(|texts| texts.iter()).flat_map(|text| text.split(" < "));
        let of_modules: BTreeSet<(&str, bool)> = elements
            .filter_map(|element| Some((element.trim(), is_declared(element.trim(), &packages, &names)?)))
            .collect();
        let is_alive = of_modules.iter().any(|(_, declared)| *declared);
        for (element, _) in of_modules.iter().filter(|(_, declared)| !declared) {
            stale.push(Stale { rule: rule.id.to_string(), element: (*element).to_owned(), is_alive });
        }
    }
    stale.sort();
    Ok(stale)
}

/// Whether an element names a function of a package in the list; `None` if it is about no such package. For a closure its function
/// counts.
fn is_declared(element: &str, packages: &[&str], names: &[String]) -> Option<bool> {
    let slash = element.rfind('/')?;
    // The package ends at the first dot after the last slash, but for versions in the style of gopkg.in.
    let dot = element.split_at(slash).1.find('.')?;
    let of_package = FramePattern::new(&format!("{}.*", element.split_at(slash + dot).0));
    if !packages.iter().any(|package| of_package.matches(std::iter::once(format!("{package}.f").as_str()))) {
        return None;
    }
    let of_function = FramePattern::new(without_closure(element));
    Some(names.iter().any(|name| of_function.matches(std::iter::once(name.as_str()))))
}

/// `main.f` of `main.f.func*`.
fn without_closure(element: &str) -> &str {
    element.find(".func").map_or(element, |at| element.split_at(at).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_elements() {
        let names = ["a.b/cron/v3.(*Cron).run", "a.b/cron/v3.New"].map(str::to_owned);
        let check = |element: &str, expected: Option<bool>| {
            assert_eq!(is_declared(element, &["a.b/cron/v3"], &names), expected, "{element}");
        };
        check("a.b/cron.(*Cron).run", Some(true));
        check("*/cron*.(*Cron).run", Some(true));
        check("a.b/cron.New.func*", Some(true));
        check("a.b/cron.(*Cron).*", Some(true));
        check("a.b/cron.*", Some(true));
        check("a.b/cron.(*Cron).start", Some(false));
        check("*/cron.(*Cron).start.func*", Some(false));
        check("a.b/other.(*Cron).start", None);
        check("main.*", None);
    }
}
