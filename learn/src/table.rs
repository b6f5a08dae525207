//! Facts of several versions of modules to the text of `src/libraries/table.txt`. `src/libraries/table.rs` describes and reads it.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// What one version's source says of one wait. Names are full and canonical.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fact {
    /// The function with which the goroutine starts; empty if a goroutine of the caller waits.
    pub(crate) entry: String,
    /// The function that waits.
    pub(crate) waits_in: String,
    /// What it waits for, in leakscope's words.
    pub(crate) wait: String,
    /// The types whose objects the goroutine works for.
    pub(crate) objects: BTreeSet<String>,
    /// The functions that make such an object.
    pub(crate) constructors: BTreeSet<String>,
    /// The methods that start the goroutine.
    pub(crate) starts: BTreeSet<String>,
    /// The functions that end the wait.
    pub(crate) ends: BTreeSet<String>,
    /// Functions whose caller ends it through a parameter, and its name.
    pub(crate) given: BTreeSet<(String, String)>,
    /// Slugs of causes.
    pub(crate) means: Vec<String>,
    /// The operations that end the wait; empty if nothing does.
    pub(crate) how: String,
}

/// The facts of the versions of one module, the oldest first.
pub(crate) type Versions = Vec<(String, BTreeSet<Fact>)>;

/// The whole table. Modules without facts are left out.
pub(crate) fn text(modules: &BTreeMap<String, Versions>) -> String {
    let mut text = String::new();
    for (module, versions) in modules {
        let lines = lines(module, versions);
        if lines.is_empty() {
            continue;
        }
        text.push_str(module);
        for (version, _) in versions {
            text.push(' ');
            text.push_str(version);
        }
        text.push('\n');
        for line in lines {
            text.push_str(&line);
        }
    }
    text
}

fn lines(module: &str, versions: &Versions) -> BTreeSet<String> {
    let mut seen: BTreeMap<&Fact, BTreeSet<usize>> = BTreeMap::new();
    for (at, (_, facts)) in versions.iter().enumerate() {
        for fact in facts {
            seen.entry(fact).or_default().insert(at);
        }
    }
    let mut lines = BTreeSet::new();
    for (fact, seen) in seen {
        for (first, last) in runs(&seen) {
            let range = range(first, last, versions);
            lines.extend(columns(module, fact, &range).map(|columns| format!("\t{}\n", columns.join("\t"))));
        }
    }
    lines
}

/// Ranges of consecutive numbers.
fn runs(numbers: &BTreeSet<usize>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    runs
}

/// Versions as the table writes them: an end that is the earliest or latest version that was read stays open.
fn range(first: usize, last: usize, versions: &Versions) -> String {
    let minor = |at: usize| {
        let version = versions.get(at).map_or("", |(version, _)| version.as_str());
        version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".")
    };
    match (first == 0, last + 1 == versions.len()) {
        (true, true) => "*".to_owned(),
        (true, false) => format!("-{}", minor(last)),
        (false, true) => format!("{}-", minor(first)),
        (false, false) => format!("{}-{}", minor(first), minor(last)),
    }
}

/// The columns of a fact; `None` if the function that waits is of another module.
fn columns(module: &str, fact: &Fact, range: &str) -> Option<[String; 11]> {
    let short = |name: &str| {
        let rest = name.strip_prefix(module)?;
        (rest.starts_with(['.', '/']) && !rest.contains([' ', '\t', '\n'])).then(|| rest.to_owned())
    };
    let list = |names: &BTreeSet<String>| column(names.iter().filter_map(|name| short(name)));
    let entry = if fact.entry.is_empty() { "-".to_owned() } else { short(&fact.entry)? };
    let waits_in = short(&fact.waits_in)?;
    Some([
        entry.clone(),
        if waits_in == entry { "=".to_owned() } else { waits_in },
        fact.wait.clone(),
        range.to_owned(),
        list(&fact.objects),
        list(&fact.constructors),
        list(&fact.starts),
        list(&fact.ends),
        column(
            fact.given.iter().filter_map(|(name, parameter)| Some(format!("{}:{parameter}", short(name)?))),
        ),
        column(fact.means.iter().cloned()),
        column(Some(fact.how.replace(['\t', '\n'], " ")).filter(|it| !it.is_empty()).into_iter()),
    ])
}

/// Words as a column.
fn column(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() { "-".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(entry: &str, waits_in: &str, ends: &str) -> Fact {
        let set = |words: &str| words.split_whitespace().map(str::to_owned).collect();
        Fact {
            entry: entry.to_owned(),
            waits_in: waits_in.to_owned(),
            wait: "select".to_owned(),
            objects: set("a.b/c.T"),
            constructors: set("a.b/c.New x.y/other.New"),
            starts: set("a.b/c.(*T).Start"),
            ends: set(ends),
            given: BTreeSet::from([("a.b/c.(*T).Start".to_owned(), "ctx".to_owned())]),
            means: vec!["missing-close".to_owned()],
            how: "close of done".to_owned(),
        }
    }

    #[test]
    fn facts_of_versions() {
        let run = fact("a.b/c.(*T).run", "a.b/c.(*T).run", "a.b/c.(*T).Close");
        let stop = fact("a.b/c.(*T).run", "a.b/c.(*T).run", "a.b/c.(*T).Stop");
        let inner = fact("a.b/c/in.f", "a.b/c/in.g", "");
        let other = fact("a.b/cc.f", "a.b/cc.f", "");
        let versions = |all: &[(&str, &[&Fact])]| {
            all.iter()
                .map(|(version, facts)| {
                    ((*version).to_owned(), facts.iter().map(|it| (*it).clone()).collect())
                })
                .collect::<Versions>()
        };
        let modules = BTreeMap::from([(
            "a.b/c".to_owned(),
            versions(&[("v1.0.3", &[&stop]), ("v1.1.0", &[&run, &inner]), ("v1.2.0", &[&run, &other])]),
        )]);
        let expected = "a.b/c v1.0.3 v1.1.0 v1.2.0\n\
            \t.(*T).run\t=\tselect\t-v1.0\t.T\t.New\t.(*T).Start\t.(*T).Stop\t.(*T).Start:ctx\tmissing-close\tclose of done\n\
            \t.(*T).run\t=\tselect\tv1.1-\t.T\t.New\t.(*T).Start\t.(*T).Close\t.(*T).Start:ctx\tmissing-close\tclose of done\n\
            \t/in.f\t/in.g\tselect\tv1.1-v1.1\t.T\t.New\t.(*T).Start\t-\t.(*T).Start:ctx\tmissing-close\tclose of done\n";
        assert_eq!(text(&modules), expected);
        assert_eq!(text(&BTreeMap::from([("a.b/c".to_owned(), versions(&[("v1.0.0", &[])]))])), "");
    }
}
