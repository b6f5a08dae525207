//! Tests of a package call its functions too, and no patch changes them.

use super::draft::Draft;
use super::refusal::Refusal;
use super::refusal::refuse;
use crate::code::Package;
use crate::code::SourceTexts;
use crate::syntax::GoParser;
use crate::syntax::Kind;

/// Refuses a patch that changes a function for all its callers if a test names the function.
pub(super) fn check(package: &Package<'_>, draft: &Draft, texts: &dyn SourceTexts) -> Result<(), Refusal> {
    let Some(first) = package.files.first().filter(|_| !draft.changed.is_empty()) else { return Ok(()) };
    let folder = first.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    let Some(tests) = texts.tests_in(folder) else {
        return refuse("whether a test calls what changes is not known: not all tests can be read");
    };
    let mut parser = GoParser::new();
    for test in tests {
        let Some(tree) = parser.parse(test.path, test.text) else { return Err(Refusal::Broken) };
        let names_it = |it: &crate::syntax::Node<'_>| {
            matches!(it.kind(), Kind::Identifier | Kind::FieldIdentifier)
                && draft.changed.iter().any(|name| name == it.text())
        };
        if let Some(named) = tree.root().walk().find(names_it) {
            let (name, line, file) = (named.text(), named.line(), tree.path());
            return refuse(format!("line {line} of {file} names {name}, and a test is never changed"));
        }
    }
    Ok(())
}
