//! What happens at the company: calls and chats of four weeks before its birth and of every day after it.
//!
//! Each day is planned from the seed and its own date alone, so the plan is the same whenever it is looked at: what
//! has ended by now is history, what spans now is an active call, and the rest nobody knows yet.

pub(crate) mod call_rows;
pub(crate) mod calls;
pub(crate) mod cast;
pub(crate) mod chats;
mod dialogues;
pub(crate) mod journal;
pub(crate) mod random;

use std::ops::RangeInclusive;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

pub(crate) use crate::sandbox::logs::cast::{Cast, Party};

use crate::sandbox::logs::calls::Call;
use crate::sandbox::logs::chats::Chat;
use crate::sandbox::logs::random::Random;

/// The past reaches so many days back, and a clock that leaps is followed only so far.
const PAST_DAYS: i64 = 28;
const MOST_DAYS: i64 = 1000;
/// Days of many calls are fewer: planned entries must fit into memory.
const MOST_DAYS_OF_VOLUME: i64 = 50_000;
/// No planned call is longer, so that whoever looks for one that runs need not look at all before.
const LONGEST_CALL: i64 = 1_200_000;
const DAY: i64 = 86_400_000;

#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) cast: Cast,
    /// In the order in which they start; the newest of them are still to come.
    calls: Vec<Call>,
    chats: Vec<Chat>,
    /// Calls that callers of the API made.
    made: Vec<Call>,
    /// Those parties of made calls that the cast does not have.
    strangers: Vec<Party>,
    /// What began in these periods is forgotten.
    purged_calls: Vec<RangeInclusive<i64>>,
    purged_chats: Vec<RangeInclusive<i64>>,
    /// The next day to plan, counted from the birth of the company.
    next_day: i64,
    conversations: u32,
}

impl Logs {
    pub(crate) fn new(cast: &Cast) -> Logs {
        Logs {
            cast: cast.clone(),
            calls: Vec::with_capacity(4000 * cast.volume as usize),
            chats: Vec::with_capacity(2800 * cast.volume as usize),
            made: Vec::new(),
            strangers: Vec::new(),
            purged_calls: Vec::new(),
            purged_chats: Vec::new(),
            next_day: -PAST_DAYS,
            conversations: 0,
        }
    }

    /// Plans the days up to the one after `now`.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let born = self.cast.born;
        let ahead = (now.as_millisecond() - born.as_millisecond()).div_euclid(DAY) + 1;
        let most = MOST_DAYS.min(MOST_DAYS_OF_VOLUME / i64::from(self.cast.volume.max(1)));
        while self.next_day <= ahead.min(most) {
            if let Some(day) = Day::of(born, self.next_day) {
                self.plan(&day);
            }
            self.next_day += 1;
        }
    }

    fn plan(&mut self, day: &Day) {
        if self.cast.volume == 0 || self.cast.users.len() < 2 || self.cast.outside.is_empty() {
            return;
        }
        let oldest = self.cast.born.as_millisecond() - PAST_DAYS * DAY;
        let seed = self.cast.seed ^ (day.midnight as u64).wrapping_mul(0xD134_2543_DE82_EF95);
        let mut calls = calls::plan(&self.cast, day, &mut Random::new(seed ^ 0xCA11));
        calls.retain(|call| call.start >= oldest);
        for call in &mut calls {
            call.id = self.calls.len() as u32 + 1;
            self.calls.push(*call);
        }
        let mut chats = chats::plan(&self.cast, day, &mut Random::new(seed ^ 0xC4A7));
        chats.retain(|chat| chat.sent >= oldest);
        for chat in &mut chats {
            chat.id = self.chats.len() as u32 + 1;
            chat.conversation += self.conversations;
        }
        self.conversations = chats.iter().map(|chat| chat.conversation).max().unwrap_or(self.conversations);
        self.chats.append(&mut chats);
    }

    /// The planned calls that had begun by now, whether or not they have ended.
    fn begun(&self, now: i64) -> &[Call] {
        &self.calls[..self.calls.partition_point(|call| call.start <= now)]
    }

    /// The call log as it stands now, oldest first.
    pub(crate) fn calls(&self, now: Timestamp) -> Vec<&Call> {
        let now = now.as_millisecond();
        let kept = |call: &&Call| !self.purged_calls.iter().any(|period| period.contains(&call.start));
        let ended = |call: &&Call| call.end() <= now;
        let mut calls: Vec<&Call> = self.begun(now).iter().filter(ended).filter(kept).collect();
        let planned = calls.len();
        calls.extend(self.made.iter().filter(ended).filter(kept));
        // What was planned is in order: only calls that somebody made can stand in the wrong place.
        if calls.len() > planned {
            calls.sort_by_key(|call| call.start);
        }
        calls
    }

    /// The calls that ring or talk now.
    pub(crate) fn active(&self, now: Timestamp) -> impl Iterator<Item = &Call> {
        let now = now.as_millisecond();
        let begun = self.begun(now);
        let recent = &begun[begun.partition_point(|call| call.start < now - LONGEST_CALL)..];
        recent.iter().chain(&self.made).filter(move |call| call.start <= now && call.end() > now)
    }

    /// The messages that were sent by now, oldest first.
    pub(crate) fn chats(&self, now: Timestamp) -> impl DoubleEndedIterator<Item = &Chat> {
        let end = self.chats.partition_point(|chat| chat.sent <= now.as_millisecond());
        let kept = |chat: &&Chat| !self.purged_chats.iter().any(|period| period.contains(&chat.sent));
        self.chats[..end].iter().filter(kept)
    }

    pub(crate) fn forget_calls(&mut self, period: RangeInclusive<i64>) -> bool {
        self.purged_calls.push(period);
        true
    }

    pub(crate) fn forget_chats(&mut self, period: RangeInclusive<i64>) -> bool {
        self.purged_chats.push(period);
        true
    }
}

/// A day of the company: its midnights and whether people work.
pub(crate) struct Day {
    midnight: i64,
    next_midnight: i64,
    workday: bool,
    /// When the company was born, if this is the day.
    birth: Option<i64>,
    born: i64,
}

impl Day {
    fn of(born: Timestamp, index: i64) -> Option<Day> {
        let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
        let date = born.checked_add(SignedDuration::from_hours(24 * index)).ok()?.to_zoned(zone.clone()).date();
        let midnight = date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
        let next_midnight = date.tomorrow().ok()?.to_zoned(zone).ok()?.timestamp().as_millisecond();
        let born = born.as_millisecond();
        let birth = (midnight..next_midnight).contains(&born).then_some(born);
        Some(Day { midnight, next_midnight, workday: date.weekday().to_monday_one_offset() <= 5, birth, born })
    }

    /// A moment of the day: mornings and afternoons are busy, nights are not.
    fn moment(&self, random: &mut Random) -> i64 {
        const BUSY: [u8; 24] = [0, 0, 0, 0, 0, 0, 1, 4, 14, 22, 24, 20, 10, 18, 22, 20, 16, 9, 4, 2, 1, 1, 0, 0];
        let total: u64 = BUSY.iter().map(|weight| u64::from(*weight)).sum();
        let mut chosen = random.below(total);
        let mut hour = 0;
        for weight in BUSY {
            if chosen < u64::from(weight) {
                break;
            }
            chosen -= u64::from(weight);
            hour += 1;
        }
        self.midnight + hour * 3_600_000 + random.below(3_600_000) as i64
    }
}

/// Milliseconds since the epoch as the API writes a time.
pub(crate) fn time(milliseconds: i64) -> String {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}
