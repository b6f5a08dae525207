//! The profiles of a fleet: recorded stacks that all services share, and stacks of each service's own, with counts that vary from instance
//! to instance and from day to day, and with leaks of known start, version and instance.

use leakscope::decode::Decoded;
use leakscope::decode::Limits;
use leakscope::decode::decode;

use crate::written::Function;
use crate::written::Profile;
use crate::written::gzip;

/// What is planted in a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    /// Each instance gains this many goroutines a day, from the day on which version `v2` came.
    Leak(u64),
    /// One instance has this many, the others one each.
    Odd(u64),
    /// A constant pool of this many: innocent.
    Pool(u64),
    /// A pool that is as large as the load, which changes from day to day by a third: innocent.
    Load(u64),
}

/// A service.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) team: String,
    pub(crate) plant: Option<Plant>,
    number: u64,
}

/// Many services, the same each time.
pub(crate) struct Fleet {
    pub(crate) services: Vec<Service>,
    shared: Vec<Vec<(String, String, u64)>>,
}

/// The stacks of an instance.
const STACKS: usize = 100;
/// The day on which leaks begin, and version `v2` comes.
pub(crate) const FIRST_DAY: u64 = 1;
/// The own stack that is planted.
const PLANTED: usize = 3;
const RECORDED: [&[u8]; 2] = [
    include_bytes!("../../testdata/series/catalog/5/goroutine.pb.gz"),
    include_bytes!("../../testdata/series/shop/20261124T064722.059Z/goroutine.pb.gz"),
];

impl Fleet {
    pub(crate) fn new(services: u64) -> Self {
        let plant = |number| match number % 100 {
            7 => Some(Plant::Leak(3)),
            17 => Some(Plant::Leak(30)),
            27 => Some(Plant::Leak(300)),
            37 => Some(Plant::Odd(60)),
            47 => Some(Plant::Odd(400)),
            57 | 67 => Some(Plant::Pool(2000)),
            77 | 87 => Some(Plant::Load(600)),
            _ => None,
        };
        let service = |number| Service {
            name: format!("svc-{number:04}"),
            team: format!("team-{}", number % 40),
            plant: plant(number),
            number,
        };
        let shared = RECORDED.iter().flat_map(|bytes| recorded(bytes)).collect();
        Fleet { services: (0..services).map(service).collect(), shared }
    }

    /// The version that an instance has on a day.
    pub(crate) fn version(day: u64) -> &'static str {
        if day >= FIRST_DAY { "v2" } else { "v1" }
    }

    /// The function of the planted stack.
    pub(crate) fn planted(service: &Service) -> String {
        format!("example.com/fleet/{}/pkg{PLANTED}.(*Kind).Call0", service.name)
    }

    /// The profile of an instance, packed as Go does.
    pub(crate) fn profile(&self, service: &Service, instance: u64, day: u64) -> Vec<u8> {
        let mut random = Random(service.number * 1_000_003 + instance * 101 + day + 1);
        let mut functions: Vec<Function> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut samples: Vec<(u64, Vec<(usize, u64)>)> = Vec::new();
        let mut add = |count: u64, stack: &[(String, String, u64)]| {
            let frames = stack.iter().map(|(function, file, line)| {
                let at = *known.entry(function.clone()).or_insert_with(|| {
                    functions.push((function.clone(), file.clone(), line.saturating_sub(3)));
                    functions.len() - 1
                });
                (at, *line)
            });
            samples.push((count, frames.collect()));
        };
        for stack in &self.shared {
            add(1 + random.below(6), stack);
        }
        for own in self.shared.len()..STACKS {
            let own = own - self.shared.len();
            // A quarter is busy: a queue whose length goes up and down.
            let count = if own.is_multiple_of(4) { 5 + random.below(20) } else { 1 + random.below(3) };
            let count = if own == PLANTED { planted(service.plant, instance, day, count) } else { count };
            if count > 0 {
                add(count, &own_stack(&service.name, own));
            }
        }
        samples.sort_by(|(one, first), (other, second)| other.cmp(one).then_with(|| first.cmp(second)));
        let mut profile = Profile::new(&functions);
        samples.iter().for_each(|(count, stack)| profile.sample(*count, stack, &[]));
        gzip(&profile.finish(day * 86_400 + instance))
    }
}

fn planted(plant: Option<Plant>, instance: u64, day: u64, other: u64) -> u64 {
    match plant {
        Some(Plant::Leak(_)) if day < FIRST_DAY => 0,
        Some(Plant::Leak(gain)) => gain * (day - FIRST_DAY + 1) + other,
        Some(Plant::Odd(most)) if instance == 3 => most,
        Some(Plant::Odd(_)) => 1,
        Some(Plant::Pool(size)) => size,
        Some(Plant::Load(size)) => size * (2 + (day * 5 + 1) % 3) / 3 + other,
        None => other,
    }
}

/// The stacks of a recorded profile, leaf first: function, file, line.
fn recorded(bytes: &[u8]) -> Vec<Vec<(String, String, u64)>> {
    let Ok(Decoded::Goroutines(profile)) = decode(bytes, &Limits::default()) else {
        panic!("it is a profile of goroutines")
    };
    let stack = |sample: &leakscope::model::Sample| {
        let frames = profile.stacks.frames(sample.stack).map(|frame| {
            let (function, file) =
                (profile.symbols.function(frame.function), profile.symbols.file(frame.file));
            (function.to_owned(), file.to_owned(), u64::from(frame.line))
        });
        frames.collect()
    };
    profile.samples.iter().map(stack).filter(|stack: &Vec<_>| !stack.is_empty()).collect()
}

/// A stack that only this service has.
fn own_stack(service: &str, own: usize) -> Vec<(String, String, u64)> {
    let runtime = |name: &str, file: &str, line| {
        (format!("runtime.{name}"), format!("/usr/local/go/src/runtime/{file}"), line)
    };
    let mut stack = vec![runtime("gopark", "proc.go", 462)];
    match own % 3 {
        0 => stack.push(runtime("selectgo", "select.go", 351)),
        1 => stack.extend([runtime("chanrecv", "chan.go", 667), runtime("chanrecv2", "chan.go", 514)]),
        _ => stack.extend([runtime("chansend", "chan.go", 283), runtime("chansend1", "chan.go", 161)]),
    }
    for call in 0..3 + own as u64 % 8 {
        let function = format!("example.com/fleet/{service}/pkg{own}.(*Kind).Call{call}");
        stack.push((function, format!("/srv/{service}/pkg{own}/call.go"), 20 + 7 * call));
    }
    stack
}

/// Numbers that look like chance (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) % end
    }
}
