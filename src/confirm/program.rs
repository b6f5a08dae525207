//! Which packages of the user's are the program that wrote the profile.

use super::place::PlacedGroup;
use crate::code::Package;
use crate::code::ProgramNames;
use crate::code::Workspace;
use crate::golang::package_and_rest;

/// The packages of the program whose text `wants` accepts; and whether all of the program's are known.
pub(super) fn packages_of_program<'a>(
    workspace: &Workspace<'a>,
    groups: &[PlacedGroup<'a>],
    wants: impl Fn(&str) -> bool,
) -> (Vec<&'a Package<'a>>, bool) {
    let stacks = groups.iter().map(|it| it.group);
    let frames = stacks.flat_map(|it| it.stack.iter().chain(it.spawn_site.as_ref()));
    let mut names = ProgramNames::default();
    for frame in frames {
        let (package, rest) = package_and_rest(&frame.function);
        if package == "main" {
            if names.main.is_none() && !frame.file.is_empty() {
                names.main = workspace.package("main", &frame.file).map(|it| it.path.as_str());
            }
            names.functions.insert(declared_name(rest));
        } else {
            names.packages.insert(package);
        }
    }
    workspace.program_packages(&names, wants)
}

/// The declared name in a function's name without its package: `serve` of `(*server).serve.func1`.
fn declared_name(rest: &str) -> &str {
    let rest = rest.trim_start_matches('.');
    let rest = rest.strip_prefix('(').and_then(|it| it.split_once(").")).map_or(rest, |(_, name)| name);
    rest.split(['.', '[', '-']).next().unwrap_or(rest)
}
