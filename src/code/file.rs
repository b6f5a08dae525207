//! A parsed file of a package.

use rustc_hash::FxHashMap;

use crate::syntax::Field;
use crate::syntax::Kind;
use crate::syntax::Node;
use crate::syntax::Tree;

/// A file and what it imports.
#[derive(Debug)]
pub(crate) struct File<'a> {
    /// Its syntax.
    pub(crate) tree: &'a Tree,
    /// The name in its package clause; empty without one.
    pub(crate) package_name: &'a str,
    /// Import paths by the name that the file uses.
    imports: FxHashMap<&'a str, &'a str>,
}

impl<'a> File<'a> {
    pub(super) fn new(tree: &'a Tree) -> Self {
        let mut file = File { tree, package_name: "", imports: FxHashMap::default() };
        for part in tree.root().children() {
            match part.kind() {
                Kind::PackageClause => file.package_name = part.nth(0).map_or("", Node::text),
                Kind::ImportDeclaration => {
                    for import in part.walk().filter(|it| it.kind() == Kind::ImportSpec) {
                        let Some(path) = import.child(Field::Path) else { continue };
                        let path = path.text().trim_matches(['"', '`']);
                        let name = import.child(Field::Name).map_or_else(|| default_name(path), Node::text);
                        file.imports.insert(name, path);
                    }
                }
                _ => {}
            }
        }
        file
    }

    /// The path of the file, as it is shown.
    pub(crate) fn path(&self) -> &'a str {
        self.tree.path()
    }

    /// The name of the file without its folder.
    pub(crate) fn name(&self) -> &'a str {
        self.path().rsplit('/').next().unwrap_or("")
    }

    /// The import path that a name means in this file; `None` if it is not an imported package.
    pub(crate) fn import(&self, name: &str) -> Option<&'a str> {
        if let Some(path) = self.imports.get(name) {
            return Some(path);
        }
        // `kafka` of `github.com/segmentio/kafka-go`: the name is in the package, which is not at hand.
        let is_part = |path: &str| default_name(path).split(['-', '.', '_']).any(|it| it == name);
        let mut fitting =
            self.imports.iter().filter(|(known, path)| **known == default_name(path) && is_part(path));
        match (fitting.next(), fitting.next()) {
            (Some((_, path)), None) => Some(path),
            _ => None,
        }
    }

    /// Whether the file imports a package.
    pub(crate) fn imports(&self, path: &str) -> bool {
        self.imports.values().any(|it| *it == path)
    }
}

/// The name that an import path usually has: its last part that is no version.
fn default_name(path: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
    };
    let mut parts = path.rsplit('/');
    let last = parts.next().unwrap_or(path);
    let last = if is_version(last) { parts.next().unwrap_or(last) } else { last };
    // gopkg.in/yaml.v3
    match last.rsplit_once('.') {
        Some((name, version)) if is_version(version) => name,
        _ => last.strip_prefix("go-").unwrap_or(last),
    }
}

#[cfg(test)]
mod tests {
    use super::default_name;

    #[test]
    fn a_name_is_a_part_of_the_path() {
        let text = "package a\n\nimport (\n\t\"github.com/segmentio/kafka-go\"\n\t\"github.com/nats-io/nats.go\"\n\tq \"a.b/amqp091-go\"\n)\n";
        let tree = crate::syntax::parse("a.go".to_owned(), text.to_owned()).expect("it is small");
        let file = super::File::new(&tree);
        let paths = ["kafka", "nats", "q", "amqp091", "go"].map(|name| file.import(name));
        let expected = [
            Some("github.com/segmentio/kafka-go"),
            Some("github.com/nats-io/nats.go"),
            Some("a.b/amqp091-go"),
            None,
            None,
        ];
        assert_eq!(paths, expected);
    }

    #[test]
    fn the_default_name_of_an_import() {
        let names =
            ["sync", "net/http", "github.com/a/b/v3", "gopkg.in/yaml.v3", "github.com/nats-io/nats.go"];
        assert_eq!(names.map(default_name), ["sync", "http", "b", "yaml", "nats.go"]);
    }
}
