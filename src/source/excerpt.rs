//! Lines of the user's source files for a position in a profile.

use super::go_source::GoSource;

/// Some lines of a file, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file's path as it is shown: relative to the source root.
    pub file: String,
    /// The lines around the requested one; empty if the file does not have that line.
    pub lines: Vec<(u32, String)>,
}

/// The lines around a position in a profile, `around` of them on each side. `package` is the package path of a function in the file. `None`
/// if the file is not below a source root; no other file is opened, whatever the profile contains.
pub fn excerpt(source: &GoSource, package: &str, file: &str, line: u32, around: u32) -> Option<Excerpt> {
    let found = source.own_file(package, file)?;
    let first = line.saturating_sub(around).max(1);
    let last = line.saturating_add(around);
    let numbered = (1u32..).zip(found.text.lines()).filter(|(number, _)| (first..=last).contains(number));
    let mut lines: Vec<_> = numbered.map(|(number, text)| (number, text.to_owned())).collect();
    if !lines.iter().any(|(number, _)| *number == line) {
        lines.clear();
    }
    Some(Excerpt { file: found.path, lines })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::go_source::SourcePlaces;
    use super::super::go_source::nearest_module;
    use super::*;

    fn below(root: &Path) -> GoSource {
        GoSource::new(SourcePlaces { roots: vec![root.to_owned()], ..SourcePlaces::default() })
    }

    #[test]
    fn finds_by_path_suffix_and_stays_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/programs");
        let source = below(&root);
        let found = |file: &str, line| excerpt(&source, "main", file, line, 1);
        let page = found("/somewhere/else/shop/main.go", 2).expect("shop/main.go is there");
        assert_eq!(page.file, "shop/main.go");
        assert_eq!(page.lines.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        let beyond = found("example.com/leakscope/programs/shop/main.go", 90_000);
        assert_eq!(beyond.map(|it| it.lines.len()), Some(0));
        assert_eq!(found("../../Cargo.toml", 1), None);
        assert_eq!(found("/etc/nothing/of/ours.go", 1), None);
        let above = below(Path::new(env!("CARGO_MANIFEST_DIR")));
        let page = excerpt(&above, "main", "example.com/leakscope/programs/shop/main.go", 2, 0);
        assert_eq!(page.map(|it| it.file).as_deref(), Some("testdata/programs/shop/main.go"));
        assert_eq!(excerpt(&above, "main", "example.com/leakscope/programs/../../Cargo.toml", 2, 0), None);
        let module = nearest_module(&root.join("shop")).expect("there is a go.mod");
        assert_eq!(module.1, "example.com/leakscope/programs");
    }
}
