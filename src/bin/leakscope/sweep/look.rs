//! An answer to what a store keeps, or to the cause of a gap.

use leakscope::decode;
use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::fleet::Observation;
use leakscope::fleet::observe;
use leakscope::input::InputError;
use leakscope::input::SnapshotInput;
use leakscope::input::read_snapshot;
use leakscope::model::Snapshot;
use leakscope::rules::RuleSet;
use leakscope::source::CauseKind;
use leakscope::source::Phase;
use leakscope::source::SourceError;

/// Decodes and groups, within limits.
pub(crate) struct Looker {
    pub(crate) limits: decode::Limits,
    pub(crate) rules: RuleSet,
}

impl Looker {
    /// What a store keeps of a snapshot. `asked_at`, in seconds since 1970, is its time, whatever the clock of the instance says.
    pub(crate) fn look(
        &self,
        input: SnapshotInput,
        asked_at: i64,
    ) -> Result<Observation, (MissCause, String)> {
        let not_a_profile = |error: InputError| (MissCause::NotAProfile, whole(error));
        let snapshot = read_snapshot(input, &self.limits).map_err(not_a_profile)?;
        if let Some(loss) = loss(&snapshot) {
            return Err((MissCause::Cut, loss));
        }
        let snapshot = Snapshot { taken_at: asked_at.checked_mul(1_000_000_000), ..snapshot };
        Ok(observe(snapshot, &self.rules, asked_at))
    }
}

/// What of a profile is lost, if something is: its counts would be too low.
fn loss(snapshot: &Snapshot) -> Option<String> {
    let warnings = snapshot.counts.warnings.iter().chain(&snapshot.warnings);
    warnings.filter(|it| it.incomplete).map(ToString::to_string).next()
}

/// An error with its causes.
fn whole(error: impl Into<anyhow::Error>) -> String {
    format!("{:#}", error.into())
}

/// Why an instance was missed.
pub(crate) fn miss_of(instance: &str, error: SourceError) -> Missed {
    let cause = match &error {
        SourceError::NotAllowed { .. } | SourceError::Target { .. } => MissCause::NotAllowed,
        SourceError::TimedOut { .. } => MissCause::TimedOut,
        SourceError::Transport { source, phase, .. } => match (source.kind, phase) {
            (CauseKind::NotAllowed, _) => MissCause::NotAllowed,
            (CauseKind::Refused | CauseKind::Name, _) => MissCause::Refused,
            (_, Phase::Body { .. }) => MissCause::Cut,
            (_, _) => MissCause::Failed,
        },
        SourceError::Status { status: 401 | 403, .. } => MissCause::Denied,
        SourceError::Status { .. } | SourceError::Redirect { .. } => MissCause::Status,
        SourceError::TooLarge { .. } => MissCause::Cut,
        SourceError::Coding { .. } => MissCause::NotAProfile,
        SourceError::Setting { .. }
        | SourceError::Read { .. }
        | SourceError::NotAFile { .. }
        | SourceError::EmptyFolder { .. }
        | SourceError::Meta { .. }
        | SourceError::FileName { .. }
        | SourceError::Save { .. }
        // The enum may gain causes.
        | _ => MissCause::Failed,
    };
    Missed { instance: instance.to_owned(), cause, detail: whole(error) }
}
