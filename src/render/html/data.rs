//! The data of the page: the rows as columns, the stacks as one trie, each name once. It is plain JSON, so that a reviewer and a mail
//! gateway can read it.
//!
//! | field | holds |
//! |---|---|
//! | `n`, `k` | rows; snapshots, at most 60 of them |
//! | `snapshots`, `kept` | all snapshots; the indices of those that were kept, or null if all were |
//! | `times` | seconds since 1970 of each snapshot, or null |
//! | `strings` | every text once; `-1` elsewhere means none |
//! | `frames` | function, file, line of each frame, three numbers each |
//! | `own` | a letter for each frame: u user, d dependency, s standard library, r runtime |
//! | `files` | file → the file as shown, and 1 if it is in the main module |
//! | `parent`, `at` | the trie, outermost frames first: the node above each node, and its frame |
//! | `counts` | `k` numbers for each row |
//! | `cols` | the other facts of the rows, by name; a column in which all are equal, and are no lists, is one value |

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde_json::Value;
use serde_json::json;

use crate::golang::Owner;
use crate::golang::owner;
use crate::model::Basis;
use crate::report::FrameLine;
use crate::report::GroupLine;
use crate::series::growth::Verdict;

use super::chart::thinned;
use super::markup::Json;
use super::markup::Markup;
use super::markup::markup;
use super::markup::visible;
use super::page::Page;
use super::stacks::key_of;

/// Snapshots of which the counts of each row are kept; the first and the last always are.
const SNAPSHOTS: usize = 60;

/// From this many rows on, a fingerprint has 12 digits instead of 16.
const MANY: usize = 3000;

/// The data, as an element that is not run.
pub(super) fn data(page: &Page<'_>) -> Markup {
    let mut tables = Tables::new(page);
    let kept = thinned(page.report.snapshots.len(), SNAPSHOTS);
    let mut cols: BTreeMap<&'static str, Vec<Value>> = BTreeMap::new();
    let mut counts: Vec<Value> = Vec::new();
    for group in &page.report.groups {
        counts.extend(kept.iter().map(|at| number(group.counts.get(*at).copied().unwrap_or(0))));
        for (name, value) in tables.row(group) {
            cols.entry(name).or_default().push(value);
        }
    }
    let times = kept.iter().map(|at| page.times.get(*at).copied().flatten().map(|it| it / 1_000_000_000));
    let link = page.report.source_link.as_ref().map(|it| {
        json!({ "template": it.template(), "folder": page.report.source_folder.as_deref().unwrap_or("") })
    });
    let document = json!({
        "v": 1,
        "n": page.report.groups.len(),
        "k": kept.len(),
        "kept": (kept.len() < page.report.snapshots.len()).then_some(&kept),
        "snapshots": page.report.snapshots.len(),
        "times": times.collect::<Vec<_>>(),
        "strings": tables.strings.all,
        "frames": tables.frames,
        "own": tables.own,
        "files": tables.files,
        "parent": tables.parent,
        "at": tables.at,
        "counts": counts,
        "cols": cols.into_iter().map(|(name, values)| (name.to_owned(), folded(values))).collect::<BTreeMap<_, _>>(),
        "link": link,
    });
    markup!("<script type=\"application/json\" id=\"data\">" (Json(&document)) "</script>\n")
}

/// A column, or its value if all are equal. A value that is a list would look like a column.
fn folded(values: Vec<Value>) -> Value {
    match values.first() {
        Some(first) if !first.is_array() && values.iter().all(|it| it == first) => first.clone(),
        Some(_) => Value::Array(values),
        None => Value::Null,
    }
}

/// A count. One of more than 64 bits, which only a damaged profile has, is rounded as the script would: JSON values here have 64 bits.
fn number(count: i128) -> Value {
    i64::try_from(count).map_or_else(|_| json!(count as f64), Value::from)
}

/// Texts, each once.
#[derive(Default)]
struct Strings {
    all: Vec<String>,
    ids: HashMap<String, i64>,
}

impl Strings {
    fn id(&mut self, text: &str) -> i64 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        let id = self.all.len() as i64;
        self.all.push(visible(text));
        self.ids.insert(text.to_owned(), id);
        id
    }

    fn id_or_none(&mut self, text: Option<&str>) -> i64 {
        text.map_or(-1, |it| self.id(it))
    }
}

/// What the rows share.
struct Tables<'p, 'r> {
    page: &'p Page<'r>,
    strings: Strings,
    frames: Vec<i64>,
    own: String,
    frame_ids: HashMap<(i64, i64, u32), i64>,
    /// By the file's text: the text that is shown, and whether it is in the main module.
    files: BTreeMap<i64, (i64, u8)>,
    parent: Vec<i64>,
    at: Vec<i64>,
    nodes: HashMap<(i64, i64), i64>,
    /// By fingerprint, the number of the first finding that covers it.
    causes: HashMap<String, usize>,
    digits: usize,
}

