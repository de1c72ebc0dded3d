//! The deduplicator, by scripts of runs and by chance.

use proptest::prelude::*;
use rackrate_core::ids::ConnectionId;

use super::*;
use crate::alert::{Actor, Alert};
use crate::held::Held;

const HOUR: i64 = 3_600_000;

fn connection(name: &str) -> ConnectionId {
    ConnectionId::new(name).unwrap()
}

fn alert(subject: Subject, trouble: Trouble, connections: &[&str]) -> Failure {
    let connections: BTreeSet<_> = connections.iter().map(|name| connection(name)).collect();
    Failure {
        failing: connections
            .iter()
            .map(|one| (one.clone(), Proof::Read))
            .collect(),
        alert: Alert {
            subject,
            trouble,
            vendor: "Acme PMS".to_owned(),
            connections,
            code: String::new(),
            actor: Actor::You {
                command: "run `rackrate creds login x`".to_owned(),
            },
            held: Held::default(),
            request: None,
        },
    }
}

fn grant(name: &str, trouble: Trouble) -> Failure {
    alert(Subject::Grant(connection(name)), trouble, &[name])
}

fn client(trouble: Trouble, connections: &[&str]) -> Failure {
    alert(Subject::Client("acme".to_owned()), trouble, connections)
}

/// A ledger and the ways out `a` and `b`, run after run.
struct World {
    records: Records,
    rules: Rules,
    known: BTreeSet<ConnectionId>,
    hours: i64,
    /// Ways out that take nothing.
    broken: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        Self {
            records: Records::new(),
            rules: Rules {
                remind: Duration::from_secs(24 * 3600),
                sinks: ["a", "b"].map(str::to_owned).into(),
            },
            known: ["x", "y", "z"].map(connection).into(),
            hours: 0,
            broken: BTreeSet::new(),
        }
    }

    fn decide(&self, failures: &[Failure], works: &[&str]) -> Decision {
        let seen = Seen {
            failures: failures.to_vec(),
            works: works
                .iter()
                .map(|name| (connection(name), Proof::Read))
                .collect(),
            known: self.known.clone(),
        };
        decide(&self.records, &seen, &self.rules, Wall(self.hours * HOUR))
    }

    fn file(&mut self, decision: &Decision) {
        for (name, record) in &decision.file {
            match record {
                // What is read back is what was written.
                Some(record) => drop(
                    self.records
                        .insert(name.clone(), Record::read(&record.text()).unwrap()),
                ),
                None => drop(self.records.remove(name)),
            }
        }
    }

    /// An hour later, a run that ends well: what was told, as `name event`.
    fn run(&mut self, failures: &[Failure], works: &[&str]) -> Vec<String> {
        self.hours += 1;
        let decision = self.decide(failures, works);
        self.file(&decision);
        let mut told = Vec::new();
        for (message, to) in &decision.send {
            let took: BTreeSet<_> = to.difference(&self.broken).cloned().collect();
            let record = self.records.get_mut(&message.alert.name()).unwrap();
            *record = record.clone().taken(&took);
            if !took.is_empty() {
                told.push(format!("{} {}", message.alert.name(), message.event.slug()));
            }
        }
        told
    }
}

use Trouble::{ClientRefused, NeedsAuthorization, NotAllowed, SecretMissing, Suspended};

#[test]
fn an_alert_is_told_once_while_it_lasts_and_once_when_it_is_over() {
    let (mut world, lost) = (World::new(), [grant("x", NeedsAuthorization)]);
    assert_eq!(world.run(&lost, &["y"]), ["grant x raised"]);
    assert!(world.run(&lost, &["y"]).is_empty());
    assert!(world.run(&[], &[]).is_empty(), "nobody asked x");
    assert_eq!(world.run(&[], &["x"]), ["grant x recovered"]);
    assert!(world.run(&[], &["x"]).is_empty());
}

#[test]
fn what_lasts_is_told_again_after_a_span() {
    let (mut world, lost) = (World::new(), [grant("x", NeedsAuthorization)]);
    let told: Vec<_> = (0..60).flat_map(|_| world.run(&lost, &[])).collect();
    assert_eq!(
        told,
        ["grant x raised", "grant x reminder", "grant x reminder"]
    );
}

