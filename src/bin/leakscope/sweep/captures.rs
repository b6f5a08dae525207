//! Capture folders as targets: a folder for each service, and in it one for each instance.

use std::path::Path;
use std::path::PathBuf;

use anyhow::anyhow;
use leakscope::fleet::FleetTarget;
use leakscope::source;

use crate::exit_code::Failure;
use crate::inputs;

/// A capture of an instance.
pub(crate) struct ListedCapture {
    pub(crate) target: FleetTarget,
    pub(crate) capture: source::CaptureEntry,
}

/// The captures below a folder: `DIR/SERVICE/INSTANCE` or `DIR/SERVICE@VERSION/INSTANCE`.
pub(crate) fn listed_captures(folder: &Path) -> Result<Vec<ListedCapture>, Failure> {
    let mut listed = Vec::new();
    let read = |error| Failure::input(error).context(format!("cannot read {}", inputs::name(folder)));
    let mut services: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read)? {
        let path = entry.map_err(read)?.path();
        if path.is_dir() && text(&path).is_some_and(|name| !name.starts_with('.')) {
            services.push(path);
        }
    }
    services.sort();
    for path in services {
        let name = text(&path).unwrap_or_default();
        let (service, version) = match name.split_once('@') {
            Some((service, version)) => (service.to_owned(), Some(version.to_owned())),
            None => (name, None),
        };
        for capture in source::list_folder(&path)? {
            let instance = text(&capture.path).unwrap_or_default();
            let place = inputs::name(&capture.path);
            let (service, version) = (service.clone(), version.clone());
            let target = FleetTarget { service, instance, place, version, ..FleetTarget::default() };
            listed.push(ListedCapture { target, capture });
        }
    }
    if listed.is_empty() {
        let error = anyhow!("{}: no capture of an instance", inputs::name(folder));
        return Err(Failure::input(error).with_hint("it must hold SERVICE/INSTANCE, with the profiles in it"));
    }
    Ok(listed)
}

/// The last part of a path, if it is text.
fn text(path: &Path) -> Option<String> {
    path.file_name().and_then(|it| it.to_str()).map(str::to_owned)
}
