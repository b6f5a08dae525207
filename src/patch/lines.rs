//! Edits of whole statements: lines that come and go.

use super::edit::Edits;
use super::edit::comment_in;
use super::edit::is_aligned;
use super::edit::line_at;
use super::edit::number_of;
use super::refusal::Refusal;
use crate::sort;
use crate::syntax::Node;
use crate::syntax::Tree;

impl Edits {
    /// Replaces a statement that is alone on its lines by several lines. A comment at its end goes to the line that holds the statement.
    pub(super) fn replace_lines(&mut self, statement: Node<'_>, lines: &[String]) -> Result<(), Refusal> {
        let tree = statement.tree();
        is_alone(statement)?;
        no_comment_beside(tree, statement)?;
        let (start, end) = (statement.start() as usize, statement.end() as usize);
        let line = line_at(tree.text(), end);
        let comment = tree.text().get(end..line.code_end).unwrap_or("").trim();
        let separator = format!("{}{}", line_end(tree), indent(statement));
        let mut text = lines.join(&separator);
        // Of a statement that is gone the comment is about the first case.
        if !comment.is_empty() {
            let at = lines.iter().position(|it| it.contains(statement.text())).unwrap_or(1);
            let mut lines = lines.to_vec();
            lines.iter_mut().skip(at).take(1).for_each(|it| it.push_str(&format!(" {comment}")));
            text = lines.join(&separator);
        }
        self.push(tree, start, line.code_end, &text);
        Ok(())
    }

    /// Adds lines after a statement that ends its line.
    pub(super) fn after(&mut self, statement: Node<'_>, lines: &[String]) -> Result<(), Refusal> {
        let tree = statement.tree();
        let text = tree.text();
        let end = statement.end() as usize;
        let line = line_at(text, end);
        ends_line(statement)?;
        let next = line_at(text, (line.end + 1).min(text.len()));
        if comment_in(text, line).is_some() && comment_in(text, next).is_some() {
            return Err(Refusal::Comments { line: number_of(tree, end) });
        }
        let indent = indent(statement);
        let new: String = lines.iter().map(|it| format!("{}{indent}{it}", line_end(tree))).collect();
        self.push(tree, line.code_end, line.code_end, &new);
        Ok(())
    }

    /// Adds lines before a statement that begins its line.
    pub(super) fn before(&mut self, statement: Node<'_>, lines: &[String]) -> Result<(), Refusal> {
        let tree = statement.tree();
        let text = tree.text();
        begins_line(statement)?;
        let line = line_at(text, statement.start() as usize);
        let before = line.start.checked_sub(1).map(|it| line_at(text, it));
        if comment_in(text, line).is_some() && before.is_some_and(|it| comment_in(text, it).is_some()) {
            return Err(Refusal::Comments { line: statement.line() });
        }
        let indent = indent(statement);
        let new: String = lines.iter().map(|it| format!("{indent}{it}{}", line_end(tree))).collect();
        self.push(tree, line.start, line.start, &new);
        Ok(())
    }

    /// Adds lines as the first statements of a block.
    pub(super) fn at_start(&mut self, block: Node<'_>, lines: &[String]) -> Result<(), Refusal> {
        let tree = block.tree();
        let text = tree.text();
        let open = block.start() as usize;
        let line = line_at(text, open);
        let after = text.get(open + 1..line.code_end).unwrap_or("").trim();
        if !(after.is_empty() || after.starts_with("//")) {
            return Err(Refusal::Shape { line: number_of(tree, open) });
        }
        let indent = indent(block);
        let new: String = lines.iter().map(|it| format!("{}{indent}\t{it}", line_end(tree))).collect();
        self.push(tree, line.code_end, line.code_end, &new);
        Ok(())
    }

    /// Makes the body of a loop a case of a select in an endless loop; `head` and `tail` are the lines before and after it.
    pub(super) fn in_select(
        &mut self,
        around: Node<'_>,
        body: Node<'_>,
        head: &[String],
        tail: &[String],
    ) -> Result<(), Refusal> {
        let tree = around.tree();
        begins_line(around)?;
        let (open, close) = (body.start() as usize + 1, (body.end() as usize).saturating_sub(1));
        let inside = tree.text().get(open..close).unwrap_or("");
        let shape = || Refusal::Shape { line: around.line() };
        let (comment, rest) = inside.split_once('\n').ok_or_else(shape)?;
        let (lines, last) = rest.rsplit_once('\n').unwrap_or(("", rest));
        if !last.trim().is_empty() || !(comment.trim().is_empty() || comment.trim().starts_with("//")) {
            return Err(shape());
        }
        let (end, indent) = (line_end(tree), indent(around));
        let mut new = format!("for {{{}{end}{indent}\tselect {{{end}", comment.trim_end());
        for line in head {
            new.push_str(&format!("{indent}\t{line}{end}"));
        }
        for line in lines.split('\n').filter(|_| !lines.is_empty()) {
            let line = line.trim_end_matches('\r');
            new.push_str(&if line.is_empty() { end.to_owned() } else { format!("\t{line}{end}") });
        }
        for line in tail.iter().map(String::as_str).chain(["}"]) {
            new.push_str(&format!("{indent}\t{line}{end}"));
        }
        new.push_str(&format!("{indent}}}"));
        self.push(tree, around.start() as usize, around.end() as usize, &new);
        Ok(())
    }