#[test]
fn another_trouble_is_news_once() {
    let mut world = World::new();
    let of = |trouble| [grant("x", trouble)];
    assert_eq!(world.run(&of(NeedsAuthorization), &[]), ["grant x raised"]);
    assert_eq!(world.run(&of(NotAllowed), &[]), ["grant x changed"]);
    assert!(world.run(&of(NeedsAuthorization), &[]).is_empty());
    assert!(world.run(&of(NotAllowed), &[]).is_empty());
}

#[test]
fn what_comes_and_goes_is_called_so_and_told_as_over_only_once_that_lasted() {
    let (mut world, lost) = (World::new(), [grant("x", NeedsAuthorization)]);
    let mut told = Vec::new();
    for _ in 0..10 {
        told.extend(world.run(&lost, &[]));
        told.extend(world.run(&[], &["x"]));
    }
    assert_eq!(
        told,
        [
            "grant x raised",
            "grant x recovered",
            "grant x again",
            "grant x recovered",
            "grant x unsteady"
        ]
    );
    let later: Vec<_> = (0..30).flat_map(|_| world.run(&[], &["x"])).collect();
    assert_eq!(later, ["grant x recovered"]);
}

#[test]
fn a_client_is_over_when_every_connection_that_failed_works() {
    let mut world = World::new();
    let both = [client(ClientRefused, &["x", "y"])];
    assert_eq!(world.run(&both, &["z"]), ["client acme raised"]);
    assert!(world.run(&[], &["x"]).is_empty());
    assert_eq!(world.run(&[], &["y"]), ["client acme recovered"]);
}

#[test]
fn a_grant_that_its_clients_alert_covers_makes_no_alert_of_its_own() {
    let mut world = World::new();
    let both = [client(Suspended, &["x", "y"])];
    assert_eq!(world.run(&both, &[]), ["client acme raised"]);
    let rest = [grant("x", NeedsAuthorization)];
    assert!(world.run(&rest, &["y"]).is_empty());
    assert_eq!(
        world.run(&[grant("z", NeedsAuthorization)], &[]),
        ["grant z raised"]
    );
    assert_eq!(world.run(&[], &["x"]), ["client acme recovered"]);
}

#[test]
fn a_clients_alert_stays_the_clients_while_only_some_of_its_grants_fail() {
    let mut world = World::new();
    let both = [client(Suspended, &["x", "y"])];
    assert_eq!(world.run(&both, &[]), ["client acme raised"]);
    let rest = [grant("x", NeedsAuthorization)];
    let told: Vec<_> = (0..50).flat_map(|_| world.run(&rest, &["y"])).collect();
    assert_eq!(told, ["client acme reminder", "client acme reminder"]);
}

#[test]
fn what_is_left_of_a_places_failure_is_told_no_second_time() {
    let mut world = World::new();
    let all = alert(
        Subject::Place("Vault".to_owned()),
        SecretMissing,
        &["x", "y", "z"],
    );
    assert_eq!(world.run(&[all], &[]), ["place Vault raised"]);
    assert!(
        world
            .run(&[client(SecretMissing, &["x", "y"])], &["z"])
            .is_empty()
    );
    assert!(world.run(&[grant("x", SecretMissing)], &["y"]).is_empty());
    assert_eq!(world.run(&[], &["x"]), ["place Vault recovered"]);
}

#[test]
fn reading_proves_nothing_about_a_price_that_was_refused() {
    let mut world = World::new();
    let mut refused = grant("x", NotAllowed);
    refused.failing.insert(connection("x"), Proof::Write);
    assert_eq!(world.run(&[refused], &[]), ["grant x raised"]);
    assert!(world.run(&[], &["x"]).is_empty());
    let mut seen = Seen {
        known: world.known.clone(),
        ..Seen::default()
    };
    seen.works.insert(connection("x"), Proof::Write);
    let decision = decide(&world.records, &seen, &world.rules, Wall(9 * HOUR));
    assert_eq!(decision.send[0].0.event, Event::Recovered);
}

