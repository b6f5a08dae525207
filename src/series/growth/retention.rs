//! What ids tell: who came, who went, who stayed.

use super::Cohort;
use super::chance::binomial_at_least;
use super::chance::binomial_at_most;
use super::chance::normal_above;
use super::rank::MannKendall;

/// The least gain that ids can show.
pub(super) const MIN_GAIN: u64 = 5;
/// The least gain where some are born in every one of at least 3 steps.
pub(super) const MIN_GAIN_EVERY_STEP: u64 = 3;
/// How unlikely a pause or a jump must be among goroutines that are born at an even rate.
const UNEVEN: f64 = 0.01;

/// What the ids of one row amount to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stay {
    /// Nearly all stay, and more come all the time.
    Accumulate,
    /// They came, stayed, and no more come.
    Filled,
    /// Most came at once.
    AtOnce,
    /// They come and go in equal numbers.
    Churn,
    /// They climb in every step, though some go.
    Climb,
    /// None of these.
    Open,
}

/// Steps added up.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ledger {
    /// Pairs of neighbouring moments.
    pub(super) steps: usize,
    /// Born in all steps.
    pub(super) born: u64,
    /// Exited in all steps.
    pub(super) exited: u64,
    /// Survived, over all steps.
    pub(super) survived: u64,
    /// Steps in which some were born.
    pub(super) born_steps: usize,
    /// Steps at the end in which none were born.
    pub(super) still: usize,
    /// Born in the step with the most births.
    pub(super) most: u64,
    /// Whether that is the last step.
    pub(super) most_is_last: bool,
    /// Steps after which there were more than before.
    pub(super) climbs: usize,
}

impl Ledger {
    /// Adds the steps up.
    pub(super) fn of(cohorts: &[Cohort]) -> Ledger {
        let mut it = Ledger { steps: cohorts.len(), ..Ledger::default() };
        for (at, cohort) in cohorts.iter().enumerate() {
            it.born = it.born.saturating_add(cohort.born);
            it.exited = it.exited.saturating_add(cohort.exited);
            it.survived = it.survived.saturating_add(cohort.survived);
            it.born_steps += usize::from(cohort.born > 0);
            it.climbs += usize::from(cohort.born > cohort.exited);
            it.still = if cohort.born == 0 { it.still + 1 } else { 0 };
            if cohort.born >= it.most {
                it.most = cohort.born;
                it.most_is_last = at + 1 == cohorts.len();
            }
        }
        it
    }

    /// Births less exits.
    pub(super) fn gain(&self) -> u64 {
        self.born.saturating_sub(self.exited)
    }

    /// How often as many births fall on so few exits when births are `load` times as frequent.
    pub(super) fn p_value(&self, load: f64) -> f64 {
        binomial_at_least(self.born, self.born.saturating_add(self.exited), load / (1.0 + load))
    }

    /// Whether nearly all stay: exits are few beside births, and few of those that were there.
    fn nearly_all_stay(&self) -> bool {
        let gone = self.exited.saturating_mul(10);
        gone <= self.born && gone <= self.survived.saturating_add(self.exited)
    }

    /// Whether the gain is large enough, and spread over enough steps.
    fn gains(&self) -> bool {
        let every_step = self.steps >= 3 && self.born_steps == self.steps;
        let enough = self.gain() >= MIN_GAIN || (every_step && self.gain() >= MIN_GAIN_EVERY_STEP);
        let spread = self.born_steps * 2 >= self.steps || self.born_steps as u64 >= MIN_GAIN;
        enough && spread
    }

    /// Whether most of the births are those of one step, beyond what an even rate makes likely.
    fn at_once(&self) -> bool {
        let by_chance = binomial_at_least(self.most, self.born, 1.0 / self.steps as f64) * self.steps as f64;
        self.steps >= 2 && self.most as f64 > 0.66 * self.born as f64 && by_chance <= UNEVEN
    }
}

