//! `:plan`, `:apply` and `:discard`: changes that are noted first and sent together, or not at all.

use crate::bindings::Fault;
use crate::bindings::secrets::hush;
use crate::catalog::Effect;
use crate::guard::{MANY, Mode};
use crate::plan::{Change, Deed};
use crate::repl::shell::Shell;
use crate::show::plan::{page, tally};
use crate::show::text::{count, line};

/// Of a long plan, these many changes are shown, and these many of what an entry has added.
const SHOWN: usize = 20;

const UNSENT: &str = "nothing was sent; the plan is as it was";

impl Shell {
    /// `:plan on|off|all`; alone it shows what is planned.
    pub(super) fn plan(&mut self, word: &str) {
        let left = self.pbx.plans().len();
        match word {
            "on" if self.planning.is_on() => self.tell("planning is on already: `:plan` shows what is planned"),
            "on" => {
                self.planning.set(true);
                self.tell(
                    "planning: from now on changes are noted and not sent, and reads show them as if they were done",
                );
            }
            "off" if left > 0 => {
                let left = count(left, "planned change");
                self.tell(&format!("there are {left}: `:apply` sends them, `:discard` forgets them"));
            }
            "off" => {
                self.planning.set(false);
                self.tell(match self.pbx.mode() {
                    Mode::Everything => "planning is off: changes are sent",
                    _ => "planning is off: changes are refused, because this is read-only",
                });
            }
            "" | "all" if left > 0 => self.show_plan(word == "all"),
            "" | "all" if self.planning.is_on() => self.tell("nothing is planned yet; `:plan off` ends planning"),
            "" | "all" => self.tell("planning is off; `:plan on` notes changes in the place of sending them"),
            other => self.tell(&format!("`:plan` takes on, off or all, not `{other}`")),
        }
    }

    fn show_plan(&self, all: bool) {
        let changes = self.pbx.plans().changes();
        let most = if all { None } else { Some(SHOWN) };
        self.print(&page(&changes, most, &self.how()));
        let long = if changes.len() > SHOWN && !all { "`:plan all` shows all of it, " } else { "" };
        self.tell(&format!("nothing of it was sent: {long}`:apply` sends it, `:discard` forgets it"));
    }

    /// What an entry has added to the plan, if it did.
    pub(super) fn tell_planned(&self, before: usize) {
        let changes = self.pbx.plans().changes();
        let Some(fresh) = changes.get(before..).filter(|fresh| !fresh.is_empty()) else { return };
        let tallied = tally(&fresh.iter().collect::<Vec<_>>());
        let all = if before > 0 { format!(", {} in all", changes.len()) } else { String::new() };
        self.tell(&format!("planned, not sent: {tallied}{all}; `:plan` shows it, `:apply` sends it"));
    }

    pub(super) fn discard(&self) {
        match self.pbx.plans().len() {
            0 => self.tell("nothing is planned"),
            left => {
                self.pbx.plans().discard();
                self.forgotten(left);
            }
        }
    }

    /// `:apply`
    pub(super) fn apply(&mut self) {
        let plans = self.pbx.plans().clone();
        let changes = plans.changes();
        if changes.is_empty() {
            return self.tell("nothing is planned");
        }
        self.begin();
        if let Err((pbx, fault)) = plans.permitted() {
            self.refused(&fault);
            // It need not be the one that the prompt names.
            let elsewhere = format!("that is planned for `{}`: {UNSENT}", line(&pbx));
            return self.tell(if pbx == self.pbx.name() { UNSENT } else { &elsewhere });
        }
        if plans.wants_a_yes() && !self.agrees(&changes) {
            return self.tell(UNSENT);
        }
        if changes.len() > SHOWN {
            self.tell("looking whether everything is still as it was when this was planned");
        }
        if let Err(fault) = plans.compare() {
            self.refused(&fault);
            self.tell(UNSENT);
            return self.desk.forget();
        }
        let applied = plans.apply(|change| self.tell(&format!("sending {}", line(&headline(change)))));
        let left = plans.len();
        let done = changes.len().saturating_sub(left);
        // What was done is told here.
        let _ = self.pbx.take_account();
        match applied {
            Ok(()) => self.tell(&format!("{} sent; nothing is left of the plan", count(done, "change"))),
            Err(fault) => {
                self.refused(&fault);
                self.stopped(&fault, done, left);
            }
        }
        self.desk.forget();
    }

    /// How far it got, and what `:apply` would do now.
    fn stopped(&self, fault: &Fault, done: usize, left: usize) {
        let sent = if done == 1 { "1 change was sent".to_owned() } else { format!("{done} changes were sent") };
        let left = if left == 1 { "1 is left".to_owned() } else { format!("{left} are left") };
        let next = match fault {
            Fault::Client { unsure: Some(_), .. } => {
                "nobody knows whether this one was done, so look first: `:apply` sends it again"
            }
            Fault::Partly { .. } => "a part of this one was done: `:apply` sends all of it again",
            _ => "`:apply` goes on with this one",
        };
        self.tell(&format!("{sent}, {left}; {next}, `:discard` forgets what is left"));
    }

    /// Asks the person once for all of it.
    fn agrees(&self, changes: &[Change]) -> bool {
        let deletes = changes.iter().filter(|change| change.effect == Effect::Delete);
        let lost: usize = deletes.map(|change| change.deeds.len().max(1)).sum();
        self.print(&page(changes, Some(SHOWN), &self.how()));
        let sent = count(changes.len(), "change");
        if lost > MANY {
            let asked =
                format!("{lost} objects are deleted; type {lost} to send all of it, anything else sends nothing: ");
            return self.desk.ask(&asked).is_some_and(|answer| answer.trim() == lost.to_string());
        }
        self.hears_yes(&format!("send {sent}? [y]es, [N]o: "))
    }

    /// Whoever leaves should know that something was not sent.
    pub(super) fn leave(&self) {
        let left = self.pbx.plans().len();
        if left > 0 {
            self.forgotten(left);
        }
    }

    /// What goes back to earlier variables does not touch the plan.
    pub(super) fn tell_left(&self) {
        let left = self.pbx.plans().len();
        if left > 0 {
            let stay = if left == 1 { "stays" } else { "stay" };
            self.tell(&format!("{} {stay}: `:discard` forgets what is planned", count(left, "planned change")));
        }
    }

    fn forgotten(&self, left: usize) {
        let was = if left == 1 { "it was" } else { "they were" };
        self.tell(&format!("{} forgotten; {was} not sent", count(left, "planned change")));
    }
}

/// `users.update on 12`
fn headline(change: &Change) -> String {
    let keys: Vec<&str> = change
        .deeds
        .iter()
        .filter(|deed| !matches!(deed, Deed::Make { .. }))
        .filter_map(|deed| deed.place().key.as_deref())
        .collect();
    let on = match keys.as_slice() {
        [] => String::new(),
        [key] => format!(" on {key}"),
        keys => format!(" on {}", count(keys.len(), "object")),
    };
    hush(&format!("{}{on}", change.operation)).into_owned()
}
