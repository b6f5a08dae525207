//! Why the process died, with the goroutine that did it.

use crate::model::Death;
use crate::series::Row;
use crate::series::Series;
use crate::text::ShownLabels;

use super::death_line::DeathLine;
use super::group_line::frame_line;
use super::group_line::name;

/// Why the process of the last snapshot died; `None` if it does not say.
pub(super) fn death(series: &Series, labels: ShownLabels) -> Option<DeathLine> {
    let death = series.columns.last()?.death.as_deref()?;
    let message = |text: &String| labels.message(text).into_owned();
    let shown = Death {
        text: message(&death.text),
        detail: message(&death.detail),
        earlier: death.earlier.iter().map(message).collect(),
        tests: death.tests.iter().map(message).collect(),
        ..death.clone()
    };
    let has = |row: &&Row| {
        row.count() > 0 && row.facts.goroutines().iter().any(|it| Some(it.id) == death.goroutine)
    };
    let row = death.goroutine.and_then(|_| series.rows.iter().find(has));
    let site = row.and_then(|row| name(series, row, &row.stack.frames(&series.names).collect::<Vec<_>>()));
    Some(DeathLine {
        death: shown,
        labels,
        site: site.map(|it| frame_line(series, it)),
        fingerprint: row.map(|row| row.fingerprint.to_string()),
    })
}
