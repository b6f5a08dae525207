//! One table of names for all moments of a series.

use crate::golang::FrameVisibility;
use crate::golang::Leaf;
use crate::golang::Owner;
use crate::golang::canonical;
use crate::golang::closure_parent;
use crate::golang::frame_visibility;
use crate::golang::identity;
use crate::golang::leaf;
use crate::golang::owner;
use crate::golang::package;
use crate::model::FileId;
use crate::model::Frame;
use crate::model::FrameId;
use crate::model::FunctionId;
use crate::model::Profile;
use crate::model::Snapshot;
use crate::model::Symbols;
use crate::storage::Interner;
use crate::storage::StringInterner;

use super::fingerprint;

/// Canonical names of functions, files, and texts (states, packages, label values), each once, with what is known of each;
/// frames of these.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    /// Canonical names of functions, and names of files.
    pub symbols: Symbols,
    texts: StringInterner,
    frames: Interner<Frame>,
    attributes: Vec<Attributes>,
    /// Raw names that are not the canonical ones, and whose they are.
    others: StringInterner,
    other_of: Vec<FunctionId>,
    module: Option<String>,
}

/// What is known of a function.
#[derive(Clone, Copy, Debug)]
struct Attributes {
    identity: FunctionId,
    frame_visibility: FrameVisibility,
    owner: Owner,
    hash: u64,
    /// What it says of the wait where it stands at the leaf.
    leaf: Option<Leaf>,
    /// The function that it, a closure, is written in; `None` if it is no closure.
    parent: Option<FunctionId>,
    /// Whether a snapshot has it by this very name, so that nothing is left to be done for another one that has.
    adopted: bool,
}

/// Numbers of one moment's names in the common table.
#[derive(Clone, Debug)]
pub struct SnapshotSymbols {
    pub(crate) counts: SymbolMap,
    pub(crate) traceback: Option<SymbolMap>,
    pub(crate) proof: Option<SymbolMap>,
}

/// Numbers of one snapshot's names in the common table.
#[derive(Clone, Debug)]
pub(crate) struct SymbolMap {
    functions: Vec<FunctionId>,
    files: Vec<FileId>,
    /// Of each frame of its stacks; none where no group shows them.
    pub(crate) frames: Vec<FrameId>,
}

/// What of a snapshot's names is not in the common table, by its own numbers.
#[derive(Default)]
struct New {
    files: Vec<u32>,
    functions: Vec<u32>,
}

impl New {
    fn is_empty(&self) -> bool {
        self.files.is_empty() && self.functions.is_empty()
    }
}

impl SymbolMap {
    /// A frame of the snapshot in the numbers of the common table.
    pub(crate) fn frame(&self, frame: Frame) -> Frame {
        Frame {
            function: self.functions.get(frame.function.0 as usize).copied().unwrap_or(frame.function),
            file: self.files.get(frame.file.0 as usize).copied().unwrap_or(FileId::NONE),
            line: frame.line,
        }
    }
}

impl SymbolTable {
    /// An empty table; `module` is the path of the program's own module, where it is known.
    pub fn new(module: Option<String>) -> Self {
        SymbolTable { module, ..SymbolTable::default() }
    }

