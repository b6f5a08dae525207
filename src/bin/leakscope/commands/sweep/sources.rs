//! The sources that a sweep is given, read: who could be asked, and how.
#![expect(clippy::disallowed_methods, reason = "profiles that a server keeps have an age")]

use std::collections::HashMap;

use anyhow::anyhow;
use leakscope::fleet;
use leakscope::fleet::FleetTarget;
use leakscope::fleet::LabelNames;
use leakscope::source;

use super::args::SweepArgs;
use super::args::http_options;
use crate::exit_code::Failure;
use crate::inputs;
use crate::kubernetes;
use crate::sweep;
use crate::sweep::Credentials;
use crate::sweep::Found;
use crate::sweep::Road;
use crate::terminal::Terminal;

const MAX_LIST: u64 = 64 << 20;

/// A service and an instance.
pub(super) type Key = (String, String);

/// Who could be asked.
pub(super) struct Read {
    pub(super) targets: Vec<FleetTarget>,
    /// Those that are folders.
    pub(super) captures: HashMap<Key, source::CaptureEntry>,
    /// Those that are not asked themselves.
    pub(super) roads: HashMap<Key, Road>,
    /// The sources, in words, without secrets.
    pub(super) shown: String,
}

pub(super) fn key(target: &FleetTarget) -> Key {
    (target.service.clone(), target.instance.clone())
}

/// The positions of the instances that were read.
#[derive(Default)]
struct Known {
    names: HashMap<Key, usize>,
    /// By service and place, with the number of the source: one source may have several instances behind one URL.
    places: HashMap<Key, (usize, usize)>,
}

impl Known {
    /// The position of an instance with this name, or that another source has at this place of its service. If there is none, `next` becomes
    /// its position. `source` is `None` for an instance that is not asked itself.
    fn position(&mut self, target: &FleetTarget, source: Option<usize>, next: usize) -> Option<usize> {
        let place = source::Target::parse(&target.place).ok().zip(source);
        let place = place.map(|(it, source)| ((target.service.clone(), it.to_arg()), source));
        let of_place = place.as_ref().and_then(|(it, source)| {
            self.places.get(it).filter(|(_, first)| first != source).map(|(position, _)| *position)
        });
        if let Some(first) = self.names.get(&key(target)).copied().or(of_place) {
            return Some(first);
        }
        self.names.insert(key(target), next);
        if let Some((place, source)) = place {
            self.places.entry(place).or_insert((next, source));
        }
        None
    }
}

/// Reads all sources, in the order of the help.
pub(super) fn read(
    args: &SweepArgs,
    credentials: &Credentials,
    terminal: &Terminal,
) -> Result<Read, Failure> {
    let names = label_names(args);
    let mut read =
        Read { targets: Vec::new(), captures: HashMap::new(), roads: HashMap::new(), shown: String::new() };
    let mut known = Known::default();
    let mut add = |read: &mut Read, it: Found, source: usize, capture: Option<source::CaptureEntry>| {
        let Found { target, road } = it;
        let is_direct = matches!(road, Road::Direct) && capture.is_none();
        if let Some(first) = known.position(&target, is_direct.then_some(source), read.targets.len()) {
            let Some(first) = read.targets.get_mut(first) else { return };
            // Whom a source names for what it shows may be listed before.
            match target.precedence {
                Some(named) => first.precedence = Some(first.precedence.map_or(named, |it| it.min(named))),
                None if first.precedence.is_some() => {}
                None => {
                    let twice = "listed in several places; the first one counts";
                    terminal.warning(&format!("{} {}: {twice}", target.service, target.instance));
                }
            }
            return;
        }
        if let Some(capture) = capture {
            read.captures.insert(key(&target), capture);
        } else if !is_direct {
            read.roads.insert(key(&target), road);
        }
        read.targets.push(target);
    };
    let mut shown: Vec<String> = Vec::new();
    for path in &args.targets {
        let bytes = source::read_input(path, MAX_LIST)?;
        let name = inputs::name(path);
        let text =
            String::from_utf8(bytes).map_err(|_| Failure::input(anyhow!("the list {name} is not UTF-8")))?;
        let listed = fleet::parse_list(&text, &names)
            .map_err(|error| Failure::input(error).context(format!("the list {name}")))?;
        listed.warnings.iter().for_each(|it| terminal.warning(it));
        for target in listed.targets {
            add(&mut read, Found { target, road: Road::Direct }, shown.len(), None);
        }
        shown.push(format!("targets {name}"));
    }
    let asking = http_options(args);
    let pprof = args.source.pprof();
    let sources = sweep::Sources { names: &names, credentials, pprof: &pprof, asking: &asking };
    for (what, answer) in servers(args, &sources) {
        let answer = answer?;
        answer.warnings.iter().for_each(|it| terminal.warning(it));
        answer.found.into_iter().for_each(|it| add(&mut read, it, shown.len(), None));
        shown.push(what);
    }
    for folder in &args.captures {
        for listed in sweep::listed_captures(folder)? {
            let found = Found { target: listed.target, road: Road::Direct };
            add(&mut read, found, shown.len(), Some(listed.capture));
        }
        shown.push(format!("captures {}", inputs::name(folder)));
    }
    for pattern in credentials.unused_sources() {
        terminal.warning(&format!("credentials: no source matches {pattern}"));
    }
    read.shown = shown.join(", ");
    Ok(read)
}

type Answered = (String, Result<sweep::SourceAnswer, Failure>);

/// The servers, each asked when it is its turn.
fn servers<'a>(args: &'a SweepArgs, sources: &'a sweep::Sources<'a>) -> impl Iterator<Item = Answered> {
    let it = &args.source;
    let named = |what: &str, url: &str| {
        let origin = source::Target::parse(url).map(|target| target.origin().to_owned());
        format!("{what} {}", origin.unwrap_or_default())
    };
    let stored = |url: &'a String| sweep::StoredOptions {
        url,
        matching: it.matching.as_deref(),
        tenant: it.tenant.as_deref(),
        within: it.within,
        now: jiff::Timestamp::now(),
    };
    let lists = it.http_sd.iter().map(move |url| (named("http-sd", url), sweep::http_sd(url, sources)));
    let prometheus = it.prometheus.iter().map(move |url| {
        let options = sweep::PrometheusOptions { url, queries: &it.query, peers: it.peers };
        (named("prometheus", url), sweep::prometheus(&options, sources))
    });
    let kubernetes = it.kubernetes.iter().map(move |url| {
        let options = sweep::KubernetesOptions {
            url: url.clone(),
            selection: kubernetes::Selection {
                namespace: it.namespace.clone(),
                selector: it.selector.clone(),
            },
            via: it.via,
        };
        (named("kubernetes", url.as_deref().unwrap_or("in-cluster")), sweep::kubernetes(&options, sources))
    });
    let pyroscope = it
        .pyroscope
        .iter()
        .map(move |url| (named("pyroscope", url), sweep::pyroscope(&stored(url), sources)));
    let parca = it.parca.iter().map(move |url| (named("parca", url), sweep::parca(&stored(url), sources)));
    lists.chain(prometheus).chain(kubernetes).chain(pyroscope).chain(parca)
}

fn label_names(args: &SweepArgs) -> LabelNames {
    let mut names = LabelNames::default();
    for (what, labels) in &args.label {
        match what.as_str() {
            "service" => names.service.clone_from(labels),
            "version" => names.version.clone_from(labels),
            "team" => names.team.clone_from(labels),
            _ => names.instance.clone_from(labels),
        }
    }
    names
}
