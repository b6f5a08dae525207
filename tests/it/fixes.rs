//! `leakscope fix` from outside, and its patches: each golden of `testdata/patches` is applied, formatted, built, vetted and run by Go.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use crate::support;

/// Runs a program in a folder.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let output =
        Command::new(program).args(arguments).current_dir(folder).env("GOTOOLCHAIN", "local").output();
    output.unwrap_or_else(|error| panic!("{program}: {error}"))
}

/// What it wrote; fails unless it succeeded.
fn done(output: &Output) -> String {
    let said = String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// The Go files of `testdata/patches` whose diff is there.
fn patched() -> Vec<PathBuf> {
    let causes = support::entries(&support::root("testdata/patches"));
    let files = causes.iter().flat_map(|it| support::entries(it));
    files.filter(|it| it.extension().is_some_and(|end| end == "diff")).collect()
}

/// A module with one Go file.
fn module(folder: &Path, file: &Path) {
    fs::create_dir_all(folder).expect("the folder can be made");
    fs::write(folder.join("go.mod"), "module example.com/case\n\ngo 1.24\n").expect("it can be written");
    fs::copy(file, folder.join(support::name(file))).expect("it can be copied");
}

/// What must not be confirmed or changed is tested as much as what must be.
#[test]
fn each_cause_has_a_case_and_two_near_misses() {
    let mut lacking = Vec::new();
    for (root, near_miss) in [("testdata/source", "quiet_"), ("testdata/patches", "refused_")] {
        for cause in support::entries(&support::root(root)) {
            let files = support::entries(&cause);
            let files = files.iter().filter(|it| it.extension().is_some_and(|end| end == "go"));
            let (near, cases): (Vec<&PathBuf>, Vec<_>) =
                files.partition(|it| support::name(it).starts_with(near_miss));
            if cases.is_empty() || near.len() < 2 {
                lacking.push(format!(
                    "{}: {} cases, {} near misses",
                    cause.display(),
                    cases.len(),
                    near.len()
                ));
            }
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

#[test]
fn git_and_patch_take_each_diff() {
    if !support::has_tool("git") || !support::has_tool("patch") {
        return;
    }
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    for diff in patched() {
        let file = diff.with_extension("go");
        let text = diff.to_str().expect("folders of tests are text");
        let mut after = Vec::new();
        for (name, program, arguments) in
            [("git", "git", ["apply", text].as_slice()), ("patch", "patch", &["-p1", "-s", "-i", text])]
        {
            let here = folder.path().join(name);
            module(&here, &file);
            done(&run(&here, program, arguments));
            after.push(support::read(&here.join(support::name(&file))));
        }
        assert_eq!(after[0], after[1], "{text}");
        assert_ne!(after[0], support::read(&file), "{text}");
    }
}

/// Builds all programs of a module into a folder, and runs each; returns the names of those that leak.
fn leaking_of(go: &str, folder: &Path, names: &[String], into: &str) -> Vec<String> {
    fs::create_dir_all(folder.join(into)).expect("the folder can be made");
    done(&run(folder, go, &["build", "-o", into, "./..."]));
    let leaks = |name: &&String| {
        let program = folder.join(into).join(name);
        !run(folder, program.to_str().expect("folders of tests are text"), &[]).status.success()
    };
    names.iter().filter(leaks).cloned().collect()
}

/// What `go vet` says of the programs of a module, without the places, which a patch moves.
fn vetted(go: &str, folder: &Path) -> Vec<String> {
    let output = run(folder, go, &["vet", "./..."]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = said.lines().filter(|it| !it.starts_with('#'));
    lines.map(|it| it.split(": ").skip(1).collect::<Vec<_>>().join(": ")).collect()
}

/// A module whose errgroup is a small one beside it: no network is needed.
fn write_module(folder: &Path) {
    let group = folder.join("sync/errgroup");
    fs::create_dir_all(&group).expect("the folder can be made");
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("it can be written");
    write(
        "go.mod",
        "module example.com/case\n\ngo 1.24\n\nrequire golang.org/x/sync v0.0.0\n\nreplace golang.org/x/sync => ./sync\n",
    );
    write("sync/go.mod", "module golang.org/x/sync\n\ngo 1.24\n");
    write(
        "sync/errgroup/errgroup.go",
        "package errgroup\n\nimport \"sync\"\n\ntype Group struct {\n\twg    sync.WaitGroup\n\tslots chan bool\n}\n\nfunc (g *Group) SetLimit(n int) { g.slots = make(chan bool, n) }\n\nfunc (g *Group) Go(f func() error) {\n\tif g.slots != nil {\n\t\tg.slots <- true\n\t}\n\tg.wg.Add(1)\n\tgo func() {\n\t\tdefer g.wg.Done()\n\t\tf()\n\t\tif g.slots != nil {\n\t\t\t<-g.slots\n\t\t}\n\t}()\n}\n\nfunc (g *Group) Wait() error {\n\tg.wg.Wait()\n\treturn nil\n}\n",
    );
}

#[test]
fn each_patch_is_formatted_builds_and_ends_the_leak() {
    let (Some(go), true) = (support::go(), support::has_tool("git")) else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("patches");
    drop(fs::remove_dir_all(&folder));
    // One module with a folder for each: Go builds and vets them together.
    write_module(&folder);
    let mut names: Vec<String> = Vec::new();
    for diff in patched() {
        let file = diff.with_extension("go");
        let cause = support::name(diff.parent().expect("it is in a folder")).to_owned();
        let name = format!("{cause}_{}", file.file_stem().expect("it has a name").display());
        fs::create_dir_all(folder.join(&name)).expect("the folder can be made");
        fs::copy(&file, folder.join(&name).join(support::name(&file))).expect("it can be copied");
        names.push(name);
    }
    assert!(!names.is_empty());
    let leaking = leaking_of(go, &folder, &names, "before");
    let tight: Vec<&String> = names.iter().filter(|name| !leaking.contains(name)).collect();
    assert!(tight.is_empty(), "these do not leak before: {tight:?}");
    let warned = vetted(go, &folder);
    for (diff, name) in patched().iter().zip(&names) {
        let text = diff.to_str().expect("folders of tests are text");
        done(&run(&folder.join(name), "git", &["apply", text]));
    }
    assert_eq!(done(&run(&folder, "gofmt", &["-l", "."])), "");
    let warned_now = vetted(go, &folder);
    let new: Vec<&String> = warned_now.iter().filter(|it| !warned.contains(it)).collect();
    assert!(new.is_empty(), "go vet warns of more: {new:?}");
    let leaking = leaking_of(go, &folder, &names, "after");
    assert!(leaking.is_empty(), "these leak after: {leaking:?}");
}

/// A program that leaks, its profile as Go prints it, and the folder of both.
fn leaking(name: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let file = support::root("testdata/patches/abandoned-sender/fixed_timeout.go");
    let shop = folder.path().join(name);
    module(&shop, &file);
    let goroutine = "[chan send, 9 minutes]:\nmain.priceOf.func1()\n\t/srv/case/fixed_timeout.go:13 +0x1\ncreated by main.priceOf in goroutine 1\n\t/srv/case/fixed_timeout.go:12 +0x2\n\n";
    let dump: String = (10..60).map(|id| format!("goroutine {id} {goroutine}")).collect();
    fs::write(folder.path().join("dump.txt"), dump).expect("the folder was made");
    let path = folder.path().to_str().expect("folders of tests are text").to_owned();
    (folder, path)
}

#[test]
fn a_function_that_a_test_calls_keeps_its_parameters() {
    let folder = tempfile::tempdir().expect("the temporary folder can be written");
    let shop = folder.path().join("shop");
    module(&shop, &support::root("testdata/patches/select-without-done/review_handed_down.go"));
    let goroutine = "[select, 9 minutes]:\nmain.poll(0xc000012345)\n\t/srv/case/review_handed_down.go:12 +0x1\ncreated by main.start in goroutine 1\n\t/srv/case/review_handed_down.go:21 +0x2\n\n";
    let dump: String = (10..60).map(|id| format!("goroutine {id} {goroutine}")).collect();
    fs::write(folder.path().join("dump.txt"), dump).expect("the folder was made");
    let (dump, root) = (folder.path().join("dump.txt"), shop.display().to_string());
    let fix = || support::leakscope(&["fix", &dump.display().to_string(), "--review", "--source", &root]);
    assert_eq!(fix().status.code(), Some(0), "{}", String::from_utf8_lossy(&fix().stderr));
    let test = "package main\n\nimport \"testing\"\n\n// poll ends.\nfunc TestPoll(t *testing.T) {\n\tpoll(nil)\n}\n";
    fs::write(shop.join("poll_test.go"), test).expect("the folder was made");
    let refused = fix();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("line 7 of poll_test.go names poll, and a test is never changed"), "{said}");
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn the_diff_is_the_output_and_the_evidence_is_beside_it() {
    let (_folder, path) = leaking("shop");
    let (dump, shop) = (format!("{path}/dump.txt"), format!("{path}/shop"));
    let fixed = support::leakscope(&["fix", &dump, "--source", &shop]);
    let diff = String::from_utf8(fixed.stdout).expect("it is text");
    assert_eq!(fixed.status.code(), Some(0));
    assert!(diff.starts_with("--- a/fixed_timeout.go\n+++ b/fixed_timeout.go\n@@ "), "{diff}");
    assert!(diff.contains("\n-\tprices := make(chan int)\n+\tprices := make(chan int, 1)\n"), "{diff}");
    let said = String::from_utf8(fixed.stderr).expect("it is text");
    assert!(said.contains("abandoned-sender: line 13 sends on `prices`"), "{said}");
    assert!(said.contains("#   fixed_timeout.go:11 made: prices := make(chan int)"), "{said}");
    assert!(said.contains("# safe: give `prices` a buffer for the one value"), "{said}");

    let report =
        support::document(&support::leakscope(&["top", &dump, "--format", "json", "--source", &shop]));
    let finding = &report["findings"][0];
    let fingerprint = finding["fingerprints"][0].as_str().expect("it has one");
    let one = support::leakscope(&["fix", &dump, &fingerprint[..6], "--source", &shop]);
    assert_eq!(String::from_utf8_lossy(&one.stdout), diff);
    let none = support::leakscope(&["fix", &dump, "ffffffff", "--source", &shop]);
    assert_eq!(none.status.code(), Some(2));
    let away = support::leakscope(&["fix", &dump, "--source", &format!("{path}/shop"), "--force"]);
    assert_eq!(away.status.code(), Some(2), "--force needs --apply");
}

#[test]
fn files_are_changed_only_if_git_stores_them() {
    if !support::has_tool("git") {
        return;
    }
    let (_folder, path) = leaking("shop");
    let (dump, shop) = (format!("{path}/dump.txt"), format!("{path}/shop"));
    let file = Path::new(&shop).join("fixed_timeout.go");
    let before = support::read(&file);
    let apply = |more: &[&str]| {
        let output = support::leakscope(&[&["fix", &dump, "--source", &shop, "--apply"], more].concat());
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = apply(&[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("--apply: Git does not answer for "), "{said}");
    let git = |arguments: &[&str]| {
        let user = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        done(&run(Path::new(&shop), "git", &[&user, arguments].concat()));
    };
    git(&["init", "-q"]);
    let (code, said) = apply(&[]);
    assert!(code == Some(2) && said.contains("Git does not know "), "{said}");
    git(&["add", "."]);
    let (code, said) = apply(&[]);
    assert!(code == Some(2) && said.contains("has changes that Git has not stored, such as "), "{said}");
    assert_eq!(support::read(&file), before);
    git(&["commit", "-q", "-m", "shop"]);
    let (code, said) = apply(&[]);
    assert_eq!(code, Some(0), "{said}");
    let text = String::from_utf8(support::read(&file)).expect("Go is UTF-8");
    assert!(text.contains("make(chan int, 1)"), "{text}");

    // It has its buffer now: nothing is left to do.
    let (code, said) = apply(&["--force"]);
    assert_eq!(code, Some(1), "{said}");
    fs::write(&file, &before).expect("it can be written");
    fs::write(Path::new(&shop).join("go.mod"), "module example.com/case\n").expect("it can be written");
    let (code, _) = apply(&["--force"]);
    assert_eq!(code, Some(0));
}

/// Runs `fix --apply --force` on a program that leaks; returns the exit code and what is said.
#[cfg(unix)]
fn applied(path: &str) -> (Option<i32>, String) {
    let (dump, shop) = (format!("{path}/dump.txt"), format!("{path}/shop"));
    let output = support::leakscope(&["fix", &dump, "--source", &shop, "--apply", "--force"]);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn files_that_are_not_to_be_written_stay() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = leaking("shop");
    let file = PathBuf::from(format!("{path}/shop/fixed_timeout.go"));
    let before = support::read(&file);
    let mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("it is ours");
    mode(0o440);
    let (code, said) = applied(&path);
    assert!(code == Some(2) && said.contains("fixed_timeout.go: it is read-only"), "{said}");
    mode(0o640);
    // A link is not followed: what it leads to may be used elsewhere.
    let elsewhere = PathBuf::from(format!("{path}/elsewhere.go"));
    fs::rename(&file, &elsewhere).expect("it is ours");
    std::os::unix::fs::symlink(&elsewhere, &file).expect("the name is free");
    let (code, said) = applied(&path);
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(support::read(&elsewhere), before);
    fs::remove_file(&file).expect("it was made");
    fs::rename(&elsewhere, &file).expect("it is ours");
    let (code, said) = applied(&path);
    assert_eq!(code, Some(0), "{said}");
    let metadata = fs::metadata(&file).expect("it is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert_eq!(
        support::entries(&PathBuf::from(format!("{path}/shop"))).len(),
        2,
        "nothing is left beside it"
    );
}

#[cfg(unix)]
#[test]
fn line_ends_stay_in_files() {
    let (_folder, path) = leaking("shop");
    let file = PathBuf::from(format!("{path}/shop/fixed_timeout.go"));
    let text = String::from_utf8(support::read(&file)).expect("Go is UTF-8");
    for text in [text.replace('\n', "\r\n"), text.trim_end().to_owned()] {
        fs::write(&file, &text).expect("it can be written");
        let (code, said) = applied(&path);
        assert_eq!(code, Some(0), "{said}");
        let after = String::from_utf8(support::read(&file)).expect("Go is UTF-8");
        assert_eq!(after, text.replace("prices := make(chan int)", "prices := make(chan int, 1)"));
    }
}

/// A module may be a folder of a repository, and a change elsewhere in it makes the worktree dirty as well.
#[test]
fn the_whole_worktree_has_to_be_stored() {
    if !support::has_tool("git") {
        return;
    }
    let (folder, path) = leaking("shop");
    let git = |arguments: &[&str]| {
        let user = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        done(&run(folder.path(), "git", &[&user, arguments].concat()));
    };
    fs::write(folder.path().join("notes.md"), "a").expect("the folder was made");
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "shop"]);
    fs::write(folder.path().join("notes.md"), "b").expect("the folder was made");
    let (dump, shop) = (format!("{path}/dump.txt"), format!("{path}/shop"));
    let apply = || support::leakscope(&["fix", &dump, "--source", &shop, "--apply"]);
    let refused = apply();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && said.contains("not stored, such as notes.md"), "{said}");
    git(&["commit", "-q", "-a", "-m", "notes"]);
    let applied = apply();
    assert_eq!(applied.status.code(), Some(0), "{}", String::from_utf8_lossy(&applied.stderr));
}
