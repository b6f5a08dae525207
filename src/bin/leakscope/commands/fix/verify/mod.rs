//! Runs the program before and after the change, in a temporary copy of its module.
//!
//! It runs the user's code, so it is done only when asked for, and with a time limit. Nothing of the user's files changes: Go and the
//! tests run in the copy.

mod build;
mod child;
mod copy;
mod go;
mod leak_test;
mod load;
mod own_tests;
mod subject;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use leakscope::patch::MergedFile;
use leakscope::render::LeftIn;
use leakscope::report::StepResult;
use leakscope::report::Verification;
use leakscope::report::VerificationStep;

use crate::exit_code::Failure;
use crate::inputs;
use crate::signals;
use crate::terminal::Terminal;
use build::Built;
use child::TimeLimit;
use copy::Copy;
use go::Go;
use leak_test::LeakTest;
use leak_test::Shown;
pub(super) use load::Load;
use own_tests::OwnTests;
pub(super) use subject::Subject;
use subject::step;

/// What is verified, and how.
pub(super) struct Request<'a> {
    /// The folder that paths of files are relative to.
    pub(super) folder: &'a Path,
    /// The files that change.
    pub(super) files: &'a [MergedFile],
    pub(super) subjects: &'a [Subject],
    /// A call of what leaks, for the test of the only subject.
    pub(super) call: Option<&'a str>,
    pub(super) load: Option<Load<'a>>,
    pub(super) limit: Duration,
}

/// Why a verification did not end.
pub(super) enum Stopped {
    /// A signal arrived; the exit code names it.
    Interrupted(u8),
    Failed(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Stopped::Failed(failure)
    }
}

/// Verifies a change. Signals are recorded meanwhile, so that nothing is left of the copy and of what runs in it.
pub(super) fn verify(request: &Request<'_>, terminal: &Terminal) -> Result<Verification, Stopped> {
    let blocked = signals::block();
    let time = TimeLimit::new(request.limit);
    let mut steps = Vec::new();
    for (module, files) in by_module(request)? {
        terminal.note(&format!("# verifying in a copy of {}", inputs::name(&module)));
        steps.extend(in_module(request, &module, &files, &time)?);
    }
    drop(blocked);
    let findings: Vec<String> = request.subjects.iter().map(|it| it.fingerprint.clone()).collect();
    Ok(Verification::of(steps, &findings))
}

/// The files that change, by the folder of their module.
fn by_module<'a>(request: &Request<'a>) -> Result<BTreeMap<PathBuf, Vec<&'a MergedFile>>, Failure> {
    let mut modules: BTreeMap<PathBuf, Vec<&MergedFile>> = BTreeMap::new();
    for file in request.files {
        let path = request.folder.join(&file.path);
        let module = module_of(&path).ok_or_else(|| {
            let error = anyhow!("--verify: there is no go.mod above {}", inputs::name(&path));
            Failure::usage(error).with_hint("go mod init makes one")
        })?;
        modules.entry(module).or_default().push(file);
    }
    Ok(modules)
}

/// The nearest folder above a file that has a `go.mod`.
fn module_of(file: &Path) -> Option<PathBuf> {
    let file = file.canonicalize().ok()?;
    file.ancestors().skip(1).find(|it| it.join("go.mod").is_file()).map(Path::to_owned)
}

/// Ends early if a signal arrived.
fn check() -> Result<(), Stopped> {
    signals::received().map_or(Ok(()), |code| Err(Stopped::Interrupted(code)))
}

fn in_module(
    request: &Request<'_>,
    module: &Path,
    files: &[&MergedFile],
    time: &TimeLimit,
) -> Result<Vec<VerificationStep>, Stopped> {
    let copy = Copy::of(module)?;
    check()?;
    let go = Go::prepare(&copy, time)?;
    let mut sides = Sides::new(request, &copy, files)?;
    let packages: BTreeSet<PathBuf> =
        sides.files.iter().filter_map(|it| it.path.parent()).map(Path::to_owned).collect();
    let before = Built::of(&go, &packages)?;
    check()?;
    if !before.is_done() {
        return Ok(build::compare(&before, None));
    }
    sides.change(&copy, Side::After)?;
    let after = Built::of(&go, &packages)?;
    check()?;
    let mut steps = build::compare(&before, Some(&after));
    if !after.is_done() {
        return Ok(steps);
    }
    sides.change(&copy, Side::Before)?;
    // The load comes before goleak changes the copy's go.mod.
    let of_module = |it: &&Subject| module_of(&request.folder.join(&it.file)).as_deref() == Some(module);
    let subjects: Vec<&Subject> = request.subjects.iter().filter(of_module).collect();
    if let Some(load) = request.load {
        let before = load::run(&go, load)?;
        check()?;
        sides.change(&copy, Side::After)?;
        let after = load::run(&go, load)?;
        check()?;
        sides.change(&copy, Side::Before)?;
        steps.extend(load::compare(&before, &after, &subjects));
    }
    let goleak = go.add_goleak()?;
    check()?;
    if let Err(why) = &goleak {
        steps.push(step("goleak", None, StepResult::NotTried, why.clone()));
    }
    steps.extend(tests_of_packages(&go, &mut sides, &packages, &subjects, goleak.is_ok())?);
    if goleak.is_ok() && request.load.is_none() {
        for subject in subjects {
            steps.push(leak_test(request, &go, &mut sides, subject)?);
        }
    }
    Ok(steps)
}

