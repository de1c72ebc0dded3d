//! Texts and bodies with placeholders: `/v2/jobs/{job}`, `amount = "{amount}"`.
//!
//! Which placeholders a place knows is checked when a description is loaded. A text that is
//! one placeholder and nothing else keeps the value's own type, so a price stays the number
//! or the text that the vendor wants.
//!
//! Invariant: what has nothing to say is left out whole; nothing is ever filled in by half.

use rackrate_core::rules::Restriction;

use super::json::Json;

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// The vendor's identifier of the property.
    Property,
    /// The vendor's room type.
    Room,
    /// The vendor's rate plan.
    Plan,
    /// The night of a row.
    Night,
    /// The first night.
    First,
    /// The last night, meant too.
    Last,
    /// The day after the last night.
    End,
    /// For how many adults a price is.
    Adults,
    /// The price.
    Amount,
    /// The currency of the price.
    Currency,
    /// A restriction.
    Rule(Restriction),
    /// All rows of a request.
    Rows,
    /// All prices of a row.
    Prices,
    /// The number of a row, from zero.
    Row,
    /// The job's name.
    Job,
    /// Today at the hotel.
    Today,
    /// A secret of the connection.
    Secret(&'static str),
}

impl Slot {
    /// Its name between the braces.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Property => "property",
            Self::Room => "room",
            Self::Plan => "plan",
            Self::Night => "night",
            Self::First => "first",
            Self::Last => "last",
            Self::End => "end",
            Self::Adults => "adults",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Rule(kind) => kind.name(),
            Self::Rows => "rows",
            Self::Prices => "prices",
            Self::Row => "row",
            Self::Job => "job",
            Self::Today => "today",
            Self::Secret(name) => name,
        }
    }
}

/// Gives the value of a placeholder; `None` where there is nothing to say.
pub(crate) type Values<'a> = &'a dyn Fn(Slot) -> Option<Json>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Plain(String),
    Slot(Slot),
}

/// A text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Vec<Part>);

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// A brace without its partner.
    Brace,
    /// A placeholder of that name is not known here.
    Unknown(String),
}

impl Text {
    /// Reads a text; `{{` and `}}` are braces that mean themselves.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn parse(text: &str, known: &dyn Fn(&str) -> Option<Slot>) -> Result<Self, Bad> {
        let (mut parts, mut plain) = (Vec::new(), String::new());
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            plain.push_str(before);
            let doubled = ["{{", "}}"].iter().any(|two| after.starts_with(two));
            if doubled {
                plain.push_str(&after[..1]);
                rest = &after[2..];
                continue;
            }
            let inner = after
                .strip_prefix('{')
                .and_then(|name| name.split_once('}'));
            let (name, behind) = inner.ok_or(Bad::Brace)?;
            let slot = known(name).ok_or_else(|| Bad::Unknown(name.to_owned()))?;
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain)));
            }
            parts.push(Part::Slot(slot));
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        Ok(Self(parts))
    }

    /// The placeholders in it.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.0.iter().filter_map(|part| match part {
            Part::Slot(slot) => Some(*slot),
            Part::Plain(_) => None,
        })
    }

    /// The text that is there whatever the placeholders say, up to the first of them.
    pub(crate) fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Part::Plain(text)) => text,
            _ => "",
        }
    }

    /// The text, where every placeholder has something to say.
    pub(crate) fn fill(&self, values: Values<'_>) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            Part::Plain(text) => Some(text.clone()),
            Part::Slot(slot) => values(*slot).map(spelled),
        });
        parts.collect()
    }

    fn sole(&self) -> Option<Slot> {
        match self.0[..] {
            [Part::Slot(slot)] => Some(slot),
            _ => None,
        }
    }
}

fn spelled(value: Json) -> String {
    match value {
        Json::Text(text) => text,
        other => other.to_string(),
    }
}

/// A JSON body with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(Text),
    Constant(Json),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// What became of a node.
enum Filled {
    /// It has no placeholders, so it says nothing by itself.
    Constant(Json),
    Value(Json),
    /// None of its placeholders has something to say.
    Nothing,
}

