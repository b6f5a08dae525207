//! The diff of a patch as changed lines, for outputs that show or name them.

use crate::text::is_unsafe;

/// Lines of a file that become other lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ChangedLines {
    /// The file, relative to the root of the source.
    pub(super) file: String,
    /// The first line that goes, from 1; the line that the new ones come before if none goes.
    pub(super) line: u32,
    /// How many lines go.
    pub(super) gone: u32,
    /// The lines that come, each with its end.
    pub(super) text: String,
    /// The line that follows those that go, with its end; `None` if the hunk does not show it.
    pub(super) next: Option<String>,
    /// Whether the last line that goes has no end: it is the last of the file.
    pub(super) ends_file: bool,
}

/// The changes of a unified diff that leakscope wrote; those that follow one another without a line between them are one.
pub(super) fn changed_lines(diff: &str) -> Vec<ChangedLines> {
    let mut changes: Vec<ChangedLines> = Vec::new();
    let (mut file, mut line, mut is_open, mut last) = (String::new(), 0, false, "");
    // The old and new lines that are left of a hunk: inside of one a line may look like a header.
    let mut left = (0, 0);
    for text in diff.split_inclusive('\n') {
        let (mark, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        if mark == "\\" {
            if let Some(change) = changes.last_mut().filter(|_| is_open) {
                match last {
                    "-" => change.ends_file = true,
                    "+" => change.text.truncate(change.text.len().saturating_sub(1)),
                    _ => {}
                }
            }
            continue;
        }
        if left == (0, 0) {
            if let Some(name) = text.strip_prefix("+++ b/") {
                file = name.trim_end_matches(['\n', '\t']).to_owned();
            } else if let Some((start, lines)) = hunk(text) {
                (line, left, is_open) = (start, lines, false);
            }
            continue;
        }
        match mark {
            "-" | "+" => {
                if !is_open {
                    let text = String::new();
                    let file = file.clone();
                    changes.push(ChangedLines { file, line, gone: 0, text, next: None, ends_file: false });
                    is_open = true;
                }
                let Some(change) = changes.last_mut() else { continue };
                if mark == "-" {
                    change.gone += 1;
                    (line, left.0) = (line + 1, left.0 - 1);
                } else {
                    change.text.push_str(rest);
                    left.1 -= 1;
                }
            }
            _ => {
                if let Some(change) = changes.last_mut().filter(|_| is_open) {
                    change.next = Some(rest.to_owned());
                }
                (line, left, is_open) = (line + 1, (left.0 - 1, left.1 - 1), false);
            }
        }
        last = mark;
    }
    changes
}

/// The first old line of a hunk, and how many old and new lines it has.
fn hunk(text: &str) -> Option<(u32, (i64, i64))> {
    let (old, rest) = text.strip_prefix("@@ -")?.split_once(" +")?;
    let new = rest.split(' ').next()?;
    let length = |range: &str| range.split_once(',').map_or(Some(1), |(_, length)| length.parse().ok());
    let start: u32 = old.split(',').next()?.parse().ok()?;
    let (old, new) = (length(old)?, length(new)?);
    // A hunk that takes no line names the one before.
    Some((start + u32::from(old == 0), (old, new)))
}

/// A diff with its characters that hide or reorder text replaced, so that what is shown is what is there.
pub(super) fn shown(diff: &str) -> String {
    let visible = |c: char| match c {
        '\n' | '\t' => c.to_string(),
        c if c.is_control() || is_unsafe(c) => format!("\\u{{{:x}}}", u32::from(c)),
        c => c.to_string(),
    };
    diff.replace("\r\n", "\n").chars().map(visible).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_have_their_lines() {
        let diff = "--- a/x y.go\t\n+++ b/x y.go\t\n@@ -2,4 +2,5 @@\n a\n--- b\n-c\n+++ b/d\n+e\n+f\n g\n@@ -9,1 +10,1 @@\n-h\n\\ No newline at end of file\n+i\n\\ No newline at end of file\n--- a/z.go\n+++ b/z.go\n@@ -0,0 +1,1 @@\n+j\n";
        let shown: Vec<String> = changed_lines(diff)
            .iter()
            .map(|it| {
                format!("{}:{}-{} {:?} {:?} {}", it.file, it.line, it.gone, it.text, it.next, it.ends_file)
            })
            .collect();
        let expected = [
            "x y.go:3-2 \"++ b/d\\ne\\nf\\n\" Some(\"g\\n\") false",
            "x y.go:9-1 \"i\" None true",
            "z.go:1-0 \"j\\n\" None false",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(shown("+\ta\u{202e}b\r\n"), "+\ta\\u{202e}b\n");
    }
}
