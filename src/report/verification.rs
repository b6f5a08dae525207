//! What running a program before and after a change shows.

use crate::text::words;

words! {
    /// What a verification shows as a whole.
    pub enum VerificationOutcome {
        /// Something fails before the change and passes after it, and nothing passes before and fails after.
        Proven = "proven",
        /// Nothing that was tried shows the leak before the change; nothing fails after it that passes before.
        Unproven = "unproven",
        /// Something passes before the change and fails after it, or the leak is still there.
        Failed = "failed",
    }
}

words! {
    /// What one step of a verification shows.
    pub enum StepResult {
        /// It fails before the change, by the leak, and passes after it.
        Proves = "proves",
        /// It passes after the change, and shows nothing of the leak before.
        Holds = "holds",
        /// It passes before and fails after, or the leak is still there.
        Fails = "fails",
        /// It could not be tried, or it fails before for another reason.
        NotTried = "not tried",
    }
}

/// One step: something that is run on the program before and after the change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationStep {
    /// What was run: `go build`, `go vet`, `tests of ./shop`, `goleak test of priceOf`, `load`.
    pub name: String,
    /// The first fingerprint of the finding that it is about, in full; `None` if it is about all of them.
    pub fingerprint: Option<String>,
    /// What it shows.
    pub result: StepResult,
    /// What was seen, as a sentence: `fails before, passes after`.
    pub said: String,
}

/// What running a program before and after a change shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// What it shows as a whole.
    pub outcome: VerificationOutcome,
    /// The steps, in the order in which they ran.
    pub steps: Vec<VerificationStep>,
}

impl Verification {
    /// Steps as a whole. `findings` are the fingerprints of the findings that the change is for: each needs a step that proves its fix.
    pub fn of(steps: Vec<VerificationStep>, findings: &[String]) -> Self {
        let proves = |finding: &String| {
            let is_about = |it: &VerificationStep| it.fingerprint.as_ref() == Some(finding);
            steps.iter().any(|it| it.result == StepResult::Proves && is_about(it))
        };
        let outcome = if steps.iter().any(|it| it.result == StepResult::Fails) {
            VerificationOutcome::Failed
        } else if !findings.is_empty() && findings.iter().all(proves) {
            VerificationOutcome::Proven
        } else {
            VerificationOutcome::Unproven
        };
        Verification { outcome, steps }
    }

    /// The verdict in a few words.
    pub fn in_short(&self) -> &'static str {
        match self.outcome {
            VerificationOutcome::Proven => "fails before, passes after",
            VerificationOutcome::Unproven => "not proven: nothing that was tried shows each leak before",
            VerificationOutcome::Failed => "failed: the change breaks something, or a leak is still there",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_needs_a_proof() {
        let step = |finding: Option<&str>, result| VerificationStep {
            name: String::new(),
            fingerprint: finding.map(str::to_owned),
            result,
            said: String::new(),
        };
        let check = |steps: Vec<VerificationStep>, expected| {
            let findings = ["a".to_owned(), "b".to_owned()];
            assert_eq!(Verification::of(steps, &findings).outcome, expected);
        };
        let (a, b) = (step(Some("a"), StepResult::Proves), step(Some("b"), StepResult::Proves));
        check(Vec::new(), VerificationOutcome::Unproven);
        check(vec![a.clone()], VerificationOutcome::Unproven);
        check(vec![a.clone(), b.clone(), step(None, StepResult::NotTried)], VerificationOutcome::Proven);
        check(vec![a, b, step(None, StepResult::Fails)], VerificationOutcome::Failed);
        assert_eq!(Verification::of(Vec::new(), &[]).outcome, VerificationOutcome::Unproven);
    }
}