#[test]
fn after_a_crash_before_it_left_the_same_message_leaves() {
    let (mut world, lost) = (World::new(), [grant("x", NeedsAuthorization)]);
    let decided = world.decide(&lost, &[]);
    world.file(&decided);
    // The process dies here, and the next one sees nothing of x at all.
    world.hours += 1;
    let again = world.decide(&[], &["y"]);
    assert_eq!(again.send, decided.send);
    assert!(again.file.is_empty());
}

#[test]
fn a_way_out_that_was_down_gets_the_message_later_and_the_others_do_not() {
    let (mut world, lost) = (World::new(), [grant("x", NeedsAuthorization)]);
    world.broken = ["b".to_owned()].into();
    assert_eq!(world.run(&lost, &[]), ["grant x raised"]);
    let (message, to) = &world.decide(&lost, &[]).send[0];
    assert_eq!(
        (message.event, to),
        (Event::Raised, &["b".to_owned()].into())
    );
    world.broken.clear();
    assert_eq!(world.run(&lost, &[]).len(), 1);
    assert!(world.decide(&lost, &[]).send.is_empty());
}

#[test]
fn a_connection_that_left_the_configuration_is_not_called_repaired() {
    let (mut world, lost) = (World::new(), [grant("x", NeedsAuthorization)]);
    assert_eq!(world.run(&lost, &[]), ["grant x raised"]);
    world.known.remove(&connection("x"));
    assert_eq!(world.run(&[], &["y"]), ["grant x unwatched"]);
}

#[test]
fn a_record_of_another_form_is_not_read() {
    let record = Record::new(
        World::new().decide(&[grant("x", NotAllowed)], &[]).send[0]
            .0
            .clone(),
    );
    let text = record.text();
    assert!(Record::read(&text).is_some());
    assert!(Record::read(&text.replace("\"form\":1", "\"form\":2")).is_none());
    assert!(Record::read(&text.replace("\"form\":1", "\"form\":1,\"more\":1")).is_none());
}

/// What happens to one connection in a run.
#[derive(Clone, Copy, Debug)]
enum Step {
    Fails(Trouble),
    Works,
    Nothing,
    /// It fails, and the process dies after filing.
    FailsAndDies,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Fails(NeedsAuthorization)),
        1 => Just(Step::Fails(NotAllowed)),
        3 => Just(Step::Works),
        1 => Just(Step::Nothing),
        1 => Just(Step::FailsAndDies),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_no_failure_is_silent_and_nobody_is_flooded(
        steps in prop::collection::vec((step(), 0_i64..30), 1..80)
    ) {
        let mut world = World::new();
        let mut sent: BTreeMap<String, (i64, Event)> = BTreeMap::new();
        for (step, wait) in steps {
            world.hours += wait;
            let (failures, works): (Vec<_>, &[&str]) = match step {
                Step::Fails(trouble) => (vec![grant("x", trouble)], &[]),
                Step::FailsAndDies => (vec![grant("x", NeedsAuthorization)], &[]),
                Step::Works => (Vec::new(), &["x"]),
                Step::Nothing => (Vec::new(), &[]),
            };
            let decision = world.decide(&failures, works);
            world.file(&decision);
            if matches!(step, Step::FailsAndDies) {
                // Whatever it had decided leaves with the next run.
                let next = world.decide(&[], &[]);
                prop_assert_eq!(&next.send, &decision.send);
                continue;
            }
            for (message, to) in &decision.send {
                let record = world.records.get_mut(&message.alert.name()).unwrap();
                *record = record.clone().taken(to);
                let first = sent.insert(message.id.clone(), (world.hours, message.event));
                prop_assert!(first.is_none(), "told twice: {message:?}");
            }
            if let Step::Fails(_) = step {
                let record = &world.records["grant x"];
                prop_assert!(record.is_open() && record.owed.is_empty());
                let (at, event) = sent[&record.last.id];
                prop_assert!(!event.is_end() && world.hours - at < 24);
            }
            let within = |(at, _): &&(i64, Event)| world.hours - at < 24;
            prop_assert!(sent.values().filter(within).count() <= MOST);
        }
    }
}
