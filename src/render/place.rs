//! Positions for other tools: relative to the repository if the source was found, otherwise to the main module.

use crate::golang::Owner;
use crate::golang::owner;
use crate::golang::package;
use crate::report::FindingLine;
use crate::report::FrameLine;
use crate::report::Report;
use crate::text::word;

/// The maximum length of a path by which another tool finds the file; a shorter one would not be found.
pub(super) const MAX_PATH: usize = 240;

/// The file and the line of the user's call that leads to it; if it is not known, of the `go` statement, or of the line that blocks. The
/// reader can change their own code, not the library's: if all of these are a library's, where the source proves the cause.
pub(super) fn place(report: &Report, finding: &FindingLine) -> Option<(String, u32)> {
    let spawn = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame);
    let known = |frame: &&FrameLine| frame.line > 0 && !frame.file.is_empty();
    let caller = finding.callers.first().map(|it| &it.frame);
    let all = [caller, spawn, finding.lead.name.as_ref()].map(|frame| frame.filter(known));
    let own = |frame: &&FrameLine| is_own(report, finding, frame);
    let found = all.into_iter().flatten().find(own);
    let proven = finding.finding.source.confirmed().map(|it| &it.place);
    if let (None, Some(place)) = (found, proven.filter(|it| it.line > 0 && !it.file.is_empty())) {
        return Some((source_file(report, &place.file), place.line));
    }
    let frame = found.or_else(|| all.into_iter().flatten().next())?;
    Some((file(report, finding, frame), frame.line))
}

/// The line of a finding with the position in it as other tools know it.
pub(super) fn message(report: &Report, finding: &FindingLine) -> String {
    with_position(report, finding, &finding.message)
}

/// The same with what the source proves instead of what the rule concludes, and what the source says beside it.
pub(super) fn message_and_source(report: &Report, finding: &FindingLine) -> (String, Vec<String>) {
    let from_source = &finding.from_source;
    if finding.finding.source.confirmed().is_none() {
        return (message(report, finding), from_source.lines().collect());
    }
    let (_, facts) = &finding.facts;
    let facts = [with_position(report, finding, facts)];
    let message: Vec<String> = facts.into_iter().chain(from_source.sentences.iter().cloned()).collect();
    (message.join("; "), from_source.wake.iter().map(|it| format!("woken by {it}")).collect())
}

fn with_position(report: &Report, finding: &FindingLine, text: &str) -> String {
    let Some(frame) = finding.lead.name.as_ref().filter(|it| !it.file.is_empty()) else {
        return text.to_owned();
    };
    let position = |file: &str| format!("{}:{}", word(file), frame.line);
    text.replace(&position(&frame.file), &position(&file(report, finding, frame)))
}

/// A file of the source as other tools know it: relative to the repository.
pub(super) fn source_file(report: &Report, file: &str) -> String {
    let folder = report.source_folder.as_deref().filter(|folder| !folder.is_empty());
    folder.map_or_else(|| file.to_owned(), |folder| format!("{folder}/{file}"))
}

/// The file of a frame of a finding.
pub(super) fn file(report: &Report, finding: &FindingLine, frame: &FrameLine) -> String {
    in_source(report, finding, frame).unwrap_or_else(|| module_relative(report, frame))
}

/// The file of a frame in the source that was found, relative to the repository.
fn in_source(report: &Report, finding: &FindingLine, frame: &FrameLine) -> Option<String> {
    let spawn = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame);
    let frames = [("blocked", finding.lead.name.as_ref()), ("started", spawn)];
    let (what, _) = frames.into_iter().find(|(_, it)| *it == Some(frame))?;
    let found = finding.excerpts.iter().find(|it| it.what == what)?;
    Some(source_file(report, &found.file))
}

/// The file of a frame, relative to the main module; of a library or of Go itself, as its import path names it.
pub(super) fn module_relative(report: &Report, frame: &FrameLine) -> String {
    let in_module = report.main_module.relative(&frame.function, &frame.file);
    in_module.unwrap_or_else(|| import_relative(&frame.function, &frame.file).to_owned())
}

/// A file without the folder of Go's module cache, or of Go's own source (`GOMODCACHE`, `GOROOT`).
fn import_relative<'a>(function: &str, file: &'a str) -> &'a str {
    let rest = file.rsplit_once("/pkg/mod/").map_or(file, |(_, rest)| rest);
    let package = package(function);
    let is_standard = package != "main" && !package.split('/').next().is_some_and(|host| host.contains('.'));
    // A toolchain that Go fetched is in the module cache, too.
    let in_source = format!("/src/{package}/");
    match rest.rfind(&in_source).filter(|_| is_standard) {
        Some(at) => rest.split_at(at + "/src/".len()).1,
        None => rest,
    }
}

/// Whether a frame is in the reader's own code: its source was found, or it is in the main module.
fn is_own(report: &Report, finding: &FindingLine, frame: &FrameLine) -> bool {
    let is_known = in_source(report, finding, frame).is_some()
        || report.main_module.relative(&frame.function, &frame.file).is_some();
    is_known && owner(&frame.function, &frame.file) == Owner::User
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_libraries() {
        let check = |function: &str, file: &str, expected: &str| {
            assert_eq!(import_relative(function, file), expected, "{function}");
        };
        let cached = "/home/go/pkg/mod/github.com/jackc/pgx/v5@v5.7.1/conn.go";
        check("github.com/jackc/pgx/v5.(*Conn).Query", cached, "github.com/jackc/pgx/v5@v5.7.1/conn.go");
        check("net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", "net/http/server.go");
        let fetched =
            "/home/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/net/http/server.go";
        check("net/http.(*conn).serve", fetched, "net/http/server.go");
        check("main.main", "/home/u/src/shop/main.go", "/home/u/src/shop/main.go");
        check("example.com/shop.F", "/srv/shop/shop.go", "/srv/shop/shop.go");
    }
}
