//! The steps of `action.yml`, run in order as a runner does, in a clone of a repository, with a `gh` that writes down what it is asked.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::Shop;
use crate::support;

/// A step of the action: its keys, and its environment.
#[derive(Default)]
struct Step {
    keys: BTreeMap<String, String>,
    environment: Vec<(String, String)>,
}

/// The steps of `action.yml`. Its style is fixed: two spaces a level, one key a line, scripts in blocks or single quotes.
fn steps() -> Vec<Step> {
    let text = fs::read_to_string(support::root("action.yml")).expect("it is there");
    let (_, text) = text.split_once("\n  steps:\n").expect("it has steps");
    let mut steps: Vec<Step> = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        let line = match line.strip_prefix("    - ") {
            Some(rest) => {
                steps.push(Step::default());
                format!("      {rest}")
            }
            None => line.to_owned(),
        };
        let step = steps.last_mut().expect("a step begins with a dash");
        let spaces = line.len() - line.trim_start().len();
        if line.trim().is_empty() || line.trim_start().starts_with('#') && spaces == 6 {
            continue;
        }
        if spaces == 6 {
            let (key, value) = line.trim().split_once(':').expect("a key");
            let value = value.trim().trim_matches('\'');
            block = Some(key.to_owned());
            step.keys.insert(key.to_owned(), if value == "|" { String::new() } else { value.to_owned() });
        } else if block.as_deref() == Some("run") {
            let script = step.keys.get_mut("run").expect("it has begun");
            script.push_str(&format!("{}\n", line.get(8..).unwrap_or_default()));
        } else if block.as_deref() == Some("env") {
            let (name, value) = line.trim().split_once(": ").expect("a variable");
            step.environment.push((name.to_owned(), value.to_owned()));
        }
    }
    steps
}

/// What expressions name, such as `inputs.fix`; what is not there is empty.
type Context = BTreeMap<String, String>;

/// The value of an expression of the kinds that the action has.
fn value(expression: &str, context: &Context) -> String {
    let atom = |it: &str| match it.trim() {
        "!cancelled()" => "true".to_owned(),
        it => match it.strip_prefix('\'').and_then(|it| it.strip_suffix('\'')) {
            Some(text) => text.to_owned(),
            None => context.get(it).cloned().unwrap_or_default(),
        },
    };
    let truth = |is_true: bool| if is_true { "true".to_owned() } else { String::new() };
    let compared = |it: &str| match (it.split_once(" == "), it.split_once(" != ")) {
        (Some((one, other)), _) => truth(atom(one) == atom(other)),
        (_, Some((one, other))) => truth(atom(one) != atom(other)),
        (None, None) => atom(it),
    };
    let all =
        |it: &str| it.split(" && ").map(compared).reduce(|one, next| if one.is_empty() { one } else { next });
    expression.split(" || ").filter_map(all).find(|it| !it.is_empty()).unwrap_or_default()
}

/// A text with its expressions replaced.
fn expanded(text: &str, context: &Context) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, after) = after.split_once("}}").expect("it ends");
        out.push_str(before);
        out.push_str(&value(expression.trim(), context));
        rest = after;
    }
    out + rest
}

/// A `gh` with one repository: it keeps the pull requests, the comments and the files of a commit.
const GH: &str = r#"#!/bin/sh
echo "$@" >>"$0.asked"
case "$*" in
"pr list"*) ls "$0.pulls" 2>/dev/null | wc -l ;;
"pr create"*) [ ! -e "$0.refuses" ] || exit 1; mkdir -p "$0.pulls"; eval "body=\${$#}"; cp "$body" "$0.pulls/1" ;;
*--paginate*) cat "$0.comments" 2>/dev/null ;;
*contents*) cat "$0.file" ;;
*) cat >>"$0.comments" ;;
esac
"#;

/// A clone of a repository with a program that leaks, and what a runner gives to its steps.
struct Runner {
    shop: Shop,
    context: Context,
}

