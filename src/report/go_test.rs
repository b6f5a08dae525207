//! What a Go test needs to detect one stack.

use std::collections::HashSet;

use crate::golang::Owner;
use crate::golang::closure_parent;
use crate::golang::package_and_rest;
use crate::series::Row;
use crate::series::Series;

use super::lines::GroupLine;
use super::lines::Report;
use super::prevention::GoTest;
use super::prevention::TestOffer;

/// A stack that a Go test can detect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestableStack {
    /// The fingerprint: 16 hex digits.
    pub fingerprint: String,
    /// What the test needs; `None` if the stack has no frame.
    pub test: Option<GoTest>,
}

/// The stacks of a report that Go tests can detect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestableStacks {
    /// The leading stack of the first finding; `None` without a finding.
    pub first: Option<TestableStack>,
    /// All of them, each once.
    pub all: Vec<TestableStack>,
}

impl TestableStacks {
    /// Combines the leading stacks of findings and the stacks of groups.
    pub fn new(findings: Vec<TestableStack>, groups: Vec<TestableStack>) -> Self {
        let first = findings.first().cloned();
        let mut seen = HashSet::new();
        let all = groups.into_iter().chain(findings);
        TestableStacks { first, all: all.filter(|it| seen.insert(it.fingerprint.clone())).collect() }
    }
}

impl Report {
    /// The stacks that Go tests can detect.
    pub fn testable_stacks(&self) -> TestableStacks {
        let stack =
            |it: &GroupLine| TestableStack { fingerprint: it.fingerprint.clone(), test: it.test.clone() };
        let findings = self.findings.iter().map(|finding| stack(&finding.lead)).collect();
        TestableStacks::new(findings, self.groups.iter().map(stack).collect())
    }
}

/// What a Go test of a row needs; `None` if the stack has no frame.
pub(super) fn go_test(series: &Series, row: &Row) -> Option<GoTest> {
    let is_users = |function| series.names.owner(function) == Owner::User;
    let spawn = row.facts.spawn_site(true).map(|fact| fact.value.function);
    let user = row.stack.users_frame(&series.names).map(|frame| frame.function);
    let users = spawn.filter(|it| is_users(*it)).or(user);
    let outer = row.facts.sites.most().copied().or_else(|| row.stack.telling_frame(&series.names));
    let blocked = user.or(outer.map(|frame| frame.function))?;
    let split = |name: &str| {
        let (package, rest) = package_and_rest(name);
        (package.to_owned(), rest.to_owned())
    };
    let (function_package, function) = split(series.names.function_name(users.or(spawn).unwrap_or(blocked)));
    let blocked = series.names.function_name(blocked);
    let is_package = users.is_some() && function_package != "main" && package_and_rest(blocked).0 != "main";
    let parents = std::iter::successors(closure_parent(blocked), |name| closure_parent(name));
    Some(GoTest {
        fingerprint: row.fingerprint.to_string(),
        package: users.is_some().then(|| function_package.clone()),
        function,
        function_package,
        blocked: split(blocked),
        blocked_on: row.facts.blocked_on(series.by.is_by_stack()).map(|fact| fact.value),
        offer: if is_package && user.is_some() { TestOffer::Useful } else { TestOffer::Awkward },
        written_in: parents.last().map(|parent| package_and_rest(parent).1.to_owned()),
    })
}
