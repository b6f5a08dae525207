//! Collects goroutines from the lines of one or several lists.

use std::collections::HashMap;

use super::goroutine::Listed;
use super::goroutine::Waits;
use super::line::Line;
use super::line::Location;
use super::line::Name;
use super::line::Place;
use super::line::Position;
use super::line::Wait;
use super::line::parse;
use crate::decode::DecodeError;
use crate::decode::Limits;
use crate::model::Form;
use crate::model::FormFacts;
use crate::model::Frame;
use crate::model::FunctionId;
use crate::model::Kind;
use crate::model::Profile;
use crate::model::RowKind;
use crate::model::State;
use crate::model::StateId;

const FORM: Form = Form(&FormFacts { name: "delve", rows: RowKind::Goroutine, shows_runtime: false });

pub(super) struct Reader<'l> {
    limits: &'l Limits,
    pub(super) profile: Profile,
    pub(super) goroutines: Vec<Listed>,
    /// From a goroutine's id to its index.
    index: HashMap<u64, usize>,
    states: HashMap<String, StateId>,
    /// The goroutine that the lines below belong to.
    open: Option<usize>,
    /// A function of a stack, whose position follows.
    pending: Option<(usize, FunctionId)>,
    /// The line before, if it may be the name of a group.
    heading: Option<String>,
    group: Option<Group>,
    has_groups: bool,
    /// The number of the current list.
    list: usize,
    /// How many goroutines Delve says there are.
    claimed: Option<u64>,
    pub(super) cut_at: Option<u64>,
    pub(super) too_many_groups: bool,
    pub(super) is_earlier_list_dropped: bool,
    /// Goroutines that only the total of their group counts.
    pub(super) only_counted: u64,
    pub(super) unreadable: u64,
    pub(super) labels_left_out: u64,
    pub(super) waits: Waits,
}

/// A group of `-group`: its name, and what was listed of it.
struct Group {
    name: String,
    members: u64,
    /// The id of its first member; `None` if Delve could not read it.
    first: Option<u64>,
}

