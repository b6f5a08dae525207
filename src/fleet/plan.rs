//! Who is asked: shards by service, and a few instances of each.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::str::FromStr;

use super::FleetTarget;
use super::hash::hash;

/// How to choose.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'a> {
    /// The instances of each service; `None` for all.
    pub instances: Option<usize>,
    /// The part of the services that this machine asks; `None` for all.
    pub shard: Option<Shard>,
    /// Decides which instances have their turn: the same text chooses the same ones.
    pub turn: &'a str,
}

/// The `index`-th of `count` parts of the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (index, count) = text.split_once('/')?;
            let (index, count): (u32, NonZeroU32) = (index.parse().ok()?, count.parse().ok()?);
            (1..=count.get()).contains(&index).then(|| Shard { index: index - 1, count })
        };
        parse().ok_or_else(|| "write it like 3/16, from 1/16 to 16/16".to_owned())
    }
}

impl Shard {
    fn has(self, service: &str) -> bool {
        hash(&[service]) % u64::from(self.count.get()) == u64::from(self.index)
    }
}

/// Who is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The services, by name.
    pub services: Vec<PlannedService>,
}

/// A service and the instances that are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedService {
    /// Its name.
    pub name: String,
    /// Its team: the first that the list names; `None` if it names none.
    pub team: Option<String>,
    /// The number of instances that the list names.
    pub listed: usize,
    /// The instances that are asked, by name.
    pub asked: Vec<FleetTarget>,
}

impl Plan {
    /// The number of instances that are asked.
    pub fn asked(&self) -> usize {
        self.services.iter().map(|it| it.asked.len()).sum()
    }

    /// The number of instances that the list names.
    pub fn listed(&self) -> usize {
        self.services.iter().map(|it| it.listed).sum()
    }
}

/// Chooses the instances of each service: those that a source names for what they show, in that order, then by a hash of their name and of
/// the turn, so that all of them have their turn, and that the same turn always asks the same ones.
pub fn plan(targets: Vec<FleetTarget>, choice: &Choice<'_>) -> Plan {
    let mut services: BTreeMap<String, Vec<FleetTarget>> = BTreeMap::new();
    for target in targets {
        if choice.shard.is_none_or(|shard| shard.has(&target.service)) {
            services.entry(target.service.clone()).or_default().push(target);
        }
    }
    let planned = services.into_iter().map(|(name, mut targets)| {
        let listed = targets.len();
        let team = targets.iter().find_map(|it| it.team.clone());
        if let Some(instances) = choice.instances {
            targets.sort_by_cached_key(|it| {
                let named = it.precedence.unwrap_or(u32::MAX);
                (named, hash(&[choice.turn, &it.instance]), it.instance.clone())
            });
            targets.truncate(instances);
        }
        targets.sort_by(|a, b| a.instance.cmp(&b.instance));
        PlannedService { name, team, listed, asked: targets }
    });
    Plan { services: planned.collect() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn fleet() -> Vec<FleetTarget> {
        let mut targets = Vec::new();
        for service in 0..40 {
            for instance in 0..20 {
                targets.push(FleetTarget {
                    service: format!("s{service}"),
                    instance: format!("i{instance}"),
                    place: format!("10.0.{service}.{instance}:6060"),
                    team: (instance == 3).then(|| "pay".to_owned()),
                    ..FleetTarget::default()
                });
            }
        }
        targets
    }

    fn choice(turn: &str) -> Choice<'_> {
        Choice { instances: Some(5), shard: None, turn }
    }

    #[test]
    fn a_few_instances_have_their_turn() {
        let first = plan(fleet(), &choice("2026-12-01"));
        assert_eq!((first.services.len(), first.asked(), first.listed()), (40, 200, 800));
        assert_eq!(first.services[0].team.as_deref(), Some("pay"));
        let mut reversed = fleet();
        reversed.reverse();
        assert_eq!(plan(reversed, &choice("2026-12-01")), first, "the order of the list does not matter");
        assert_ne!(plan(fleet(), &choice("2026-12-02")), first);
        let mut seen = BTreeSet::new();
        for day in 0..40 {
            let turn = format!("day {day}");
            seen.extend(plan(fleet(), &choice(&turn)).services[0].asked.iter().map(|it| it.instance.clone()));
        }
        assert_eq!(seen.len(), 20, "40 turns look at all 20 instances");
    }

    #[test]
    fn those_that_a_source_names_come_first() {
        let mut named = fleet();
        for (instance, precedence) in [(7, 1), (9, 0), (2, 2)] {
            named[instance].precedence = Some(precedence);
        }
        let few = Choice { instances: Some(2), ..choice("x") };
        let asked = &plan(named, &few).services[0].asked;
        assert_eq!(asked.iter().map(|it| it.instance.as_str()).collect::<Vec<_>>(), ["i7", "i9"]);
    }

    #[test]
    fn shards_share_the_services() {
        let whole = plan(fleet(), &choice("x"));
        let mut joined: Vec<PlannedService> = Vec::new();
        for part in ["1/3", "2/3", "3/3"] {
            let shard = Some(part.parse().expect("it is a shard"));
            let part = plan(fleet(), &Choice { shard, ..choice("x") });
            assert!(part.services.len() > 5, "{} services", part.services.len());
            joined.extend(part.services);
        }
        joined.sort_by(|a, b| a.name.cmp(&b.name));
        assert_eq!(joined, whole.services);
        for wrong in ["0/3", "4/3", "1/0", "1", "a/b", "-1/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
