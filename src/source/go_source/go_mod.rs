//! What a `go.mod` says: the path of the module, and which modules it replaces.

/// The parts of a `go.mod`, or of a `go.work`, that say where packages are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GoMod {
    /// The module path; `None` in a `go.work`.
    pub(super) module: Option<String>,
    /// The paths of the modules that it requires.
    pub(super) required: Vec<String>,
    /// The replaced modules.
    pub(super) replaced: Vec<Replaced>,
    /// The folders that a `go.work` uses.
    pub(super) used: Vec<String>,
}

/// A `replace` directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Replaced {
    /// The module path that is replaced.
    pub(super) module: String,
    /// The version that is replaced; `None` for all.
    pub(super) version: Option<String>,
    /// A module path, or a folder relative to the `go.mod`.
    pub(super) by: String,
    /// The version of the module that replaces it; `None` if that is a folder.
    pub(super) by_version: Option<String>,
}

/// What a `go.mod` does with a module that it requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use<'m> {
    /// It uses it.
    Itself,
    /// It replaces it by a version of a module: path and version.
    Version(&'m str, &'m str),
    /// It replaces it by a folder, relative to the `go.mod`.
    Folder(&'m str),
}

impl GoMod {
    /// What is used for a version of a module; `None` if the `go.mod` does not name the module.
    pub(super) fn uses(&self, module: &str, version: &str) -> Option<Use<'_>> {
        let is_replaced = |it: &&Replaced| {
            it.module == module && it.version.as_deref().is_none_or(|replaced| replaced == version)
        };
        match self.replaced.iter().find(is_replaced) {
            Some(Replaced { by, by_version: Some(version), .. }) => Some(Use::Version(by, version)),
            Some(Replaced { by, by_version: None, .. }) => Some(Use::Folder(by)),
            None => self.required.iter().any(|it| it == module).then_some(Use::Itself),
        }
    }

    /// Parses the text of a `go.mod` or a `go.work`. What it does not understand is skipped.
    pub(super) fn parse(text: &str) -> Self {
        let mut parsed = GoMod::default();
        let mut block = None;
        for line in text.lines() {
            let line = line.split("//").next().unwrap_or(line);
            let mut words: Vec<String> = line.split_whitespace().map(unquoted).collect();
            if block.is_some() && words.first().is_some_and(|word| word == ")") {
                block = None;
                continue;
            }
            let verb = match &block {
                Some(verb) => String::clone(verb),
                None if words.is_empty() => continue,
                None => words.remove(0),
            };
            if words.first().is_some_and(|word| word == "(") {
                block = Some(verb);
                continue;
            }
            match (verb.as_str(), words.as_slice()) {
                ("module", [path]) if parsed.module.is_none() => parsed.module = Some(path.clone()),
                ("require", [path, _, ..]) => parsed.required.push(path.clone()),
                ("use", [folder]) => parsed.used.push(folder.clone()),
                ("replace", words) => parsed.replaced.extend(replaced(words)),
                _ => {}
            }
        }
        parsed
    }
}

fn unquoted(word: &str) -> String {
    word.trim_matches(['"', '`']).to_owned()
}

/// `old [v1.2.3] => new [v1.2.3]`.
fn replaced(words: &[String]) -> Option<Replaced> {
    let arrow = words.iter().position(|word| word == "=>")?;
    let (old, new) = words.split_at(arrow);
    Some(Replaced {
        module: old.first()?.clone(),
        version: old.get(1).cloned(),
        by: new.get(1)?.clone(),
        by_version: new.get(2).cloned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_modules_and_workspaces() {
        let text = "// shop\nmodule \"example.com/shop\" // of us\n\ngo 1.26\n\nrequire (\n\texample.com/a v1.0.0\n)\n\
            replace example.com/a v1.0.0 => ../a\nreplace (\n\texample.com/b => example.com/fork v1.2.3\n\tbroken =>\n)\n";
        let parsed = GoMod::parse(text);
        assert_eq!(parsed.module.as_deref(), Some("example.com/shop"));
        assert_eq!(parsed.uses("example.com/a", "v1.0.0"), Some(Use::Folder("../a")));
        assert_eq!(parsed.uses("example.com/a", "v1.0.1"), Some(Use::Itself));
        assert_eq!(parsed.uses("example.com/b", "v1.0.0"), Some(Use::Version("example.com/fork", "v1.2.3")));
        assert_eq!(parsed.uses("example.com/c", "v1.0.0"), None);
        let shown: Vec<_> = parsed
            .replaced
            .iter()
            .map(|it| format!("{} {:?} {} {:?}", it.module, it.version, it.by, it.by_version))
            .collect();
        let expected = [
            "example.com/a Some(\"v1.0.0\") ../a None",
            "example.com/b None example.com/fork Some(\"v1.2.3\")",
        ];
        assert_eq!(shown, expected);
        assert_eq!(GoMod::parse("go 1.26\nuse ./shop\nuse (\n\t./lib\n)\n").used, ["./shop", "./lib"]);
        assert_eq!(
            GoMod::parse("module (\n\texample.com/odd\n)\n").module.as_deref(),
            Some("example.com/odd")
        );
        assert_eq!(GoMod::parse(")\n(\nreplace\nmodule\n"), GoMod::default());
    }
}
