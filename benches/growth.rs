//! How often innocent stacks are accused and leaks found, on simulated services; a table on stdout, the same each time.
//!
//! A service has 150 innocent stacks (60 constant, 90 queues of 2 to 2,000 goroutines that live 0.05 to 10 gaps) and 5
//! leaks that gain 75 to 1,000. Small leaks gain 5 to 20. Accused is per report; power is the share of leaks found.
//! Under 4 snapshots, "grew" counts beside "growing".

#![expect(clippy::print_stdout, reason = "a bench reports to its user")]

use leakscope::series::growth::Cohort;
use leakscope::series::growth::RowCounts;
use leakscope::series::growth::Shape;
use leakscope::series::growth::Thresholds;
use leakscope::series::growth::Verdict;
use leakscope::series::growth::judge;

const REPORTS: usize = 400;
const LIVES: [f64; 5] = [0.05, 0.3, 1.0, 3.0, 10.0];
const LEAKS: [(f64, f64); 5] = [(0.0, 75.0), (0.0, 300.0), (50.0, 150.0), (500.0, 300.0), (500.0, 1000.0)];
const SMALL: [u64; 4] = [5, 6, 10, 20];

/// Random numbers from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// At least 0, less than 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.share(), self.share());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }

    fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (limit, mut product, mut n) = ((-mean).exp(), self.share(), 0);
        while product > limit {
            product *= self.share();
            n += 1;
        }
        n
    }

    fn binomial(&mut self, n: u64, chance: f64) -> u64 {
        let spread = n as f64 * chance * (1.0 - chance);
        if spread > 60.0 {
            return ((n as f64 * chance + spread.sqrt() * self.normal()).round().max(0.0) as u64).min(n);
        }
        (0..n).filter(|_| self.share() < chance).count() as u64
    }
}

/// A row from what is there first and what each step does.
fn row(first: u64, cohorts: Vec<Cohort>) -> RowCounts {
    let mut counts = vec![i128::from(first)];
    counts.extend(cohorts.iter().map(|cohort| i128::from(cohort.survived + cohort.born)));
    RowCounts { counts, cohorts, proven: None }
}

/// A queue of goroutines that live `life` gaps, of which at each gap `leaks` more stay.
fn queue(random: &mut Random, mean: f64, life: f64, load: &[f64], leaks: &[u64]) -> RowCounts {
    let stays = (-1.0 / life).exp();
    let first = random.poisson(mean * load[0]);
    let (mut there, mut stuck) = (first, 0);
    let mut cohorts = Vec::new();
    for (at, factor) in load.iter().enumerate().skip(1) {
        let stayed = random.binomial(there, stays);
        let leaked = leaks.get(at - 1).copied().unwrap_or(0);
        let came = random.poisson(mean * factor * (1.0 - stays));
        cohorts.push(Cohort { born: came + leaked, exited: there - stayed, survived: stayed + stuck });
        there = stayed + came;
        stuck += leaked;
    }
    row(first, cohorts)
}

/// A leak without noise of its own: `gain` in all, one now and then.
fn drip(start: u64, gain: u64, steps: u64) -> RowCounts {
    let level = |step: u64| start + gain * step / steps;
    let cohort = |at: u64| Cohort { born: level(at + 1) - level(at), exited: 0, survived: level(at) };
    row(start, (0..steps).map(cohort).collect())
}

/// A course of counts that rises by births and falls by exits alone.
fn course(counts: &[u64]) -> RowCounts {
    let step = |pair: &[u64]| {
        let (born, exited) = (pair[1].saturating_sub(pair[0]), pair[0].saturating_sub(pair[1]));
        Cohort { born, exited, survived: pair[0].min(pair[1]) }
    };
    row(counts[0], counts.windows(2).map(step).collect())
}

fn ramp(snapshots: usize, factor: f64) -> Vec<f64> {
    (0..snapshots).map(|at| 1.0 + (factor - 1.0) * at as f64 / (snapshots - 1) as f64).collect()
}

fn innocents(random: &mut Random, load: &[f64]) -> Vec<RowCounts> {
    let mut rows = Vec::new();
    for _ in 0..60 {
        let n = 1 + random.below(8);
        rows.push(course(&vec![n; load.len()]));
    }
    for _ in 0..90 {
        let mean = 10f64.powf(0.3 + 3.0 * random.share());
        let life = LIVES[random.below(5) as usize];
        rows.push(queue(random, mean, life, load, &[]));
    }
    rows
}

/// How many of `rows` are said to grow.
fn accused(rows: &mut [RowCounts], ids: bool) -> Vec<bool> {
    if !ids {
        for row in rows.iter_mut() {
            row.cohorts.clear();
        }
    }
    let snapshots = rows[0].counts.len();
    let hours: Vec<f64> = (0..snapshots).map(|at| at as f64 / 60.0).collect();
    let judged = judge(rows, Some(&hours), &[], &Thresholds::default());
    let grew = |shape| shape == Some(Shape::Grew);
    judged.rows.iter().map(|it| it.verdict == Verdict::Growing || grew(it.shape)).collect()
}