impl<'l> Reader<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Reader {
            limits,
            profile: Profile::new(FORM, Kind::Goroutine),
            goroutines: Vec::new(),
            index: HashMap::new(),
            states: HashMap::new(),
            open: None,
            pending: None,
            heading: None,
            group: None,
            has_groups: false,
            list: 0,
            claimed: None,
            cut_at: None,
            too_many_groups: false,
            is_earlier_list_dropped: false,
            only_counted: 0,
            unreadable: 0,
            labels_left_out: 0,
            waits: Waits::default(),
        }
    }

    /// Reads a line without colours. `is_last` is whether it is the last one of the text that is not empty.
    pub(super) fn read(&mut self, text: &str, number: u64, is_last: bool) -> Result<(), DecodeError> {
        let line = parse(text);
        let heading = self.heading.take();
        match line {
            Line::Goroutine(id, place, location, wait) => {
                self.open_goroutine(Some(id), Some(place), heading)?;
                if location.name == Name::Cut && is_last {
                    self.cut_at = Some(number);
                }
                let frame = self.frame_at(location, is_last);
                self.set_place(place, frame);
                self.set_wait(&wait);
            }
            Line::CutGoroutine(id) => {
                self.open_goroutine(Some(id), None, heading)?;
                self.cut_at = Some(number);
            }
            Line::Heading(id) => {
                self.open_goroutine(Some(id), None, heading)?;
            }
            Line::Unreadable => {
                self.open_goroutine(None, None, heading)?;
                self.unreadable += 1;
            }
            Line::Place(place, location) => {
                let frame = self.frame_at(location, false);
                self.set_place(place, frame);
            }
            Line::Frame(frame, function) => self.start_frame(frame, function)?,
            Line::At(position) => self.end_frame(Some(position))?,
            Line::Labels(pairs, more) => {
                self.labels_left_out += more;
                let labels = self.profile.labels.intern(&pairs);
                if let Some(open) = self.opened() {
                    open.labels = labels;
                }
            }
            Line::Truncated => self.end_frame(None)?,
            Line::Total(total) => self.close_group(total)?,
            Line::Count(count) => {
                self.claimed = self.claimed.max(Some(count));
                self.end_list()?;
            }
            Line::TooManyGroups => self.too_many_groups = true,
            Line::Empty => {}
            Line::Other if text.trim_start().starts_with("(dlv)") => self.end_list()?,
            Line::Other => self.heading = Some(text.trim().to_owned()),
        }
        if is_last {
            self.end_frame(None)?;
        }
        Ok(())
    }

    /// How many goroutines Delve says there are; `None` if the total of the last group is missing.
    pub(super) fn claimed(&self) -> Option<u64> {
        self.claimed.filter(|_| !self.has_groups || self.group.is_none())
    }

    fn opened(&mut self) -> Option<&mut Listed> {
        self.goroutines.get_mut(self.open?)
    }

    fn open_goroutine(
        &mut self,
        id: Option<u64>,
        place: Option<Place>,
        heading: Option<String>,
    ) -> Result<(), DecodeError> {
        self.end_frame(None)?;
        let known = id.and_then(|id| self.index.get(&id).copied());
        let before = known.and_then(|at| self.goroutines.get(at));
        let is_repeated = before.is_some_and(|it| place.is_none_or(|place| it.states(place)));
        let is_earlier = before.is_some_and(|it| it.list < self.list);
        // Goroutines that only a total counts may be those that another list shows.
        let cannot_join = self.goroutines.iter().any(|it| it.list < self.list && it.count > 1);
        if (is_repeated && is_earlier) || cannot_join {
            self.drop_earlier_lists();
        }
        let at = match id.and_then(|id| self.index.get(&id).copied()) {
            Some(at) => at,
            None => {
                self.limits.check_rows(self.goroutines.len() + 1)?;
                self.goroutines.push(Listed::new(id, 1, self.list));
                self.index.extend(id.map(|id| (id, self.goroutines.len() - 1)));
                self.goroutines.len() - 1
            }
        };
        self.open = Some(at);
        let list = self.list;
        if let Some(open) = self.opened() {
            open.list = list;
        }
        if let Some(name) = heading {
            self.group = Some(Group { name, members: 0, first: id });
        }
        if let Some(group) = &mut self.group {
            group.members += 1;
        }
        Ok(())
    }

    /// Drops the goroutines that the current list does not mention: they are from an earlier time.
    fn drop_earlier_lists(&mut self) {
        self.is_earlier_list_dropped = true;
        self.claimed = None;
        let list = self.list;
        self.goroutines.retain(|it| it.list == list);
        let ids = self.goroutines.iter().zip(0..).filter_map(|(it, at)| Some((it.id?, at)));
        self.index = ids.collect();
        self.only_counted = 0;
    }

    fn end_list(&mut self) -> Result<(), DecodeError> {
        self.end_frame(None)?;
        self.open = None;
        self.group = None;
        self.list += 1;
        Ok(())
    }

    /// The frame of a location; `None` if Delve does not know its function. In the last line the name may be cut; then it is that of
    /// another goroutine at the same position, if there is one.
    fn frame_at(&mut self, location: Location<'_>, is_last: bool) -> Option<Frame> {
        let Location { position: Position { file, line }, function, name } = location;
        if function.is_empty() {
            return None;
        }
        if name == Name::Cut && is_last {
            let symbols = &self.profile.symbols;
            let places = |it: &Listed| [it.runtime, it.user, it.go, it.start];
            return self.goroutines.iter().flat_map(places).flatten().find(|it| {
                it.line == line
                    && symbols.file(it.file) == file
                    && symbols.function(it.function).starts_with(function)
            });
        }
        let symbols = &mut self.profile.symbols;
        Some(Frame { function: symbols.intern_function(function), file: symbols.intern_file(file), line })
    }

    fn set_place(&mut self, place: Place, frame: Option<Frame>) {
        let is_spawn = |it: &Frame| self.profile.symbols.function(it.function) != "runtime.rt0_go";
        // The main goroutine is started by the program's entry point.
        let frame = frame.filter(|it| place != Place::Go || is_spawn(it));
        if let Some(open) = self.opened() {
            open.set_place(place, frame);
        }
    }

    fn set_wait(&mut self, wait: &Wait<'_>) {
        self.waits.add(wait);
        let Some(reason) = wait.reason else { return };
        let Reader { states, profile, .. } = self;
        let state = *states.entry(reason.to_owned()).or_insert_with(|| {
            profile.states.push(State { reason: reason.to_owned(), ..State::default() });
            StateId(u32::try_from(profile.states.len() - 1).unwrap_or(u32::MAX))
        });
        if let Some(open) = self.opened() {
            open.state = Some(state);
        }
    }

    fn start_frame(&mut self, number: usize, function: &str) -> Result<(), DecodeError> {
        self.end_frame(None)?;
        if self.opened().is_some_and(|open| open.expects_frame(number)) {
            self.pending = Some((number, self.profile.symbols.intern_function(function)));
        }
        Ok(())
    }

    fn end_frame(&mut self, position: Option<Position<'_>>) -> Result<(), DecodeError> {
        let Some((number, function)) = self.pending.take() else { return Ok(()) };
        let Position { file, line } = position.unwrap_or(Position { file: "", line: 0 });
        let file = self.profile.symbols.intern_file(file);
        let Some(open) = self.open.and_then(|at| self.goroutines.get_mut(at)) else { return Ok(()) };
        let Profile { symbols, stacks, .. } = &mut self.profile;
        open.add_frame(number, Frame { function, file, line }, (symbols, stacks), self.limits)
    }

    /// Ends a group. The goroutines that its total counts besides the members are as their group's name says.
    fn close_group(&mut self, total: u64) -> Result<(), DecodeError> {
        self.end_frame(None)?;
        self.open = None;
        if self.goroutines.iter().any(|it| it.list < self.list) {
            self.drop_earlier_lists();
        }
        self.has_groups = true;
        self.claimed = Some(self.claimed.unwrap_or(0).saturating_add(total));
        let Some(group) = self.group.take() else { return Ok(()) };
        let more = total.saturating_sub(group.members);
        if more == 0 {
            return Ok(());
        }
        self.only_counted += more;
        let mut others = Listed::new(None, more, self.list);
        if let Some(first) = group.first.and_then(|id| self.goroutines.get(*self.index.get(&id)?)) {
            let common = [Place::Runtime, Place::User, Place::Go, Place::Start].map(|it| (it, first.at(it)));
            for (place, frame) in
                common.into_iter().filter(|(_, frame)| frame.is_some_and(|it| self.names(&group, it)))
            {
                others.set_place(place, frame);
            }
        }
        if let Some((key, value)) = group.name.split_once('=')
            && !matches!(key, "running" | "user")
            && !key.contains(':')
            && !value.is_empty()
        {
            others.labels = self.profile.labels.intern(&[(key.into(), value.into())]);
        }
        self.limits.check_rows(self.goroutines.len() + 1)?;
        self.goroutines.push(others);
        Ok(())
    }

    /// Whether a group is named after a frame: `/srv/main.go:5 in main.worker`. Delve shortens the paths of its members.
    fn names(&self, group: &Group, frame: Frame) -> bool {
        let symbols = &self.profile.symbols;
        let Some((position, function)) = group.name.rsplit_once(" in ") else { return false };
        let Some((file, line)) = position.rsplit_once(':') else { return false };
        let short = symbols.file(frame.file).trim_start_matches("./");
        line.parse() == Ok(frame.line)
            && file.ends_with(short)
            && function == symbols.function(frame.function)
    }
}
