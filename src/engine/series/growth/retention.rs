//! What goroutine IDs show: who was created, who exited, who survived.

use super::Cohort;
use super::chance::binomial_at_least;
use super::chance::binomial_at_most;
use super::chance::normal_above;
use super::mann_kendall::MannKendall;

pub(super) const MIN_GAIN: u64 = 5;
/// The smallest gain if some goroutines are created in every one of at least 3 steps.
const MIN_GAIN_EVERY_STEP: u64 = 3;
/// The fewest exits that show that no goroutine stays, in several steps.
const MIN_EXITS: u64 = 5;
/// The fewest exits in the last step that show that a row drains. A dump misses a few goroutines that run.
const MIN_DRAIN: u64 = 4;
/// A row drains if births and exits of equal frequency produce as many exits with at most this probability.
const MAX_P_DRAIN: f64 = 0.05;
/// A pause or a jump is real if a constant birth rate produces it with at most this probability.
const MAX_P_UNEVEN: f64 = 0.01;

/// How the goroutines of a row stay or go, by their IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retention {
    /// Nearly all stay, and new ones come all the time.
    Accumulate,
    /// They came and stayed, and no more come.
    FilledUp,
    /// Most came in one step.
    SingleJump,
    /// They come and go in similar numbers.
    Churn,
    /// Their number rises in every step, though some go.
    Climb,
    /// They came and stayed, and in the last step more went than came.
    Drain,
    /// None of these.
    Unclassified,
}

/// The sums of several cohorts. A step leads from one snapshot to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct CohortTotals {
    pub(super) steps: usize,
    pub(super) born: u64,
    pub(super) exited: u64,
    survived: u64,
    pub(super) born_steps: usize,
    /// Steps at the end in which none was created.
    pub(super) still: usize,
    /// Created in the step with the most births.
    pub(super) most: u64,
    /// Whether that is the last step.
    pub(super) most_is_last: bool,
    /// Created and exited in the last step.
    last: (u64, u64),
    climbs: usize,
}

impl CohortTotals {
    pub(super) fn of(cohorts: &[Cohort]) -> CohortTotals {
        let mut totals = CohortTotals { steps: cohorts.len(), ..CohortTotals::default() };
        for (step, cohort) in cohorts.iter().enumerate() {
            totals.born = totals.born.saturating_add(cohort.born);
            totals.exited = totals.exited.saturating_add(cohort.exited);
            totals.survived = totals.survived.saturating_add(cohort.survived);
            totals.born_steps += usize::from(cohort.born > 0);
            totals.climbs += usize::from(cohort.born > cohort.exited);
            totals.last = (cohort.born, cohort.exited);
            totals.still = if cohort.born == 0 { totals.still + 1 } else { 0 };
            if cohort.born >= totals.most {
                totals.most = cohort.born;
                totals.most_is_last = step + 1 == cohorts.len();
            }
        }
        totals
    }

    fn gain(&self) -> u64 {
        self.born.saturating_sub(self.exited)
    }

    /// The binomial tail: the probability of at least as many births among all births and exits, if births are `load` times as
    /// frequent as exits.
    pub(super) fn p_value(&self, load: f64) -> f64 {
        binomial_at_least(self.born, self.born.saturating_add(self.exited), load / (1.0 + load))
    }

    /// Whether hardly any goroutine is still there in the next snapshot: those that are there are always others.
    pub(super) fn is_turnover(&self) -> bool {
        let enough = if self.steps > 1 { MIN_EXITS } else { 2 * MIN_EXITS };
        self.exited >= enough && self.survived.saturating_mul(9) <= self.exited
    }

    /// Whether in the last step more goroutines exited than were created, by more than chance or a few that ran explain.
    pub(super) fn drains(&self) -> bool {
        let (born, exited) = self.last;
        let is_more = exited > born && exited >= MIN_DRAIN;
        is_more && binomial_at_least(exited, exited.saturating_add(born), 0.5) <= MAX_P_DRAIN
    }

    /// Whether exits are at most a tenth of the births, and of the goroutines at the start of the steps.
    fn nearly_all_stay(&self) -> bool {
        let limit = self.exited.saturating_mul(10);
        limit <= self.born && limit <= self.survived.saturating_add(self.exited)
    }

    /// Whether the gain is large enough, and spread over enough steps.
    fn is_steady_gain(&self) -> bool {
        let every_step = self.steps >= 3 && self.born_steps == self.steps;
        let is_enough = self.gain() >= MIN_GAIN || (every_step && self.gain() >= MIN_GAIN_EVERY_STEP);
        let is_spread = self.born_steps * 2 >= self.steps || self.born_steps as u64 >= MIN_GAIN;
        is_enough && is_spread
    }

    /// Whether most births fall on one step, and a constant birth rate makes that unlikely.
    fn is_single_jump(&self) -> bool {
        let p_value = binomial_at_least(self.most, self.born, 1.0 / self.steps as f64) * self.steps as f64;
        self.steps >= 2 && self.most as f64 > 0.66 * self.born as f64 && p_value <= MAX_P_UNEVEN
    }
}

