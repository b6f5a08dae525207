//! The pattern of what a log writes before each line.

use super::time;

/// A part of a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Literal(char),
    /// A time in any spelling.
    Time,
    /// A run of letters and digits with a digit in it. Its value may name a source, or be a number that counts.
    Word,
    /// One blank or several. At the end of a pattern, exactly this number: the line itself may start with blanks.
    Blanks(usize),
    /// What grep writes around a line number: `:` in a line that matches, `-` in its context.
    Separator,
}

/// The tokens of a prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    tokens: Vec<Token>,
}

/// A line that a pattern matches.
#[derive(Debug, Default)]
pub(super) struct Match<'t> {
    /// What follows the prefix.
    pub(super) rest: &'t str,
    /// The values of the words, in order.
    pub(super) words: Vec<&'t str>,
}

/// Longer prefixes are no prefixes.
const MAX_PREFIX: usize = 512;

impl Pattern {
    /// The pattern of a prefix; empty for an empty one, or for one that is too long.
    pub(super) fn of(prefix: &str) -> Self {
        let mut tokens: Vec<Token> = Vec::new();
        if prefix.len() > MAX_PREFIX {
            return Pattern { tokens };
        }
        let mut rest = prefix;
        let mut in_word = false;
        while let Some(c) = rest.chars().next() {
            let is_number =
                |tokens: &[Token]| tokens.last() == Some(&Token::Word) && ends_in_number(prefix, rest);
            let (token, length) = if let Some(length) = time::length(rest).filter(|_| !in_word) {
                (Token::Time, length)
            } else if c == ' ' {
                let blanks = rest.len() - rest.trim_start_matches(' ').len();
                (Token::Blanks(blanks), blanks)
            } else if c.is_ascii_alphanumeric() && !in_word && word(rest).is_some() {
                (Token::Word, word(rest).unwrap_or(0))
            } else if matches!(c, ':' | '-') && (is_number(&tokens) || is_after_name(rest, &tokens)) {
                (Token::Separator, 1)
            } else {
                (Token::Literal(c), c.len_utf8())
            };
            // Before a line number grep writes the same separator as after it.
            if token == Token::Separator
                && let [.., before, Token::Word] = tokens.as_mut_slice()
                && matches!(before, Token::Literal(':' | '-'))
            {
                *before = Token::Separator;
            }
            tokens.push(token);
            in_word = c.is_ascii_alphanumeric() && token != Token::Time;
            rest = rest.get(length..).unwrap_or("");
        }
        Pattern { tokens }
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Whether it ends where columns of a log do, and not inside a word or a quote.
    pub(super) fn ends_column(&self) -> bool {
        match self.tokens.last() {
            Some(Token::Literal(c)) => "\t|>],;:)".contains(*c),
            Some(Token::Blanks(_) | Token::Separator) => true,
            Some(Token::Time | Token::Word) | None => false,
        }
    }

    /// Whether it ends inside of quotes.
    pub(super) fn is_in_quotes(&self) -> bool {
        self.tokens.iter().filter(|token| **token == Token::Literal('"')).count() % 2 == 1
    }

    /// The same pattern with one blank at its end, if it ends in several.
    pub(super) fn with_one_blank(&self) -> Pattern {
        let mut tokens = self.tokens.clone();
        if let Some(last @ Token::Blanks(_)) = tokens.last_mut() {
            *last = Token::Blanks(1);
        }
        Pattern { tokens }
    }

    pub(super) fn ends_in(&self, c: char) -> bool {
        self.tokens.last() == Some(&Token::Literal(c))
    }

    /// The pattern of its first tokens; `None` if a line cannot start after them.
    pub(super) fn cut(&self, len: usize) -> Option<Pattern> {
        let tokens = self.tokens.get(..len)?.to_vec();
        let separates = match tokens.last() {
            None | Some(Token::Blanks(_) | Token::Separator) => true,
            Some(Token::Literal(c)) => !c.is_alphanumeric() && !"./_*(%".contains(*c),
            Some(Token::Time | Token::Word) => false,
        };
        separates.then_some(Pattern { tokens })
    }

    pub(super) fn has_time(&self) -> bool {
        self.tokens.contains(&Token::Time)
    }

    /// Whether it contains a letter, a digit or a time, as a log writes them; not only marks of a quotation.
    pub(super) fn is_of_a_log(&self) -> bool {
        self.tokens.iter().any(|token| match token {
            Token::Literal(c) => c.is_alphanumeric(),
            Token::Time | Token::Word => true,
            Token::Blanks(_) | Token::Separator => false,
        })
    }

    /// The start of the line without the prefix; `None` if the line has another one.
    pub(super) fn matches<'t>(&self, line: &'t str) -> Option<Match<'t>> {
        let mut found = Match { rest: line, words: Vec::new() };
        for (at, token) in self.tokens.iter().enumerate() {
            let is_last = at + 1 == self.tokens.len();
            let rest = found.rest;
            let length = match token {
                Token::Literal(c) if rest.starts_with(*c) => c.len_utf8(),
                // Editors remove the blank at the end of an empty line.
                Token::Blanks(_) if rest.is_empty() && is_last => 0,
                Token::Literal(_) => return None,
                Token::Time => time::length(rest)?,
                Token::Word => {
                    let length = word(rest)?;
                    found.words.push(rest.get(..length)?);
                    length
                }
                Token::Blanks(exactly) if is_last => {
                    let blanks = rest.bytes().take(*exactly).take_while(|byte| *byte == b' ').count();
                    if blanks < *exactly && blanks < rest.len() {
                        return None;
                    }
                    blanks
                }
                // A number at the start of a line may be aligned to the right.
                Token::Blanks(_) => {
                    let blanks = rest.len() - rest.trim_start_matches(' ').len();
                    let is_number = at == 0 && self.tokens.get(1) == Some(&Token::Word);
                    (blanks > 0 || is_number).then_some(blanks)?
                }
                Token::Separator => rest.starts_with([':', '-']).then_some(1)?,
            };
            found.rest = rest.get(length..)?;
        }
        Some(found)
    }

    /// The name of the source in a prefix: without times, and without the words that are not `named`.
    pub(super) fn source(&self, words: &[&str], named: impl Fn(usize) -> bool) -> String {
        let mut name = String::new();
        let mut words = words.iter().enumerate();
        for token in &self.tokens {
            match token {
                Token::Literal(c) => name.push(*c),
                Token::Time => {}
                Token::Word => match words.next() {
                    Some((at, word)) if named(at) => name.push_str(word),
                    Some(_) | None => {}
                },
                Token::Blanks(_) if name.is_empty() || name.ends_with(' ') => {}
                Token::Blanks(_) => name.push(' '),
                Token::Separator => name.push(':'),
            }
        }
        let marks = [' ', '\t', '|', ':', '>', '-', ',', '"', '\'', '='];
        name.trim_matches(marks).to_owned()
    }
}