impl Runner {
    /// `None` without the tools, which is reported as a skipped test.
    fn new(inputs: &[(&str, &str)]) -> Option<Self> {
        if !["git", "bash", "jq"].iter().all(|it| support::has_tool(it)) {
            return None;
        }
        let shop = Shop::without_go("sku string", "priceOf(\"a\")");
        let mut context = Context::new();
        let dump = fs::read_to_string(shop.folder.path().join("dump.txt")).expect("it was written");
        let goroutines: Vec<&str> = dump.split_inclusive("\n\n").collect();
        let series = shop.folder.path().join("series");
        fs::create_dir(&series).expect("the folder was made");
        let files: Vec<String> = [10, 20, 30, 40, 50]
            .iter()
            .map(|count| {
                let file = series.join(format!("{count}.txt"));
                fs::write(&file, goroutines[..*count].concat()).expect("the folder was made");
                file.display().to_string()
            })
            .collect();
        let files = files.join("\n");
        let defaults =
            [("fix", "safe"), ("verify", "false"), ("pull-request", "false"), ("suggest", "false")];
        let fixed = [("files", files.as_str()), ("sarif", "leakscope.sarif"), ("token", "secret")];
        for (name, value) in defaults.iter().chain(&fixed).chain(inputs) {
            context.insert(format!("inputs.{name}"), (*value).to_owned());
        }
        for (name, value) in [("ref_type", "branch"), ("ref_name", "main")] {
            context.insert(format!("github.{name}"), value.to_owned());
        }
        let runner = Runner { shop, context };
        let bin = runner.path("bin");
        fs::create_dir_all(&bin).expect("the folder was made");
        symlink(env!("CARGO_BIN_EXE_leakscope"), bin.join("leakscope")).expect("it is new");
        fs::write(bin.join("gh"), GH).expect("the folder was made");
        fs::set_permissions(bin.join("gh"), fs::Permissions::from_mode(0o755)).expect("it is ours");
        fs::create_dir(runner.path("origin.git")).expect("the folder was made");
        runner.git("origin.git", &["init", "-q", "--bare", "--initial-branch", "main"]);
        runner.git("shop", &["init", "-q", "--initial-branch", "main"]);
        runner.commit("shop");
        runner.git("shop", &["remote", "add", "origin", "../origin.git"]);
        runner.git("shop", &["push", "-q", "origin", "main"]);
        Some(runner)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.shop.folder.path().join(name)
    }

    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(self.path(folder))
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments);
        let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git was found just before");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "git {arguments:?}: {said}");
        said
    }

    fn commit(&self, folder: &str) {
        self.git(folder, &["add", "."]);
        self.git(folder, &["commit", "-q", "-m", "a change"]);
    }

    /// What `gh` was asked, a line each.
    fn asked(&self) -> String {
        fs::read_to_string(self.path("bin/gh.asked")).unwrap_or_default()
    }

    /// Runs all steps with a script whose condition holds; returns what they print. Only the gate may fail.
    fn run(&mut self) -> String {
        let mut printed = String::new();
        for step in steps() {
            let condition = step.keys.get("if").map_or("!cancelled()", String::as_str);
            let condition = condition.trim_start_matches("${{").trim_end_matches("}}").trim();
            let Some(script) = step.keys.get("run").filter(|_| !value(condition, &self.context).is_empty())
            else {
                continue;
            };
            let out = self.path("output");
            fs::write(&out, "").expect("the folder was made");
            let script = format!("PATH=\"$BIN:$PATH\"\n{script}");
            let mut bash = Command::new("bash");
            bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &script])
                .current_dir(self.path("shop"))
                .env("BIN", self.path("bin"))
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GITHUB_WORKSPACE", self.path("shop"))
                .env("GITHUB_ACTION_PATH", support::root(""))
                .env("GITHUB_REPOSITORY", "acme/shop")
                .env("GITHUB_OUTPUT", &out)
                .env("GITHUB_PATH", self.path("path"))
                .env("GITHUB_STEP_SUMMARY", self.path("summary"));
            for (name, value) in &step.environment {
                bash.env(name, expanded(value, &self.context));
            }
            let output = bash.output().expect("bash was found just before");
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            let name = &step.keys["name"];
            assert!(output.status.success() || name == "leakscope gate", "{name}: {said}");
            printed.push_str(&said);
            let id = step.keys.get("id").cloned().unwrap_or_default();
            for (key, value) in
                fs::read_to_string(&out).unwrap_or_default().lines().filter_map(|it| it.split_once('='))
            {
                self.context.insert(format!("steps.{id}.outputs.{key}"), value.to_owned());
            }
        }
        printed
    }

    fn output(&self, name: &str) -> &str {
        self.context.get(&format!("steps.fix.outputs.{name}")).map_or("", String::as_str)
    }
}