/// The package's own tests, before and after.
fn tests_of_packages(
    go: &Go<'_>,
    sides: &mut Sides,
    packages: &BTreeSet<PathBuf>,
    subjects: &[&Subject],
    has_goleak: bool,
) -> Result<Vec<VerificationStep>, Stopped> {
    let mut steps = Vec::new();
    for folder in packages {
        let shown = folder.strip_prefix(&go.copy.module).unwrap_or(folder).display().to_string();
        let shown = if shown.is_empty() { ".".to_owned() } else { format!("./{shown}") };
        let mut tests = |side: Side, left_in: LeftIn| -> Result<Option<OwnTests>, Stopped> {
            sides.change(go.copy, side)?;
            let ran = own_tests::run(go, folder, subjects, left_in, has_goleak)?;
            check()?;
            Ok(ran)
        };
        let Some(before) = tests(Side::Before, LeftIn::ItsState)? else {
            let why = "there are none".to_owned();
            steps.push(step(&format!("tests of {shown}"), None, StepResult::NotTried, why));
            continue;
        };
        let Some(mut after) = tests(Side::After, LeftIn::AnyWait)? else { continue };
        // A test that fails now and then is no sign of a change.
        if !after.broken_since(&before).is_empty()
            && let Some(again) = tests(Side::After, LeftIn::AnyWait)?
        {
            after.keep_failing_in(&again);
        }
        steps.extend(own_tests::compare(&shown, &before, &after, subjects));
    }
    sides.change(go.copy, Side::Before)?;
    Ok(steps)
}

/// The test that is written for a finding, before and after.
fn leak_test(
    request: &Request<'_>,
    go: &Go<'_>,
    sides: &mut Sides,
    subject: &Subject,
) -> Result<VerificationStep, Stopped> {
    let file = request.folder.join(&subject.file).canonicalize().map_err(Failure::from)?;
    let folder = go.copy.place_of(&file).and_then(|it| it.parent().map(Path::to_owned));
    let not_tried = |why: String| step(&leak_test::name(subject), Some(subject), StepResult::NotTried, why);
    let Some(folder) = folder else { return Ok(not_tried("it is in another module".to_owned())) };
    let test = match LeakTest::of(subject, &folder, request.call)? {
        Ok(test) => test,
        Err(why) => return Ok(not_tried(why)),
    };
    sides.change(go.copy, Side::Before)?;
    let before = test.run(go, &folder, LeftIn::ItsState)?;
    check()?;
    let after = match before {
        Shown::Leaks => {
            sides.change(go.copy, Side::After)?;
            test.run(go, &folder, LeftIn::AnyWait)?
        }
        Shown::Passes | Shown::Neither(_) => Shown::Passes,
    };
    check()?;
    sides.change(go.copy, Side::Before)?;
    Ok(test.compare(&before, &after, subject))
}

/// The program before or after the change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// The files that change, in the copy.
struct Sides {
    files: Vec<Changed>,
    now: Side,
}

struct Changed {
    path: PathBuf,
    before: String,
    after: String,
}

impl Sides {
    fn new(request: &Request<'_>, copy: &Copy, files: &[&MergedFile]) -> Result<Self, Failure> {
        let mut changed = Vec::new();
        for file in files {
            let original = request.folder.join(&file.path).canonicalize()?;
            let outside = || Failure::input(anyhow!("{}: it is outside of its module", file.path));
            let path = copy.place_of(&original).ok_or_else(outside)?;
            changed.push(Changed { before: inputs::text(&path)?, after: file.text.clone(), path });
        }
        Ok(Sides { files: changed, now: Side::Before })
    }

    /// Makes the copy the program before or after the change.
    fn change(&mut self, copy: &Copy, side: Side) -> Result<(), Failure> {
        if self.now != side {
            for file in &self.files {
                copy.write(&file.path, if side == Side::Before { &file.before } else { &file.after })?;
            }
            self.now = side;
        }
        Ok(())
    }
}
