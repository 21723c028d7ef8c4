//! Calls: one compact entry for each, planned day by day, and what the reports want to know of one.

use crate::sandbox::logs::cast::{Cast, Line, NOBODY, Team, choice};
use crate::sandbox::logs::random::Random;
use crate::sandbox::logs::{Day, Logs, Party};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Inbound,
    Outbound,
    Internal,
}

/// Where a call went before somebody took it: a place among the queues or ring groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Through {
    Nothing,
    Queue(u16),
    RingGroup(u16),
}

/// Times in milliseconds, parties as places in the cast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Call {
    pub(crate) id: u32,
    pub(crate) start: i64,
    pub(crate) ringing: u32,
    /// 0 for a call that nobody answered.
    pub(crate) talking: u32,
    pub(crate) direction: Direction,
    pub(crate) through: Through,
    /// Who called or took the call; of a lost one, whose phone rang last.
    user: u16,
    /// The other user of an internal call, else who is outside.
    other: u16,
    /// The number that was called from outside.
    line: u16,
}

/// The calls of a day in their order. Whoever looks first at the newborn company finds some that run.
pub(super) fn plan(cast: &Cast, day: &Day, random: &mut Random) -> Vec<Call> {
    let number = if day.workday { random.between(130, 190) } else { random.between(4, 14) };
    let mut calls: Vec<Call> = (0..number * i64::from(cast.volume)).map(|_| call(cast, day, random)).collect();
    calls.retain(|call| call.end() < day.born || call.start > day.born);
    if let Some(born) = day.birth {
        calls.extend(running(cast, born));
    }
    calls.sort_by_key(|call| call.start);
    calls
}

fn call(cast: &Cast, day: &Day, random: &mut Random) -> Call {
    let direction = match random.below(10) {
        0..=4 => Direction::Inbound,
        5..=7 => Direction::Outbound,
        _ => Direction::Internal,
    };
    let through = match (direction, random.below(100)) {
        (Direction::Inbound, 0..55) if !cast.queues.is_empty() => {
            Through::Queue(random.below(choice(&cast.queues)) as u16)
        }
        (Direction::Inbound, 55..70) if !cast.ring_groups.is_empty() => {
            Through::RingGroup(random.below(choice(&cast.ring_groups)) as u16)
        }
        _ => Through::Nothing,
    };
    let team = match through {
        Through::Queue(place) => cast.queues.get(usize::from(place)),
        Through::RingGroup(place) => cast.ring_groups.get(usize::from(place)),
        Through::Nothing => None,
    };
    let user = match team {
        Some(team) => random.pick(&team.members).copied(),
        None => Some(random.below(choice(&cast.users)) as u16),
    };
    let other = match direction {
        // Never the same person: a step of at least one around the circle.
        Direction::Internal => {
            let step = 1 + random.below(choice(&cast.users) - 1);
            ((u64::from(user.unwrap_or_default()) + step) % choice(&cast.users)) as u16
        }
        _ => random.below(choice(&cast.outside)) as u16,
    };
    let line = random.below(choice(&cast.lines)) as u16;
    let answered = random.chance(if direction == Direction::Outbound { 82 } else { 88 }) && user.is_some();
    let ringing = random.between(1500, if answered { 24_000 } else { 60_000 }) as u32;
    // Most calls are short: the product of two chances leans to the small end.
    let length = 8000 + random.below(1000) * random.below(1000) * 9 / 10;
    let talking = if answered { length as u32 } else { 0 };
    let user = user.unwrap_or_default();
    Call { id: 0, start: day.moment(random), ringing, talking, direction, through, user, other, line }
}

/// Somebody talks to a customer, somebody waits in the queue for support, and two colleagues have a word.
fn running(cast: &Cast, born: i64) -> Vec<Call> {
    let user = |place: u64| place.min(choice(&cast.users) - 1) as u16;
    let other = |place: u64| place.min(choice(&cast.outside) - 1) as u16;
    let queue = if cast.queues.len() > 1 { Through::Queue(1) } else { Through::Nothing };
    let call = |ago: i64, ringing: u32, talking: u32, direction: Direction| Call {
        id: 0,
        start: born - ago * 1000,
        ringing: ringing * 1000,
        talking: talking * 1000,
        direction,
        through: Through::Nothing,
        user: user(6),
        other: other(3),
        line: 0,
    };
    vec![
        call(184, 9, 420, Direction::Outbound),
        Call { user: user(1), other: user(10), ..call(47, 6, 150, Direction::Internal) },
        Call { user: user(5), other: other(8), through: queue, ..call(31, 75, 240, Direction::Inbound) },
    ]
}

impl Call {
    pub(crate) fn end(&self) -> i64 {
        self.start + i64::from(self.ringing) + i64::from(self.talking)
    }

    pub(crate) fn answered(&self) -> bool {
        self.talking > 0
    }

    /// Ends the call at a moment while it runs.
    fn cut(&mut self, at: i64) {
        let ringing = (at - self.start).clamp(0, i64::from(self.ringing)) as u32;
        let talking = (at - self.start - i64::from(self.ringing)).clamp(0, i64::from(self.talking)) as u32;
        (self.ringing, self.talking) = (ringing, talking);
    }
}

/// One end of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Side<'a> {
    /// The number inside the PBX: an extension, a queue or a trunk.
    pub(crate) dn: &'a str,
    pub(crate) caller_number: &'a str,
    pub(crate) name: &'a str,
    pub(crate) dn_type: i64,
}

pub(crate) const EXTENSION: i64 = 0;
pub(crate) const EXTERNAL_LINE: i64 = 1;
const RING_GROUP: i64 = 2;
const QUEUE: i64 = 4;

