//! How long each stage of the road takes on inputs of known size: `cargo bench --bench stages`.

mod made;

use std::io::Read;

use divan::Bencher;
use divan::black_box;
use flate2::read::GzDecoder;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::diagnose::diagnose;
use leakscope::group::By;
use leakscope::group::Filter;
use leakscope::group::Names;
use leakscope::group::group;
use leakscope::model::Moment;
use leakscope::render::Format;
use leakscope::render::render;
use leakscope::report::Options;
use leakscope::report::report;
use leakscope::rules::RuleSet;
use leakscope::series::Series;
use leakscope::series::line_up;

fn main() {
    divan::main();
}

/// The inputs, by name.
const INPUTS: [&str; 4] = ["small", "stacks-65536", "labels-50000", "traceback-8MiB"];

fn input(name: &str) -> Vec<u8> {
    match name {
        "small" => made::profile(60, 0, 400),
        "stacks-65536" => made::profile(65_536, 0, 1_000_000),
        "labels-50000" => made::profile(4, 12_500, 100_000),
        _ => made::traceback(8 << 20, 2000).into_bytes(),
    }
}

fn moment(name: &str) -> Moment {
    let Ok(Decoded::Goroutines(counts)) = decode(&input(name), &Limits::default()) else {
        panic!("{name} is a profile of goroutines")
    };
    Moment::counted(name.to_owned(), counts)
}

fn series(name: &str) -> Series {
    line_up([moment(name), moment(name)].into_iter(), &By::default(), &Filter::default())
}

#[divan::bench(args = INPUTS)]
fn inflate(bencher: Bencher<'_, '_>, name: &str) {
    let packed = made::gzip(&input(name));
    bencher.bench(|| {
        let mut out = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut out).expect("it is whole");
        out.len()
    });
}

#[divan::bench(args = INPUTS)]
fn decoding(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = input(name);
    bencher.bench(|| decode(black_box(&bytes), &Limits::default()).is_ok());
}

#[divan::bench(args = INPUTS)]
fn grouping(bencher: Bencher<'_, '_>, name: &str) {
    let moment = moment(name);
    let (by, filter) = (By::default(), Filter::default());
    bencher.bench(|| {
        let mut names = Names::new(None);
        let adopted = names.adopt(&moment, &by);
        group(black_box(&moment), adopted, &by, &filter, &names).groups.len()
    });
}

#[divan::bench(args = INPUTS)]
fn lining_up(bencher: Bencher<'_, '_>, name: &str) {
    bencher
        .with_inputs(|| [moment(name), moment(name)])
        .bench_values(|moments| line_up(moments.into_iter(), &By::default(), &Filter::default()).rows.len());
}

#[divan::bench(args = INPUTS)]
fn diagnosing(bencher: Bencher<'_, '_>, name: &str) {
    let (series, rules) = (series(name), RuleSet::built_in());
    bencher.bench(|| diagnose(black_box(&series), &rules).findings.len());
}

#[divan::bench(args = INPUTS)]
fn rendering(bencher: Bencher<'_, '_>, name: &str) {
    let (series, rules) = (series(name), RuleSet::built_in());
    let diagnosis = diagnose(&series, &rules);
    let report = report(&series, &diagnosis, &rules, &Options::default());
    bencher.bench(|| {
        let mut out = Vec::new();
        render(black_box(&report), Format::Json, &mut out).expect("a vector takes all bytes");
        out.len()
    });
}