/// Classifies the cohorts of a row. `load` is the highest load divided by the lowest.
pub(super) fn retention(cohorts: &[Cohort], load: f64) -> Retention {
    let totals = CohortTotals::of(cohorts);
    if totals.born == 0 && totals.exited == 0 {
        return Retention::Unclassified;
    }
    if totals.exited.saturating_mul(2) >= totals.born || totals.is_turnover() {
        return Retention::Churn;
    }
    if !totals.nearly_all_stay() {
        // If the load doubles, arrivals outnumber exits until the exits follow, hence the load.
        let births_dominate = totals.exited as f64 * 3.0 * load <= totals.born as f64;
        let climbs = totals.steps >= 5 && totals.climbs == totals.steps && totals.gain() >= MIN_GAIN;
        return match climbs && births_dominate {
            true if totals.drains() => Retention::Drain,
            true => Retention::Climb,
            false => Retention::Unclassified,
        };
    }
    if births_stopped(cohorts) {
        return Retention::FilledUp;
    }
    if totals.drains() {
        return Retention::Drain;
    }
    if totals.is_single_jump() {
        // Without the jump there can still be a steady leak.
        let jump = cohorts.iter().position(|cohort| cohort.born == totals.most).unwrap_or(0);
        let mut others = cohorts.to_vec();
        others.remove(jump);
        let totals = CohortTotals::of(&others);
        let is_leak = totals.steps >= 2 && totals.is_steady_gain() && !births_stopped(&others);
        return if is_leak { Retention::Accumulate } else { Retention::SingleJump };
    }
    // Among hundreds of small rows, some have a few births and no exit over one or two steps by chance.
    let is_significant = totals.steps >= 3 || totals.p_value(load) <= MAX_P_UNEVEN;
    if totals.is_steady_gain() && is_significant { Retention::Accumulate } else { Retention::Unclassified }
}

/// Whether births have stopped or are about to: in the last third of the steps there are none, or less than half of what a constant
/// birth rate leads to, and that is significant.
fn births_stopped(cohorts: &[Cohort]) -> bool {
    let totals = CohortTotals::of(cohorts);
    if totals.steps < 2 || totals.born == 0 {
        return false;
    }
    let tail = totals.steps.div_ceil(3);
    let late = CohortTotals::of(cohorts.get(totals.steps - tail..).unwrap_or_default()).born;
    let share = tail as f64 / totals.steps as f64;
    let few = (late as f64) < share * totals.born as f64 / 2.0;
    late == 0 || (few && binomial_at_most(late, totals.born, share) <= MAX_P_UNEVEN)
}

/// The cohorts that the counts of a row make if all goroutines that are left are proven leaked: none of them can exit.
pub(super) fn from_leak_proof(counts: &[i128]) -> Vec<Cohort> {
    let step = |pair: &[i128]| {
        let (before, after) = (u64::try_from(pair[0]).unwrap_or(0), u64::try_from(pair[1]).unwrap_or(0));
        let (born, exited) = (after.saturating_sub(before), before.saturating_sub(after));
        Cohort { born, exited, survived: before.min(after) }
    };
    counts.windows(2).map(step).collect()
}

/// How the share of goroutines that survive a step changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct SurvivalTrend {
    /// The share in the earlier half of the steps.
    pub(super) early: f64,
    pub(super) late: f64,
    /// Survivors of the last step beyond those that the earlier share would leave.
    pub(super) beyond: f64,
    /// The probability that chance alone raises the share as much (z-test of two proportions).
    pub(super) p_value: f64,
    /// The larger Mann-Kendall p-value of two rising series: the share that survives a step, and the number that does.
    pub(super) p_order: f64,
}

/// Tests whether among goroutines that come and go more and more survive; `None` with fewer than 3 steps, or if a half has no
/// goroutines. The load changes births, and with them counts, but not the share that survives: load alone does not raise it.
pub(super) fn survival_trend(cohorts: &[Cohort], mann_kendall: &mut MannKendall) -> Option<SurvivalTrend> {
    let (last, half) = (cohorts.last()?, cohorts.len() / 2);
    if cohorts.len() < 3 {
        return None;
    }
    let at_start = |cohort: &Cohort| cohort.survived as f64 + cohort.exited as f64;
    let survivors = |cohorts: &[Cohort]| {
        let CohortTotals { survived, exited, .. } = CohortTotals::of(cohorts);
        (survived as f64, survived as f64 + exited as f64)
    };
    let (early, early_all) = survivors(&cohorts[..half]);
    let (late, late_all) = survivors(&cohorts[cohorts.len() - half..]);
    if early_all <= 0.0 || late_all <= 0.0 {
        return None;
    }
    let pooled = (early + late) / (early_all + late_all);
    let (early, late) = (early / early_all, late / late_all);
    let error = (pooled * (1.0 - pooled) * (1.0 / early_all + 1.0 / late_all)).sqrt();
    let p_value = if error > 0.0 { normal_above((late - early) / error) } else { 1.0 };
    let numbers: Vec<f64> = cohorts.iter().map(|step| step.survived as f64).collect();
    let shares: Vec<f64> =
        cohorts.iter().map(|step| step.survived as f64 / at_start(step).max(1.0)).collect();
    let p_order = mann_kendall.p_rising(&numbers).max(mann_kendall.p_rising(&shares));
    let beyond = last.survived as f64 - early * at_start(last);
    Some(SurvivalTrend { early, late, beyond, p_value, p_order })
}
