//! Lines that fit a page.

use super::names::cells_of;

/// Breaks a text at its blanks into lines of at most `width` cells. A word that is wider has a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in text.split(' ') {
        if !current.is_empty() && cells_of(&current) + 1 + cells_of(word) > width {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}

/// The same behind `head`, further lines below its end.
pub(super) fn wrap_after(head: &str, text: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(cells_of(head));
    let wrapped = wrap(text, width.saturating_sub(indent.len()).max(20));
    let heads = [head].into_iter().chain(std::iter::repeat(indent.as_str()));
    heads.zip(wrapped).map(|(head, line)| format!("{head}{line}").trim_end().to_owned()).collect()
}

/// Breaks a text that ends in `: ` and a command: where it does not fit, the command has lines of its own.
pub(super) fn wrap_before_command(text: &str, width: usize) -> Vec<String> {
    match text.rsplit_once(": ") {
        Some((what, command)) if cells_of(text) > width => {
            let mut lines = wrap(&format!("{what}:"), width);
            lines.extend(wrap_command("  ", command, width));
            lines
        }
        Some(_) | None => wrap(text, width),
    }
}

/// Breaks a command of a shell between its words, so that it can still be copied: each line but the last ends in a
/// backslash.
pub(super) fn wrap_command(head: &str, command: &str, width: usize) -> Vec<String> {
    if cells_of(head) + cells_of(command) <= width {
        return vec![format!("{head}{command}")];
    }
    // Options stay with their values.
    let words = command.replace(" --", "\n--");
    let mut words = words.split('\n');
    let mut current = format!("{head}{}", words.next().unwrap_or_default());
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        if cells_of(&current) + 1 + cells_of(word) + 2 > width {
            lines.push(format!("{current} \\"));
            current = format!("{}  {word}", " ".repeat(cells_of(head)));
        } else {
            current.push_str(&format!(" {word}"));
        }
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("a-very-long-word and more", 8), ["a-very-long-word", "and more"]);
        assert_eq!(wrap("", 8), [""]);
        assert_eq!(
            wrap_after("head  ", "one two three four five six", 26),
            ["head  one two three four", "      five six"]
        );
    }

    #[test]
    fn commands() {
        let command = "leakscope goleak-test --from captures/1 --from captures/2 5b10cf99";
        assert_eq!(wrap_command("> ", command, 80), [format!("> {command}")]);
        assert_eq!(
            wrap_command("> ", command, 50),
            ["> leakscope goleak-test --from captures/1 \\", "    --from captures/2 5b10cf99"]
        );
        assert_eq!(wrap_before_command("Take one: leakscope top X", 30), ["Take one: leakscope top X"]);
        assert_eq!(wrap_before_command("Take one: leakscope top X", 20), ["Take one:", "  leakscope top X"]);
    }
}
