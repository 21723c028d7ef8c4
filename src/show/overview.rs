//! `:help` alone.

use crate::show::{How, text};

/// `:help` alone: what to type first, and the commands.
#[must_use]
pub fn overview(commands: &[(String, &str)], how: &How) -> String {
    let examples = [
        ("pbx.users.list(#{ top: 50 })", "extensions; Enter shows the next rows"),
        ("let u = pbx.users.get_by_number(\"100\")", "one of them, kept in a variable"),
        ("u.OutboundCallerID = \"100\"; pbx.users.update(u)", "sends what changed"),
        ("pbx.groups.list().map(|g| g.Name)", "an array of names"),
        ("pbx.chat_history_view.list().save(\"chats.csv\")", "a file"),
        ("pbx.users", "what can be done with extensions"),
    ];
    let wide = examples.iter().map(|(code, _)| text::width(code)).max().unwrap_or(0);
    let narrow = how.width < wide + 45;
    let mut page = vec![text::wrap(
        "Entries are Rhai; `pbx` is the PBX that the prompt names, `ans` the last value. The PBX has many resources, each \
         with its operations: Tab behind a dot lists them.",
        how.prose(),
        0,
    )];
    page.push(String::new());
    page.extend(examples.iter().map(|(code, about)| {
        let remark = text::dim(&format!("// {about}"), how.colour);
        match (how.plain, narrow) {
            (true, _) => how.pair(about, 0, code),
            (false, true) => format!("  {}\n    {}", text::wrap(code, how.width, 4), text::dim(about, how.colour)),
            (false, false) => format!("  {}  {remark}", text::pad(code, wide)),
        }
    }));
    page.push(String::new());
    let wide = commands.iter().map(|(head, _)| text::width(head)).max().unwrap_or(0);
    let below = |head: &str, does: &str| format!("  {head}\n      {}", text::wrap(does, how.width, 6));
    page.extend(commands.iter().map(|(head, does)| match !how.plain && how.width < wide + 34 {
        true => below(head, does),
        false => how.entry(head, wide, does),
    }));
    page.push(String::new());
    let keys = if how.plain {
        "Tab and Enter behind the beginning of a name list what could follow, the arrow up and Enter bring an earlier entry; what you \
         type then goes on behind it. "
    } else {
        "Tab completes. "
    };
    page.push(text::wrap(
        &format!(
            "{keys}Ctrl-C clears the line or stops a script, Ctrl-D leaves. Two empty lines end an entry that wants more. An \
             entry that begins with a blank is not kept. `pbxsh profile add NAME` leads to a PBX of yours."
        ),
        how.prose(),
        0,
    ));
    page.join("\n")
}
