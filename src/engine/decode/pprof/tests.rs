//! Handmade profiles, each with one special case.

use prost::Message;

use super::*;
use crate::model::StackId;

/// Strings: 1 goroutine, 2 count, 3 main.f, 4 /srv/f.go, 5 runtime.gopark, 6 task, 7 fetch.
fn buffer() -> wire::Profile {
    let strings = ["", "goroutine", "count", "main.f", "/srv/f.go", "runtime.gopark", "task", "fetch"];
    let function =
        |id, name, filename| wire::Function { id, name, system_name: name, filename, start_line: 3 };
    let line = |function_id, line| wire::Line { function_id, line, column: 0 };
    let location = |id, line| wire::Location { id, line, ..wire::Location::default() };
    let label = wire::Label { key: 6, str: 7, num: 0, num_unit: 0 };
    wire::Profile {
        sample_type: vec![wire::ValueType { r#type: 1, unit: 2 }],
        sample: vec![
            wire::Sample { location_id: vec![1, 2], value: vec![3], label: Vec::new() },
            wire::Sample { location_id: vec![2], value: vec![1], label: vec![label] },
        ],
        location: vec![location(1, vec![line(2, 9)]), location(2, vec![line(1, 5), line(1, 7)])],
        function: vec![function(1, 3, 4), function(2, 5, 4)],
        string_table: strings.map(str::to_owned).to_vec(),
        ..wire::Profile::default()
    }
}

fn check(change: impl Fn(&mut wire::Profile), expected: &str) {
    let mut buffer = buffer();
    change(&mut buffer);
    let limits = Limits { max_depth: 4, ..Limits::default() };
    let shown = match decode(Unpacked::Inflated(buffer.encode_to_vec().into()), &limits) {
        Err(error) => error.to_string(),
        Ok(Decoded::Heap(heap)) => {
            format!("heap {}", heap.allocations.iter().map(|it| it.bytes).sum::<i64>())
        }
        Ok(Decoded::Goroutines(it)) => {
            let rows = it.samples.iter().map(|sample| {
                let frames = it.stacks.frames(sample.stack);
                let frames: String =
                    frames.map(|f| format!(" {}:{}", it.symbols.function(f.function), f.line)).collect();
                let labels = it.labels.pairs(sample.labels).map(|(key, value)| format!(" {key}={value}"));
                format!("{}{}{frames}", sample.count, labels.collect::<String>())
            });
            let is_delta = if it.is_delta { " delta" } else { "" };
            rows.collect::<Vec<_>>().join("; ") + is_delta
        }
    };
    assert_eq!(shown, expected);
}

#[test]
fn valid_profiles() {
    check(|_| {}, "3 runtime.gopark:9 main.f:5 main.f:7; 1 task=fetch main.f:5 main.f:7");
    check(
        |it| it.sample[1].value = vec![-3],
        "3 runtime.gopark:9 main.f:5 main.f:7; -3 task=fetch main.f:5 main.f:7 delta",
    );
    check(|it| it.sample[0].location_id.clear(), "3; 1 task=fetch main.f:5 main.f:7");
    check(|it| it.sample[1].value = vec![0], "3 runtime.gopark:9 main.f:5 main.f:7");
    let sparse_id = |it: &mut wire::Profile| {
        it.location[1].id = 77;
        it.sample.truncate(1);
        it.sample[0].location_id = vec![77];
    };
    check(sparse_id, "3 main.f:5 main.f:7");
    let no_symbol = |it: &mut wire::Profile| {
        it.location[0] = wire::Location { id: 1, address: 0x4e354b, ..wire::Location::default() };
    };
    check(no_symbol, "3 0x4e354b:0 main.f:5 main.f:7; 1 task=fetch main.f:5 main.f:7");
    check(|it| it.string_table[1] = "inuse_space".to_owned(), "heap 4");
}

#[test]
fn refusals_name_the_place() {
    let dangling = "sample[1].location_id[0]: location 9 is not in the table";
    check(|it| it.sample[1].location_id = vec![9], dangling);
    check(|it| it.location[0].line[0].function_id = 9, "location[0]: function 9 is not in the table");
    check(|it| it.function[0].name = 99, "function[0]: string index 99 is outside of the table of 8");
    check(|it| it.function[1].id = 1, "function[1]: its id 1 is taken");
    check(|it| it.location[0].id = 0, "location[0]: its id is 0");
    check(|it| it.sample[0].value.clear(), "sample[0]: has no value for its type");
    let unlike = "sample[0]: has another number of values than there are sample types";
    check(|it| it.sample[0].value.push(1), unlike);
    check(|it| it.sample[0].location_id = vec![1; 5], "frames of sample[0] exceed the limit of 4");
    check(|it| it.string_table[0] = "x".to_owned(), "string_table[0]: must be the empty string");
    check(|it| it.string_table[1] = "cpu".to_owned(), "a CPU profile, not a goroutine profile");
    check(|it| it.sample_type.clear(), "sample_type: the profile names no sample type");
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = buffer().encode_to_vec();
    for n in 1..bytes.len() {
        assert!(decode(Unpacked::AsIs(&bytes[..n]), &Limits::default()).is_err(), "{n} bytes give a profile");
    }
}

/// The shared prefix that is stored with a stack is correct whatever the encoding of the previous stack was.
#[test]
fn unusual_encodings_between_usual_ones() {
    let mut buffer = buffer();
    let line = wire::Line { function_id: 1, line: 1, column: 0 };
    buffer.location = (1..=9)
        .map(|id| wire::Location { id, line: vec![line; id as usize], ..wire::Location::default() })
        .collect();
    let sample = |location_id| wire::Sample { location_id, value: vec![1], label: Vec::new() };
    // Stacks are more than half of the profile, so they stay in its buffer.
    let packed = (0..300).map(|n| vec![1, 2, 3, 4, 5, 6, n / 81 + 1, n / 9 % 9 + 1, n % 9 + 1]);
    buffer.sample = packed.map(sample).collect();
    let mut bytes = buffer.encode_to_vec();
    // Unpacked ids, packed ones, one that is padded, packed ones, two packed fields, and packed ones again.
    bytes.extend_from_slice(&[0x12, 8, 0x08, 9, 0x08, 8, 0x08, 7, 0x10, 1]);
    bytes.extend_from_slice(&[0x12, 7, 0x0a, 3, 1, 2, 4, 0x10, 1]);
    bytes.extend_from_slice(&[0x12, 8, 0x0a, 4, 1, 0x82, 0, 5, 0x10, 1]);
    bytes.extend_from_slice(&[0x12, 7, 0x0a, 3, 1, 2, 6, 0x10, 1]);
    bytes.extend_from_slice(&[0x12, 9, 0x0a, 1, 9, 0x0a, 2, 8, 7, 0x10, 1]);
    bytes.extend_from_slice(&[0x12, 7, 0x0a, 3, 9, 8, 6, 0x10, 1]);
    // Repeated stacks are found by the bytes of their ids.
    bytes.extend_from_slice(&[0x12, 8, 0x0a, 4, 1, 0x82, 0, 5, 0x10, 1]);
    bytes.extend_from_slice(&[0x12, 7, 0x0a, 3, 1, 2, 4, 0x10, 1]);
    let Ok(Decoded::Goroutines(it)) = decode(Unpacked::Inflated(bytes.into()), &Limits::default()) else {
        panic!("a profile of goroutines");
    };
    let ends: Vec<u32> = it.samples.iter().skip(306).map(|sample| sample.stack.0).collect();
    assert_eq!(ends, [302, 301]);
    let stacks: Vec<_> = (0..it.stacks.len()).map(|id| it.stacks.encoded().get(id)).collect();
    let expected: [&[u8]; 6] = [&[9, 8, 7], &[1, 2, 4], &[1, 2, 5], &[1, 2, 6], &[9, 8, 7], &[9, 8, 6]];
    assert_eq!(stacks[300..], expected);
    let common: Vec<_> = (0..306).map(|id| it.stacks.common(StackId(id))).collect();
    for (common, pair) in common[1..].iter().zip(stacks.windows(2)) {
        let alike = pair[0].iter().zip(pair[1]).take_while(|(a, b)| a == b).count();
        assert!(common.is_some_and(|common| common <= alike), "{common:?}: {pair:?}");
    }
    assert_eq!((common[0], common[1], common[9], common[81]), (Some(0), Some(8), Some(7), Some(6)));
}

/// The limit on all frames counts a repeated stack once.
#[test]
fn repeated_stacks_are_stored_once() {
    let mut buffer = buffer();
    let line = wire::Line { function_id: 1, line: 1, column: 0 };
    buffer.location =
        (1..=30).map(|id| wire::Location { id, line: vec![line], ..wire::Location::default() }).collect();
    let stacks = (0..900u64).map(|stack| vec![stack / 30 + 1, stack % 30 + 1]);
    let sample = |location_id| wire::Sample { location_id, value: vec![1], label: Vec::new() };
    buffer.sample = stacks.clone().chain(stacks.rev()).map(sample).collect();
    let limits = Limits { max_frames: 1800, ..Limits::default() };
    let Ok(Decoded::Goroutines(it)) = decode(Unpacked::Inflated(buffer.encode_to_vec().into()), &limits)
    else {
        panic!("the profile is within its limits");
    };
    assert_eq!((it.stacks.len(), it.samples.len()), (900, 1800));
}
