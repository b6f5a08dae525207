//! What a verification is about.

use leakscope::report::GoTest;
use leakscope::report::StepResult;
use leakscope::report::VerificationStep;

/// A finding that the change is for.
pub(crate) struct Subject {
    /// Its first fingerprint, in full.
    pub(crate) fingerprint: String,
    /// What a test of it needs; `None` if its stack names no function.
    pub(crate) test: Option<GoTest>,
    /// The file where it waits, relative to the folder of the source.
    pub(crate) file: String,
}

/// A step of the verification.
pub(super) fn step(
    name: &str,
    subject: Option<&Subject>,
    result: StepResult,
    said: String,
) -> VerificationStep {
    let fingerprint = subject.map(|it| it.fingerprint.clone());
    VerificationStep { name: name.to_owned(), fingerprint, result, said }
}
