//! Which requests meet a fault: rules that a test sets and that use themselves up.
//!
//! The host knows no vendor, so a rule names requests by method and path.
//!
//! Invariant: the same rules and the same requests in the same order give the same fates.

use std::time::Duration;

use rackrate_core::seed::Seed;
use serde::{Deserialize, Serialize};

use crate::faults::Fate;

/// A fault for requests that are still to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What happens to them. [`Fate::NoConnection`] breaks the connection as soon as the
    /// request's head is there. The client sees a reset, because the host cannot refuse a
    /// connection that it needed in order to see which request comes.
    pub fate: Fate,
    /// Only requests whose path starts so; all when absent.
    #[serde(default)]
    pub path: Option<String>,
    /// Only requests with this method, in capitals; all when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// So many matching requests pass first.
    #[serde(default)]
    pub after: u64,
    /// So many requests meet the fate. When absent: one, or without end where `per_mille`
    /// is given.
    #[serde(default)]
    pub count: Option<u64>,
    /// Of a thousand matching requests, so many meet the fate; all when absent.
    #[serde(default)]
    pub per_mille: Option<u64>,
    /// Decides which of the thousand; 0 when absent.
    #[serde(default)]
    pub seed: Option<u64>,
    /// For [`Fate::Late`]: how long after the client hung up the request arrives, in
    /// milliseconds.
    #[serde(default)]
    pub late_ms: u64,
}

impl Rule {
    /// That fate for the next request.
    pub fn next(fate: Fate) -> Self {
        Self {
            fate,
            path: None,
            method: None,
            after: 0,
            count: None,
            per_mille: None,
            seed: None,
            late_ms: 0,
        }
    }

    fn check(&self) -> Result<(), String> {
        let path = self.path.as_deref().unwrap_or("/");
        if !path.starts_with('/') {
            return Err(format!("the path {path:?} has to start with /"));
        }
        let method = self.method.as_deref().unwrap_or("GET");
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(format!("the method {method:?} has to be in capitals"));
        }
        if self.count == Some(0) {
            return Err("a count of 0 would never do anything".into());
        }
        if self.per_mille.is_some_and(|chance| chance > 1000) {
            return Err("per_mille is at most 1000".into());
        }
        if self.seed.is_some() && self.per_mille.is_none() {
            return Err("a seed without per_mille decides nothing".into());
        }
        if self.late_ms > 0 && self.fate != Fate::Late {
            return Err("late_ms is for the fate late".into());
        }
        Ok(())
    }

    fn means(&self, method: &str, path: &str) -> bool {
        self.method.as_deref().is_none_or(|one| one == method)
            && self
                .path
                .as_deref()
                .is_none_or(|start| path.starts_with(start))
    }
}

/// The rules in force, in the order in which they are asked.
#[derive(Debug, Default)]
pub(super) struct Rules(Vec<(Rule, Seed)>);

impl Rules {
    /// Adds rules behind those in force, all or none of them.
    pub(super) fn add(&mut self, rules: Vec<Rule>) -> Result<(), String> {
        rules.iter().try_for_each(Rule::check)?;
        self.0.extend(rules.into_iter().map(|mut rule| {
            if rule.per_mille.is_none() {
                rule.count.get_or_insert(1);
            }
            let seed = Seed::new(rule.seed.unwrap_or(0)).branch("fault rule");
            (rule, seed)
        }));
        Ok(())
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// What is left of them.
    pub(super) fn left(&self) -> Vec<&Rule> {
        self.0.iter().map(|(rule, _)| rule).collect()
    }

    /// What happens to this request, and how late. The first rule that wants it decides.
    pub(super) fn draw(&mut self, method: &str, path: &str) -> (Fate, Duration) {
        let Some(at) = self.0.iter_mut().position(|one| wants(one, method, path)) else {
            return (Fate::Fine, Duration::ZERO);
        };
        let rule = &mut self.0[at].0;
        let drawn = (rule.fate, Duration::from_millis(rule.late_ms));
        if let Some(count) = &mut rule.count {
            *count -= 1;
            if *count == 0 {
                self.0.remove(at);
            }
        }
        drawn
    }
}

fn wants((rule, seed): &mut (Rule, Seed), method: &str, path: &str) -> bool {
    if !rule.means(method, path) {
        return false;
    }
    if rule.after > 0 {
        rule.after -= 1;
        return false;
    }
    rule.per_mille.is_none_or(|chance| seed.chance(chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(rules: &mut Rules, requests: &[(&str, &str)]) -> Vec<Fate> {
        let draw = |(method, path): &(&str, &str)| rules.draw(method, path).0;
        requests.iter().map(draw).collect()
    }

    #[test]
    fn a_rule_lets_some_pass_then_hits_its_count_and_is_gone() {
        let mut rules = Rules::default();
        let rule = Rule {
            after: 1,
            count: Some(2),
            path: Some("/v2/rates".into()),
            method: Some("POST".into()),
            ..Rule::next(Fate::ErrorAfter)
        };
        rules.add(vec![rule]).unwrap();
        let push = ("POST", "/v2/rates/batch");
        let others = [("GET", "/v2/rates"), ("POST", "/oauth/token")];
        assert_eq!(fates(&mut rules, &others), [Fate::Fine; 2]);
        assert_eq!(
            fates(&mut rules, &[push; 4]),
            [Fate::Fine, Fate::ErrorAfter, Fate::ErrorAfter, Fate::Fine]
        );
        assert!(rules.left().is_empty());
    }

    #[test]
    fn a_seed_decides_which_requests_are_hit() {
        let drawn = |seed| {
            let mut rules = Rules::default();
            let rule = Rule {
                per_mille: Some(300),
                seed: Some(seed),
                ..Rule::next(Fate::Throttled)
            };
            rules.add(vec![rule]).unwrap();
            fates(&mut rules, &[("GET", "/"); 1000])
        };
        let hits = drawn(1).iter().filter(|one| **one != Fate::Fine).count();
        assert!((250..350).contains(&hits), "{hits}");
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
    }

    #[test]
    fn one_bad_rule_keeps_all_of_them_out() {
        let bad = [
            (r#""count":0"#, "a count of 0 would never do anything"),
            (r#""path":"v2""#, "the path \"v2\" has to start with /"),
            (
                r#""method":"get""#,
                "the method \"get\" has to be in capitals",
            ),
            (r#""per_mille":1001"#, "per_mille is at most 1000"),
            (r#""seed":1"#, "a seed without per_mille decides nothing"),
            (r#""late_ms":1"#, "late_ms is for the fate late"),
        ];
        let mut rules = Rules::default();
        for (field, words) in bad {
            let rule = serde_json::from_str(&format!(r#"{{"fate":"html",{field}}}"#)).unwrap();
            let refusal = rules.add(vec![Rule::next(Fate::Html), rule]).unwrap_err();
            assert_eq!(refusal, words);
        }
        assert!(rules.left().is_empty());
    }
}
