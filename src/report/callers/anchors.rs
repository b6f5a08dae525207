//! What connects a finding with calls elsewhere: functions that start its goroutines, its objects, packages and modules.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::golang::Owner;
use crate::golang::module;
use crate::golang::object;
use crate::golang::package;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::report::lines::CallerFit;
use crate::series::Row;
use crate::series::Series;

use super::lineage::Lineage;
use super::subject::Subject;
use super::subject::Wanted;
use super::subject::is_general;

/// The fewest snapshots in which equal counts of two rows are no coincidence.
const MIN_LOCKSTEP_SNAPSHOTS: usize = 3;

/// For each function, the findings with which a call of it is connected, and how.
pub(super) struct Anchors {
    of_function: Vec<Vec<(usize, CallerFit)>>,
}

/// What findings have in common with calls, by name.
type Index<K> = HashMap<K, Vec<(usize, CallerFit)>, RandomState>;

impl Anchors {
    pub(super) fn new(series: &Series, subjects: &[Subject<'_>], lineages: &[Lineage<'_>]) -> Self {
        let mut maker = AnchorMaker {
            series,
            creators: HashMap::default(),
            objects: HashMap::default(),
            packages: HashMap::default(),
            modules: HashMap::default(),
        };
        for (at, (subject, lineage)) in subjects.iter().zip(lineages).enumerate() {
            for row in subject.rows.iter().chain(&lineage.rows) {
                maker.add(at, subject.wanted, row, None);
            }
            if subject.wanted == Wanted::Anything {
                for row in in_lockstep(series, subject) {
                    maker.add(at, subject.wanted, row, Some(CallerFit::Lockstep));
                }
            }
        }
        maker.finish()
    }

    /// The findings with which a call of a function is connected.
    pub(super) fn of(&self, function: FunctionId) -> &[(usize, CallerFit)] {
        self.of_function.get(function.0 as usize).map_or(&[], Vec::as_slice)
    }
}

/// Rows that always have as many goroutines as the leading one, and no frame of the user's: what starts one of them starts the other.
fn in_lockstep<'a>(series: &'a Series, subject: &Subject<'a>) -> impl Iterator<Item = &'a Row> {
    let lead = subject.rows.first().copied();
    let lead = lead.filter(|row| row.counts.len() >= MIN_LOCKSTEP_SNAPSHOTS && row.gain() > 1);
    let is_other = move |row: &&'a Row| {
        !row.user_code && lead.is_some_and(|lead| row.counts == lead.counts && !std::ptr::eq(*row, lead))
    };
    series.rows.iter().filter(is_other)
}

struct AnchorMaker<'a> {
    series: &'a Series,
    creators: Index<FunctionId>,
    objects: Index<(&'a str, &'a str)>,
    packages: Index<&'a str>,
    modules: Index<&'a str>,
}

impl<'a> AnchorMaker<'a> {
    /// Adds what a row of a finding has to do with. `fit` is how well it fits at best; `None` means by what they have in common.
    fn add(&mut self, finding: usize, wanted: Wanted, row: &'a Row, fit: Option<CallerFit>) {
        let names = &self.series.names;
        let spawn = row.facts.spawn_site(true).map(|fact| fact.value);
        if let Some(spawn) = spawn.filter(|it| !is_general(self.series, *it)) {
            let creator = (finding, fit.unwrap_or(CallerFit::CallsCreator));
            self.creators.entry(spawn.function).or_default().push(creator);
        }
        if wanted == Wanted::CallersOfCreator {
            return;
        }
        let is_library = |it: &Frame| names.owner(it.function) == Owner::Dependency;
        let outermost = row.stack.frames(names).rev().find(is_library);
        let entry = row.stack.last(names).filter(|it| !row.stack.cut && !is_general(self.series, *it));
        for frame in spawn.into_iter().chain(outermost).chain(entry) {
            if is_general(self.series, frame) {
                continue;
            }
            let name = names.function_name(frame.function);
            if let Some(object) = object(name) {
                self.objects.entry(object).or_default().push((finding, fit.unwrap_or(CallerFit::SameObject)));
            }
            if is_library(&frame) {
                let (package, file) = (package(name), names.symbols.file(frame.file));
                let same_package = (finding, fit.unwrap_or(CallerFit::SamePackage));
                self.packages.entry(package).or_default().push(same_package);
                let same_module = (finding, fit.unwrap_or(CallerFit::SameModule));
                self.modules.entry(module(package, file)).or_default().push(same_module);
            }
        }
    }

    /// Looks up all functions of the series, each once.
    fn finish(self) -> Anchors {
        let names = &self.series.names;
        let functions = (0..names.symbols.functions_len() as u32).map(FunctionId);
        let anchors_of = |function| {
            let name = names.function_name(function);
            let mut anchors: Vec<(usize, CallerFit)> = Vec::new();
            let own = self.creators.get(&function).into_iter();
            let library = names.owner(function) == Owner::Dependency;
            let object = object(name).and_then(|it| self.objects.get(&it));
            let package_name = package(name);
            let package = self.packages.get(package_name).filter(|_| library);
            let module = parents(package_name).find_map(|it| self.modules.get(it)).filter(|_| library);
            for anchor in own.chain(object).chain(package).chain(module).flatten() {
                match anchors.iter_mut().find(|(finding, _)| *finding == anchor.0) {
                    Some((_, fit)) => *fit = (*fit).min(anchor.1),
                    None => anchors.push(*anchor),
                }
            }
            anchors
        };
        Anchors { of_function: functions.map(anchors_of).collect() }
    }
}

/// A path and the folders that contain it, the innermost first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |it| it.rfind('/').map(|at| it.split_at(at).0))
}
