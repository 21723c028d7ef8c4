//! The chat log: one compact entry for each message, and its two shapes in the API.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::sandbox::filter::Record;
use crate::sandbox::logs::cast::{NOBODY, choice};
use crate::sandbox::logs::dialogues::{Exchange, FAREWELL, GREETING, IN_VAIN, INSIDE, OUTSIDE};
use crate::sandbox::logs::random::Random;
use crate::sandbox::logs::{Cast, Day, Logs, Party, time};

/// Parties are places in the cast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chat {
    pub(crate) id: u32,
    pub(crate) conversation: u32,
    pub(crate) sent: i64,
    user: u16,
    /// The other user, else who is outside.
    other: u16,
    /// Written by `user`, not by the other side.
    pub(crate) by_user: bool,
    pub(crate) kind: ChatKind,
    /// Nobody answers this conversation.
    pub(crate) abandoned: bool,
    /// Half as wide as the text itself would be.
    text: &'static &'static str,
    number: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatKind {
    Internal,
    LiveChat,
    Sms,
}

/// The messages of a day in their order; its conversations count from 1.
pub(super) fn plan(cast: &Cast, day: &Day, random: &mut Random) -> Vec<Chat> {
    let conversations = if day.workday { random.between(9, 15) } else { random.between(0, 3) };
    let mut chats = Vec::new();
    for conversation in 1..=conversations * i64::from(cast.volume) {
        converse(cast, day, conversation as u32, random, &mut chats);
    }
    chats.retain(|chat| chat.sent < day.next_midnight);
    chats.sort_by_key(|chat| chat.sent);
    chats
}

fn converse(cast: &Cast, day: &Day, conversation: u32, random: &mut Random, chats: &mut Vec<Chat>) {
    let kind = match random.below(10) {
        0..=4 => ChatKind::Internal,
        5..=8 => ChatKind::LiveChat,
        _ => ChatKind::Sms,
    };
    let users = choice(&cast.users);
    let agents = cast.queues.last().map_or(&[][..], |queue| &queue.members);
    let agent = random.pick(agents).copied().map(u64::from);
    let user = if kind == ChatKind::Internal { random.below(users) } else { agent.unwrap_or(random.below(users)) };
    let other = match kind {
        ChatKind::Internal => (user + 1 + random.below(users - 1)) % users,
        _ => random.below(choice(&cast.outside)),
    };
    let abandoned = kind == ChatKind::LiveChat && random.chance(12);
    let mut sent = day.moment(random);
    for (text, first, number) in lines(kind, abandoned, random) {
        let by_user = first == (kind == ChatKind::Internal);
        let (user, other) = (user as u16, other as u16);
        chats.push(Chat { id: 0, conversation, sent, user, other, by_user, kind, abandoned, text, number });
        // Nobody types an answer at once, and nobody waits for long.
        sent += random.between(4000, 95_000);
    }
}

/// A conversation: text, whether who began it says so, and the number it is about.
fn lines(kind: ChatKind, abandoned: bool, random: &mut Random) -> Vec<(&'static &'static str, bool, u16)> {
    let mut lines = Vec::new();
    let mut speak = |exchange: Exchange, number: i64| {
        lines.extend(exchange.iter().enumerate().map(|(place, text)| (text, place % 2 == 0, number as u16)));
    };
    let topics: &[Exchange] = if kind == ChatKind::Internal { &INSIDE } else { &OUTSIDE };
    let first = random.below(topics.len() as u64) as usize;
    if abandoned {
        let question = topics.get(first).and_then(|topic| topic.first());
        let number = random.between(1000, 9999) as u16;
        let shown = IN_VAIN.iter().take(1 + random.below(3) as usize);
        return question.into_iter().chain(shown).map(|text| (text, true, number)).collect();
    }
    if kind == ChatKind::LiveChat {
        speak(GREETING, 0);
    }
    // A step that shares no factor with their number never meets the same topic twice.
    for place in 0..random.between(1, 4) as usize {
        if let Some(topic) = topics.get((first + place * 5) % topics.len()) {
            speak(topic, random.between(1000, 9999));
        }
    }
    if kind != ChatKind::Internal {
        speak(FAREWELL, 0);
    }
    lines
}

impl Chat {
    fn message(&self) -> String {
        self.text.replacen("{}", &self.number.to_string(), 1)
    }
}

#[derive(Clone, Copy)]
pub(crate) struct ChatRow<'a> {
    pub(crate) logs: &'a Logs,
    pub(crate) chat: &'a Chat,
}

impl<'a> ChatRow<'a> {
    pub(crate) fn user(&self) -> &'a Party {
        self.logs.cast.users.get(usize::from(self.chat.user)).unwrap_or(&NOBODY)
    }

    pub(crate) fn other(&self) -> &'a Party {
        let cast = &self.logs.cast;
        let others = if self.chat.kind == ChatKind::Internal { &cast.users } else { &cast.outside };
        others.get(usize::from(self.chat.other)).unwrap_or(&NOBODY)
    }

    pub(crate) fn writer(&self) -> &'a Party {
        if self.chat.by_user { self.user() } else { self.other() }
    }

    pub(crate) fn reader(&self) -> &'a Party {
        if self.chat.by_user { self.other() } else { self.user() }
    }

    pub(crate) fn outside(&self) -> bool {
        self.chat.kind != ChatKind::Internal
    }

    /// What is only known of a writer from outside.
    fn of_visitor(&self, value: impl FnOnce(&Party) -> String) -> Value {
        if self.outside() && !self.chat.by_user { json!(value(self.writer())) } else { json!("") }
    }

    /// Messages from outside come in by the chat queue.
    pub(crate) fn queue(&self) -> Option<&'a Party> {
        self.logs.cast.queues.last().filter(|_| self.outside()).map(|queue| &queue.party)
    }

    pub(crate) fn message(&self) -> String {
        self.chat.message()
    }
}

pub(crate) fn email(party: &Party) -> String {
    format!("{}@example.com", party.name.to_lowercase().replace(' ', "."))
}

impl Record for ChatRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let chat = self.chat;
        let address = format!("198.51.100.{}", chat.conversation % 250 + 1);
        Some(Cow::Owned(match name {
            "ChatName" if self.outside() => json!(format!("Website chat {}", chat.conversation)),
            "ChatName" | "SenderParticipantPbx" => json!(""),
            "ConversationId" => json!(chat.conversation),
            "MessageId" => json!(chat.id),
            "FromName" | "SenderParticipantName" => json!(self.writer().name),
            "FromNo" | "SenderParticipantNo" => json!(self.writer().number),
            "Recipients" => json!(self.reader().number),
            "IsExternal" => json!(self.outside()),
            "Message" => json!(self.message()),
            "ParticipantEmail" | "SenderParticipantEmail" => self.of_visitor(email),
            "ParticipantIp" | "SenderParticipantIp" => self.of_visitor(|_| address),
            "ParticipantPhone" | "SenderParticipantPhone" => self.of_visitor(|party| party.number.clone()),
            "ParticipantsGroupsArray" => json!(["GRP0000"]),
            "ProviderName" => json!(if self.outside() { "Website" } else { "" }),
            "ProviderType" => json!(match chat.kind {
                ChatKind::Internal => "Internal",
                ChatKind::LiveChat => "LiveChat",
                ChatKind::Sms => "SMS",
            }),
            "QueueNumber" => json!(self.queue().map_or("", |queue| &queue.number)),
            "Source" => json!(if self.outside() { "https://www.example.com/shop" } else { "" }),
            "TimeSent" => json!(time(chat.sent)),
            _ => return None,
        }))
    }
}
