//! The map of goroutines: an icicle from the `go` statement at the top down to the innermost frame. A box is as wide as it has goroutines
//! now, and its orange part, from the left, is how many came since the first snapshot: areas add up, so no colour has to be decoded.

use std::collections::BTreeMap;

use crate::golang::Owner;
use crate::golang::owner;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::sort;
use crate::text::pluralize;
use crate::text::with_thousands;

use super::markup::Length;
use super::markup::Markup;
use super::markup::markup;
use super::markup::put;
use super::page::Page;
use super::page::short;
use super::stacks::key_of;

/// Pixels of a level; a box is one less.
const LEVEL: usize = 22;

/// Levels that are drawn without the script.
const LEVELS: usize = 14;

/// The narrowest box in percent, with and without a name of its own.
const MIN_WIDTH: f64 = 0.35;
const MIN_NAMED: f64 = 0.8;

/// The narrowest box that shows a text.
const MIN_TEXT: f64 = 2.2;

/// The section of the map.
pub(super) fn map(page: &Page<'_>) -> Markup {
    let came = page.is_series().then(|| markup!("; <b>orange came since the first snapshot</b>"));
    let series = page.is_series().then(|| {
        markup!(
            "<span class=\"segments\" role=\"group\" aria-label=\"What the widths show\">"
            "<button type=\"button\" data-mode=\"now\" aria-pressed=\"true\">Now</button>"
            "<button type=\"button\" data-mode=\"came\" aria-pressed=\"false\">Only what came</button>"
            "<button type=\"button\" data-mode=\"went\" aria-pressed=\"false\">Only what went</button></span>"
            "<label>Snapshot <input type=\"range\" id=\"snapshot\" min=\"0\" step=\"1\"><output id=\"snapshot-at\"></output></label>"
        )
    });
    markup!(
        "<section aria-labelledby=\"map\"><h2 id=\"map\">Where all goroutines are "
        "<small>from the go statement, at the top, down to where they wait"
        (came) "</small></h2><div class=\"card\"><div class=\"bar js-only\">" (series)
        "<label>First by <select id=\"first\"><option value=\"spawn\">go statement</option>"
        "<option value=\"blocked\">what they wait for</option>"
        "<option value=\"package\">package</option><option value=\"none\">entry function</option></select></label>"
        "<label><input type=\"checkbox\" id=\"lib\"> library frames</label>"
        "<label><input type=\"checkbox\" id=\"outline\"> as an outline</label></div>"
        "<div class=\"crumbs js-only\" id=\"crumbs\"></div>"
        "<div class=\"ice\" id=\"ice\" tabindex=\"0\" role=\"group\" aria-label=\"Map of goroutines\" aria-describedby=\"det\">"
        (icicle(page)) "</div><div class=\"detail js-only\" id=\"det\" aria-live=\"polite\"></div></div></section>\n"
    )
}

/// A box: a function below its caller, or the `go` statement at the top.
#[derive(Default)]
struct Node<'a> {
    /// The frame; `None` for the whole program and for what has no known `go` statement.
    frame: Option<&'a FrameLine>,
    now: i128,
    came: i128,
    /// By their names, so that the order is the same in every run.
    below: BTreeMap<(Step, String), Node<'a>>,
}

/// What a name of a box is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Spawn,
    /// What the goroutines of a group share, where groups are not by stack.
    Key,
    Call,
}

impl<'a> Node<'a> {
    fn add(&mut self, now: i128, came: i128) {
        self.now += now;
        self.came += came;
    }

