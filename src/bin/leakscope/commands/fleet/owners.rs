//! What is known of owners, from the policy and a CODEOWNERS file, and the row that an owner is looked for by.

use std::path::PathBuf;

use anyhow::anyhow;
use leakscope::fleet::CodeOwners;
use leakscope::fleet::OwnedStack;
use leakscope::fleet::Owner;
use leakscope::fleet::OwnerEntry;
use leakscope::fleet::Owners;
use leakscope::gate::Policy;
use leakscope::rules::RuleSet;
use leakscope::store::RankedRow;

use super::FleetArgs;
use crate::commands::gate;
use crate::exit_code::Failure;
use crate::inputs;
use crate::terminal::Terminal;

/// The policy of `--policy`, or the nearest one.
pub(super) fn policy(args: &FleetArgs) -> Result<Policy, Failure> {
    let path: Option<PathBuf> = gate::policy_path(args.policy.as_deref());
    match path.filter(|_| !args.isolated) {
        Some(path) => gate::read_policy(&path, &RuleSet::built_in()),
        None => Ok(Policy::default()),
    }
}

/// What is known of owners.
pub(super) fn owners(args: &FleetArgs, policy: &Policy, terminal: &Terminal) -> Result<Owners, Failure> {
    let code = match &args.codeowners {
        None => None,
        Some(path) => {
            let code = CodeOwners::parse(&inputs::text(path).map_err(Failure::in_usage)?);
            let shown = inputs::name(path);
            code.warnings.iter().for_each(|it| terminal.warning(&format!("{shown}: {it}")));
            if policy.fleet.strip.is_empty() {
                let error =
                    anyhow!("{shown}: it is not known which files of a profile are in its repository");
                let hint = "add to the policy: [fleet] strip = [\"/srv/app/\"], what comes before the path in the repository";
                return Err(Failure::usage(error).with_hint(hint));
            }
            Some(code)
        }
    };
    let entries = policy.fleet.owner.iter().map(|it| OwnerEntry {
        service: it.service.clone(),
        function: it.function.clone(),
        owner: it.owner.clone(),
    });
    let (strip, shared) = (policy.fleet.strip.clone(), policy.fleet.shared.clone());
    Ok(Owners { entries: entries.collect(), code, strip, shared })
}

/// The owner of a row.
pub(super) fn owner_of(owners: &Owners, row: &RankedRow) -> Option<Owner> {
    owners.of(&OwnedStack {
        service: &row.service,
        team: row.team.as_deref(),
        frames: &row.frames,
        spawn: row.spawn.as_deref(),
    })
}