const BUFFERED: &str = "make(chan int, 1)";

#[test]
fn a_patch_is_kept_and_nothing_else_is_done() {
    let Some(mut runner) = Runner::new(&[]) else { return };
    let printed = runner.run();
    assert_eq!(runner.context["steps.gate.outputs.exit-code"], "1", "{printed}");
    let patch = fs::read_to_string(runner.output("patch")).expect("it was written");
    assert!(patch.starts_with("--- a/shop.go\n") && patch.contains(BUFFERED), "{patch}");
    let text = fs::read_to_string(runner.output("text")).expect("it was written");
    let summary = fs::read_to_string(runner.path("summary")).expect("it was written");
    assert!(text.starts_with("## leakscope fix: 1 patch") && summary.ends_with(&text), "{summary}");
    assert_eq!(runner.asked(), "");
    assert_eq!(runner.git("shop", &["branch", "--all", "--format", "%(refname)"]).lines().count(), 2);
}

#[test]
fn no_patch_is_looked_for_if_none_is_wanted() {
    let Some(mut runner) = Runner::new(&[("fix", "none"), ("pull-request", "true"), ("suggest", "true")])
    else {
        return;
    };
    runner.run();
    assert_eq!((runner.output("patch"), runner.asked().as_str()), ("", ""));
}

#[test]
fn a_pull_request_has_the_patch_and_its_evidence() {
    let Some(mut runner) = Runner::new(&[("pull-request", "true")]) else { return };
    // What the job built is no part of it, and stays.
    runner.shop.write("go.mod", "module example.com/shop\n\ngo 1.25\n");
    let file = runner.path("bin/gh.refuses");
    fs::write(&file, "").expect("the folder was made");
    let script = support::root("release/propose");
    let (patch, text) = {
        runner.context.insert("inputs.pull-request".to_owned(), "false".to_owned());
        runner.run();
        (runner.output("patch").to_owned(), runner.output("text").to_owned())
    };
    let refused = Command::new("bash")
        .args(["-c", "PATH=\"$1:$PATH\"; shift; exec bash \"$@\"", "-"])
        .args([runner.path("bin").as_os_str(), script.as_ref(), patch.as_ref(), text.as_ref()])
        .arg("main")
        .current_dir(runner.path("shop"))
        .output()
        .expect("bash was found just before");
    assert!(!refused.status.success());
    // The branch is there, and the pull request is made when it may be.
    fs::remove_file(file).expect("it was written");
    runner.context.insert("inputs.pull-request".to_owned(), "true".to_owned());
    let printed = runner.run();
    let pulled = fs::read_to_string(runner.path("bin/gh.pulls/1")).expect("it was made");
    assert!(pulled.starts_with("## leakscope fix: 1 patch") && pulled.contains("```diff"), "{printed}");
    let asked = runner.asked();
    let line = asked.lines().find(|it| it.starts_with("pr create")).expect("it was asked");
    let branch = line.split(' ').nth(3).expect("it is the branch");
    assert!(line.starts_with(&format!(
        "pr create --head {branch} --base main --title Fix leaking goroutines --body-file "
    )));
    assert!(branch.starts_with("leakscope/fix-") && branch.len() == 26, "{branch}");
    let diff = runner.git("origin.git", &["diff", "main", branch]);
    assert!(diff.contains(BUFFERED) && !diff.contains("1.25"), "{diff}");
    assert_eq!(runner.git("origin.git", &["rev-list", "--count", branch]), "2\n");
    assert_eq!(runner.git("shop", &["branch", "--show-current"]), "main\n");
    assert_eq!(runner.git("shop", &["status", "--porcelain", "-uno"]), " M go.mod\n");
    assert_eq!(runner.git("shop", &["worktree", "list"]).lines().count(), 1);

    let printed = runner.run();
    assert!(
        printed.contains(&format!("{branch} is there already\nits pull request is there already\n")),
        "{printed}"
    );
    assert_eq!(runner.asked().matches("pr create").count(), 2, "one of them was refused");
}