    /// The boxes below, what came first.
    fn sorted(&self) -> Vec<(Step, &str, &Node<'a>)> {
        let below = self.below.iter().map(|((step, name), it)| (*step, name.as_str(), it));
        let mut all: Vec<(Step, &str, &Node<'_>)> = below.collect();
        sort::by_key(&mut all, |(.., it)| (-it.came, -it.now));
        all
    }
}

fn icicle(page: &Page<'_>) -> Markup {
    let mut root = Node::default();
    for group in page.report.groups.iter().filter(|it| it.count() > 0) {
        add(&mut root, group);
    }
    if root.now == 0 {
        return markup!("<p class=\"muted\">No goroutines.</p>");
    }
    let mut drawing = Drawing { page, boxes: Markup::default(), depth: 4, all: root.now };
    drawing.draw((Step::Call, ""), &root, 0.0, 0);
    let height = (drawing.depth * LEVEL).to_string();
    markup!(
        "<svg width=\"100%\" height=\"" (height)
        "\" role=\"img\" aria-label=\"Map of all goroutines by who started them and where they are; the table below has the same.\">"
        (drawing.boxes) "</svg>"
    )
}

/// Adds a group along its road: the `go` statement, then its frames from the outermost one.
fn add<'a>(root: &mut Node<'a>, group: &'a GroupLine) {
    let (now, came) = (group.count(), group.gain.clamp(0, group.count()));
    root.add(now, came);
    let spawn = group.spawn_site.as_ref().map(|(frame, _)| frame);
    let name = |it: Option<&FrameLine>| it.map_or(String::new(), |it| it.function.clone());
    let mut node = root.below.entry((Step::Spawn, name(spawn))).or_default();
    node.frame = node.frame.or(spawn);
    node.add(now, came);
    if let Some(key) = key_of(group) {
        node = node.below.entry((Step::Key, key)).or_default();
        node.add(now, came);
    }
    let own: Vec<&FrameLine> = group.stack.iter().rev().filter(|it| is_own(it)).collect();
    let all: Vec<&FrameLine> = if own.is_empty() { group.stack.iter().rev().collect() } else { own };
    // The script draws the rest.
    for frame in all.into_iter().take(LEVELS) {
        node = node.below.entry((Step::Call, frame.function.clone())).or_default();
        node.frame = node.frame.or(Some(frame));
        node.add(now, came);
    }
}

fn is_own(frame: &FrameLine) -> bool {
    match owner(&frame.function, &frame.file) {
        Owner::User | Owner::Dependency => true,
        Owner::Standard | Owner::Runtime => false,
    }
}

struct Drawing<'p> {
    page: &'p Page<'p>,
    boxes: Markup,
    /// Levels that are high enough to be seen.
    depth: usize,
    all: i128,
}

impl Drawing<'_> {
    fn share(&self, count: i128) -> f64 {
        100.0 * count as f64 / self.all as f64
    }

    fn draw(&mut self, (step, key): (Step, &str), node: &Node<'_>, x: f64, level: usize) {
        let width = self.share(node.now);
        if width < MIN_WIDTH || level >= LEVELS {
            return;
        }
        if width >= MIN_NAMED {
            self.depth = self.depth.max(level + 1);
        }
        let (y, height) = ((level * LEVEL).to_string(), (LEVEL - 1).to_string());
        let is_users = node.frame.is_some_and(|it| owner(&it.function, &it.file) == Owner::User);
        let class = match (level, is_users) {
            (0, _) => "box all",
            (_, true) => "box own",
            (_, false) => "box",
        };
        let name = match (node.frame, level, step) {
            (_, 0, _) => pluralize(node.now, "goroutine"),
            (_, _, Step::Key) => key.to_owned(),
            (Some(frame), _, Step::Spawn) => format!("go {}", short(&frame.function)),
            (Some(frame), _, Step::Call) => short(&frame.function),
            (None, _, _) => "go statement not known".to_owned(),
        };
        put!(&mut self.boxes, "<g class=\"" (class) "\">");
        if width > MIN_NAMED {
            put!(&mut self.boxes, "<title>" (self.title(node, &name)) "</title>");
        }
        let part = |class: &'static str, share: f64| {
            markup!(
                "<rect class=\"" (class) "\" x=\"" (Length(x)) "%\" width=\"" (Length(share)) "%\" y=\"" (y)
                "\" height=\"" (height) "\"/>"
            )
        };
        put!(&mut self.boxes, (part("whole", width)));
        if node.came > 0 {
            put!(&mut self.boxes, (part("came", self.share(node.came))));
        }
        if width > MIN_TEXT {
            put!(
                &mut self.boxes,
                "<svg x=\"" (Length(x)) "%\" width=\"" (Length(width)) "%\" y=\"" (y) "\" height=\"" (height)
                "\"><text x=\"6\" y=\"15\">" (name) "</text></svg>"
            );
        }
        self.boxes.raw("</g>");
        let mut at = x;
        for (step, key, below) in node.sorted() {
            self.draw((step, key), below, at, level + 1);
            at += self.share(below.now);
        }
    }

    /// What a reader without the script sees under the pointer.
    fn title(&self, node: &Node<'_>, name: &str) -> String {
        let place = node.frame.map_or(String::new(), |it| self.page.position(it));
        let came = match node.came {
            0 => String::new(),
            came => format!(", {} of them came", with_thousands(came)),
        };
        format!("{name} {place}: {}{came}", pluralize(node.now, "goroutine"))
    }
}