    /// Whose code a function is that neither the runtime nor the standard library owns.
    fn owner_of(&self, name: &str, file: &str) -> Owner {
        let by_file = owner(name, file);
        match (&self.module, by_file) {
            (Some(module), Owner::User | Owner::Dependency) => {
                let package = package(name);
                let inside = package
                    .strip_prefix(module.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if inside || package == "main" { Owner::User } else { Owner::Dependency }
            }
            (_, owner) => owner,
        }
    }

    /// The number of a function by its raw name, taken in if it is new.
    pub(crate) fn function_of(&mut self, symbols: &Symbols, id: FunctionId, file: FileId) -> FunctionId {
        self.function(symbols.function(id), symbols.file(file))
    }

    /// Maps the symbols of a snapshot if all of them are known already; `None` otherwise.
    pub fn find(&self, snapshot: &Snapshot) -> Option<SnapshotSymbols> {
        let of = |profile: &Profile, shown: bool| {
            let (mut adopted, new) = self.find_profile(profile);
            if shown {
                let number = |frame: &Frame| self.frames.find(adopted.frame(*frame)).map(FrameId);
                adopted.frames = profile.stacks.all_frames().iter().map(number).collect::<Option<_>>()?;
            }
            new.is_empty().then_some(adopted)
        };
        let other = |profile: &Option<Profile>| match profile {
            Some(profile) => of(profile, false).map(Some),
            None => Some(None),
        };
        let (traceback, proof) = (other(&snapshot.traceback)?, other(&snapshot.proof)?);
        Some(SnapshotSymbols { counts: of(&snapshot.counts, true)?, traceback, proof })
    }

    /// Adds the symbols of a snapshot. Groups show the frames of `counts` only where they show whole stacks: then `with_frames`.
    pub fn merge(&mut self, snapshot: &Snapshot, with_frames: bool) -> SnapshotSymbols {
        let mut counts = self.merge_profile(&snapshot.counts);
        if with_frames {
            let frames = snapshot.counts.stacks.all_frames().iter();
            let ids = frames.map(|frame| FrameId(self.frames.intern(counts.frame(*frame))));
            counts.frames = ids.collect();
        }
        let traceback = snapshot.traceback.as_ref().map(|it| self.merge_profile(it));
        let proof = snapshot.proof.as_ref().map(|it| self.merge_profile(it));
        SnapshotSymbols { counts, traceback, proof }
    }

    /// The id of a text that groups are named by: a package, a state, a label value. Adds the text if it is new.
    pub(crate) fn intern_text(&mut self, text: &str) -> u32 {
        self.texts.intern(text)
    }

    /// The numbers of a snapshot's names, and which of them are new.
    fn find_profile(&self, profile: &Profile) -> (SymbolMap, New) {
        let (symbols, mut new) = (&profile.symbols, New::default());
        let file = |id: u32| {
            self.symbols.find_file(symbols.file(FileId(id))).unwrap_or_else(|| {
                new.files.push(id);
                FileId::NONE
            })
        };
        let files = (0..symbols.files_len() as u32).map(file).collect();
        let function = |id: u32| {
            self.find_raw(symbols.function(FunctionId(id))).unwrap_or_else(|| {
                new.functions.push(id);
                FunctionId(0)
            })
        };
        let functions = (0..symbols.functions_len() as u32).map(function).collect();
        (SymbolMap { functions, files, frames: Vec::new() }, new)
    }

    /// Takes the names of a snapshot in. Those that are new get numbers in the order of names, so that numbers do not depend on the
    /// order of the input: they break ties.
    fn merge_profile(&mut self, profile: &Profile) -> SymbolMap {
        let symbols = &profile.symbols;
        let (mut adopted, mut new) = self.find_profile(profile);
        new.files.sort_unstable_by_key(|id| symbols.file(FileId(*id)));
        for id in new.files {
            adopted.files[id as usize] = self.symbols.intern_file(symbols.file(FileId(id)));
        }
        if !new.functions.is_empty() {
            let file_of = files_of_functions(profile, &adopted.files);
            new.functions.sort_unstable_by_key(|id| symbols.function(FunctionId(*id)));
            for id in new.functions {
                let file = self.symbols.file(file_of[id as usize]).to_owned();
                let raw = symbols.function(FunctionId(id));
                adopted.functions[id as usize] = self.merge_function(raw, &file);
            }
        }
        adopted
    }

    /// The number of a function whose raw name a snapshot had.
    fn find_raw(&self, raw: &str) -> Option<FunctionId> {
        let known = self.symbols.find_function(raw);
        let adopted = |known: &FunctionId| self.attributes.get(known.0 as usize).is_some_and(|it| it.adopted);
        known.filter(adopted).or_else(|| {
            let other = self.others.find(raw)?;
            self.other_of.get(other as usize).copied()
        })
    }

    /// The number of a function by its raw name, and with it that of the function that it is written in.
    fn merge_function(&mut self, raw: &str, file: &str) -> FunctionId {
        let id = self.function(raw, file);
        let name = canonical(raw);
        if let Some(parent) = closure_parent(&name) {
            let parent = self.function(parent, file);
            self.attributes[id.0 as usize].parent = Some(parent);
        }
        if raw == name {
            self.attributes[id.0 as usize].adopted = true;
        } else {
            self.others.intern(raw);
            self.other_of.push(id);
        }
        id
    }

    /// The number of a function by its raw name.
    pub(crate) fn function(&mut self, raw: &str, file: &str) -> FunctionId {
        let name = canonical(raw);
        let id = self.symbols.intern_function(&name);
        if (id.0 as usize) < self.attributes.len() {
            return id;
        }
        let owner = if raw.starts_with("vendor/") { Owner::Standard } else { self.owner_of(&name, file) };
        let identity_name = identity(&name);
        let frame_visibility = frame_visibility(&identity_name, owner);
        let hash = fingerprint::hash_text(&identity_name);
        let (leaf, parent) = (leaf(&name), None);
        let adopted = false;
        self.attributes.push(Attributes {
            identity: id,
            frame_visibility,
            owner,
            hash,
            leaf,
            parent,
            adopted,
        });
        if identity_name != name {
            // The identity is a function of its own right; it gets its own attributes in the same way.
            let identity = self.function(&identity_name, file);
            self.attributes[id.0 as usize].identity = identity;
        }
        id
    }

    /// The number of a text that was taken in: a state, a package, the value of a label.
    pub(crate) fn text(&self, text: &str) -> Option<u32> {
        self.texts.find(text)
    }

    /// The text of a number.
    pub fn text_of(&self, id: u32) -> &str {
        self.texts.text(id)
    }

    /// The canonical name of a function.
    pub fn function_name(&self, id: FunctionId) -> &str {
        self.symbols.function(id)
    }

    /// The frame of a number; without a name if no snapshot has it.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.frames.all().get(id.0 as usize).copied().unwrap_or(Frame::UNKNOWN)
    }

