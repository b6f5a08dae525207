//! How much of a fleet was looked at, from what a store knows of a day.

use std::collections::HashMap;

use super::Coverage;
use super::MissedLine;
use super::SweepLine;
use super::candidate::Service;

/// A service on a day, over all sweeps of it.
pub(super) struct Planned {
    pub(super) service: i64,
    pub(super) listed: u64,
    pub(super) wanted: u64,
    /// Of several sweeps a day, an instance counts once.
    pub(super) pulled: u64,
}

/// `missed` has the service, the instance, the cause and the detail, by sweep; `services` are those that the filters keep.
pub(super) fn covered(
    sweeps: Vec<SweepLine>,
    planned: Vec<Planned>,
    missed: Vec<(i64, String, String, String)>,
    services: &HashMap<i64, Service>,
) -> Coverage {
    let mut coverage = Coverage { sweeps, ..Coverage::default() };
    for Planned { service, listed, wanted, pulled } in planned {
        let Some(service) = services.get(&service) else { continue };
        // Several sweeps of a day may have chosen different instances.
        let wanted = wanted.max(pulled);
        coverage.services += 1;
        coverage.listed += listed;
        coverage.wanted += wanted;
        coverage.pulled += pulled;
        if pulled == 0 {
            coverage.unseen.push(service.name.clone());
        } else if 2 * pulled < wanted {
            coverage.thin.push(service.name.clone());
        }
    }
    coverage.unseen.sort();
    coverage.thin.sort();
    for (id, instance, cause, detail) in missed {
        if let Some(service) = services.get(&id) {
            coverage.missed.push(MissedLine { service: service.name.clone(), instance, cause, detail });
        }
    }
    let key = |it: &MissedLine| (it.service.clone(), it.instance.clone());
    coverage.missed.sort_by_key(key);
    coverage.missed.dedup_by_key(|it| key(it));
    coverage
}
