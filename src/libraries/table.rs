//! Reads the table of waits in libraries.
//!
//! A section begins with the path of its module, followed by the versions that were read. Its lines begin with a tab. Sections and lines
//! are sorted by their bytes. A line has eleven columns, separated by tabs; `-` means that there is none:
//!
//! | column | example |
//! |---|---|
//! | the function with which the goroutine starts | `.(*Cron).run` |
//! | the function that waits, `=` if it is the same | `=` |
//! | what it waits for | `select` |
//! | versions: `*` for all, `v1.2-`, `-v1.4`, `v1.2-v1.4` | `*` |
//! | types of the object | `.Cron` |
//! | what makes the object | `.New` |
//! | what starts the goroutine | `.(*Cron).Start .(*Cron).Run` |
//! | what ends the wait | `.(*Cron).Stop` |
//! | whose parameter ends the wait, after a colon its name | `.(*Server).Serve:ctx` |
//! | causes | `missing-close` |
//! | the operations that end the wait | `send on stop` |
//!
//! Names lack the path of the module: `/pkg.F` is a function of its package `pkg`.

use crate::model::BlockedOn;

use super::fact::LibraryFact;
use super::version::Versions;

/// The part of the table about one module.
pub(super) struct Section {
    /// The module's path.
    pub(super) module: &'static str,
    /// The versions that were read.
    read_in: &'static str,
    /// Its lines, without the heading.
    lines: &'static str,
}

impl Section {
    /// The section of the module that a package belongs to; `None` if the table has none.
    pub(super) fn of_package(table: &'static str, package: &str) -> Option<Section> {
        paths(package).find_map(|path| section(table, path))
    }

    /// Its facts. A line that is not as it should be is left out; a test proves that there is none.
    pub(super) fn facts(&self) -> impl Iterator<Item = LibraryFact> {
        self.lines.lines().filter_map(|line| fact(self, line))
    }
}

/// The paths of the modules that a package may belong to, longest first.
pub(super) fn paths(package: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(package), |it| it.rfind('/').map(|at| it.split_at(at).0))
}

/// Finds a module by binary search over the headings.
fn section(table: &'static str, module: &str) -> Option<Section> {
    let mut rest = table;
    while !rest.is_empty() {
        let middle = rest.len() / 2;
        let start = heading_before(rest, middle);
        let (before, from_heading) = rest.split_at(start);
        let (heading, below) = from_heading.split_once('\n').unwrap_or((from_heading, ""));
        let (lines, after) = below.split_at(end_of_lines(below));
        let (name, read_in) = heading.split_once(' ').unwrap_or((heading, ""));
        match module.cmp(name) {
            std::cmp::Ordering::Equal => return Some(Section { module: name, read_in, lines }),
            std::cmp::Ordering::Less => rest = before,
            std::cmp::Ordering::Greater => rest = after,
        }
    }
    None
}

/// Where the last heading starts that starts at or before a byte.
fn heading_before(table: &str, at: usize) -> usize {
    let bytes = table.as_bytes();
    let head = bytes.get(..at).unwrap_or(bytes);
    let breaks = memchr::memrchr_iter(b'\n', head).map(|it| it + 1);
    let mut starts = breaks.filter(|start| bytes.get(*start).is_some_and(|byte| *byte != b'\t'));
    starts.next().unwrap_or(0)
}

/// The length of the lines at the beginning that are not headings.
fn end_of_lines(text: &str) -> usize {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'\t') {
        return 0;
    }
    let mut starts = memchr::memchr_iter(b'\n', bytes).map(|it| it + 1);
    starts.find(|start| bytes.get(*start) != Some(&b'\t')).unwrap_or(text.len())
}

