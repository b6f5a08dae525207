//! How the page was made: what was read, by which command, and what the page has and does. It travels further than its author expects.

use crate::series::Column;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::chart::shown_time;
use super::markup::Markup;
use super::markup::markup;
use super::page::Page;

/// Snapshots that are listed.
const SNAPSHOTS: usize = 200;

/// The section.
pub(super) fn made(page: &Page<'_>) -> Markup {
    let report = page.report;
    let command = report.command.as_ref().map(|it| markup!("<dt>command</dt><dd>" (command(it)) "</dd>"));
    let program = report.program.as_ref().map(|it| markup!("<dt>program</dt><dd><code>" (it) "</code></dd>"));
    let module = report.main_module.path().map(|it| markup!("<dt>module</dt><dd><code>" (it) "</code></dd>"));
    let version = report.snapshots.iter().rev().find_map(|it| it.go_version.as_ref());
    let version = version.map(|it| markup!("<dt>Go</dt><dd>" (it) "</dd>"));
    let rows: Vec<Markup> = report.snapshots.iter().take(SNAPSHOTS).map(snapshot).collect();
    let count = pluralize(report.snapshots.len() as i128, "snapshot");
    let inputs = markup!(
        "<details class=\"more\"><summary>" (count) "</summary>"
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Snapshots\"><table><thead><tr><th>taken</th>"
        "<th class=\"n\">goroutines</th><th class=\"n\">stacks</th><th>form</th><th>from</th></tr></thead><tbody>"
        (rows) "</tbody></table></div></details>"
    );
    markup!(
        "<section aria-labelledby=\"made\"><h2 id=\"made\">How this page was made</h2><div class=\"card\"><dl class=\"facts\">"
        "<dt>tool</dt><dd>leakscope " (env!("CARGO_PKG_VERSION")) "</dd>" (command) (program) (module) (version)
        "<dt>inputs</dt><dd>" (inputs) "</dd>"
        "<dt>it has</dt><dd>names of functions, files and lines, label keys and values (masked where they look like secrets, unless "
        "the command asked for them in full), lines of source beside a cause if source was read, counts and times. It has no "
        "arguments of functions and nothing of the memory.</dd>"
        "<dt>it does</dt><dd>nothing over the network. A content security policy forbids all requests, and the script cannot write "
        "markup. Without the script the page says the same.</dd></dl></div></section>\n"
    )
}

/// The command line; a long one is folded.
fn command(text: &str) -> Markup {
    const LONG: usize = 240;
    if text.chars().count() <= LONG {
        return markup!("<code>" (text) "</code>");
    }
    let start: String = text.chars().take(LONG / 3).collect();
    markup!("<details class=\"more\"><summary><code>" (start) "…</code></summary><code>" (text) "</code></details>")
}

fn snapshot(it: &Column) -> Markup {
    let taken = it.taken_at.and_then(|it| shown_time(it, "%Y-%m-%d %H:%M:%S UTC"));
    markup!(
        "<tr><td>" (taken.unwrap_or_else(|| "–".to_owned())) "</td><td class=\"n\">" (with_thousands(it.goroutines))
        "</td><td class=\"n\">" (with_thousands(it.stacks_unique as i128)) "</td><td>" (it.form.as_str())
        "</td><td class=\"wide\"><code>" (it.origin) "</code></td></tr>"
    )
}
