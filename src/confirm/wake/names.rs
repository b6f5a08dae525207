//! Names of functions as a profile has them.

use crate::code::File;
use crate::code::Function;
use crate::code::Package;
use crate::code::base_type;
use crate::code::closures;
use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;

/// The package path in names of functions: the import path, and `main` for programs.
pub(super) fn package_path<'p>(package: &'p Package<'_>, file: &File<'_>) -> &'p str {
    if file.package_name == "main" { "main" } else { &package.path }
}

/// The name of a declared function, as `a.b/c.(*T[...]).run`.
pub(super) fn of_function(package: &Package<'_>, function: &Function<'_>) -> String {
    let path = package_path(package, function.file);
    let Some(receiver) = function.receiver else {
        let generic = function.node.child(Field::TypeParameters).map_or("", |_| "[...]");
        return format!("{path}.{}{generic}", function.name);
    };
    let type_ = function
        .node
        .child(Field::Receiver)
        .and_then(|it| it.child_of_kind(Kind::ParameterDeclaration))
        .and_then(|it| it.child(Field::Type));
    let is_pointer = type_.is_some_and(|it| it.kind() == Kind::PointerType);
    let generic =
        if type_.is_some_and(|it| it.walk().any(|it| it.kind() == Kind::GenericType)) { "[...]" } else { "" };
    if is_pointer {
        format!("{path}.(*{receiver}{generic}).{}", function.name)
    } else {
        format!("{path}.{receiver}{generic}.{}", function.name)
    }
}

/// The name of a method as it is called on another type, which gets it by embedding or is an interface.
pub(super) fn of_method_on(package: &Package<'_>, function: &Function<'_>, owner: &str) -> String {
    let path = package_path(package, function.file);
    let declared = package.type_named(owner).map(|(_, it)| it);
    let is_generic =
        declared.and_then(Node::parent).is_some_and(|it| it.child(Field::TypeParameters).is_some());
    let generic = if is_generic { "[...]" } else { "" };
    if is_interface(package, owner) {
        format!("{path}.{owner}{generic}.{}", function.name)
    } else {
        format!("{path}.(*{owner}{generic}).{}", function.name)
    }
}

/// Whether a type of the package is declared as an interface, or as another name for one.
pub(super) fn is_interface(package: &Package<'_>, name: &str) -> bool {
    interface_named(package, name).is_some()
}

/// The interface that a type of the package is declared as, itself or by another name.
pub(super) fn interface_named<'a>(package: &Package<'a>, name: &str) -> Option<Node<'a>> {
    let (_, mut declared) = package.type_named(name)?;
    // `type Interface TypedInterface[any]`
    for _ in 0..MAX_NAMES {
        if declared.kind() == Kind::InterfaceType {
            return Some(declared);
        }
        declared = package.type_named(base_type(declared)?)?.1;
    }
    None
}

/// Bound of the names that mean one another.
const MAX_NAMES: usize = 4;

/// The name of a type.
pub(super) fn of_type(package: &Package<'_>, name: &str) -> String {
    let file = package.type_named(name).map(|(file, _)| file);
    let path = file.map_or(package.path.as_str(), |file| package_path(package, file));
    format!("{path}.{name}")
}

/// The name of a closure or of a declared function. `None` for a closure outside of functions: its number depends on other files.
pub(super) fn of_scope(package: &Package<'_>, function: &Function<'_>, scope: Node<'_>) -> Option<String> {
    let mut name = of_function(package, function);
    if scope == function.node {
        return (!function.is_vars()).then_some(name);
    }
    if function.is_vars() {
        return None;
    }
    let mut outer = function.node;
    // Bounded by the depth of nodes.
    while outer != scope {
        let inside = closures(outer);
        let index = inside.iter().position(|it| it.contains(scope))?;
        name +=
            &if outer == function.node { format!(".func{}", index + 1) } else { format!(".{}", index + 1) };
        outer = *inside.get(index)?;
    }
    Some(name)
}
