//! What is known of waits in libraries, for profiles without the libraries' sources at hand.
//!
//! - `fact.rs`: one fact: where a goroutine of a library waits, for which object, and what ends it
//! - `table.rs`: finds the section of a module in the table and reads its lines
//! - `version.rs`: minor versions, and ranges of them
//! - `table.txt`: the table, made by `learn` from the sources of the modules in `learn/modules.txt`
//! - `table.txt.gz`: the same, a tenth as large, for the binary
//! - `modules.txt`: the modules of the table; `LEAKSCOPE_WRITE=1 cargo test --lib libraries::` makes this file and the one before
//!
//! **Invariant:** the table holds names and relations that were read in sources, nothing that a person typed in. It is decompressed when
//! a profile first names a wait in a module of the table; then only the section of this module is read.

mod fact;
mod table;
mod version;

use std::io::Read;
use std::sync::LazyLock;

use flate2::bufread::GzDecoder;

use crate::golang::module_version;
use crate::golang::package;
use crate::model::BlockedOn;
use crate::sort;

pub(crate) use fact::LibraryFact;

use table::Section;
use version::Minor;

static TABLE: LazyLock<String> = LazyLock::new(|| {
    let mut table = String::new();
    let read = GzDecoder::new(&include_bytes!("table.txt.gz")[..]).read_to_string(&mut table);
    read.expect("a test decompresses it");
    table
});

static MODULES: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("modules.txt").lines().collect());

/// A stack that waits in a library.
pub(crate) struct Asked<'a> {
    /// The canonical names of its frames without those of Go's runtime and standard library, leaf first.
    pub(crate) frames: &'a [&'a str],
    /// The file of the first of these frames, which may name the version of the module. Empty if the form has no files.
    pub(crate) file: &'a str,
    /// What it is blocked on.
    pub(crate) blocked_on: BlockedOn,
}

/// What is known of the wait of a stack, those of newer versions first. Empty if its innermost frame outside Go is of no module in the
/// table, and if nothing is known of it.
pub(crate) fn facts(asked: &Asked<'_>) -> Vec<LibraryFact> {
    let waits_in = asked.frames.first().map(|it| package(it));
    let is_known =
        waits_in.is_some_and(|it| table::paths(it).any(|path| MODULES.binary_search(&path).is_ok()));
    if is_known { facts_in(&TABLE, asked) } else { Vec::new() }
}

fn facts_in(table: &'static str, asked: &Asked<'_>) -> Vec<LibraryFact> {
    let Some(waits_in) = asked.frames.first() else { return Vec::new() };
    let Some(section) = Section::of_package(table, package(waits_in)) else { return Vec::new() };
    let version = module_version(section.module, asked.file).and_then(Minor::parse);
    let of_stack = |fact: &LibraryFact| {
        fact.waits_in == *waits_in
            && fact.wait == asked.blocked_on
            && fact.entry.as_ref().is_none_or(|entry| asked.frames.contains(&entry.as_str()))
            && version.is_none_or(|version| fact.versions.contains(version))
    };
    let mut facts: Vec<LibraryFact> = section.facts().filter(of_stack).collect();
    sort::by_key(&mut facts, |fact| std::cmp::Reverse(fact.versions));
    facts
}

#[cfg(test)]
mod tests;
