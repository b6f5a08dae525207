//! Names of the functions of a package, as a profile shows them without closures.

use crate::sources::Package;

/// The full names of all functions and methods that a package declares: `a.b/c.New`, `a.b/c.(*T).Close`, `a.b/c.T.Len`. Type parameters
/// are `[...]`. Found by the lines that begin with `func`, as gofmt writes them.
pub(crate) fn names(package: &Package) -> Vec<String> {
    let declared = package.files.iter().flat_map(|(_, text)| text.lines()).filter_map(declared);
    declared.map(|name| format!("{}.{name}", package.path)).collect()
}

/// The name that a line declares, without its package.
fn declared(line: &str) -> Option<String> {
    let rest = line.strip_prefix("func ")?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let Some(rest) = rest.strip_prefix('(') else {
        let (name, after) = rest.split_at(rest.find(|c| !is_part(c))?);
        let generic = if after.starts_with('[') { "[...]" } else { "" };
        return (!name.is_empty()).then(|| format!("{name}{generic}"));
    };
    let (receiver, rest) = rest.split_once(") ")?;
    let of = receiver.split_once(' ').map_or(receiver, |(_, of)| of).trim();
    let (pointer, of) = of.strip_prefix('*').map_or((false, of), |of| (true, of));
    let of = of.split_once('[').map_or(of.to_owned(), |(of, _)| format!("{of}[...]"));
    let name = rest.split_at(rest.find(|c| !is_part(c))?).0;
    Some(if pointer { format!("(*{of}).{name}") } else { format!("{of}.{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations() {
        let check =
            |line: &str, expected: Option<&str>| assert_eq!(declared(line).as_deref(), expected, "{line}");
        check("func New(a int) *T {", Some("New"));
        check("func Map[T, U any](s []T) []U {", Some("Map[...]"));
        check("func (t *T) Close() error {", Some("(*T).Close"));
        check("func (*T) Close() error {", Some("(*T).Close"));
        check("func (c *Cache[K, V]) run() {", Some("(*Cache[...]).run"));
        check("func (t T) Len() int { return 0 }", Some("T.Len"));
        check("\tfunc() {", None);
        check("func (", None);
        check("func", None);
        check("function f()", None);
    }
}
