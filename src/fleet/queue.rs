//! Who is asked next, within the budgets.

use std::collections::HashMap;
use std::collections::VecDeque;

/// How many may be asked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Instances together.
    pub at_once: usize,
    /// Instances of one service.
    pub per_service: usize,
    /// Instances on one host.
    pub per_host: usize,
}

/// The instances that wait for their turn, and those that are being asked. An instance is its position in the caller's list.
#[derive(Debug)]
pub struct Queue {
    budget: Budget,
    waiting: VecDeque<Waiting>,
    asked: HashMap<usize, Waiting>,
    of_service: HashMap<usize, usize>,
    on_host: HashMap<Box<str>, usize>,
}

#[derive(Clone, Debug)]
struct Waiting {
    index: usize,
    service: usize,
    host: Box<str>,
}

/// How many of those that wait are looked at to find one that may be asked: the bound of the work for each answer.
const WINDOW: usize = 1024;

impl Queue {
    /// A queue in which nobody waits.
    pub fn new(budget: Budget) -> Self {
        let (waiting, asked) = (VecDeque::new(), HashMap::new());
        Queue { budget, waiting, asked, of_service: HashMap::new(), on_host: HashMap::new() }
    }

    /// Adds an instance at the end.
    pub fn push(&mut self, index: usize, service: usize, host: &str) {
        self.waiting.push_back(Waiting { index, service, host: host.into() });
    }

    /// The first instance that may be asked now; it counts as being asked until [`Queue::done`]. `None` if nobody waits, or if a budget
    /// is used up.
    pub fn start_next(&mut self) -> Option<usize> {
        if self.asked.len() >= self.budget.at_once.max(1) {
            return None;
        }
        let has_budget = |it: &Waiting| {
            let of_service = self.of_service.get(&it.service).copied().unwrap_or(0);
            let on_host = self.on_host.get(&it.host).copied().unwrap_or(0);
            of_service < self.budget.per_service.max(1) && on_host < self.budget.per_host.max(1)
        };
        let at = self.waiting.iter().take(WINDOW).position(has_budget)?;
        let found = self.waiting.remove(at)?;
        *self.of_service.entry(found.service).or_default() += 1;
        *self.on_host.entry(found.host.clone()).or_default() += 1;
        let index = found.index;
        self.asked.insert(index, found);
        Some(index)
    }

    /// Ends the turn of an instance.
    pub fn done(&mut self, index: usize) {
        let Some(Waiting { service, host, .. }) = self.asked.remove(&index) else { return };
        if let Some(count) = self.of_service.get_mut(&service) {
            *count -= 1;
            if *count == 0 {
                self.of_service.remove(&service);
            }
        }
        if let Some(count) = self.on_host.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.on_host.remove(&host);
            }
        }
    }

    /// The number of instances that are being asked.
    pub fn asked(&self) -> usize {
        self.asked.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The instances that still wait, in order, and then those that are being asked; afterwards there are none.
    pub fn drain(&mut self) -> Vec<usize> {
        let mut asked: Vec<usize> = self.asked.drain().map(|(index, _)| index).collect();
        asked.sort_unstable();
        self.of_service.clear();
        self.on_host.clear();
        self.waiting.drain(..).map(|it| it.index).chain(asked).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_hold() {
        let mut queue = Queue::new(Budget { at_once: 4, per_service: 2, per_host: 1 });
        // Services 0 and 1 with four instances each; instances 0 and 1 share a host.
        for (index, host) in ["a", "a", "b", "c", "d", "e", "f", "g"].into_iter().enumerate() {
            queue.push(index, index / 4, host);
        }
        let next = |queue: &mut Queue| std::iter::from_fn(|| queue.start_next()).collect::<Vec<_>>();
        assert_eq!(next(&mut queue), [0, 2, 4, 5], "1 shares a host, 3 would be the third of its service");
        assert_eq!((queue.start_next(), queue.asked()), (None, 4));
        queue.done(0);
        assert_eq!(next(&mut queue), [1]);
        queue.done(5);
        queue.done(5);
        assert_eq!(next(&mut queue), [6]);
        queue.done(1);
        assert!(!queue.is_empty());
        assert_eq!(queue.drain(), [3, 7, 2, 4, 6]);
        assert_eq!((queue.start_next(), queue.asked(), queue.is_empty()), (None, 0, true));
    }

    #[test]
    fn a_budget_of_0_does_not_wait_for_ever() {
        let mut queue = Queue::new(Budget { at_once: 0, per_service: 0, per_host: 0 });
        queue.push(7, 0, "a");
        assert_eq!(queue.start_next(), Some(7));
    }
}
