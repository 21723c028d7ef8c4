//! What a PBX would have, were everything done that is planned.

use std::collections::HashMap;

use serde_json::Value;

use crate::plan::{Change, Deed, Place, Row};

/// What the plan makes of an object.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    New(Row),
    /// It is there, and gets these values.
    Altered {
        before: Row,
        fields: Row,
    },
    /// And how the PBX has it, where that is known.
    Gone(Option<Row>),
}

impl Planned {
    /// The object as it would be.
    #[must_use]
    pub fn whole(&self) -> Option<Row> {
        match self {
            Planned::New(row) => Some(row.clone()),
            Planned::Altered { before, fields } => {
                let mut row = before.clone();
                row.extend(fields.clone());
                Some(row)
            }
            Planned::Gone(_) => None,
        }
    }

    /// A property of that.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Planned::New(row) => row.get(name),
            Planned::Altered { before, fields } => fields.get(name).or_else(|| before.get(name)),
            Planned::Gone(_) => None,
        }
    }

    /// A property as the PBX has it.
    #[must_use]
    pub fn before(&self, name: &str) -> Option<&Value> {
        match self {
            Planned::Altered { before, .. } | Planned::Gone(Some(before)) => before.get(name),
            Planned::New(_) | Planned::Gone(None) => None,
        }
    }
}

/// The planned objects of one PBX, in the order in which they came up first.
#[derive(Debug, Default)]
pub struct State {
    objects: Vec<(Place, Planned)>,
    places: HashMap<Place, usize>,
}

impl State {
    #[must_use]
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> State {
        let mut state = State::default();
        changes.into_iter().for_each(|change| state.add(change));
        state
    }

    pub fn add(&mut self, change: &Change) {
        for deed in &change.deeds {
            let planned = self.find(deed.place()).cloned();
            let planned = match (deed, planned) {
                (Deed::Make { object, .. }, _) => Planned::New(object.clone()),
                (Deed::Remove { .. }, Some(Planned::New(_))) => Planned::Gone(None),
                (Deed::Remove { .. }, Some(Planned::Altered { before, .. })) => Planned::Gone(Some(before)),
                (Deed::Remove { before, .. }, _) => Planned::Gone(before.clone()),
                (Deed::Alter { fields, .. }, Some(Planned::New(mut row))) => {
                    row.extend(fields.clone());
                    Planned::New(row)
                }
                (
                    Deed::Alter { before: now, fields, .. },
                    Some(Planned::Altered { mut before, fields: mut earlier }),
                ) => {
                    // What was looked at since is as the PBX has it, where no change before has touched it.
                    for (name, value) in now.iter().filter(|(name, _)| !earlier.contains_key(*name)) {
                        before.entry(name).or_insert_with(|| value.clone());
                    }
                    earlier.extend(fields.clone());
                    Planned::Altered { before, fields: earlier }
                }
                (Deed::Alter { before, fields, .. }, _) => {
                    Planned::Altered { before: before.clone(), fields: fields.clone() }
                }
            };
            self.put(deed.place(), planned);
        }
    }

    fn put(&mut self, place: &Place, planned: Planned) {
        match self.places.get(place) {
            Some(at) => self.objects[*at].1 = planned,
            None => {
                self.places.insert(place.clone(), self.objects.len());
                self.objects.push((place.clone(), planned));
            }
        }
    }

    #[must_use]
    pub fn find(&self, place: &Place) -> Option<&Planned> {
        self.places.get(place).map(|at| &self.objects[*at].1)
    }

    /// Everything that is planned for a set.
    pub fn of_set(&self, set: &str) -> impl Iterator<Item = (&Place, &Planned)> {
        self.objects.iter().filter(move |(place, _)| place.set == set).map(|(place, planned)| (place, planned))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Planned, State};
    use crate::catalog::Effect;
    use crate::plan::{Change, Deed, Place, Row};

    fn row(value: Value) -> Row {
        value.as_object().cloned().unwrap()
    }

    fn change(deed: Deed) -> Change {
        Change {
            pbx: "hq".to_owned(),
            operation: "users.x".to_owned(),
            effect: Effect::Update,
            given: Row::new(),
            deeds: vec![deed],
            taken: None,
        }
    }

    #[test]
    fn changes_add_up() {
        let place = |key: i64| Place::new("Users", Some(&json!(key)));
        let alter = |key, before: Value, fields: Value| {
            change(Deed::Alter { place: place(key), before: row(before), fields: row(fields) })
        };
        let changes = [
            change(Deed::Make { place: place(-1), object: row(json!({"A": 1})) }),
            alter(-1, json!({"A": 1}), json!({"B": 2})),
            alter(7, json!({"A": 1, "B": 1}), json!({"B": 2})),
            alter(7, json!({"A": 1, "B": 2}), json!({"A": 3})),
            alter(7, json!({"A": 3, "B": 2, "C": 1}), json!({"C": 2})),
            alter(8, json!({}), json!({"A": 3})),
            change(Deed::Remove { place: place(8), before: Some(row(json!({"A": 3}))) }),
        ];
        let state = State::of(&changes);
        assert_eq!(state.find(&place(-1)), Some(&Planned::New(row(json!({"A": 1, "B": 2})))));
        assert_eq!(state.find(&place(7)).and_then(Planned::whole), Some(row(json!({"A": 3, "B": 2, "C": 2}))));
        let altered = state.find(&place(7)).unwrap();
        assert_eq!((altered.get("A"), altered.before("A")), (Some(&json!(3)), Some(&json!(1))));
        assert_eq!(altered.before("C"), Some(&json!(1)));
        assert_eq!(state.find(&place(8)), Some(&Planned::Gone(Some(Row::new()))));
        assert_eq!((state.find(&place(9)), state.of_set("Users").count()), (None, 3));
    }
}