    /// Deletes a statement with its lines, and a comment at its end.
    pub(super) fn delete(&mut self, statement: Node<'_>) -> Result<(), Refusal> {
        self.delete_run(statement, statement)
    }

    /// Deletes several statements of one function. Those that follow each other go as one.
    pub(super) fn delete_all(&mut self, statements: &[Node<'_>]) -> Result<(), Refusal> {
        let mut sorted = statements.to_vec();
        sort::by_key(&mut sorted, |it| it.start());
        sorted.dedup();
        let mut runs: Vec<(Node<'_>, Node<'_>)> = Vec::new();
        for statement in sorted {
            match runs.last_mut() {
                Some((_, last)) if next_line(*last) == Some(statement.line()) => *last = statement,
                _ => runs.push((statement, statement)),
            }
        }
        runs.into_iter().try_for_each(|(first, last)| self.delete_run(first, last))
    }

    /// Deletes the lines from one statement to another, which hold nothing else.
    fn delete_run(&mut self, first: Node<'_>, last: Node<'_>) -> Result<(), Refusal> {
        let tree = first.tree();
        let text = tree.text();
        begins_line(first)?;
        ends_line(first)?;
        begins_line(last)?;
        ends_line(last)?;
        let start = line_at(text, first.start() as usize);
        let end = line_at(text, last.end() as usize);
        if end.end == text.len() {
            return Err(Refusal::Shape { line: last.line() });
        }
        // Comments at the end of lines are aligned with those of the line before and after; and these come together.
        let before = start.start.checked_sub(1).map(|it| line_at(text, it));
        let commented = [before, Some(start), Some(end), Some(line_at(text, end.end + 1))];
        let [before, own, own_last, after] =
            commented.map(|it| it.is_some_and(|it| comment_in(text, it).is_some()));
        if before && (own || after) || own_last && after {
            return Err(Refusal::Comments { line: first.line() });
        }
        let mut from = start.start;
        let is_empty = |at: usize| {
            let line = line_at(text, at);
            text.get(line.start..line.code_end).is_some_and(|it| it.trim().is_empty())
        };
        // Of two empty lines around it one goes, and an empty line at the start or the end of a block goes.
        let before_is_empty = from > 0 && is_empty(from - 1);
        let next = text.get(end.end + 1..).unwrap_or("");
        let ends_block = next.trim_start_matches(['\t', ' ']).starts_with('}');
        if before_is_empty && (is_empty(end.end + 1) || ends_block) {
            from = line_at(text, from - 1).start;
        }
        let mut to = end.end + 1;
        let opens = text.get(..from).is_some_and(|it| it.trim_end().ends_with('{'));
        if opens && is_empty(to) && to < text.len() {
            to = line_at(text, to).end + 1;
        }
        self.push(tree, from, to.min(text.len()), "");
        Ok(())
    }
}

/// The line after a statement.
fn next_line(statement: Node<'_>) -> Option<u32> {
    statement.last_line().checked_add(1)
}

pub(super) fn line_end(tree: &Tree) -> &'static str {
    if tree.text().contains("\r\n") { "\r\n" } else { "\n" }
}

/// The tabs before a node's line.
fn indent(node: Node<'_>) -> &str {
    let text = node.tree().text();
    let line = line_at(text, node.start() as usize);
    let code = text.get(line.start..line.code_end).unwrap_or("");
    code.get(..code.len() - code.trim_start_matches(['\t', ' ']).len()).unwrap_or("")
}

fn begins_line(statement: Node<'_>) -> Result<(), Refusal> {
    let text = statement.tree().text();
    let start = statement.start() as usize;
    let line = line_at(text, start);
    let is_first = text.get(line.start..start).is_some_and(|it| it.trim().is_empty());
    if is_first { Ok(()) } else { Err(Refusal::Shape { line: statement.line() }) }
}

fn ends_line(statement: Node<'_>) -> Result<(), Refusal> {
    let text = statement.tree().text();
    let end = statement.end() as usize;
    let rest = text.get(end..line_at(text, end).code_end).unwrap_or("").trim_start();
    let is_last = rest.is_empty() || rest.starts_with("//");
    if is_last { Ok(()) } else { Err(Refusal::Shape { line: statement.last_line() }) }
}

fn is_alone(statement: Node<'_>) -> Result<(), Refusal> {
    begins_line(statement)?;
    ends_line(statement)
}

fn no_comment_beside(tree: &Tree, statement: Node<'_>) -> Result<(), Refusal> {
    let line = line_at(tree.text(), statement.end() as usize);
    if comment_in(tree.text(), line).is_some() && is_aligned(tree.text(), line) {
        return Err(Refusal::Comments { line: statement.line() });
    }
    Ok(())
}
