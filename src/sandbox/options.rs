//! The query options of a request as they were written: which are there and which the route allows.

use jiff::Timestamp;

use crate::catalog::{Answer, QueryOption, Release, Variant};
use crate::sandbox::problem::Problem;

/// Each option's text, if it was given.
#[derive(Debug, Default, Clone)]
pub(super) struct Options {
    given: Vec<(QueryOption, String)>,
    /// What `now()` means.
    pub(super) now: Timestamp,
}

impl Options {
    /// From the pairs of a query. Names without `$` are understood, other names are not ours.
    pub(super) fn read(pairs: Vec<(String, String)>, now: Timestamp) -> Result<Options, Problem> {
        let mut options = Options { given: Vec::new(), now };
        for (name, value) in pairs {
            let dollar = name.starts_with('$');
            match QueryOption::from_name(name.strip_prefix('$').unwrap_or(&name)) {
                Some(option) => options.add(option, value)?,
                None if dollar && name != "$format" => {
                    return Err(Problem::invalid(format!("The query parameter '{name}' is not supported.")));
                }
                None => {}
            }
        }
        Ok(options)
    }

    pub(super) fn add(&mut self, option: QueryOption, value: String) -> Result<(), Problem> {
        if self.text(option).is_some() {
            let name = option.name();
            return Err(Problem::invalid(format!(
                "Query option '${name}' was specified more than once, but it must be specified at most once."
            )));
        }
        self.given.push((option, value));
        Ok(())
    }

    pub(super) fn text(&self, option: QueryOption) -> Option<&str> {
        self.given.iter().find(|(known, _)| *known == option).map(|(_, text)| text.as_str())
    }

    /// Refuses what the route does not take.
    pub(super) fn allowed(self, variant: &Variant, release: Release) -> Result<Options, Problem> {
        // Routes without any option ignore all.
        if variant.options.iter().all(|(_, releases)| !releases.contains(release)) {
            return Ok(Options::default());
        }
        let single = matches!(variant.answer(release), Answer::Object(_));
        let Some((refused, _)) = self.given.iter().find(|(option, _)| !variant.has_option(*option, release)) else {
            return Ok(self);
        };
        let name = refused.name();
        Err(Problem::invalid(if single {
            "The requested resource is not a collection. Query options $filter, $orderby, $count, $skip, and $top can \
             be applied only on collections."
                .to_owned()
        } else {
            format!("The query specified in the URI is not valid. Query option '${name}' is not allowed.")
        }))
    }

    /// `$top` or `$skip`.
    pub(super) fn number(&self, option: QueryOption) -> Result<Option<usize>, Problem> {
        let Some(text) = self.text(option) else { return Ok(None) };
        let invalid = || {
            let name = option.name();
            Problem::invalid(format!("Invalid value '{text}' for ${name} query option found."))
        };
        let fits = text.parse::<usize>().ok().filter(|number| *number <= i32::MAX as usize);
        fits.map(Some).ok_or_else(invalid)
    }

    pub(super) fn count(&self) -> Result<bool, Problem> {
        match self.text(QueryOption::Count) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(Problem::invalid(format!("Invalid value '{other}' for $count query option found."))),
        }
    }
}
