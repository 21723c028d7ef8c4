//! `pbxsh doctor [PROFILE]`

use serde_json::{Value, json};

use crate::catalog::Catalog;
use crate::cli::choice::Choice;
use crate::cli::world::World;
use crate::cli::{Pbx, kept, run};
use crate::client::secrets::hush;
use crate::client::{self, Interrupt, Settings};
use crate::code::Code;
use crate::config::{self, Store};
use crate::diag::doctor::{State, day, finding};
use crate::diag::{Exit, Style};
use crate::doctor::{Finding, Subject, walk};
use crate::script::Wording;
use crate::show::text;
use crate::terminal::{FINE, WARNING, WRONG, paint};

/// Walk the way to a PBX and say what is wrong with it
///
/// Configuration, secret, terminal, name, connection, certificate, trust, login, version and clock, a line for each. The first
/// step that fails is the last, and its exit code that of the program. Nothing is changed on the PBX.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// A profile; without it the PBX that a script would get
    #[arg(value_name = "PROFILE")]
    profile: Option<String>,
    /// Print an array of objects: step, state, message, remedy, code, and what is in the certificate
    #[arg(long)]
    json: bool,
}

/// Tells findings, as they come or all at once, and remembers the first failure.
struct Teller<'a> {
    world: &'a World,
    json: Option<Vec<Value>>,
    exit: Exit,
}

pub(super) fn command(arguments: &Arguments, world: &World) -> Exit {
    let mut teller = Teller { world, json: arguments.json.then(Vec::new), exit: Exit::Success };
    let interrupt = Interrupt::default();
    world.on_ctrl_c(&interrupt);
    let pbx = Pbx { profile: arguments.profile.clone(), ..Pbx::default() };
    let settings = configured(&pbx, &interrupt, world, &mut |finding| teller.tell(&finding));
    teller.tell(&terminal(world));
    if let Some(settings) = settings {
        kept::install(None, world);
        let subject = Subject { settings };
        walk(&subject, Catalog::known(), &mut |finding| teller.tell(&finding));
    }
    if let Some(findings) = teller.json {
        world.print(&format!("{:#}", Value::Array(findings)));
    }
    teller.exit
}

/// What leads to the PBX, and its secret.
fn configured(pbx: &Pbx, interrupt: &Interrupt, world: &World, tell: &mut dyn FnMut(Finding)) -> Option<Settings> {
    let (choice, store) = match (Choice::of(pbx, world), world.store()) {
        (Ok(choice), store) => (choice, store.ok()),
        (Err(fault), _) => {
            tell(Finding::BadConfiguration(fault));
            return None;
        }
    };
    match (choice, store) {
        (Choice::Environment(Ok(config::Settings { url, client_id, client_secret })), _) => {
            tell(Finding::Environment { url: client::without_password(&url) });
            let usual = Settings::new(url, client_id, client_secret);
            Some(Settings { interrupt: interrupt.clone(), proxies: world.proxies(), ..usual })
        }
        (Choice::Profile(profile), Some(store)) => {
            tell(Finding::Profile { name: profile.name.clone(), url: profile.url.clone(), file: store.file() });
            let settings = store.settings(&profile, interrupt);
            tell(match &settings {
                Ok(_) => Finding::Secret(profile.secret),
                Err(fault) => Finding::BadSecret(fault.clone()),
            });
            others(&store, &profile.name).into_iter().for_each(tell);
            settings.ok()
        }
        (Choice::Environment(Err(missing)), store) => {
            tell(Finding::NotConfigured { missing });
            store.iter().filter_map(|store| others(store, "")).for_each(tell);
            None
        }
        (Choice::Profile(_), None) => None,
    }
}

/// The secrets of other profiles that others can read.
fn others(store: &Store, name: &str) -> Option<Finding> {
    let own = store.secret_file(name);
    let open: Vec<_> = store.open_secrets().into_iter().filter(|file| *file != own).collect();
    (!open.is_empty()).then_some(Finding::OpenSecrets(open))
}

fn terminal(world: &World) -> Finding {
    let person = world.has_person();
    if person && !world.can_draw() {
        return Finding::DumbTerminal;
    }
    let Style { colour, unicode, .. } = world.style;
    Finding::Terminal { width: world.width(), colour, unicode, person }
}

impl Teller<'_> {
    fn tell(&mut self, found: &Finding) {
        let (state, Wording { message, hint }) = finding(found);
        // A report is no data, wherever it is printed.
        let wording = Wording { message: hush(&message).into_owned(), hint: hint.map(|hint| hush(&hint).into_owned()) };
        if let (Some(code), Exit::Success) = (state.code(), self.exit) {
            self.exit = code.exit();
        }
        let step = found.step().name();
        if let Some(findings) = &mut self.json {
            let mut object = json!({
                "step": step, "state": state.name(), "message": wording.message, "remedy": wording.hint,
                "code": state.code().map(Code::name),
            });
            if let (Finding::Certificate { certificate, .. }, Some(object)) = (found, object.as_object_mut()) {
                let facts = json!({
                    "subject": certificate.subject, "issuer": certificate.issuer, "names": certificate.names,
                    "from": day(certificate.from), "until": day(certificate.until),
                    "fingerprint": certificate.fingerprint.to_string(),
                });
                object.insert("certificate".to_owned(), facts);
            }
            findings.push(object);
            return;
        }
        let how = run::how(self.world);
        let more = state.code().map(|code| format!("`pbxsh explain {}` says more", code.name()));
        if how.plain {
            self.world.print(&format!("{step}: {}, {}", state.name(), text::line(&wording.message)));
            wording.hint.iter().chain(&more).for_each(|hint| self.world.print(&format!("hint: {}", text::line(hint))));
            return;
        }
        self.world.print(&line(step, state, &wording.message, how.colour));
        for line in wording.hint.iter().chain(&more) {
            self.world.print(&format!("{:24}{}", "", text::line(line)));
        }
    }
}

fn line(step: &str, state: State, message: &str, colour: bool) -> String {
    let code = match state {
        State::Fine => FINE,
        State::Warning => WARNING,
        State::Failed(_) => WRONG,
    };
    let name = paint(&format!("{:7}", state.name()), code, colour);
    // What stands in a certificate was written by whoever made it.
    format!("{step:15}{name}  {}", text::line(message))
}
