//! `leakscope agents`: prints a guide for agents that have a shell.

use crate::exit_code::Failure;
use crate::exit_code::Outcome;
use crate::terminal::Terminal;

/// The guide: at most 300 words, as it is read with every task.
const GUIDE: &str = include_str!("agents.md");

pub(super) fn run(terminal: &Terminal) -> Result<Outcome, Failure> {
    terminal.print(GUIDE)
}

#[cfg(test)]
mod tests {
    use super::GUIDE;

    #[test]
    fn the_guide_is_short() {
        let words = GUIDE.split_whitespace().count();
        assert!(words <= 300, "{words} words");
    }
}
