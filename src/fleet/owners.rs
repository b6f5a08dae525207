//! Whose a stack is.

use crate::rules::FramePattern;
use crate::text::words;

use super::CodeOwners;

words! {
    /// What names an owner.
    pub enum OwnerBasis {
        /// An entry of the policy.
        Policy = "policy",
        /// A line of the CODEOWNERS file.
        CodeOwners = "codeowners",
        /// The label of the service, in the list of targets.
        Label = "label",
    }
}

/// Who owns a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Users, teams or addresses. They come from outside.
    pub names: Vec<String>,
    /// What names them.
    pub basis: OwnerBasis,
    /// The file in the repository for which CODEOWNERS names them; `None` for another basis.
    pub file: Option<String>,
}

/// An entry of the policy. It matches if all that it names matches.
#[derive(Clone, Debug)]
pub struct OwnerEntry {
    /// The service; `*` matches any text. `None` for all.
    pub service: Option<String>,
    /// A function of the stack or the function with the `go` statement, as in a rule. `None` for all.
    pub function: Option<String>,
    /// The owner.
    pub owner: String,
}

/// What is known of owners.
#[derive(Clone, Debug, Default)]
pub struct Owners {
    /// The entries of the policy; the first that matches counts.
    pub entries: Vec<OwnerEntry>,
    /// The CODEOWNERS file; `None` if there is none.
    pub code: Option<CodeOwners>,
    /// What comes before the path in the repository in the names of files, such as `/srv/app/` or, with -trimpath, `example.com/shop/`.
    /// A file without it is outside of the repository.
    pub strip: Vec<String>,
    /// Owners of shared code, over which CODEOWNERS passes to the next frame.
    pub shared: Vec<String>,
}

/// What an owner is looked for by.
#[derive(Clone, Copy, Debug)]
pub struct OwnedStack<'a> {
    /// The service.
    pub service: &'a str,
    /// Its team, by a label; `None` if there is none.
    pub team: Option<&'a str>,
    /// A line for each frame, leaf first: function, tab, file, colon, line.
    pub frames: &'a str,
    /// The function with the `go` statement and its place, as a frame; `None` if it is not known.
    pub spawn: Option<&'a str>,
}

impl Owners {
    /// The owner of a stack: by the policy, else by the file of the `go` statement and then by those of the frames from the leaf outwards,
    /// else by the label. `None` if nothing names one.
    pub fn of(&self, stack: &OwnedStack<'_>) -> Option<Owner> {
        let by_policy = self.entries.iter().find(|it| it.matches(stack)).map(|it| Owner {
            names: vec![it.owner.clone()],
            basis: OwnerBasis::Policy,
            file: None,
        });
        let by_label = || {
            let names = vec![stack.team?.to_owned()];
            Some(Owner { names, basis: OwnerBasis::Label, file: None })
        };
        by_policy.or_else(|| self.by_code(stack)).or_else(by_label)
    }

    fn by_code(&self, stack: &OwnedStack<'_>) -> Option<Owner> {
        let code = self.code.as_ref()?;
        for frame in stack.spawn.into_iter().chain(stack.frames.lines()) {
            let Some(file) = self.in_repository(file_of(frame)) else { continue };
            let Some(owners) = code.owners_of(file) else { continue };
            let names: Vec<String> = owners.iter().filter(|it| !self.shared.contains(it)).cloned().collect();
            if !names.is_empty() {
                return Some(Owner { names, basis: OwnerBasis::CodeOwners, file: Some(file.to_owned()) });
            }
        }
        None
    }

    /// The path of a file in the repository; `None` for one outside of it. The longest prefix counts.
    fn in_repository<'a>(&self, file: &'a str) -> Option<&'a str> {
        let prefixes = self.strip.iter().filter_map(|prefix| file.strip_prefix(prefix.as_str()));
        let path = prefixes.min_by_key(|path| path.len())?.trim_start_matches('/');
        let is_vendored = path.split('/').any(|part| part == "vendor");
        (!is_vendored && !path.is_empty()).then_some(path)
    }
}

impl OwnerEntry {
    fn matches(&self, stack: &OwnedStack<'_>) -> bool {
        let functions = || stack.spawn.into_iter().chain(stack.frames.lines()).map(function_of);
        let is_service = |it: &String| FramePattern::new(it).matches(std::iter::once(stack.service));
        self.service.as_ref().is_none_or(is_service)
            && self.function.as_ref().is_none_or(|it| FramePattern::new(it).matches(functions()))
    }
}

fn function_of(frame: &str) -> &str {
    frame.split_once('\t').map_or(frame, |(function, _)| function)
}

fn file_of(frame: &str) -> &str {
    let place = frame.split_once('\t').map_or("", |(_, place)| place);
    place.rsplit_once(':').map_or(place, |(file, _)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: &str = "example.com/shop/lib.Retry\texample.com/shop/lib/retry.go:9\n\
        github.com/x/y.Do\tgithub.com/x/y@v1.2.0/do.go:3\n\
        example.com/shop/vendor/z.Do\texample.com/shop/vendor/z/z.go:3\n\
        example.com/shop/pay.(*Hub).run\texample.com/shop/pay/hub.go:30\n";

    fn owners() -> Owners {
        let entry = |service: Option<&str>, function: Option<&str>, owner: &str| OwnerEntry {
            service: service.map(str::to_owned),
            function: function.map(str::to_owned),
            owner: owner.to_owned(),
        };
        Owners {
            entries: vec![
                entry(Some("batch-*"), None, "@batch"),
                entry(Some("api"), Some("example.com/shop/pay.*"), "@money"),
            ],
            code: Some(CodeOwners::parse("* @all\n/lib/ @platform\n/pay/ @pay\n/vendor/ @nobody\n/cmd/")),
            strip: vec!["example.com/".to_owned(), "example.com/shop/".to_owned()],
            shared: vec!["@platform".to_owned()],
        }
    }

    #[test]
    fn the_first_that_answers() {
        let check = |service: &str, frames: &str, spawn: Option<&str>, expected: &str| {
            let found = owners().of(&OwnedStack { service, team: Some("label"), frames, spawn });
            let shown = found.map(|it| format!("{} by {}", it.names.join(" "), it.basis.as_str()));
            assert_eq!(shown.unwrap_or_default(), expected, "{service} {spawn:?}");
        };
        check("batch-1", FRAMES, None, "@batch by policy");
        check("api", FRAMES, None, "@money by policy");
        check("api", "main.f\t/a.go:1", None, "label by label");
        check("web", FRAMES, None, "@pay by codeowners");
        check("web", FRAMES, Some("main.main\texample.com/shop/main.go:3"), "@all by codeowners");
        check("web", FRAMES, Some("main.main\texample.com/shop/cmd/main.go:3"), "@pay by codeowners");
        check("web", "a.B\texample.com/shop/lib/a.go:1", None, "label by label");
        check("web", "", None, "label by label");
    }

    #[test]
    fn none_is_none() {
        let stack = OwnedStack { service: "web", team: None, frames: FRAMES, spawn: None };
        assert_eq!(Owners::default().of(&stack), None);
        let no_prefix = Owners { strip: Vec::new(), ..owners() };
        assert_eq!(no_prefix.of(&stack), None, "without a prefix nothing is known to be in the repository");
    }
}
