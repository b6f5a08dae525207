//! One HTML file that people send on: the verdict, the causes, a map of all goroutines, every stack, the labels, what is not known, and
//! how it was made. It is whole without its script, which adds search, sorting, zoom and the rows beyond the first 20.
//!
//! | part | file |
//! |---|---|
//! | names, positions, the state of the report | `page.rs` |
//! | the first card | `verdict.rs`, `tiles.rs` |
//! | the findings | `causes.rs`, `cause.rs`, `confirmed.rs` |
//! | the map, the table, the labels | `map.rs`, `stacks.rs`, `labels.rs` |
//! | the gaps, the inputs | `unknown.rs`, `made.rs` |
//! | the data for the script | `data.rs` |
//! | fragments that escape, charts, what is drawn | `markup.rs`, `chart.rs`, `figures.rs` |
//! | style and script, hashes | `page.css`, `script/*.js`, `hashes.rs` |
//! | the page of many services, a page of its own | `fleet/` |
//!
//! **Invariants:** the same report gives the same bytes. Outside text gets into the page only through [`markup::Piece`] and through the
//! data, never as markup. The content security policy allows this style and this script by their hashes and nothing else; so there are no
//! `style=` and no `on…=` attributes, and the script sets texts and attributes but no markup.
//!
//! Tests in a browser rely on these hooks: the ids `verdict` (the headline), `c1`… (findings), `causes`, `map`, `stacks`, `labels`,
//! `unknown`, `made` (headings), `ice` (the map), `det`, `crumbs`, `outline`, `snapshot`, `lib`, `first`, `tab` (the table), `q` (search),
//! `hits`, `chips`, `more-rows`, `help`, `theme`, `print`, `keys`, `data`; `s-FINGERPRINT` (rows); the classes `row` and `more` (table
//! rows), `box` (of the map), `tree` (the outline); `data-mode`, `data-sort`, `data-copy`, `data-ticket`, `data-map`.

pub(super) mod card;
mod cause;
mod causes;
pub(super) mod chart;
mod confirmed;
mod data;
mod figures;
#[cfg(feature = "fleet")]
pub(super) mod fleet;
mod hashes;
mod labels;
mod made;
mod map;
pub(super) mod markup;
mod page;
mod stacks;
mod tiles;
mod unknown;
mod verdict;

use std::io;

use crate::report::Report;

use causes::causes;
use chart::shown_time;
use data::data;
use labels::labels;
use made::made;
use map::map;
use markup::Markup;
use markup::markup;
use markup::put;
use page::Page;
use stacks::stacks;
use unknown::unknown;
use verdict::headline;
use verdict::verdict_card;

/// The style of the page.
const STYLE: &str = include_str!("page.css");

/// The script of the page.
const SCRIPT: &str = concat!(
    include_str!("script/base.js"),
    include_str!("script/table.js"),
    include_str!("script/map.js"),
    include_str!("script/keys.js"),
);

/// Writes the page.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let page = Page::new(report);
    let mut html = markup!("<!doctype html>\n<html lang=\"en\">\n");
    put!(&mut html, (head(&page)) "<body>\n<a class=\"skip\" href=\"#stacks\">Skip to the table of stacks</a>\n<div class=\"page\">\n");
    put!(&mut html, (header(&page)) "<main>\n" (verdict_card(&page)) (causes(&page)) (map(&page)) (stacks(&page)));
    put!(&mut html, (labels(&page)) (unknown(&page)) (made(&page)) "</main>\n");
    html.raw(
        "<footer>What is inferred says so. The counts in the data of this page are exact.</footer>\n</div>\n",
    );
    put!(&mut html, (help()) (data(&page)) "<script>");
    html.raw(SCRIPT);
    html.raw("</script>\n</body>\n</html>\n");
    out.write_all(html.into_string().as_bytes())
}

fn head(page: &Page<'_>) -> Markup {
    head_of(&markup!((headline(page)) " · " (page.program())), hashes::SCRIPT, STYLE)
}

/// The head: the policy comes before anything that it is about. `script` is the hash of the script.
fn head_of(title: &Markup, script: &'static str, style: &'static str) -> Markup {
    let mut out = markup!(
        "<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-"
        (script) "'; style-src 'sha256-" (hashes::STYLE)
        "'; img-src data:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"generator\" content=\"leakscope "
        (env!("CARGO_PKG_VERSION")) "\">\n<title>" (title) "</title>\n<style>"
    );
    out.raw(style);
    out.raw("</style>\n</head>\n");
    out
}

fn header(page: &Page<'_>) -> Markup {
    let last = page.times.last().copied().flatten();
    let when = last.and_then(|it| shown_time(it, "%-d %B %Y, %H:%M UTC"));
    let when = when.map(|it| markup!("<span class=\"hide-tiny\">" (it) "</span>"));
    let causes = (!page.report.findings.is_empty()).then(|| markup!("<a href=\"#causes\">Causes</a>"));
    let labels = (!page.report.labels.is_empty()).then(|| markup!("<a href=\"#labels\">Labels</a>"));
    markup!(
        "<header class=\"top\"><span class=\"mark\" aria-hidden=\"true\"></span><b>" (page.program())
        "</b><span>goroutine report</span>" (when) "<nav aria-label=\"Parts of the page\">" (causes)
        "<a href=\"#map\">Map</a><a href=\"#stacks\">Stacks</a>" (labels) "<a href=\"#unknown\">Not known</a></nav>"
        "<span class=\"tools js-only\"><button id=\"theme\" type=\"button\">Dark</button><button id=\"print\" type=\"button\">Print</button>"
        "<button id=\"keys\" type=\"button\" aria-keyshortcuts=\"?\">Keys</button></span></header>\n"
    )
}

/// The keys, in a dialog that the script opens.
fn help() -> Markup {
    markup!(
        "<dialog id=\"help\" aria-labelledby=\"help-title\"><h3 id=\"help-title\">Keys</h3><dl class=\"facts\">"
        "<dt><kbd>/</kbd></dt><dd>search the stacks</dd><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>next and previous row</dd>"
        "<dt><kbd>Enter</kbd></dt><dd>open or close a row; in the map: zoom</dd>"
        "<dt><kbd>c</kbd></dt><dd>copy the stack of the row</dd>"
        "<dt><kbd>1</kbd> … <kbd>9</kbd></dt><dd>go to a cause</dd><dt><kbd>m</kbd> <kbd>s</kbd></dt><dd>go to the map, to the stacks</dd>"
        "<dt><kbd>←↑→↓</kbd></dt><dd>move in the map; <kbd>Esc</kbd> zooms out</dd>"
        "<dt><kbd>[</kbd> <kbd>]</kbd></dt><dd>snapshot before, after</dd>"
        "<dt><kbd>d</kbd></dt><dd>dark or light</dd></dl><p class=\"muted small\">Search takes words, which must all match, and "
        "<code>blocked:select</code>, <code>is:growing</code>, <code>is:proven</code>, <code>is:new</code>, "
        "<code>is:gone</code>, <code>is:background</code>, "
        "<code>gain&gt;10</code>, <code>count&gt;100</code>, <code>fp:5b10</code>; <code>-word</code> excludes.</p>"
        "<p><button type=\"button\" id=\"close-help\">Close</button></p></dialog>\n"
    )
}
