//! Where something stands in an answer: `errors.code`, `rates.*`, `data.{plan}.{night}`.
//!
//! A [`Route`] leads to one value, by names of members and numbers of list items. [`Routes`]
//! lead to many: `*` goes through every item of a list, a name in braces through every
//! member of an object, whose own name is then the plan, the room or the night.
//!
//! Invariant: a route that ends before its goal finds nothing; it never guesses.

use super::json::Json;

/// Leads to one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route(Vec<String>);

impl Route {
    /// Reads `a.b.0`; `.` alone is the answer itself.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text == "." {
            return Ok(Self(Vec::new()));
        }
        let steps: Vec<_> = text.split('.').map(str::to_owned).collect();
        if steps.iter().any(String::is_empty) {
            return Err("it has an empty step between two dots");
        }
        if steps.iter().any(|step| step.contains(['{', '}', '*'])) {
            return Err("it leads to one value, so it has neither `*` nor braces");
        }
        Ok(Self(steps))
    }

    /// What stands there.
    pub(crate) fn find<'j>(&self, from: &'j Json) -> Option<&'j Json> {
        self.0.iter().try_fold(from, |at, step| match at {
            Json::List(items) => items.get(step.parse::<usize>().ok()?),
            other => other.member(step),
        })
    }

    /// What stands there, unless it is `null`.
    pub(crate) fn find_some<'j>(&self, from: &'j Json) -> Option<&'j Json> {
        self.find(from).filter(|value| **value != Json::Null)
    }
}

/// What the name of a member can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    Room,
    Plan,
    Night,
    Adults,
}

impl Named {
    pub(crate) const ALL: [Self; 4] = [Self::Room, Self::Plan, Self::Night, Self::Adults];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Plan => "plan",
            Self::Night => "night",
            Self::Adults => "adults",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    EveryItem,
    EveryMember(Named),
}

/// Leads to many values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Routes(Vec<Step>);

/// One of many values, and the names on its way.
#[derive(Clone, Debug)]
pub(crate) struct Found<'j> {
    pub(crate) value: &'j Json,
    names: Vec<(Named, &'j str)>,
}

impl Found<'_> {
    /// The name of the member on the way that is a room, plan, night or number of adults.
    pub(crate) fn name(&self, what: Named) -> Option<&str> {
        let mut names = self.names.iter();
        names.find(|(own, _)| *own == what).map(|(_, name)| *name)
    }
}

impl Routes {
    /// Reads `rates.*` or `data.{plan}.{night}`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let steps: Result<Vec<_>, String> = text.split('.').map(step).collect();
        let steps = steps?;
        if !steps.iter().any(|step| !matches!(step, Step::Member(_))) {
            return Err(
                "it leads to many values, so it needs `*` for the items of a list, or \
                        a name in braces for the members of an object"
                    .to_owned(),
            );
        }
        Ok(Self(steps))
    }

    /// Whether a member's name on the way is that.
    pub(crate) fn names(&self, what: Named) -> bool {
        self.0.contains(&Step::EveryMember(what))
    }

    /// All values there, in their order.
    ///
    /// # Errors
    /// The step at which the answer is of another form. A list that is not there is not an
    /// empty one.
    pub(crate) fn find<'j>(&self, from: &'j Json) -> Result<Vec<Found<'j>>, String> {
        let start = Found {
            value: from,
            names: Vec::new(),
        };
        let mut found = vec![start];
        for step in &self.0 {
            let mut next = Vec::new();
            for one in found {
                go(step, &one, &mut next)?;
            }
            found = next;
        }
        Ok(found)
    }
}

fn step(text: &str) -> Result<Step, String> {
    let braced = text
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    match (text, braced) {
        ("", _) => Err("it has an empty step between two dots".to_owned()),
        ("*", _) => Ok(Step::EveryItem),
        (_, Some(name)) => {
            let mut all = Named::ALL.into_iter();
            let known = all.find(|one| one.word() == name).map(Step::EveryMember);
            known.ok_or_else(|| {
                "a name in braces is one of {room}, {plan}, {night}, {adults}".to_owned()
            })
        }
        _ if text.contains(['{', '}', '*']) => {
            Err("`*` and a name in braces are steps of their own".to_owned())
        }
        _ => Ok(Step::Member(text.to_owned())),
    }
}

fn go<'j>(step: &Step, at: &Found<'j>, next: &mut Vec<Found<'j>>) -> Result<(), String> {
    let to = |value| Found {
        value,
        names: at.names.clone(),
    };
    match (step, at.value) {
        (Step::Member(name), value) => {
            let value = value.member(name);
            next.push(to(value.ok_or_else(|| format!("it has no {name}"))?));
        }
        (Step::EveryItem, Json::List(items)) => next.extend(items.iter().map(to)),
        (Step::EveryItem, _) => return Err("there is no list where one should be".to_owned()),
        (Step::EveryMember(what), Json::Object(members)) => {
            next.extend(members.iter().map(|(name, value)| {
                let mut found = to(value);
                found.names.push((*what, name));
                found
            }));
        }
        (Step::EveryMember(_), _) => {
            return Err("there is no object where one should be".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_route_goes_through_members_and_items() {
        let answer = json(r#"{"data":[{"id":"t1"}],"none":null}"#);
        let find = |text| Route::parse(text).unwrap().find(&answer).cloned();
        assert_eq!(find("data.0.id"), Some(Json::Text("t1".into())));
        assert_eq!((find("data.1.id"), find("data.id")), (None, None));
        assert_eq!(find("none"), Some(Json::Null));
        assert_eq!(find("."), Some(answer.clone()));
    }

    #[test]
    fn many_values_know_the_names_on_their_way() {
        let answer = json(r#"{"data":{"p1":{"2027-01-01":{"rate":"1"}},"p2":{}}}"#);
        let found = Routes::parse("data.{plan}.{night}")
            .unwrap()
            .find(&answer)
            .unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].name(Named::Plan), Some("p1"));
        assert_eq!(found[0].name(Named::Night), Some("2027-01-01"));
        assert_eq!(found[0].name(Named::Room), None);
    }

    #[test]
    fn a_list_that_is_not_there_is_not_empty() {
        let routes = Routes::parse("rates.*").unwrap();
        for answer in [r#"{}"#, r#"{"rates":{}}"#, r#"{"rates":null}"#, "[]"] {
            assert!(routes.find(&json(answer)).is_err(), "{answer}");
        }
        assert!(routes.find(&json(r#"{"rates":[]}"#)).unwrap().is_empty());
    }

    #[test]
    fn odd_routes_are_refused() {
        for text in ["", "a..b", "a.*", "{plan}"] {
            assert!(Route::parse(text).is_err(), "{text}");
        }
        for text in ["", "rates", "rates.{guest}", "a*.b", "a.*x"] {
            assert!(Routes::parse(text).is_err(), "{text}");
        }
    }
}
