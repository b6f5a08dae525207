//! One table of symbols for all snapshots of a series.

use crate::golang;
use crate::golang::FrameVisibility;
use crate::golang::Leaf;
use crate::golang::Owner;
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

/// The distinct functions by canonical name, with what is known of each; files; frames of these; and texts that name groups: states,
/// packages, label values.
#[derive(Clone, Debug, Default)]
pub struct SymbolTable {
    /// Canonical names of functions, and names of files.
    pub symbols: Symbols,
    /// By [`FunctionId`].
    attributes: Vec<Attributes>,
    texts: StringInterner,
    frames: Interner<Frame>,
    /// Raw names that differ from the canonical name.
    aliases: StringInterner,
    /// The function of each alias.
    alias_target: Vec<FunctionId>,
    module: Option<String>,
}

/// What is known of a function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes {
    /// The function as which it is compared; see [`golang::identity`].
    pub(crate) identity: FunctionId,
    pub(super) visibility: FrameVisibility,
    pub(super) owner: Owner,
    /// The hash of its identity, for fingerprints.
    pub(crate) hash: u64,
    /// What it says of the wait if it is the leaf.
    pub(super) leaf: Option<Leaf>,
    /// The function in which it is written; `None` if it is no closure.
    pub(super) parent: Option<FunctionId>,
    /// Whether a profile with this raw name was merged, so that for the next one nothing remains to be done.
    is_merged: bool,
}

/// The symbols of one snapshot in ids of the [`SymbolTable`].
#[derive(Clone, Debug)]
pub struct SnapshotSymbols {
    pub(crate) counts: SymbolMap,
    pub(crate) traceback: Option<SymbolMap>,
    pub(crate) proof: Option<SymbolMap>,
}

/// From the ids of one profile to those of the [`SymbolTable`].
#[derive(Clone, Debug)]
pub(crate) struct SymbolMap {
    functions: Vec<FunctionId>,
    files: Vec<FileId>,
    /// Empty if no group shows frames of this profile.
    pub(crate) frames: Vec<FrameId>,
}

impl SymbolMap {
    /// A function of the profile by its id in the [`SymbolTable`].
    pub(crate) fn function(&self, function: FunctionId) -> FunctionId {
        self.functions.get(function.0 as usize).copied().unwrap_or(function)
    }

    /// A frame of the profile in ids of the [`SymbolTable`].
    pub(crate) fn frame(&self, frame: Frame) -> Frame {
        Frame {
            function: self.function(frame.function),
            file: self.files.get(frame.file.0 as usize).copied().unwrap_or(FileId::NONE),
            line: frame.line,
        }
    }
}

impl SymbolTable {
    /// An empty table. `module` is the path of the program's own module; if it is `None`, file names decide which code is the
    /// program's own.
    pub fn new(module: Option<String>) -> Self {
        SymbolTable { module, ..SymbolTable::default() }
    }

    /// Maps the symbols of a snapshot if all of them are in the table; `None` otherwise.
    pub fn find(&self, snapshot: &Snapshot) -> Option<SnapshotSymbols> {
        let map = |profile: &Profile, with_frames: bool| {
            let (mut map, missing_files, missing_functions) = self.find_profile(profile);
            if with_frames {
                let id = |frame: &Frame| self.frames.find(map.frame(*frame)).map(FrameId);
                map.frames = profile.stacks.all_frames().iter().map(id).collect::<Option<_>>()?;
            }
            (missing_files.is_empty() && missing_functions.is_empty()).then_some(map)
        };
        let map_optional = |profile: &Option<Profile>| match profile {
            Some(profile) => map(profile, false).map(Some),
            None => Some(None),
        };
        let (traceback, proof) = (map_optional(&snapshot.traceback)?, map_optional(&snapshot.proof)?);
        Some(SnapshotSymbols { counts: map(&snapshot.counts, true)?, traceback, proof })
    }

    /// Adds the symbols of a snapshot. `with_frames` adds the frames of `counts` too, which groups by stack show.
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

    /// Maps the symbols of a profile as far as they are in the table. The other values are the ids of files and of functions that are not.
    fn find_profile(&self, profile: &Profile) -> (SymbolMap, Vec<u32>, Vec<u32>) {
        let symbols = &profile.symbols;
        let (mut missing_files, mut missing_functions) = (Vec::new(), Vec::new());
        let file = |id: u32| {
            self.symbols.find_file(symbols.file(FileId(id))).unwrap_or_else(|| {
                missing_files.push(id);
                FileId::NONE
            })
        };
        let files = (0..symbols.files_len() as u32).map(file).collect();
        let function = |id: u32| {
            self.find_raw(symbols.function(FunctionId(id))).unwrap_or_else(|| {
                missing_functions.push(id);
                FunctionId(0)
            })
        };
        let functions = (0..symbols.functions_len() as u32).map(function).collect();
        (SymbolMap { functions, files, frames: Vec::new() }, missing_files, missing_functions)
    }

