//! JUnit XML for CI systems: a test case for each finding.

use std::io;

use quick_junit::NonSuccessKind;
use quick_junit::Report as JunitReport;
use quick_junit::TestCase;
use quick_junit::TestCaseStatus;
use quick_junit::TestSuite;

use crate::gate::GateOutcome;
use crate::report::Report;
use crate::rules::Level;
use crate::text::escape;
use crate::text::word;
use crate::text::word_of;

use super::place::MAX_PATH;
use super::place::message;
use super::place::place;

/// Writes the document.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suite = TestSuite::new("goroutines");
    for finding in report.findings.iter().filter(|it| it.level != Level::Allow) {
        let mut status = TestCaseStatus::success();
        if finding.level == Level::Deny {
            let place =
                place(report, finding).map(|(file, line)| format!("{}:{line}", word_of(&file, MAX_PATH)));
            let said: Vec<String> = finding.from_source.lines().collect();
            let lines = place.iter().chain(&said).chain(&finding.evidence).chain([&finding.advice]);
            let text = lines.filter(|it| !it.is_empty()).map(|it| escape(it)).collect::<Vec<_>>().join("\n");
            status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status
                .set_message(escape(&message(report, finding)))
                .set_type(finding.rule.clone())
                .set_description(text);
        }
        let name = finding.lead.name.as_ref().map_or(&finding.rule, |it| &it.function);
        let fingerprint = &finding.lead.fingerprint;
        let mut case = TestCase::new(format!("{} {fingerprint}", word(name)), status);
        case.set_classname(format!("leakscope.{}", finding.rule));
        suite.add_test_case(case);
    }
    let mut status = TestCaseStatus::success();
    if let Some(GateOutcome::Unusable(why) | GateOutcome::Inconclusive(why)) =
        report.verdict.as_ref().map(|it| &it.outcome)
    {
        status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(escape(why)).set_type("verdict");
    }
    suite.add_test_case(TestCase::new("the profiles can be judged", status));
    let mut document = JunitReport::new("leakscope");
    document.add_test_suite(suite);
    let text = document.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}
