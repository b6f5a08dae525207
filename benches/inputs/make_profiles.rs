//! Writes the inputs of `benches/side_by_side.py` into a folder: `cargo run --profile dist --features
//! bench --example make_profiles DIR`.

#[path = "mod.rs"]
mod inputs;

use std::fs;
use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let dir = PathBuf::from(std::env::args_os().nth(1).expect("a folder to write into"));
    fs::create_dir_all(&dir)?;
    let write = |name: &str, bytes: &[u8]| fs::write(dir.join(name), bytes);
    write("small.pb.gz", &inputs::gzip(&inputs::service(50, 0)))?;
    write("before.pb.gz", &inputs::gzip(&inputs::profile(20_000, 0, 60_000)))?;
    write("stacks.pb.gz", &inputs::gzip(&inputs::profile(65_536, 0, 1_000_000)))?;
    write("labels.pb.gz", &inputs::gzip(&inputs::profile(4, 12_500, 100_000)))?;
    write("traceback.txt", inputs::traceback(64 << 20, 20_000).as_bytes())?;
    write("short.txt", inputs::traceback(4 << 20, 1000).as_bytes())?;
    write("long.txt", inputs::traceback(1 << 30, 20_000).as_bytes())?;
    let capture = |series: &str, number: u64, bytes: &[u8]| {
        let folder = dir.join(format!("{series}/{number:05}"));
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("goroutine.pb.gz"), bytes)
    };
    for number in 0..10_000 {
        capture("captures", number, &inputs::gzip(&inputs::service(300, number)))?;
    }
    let recursing = inputs::gzip(&inputs::profile(9000, 0, 20_000));
    (0..1000).try_for_each(|number| capture("recursing", number, &recursing))?;
    Ok(())
}
