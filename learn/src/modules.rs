//! `modules.txt`: the modules to learn from.

use std::error::Error;
use std::fs;
use std::path::Path;

/// A line of `modules.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// Its path.
    pub(crate) path: String,
    /// How many modules of the graph of `seed/go.mod` need it.
    pub(crate) needed_by: usize,
    /// The versions to read, the oldest first.
    pub(crate) versions: Vec<String>,
}

impl Module {
    /// Reads the list. Lines that begin with `#` are remarks.
    pub(crate) fn read(list: &Path) -> Result<Vec<Module>, Box<dyn Error>> {
        let text = fs::read_to_string(list)?;
        text.lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
            .map(Module::parse)
            .collect()
    }

    fn parse(line: &str) -> Result<Module, Box<dyn Error>> {
        let mut words = line.split_whitespace();
        let (Some(needed_by), Some(path)) = (words.next(), words.next()) else {
            return Err(format!("a line needs a count, a path and versions: {line}").into());
        };
        let versions: Vec<String> = words.map(str::to_owned).collect();
        match versions.is_empty() {
            true => Err(format!("{path} has no version").into()),
            false => Ok(Module { path: path.to_owned(), needed_by: needed_by.parse()?, versions }),
        }
    }

    /// Its line in the list.
    pub(crate) fn line(&self) -> String {
        format!("{:3} {} {}\n", self.needed_by, self.path, self.versions.join(" "))
    }
}
