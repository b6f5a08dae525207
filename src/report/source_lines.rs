//! Lines of the user's source beside a finding.

use super::frame_line::FrameLine;
use super::lines::Report;
use super::lines::SourceLines;

impl Report {
    /// Adds lines of source to the findings. `read` returns the file and the lines around a frame's position, or `None`
    /// if there is no such file.
    pub fn add_source(&mut self, read: impl Fn(&FrameLine) -> Option<(String, Vec<(u32, String)>)>) {
        for finding in &mut self.findings {
            let spawn = finding.lead.spawn_site.as_ref().map(|(frame, _)| frame);
            let wanted = [("blocked", finding.lead.name.as_ref()), ("started", spawn)];
            finding.excerpts = wanted
                .into_iter()
                .filter_map(|(what, frame)| {
                    let frame = frame.filter(|frame| frame.line > 0)?;
                    let (file, lines) = read(frame)?;
                    let doubt = doubt(what, frame.line, &lines);
                    Some(SourceLines { what, file, line: frame.line, lines, doubt })
                })
                .collect();
        }
    }
}

/// Why the program cannot have been built from these lines.
fn doubt(what: &str, line: u32, lines: &[(u32, String)]) -> Option<String> {
    let Some((_, text)) = lines.iter().find(|(number, _)| *number == line) else {
        return Some(format!("the file has no line {line}: it has changed since the program was built"));
    };
    let text = text.trim();
    if text.is_empty() || text.starts_with("//") {
        return Some(format!("line {line} holds no code: the file has changed since the program was built"));
    }
    let starts = text.starts_with("go ") || [" go ", ".Go(", "AfterFunc("].iter().any(|it| text.contains(it));
    (what == "started" && !starts)
        .then(|| format!("line {line} has no go statement: the file has changed since the program was built"))
}
