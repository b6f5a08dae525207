//! The control: no safe patch is written for Go's own library, as if goroutines had been seen at each of its blocking operations.

use std::path::Path;

use super::write;
use crate::confirm::control::GO_VERSION;
use crate::confirm::control::MODULES;
use crate::confirm::control::each_view_below;
use crate::confirm::control::go;
use crate::confirm::control::module;
use crate::confirm::control::skip;
use crate::diagnose::PatchTier;

/// A defect of Go's own library: `makeTempDir` in package `testing` returns an error of `os.Stat` with the lock in its hand, as reading
/// shows. Healthy code gets no patch.
const DEFECT: &str = "testing/testing.go: nobody in this profile holds `common.tempDirMu`: (*common).makeTempDir locks it at line 1434 and leaves at line 1442 without unlocking it: unlock where a path leaves with the lock";

/// The safe patches of all packages below a folder.
fn safe_below(root: &Path) -> Vec<String> {
    let mut safe = Vec::new();
    let operations = each_view_below(root, write, |view| {
        for verdict in view.verdicts {
            if let Some(patch) = verdict.patch.filter(|it| it.tier == PatchTier::Safe) {
                safe.push(format!("{}: {}: {}", verdict.place.file, verdict.sentence, patch.title));
            }
        }
    });
    assert!(operations > 50, "only {operations} blocking operations were found");
    safe
}

#[test]
fn the_standard_library_gets_a_safe_patch_for_its_one_defect_alone() {
    let (Some(GO_VERSION), Some(root)) = (go(&["env", "GOVERSION"]).as_deref(), go(&["env", "GOROOT"]))
    else {
        return skip("there is no go1.26.8");
    };
    let safe = safe_below(&Path::new(&root).join("src"));
    assert_eq!(safe, [DEFECT], "{}", safe.join("\n"));
}

/// Files of public modules with defects, as reading shows: client-go leaves senders behind, and the ordered consumer of nats.go returns
/// with its lock if a fetch is running.
const DEFECTS: [&str; 3] =
    ["tools/portforward/portforward.go: ", "tools/remotecommand/v1.go: ", "jetstream/ordered.go: "];

#[test]
fn public_modules_get_safe_patches_for_known_defects_alone() {
    for (name, _) in MODULES {
        let Some(folder) = module(name) else {
            skip(&format!("{name} cannot be downloaded"));
            continue;
        };
        let mut safe = safe_below(&folder);
        safe.retain(|it| !DEFECTS.iter().any(|file| it.starts_with(file)));
        assert!(safe.is_empty(), "{name}: {}", safe.join("\n"));
    }
}