/// Reads a line; `None` if it is not as it should be.
fn fact(section: &Section, line: &'static str) -> Option<LibraryFact> {
    let mut columns = line.strip_prefix('\t')?.split('\t');
    let module = section.module;
    let full = |suffix: &str| format!("{module}{suffix}");
    let list = |column: &'static str| column.split(' ').filter(|it| *it != "-");
    let names = |column: &'static str| list(column).map(full).collect();
    let entry = columns.next()?;
    let waits_in = match columns.next()? {
        "=" => entry,
        other => other,
    };
    let wait = columns.next()?;
    let fact = LibraryFact {
        module,
        read_in: section.read_in,
        entry: (entry != "-").then(|| full(entry)),
        waits_in: full(waits_in),
        wait: *BlockedOn::ALL.iter().find(|it| it.as_str() == wait)?,
        versions: Versions::parse(columns.next()?)?,
        objects: names(columns.next()?),
        constructors: names(columns.next()?),
        starts: names(columns.next()?),
        ends: names(columns.next()?),
        given: list(columns.next()?)
            .map(|it| it.rsplit_once(':').map(|(name, parameter)| (full(name), parameter)))
            .collect::<Option<_>>()?,
        means: list(columns.next()?).collect(),
        how: columns.next().map(|it| if it == "-" { "" } else { it })?,
    };
    columns.next().is_none().then_some(fact)
}

#[cfg(test)]
mod tests {
    use super::super::MODULES;
    use super::super::TABLE;
    use super::*;

    /// What the generator promises of the table, and what the search needs.
    #[test]
    fn table_is_well_formed() {
        let table: &'static str = &TABLE;
        assert!(TABLE.len() <= 600_000, "the table has {} bytes", TABLE.len());
        assert!(TABLE.is_empty() || TABLE.ends_with('\n'));
        let headings: Vec<&str> = TABLE.lines().filter(|line| !line.starts_with('\t')).collect();
        let modules: Vec<&str> = headings.iter().map(|it| it.split(' ').next().unwrap_or(it)).collect();
        assert_eq!(modules, *MODULES, "make it with LEAKSCOPE_WRITE=1 cargo test --lib libraries::");
        assert!(modules.windows(2).all(|pair| pair[0] < pair[1]), "modules are sorted, each once");
        for module in modules {
            let section = section(table, module).expect(module);
            assert_eq!(section.module, module);
            assert!(!section.lines.is_empty(), "{module} has no fact");
            let lines: Vec<&str> = section.lines.lines().collect();
            assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "the lines of {module} are sorted");
            for line in lines {
                assert!(fact(&section, line).is_some(), "{module}: {line}");
            }
        }
    }

    #[test]
    fn sections_are_found() {
        const SMALL: &str = "a.b/c v1.0.0\n\tx\n\ty\na.b/cc v1.0.0\n\tz\na.b/d v2.0.0 v2.1.0\n\tlast\n";
        let check = |package: &str, expected: Option<(&str, &str)>| {
            let found = Section::of_package(SMALL, package);
            assert_eq!(found.map(|it| (it.module, it.lines)), expected, "{package}");
        };
        check("a.b/c", Some(("a.b/c", "\tx\n\ty\n")));
        check("a.b/c/sub/pkg", Some(("a.b/c", "\tx\n\ty\n")));
        check("a.b/cc", Some(("a.b/cc", "\tz\n")));
        check("a.b/d", Some(("a.b/d", "\tlast\n")));
        check("a.b/ccc", None);
        check("a.b", None);
        check("", None);
        assert!(section("", "a").is_none());
        assert!(section("\t\n\t", "a").is_none());
    }

    #[test]
    fn broken_lines_are_left_out() {
        let section = Section { module: "a.b/c", read_in: "v1.0.0", lines: "" };
        let whole = "\t.f\t=\tselect\t*\t-\t-\t-\t-\t-\t-\tclose of done";
        assert!(fact(&section, whole).is_some());
        for (at, _) in whole.match_indices('\t').filter(|(at, _)| *at > 0) {
            assert!(fact(&section, whole.split_at(at).0).is_none());
        }
        assert!(fact(&section, "\t.f\t=\tselekt\t*\t-\t-\t-\t-\t-\t-\tclose of done").is_none());
        assert!(fact(&section, "\t.f\t=\tselect\tv1\t-\t-\t-\t-\t-\t-\tclose of done").is_none());
        assert!(fact(&section, "\t.f\t=\tselect\t*\t-\t-\t-\t-\t-\t-\tclose\tmore").is_none());
        assert!(fact(&section, "\t.f\t=\tselect\t*\t-\t-\t-\t-\t.g\t-\tclose").is_none());
        assert!(fact(&section, "heading").is_none());
    }
}