    /// Whose code a function is.
    pub fn owner(&self, id: FunctionId) -> Owner {
        self.attributes.get(id.0 as usize).map_or(Owner::User, |it| it.owner)
    }

    /// The function that stands for this one in keys.
    pub(crate) fn identity(&self, id: FunctionId) -> FunctionId {
        self.attributes.get(id.0 as usize).map_or(id, |it| it.identity)
    }

    pub(crate) fn frame_visibility(&self, id: FunctionId) -> FrameVisibility {
        self.attributes.get(id.0 as usize).map_or(FrameVisibility::Visible, |it| it.frame_visibility)
    }

    /// What a function says of the wait where it stands at the leaf.
    pub(crate) fn leaf(&self, id: FunctionId) -> Option<Leaf> {
        self.attributes.get(id.0 as usize)?.leaf
    }

    /// The function that another, a closure of a snapshot that was taken in, is written in; `None` if it is no closure.
    pub(crate) fn parent(&self, id: FunctionId) -> Option<FunctionId> {
        self.attributes.get(id.0 as usize)?.parent
    }

    pub(crate) fn hash(&self, id: FunctionId) -> u64 {
        self.attributes.get(id.0 as usize).map_or(0, |it| it.hash)
    }

    /// The hash of a text, for fingerprints.
    pub(crate) fn text_hash(&self, id: u32) -> u64 {
        fingerprint::hash_text(self.text_of(id))
    }
}

/// The file of each function of a snapshot, in the numbers that were adopted: a function belongs to whom its file says; of several
/// files the first in order tells.
fn files_of_functions(profile: &Profile, files: &[FileId]) -> Vec<FileId> {
    let mut file_of = vec![FileId::NONE; profile.symbols.functions_len()];
    let frames = profile.stacks.all_frames();
    for frame in frames.iter().copied().chain(profile.details.iter().filter_map(|it| it.spawn)) {
        let adopted = files.get(frame.file.0 as usize).copied().unwrap_or(FileId::NONE);
        if let Some(file) = file_of.get_mut(frame.function.0 as usize)
            && (*file == FileId::NONE || (adopted != FileId::NONE && adopted < *file))
        {
            *file = adopted;
        }
    }
    file_of
}
