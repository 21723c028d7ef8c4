//! The pages that somebody asks for at the prompt: about what the PBX has, commands, modules, errors, and variables by what they are.

use crate::diag::{self, codes};
use crate::repl::commands;
use crate::repl::complete::Sort;
use crate::repl::shell::Shell;
use crate::repl::variables::sort;
use crate::show::help::Help;
use crate::show::{modules, page};

impl Shell {
    pub(super) fn explain(&self, code: &str) {
        let code = Some(code).filter(|code| !code.is_empty()).or(self.last.as_deref());
        let Some(code) = code else {
            self.tell("nothing has gone wrong yet; `:explain CODE` explains what a report calls itself");
            return;
        };
        match codes::explain(code, self.how().prose()) {
            Ok(page) => self.print(page.trim_end()),
            Err((problem, hint)) => self.tell(&hint.map_or(problem.clone(), |hint| format!("{problem}; {hint}"))),
        }
    }

    pub(super) fn topic(&self, topic: &str) {
        // `:help :format` and `:help format` ask for the same.
        let bare = topic.trim_start_matches(':');
        if let Some(it) = commands::find(bare).filter(|it| topic.starts_with(':') || it.name == bare) {
            let short = if it.short.is_empty() { String::new() } else { format!(", short :{}", it.short) };
            let head = format!(":{} {}", it.name, it.argument);
            let head = format!("{}{short}", head.trim_end());
            self.print(&page::command(&head, it.does, it.more, it.examples, &self.how()));
            return;
        }
        if topic.starts_with(':') {
            let (Ok(problem) | Err(problem)) = commands::parse(topic).map(|_| String::new());
            return self.tell(&problem);
        }
        let module = modules::topic(&mut self.session.borrow_mut(), topic, &self.how());
        let module = module.map(|page| page.map_err(|failure| diag::failure(&failure).0.message));
        match module.unwrap_or_else(|| self.help().topic(topic)) {
            Ok(page) => self.print(&page),
            Err(problem) => self.tell(&problem),
        }
    }

    /// The topic that is meant: a variable is asked for what it is.
    pub(super) fn meant(&self, topic: &str) -> String {
        let (first, rest) = topic.split_once('.').map_or((topic, None), |(first, rest)| (first, Some(rest)));
        let owner = match self.variable(first).as_ref().map(sort) {
            Some(Sort::Object(ty) | Sort::Other(ty)) => ty,
            Some(Sort::List(_)) => "List".to_owned(),
            Some(Sort::Array(_)) => "Array".to_owned(),
            Some(Sort::Connection) => "pbx".to_owned(),
            None => return topic.to_owned(),
        };
        rest.map_or(owner.clone(), |rest| format!("{owner}.{rest}"))
    }

    pub(super) fn help(&self) -> Help<'static> {
        Help { catalog: self.catalog, release: self.pbx.known_release(), how: self.how() }
    }
}