impl Node {
    /// The placeholders in it.
    pub(crate) fn slots(&self) -> Vec<Slot> {
        match self {
            Self::Text(text) => text.slots().collect(),
            Self::Constant(_) => Vec::new(),
            Self::List(items) => items.iter().flat_map(Self::slots).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, node)| node.slots()).collect(),
        }
    }

    /// The body; `None` where none of its placeholders has something to say.
    pub(crate) fn fill(&self, values: Values<'_>) -> Option<Json> {
        match self.filled(values) {
            Filled::Constant(json) | Filled::Value(json) => Some(json),
            Filled::Nothing => None,
        }
    }

    fn filled(&self, values: Values<'_>) -> Filled {
        let value = |json: Option<Json>| json.map_or(Filled::Nothing, Filled::Value);
        match self {
            Self::Constant(json) => Filled::Constant(json.clone()),
            Self::Text(text) => match (text.sole(), text.slots().next()) {
                (Some(slot), _) => value(values(slot)),
                (None, Some(_)) => value(text.fill(values).map(Json::Text)),
                (None, None) => Filled::Constant(Json::Text(text.beginning().to_owned())),
            },
            Self::List(items) => {
                let mut list = Gathered::default();
                let kept = items
                    .iter()
                    .filter_map(|node| list.take(node.filled(values)));
                let kept = kept.collect();
                list.end(Json::List(kept))
            }
            Self::Object(members) => {
                let mut object = Gathered::default();
                let kept = members.iter().filter_map(|(name, node)| {
                    Some((name.clone(), object.take(node.filled(values))?))
                });
                let kept = kept.collect();
                object.end(Json::Object(kept))
            }
        }
    }
}

/// What the parts of a list or an object came to.
#[derive(Default)]
struct Gathered {
    said: bool,
    left_out: bool,
}

impl Gathered {
    fn take(&mut self, part: Filled) -> Option<Json> {
        match part {
            Filled::Constant(json) => Some(json),
            Filled::Value(json) => {
                self.said = true;
                Some(json)
            }
            Filled::Nothing => {
                self.left_out = true;
                None
            }
        }
    }

    fn end(&self, whole: Json) -> Filled {
        match (self.said, self.left_out) {
            (true, _) => Filled::Value(whole),
            (false, true) => Filled::Nothing,
            (false, false) => Filled::Constant(whole),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn known(name: &str) -> Option<Slot> {
        [Slot::Property, Slot::Amount, Slot::Adults]
            .into_iter()
            .find(|slot| slot.word() == name)
    }

    fn text(text: &str) -> Text {
        Text::parse(text, &known).unwrap()
    }

    fn values(slot: Slot) -> Option<Json> {
        match slot {
            Slot::Property => Some(Json::Text("P1".into())),
            Slot::Amount => Some(Json::Number("129.00".into())),
            _ => None,
        }
    }

    #[test]
    fn a_text_is_filled_in_whole_or_not_at_all() {
        assert_eq!(
            text("/p/{property}/{{x}}").fill(&values).unwrap(),
            "/p/P1/{x}"
        );
        assert_eq!(text("{amount} a").fill(&values).unwrap(), "129.00 a");
        assert_eq!(text("{property}-{adults}").fill(&values), None);
    }

    #[test]
    fn a_placeholder_alone_keeps_its_type() {
        let node = Node::Object(vec![
            ("a".into(), Node::Text(text("{amount}"))),
            ("b".into(), Node::Text(text("x{amount}"))),
            ("c".into(), Node::Text(text("{adults}"))),
        ]);
        let filled = node.fill(&values).unwrap();
        assert_eq!(filled.to_string(), r#"{"a":129.00,"b":"x129.00"}"#);
    }

    #[test]
    fn an_object_that_says_nothing_takes_its_constants_along() {
        let inner = Node::Object(vec![
            ("kind".into(), Node::Text(text("BASE"))),
            ("adults".into(), Node::Text(text("{adults}"))),
        ]);
        assert_eq!(inner.fill(&values), None);
        let outer = Node::Object(vec![
            ("inner".into(), inner),
            ("id".into(), Node::Text(text("{property}"))),
        ]);
        assert_eq!(outer.fill(&values).unwrap().to_string(), r#"{"id":"P1"}"#);
    }

    #[test]
    fn braces_without_partner_and_unknown_names_are_refused() {
        let parse = |text| Text::parse(text, &known).unwrap_err();
        assert_eq!(parse("{propety}"), Bad::Unknown("propety".into()));
        for odd in ["{", "}", "a{property", "a}b", "{{}"] {
            assert_eq!(parse(odd), Bad::Brace, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(odd in "[{}a-z\u{e9}]*") {
            let _ = Text::parse(&odd, &known);
        }
    }
}