fn side(party: &Party, dn_type: i64) -> Side<'_> {
    Side { dn: &party.number, caller_number: &party.number, name: &party.name, dn_type }
}

/// A call with the names of those who take part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) logs: &'a Logs,
    pub(crate) call: &'a Call,
}

impl<'a> Shown<'a> {
    /// Of the cast, or behind it of those whom only a made call knows.
    fn party(self, cast: &'a [Party], place: u16) -> &'a Party {
        let place = usize::from(place);
        let strangers = &self.logs.strangers;
        cast.get(place).or_else(|| strangers.get(place - cast.len())).unwrap_or(&NOBODY)
    }

    pub(crate) fn line(self) -> Option<&'a Line> {
        match self.call.direction {
            Direction::Inbound => self.logs.cast.lines.get(usize::from(self.call.line)),
            Direction::Outbound => Some(&self.logs.cast.exit),
            Direction::Internal => None,
        }
    }

    fn outside(self) -> Side<'a> {
        let party = self.party(&self.logs.cast.outside, self.call.other);
        let trunk = self.line().map_or("10000", |line| &line.trunk.number);
        Side { dn: trunk, ..side(party, EXTERNAL_LINE) }
    }

    fn extension(self, place: u16) -> Side<'a> {
        side(self.party(&self.logs.cast.users, place), EXTENSION)
    }

    pub(crate) fn source(self) -> Side<'a> {
        match self.call.direction {
            Direction::Inbound => self.outside(),
            Direction::Outbound | Direction::Internal => self.extension(self.call.user),
        }
    }

    /// Whoever took the call or, if nobody did, where it rang.
    pub(crate) fn destination(self) -> Side<'a> {
        let team = self.team().filter(|_| !self.call.answered());
        match (team, self.call.through, self.call.direction) {
            (Some(team), Through::Queue(_), _) => side(&team.party, QUEUE),
            (Some(team), _, _) => side(&team.party, RING_GROUP),
            _ => self.person(),
        }
    }

    /// The person at the far end, even of a call that waited for others.
    pub(crate) fn person(self) -> Side<'a> {
        match self.call.direction {
            Direction::Inbound => self.extension(self.call.user),
            Direction::Outbound => self.outside(),
            Direction::Internal => self.extension(self.call.other),
        }
    }

    fn team(self) -> Option<&'a Team> {
        match self.call.through {
            Through::Queue(place) => self.logs.cast.queues.get(usize::from(place)),
            Through::RingGroup(place) => self.logs.cast.ring_groups.get(usize::from(place)),
            Through::Nothing => None,
        }
    }

    pub(crate) fn queue(self) -> Option<&'a Party> {
        self.team().filter(|_| matches!(self.call.through, Through::Queue(_))).map(|team| &team.party)
    }

    pub(crate) fn ring_group(self) -> Option<&'a Party> {
        self.team().filter(|_| matches!(self.call.through, Through::RingGroup(_))).map(|team| &team.party)
    }

    /// What the call costs by the minute, as the company's rates have it.
    pub(crate) fn cost(self) -> f64 {
        let minutes = u64::from(self.call.talking).div_ceil(60_000);
        if self.call.direction == Direction::Outbound { (minutes * 2) as f64 / 100.0 } else { 0.0 }
    }

    /// An id of the database; `salt` tells the several ids of a call apart.
    pub(crate) fn guid(self, salt: u64) -> String {
        Random::new(self.logs.cast.seed ^ (u64::from(self.call.id) << 8) ^ salt).guid()
    }
}

/// The first id of calls that are made through the API: beyond all that can be planned, and an id of 32 bits when it
/// is doubled.
const MADE: u32 = 500_000_000;

impl Logs {
    /// Somebody calls a number: it rings, is answered, and ends by itself.
    pub(crate) fn make(&mut self, from: Party, to: Party, internal: bool, at: i64) {
        let id = MADE + self.made.len() as u32 + 1;
        let mut random = Random::new(self.cast.seed ^ u64::from(id));
        let user = self.place_of(from, |cast| &cast.users);
        let other =
            if internal { self.place_of(to, |cast| &cast.users) } else { self.place_of(to, |cast| &cast.outside) };
        let direction = if internal { Direction::Internal } else { Direction::Outbound };
        self.made.push(Call {
            id,
            start: at,
            ringing: random.between(5000, 14_000) as u32,
            talking: random.between(40_000, 240_000) as u32,
            direction,
            through: Through::Nothing,
            user,
            other,
            line: 0,
        });
    }

    fn place_of(&mut self, party: Party, of: fn(&Cast) -> &[Party]) -> u16 {
        let known = of(&self.cast);
        let place = known.iter().position(|known| known.number == party.number).unwrap_or_else(|| {
            let place = self.strangers.iter().position(|stranger| *stranger == party).unwrap_or(self.strangers.len());
            if place == self.strangers.len() {
                self.strangers.push(party);
            }
            of(&self.cast).len() + place
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Ends a call; false where no such call runs.
    pub(crate) fn drop_call(&mut self, id: u32, at: i64) -> bool {
        // Both lists are numbered in their order.
        let (list, first) = if id > MADE { (&mut self.made, MADE) } else { (&mut self.calls, 0) };
        let found = id.checked_sub(first + 1).and_then(|place| list.get_mut(place as usize));
        let runs = found.filter(|call| call.start <= at && call.end() > at);
        runs.map(|call| call.cut(at)).is_some()
    }

    pub(crate) fn shown<'a>(&'a self, call: &'a Call) -> Shown<'a> {
        Shown { logs: self, call }
    }
}
