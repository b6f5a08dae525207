//! What a Go test of one stack is about.

use crate::model::Owner;
use crate::model::closure_parent;
use crate::model::package_and_rest;
use crate::series::Row;
use crate::series::Series;

/// What a Go test of one stack is about; `render` writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoTest {
    /// The name of the stack for baselines.
    pub fingerprint: String,
    /// The import path of the package that the test belongs to; `None` if no function of the stack is the user's.
    pub package: Option<String>,
    /// The function that starts them, or of the user's code else, without its package.
    pub function: String,
    /// Its package's import path.
    pub function_package: String,
    /// The function that names the stack: its package and the rest of its name.
    pub blocked: (String, String),
    /// The function in which `blocked` is written, if it is a closure, without its package.
    pub written_in: Option<String>,
}

/// `None` if the stack has no frame.
pub(super) fn go_test(series: &Series, row: &Row) -> Option<GoTest> {
    let is_users = |function| series.names.owner(function) == Owner::User;
    let spawn = row.facts.spawn_site(true).map(|fact| fact.value.function);
    let user = row.stack.frames.iter().map(|frame| frame.function).find(|it| is_users(*it));
    let users = spawn.filter(|it| is_users(*it)).or(user);
    let blocked = user.or(row.facts.sites.most().map(|frame| frame.function));
    let blocked = blocked.or(row.stack.frames.first().map(|frame| frame.function))?;
    let split = |name: &str| {
        let (package, rest) = package_and_rest(name);
        (package.to_owned(), rest.to_owned())
    };
    let (function_package, function) = split(series.names.function_name(users.or(spawn).unwrap_or(blocked)));
    let blocked = series.names.function_name(blocked);
    let mut written_in = None;
    let mut name = blocked;
    while let Some(parent) = closure_parent(name) {
        name = parent;
        written_in = Some(package_and_rest(parent).1.to_owned());
    }
    Some(GoTest {
        fingerprint: row.fingerprint.to_string(),
        package: users.is_some().then(|| function_package.clone()),
        function,
        function_package,
        blocked: split(blocked),
        written_in,
    })
}