    /// Adds the symbols of a profile. New ones are added in the order of their names: ids break ties, so they must not depend on the
    /// order of the input.
    fn merge_profile(&mut self, profile: &Profile) -> SymbolMap {
        let symbols = &profile.symbols;
        let (mut map, mut missing_files, mut missing_functions) = self.find_profile(profile);
        missing_files.sort_unstable_by_key(|id| symbols.file(FileId(*id)));
        for id in missing_files {
            map.files[id as usize] = self.symbols.intern_file(symbols.file(FileId(id)));
        }
        if !missing_functions.is_empty() {
            let file_of = files_of_functions(profile, &map.files);
            missing_functions.sort_unstable_by_key(|id| symbols.function(FunctionId(*id)));
            for id in missing_functions {
                let file = self.symbols.file(file_of[id as usize]).to_owned();
                let raw = symbols.function(FunctionId(id));
                map.functions[id as usize] = self.merge_function(raw, &file);
            }
        }
        map
    }

    /// The function with a raw name that was merged before.
    fn find_raw(&self, raw: &str) -> Option<FunctionId> {
        let canonical = self.symbols.find_function(raw).filter(|id| self.attributes(*id).is_merged);
        canonical.or_else(|| self.alias_target.get(self.aliases.find(raw)? as usize).copied())
    }

    /// The id of a function by its raw name. Adds it, and the function in which it is written, if they are new.
    fn merge_function(&mut self, raw: &str, file: &str) -> FunctionId {
        let id = self.intern_function(raw, file);
        let name = golang::canonical(raw);
        if let Some(parent) = golang::closure_parent(&name) {
            let parent = self.intern_function(parent, file);
            self.attributes[id.0 as usize].parent = Some(parent);
        }
        if raw == name {
            self.attributes[id.0 as usize].is_merged = true;
        } else {
            self.aliases.intern(raw);
            self.alias_target.push(id);
        }
        id
    }

    /// The id of a function by its raw name; adds it if it is new. `file` is where it is defined, or empty.
    pub(crate) fn intern_function(&mut self, raw: &str, file: &str) -> FunctionId {
        let name = golang::canonical(raw);
        let id = self.symbols.intern_function(&name);
        if (id.0 as usize) < self.attributes.len() {
            return id;
        }
        let owner = if raw.starts_with("vendor/") { Owner::Standard } else { self.owner_of(&name, file) };
        let identity_name = golang::identity(&name);
        self.attributes.push(Attributes {
            identity: id,
            visibility: golang::frame_visibility(&identity_name, owner),
            owner,
            hash: fingerprint::hash_text(&identity_name),
            leaf: golang::leaf(&name),
            parent: None,
            is_merged: false,
        });
        if identity_name != name {
            self.attributes[id.0 as usize].identity = self.intern_function(&identity_name, file);
        }
        id
    }

    /// Whose code a function is. The module path, if it is known, decides between the program's own code and dependencies.
    fn owner_of(&self, name: &str, file: &str) -> Owner {
        let owner = golang::owner(name, file);
        match (&self.module, owner) {
            (Some(module), Owner::User | Owner::Dependency) => {
                let package = golang::package(name);
                let rest = package.strip_prefix(module.as_str());
                let inside = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
                if inside || package == "main" { Owner::User } else { Owner::Dependency }
            }
            _ => owner,
        }
    }

    /// What is known of a function; a visible function of the user's if the id is not from this table.
    pub(crate) fn attributes(&self, id: FunctionId) -> Attributes {
        self.attributes.get(id.0 as usize).copied().unwrap_or(Attributes {
            identity: id,
            visibility: FrameVisibility::Visible,
            owner: Owner::User,
            hash: 0,
            leaf: None,
            parent: None,
            is_merged: false,
        })
    }

    /// The id of a text; `None` if it was never interned.
    pub(crate) fn text(&self, text: &str) -> Option<u32> {
        self.texts.find(text)
    }

    /// A text by its id.
    pub fn text_of(&self, id: u32) -> &str {
        self.texts.text(id)
    }

    /// The canonical name of a function.
    pub fn function_name(&self, id: FunctionId) -> &str {
        self.symbols.function(id)
    }

    /// A frame by its id; `Frame::UNKNOWN` if the id is not from this table.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.frames.all().get(id.0 as usize).copied().unwrap_or(Frame::UNKNOWN)
    }

    /// Whose code a function is.
    pub fn owner(&self, id: FunctionId) -> Owner {
        self.attributes(id).owner
    }
}

/// The file of each function of a profile, in ids of the [`SymbolTable`], of which `files` has one for each file of the profile. A
/// function with several files gets the first by id.
fn files_of_functions(profile: &Profile, files: &[FileId]) -> Vec<FileId> {
    let mut file_of = vec![FileId::NONE; profile.symbols.functions_len()];
    let frames = profile.stacks.all_frames();
    for frame in frames.iter().copied().chain(profile.details.iter().filter_map(|it| it.spawn)) {
        let file = files.get(frame.file.0 as usize).copied().unwrap_or(FileId::NONE);
        if let Some(known) = file_of.get_mut(frame.function.0 as usize)
            && (*known == FileId::NONE || (file != FileId::NONE && file < *known))
        {
            *known = file;
        }
    }
    file_of
}
