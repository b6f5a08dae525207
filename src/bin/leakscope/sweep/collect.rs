//! Writes a service when all of its instances are there.

use std::collections::BTreeMap;
use std::collections::HashMap;

use leakscope::fleet::MissCause;
use leakscope::fleet::Missed;
use leakscope::fleet::PlannedService;
use leakscope::store::Seen;
use leakscope::store::ServiceSweep;
use leakscope::store::Store;
use leakscope::store::StoreError;

/// Takes what was seen and missed, and writes a service when nothing of it is open any more. So a process that is killed loses the services
/// in hand, and no other.
pub(crate) struct Collector<'a> {
    store: &'a mut dyn Store,
    sweep: &'a str,
    services: &'a [PlannedService],
    open: HashMap<usize, Open>,
    totals: Totals,
}

/// A service of which instances are open.
struct Open {
    waits_for: usize,
    seen: Vec<Seen>,
    missed: Vec<Missed>,
}

/// What became of the instances of this run.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    /// The number that was looked at.
    pub(crate) seen: usize,
    /// Those that were missed, by service and instance.
    pub(crate) missed: BTreeMap<(String, String), (MissCause, String)>,
}

impl<'a> Collector<'a> {
    /// `open` is the number of instances of each service that are still to come.
    pub(crate) fn new(
        store: &'a mut dyn Store,
        sweep: &'a str,
        services: &'a [PlannedService],
        open: impl Iterator<Item = (usize, usize)>,
    ) -> Self {
        let open =
            open.map(|(service, waits_for)| (service, Open { waits_for, seen: vec![], missed: vec![] }));
        Collector { store, sweep, services, open: open.collect(), totals: Totals::default() }
    }

    /// Takes one instance.
    pub(crate) fn take(&mut self, service: usize, result: Result<Seen, Missed>) -> Result<(), StoreError> {
        let Some(open) = self.open.get_mut(&service) else { return self.again(service, result) };
        match result {
            Ok(seen) => open.seen.push(seen),
            Err(missed) => open.missed.push(missed),
        }
        open.waits_for = open.waits_for.saturating_sub(1);
        if open.waits_for > 0 {
            return Ok(());
        }
        match self.open.remove(&service) {
            Some(open) => self.write(service, open),
            None => Ok(()),
        }
    }

    /// Takes an instance of a service that was written before.
    fn again(&mut self, service: usize, result: Result<Seen, Missed>) -> Result<(), StoreError> {
        let mut open = Open { waits_for: 0, seen: vec![], missed: vec![] };
        match result {
            Ok(seen) => open.seen.push(seen),
            Err(missed) => open.missed.push(missed),
        }
        self.write(service, open)
    }

    fn write(&mut self, service: usize, open: Open) -> Result<(), StoreError> {
        let Some(planned) = self.services.get(service) else { return Ok(()) };
        let Open { seen, missed, .. } = open;
        self.totals.seen += seen.len();
        for it in &seen {
            self.totals.missed.remove(&(planned.name.clone(), it.instance.clone()));
        }
        for it in &missed {
            let key = (planned.name.clone(), it.instance.clone());
            self.totals.missed.insert(key, (it.cause, it.detail.clone()));
        }
        let swept = ServiceSweep {
            name: planned.name.clone(),
            team: planned.team.clone(),
            listed: planned.listed as u64,
            wanted: planned.asked.len() as u64,
            seen,
            missed,
        };
        self.store.write(self.sweep, &swept)
    }

    /// Writes the services of which instances are still open, as after a signal, and ends.
    pub(crate) fn finish(mut self) -> Result<Totals, StoreError> {
        let mut left: Vec<(usize, Open)> = self.open.drain().collect();
        left.sort_by_key(|(service, _)| *service);
        for (service, open) in left {
            if !open.seen.is_empty() || !open.missed.is_empty() {
                self.write(service, open)?;
            }
        }
        Ok(self.totals)
    }
}