impl<'p, 'r> Tables<'p, 'r> {
    fn new(page: &'p Page<'r>) -> Self {
        let mut causes = HashMap::new();
        for (at, finding) in page.report.findings.iter().enumerate() {
            for fingerprint in &finding.fingerprints {
                causes.entry(fingerprint.to_string()).or_insert(at + 1);
            }
        }
        Tables {
            page,
            strings: Strings::default(),
            frames: Vec::new(),
            own: String::new(),
            frame_ids: HashMap::new(),
            files: BTreeMap::new(),
            // Node 0 is above all stacks.
            parent: vec![0],
            at: vec![-1],
            nodes: HashMap::new(),
            causes,
            digits: if page.report.groups.len() < MANY { 16 } else { 12 },
        }
    }

    fn frame(&mut self, frame: &FrameLine) -> i64 {
        let (function, file) = (self.strings.id(&frame.function), self.strings.id(&frame.file));
        let key = (function, file, frame.line);
        if let Some(id) = self.frame_ids.get(&key) {
            return *id;
        }
        let id = self.own.len() as i64;
        self.frame_ids.insert(key, id);
        self.frames.extend([function, file, i64::from(frame.line)]);
        self.own.push(match owner(&frame.function, &frame.file) {
            Owner::User => 'u',
            Owner::Dependency => 'd',
            Owner::Standard => 's',
            Owner::Runtime => 'r',
        });
        if !frame.file.is_empty() && !self.files.contains_key(&file) {
            let (shown, is_inside) = self.page.file(&frame.function, &frame.file);
            let shown = self.strings.id(&shown);
            self.files.insert(file, (shown, u8::from(is_inside)));
        }
        id
    }

    fn frame_or_none(&mut self, frame: Option<&FrameLine>) -> i64 {
        frame.map_or(-1, |it| self.frame(it))
    }

    /// The node of a whole stack.
    fn node(&mut self, stack: &[FrameLine]) -> i64 {
        let mut node = 0;
        for frame in stack.iter().rev() {
            let key = (node, self.frame(frame));
            node = *self.nodes.entry(key).or_insert_with(|| {
                self.parent.push(key.0);
                self.at.push(key.1);
                self.parent.len() as i64 - 1
            });
        }
        node
    }

    /// The facts of a row, by the names of their columns.
    fn row(&mut self, group: &GroupLine) -> [(&'static str, Value); 19] {
        let (spawn, spawn_basis) =
            group.spawn_site.as_ref().map_or((None, Basis::Stated), |(it, basis)| (Some(it), *basis));
        let fingerprint = group.fingerprint.get(..self.digits).unwrap_or(&group.fingerprint);
        let growth = group.growth.as_ref();
        let reason = growth.filter(|it| it.verdict == Verdict::Growing || group.grows);
        let labels = group.label_keys.iter().map(|it| {
            let (key, most) = (self.strings.id(&it.key), self.strings.id(&it.most.0));
            json!([key, it.values, most, number(it.most.1), number(it.goroutines)])
        });
        let labels: Vec<Value> = labels.collect();
        let or_zero = |it: Option<Value>| it.unwrap_or_else(|| json!(0));
        [
            ("fp", json!(fingerprint)),
            ("node", json!(self.node(&group.stack))),
            ("cut", json!(u8::from(group.cut))),
            ("key", json!(self.strings.id_or_none(key_of(group).as_deref()))),
            ("blocked", json!(self.strings.id_or_none(group.blocked_on.map(|(it, _)| it.as_str())))),
            ("words", json!(self.strings.id_or_none(group.blocked_on_words().as_deref()))),
            ("inferred", json!(u8::from(group.blocked_on.is_some_and(|(_, it)| it == Basis::Inferred)))),
            ("site", json!(self.frame_or_none(group.name.as_ref()))),
            ("spawn", json!(self.frame_or_none(spawn))),
            ("spawnInferred", json!(u8::from(spawn_basis == Basis::Inferred))),
            ("verdict", json!(self.strings.id_or_none(growth.map(|it| it.verdict.as_str())))),
            ("why", json!(self.strings.id_or_none(reason.map(|it| it.reason.to_string()).as_deref()))),
            ("grows", json!(u8::from(group.grows))),
            ("proven", number(group.proven_leaked.unwrap_or(-1))),
            ("background", json!(self.strings.id_or_none(group.background.as_deref()))),
            ("heap", json!(group.heap_held.as_ref().map_or(0, |it| it.bytes))),
            ("waited", or_zero(group.waited.map(|it| json!([it.min_s, it.median_s, it.max_s])))),
            ("labels", or_zero((!labels.is_empty()).then_some(Value::Array(labels)))),
            ("cause", json!(self.causes.get(&group.fingerprint).copied().unwrap_or(0))),
        ]
    }
}
