//! An answer to what a store keeps, or to the cause of a gap.

use leakscope::decode;
use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::fleet::Observation;
use leakscope::fleet::ObservedStack;
use leakscope::fleet::StackLook;
use leakscope::fleet::observe;
use leakscope::fleet::observe_again;
use leakscope::input::InputError;
use leakscope::input::SnapshotInput;
use leakscope::input::read_snapshot;
use leakscope::model::Snapshot;
use leakscope::rules::RuleSet;
use leakscope::source::CauseKind;
use leakscope::source::Phase;
use leakscope::source::SourceError;
use leakscope::text::pluralize;

use super::road::Fault;

/// Decodes and groups, within limits.
pub(crate) struct Looker {
    pub(crate) limits: decode::Limits,
    pub(crate) rules: RuleSet,
}

impl Looker {
    /// What a store keeps of a snapshot. `asked_at`, in seconds since 1970, is its time, whatever the clock of the instance says. `total`
    /// is the number of goroutines that it must have; `None` if it is not known.
    pub(crate) fn look(
        &self,
        input: SnapshotInput,
        asked_at: i64,
        total: Option<u64>,
    ) -> Result<Observation, (MissCause, String)> {
        let not_a_profile = |error: InputError| (MissCause::NotAProfile, whole(error));
        let snapshot = read_snapshot(input, &self.limits).map_err(not_a_profile)?;
        if let Some(loss) = loss(&snapshot) {
            return Err((MissCause::Cut, loss));
        }
        let counted = snapshot.counts.total();
        if let Some(total) = total.filter(|total| i128::from(*total) != counted) {
            let counted = pluralize(counted, "goroutine");
            let why = format!(
                "it has {counted}, and the server that kept it states {total}: it is no single profile"
            );
            return Err((MissCause::NotAProfile, why));
        }
        let snapshot = Snapshot { taken_at: asked_at.checked_mul(1_000_000_000), ..snapshot };
        Ok(observe(snapshot, &self.rules, asked_at))
    }
}

impl Looker {
    /// What a second look says of stacks besides their counts.
    pub(crate) fn look_again(
        &self,
        input: SnapshotInput,
    ) -> Result<Vec<(ObservedStack, StackLook)>, (MissCause, String)> {
        let not_a_profile = |error: InputError| (MissCause::NotAProfile, whole(error));
        let snapshot = read_snapshot(input, &self.limits).map_err(not_a_profile)?;
        match loss(&snapshot) {
            Some(loss) => Err((MissCause::Cut, loss)),
            None => Ok(observe_again(snapshot, &self.rules)),
        }
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

/// Why an instance was missed that was asked.
pub(crate) fn missed(instance: &str, fault: Fault) -> Missed {
    match fault {
        Fault::Source(error) => miss_of(instance, error),
        Fault::NoProfile(detail) => {
            Missed { instance: instance.to_owned(), cause: MissCause::NotAProfile, detail }
        }
    }
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
        SourceError::Status { status, body, .. } if let Some(cause) = of_api_server(*status, body) => cause,
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

/// What the API server of Kubernetes says of a pod that it could not ask.
fn of_api_server(status: u16, body: &str) -> Option<MissCause> {
    let says = |text: &str| body.contains(text);
    match status {
        400 if says("address not allowed") => Some(MissCause::NotAllowed),
        404 if says("pods ") && says("not found") => Some(MissCause::Refused),
        503 if says("error trying to reach service") && says("timeout") => Some(MissCause::TimedOut),
        503 if says("error trying to reach service") => Some(MissCause::Refused),
        _ => None,
    }
}