/// What the ids amount to, when the highest load is `load` times the lowest.
pub(super) fn stay(cohorts: &[Cohort], load: f64) -> Stay {
    let all = Ledger::of(cohorts);
    if all.born == 0 && all.exited == 0 {
        return Stay::Open;
    }
    if all.exited.saturating_mul(2) >= all.born {
        return Stay::Churn;
    }
    if !all.nearly_all_stay() {
        // Arrivals that double with the load outnumber exits until these follow, hence the load.
        let more = all.exited as f64 * 3.0 * load <= all.born as f64;
        let every = all.steps >= 5 && all.climbs == all.steps && all.gain() >= MIN_GAIN;
        return if every && more { Stay::Climb } else { Stay::Open };
    }
    if stopped(cohorts, &all) {
        return Stay::Filled;
    }
    if all.at_once() {
        // What is left without the jump can still be a steady leak.
        let jump = cohorts.iter().position(|cohort| cohort.born == all.most).unwrap_or(0);
        let without = |cohort: &(usize, &Cohort)| cohort.0 != jump;
        let rest: Vec<Cohort> =
            cohorts.iter().enumerate().filter(without).map(|(_, cohort)| *cohort).collect();
        let rest = (Ledger::of(&rest), stopped(&rest, &Ledger::of(&rest)));
        return if rest.0.steps >= 2 && rest.0.gains() && !rest.1 { Stay::Accumulate } else { Stay::AtOnce };
    }
    // Of hundreds of small rows, one or another has a few births and no exit over one or two steps.
    let enough = all.steps >= 3 || all.p_value(load) <= UNEVEN;
    if all.gains() && enough { Stay::Accumulate } else { Stay::Open }
}

/// Whether births have stopped, or as good as: none in the last third of the steps, or a third of what an even rate
/// makes likely.
fn stopped(cohorts: &[Cohort], all: &Ledger) -> bool {
    let tail = all.steps.div_ceil(3);
    if all.steps < 2 || all.born == 0 {
        return false;
    }
    let late = Ledger::of(cohorts.get(all.steps - tail..).unwrap_or_default()).born;
    let share = tail as f64 / all.steps as f64;
    let few = (late as f64) < share * all.born as f64 / 3.0;
    late == 0 || (few && binomial_at_most(late, all.born, share) <= UNEVEN)
}

/// The steps that the counts of a row with proof make: all that are left can never go, so what came has stayed.
pub(super) fn of_proof(counts: &[i128]) -> Vec<Cohort> {
    let step = |pair: &[i128]| {
        let (before, after) = (u64::try_from(pair[0]).unwrap_or(0), u64::try_from(pair[1]).unwrap_or(0));
        let (born, exited) = (after.saturating_sub(before), before.saturating_sub(after));
        Cohort { born, exited, survived: before.min(after) }
    };
    counts.windows(2).map(step).collect()
}

/// How the share that survives a step changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stayers {
    /// The share in the earlier half of the steps.
    pub(super) early: f64,
    /// The share in the later half.
    pub(super) late: f64,
    /// Survivors of the last step beyond those that the earlier share would leave.
    pub(super) beyond: f64,
    /// How often chance alone raises the share as much.
    pub(super) p_value: f64,
    /// How often chance alone orders the steps so: the share that survives, and how many do, both rising; the larger
    /// of the two.
    pub(super) p_order: f64,
}

/// Whether among goroutines that come and go more and more stay. The load moves births and with them counts, but not
/// the share that survives, which makes this the one trend that load does not feign.
pub(super) fn stayers(cohorts: &[Cohort], orders: &mut MannKendall) -> Option<Stayers> {
    let half = cohorts.len() / 2;
    if cohorts.len() < 3 {
        return None;
    }
    let early = Ledger::of(&cohorts[..half]);
    let late = Ledger::of(&cohorts[cohorts.len() - half..]);
    let there = |it: &Ledger| it.survived as f64 + it.exited as f64;
    let (n, m) = (there(&early), there(&late));
    let last = Ledger::of(&cohorts[cohorts.len() - 1..]);
    if n <= 0.0 || m <= 0.0 {
        return None;
    }
    let (before, after) = (early.survived as f64 / n, late.survived as f64 / m);
    let all = (early.survived as f64 + late.survived as f64) / (n + m);
    let spread = (all * (1.0 - all) * (1.0 / n + 1.0 / m)).sqrt();
    let p_value = if spread > 0.0 { normal_above((after - before) / spread) } else { 1.0 };
    let survived: Vec<f64> = cohorts.iter().map(|step| step.survived as f64).collect();
    let earlier = |step: &Cohort| (step.survived as f64 + step.exited as f64).max(1.0);
    let shares: Vec<f64> = cohorts.iter().map(|step| step.survived as f64 / earlier(step)).collect();
    let p_order = orders.rising(&survived).max(orders.rising(&shares));
    let beyond = last.survived as f64 - before * there(&last);
    Some(Stayers { early: before, late: after, beyond, p_value, p_order })
}
