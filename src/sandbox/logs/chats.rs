//! The chat log: one compact entry for each message, and its two shapes in the API.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::sandbox::filter::Record;
use crate::sandbox::logs::random::Random;
use crate::sandbox::logs::{Cast, Day, Logs, Party, time};

const CONVERSATIONS: i64 = 250;

const INSIDE: [&str; 10] = [
    "Are you free for a moment?",
    "Can you take the next call from the queue?",
    "The delivery for order {} has arrived.",
    "Lunch at noon?",
    "I have put the offer on the drive.",
    "Please call customer {} back.",
    "Done, thanks!",
    "I am in a meeting until three.",
    "Who covers the desk this afternoon?",
    "Ticket {} can be closed.",
];
const QUESTIONS: [&str; 6] = [
    "Hello, where is my order {}?",
    "Do you have widget type {} in stock?",
    "My invoice {} shows the wrong address.",
    "The blue widget does not fit, can I return it?",
    "When do you open on Saturday?",
    "Thank you, that helped!",
];
const ANSWERS: [&str; 5] = [
    "Hello, let me look that up for you.",
    "Order {} left our warehouse this morning.",
    "Yes, we have {} of them here.",
    "I have sent you a corrected copy.",
    "You are welcome. Have a nice day!",
];

/// Parties are places in the cast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chat {
    pub(crate) id: u32,
    conversation: u32,
    pub(crate) sent: i64,
    user: u16,
    /// The other user, else who is outside.
    other: u16,
    /// Written by `user`, not by the other side.
    by_user: bool,
    pub(crate) kind: ChatKind,
    text: &'static str,
    number: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChatKind {
    Internal,
    LiveChat,
    Sms,
}

pub(crate) fn generate(cast: &Cast, days: &[Day], random: &mut Random) -> Vec<Chat> {
    if cast.users.len() < 2 || cast.outside.is_empty() {
        return Vec::new();
    }
    let mut chats = Vec::with_capacity(2400 * cast.volume as usize);
    for conversation in 1..=CONVERSATIONS * i64::from(cast.volume) {
        let Some(day) = random.pick(days) else { break };
        if day.workday || random.chance(15) {
            converse(cast, day, conversation as u32, random, &mut chats);
        }
    }
    let (oldest, newest) = (cast.born.as_millisecond() - 28 * 86_400_000, cast.born.as_millisecond());
    chats.retain(|chat| chat.sent >= oldest && chat.sent < newest);
    chats.sort_by_key(|chat| chat.sent);
    for (place, chat) in chats.iter_mut().enumerate() {
        chat.id = place as u32 + 1;
    }
    chats
}

fn converse(cast: &Cast, day: &Day, conversation: u32, random: &mut Random, chats: &mut Vec<Chat>) {
    let kind = match random.below(10) {
        0..=4 => ChatKind::Internal,
        5..=8 => ChatKind::LiveChat,
        _ => ChatKind::Sms,
    };
    let users = cast.users.len() as u64;
    let user = random.below(users);
    let other = match kind {
        ChatKind::Internal => (user + 1 + random.below(users - 1)) % users,
        _ => random.below(cast.outside.len() as u64),
    };
    let mut sent = day.moment(random);
    for place in 0..random.between(5, 18) {
        let by_user = if kind == ChatKind::Internal { random.chance(50) } else { place % 2 == 1 };
        let texts: &[&'static str] = match kind {
            ChatKind::Internal => &INSIDE,
            _ if by_user => &ANSWERS,
            _ => &QUESTIONS,
        };
        let text = random.pick(texts).copied().unwrap_or_default();
        let number = random.between(10, 9999) as u16;
        let (user, other) = (user as u16, other as u16);
        chats.push(Chat { id: 0, conversation, sent, user, other, by_user, kind, text, number });
        sent += random.between(4000, 180_000);
    }
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

impl ChatRow<'_> {
    /// The two sides: who wrote and who read.
    fn parties(&self) -> (&Party, &Party) {
        let (chat, cast) = (self.chat, &self.logs.cast);
        let user = &cast.users[usize::from(chat.user)];
        let others = if chat.kind == ChatKind::Internal { &cast.users } else { &cast.outside };
        let other = &others[usize::from(chat.other)];
        if chat.by_user { (user, other) } else { (other, user) }
    }

    fn outside(&self) -> bool {
        self.chat.kind != ChatKind::Internal
    }

    /// What is only known of a writer from outside.
    fn of_visitor(&self, value: impl FnOnce(&Party) -> String) -> Value {
        let (writer, _) = self.parties();
        if self.outside() && !self.chat.by_user { json!(value(writer)) } else { json!("") }
    }

    fn queue(&self) -> &str {
        let queue = self.logs.cast.queues.last().filter(|_| self.outside());
        queue.map_or("", |queue| &queue.number)
    }
}

impl Record for ChatRow<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, Value>> {
        let chat = self.chat;
        let (writer, reader) = self.parties();
        let address = format!("198.51.100.{}", chat.conversation % 250 + 1);
        let email = |party: &Party| format!("{}@example.com", party.name.to_lowercase().replace(' ', "."));
        Some(Cow::Owned(match name {
            "ChatName" if self.outside() => json!(format!("Website chat {}", chat.conversation)),
            "ChatName" | "SenderParticipantPbx" => json!(""),
            "ConversationId" => json!(chat.conversation),
            "MessageId" => json!(chat.id),
            "FromName" | "SenderParticipantName" => json!(writer.name),
            "FromNo" | "SenderParticipantNo" => json!(writer.number),
            "Recipients" => json!(reader.number),
            "IsExternal" => json!(self.outside()),
            "Message" => json!(chat.message()),
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
            "QueueNumber" => json!(self.queue()),
            "Source" => json!(if self.outside() { "https://www.example.com/shop" } else { "" }),
            "TimeSent" => json!(time(chat.sent)),
            _ => return None,
        }))
    }
}
