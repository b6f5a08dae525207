//! The page of a heap profile that has no goroutines beside it.

use std::io;

use crate::golang::Owner;
use crate::golang::owner;
use crate::report::FrameLine;
use crate::report::HeapAlone;
use crate::report::HeapSite;
use crate::report::MainModule;
use crate::text::escape;
use crate::text::pluralize;
use crate::text::units;
use crate::text::with_thousands;
use crate::text::word;

use super::names::ShortNames;
use super::names::position;
use super::page::TextOptions;
use super::rows::UNBOUNDED;
use super::table::Align;
use super::table::Column;
use super::table::Shrink;
use super::table::lay_out;
use super::wrap::wrap;
use super::wrap::wrap_command;

/// Writes it, `limit` rows of it; 0 means all.
pub fn heap_alone(
    heap: &HeapAlone,
    limit: usize,
    options: TextOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let width = if options.full { UNBOUNDED } else { options.width };
    let (bytes, objects) = (units::bytes(heap.bytes as f64), pluralize(heap.objects, "object"));
    writeln!(out, "heap profile · {bytes} live in {objects} · no goroutines in it")?;
    let shown = if limit == 0 { heap.sites.len() } else { limit.min(heap.sites.len()) };
    let sites = heap.sites.split_at(shown).0;
    if !sites.is_empty() {
        let own = sites.iter().filter(|it| owner(&it.function, &it.file) == Owner::User);
        let module = MainModule::infer(None, own.map(|it| (it.function.as_str(), it.file.as_str())));
        let names = ShortNames::new(sites.iter().map(|it| it.function.as_str()), &module);
        let numbers = (1..=sites.len()).map(|number| number.to_string()).collect();
        let texts = |text: &dyn Fn(&HeapSite) -> String| sites.iter().map(text).collect();
        let position = |it: &HeapSite| {
            let frame = FrameLine { function: it.function.clone(), file: it.file.clone(), line: it.line };
            if options.full { vec![position(&it.file, it.line)] } else { names.position_variants(&frame) }
        };
        let function = |it: &HeapSite| match options.full {
            true => vec![word(&it.function).into_owned()],
            false => names.function_variants(&it.function),
        };
        let columns = vec![
            Column::new("#", Align::Right, numbers),
            Column::new("live", Align::Right, texts(&|it| units::bytes(it.bytes as f64))),
            Column::new("share", Align::Right, texts(&|it| units::share(it.bytes, heap.bytes))),
            Column::new("objects", Align::Right, texts(&|it| with_thousands(it.objects))),
            Column::of_variants("allocated in", "allocated in", sites.iter().map(function).collect()),
            Column::of_variants("position", "", sites.iter().map(position).collect()),
        ];
        let steps = [
            Shrink::Drop("objects"),
            Shrink::Shorten("position"),
            Shrink::Drop("share"),
            Shrink::Shorten("allocated in"),
            Shrink::Drop("position"),
            Shrink::Cut("allocated in", 16),
        ];
        writeln!(out)?;
        for line in lay_out(columns, &steps, width) {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    let more = heap.sites.len() - shown;
    if more > 0 {
        writeln!(out, "    {} (-n 0 shows all)", pluralize(more as i128, "more place"))?;
    }
    let text =
        "A heap profile records who allocated, not who holds. With the goroutines of the same snapshot:";
    let command = format!("leakscope top goroutine.pb.gz --heap {}", escape(&heap.name));
    let lines = wrap(text, width).into_iter().chain(wrap_command("  ", &command, width));
    writeln!(out, "\n{}", lines.collect::<Vec<_>>().join("\n"))
}
