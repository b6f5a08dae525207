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

/// Writes the document.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suite = TestSuite::new("goroutines");
    for finding in report.findings.iter().filter(|it| it.level != Level::Allow) {
        let status = if finding.level == Level::Deny {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let mut text = finding.evidence.join("\n");
            text.push('\n');
            text.push_str(&finding.advice);
            status
                .set_message(escape(&finding.message))
                .set_type(finding.rule.clone())
                .set_description(plain(&text));
            status
        } else {
            TestCaseStatus::success()
        };
        let name = finding.lead.name.as_ref().map_or(finding.rule.clone(), |it| it.function.clone());
        let mut case = TestCase::new(format!("{} {}", escape(&name), finding.lead.fingerprint), status);
        case.set_classname(format!("leakscope.{}", finding.rule));
        suite.add_test_case(case);
    }
    let (status, name) = match report.verdict.as_ref().map(|it| &it.outcome) {
        Some(GateOutcome::Unusable(why) | GateOutcome::Inconclusive(why)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(escape(why)).set_type("verdict");
            (status, "the profiles can be judged")
        }
        Some(GateOutcome::Pass | GateOutcome::Denied) | None => {
            (TestCaseStatus::success(), "the profiles can be judged")
        }
    };
    suite.add_test_case(TestCase::new(name, status));
    let mut document = JunitReport::new("leakscope");
    document.add_test_suite(suite);
    let text = document.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// Escapes each line.
fn plain(text: &str) -> String {
    text.lines().map(|line| escape(line).into_owned()).collect::<Vec<_>>().join("\n")
}
