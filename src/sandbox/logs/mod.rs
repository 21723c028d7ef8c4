//! The past of the company: four weeks of calls and chats, made from the seed when they are first asked for.

pub(crate) mod calls;
pub(crate) mod changes;
pub(crate) mod chats;
pub(crate) mod random;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::sandbox::dn;
use crate::sandbox::logs::calls::Call;
use crate::sandbox::logs::chats::Chat;
use crate::sandbox::logs::random::Random;
use crate::sandbox::store::{Store, text};

const DAYS: i64 = 28;

#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) cast: Cast,
    pub(crate) calls: Vec<Call>,
    pub(crate) chats: Vec<Chat>,
}

/// Who appears in the logs, as they were called at the beginning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cast {
    pub(crate) seed: u64,
    #[serde(skip)]
    pub(crate) born: Timestamp,
    /// How many times the past of the small company they have.
    pub(crate) volume: u32,
    pub(crate) users: Vec<Party>,
    pub(crate) queues: Vec<Party>,
    pub(crate) outside: Vec<Party>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) number: String,
    pub(crate) name: String,
}

/// A thousand times the small company's past is six million entries.
const MAX_VOLUME: u32 = 1000;
/// Entries name their people by places of sixteen bits.
const MAX_PARTIES: usize = 65_535;

impl Cast {
    /// Can entries be made of it?
    pub(crate) fn fits(&self) -> bool {
        let parties = [&self.users, &self.queues, &self.outside];
        self.volume <= MAX_VOLUME && parties.iter().all(|list| list.len() <= MAX_PARTIES)
    }

    pub(crate) fn of(store: &Store, seed: u64, born: Timestamp) -> Cast {
        let parties = |set: &str, number: &str| {
            let rows = store.rows(set).iter();
            rows.map(|row| Party { number: text(row, number).to_owned(), name: dn::name(row) }).collect()
        };
        Cast {
            seed,
            born,
            volume: 1,
            users: parties("Users", "Number"),
            queues: parties("Queues", "Number"),
            outside: parties("Contacts", "PhoneNumber"),
        }
    }
}

impl Logs {
    pub(crate) fn new(cast: &Cast) -> Logs {
        let mut random = Random::new(cast.seed ^ 0xCA11);
        let days = days(cast.born);
        let calls = calls::generate(cast, &days, &mut random);
        let chats = chats::generate(cast, &days, &mut random);
        Logs { cast: cast.clone(), calls, chats }
    }
}

/// A day of the company: its midnight and whether people work.
pub(crate) struct Day {
    midnight: i64,
    workday: bool,
}

fn days(born: Timestamp) -> Vec<Day> {
    let zone = TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC);
    let days = (0..=DAYS).rev().filter_map(|back| {
        let date = born.checked_sub(SignedDuration::from_hours(24 * back)).ok()?.to_zoned(zone.clone()).date();
        let midnight = date.to_zoned(zone.clone()).ok()?.timestamp().as_millisecond();
        Some(Day { midnight, workday: date.weekday().to_monday_one_offset() <= 5 })
    });
    days.collect()
}

impl Day {
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
