//! How long each stage of the road takes on inputs of known size: `cargo bench --bench stages`.

mod inputs;

use std::collections::HashMap;
use std::hash::Hasher;
use std::io::Read;

use divan::Bencher;
use divan::black_box;
use flate2::read::GzDecoder;
use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;
use leakscope::diagnose::diagnose;
use leakscope::group::By;
use leakscope::group::group;
use leakscope::model::Snapshot;
use leakscope::render::Format;
use leakscope::render::render;
use leakscope::report::Options;
use leakscope::report::report;
use leakscope::rules::RuleSet;
use leakscope::series::Series;
use leakscope::stacks::Filter;
use leakscope::stacks::SymbolTable;
use rustc_hash::FxBuildHasher;
use rustc_hash::FxHasher;

fn main() {
    divan::main();
}

/// The inputs, by name.
const INPUTS: [&str; 5] = ["small", "capture-30KB", "stacks-65536", "labels-50000", "traceback-8MiB"];

/// Those of them that are protobuf.
const PROFILES: [&str; 4] = ["small", "capture-30KB", "stacks-65536", "labels-50000"];

fn input(name: &str) -> Vec<u8> {
    match name {
        "small" => inputs::service(50, 0),
        "capture-30KB" => inputs::service(300, 0),
        "stacks-65536" => inputs::profile(65_536, 0, 1_000_000),
        "labels-50000" => inputs::profile(4, 12_500, 100_000),
        _ => inputs::traceback(8 << 20, 2000).into_bytes(),
    }
}

fn snapshot(name: &str) -> Snapshot {
    let Ok(Decoded::Goroutines(counts)) = decode(&input(name), &Limits::default()) else {
        panic!("{name} is a profile of goroutines")
    };
    Snapshot::from_profile(name.to_owned(), counts)
}

fn series(name: &str) -> Series {
    Series::build([snapshot(name), snapshot(name)].into_iter(), &By::default(), &Filter::default())
}

#[divan::bench(args = INPUTS)]
fn inflate(bencher: Bencher<'_, '_>, name: &str) {
    let packed = inputs::gzip(&input(name));
    bencher.bench(|| {
        let mut out = Vec::new();
        GzDecoder::new(packed.as_slice()).read_to_end(&mut out).expect("it is whole");
        out.len()
    });
}

/// The least that can be done with samples: each number of a location is read, and added up.
#[divan::bench(args = PROFILES)]
fn numbers_alone(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = input(name);
    bencher.bench(|| {
        let mut sum = 0u64;
        for (field, sample) in Fields(black_box(&bytes)).filter_map(Field::sub) {
            if field == SAMPLE {
                let locations =
                    Fields(sample).filter_map(Field::sub).find(|(field, _)| *field == LOCATION_ID);
                sum += locations.map_or(0, |(_, numbers)| HashIndex(numbers).sum::<u64>());
            }
        }
        sum
    });
}

/// The least that can be done to tell samples apart: the numbers of their stacks and labels are hashed as they are read, and the
/// hashes counted. Nothing is looked up, named, compared or kept.
#[divan::bench(args = PROFILES)]
fn samples_alone(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = input(name);
    bencher.bench(|| {
        let mut counts: HashMap<u64, u64, FxBuildHasher> = HashMap::default();
        for (field, sample) in Fields(black_box(&bytes)).filter_map(Field::sub) {
            if field == SAMPLE {
                let (mut hasher, mut count) = (FxHasher::default(), 0);
                for (field, numbers) in Fields(sample).filter_map(Field::sub) {
                    match field {
                        VALUE => count = HashIndex(numbers).next().unwrap_or(0),
                        _ => HashIndex(numbers).for_each(|number| hasher.write_u64(number)),
                    }
                }
                *counts.entry(hasher.finish()).or_default() += count;
            }
        }
        counts.len()
    });
}

/// The fields of a message of profile.proto, believed to be whole.
struct Fields<'b>(&'b [u8]);

enum Field<'b> {
    Number,
    Sub(u64, &'b [u8]),
}

/// The field of a profile, and those of a sample.
const SAMPLE: u64 = 2;
const LOCATION_ID: u64 = 1;
const VALUE: u64 = 2;

impl<'b> Field<'b> {
    fn sub(self) -> Option<(u64, &'b [u8])> {
        match self {
            Field::Number => None,
            Field::Sub(field, bytes) => Some((field, bytes)),
        }
    }
}

impl<'b> Iterator for Fields<'b> {
    type Item = Field<'b>;

    fn next(&mut self) -> Option<Field<'b>> {
        let mut numbers = HashIndex(self.0);
        let (key, value) = (numbers.next()?, numbers.next()?);
        let (sub, rest) = numbers.0.split_at(if key & 7 == 2 { value as usize } else { 0 });
        self.0 = rest;
        Some(if key & 7 == 2 { Field::Sub(key >> 3, sub) } else { Field::Number })
    }
}

/// Numbers of seven bits a byte, one after the other.
struct HashIndex<'b>(&'b [u8]);

impl Iterator for HashIndex<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        let (&first, mut rest) = self.0.split_first()?;
        let (mut number, mut shift, mut last) = (u64::from(first & 0x7f), 7, first);
        while last >= 0x80 {
            let (&byte, after) = rest.split_first()?;
            number |= u64::from(byte & 0x7f) << shift;
            (last, rest, shift) = (byte, after, shift + 7);
        }
        self.0 = rest;
        Some(number)
    }
}

#[divan::bench(args = INPUTS)]
fn decoding(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = input(name);
    bencher.bench(|| decode(black_box(&bytes), &Limits::default()).is_ok());
}

#[divan::bench(args = INPUTS)]
fn grouping(bencher: Bencher<'_, '_>, name: &str) {
    let snapshot = snapshot(name);
    let (by, filter) = (By::default(), Filter::default());
    bencher.bench(|| {
        let mut names = SymbolTable::new(None);
        let adopted = leakscope::group::merge_symbols(&mut names, &snapshot, &by);
        group(black_box(&snapshot), adopted, &by, &filter, &names).groups.len()
    });
}

#[divan::bench(args = INPUTS)]
fn lining_up(bencher: Bencher<'_, '_>, name: &str) {
    bencher.with_inputs(|| [snapshot(name), snapshot(name)]).bench_values(|snapshots| {
        Series::build(snapshots.into_iter(), &By::default(), &Filter::default()).rows.len()
    });
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
        render(black_box(&report), Format::JSON, &mut out).expect("a vector takes all bytes");
        out.len()
    });
}
