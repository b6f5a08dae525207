//! The small tables and single fields of a profile: sample types, mappings, comments, frame filters, times.

use std::borrow::Cow;

use super::super::DecodeError;
use super::strings::StringTable;
use super::wire;
use crate::model::Warning;

/// What a profile says besides its samples, locations and functions.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) sample_types: Vec<wire::ValueType>,
    pub(super) mappings: Vec<wire::Mapping>,
    mapping_ids: Vec<u64>,
    pub(super) comments: Vec<i64>,
    /// `drop_frames` and `keep_frames`, if set: the names of the fields and their patterns.
    pub(super) frame_filters: Vec<(&'static str, i64)>,
    pub(super) default_sample_type: Option<i64>,
    pub(super) time_nanos: i64,
    pub(super) duration_nanos: i64,
}

impl Metadata {
    /// Sets a frame filter. The last value of a repeated field counts.
    pub(super) fn set_frame_filter(&mut self, name: &'static str, pattern: i64) {
        self.frame_filters.retain(|(known, _)| *known != name);
        self.frame_filters.push((name, pattern));
    }

    /// Checks the ids of the mappings, and all references to strings. To be called once the whole profile was read.
    pub(super) fn check(&mut self, strings: &StringTable<'_>) -> Result<(), DecodeError> {
        let check = |index: i64, place: &dyn Fn() -> String| strings.get(index, place).map(drop);
        for (index, it) in self.sample_types.iter().enumerate() {
            check(it.r#type, &|| format!("sample_type[{index}].type"))?;
            check(it.unit, &|| format!("sample_type[{index}].unit"))?;
        }
        for (name, pattern) in &self.frame_filters {
            check(*pattern, &|| (*name).to_owned())?;
        }
        for (index, comment) in self.comments.iter().enumerate() {
            check(*comment, &|| format!("comment[{index}]"))?;
        }
        for (index, it) in self.mappings.iter().enumerate() {
            check(it.filename, &|| format!("mapping[{index}].filename"))?;
            check(it.build_id, &|| format!("mapping[{index}].build_id"))?;
        }
        self.mapping_ids = self.mappings.iter().map(|it| it.id).collect();
        self.mapping_ids.sort_unstable();
        let ids = &self.mapping_ids;
        let fault = if ids.first() == Some(&0) {
            "its id is 0".to_owned()
        } else if let Some([id, _]) = ids.array_windows::<2>().find(|[a, b]| a == b) {
            format!("its id {id} is taken; are two profiles concatenated?")
        } else {
            return Ok(());
        };
        Err(DecodeError::invalid("mapping", fault))
    }

    pub(super) fn lacks_mapping(&self, id: u64) -> bool {
        id != 0 && self.mapping_ids.binary_search(&id).is_err()
    }

    pub(super) fn sample_type_names(&self, strings: &StringTable<'_>) -> Vec<(String, String)> {
        let name = |index| {
            strings.get(index, String::new).map_or_else(|_| format!("string {index}"), Cow::into_owned)
        };
        self.sample_types.iter().map(|it| (name(it.r#type), name(it.unit))).collect()
    }

    /// Path and build id of the program; `None` where the profile does not state them.
    pub(super) fn program(&self, strings: &StringTable<'_>) -> (Option<String>, Option<String>) {
        let text =
            |index| Some(strings.get(index, String::new).ok()?.into_owned()).filter(|it| !it.is_empty());
        self.mappings.first().map_or((None, None), |it| (text(it.filename), text(it.build_id)))
    }

    pub(super) fn warn_about_ignored(&self, strings: &StringTable<'_>, warnings: &mut Vec<Warning>) {
        for (name, _) in &self.frame_filters {
            let text = format!("the profile asks to hide frames ({name}); ignored, all are counted");
            warnings.push(Warning::note(text));
        }
        if let Some(index) = self.default_sample_type {
            let name = strings.get(index, String::new).ok();
            if !self.sample_type_names(strings).iter().any(|(kind, _)| Some(&**kind) == name.as_deref()) {
                warnings.push(Warning::note("its default_sample_type is none of its types; ignored"));
            }
        }
        let bad = self.mappings.iter().filter(|it| it.memory_limit < it.memory_start).count();
        if bad > 0 {
            warnings.push(Warning::note(format!("{bad} mappings end before they start; they are not used")));
        }
    }
}
