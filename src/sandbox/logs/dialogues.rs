//! What people say in chats: exchanges of a question and what follows it. `{}` is one number for the whole exchange.

/// The lines of an exchange; the first speaker has the even ones.
pub(super) type Exchange = &'static [&'static str];

/// Between colleagues.
pub(super) const INSIDE: [Exchange; 12] = [
    &["Are you free for a moment?", "Yes, what is it?", "Please call customer {} back.", "Will do."],
    &["Can you take the next call from the queue?", "Yes, give me two minutes.", "Thanks!"],
    &["The delivery for order {} has arrived.", "Great, I will tell the customer."],
    &["Lunch at noon?", "I am in a meeting until one, can we say half past?", "Fine with me."],
    &["I have put the offer on the drive.", "Thank you, I will look at it this afternoon."],
    &["Who covers the desk this afternoon?", "I do, from two o'clock.", "Good, then I can leave at three."],
    &["Ticket {} can be closed.", "Done."],
    &["Do you know why invoice {} came back?", "The address was wrong.", "I will send it again."],
    &["Is the printer broken again?", "It only has no paper.", "Now it has some."],
    &["Could you check the stock of article {}?", "There are twelve left.", "That is enough, thanks."],
    &["Did the carrier call back?", "Not yet.", "Then I will try them again."],
    &["Customer {} asks for a discount.", "Five percent, not more.", "I will tell them."],
];

/// From a visitor of the website or the sender of a message to an agent.
pub(super) const OUTSIDE: [Exchange; 12] = [
    &["Where is my order {}?", "Let me look that up for you.", "Great.", "It left our warehouse this morning."],
    &[
        "Do you have widget type {} in stock?",
        "Yes, we have some here.",
        "How long does the delivery take?",
        "Two days.",
    ],
    &["My invoice {} shows the wrong address.", "I am sorry. I have sent you a corrected copy."],
    &[
        "The blue widget does not fit, can I return it?",
        "Of course, within thirty days.",
        "How?",
        "The label is in the box.",
    ],
    &["When do you open on Saturday?", "We are closed on Saturdays, but open at eight on Monday."],
    &["Can I change the address of order {}?", "Yes, where should it go?", "To our warehouse.", "I have changed it."],
    &["Is there a manual for type {}?", "Yes, you find it on our website under support.", "Found it, thanks."],
    &["Do you ship abroad?", "Yes, to all of Europe.", "And what does it cost?", "Ten euros for each parcel."],
    &["I cannot log in to the shop.", "I have reset your account, please try again.", "Now it works."],
    &["One part is missing from parcel {}.", "I am sorry about that. We send it today.", "Thank you."],
    &["Could somebody call me about an offer?", "Gladly. When does it suit you?", "Tomorrow morning.", "It is noted."],
    &["Can I pay order {} by invoice?", "Yes, choose it at the end of the order.", "I see it now."],
];

pub(super) const GREETING: Exchange = &["Hello!", "Hello, how can I help you?"];
pub(super) const FAREWELL: Exchange = &["Thank you, that helped!", "You are welcome. Have a nice day!"];

/// What those ask whom nobody answers.
pub(super) const IN_VAIN: Exchange = &["Hello?", "Is anybody there?", "I will call you instead."];
