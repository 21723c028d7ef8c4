//! Which PBX a run is for, where it is not the sandbox: what the command line, the environment and the profiles say.

use crate::bindings::Fault;
use crate::cli::Pbx;
use crate::cli::world::World;
use crate::config::{self, Profile};
use crate::diag::Exit;

#[derive(Debug, Clone)]
pub(super) enum Choice {
    Profile(Box<Profile>),
    /// The variables, or the names of those that are missing.
    Environment(Result<config::Settings, Vec<&'static str>>),
}

impl Default for Choice {
    fn default() -> Choice {
        Choice::Environment(Err(vec![config::URL, config::CLIENT_ID, config::CLIENT_SECRET]))
    }
}

/// The variable that names a profile.
const PROFILE: &str = "PBXSH_PROFILE";

impl Choice {
    /// A profile that was named goes before the variables of a PBX, and these before the default profile. For the sandbox no
    /// file is read.
    pub(super) fn of(pbx: &Pbx, world: &World) -> Result<Choice, config::Fault> {
        if pbx.sandbox {
            return Ok(Choice::default());
        }
        let profile = |profile: &Profile| Choice::Profile(Box::new(profile.clone()));
        if let Some(name) = &pbx.profile {
            return world.store()?.profiles()?.find(name).map(profile);
        }
        if let Some(name) = world.variable(PROFILE).filter(|name| !name.is_empty()) {
            return world.store()?.profiles()?.find(&name).map(profile).map_err(|fault| fault.named_by(PROFILE));
        }
        match config::from_environment(|name| world.variable(name)) {
            Err(missing) if missing.len() == 3 => {}
            settings => return Ok(Choice::Environment(settings)),
        }
        // Who has no place for settings has no profile in it.
        let Ok(store) = world.store() else { return Ok(Choice::default()) };
        let profiles = store.profiles()?;
        let default = profiles.default.as_deref().map(|name| profiles.find(name)).transpose()?;
        Ok(default.map(profile).unwrap_or_default())
    }

    /// Is there no PBX to be found, and no mistake in that?
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Choice::Environment(Err(missing)) if missing.len() == 3)
    }

    pub(super) fn is_read_only(&self) -> bool {
        matches!(self, Choice::Profile(profile) if profile.read_only)
    }
}

impl Pbx {
    /// The same with its choice made.
    pub(super) fn chosen(&self, world: &World) -> Result<Pbx, Exit> {
        let choice = Choice::of(self, world).map_err(|fault| refuse(&fault, world))?;
        Ok(Pbx { choice, ..self.clone() })
    }
}

/// Tells what is wrong with a profile.
pub(super) fn refuse(fault: &config::Fault, world: &World) -> Exit {
    world.refuse(&Fault::Config(fault.clone()))
}

/// Tells that no PBX is configured.
pub(super) fn nothing(missing: Vec<&'static str>, world: &World) -> Exit {
    world.refuse(&Fault::NotConfigured { missing })
}