fn services(snapshots: usize, factor: f64, ids: bool) {
    let mut random = Random(7 + snapshots as u64 * 1000 + factor as u64 * 10);
    let load = ramp(snapshots, factor);
    let steps = snapshots as u64 - 1;
    let (mut wrong, mut found, mut small) = (0, [0; LEAKS.len()], [0; SMALL.len()]);
    for _ in 0..REPORTS {
        let mut rows = innocents(&mut random, &load);
        let innocent = rows.len();
        for (base, gain) in LEAKS {
            let leaks: Vec<u64> = (0..steps).map(|_| random.poisson(gain / steps as f64)).collect();
            rows.push(queue(&mut random, base, 1.0, &load, &leaks));
        }
        rows.extend(SMALL.iter().map(|gain| drip(1, *gain, steps)));
        let accused = accused(&mut rows, ids);
        wrong += accused[..innocent].iter().filter(|it| **it).count();
        for (at, it) in accused[innocent..].iter().enumerate().filter(|(_, it)| **it) {
            let _ = it;
            match at < LEAKS.len() {
                true => found[at] += 1,
                false => small[at - LEAKS.len()] += 1,
            }
        }
    }
    let share = |n: usize| n as f64 / REPORTS as f64;
    let each = |found: &[usize]| found.iter().map(|n| format!("{:5.2}", share(*n))).collect::<String>();
    println!(
        "{snapshots:>2}   x{factor}  {:6}  {:7.3}  {:5.3}  {} |{}",
        if ids { "ids" } else { "counts" },
        share(wrong),
        share(found.iter().sum()) / LEAKS.len() as f64,
        each(&found),
        each(&small)
    );
}

/// How often rows of one kind, with innocents around, are accused.
fn kind(name: &str, make: impl Fn(&mut Random, usize) -> RowCounts) {
    let mut text = format!("{name:24}");
    for (snapshots, ids) in
        [(2, false), (3, false), (6, false), (12, false), (3, true), (6, true), (12, true)]
    {
        let mut random = Random(11);
        let load = vec![1.0; snapshots];
        let mut hits = 0;
        for _ in 0..REPORTS {
            let mut rows = innocents(&mut random, &load);
            rows.push(make(&mut random, snapshots));
            hits += usize::from(accused(&mut rows, ids).last() == Some(&true));
        }
        text += &format!("{:7.3}", hits as f64 / REPORTS as f64);
    }
    println!("{text}");
}

fn main() {
    println!(" k  load  by      accused  power  +75  +300 50+150 500+300 500+1000 | small: +5 +6 +10 +20");
    for snapshots in [2, 3, 4, 5, 6, 8, 12] {
        for factor in [1.0, 2.0, 5.0] {
            for ids in [false, true] {
                services(snapshots, factor, ids);
            }
        }
    }
    println!("\nshare accused            counts:               ids:");
    println!("kind                       k=2    k=3    k=6   k=12    k=3    k=6   k=12");
    kind("constant", |random, k| course(&vec![10 + random.below(500); k]));
    kind("Poisson, mean 100", |random, k| queue(random, 100.0, 0.01, &vec![1.0; k], &[]));
    kind("queue, life 3 gaps", |random, k| queue(random, 200.0, 3.0, &vec![1.0; k], &[]));
    kind("queue, life 10 gaps", |random, k| queue(random, 20.0, 10.0, &vec![1.0; k], &[]));
    kind("pool that resizes once", |random, k| {
        let at = 1 + random.below(k as u64 - 1) as usize;
        course(&(0..k).map(|snapshot| if snapshot < at { 8 } else { 64 }).collect::<Vec<_>>())
    });
    kind("bursts", |random, k| {
        course(
            &(0..k).map(|_| 5 + if random.below(4) == 0 { random.below(300) } else { 0 }).collect::<Vec<_>>(),
        )
    });
    kind("sawtooth of 4", |random, k| {
        let phase = random.below(4);
        course(&(0..k as u64).map(|at| 20 + 40 * ((at + phase) % 4)).collect::<Vec<_>>())
    });
    kind("ramp to a plateau", |_, k| {
        course(
            &(0..k)
                .map(|at| 5 + (120.0 * (1.0 - (-(at as f64) * 6.0 / k as f64).exp())) as u64)
                .collect::<Vec<_>>(),
        )
    });
    kind("leak, 1 a gap", |_, k| drip(0, k as u64 - 1, k as u64 - 1));
    kind("leak, 4 a gap in 100", |random, k| queue(random, 100.0, 0.3, &vec![1.0; k], &vec![4; k]));
    kind("leak, 20 a gap in 100", |random, k| queue(random, 100.0, 0.3, &vec![1.0; k], &vec![20; k]));
}
