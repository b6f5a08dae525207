//! Learns from the sources of Go modules what ends the waits of their goroutines. See `README.md`.

mod build_constraints;
mod downloads;
mod facts;
mod functions;
mod list;
mod modules;
mod rules;
mod sources;
mod table;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use modules::Module;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["list"] => list::write(&folder()),
        ["table"] => {
            let facts = facts::of_modules(&Module::read(&folder().join("modules.txt"))?)?;
            Ok(fs::write(folder().join("../src/libraries/table.txt"), table::text(&facts))?)
        }
        ["rules"] => {
            let stale = rules::stale(&Module::read(&folder().join("modules.txt"))?)?;
            for it in &stale {
                let kind = if it.is_alive { "only in other versions" } else { "STALE" };
                println!("{kind:22}  {}: {}", it.rule, it.element);
            }
            let dead = stale.iter().filter(|it| !it.is_alive).count();
            match dead {
                0 => Ok(()),
                _ => Err(format!("{dead} elements of rules that name no function of a listed module").into()),
            }
        }
        _ => Err("usage: leakscope-learn list | table | rules".into()),
    }
}

/// The folder of this package.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}
