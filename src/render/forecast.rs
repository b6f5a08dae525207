//! When growth reaches a limit, in words.

use crate::diagnose::Forecast;
use crate::diagnose::ForecastOutcome;
use crate::diagnose::Resource;
use crate::report::FindingLine;
use crate::report::Report;
use crate::text::pluralize;
use crate::text::with_thousands;

use crate::text::units;

/// Hours (ten years) beyond which a number would only pretend to know.
const FAR: f64 = 87_660.0;

/// When all growth together reaches each limit, but for what one of the findings that are `shown` says already.
pub(super) fn in_all<'r>(report: &'r Report, shown: impl Iterator<Item = &'r FindingLine>) -> Vec<String> {
    let shown: Vec<&Forecast> = shown.flat_map(|finding| &finding.outlook).collect();
    let more = report.outlook.iter().filter(|it| !shown.contains(it));
    more.map(|it| format!("overall: {}", outlook(it))).collect()
}

/// `reaches 100,000 goroutines in about 4.6 h at this rate (inferred: 326 now, +6/s)`
pub(super) fn outlook(it: &Forecast) -> String {
    let limit = match it.resource {
        Resource::Goroutines => pluralize(i128::from(it.limit), "goroutine"),
        Resource::Memory => format!("{} of live heap and stacks", units::bytes(it.limit as f64)),
    };
    let short = |n: i128| match it.resource {
        Resource::Goroutines => with_thousands(n),
        Resource::Memory => units::bytes(n as f64),
    };
    match it.outcome {
        ForecastOutcome::Reached { now } => format!("has reached {limit}: {} now", short(now)),
        ForecastOutcome::Unknown(why) => format!("no estimate for {limit}: {why}"),
        ForecastOutcome::Reaches { now, per_hour, hours } => {
            let time = match hours > FAR {
                true => "in more than 10 years".to_owned(),
                false => format!("in about {}", units::duration(hours * 3600.0)),
            };
            let (rate, besides) = match it.resource {
                Resource::Goroutines => (units::rate(per_hour), ""),
                // Garbage that is not collected yet and pages that the runtime keeps come on top of what is live.
                Resource::Memory => {
                    (units::byte_rate(per_hour), "; the process uses more and gets there sooner")
                }
            };
            let now = short(now);
            format!("reaches {limit} {time} at this rate (inferred: {now} now, {rate}{besides})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_limit_has_no_exact_time() {
        let outcome = ForecastOutcome::Reaches { now: 10, per_hour: 0.5, hours: 1_999_980.0 };
        assert_eq!(
            outlook(&Forecast { resource: Resource::Goroutines, limit: 1_000_000, outcome }),
            "reaches 1,000,000 goroutines in more than 10 years at this rate (inferred: 10 now, +12/day)"
        );
    }
}