/// The length of the run of letters and digits at the start, if it has a digit.
fn word(text: &str) -> Option<usize> {
    let length = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    text.get(..length)?.bytes().any(|byte| byte.is_ascii_digit()).then_some(length)
}

/// Whether a run of digits alone ends before `rest`.
fn ends_in_number(prefix: &str, rest: &str) -> bool {
    let before = prefix.get(..prefix.len() - rest.len()).unwrap_or("");
    let name = before.trim_end_matches(|c: char| c.is_ascii_digit());
    name.len() < before.len() && !name.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether a colon is after a file's name, as `grep -H` writes it.
fn is_after_name(rest: &str, tokens: &[Token]) -> bool {
    let is_name = |token: &Token| match token {
        Token::Literal(c) => !c.is_whitespace() && !matches!(c, ':' | '[' | ']'),
        Token::Word => true,
        Token::Time | Token::Blanks(_) | Token::Separator => false,
    };
    let is_colon = rest.strip_prefix(':').is_some_and(|after| !after.starts_with(' '));
    let name = tokens.iter().rev().take_while(|token| !matches!(token, Token::Blanks(_) | Token::Separator));
    let length = name.clone().take_while(|token| is_name(token)).count();
    is_colon && length > 0 && length == name.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(prefix: &str, line: &str, expected: Option<&str>) {
        let pattern = Pattern::of(prefix);
        assert_eq!(pattern.matches(line).map(|it| it.rest), expected, "{prefix:?}: {pattern:?}");
    }

    #[test]
    fn lines_of_the_same_log() {
        check("Nov 29 20:00:00 host app[123]: ", "Dec  1 08:00:07 host app[123]: \tx", Some("\tx"));
        check("Nov 29 20:00:00 host app[123]: ", "Dec  1 08:00:07 host app[123]:", Some(""));
        check("Nov 29 20:00:00 host app[123]: ", "Nov 29 20:00:00 host sshd[123]: x", None);
        check("[pod/app-x2k4q/app] ", "[pod/app-zz9pl/app]   x", Some("  x"));
        check("app-1  | ", "app-12 | x", Some("x"));
        check("E/Go      (13562): ", "E/Go (1356): x", Some("x"));
        check("2026-11-29T20:00:00.137Z stderr F ", "2026-11-29T20:00:01Z stderr F x", Some("x"));
        check("> ", "> x", Some("x"));
        check("> ", ">", Some(""));
        check("a.log:12:", "a.log-13-x", Some("x"));
        check("76-129-", "77-130-x", Some("x"));
        check("a.log:", "a.log-x", Some("x"));
        check("host app: ", "host app- x", None);
        check(" 999 | ", "1000 | x", Some("x"));
    }

    #[test]
    fn sources() {
        let check = |prefix: &str, expected: &str| {
            let pattern = Pattern::of(prefix);
            let words = pattern.matches(prefix).expect("it is its own").words;
            assert_eq!(pattern.source(&words, |_| true), expected);
        };
        check("[pod/app-x2k4q/app] ", "[pod/app-x2k4q/app]");
        check("Nov 29 20:00:00 host app[123]: ", "host app[123]");
        check("app-1  | 2026-11-29T20:00:00Z ", "app-1");
        check("> ", "");
    }
}
