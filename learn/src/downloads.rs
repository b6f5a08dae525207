//! Sources of modules, through the go command.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// How many modules one run of the go command is asked for.
const AT_ONCE: usize = 40;

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded {
    path: String,
    version: String,
    dir: Option<PathBuf>,
    error: Option<String>,
}

/// The folders of modules, by path and version. What cannot be had is reported on stderr and left out.
pub(crate) fn folders(
    wanted: &[(String, String)],
) -> Result<BTreeMap<(String, String), PathBuf>, Box<dyn Error>> {
    let mut folders = BTreeMap::new();
    for part in wanted.chunks(AT_ONCE) {
        let names = part.iter().map(|(path, version)| format!("{path}@{version}"));
        let output = go().args(["mod", "download", "-json"]).args(names).output()?;
        for module in serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Downloaded>() {
            let module = module?;
            match (module.dir, module.error) {
                (Some(folder), None) => drop(folders.insert((module.path, module.version), folder)),
                (_, error) => {
                    eprintln!("{}@{}: {}", module.path, module.version, error.unwrap_or_default());
                }
            }
        }
    }
    Ok(folders)
}

/// Which modules need which, in the whole graph of a go.mod: pairs of paths without versions.
pub(crate) fn needs(go_mod: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let text = of_go_mod(go_mod, &["mod", "graph"])?;
    let path = |node: &str| node.split('@').next().unwrap_or(node).to_owned();
    Ok(text
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(from, to)| (path(from), path(to)))
        .collect())
}

/// The modules of the build of a go.mod, by path and version.
pub(crate) fn build_list(go_mod: &Path) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    let text = of_go_mod(go_mod, &["list", "-m", "-f", "{{.Path}} {{.Version}}", "all"])?;
    let parts =
        text.lines().filter_map(|line| line.split_once(' ')).filter(|(_, version)| !version.is_empty());
    Ok(parts.map(|(path, version)| (path.to_owned(), version.to_owned())).collect())
}

/// What the go command prints about a copy of a go.mod: it may write a go.sum beside it.
fn of_go_mod(go_mod: &Path, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("leakscope-learn-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::copy(go_mod, folder.join("go.mod"))?;
    let output = go().args(arguments).current_dir(&folder).output()?;
    fs::remove_dir_all(&folder)?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

/// The go command, with the module cache in `LEAKSCOPE_LEARN_CACHE` if that is set.
fn go() -> Command {
    let mut go = Command::new("go");
    go.current_dir(std::env::temp_dir()).env("GOFLAGS", "-mod=mod").env("GOWORK", "off");
    if let Some(cache) = std::env::var_os("LEAKSCOPE_LEARN_CACHE") {
        go.env("GOMODCACHE", cache);
    }
    go
}
