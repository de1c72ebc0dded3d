//! The way in: pace, credentials, the hotel that is meant, and the way to the module.

use std::time::Duration;

use rackrate_core::clock::Mono;
use rackrate_core::simulator::{Hotel, Meter};

use super::Gateway;
use super::http_text::{Answer, Asked, problem};
use super::processes::Kind;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// What a call beyond the sustained pace waits.
const DELAY: Duration = Duration::from_millis(1000);

/// The gateway's meters.
#[derive(Debug)]
pub(super) struct Meters {
    sustained: Meter,
    burst: Meter,
    starts: Meter,
    heads: Meter,
    gets: Meter,
    processes: Meter,
}

impl Meters {
    pub(super) fn new() -> Self {
        Self {
            sustained: Meter::new(50, SECOND),
            burst: Meter::new(100, SECOND),
            starts: Meter::new(100, MINUTE),
            heads: Meter::new(300, MINUTE),
            gets: Meter::new(300, MINUTE),
            processes: Meter::new(150, MINUTE),
        }
    }

    fn process(&mut self, method: &str) -> &mut Meter {
        match method {
            "POST" => &mut self.starts,
            "HEAD" => &mut self.heads,
            _ => &mut self.gets,
        }
    }
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
enum Way<'a> {
    Token,
    Plans(&'a str),
    Schedules(&'a str, &'a str),
    Rules(&'a str),
    Start(Kind, &'a str, &'a str),
    Process(Kind, &'a str, &'a str),
}

fn way<'a>(path: &[&'a str]) -> Option<Way<'a>> {
    Some(match path {
        ["oauth", "v1", "tokens"] => Way::Token,
        ["rtp", "v1", "hotels", hotel, "ratePlans"] => Way::Plans(hotel),
        ["rtp", "v1", "hotels", hotel, "ratePlans", plan, "schedules"] => {
            Way::Schedules(hotel, plan)
        }
        ["par", "v1", "hotels", hotel, "restrictions"] => Way::Rules(hotel),
        [
            module,
            "async",
            "v1",
            "externalSystems",
            system,
            "hotels",
            hotel,
            rest @ ..,
        ] => match (*module, rest) {
            ("rtp", ["ratePlans", "dailySchedules"]) => Way::Start(Kind::Prices, system, hotel),
            ("rtp", ["ratePlans", "dailySchedules", id]) => Way::Process(Kind::Prices, hotel, id),
            ("par", ["restrictions"]) => Way::Start(Kind::Rules, system, hotel),
            ("par", ["restrictions", id]) => Way::Process(Kind::Rules, hotel, id),
            _ => return None,
        },
        _ => return None,
    })
}

impl Gateway {
    /// The answer, and what it is held back for going too fast.
    pub(super) fn serve(&mut self, asked: &Asked, now: Mono) -> (Answer, Duration) {
        let delay = match self.pace(now) {
            Ok(delay) => delay,
            Err(answer) => return (answer, Duration::ZERO),
        };
        let path: Vec<&str> = asked.path.iter().map(String::as_str).collect();
        let answer = match way(&path) {
            None => self.refuse(404, "GEN00404", "There is no such operation."),
            Some(Way::Token) => self.token(asked, now),
            Some(way) => self.admitted(way, asked, now),
        };
        (answer, delay)
    }

    fn pace(&mut self, now: Mono) -> Result<Duration, Answer> {
        if self.meters.burst.arrive(now).is_err() {
            self.state.record.breaches += 1;
            return Err(Answer::empty(429));
        }
        if self.meters.sustained.arrive(now).is_ok() {
            return Ok(Duration::ZERO);
        }
        self.state.record.breaches += 1;
        match self.is("throttle", "refuse") {
            true => Err(Answer::empty(429)),
            false => Ok(DELAY),
        }
    }

    fn admitted(&mut self, way: Way<'_>, asked: &Asked, now: Mono) -> Answer {
        if matches!(way, Way::Start(..)) {
            self.state.record.pushes += u64::from(asked.method() == "POST");
        }
        let hotel = match self.authorised(way, asked, now) {
            Ok(hotel) => hotel,
            Err(answer) => return answer,
        };
        let right = match way {
            Way::Start(..) => asked.method() == "POST",
            Way::Process(..) => matches!(asked.method(), "HEAD" | "GET"),
            _ => asked.method() == "GET",
        };
        if !right {
            return self.refuse(405, "", "");
        }
        if let Err(answer) = self.process_pace(way, asked.method(), now) {
            return answer;
        }
        match way {
            Way::Start(kind, system, _) => self.start(kind, &hotel, system, asked, now),
            Way::Process(kind, _, id) => self.process(kind, &hotel, id, asked),
            Way::Plans(_) => self.plans(&hotel, asked),
            Way::Schedules(_, plan) => self.schedules(&hotel, plan, asked),
            Way::Rules(_) => self.shown_rules(&hotel, asked),
            Way::Token => self.refuse(404, "", ""),
        }
    }

    fn authorised(&mut self, way: Way<'_>, asked: &Asked, now: Mono) -> Result<Hotel, Answer> {
        let token = asked.header("authorization");
        let token = token.and_then(|text| text.strip_prefix("Bearer "));
        let lives = |token| {
            self.state
                .tokens
                .get(token)
                .is_some_and(|until| now < *until)
        };
        let key = asked.header("x-app-key").unwrap_or_default();
        if !token.is_some_and(lives) || !self.is_secret("app_key", key) {
            self.state.record.unauthorised += 1;
            return Err(self.refuse(401, "GEN00401", "The token or the application key is bad."));
        }
        let named = match way {
            Way::Plans(hotel) | Way::Rules(hotel) | Way::Schedules(hotel, _) => hotel,
            Way::Start(_, _, hotel) | Way::Process(_, hotel, _) => hotel,
            Way::Token => "",
        };
        let same = asked.header("x-hotelid") == Some(named);
        let hotel = self
            .setup
            .hotels
            .iter()
            .find(|one| one.id.as_str() == named);
        match hotel.filter(|_| same) {
            Some(hotel) => Ok(hotel.clone()),
            None => Err(self.refuse(403, "GEN00403", "Unauthorized to access the resource")),
        }
    }

    fn process_pace(&mut self, way: Way<'_>, method: &str, now: Mono) -> Result<(), Answer> {
        if !matches!(way, Way::Start(..) | Way::Process(..)) {
            return Ok(());
        }
        let within = self.meters.process(method).arrive(now).is_ok();
        if within && self.meters.processes.arrive(now).is_ok() {
            return Ok(());
        }
        self.state.record.breaches += 1;
        Err(Answer::empty(429))
    }

    /// A refusal; the vendor often says nothing with it.
    pub(super) fn refuse(&self, status: u16, code: &str, detail: &str) -> Answer {
        let silent = matches!(status, 401 | 403 | 404 | 405 | 413 | 415);
        if silent && !self.is("empty_errors", "off") {
            return Answer::empty(status);
        }
        let as_text = self.habit("status_type", &["number", "text"]) == "text";
        Answer::json(status, problem(status, as_text, code, detail))
    }
}
