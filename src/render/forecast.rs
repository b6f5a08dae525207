//! When growth reaches a limit, in words.

use crate::diagnose::Course;
use crate::diagnose::Outlook;
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
    let shown: Vec<&Outlook> = shown.flat_map(|finding| &finding.outlook).collect();
    let more = report.outlook.iter().filter(|it| !shown.contains(it));
    more.map(|it| format!("overall: {}", outlook(it))).collect()
}

/// `reaches 100,000 goroutines in about 4.6 h at this rate (inferred: 326 now, +6/s)`
pub(super) fn outlook(it: &Outlook) -> String {
    let amount = |n: f64| match it.resource {
        Resource::Goroutines => pluralize(n as i128, "goroutine"),
        Resource::Memory => units::bytes(n),
    };
    let what = match it.resource {
        Resource::Goroutines => "",
        Resource::Memory => " of live heap and stacks",
    };
    let limit = format!("{}{what}", amount(it.limit as f64));
    let short = |n: i128| match it.resource {
        Resource::Goroutines => with_thousands(n),
        Resource::Memory => units::bytes(n as f64),
    };
    match it.course {
        Course::Reached { now } => format!("has reached {limit}: {} now", short(now)),
        Course::Unknown(why) => format!("no estimate for {limit}: {why}"),
        Course::Reaches { now, per_hour, hours } => {
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
    fn words() {
        let check = |resource, limit, course, expected: &str| {
            assert_eq!(outlook(&Outlook { resource, limit, course }), expected);
        };
        let reaches = |now, per_hour, hours| Course::Reaches { now, per_hour, hours };
        check(
            Resource::Goroutines,
            100_000,
            reaches(326, 21_600.0, 4.6),
            "reaches 100,000 goroutines in about 4.6 h at this rate (inferred: 326 now, +6/s)",
        );
        check(
            Resource::Goroutines,
            1_000_000,
            reaches(10, 0.5, 1_999_980.0),
            "reaches 1,000,000 goroutines in more than 10 years at this rate (inferred: 10 now, +12/day)",
        );
        check(
            Resource::Memory,
            4 << 30,
            reaches(10 << 20, 1_048_576.0, 4086.0),
            "reaches 4 GiB of live heap and stacks in about 170 days at this rate (inferred: 10 MiB now, +1 MiB/h; the \
             process uses more and gets there sooner)",
        );
        check(Resource::Goroutines, 1, Course::Reached { now: 26 }, "has reached 1 goroutine: 26 now");
    }
}
