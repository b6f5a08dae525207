//! A package of Go's own that a patch needs is imported.

use super::edit::Edits;
use super::refusal::Refusal;
use super::refusal::refuse;
use crate::code::File;
use crate::sort;
use crate::syntax::Kind;
use crate::syntax::Node;

/// Imports a package of the standard library under its own name, if the file does not yet.
pub(super) fn add(edits: &mut Edits, file: &File<'_>, path: &str) -> Result<(), Refusal> {
    if file.import(path) == Some(path) {
        return Ok(());
    }
    let taken = || refuse(format!("`{path}` is another name in {}", file.name()));
    if file.import(path).is_some() || file.imports(path) {
        return taken();
    }
    let root = file.tree.root();
    let quoted = format!("\"{path}\"");
    let declarations = || root.children().filter(|it| it.kind() == Kind::ImportDeclaration);
    let Some(first) = declarations().next() else {
        return refuse(format!("{} imports nothing yet", file.name()));
    };
    let specs: Vec<Node<'_>> = first.walk().filter(|it| it.kind() == Kind::ImportSpec).collect();
    let is_list = first.text().trim_end().ends_with(')');
    if !is_list {
        let [only] = specs.as_slice() else { return Err(Refusal::Shape { line: first.line() }) };
        let mut both = [quoted.as_str(), only.text()];
        sort::by(&mut both, |a, b| path_in(a).cmp(path_in(b)));
        let [one, other] = both;
        edits.push(
            root.tree(),
            first.start() as usize,
            first.end() as usize,
            &format!("import (\n\t{one}\n\t{other}\n)"),
        );
        return Ok(());
    }
    // The first block of lines that follow each other: gofmt sorts it.
    let mut block: Vec<Node<'_>> = Vec::new();
    for spec in specs {
        if block.last().is_none_or(|it| it.last_line() + 1 == spec.line()) {
            block.push(spec);
        } else {
            break;
        }
    }
    let is_standard =
        |it: &Node<'_>| !path_in(it.text()).split('/').next().is_some_and(|it| it.contains('.'));
    let Some(last) = block.last().copied().filter(|_| block.iter().all(is_standard)) else {
        return refuse(format!("where {} imports from Go's own library is not clear", file.name()));
    };
    match block.iter().find(|it| path_in(it.text()) > path) {
        Some(next) => edits.before(*next, &[quoted]),
        None => edits.after(last, &[quoted]),
    }
}

/// The path of an import as it is written: `net/http` of `h "net/http"`.
fn path_in(spec: &str) -> &str {
    spec.split(['"', '`']).nth(1).unwrap_or(spec)
}
