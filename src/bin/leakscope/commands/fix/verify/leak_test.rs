//! The test that `leakscope goleak-test` writes, with a call of the function that leaks.

use std::fs;
use std::path::Path;

use leakscope::code::example_call;
use leakscope::code::package_name;
use leakscope::render::LeftIn;
use leakscope::render::goleak_exercise_file;
use leakscope::render::goleak_file_for;
use leakscope::render::goleak_test_name;
use leakscope::report::GoTest;
use leakscope::report::StepResult;
use leakscope::report::VerificationStep;

use super::go::Go;
use super::go::go_files;
use super::subject::Subject;
use super::subject::step;
use crate::exit_code::Failure;
use crate::inputs;

const TEST_FILE: &str = "zzz_leakscope_leak_test.go";
const EXERCISE_FILE: &str = "zzz_leakscope_exercise_test.go";

/// A test of a finding that can be run.
pub(super) struct LeakTest {
    test: GoTest,
    package: String,
    /// The call, as it is shown and written.
    call: String,
    imports: Vec<&'static str>,
}

/// What a run of the test shows.
pub(super) enum Shown {
    Passes,
    Leaks,
    /// It says nothing of the leak: it does not compile, or hangs.
    Neither(String),
}

/// The packages that a call of the user's may name without more ado.
const KNOWN: [(&str, &str); 10] = [
    ("bytes", "bytes"),
    ("errors", "errors"),
    ("http", "net/http"),
    ("httptest", "net/http/httptest"),
    ("io", "io"),
    ("net", "net"),
    ("os", "os"),
    ("strings", "strings"),
    ("sync", "sync"),
    ("url", "net/url"),
];

impl LeakTest {
    /// The test of a finding whose function is in a folder of the copy, with the user's call or one with plain arguments. An error says why
    /// there is none.
    pub(super) fn of(
        subject: &Subject,
        folder: &Path,
        call: Option<&str>,
    ) -> Result<Result<Self, String>, Failure> {
        let Some(test) = &subject.test else {
            return Ok(Err("its stack names no function".to_owned()));
        };
        let mut texts = Vec::new();
        for name in go_files(folder).iter().filter(|it| !it.ends_with("_test.go")) {
            texts.push(inputs::text(&folder.join(name))?);
        }
        let Some(package) = texts.iter().find_map(|it| package_name(it)) else {
            return Ok(Err("its package has no Go file".to_owned()));
        };
        let (call, imports) = match call {
            Some(call) => {
                let is_named = |name: &str| call.contains(&format!("{name}."));
                let known = KNOWN.iter().filter(|(name, _)| is_named(name)).map(|(_, path)| *path);
                (call.to_owned(), known.collect())
            }
            None => match example_call(&texts, &test.function) {
                Ok(call) => (call.text, call.imports),
                Err(why) => {
                    let hint = "give a call of it: --call 'CODE'";
                    return Ok(Err(format!("{} is not called: {why}; {hint}", test.function)));
                }
            },
        };
        let test = GoTest { package: Some(package.clone()), ..test.clone() };
        Ok(Ok(LeakTest { test, package, call, imports }))
    }

    /// Runs it in a folder of the copy.
    pub(super) fn run(&self, go: &Go<'_>, folder: &Path, left_in: LeftIn) -> Result<Shown, Failure> {
        let files = [
            (TEST_FILE, goleak_file_for(&self.test, left_in)),
            (EXERCISE_FILE, goleak_exercise_file(&self.test, &self.package, &self.call, &self.imports)),
        ];
        for (name, text) in &files {
            go.copy.write(&folder.join(name), text)?;
        }
        let name = goleak_test_name(&self.test);
        let ran = go.test(folder, &["-v", "-run", &format!("^{name}$")])?;
        for (name, _) in &files {
            fs::remove_file(folder.join(name))?;
        }
        let has = |what: &str| ran.output.contains(&format!("--- {what}: {name} "));
        Ok(match (has("PASS"), has("FAIL") && ran.output.contains(" is left behind: goroutine ")) {
            (true, _) => Shown::Passes,
            (false, true) => Shown::Leaks,
            (false, false) => Shown::Neither(ran.why()),
        })
    }

    /// What two runs show.
    pub(super) fn compare(&self, before: &Shown, after: &Shown, subject: &Subject) -> VerificationStep {
        let call = &self.call;
        let (result, said) = match (before, after) {
            (Shown::Leaks, Shown::Passes) => {
                (StepResult::Proves, format!("fails before, passes after: {call}"))
            }
            (Shown::Leaks, Shown::Leaks) => (StepResult::Fails, format!("fails before and after: {call}")),
            (Shown::Leaks, Shown::Neither(why)) => {
                (StepResult::Fails, format!("fails before, and does not end after: {call}: {why}"))
            }
            (Shown::Passes, Shown::Leaks) => {
                (StepResult::Fails, format!("passes before, fails after: {call}"))
            }
            (Shown::Passes, _) => {
                let hint = "give one that does: --call 'CODE'";
                (StepResult::NotTried, format!("{call} does not leak before the change; {hint}"))
            }
            (Shown::Neither(why), _) => {
                (StepResult::NotTried, format!("the test does not run before the change: {call}: {why}"))
            }
        };
        step(&name(subject), Some(subject), result, said)
    }
}

/// The name of the step.
pub(super) fn name(subject: &Subject) -> String {
    match &subject.test {
        Some(test) => format!("goleak test of {}", test.function),
        None => "goleak test".to_owned(),
    }
}