/// A job for a pull request has the merge with its base at hand, in a clone of one commit.
#[test]
fn a_pull_request_of_a_pull_request_has_its_own_commits_alone() {
    let Some(mut runner) = Runner::new(&[("pull-request", "true")]) else { return };
    runner.git("shop", &["switch", "-q", "--create", "topic"]);
    runner.shop.write("topic.go", "package main\n");
    runner.commit("shop");
    runner.git("shop", &["push", "-q", "origin", "topic"]);
    runner.git("shop", &["switch", "-q", "main"]);
    runner.shop.write("later.go", "package main\n");
    runner.commit("shop");
    runner.git("shop", &["push", "-q", "origin", "main"]);
    runner.git("shop", &["merge", "-q", "topic"]);
    runner.git("shop", &["push", "-q", "origin", "HEAD:refs/pull/7/merge"]);
    fs::remove_dir_all(runner.path("shop")).expect("it is ours");
    fs::create_dir(runner.path("shop")).expect("the folder was made");
    let origin = format!("file://{}", runner.path("origin.git").display());
    runner.git("shop", &["init", "-q"]);
    runner.git("shop", &["remote", "add", "origin", &origin]);
    runner.git("shop", &["fetch", "-q", "--depth=1", "origin", "refs/pull/7/merge"]);
    runner.git("shop", &["checkout", "-q", "--detach", "FETCH_HEAD"]);
    runner.context.insert("github.head_ref".to_owned(), "topic".to_owned());
    let printed = runner.run();
    let asked = runner.asked();
    assert!(asked.contains(" --base topic "), "{printed}");
    let line = asked.lines().find(|it| it.starts_with("pr create")).expect("it was asked");
    let branch = line.split(' ').nth(3).expect("it is the branch");
    assert_eq!(runner.git("origin.git", &["rev-list", "--count", &format!("topic..{branch}")]), "1\n");

    // Its branch may be in a fork.
    runner.git("origin.git", &["branch", "-q", "-D", "topic", branch]);
    let printed = runner.run();
    assert!(
        printed.contains("no pull request: origin has no branch topic, as for a pull request of a fork\n"),
        "{printed}"
    );
}

#[test]
fn a_suggestion_is_on_the_lines_of_the_pull_request() {
    let Some(mut runner) = Runner::new(&[("suggest", "true")]) else { return };
    let printed = runner.run();
    assert!(!printed.contains("suggested"), "there is no pull request: {printed}");
    for (name, value) in [("number", "7"), ("head.sha", "0123abc")] {
        runner.context.insert(format!("github.event.pull_request.{name}"), value.to_owned());
    }
    let shop = fs::read_to_string(runner.path("shop/shop.go")).expect("it is there");
    fs::write(runner.path("bin/gh.file"), format!("// Added in its base.\n{shop}"))
        .expect("the folder was made");
    let printed = runner.run();
    assert!(
        printed.contains("shop.go:11: not suggested: the file is another in the pull request\n"),
        "{printed}"
    );
    fs::write(runner.path("bin/gh.file"), shop).expect("the folder was made");
    let printed = runner.run();
    assert!(printed.contains("shop.go:11: suggested\n"), "{printed}");
    let asked = runner.asked();
    assert!(asked.contains("repos/acme/shop/contents/shop.go?ref=0123abc\n"), "{asked}");
    assert!(asked.ends_with("api --method POST repos/acme/shop/pulls/7/comments --input -\n"), "{asked}");
    let comment = fs::read_to_string(runner.path("bin/gh.comments")).expect("it was made");
    assert!(comment.contains("\"commit_id\": \"0123abc\"") && comment.contains("\"line\": 11"), "{comment}");
}

/// What the runner would give to a script is not in its text: it would be run.
#[test]
fn no_script_contains_an_expression() {
    let all = steps();
    assert!(all.len() >= 7, "{}", all.len());
    for step in all {
        let script = step.keys.get("run").map_or("", String::as_str);
        assert!(!script.contains("${{"), "{script}");
        let is_whole = step.keys.contains_key("uses") || !script.is_empty();
        assert!(is_whole, "{:?}", step.keys);
    }
    let yes = |it: &str, context: &Context| !value(it, context).is_empty();
    let context = Context::from([("a".to_owned(), "1".to_owned())]);
    assert!(yes("!cancelled() && a == '1' && b != '2'", &context) && !yes("a == '2'", &context));
    assert_eq!(value("b || a == '1' && c || a", &context), "1");
    assert!(Path::new(&expanded("${{ a }}/${{ b }}x", &context)) == Path::new("1/x"));
}
