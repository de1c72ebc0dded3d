//! Clauses L4 and L5: as fast as the allowances let, and faster.
//!
//! Every plan of every hotel calls as often as it may, each kind of call on its own, in
//! virtual time. The judge is the simulator's own meter.

use std::collections::BTreeMap;

use rackrate_core::adapter::{ReadAsk, Submission};
use rackrate_core::chunk::Chunk;
use rackrate_core::clock::Mono;
use rackrate_core::exchange::{Operation, Request, Response};
use rackrate_core::ids::JobRef;
use rackrate_core::limit::{Quota, Window};

use crate::allowance::{Allowances, Full, counted};
use crate::clause::{Check, Stop, ensure, skip};
use crate::fleet::{Fleet, Seat};
use crate::vendor::Vendor;

/// Calls of each kind for each plan, so that all together fill every window that is not
/// hours long.
const CALLS: u32 = 100;
/// Calls of one attempt to go too fast, at most.
const MOST: u32 = 2_000;

pub(crate) fn within(vendor: &Vendor) -> Check {
    let mut rush = Rush::open(vendor)?;
    let kinds = rush.kinds();
    // Two of everything are enough for two to be in each other's way.
    let seats = rush.fleet.seats.iter().enumerate();
    let seats = seats.filter(|(_, seat)| seat.connection < 2 && seat.is_of_two());
    let callers = seats.flat_map(|(at, _)| {
        let kinds = kinds.iter();
        kinds.map(move |kind| Caller::new(at, *kind, CALLS))
    });
    let mut callers: Vec<Caller> = callers.collect();
    rush.run(vendor, &mut callers)?;
    let record = rush.fleet.server.record();
    ensure(record.pushes > 0 && record.unauthorised == 0, || {
        format!("the calls did not get that far: {record:?}")
    })?;
    ensure(record.breaches == 0, || {
        let (breaches, calls) = (record.breaches, record.calls);
        format!("{breaches} of {calls} calls were too fast for the vendor, within what is stated")
    })
}

pub(crate) fn beyond(vendor: &Vendor) -> Check {
    let quotas = vendor.adapter()?.limits().quotas().to_vec();
    let mut tried = 0;
    for (at, quota) in quotas.iter().enumerate() {
        tried += u32::from(is_throttled(vendor, at, quota)?);
    }
    match tried {
        0 => Err(skip("no allowance can be exceeded by itself")),
        _ => Ok(()),
    }
}

/// Goes two and a half times as fast as one allowance lets, and keeps all others. The calls
/// are spread over everything that shares it, so that none of that alone goes too fast.
///
/// Whether it could be tried: other allowances may bind first.
fn is_throttled(vendor: &Vendor, at: usize, quota: &Quota) -> Result<bool, Stop> {
    let calls = quota.limit.saturating_mul(5) / 2 + 1;
    let Window::Rolling(span) = quota.window else {
        return Ok(false);
    };
    let mut rush = Rush::open(vendor)?;
    let Some(kind) = rush.kind_for(at).filter(|_| calls <= MOST) else {
        return Ok(false);
    };
    rush.used.ignored = Some(at);
    let sharing = rush.sharing(quota);
    let each = calls.div_ceil(sharing.len() as u32);
    let callers = sharing.into_iter();
    let mut callers: Vec<Caller> = callers.map(|seat| Caller::new(seat, kind, each)).collect();
    let begun = rush.fleet.now;
    rush.run(vendor, &mut callers)?;
    if rush.last.since(begun) >= span {
        return Ok(false);
    }
    let record = rush.fleet.server.record();
    ensure(record.breaches > 0, || {
        format!(
            "{calls} calls within {span:?}, and nobody minds: {} is stated as {} for each {:?}",
            quota.name, quota.limit, quota.scope
        )
    })?;
    Ok(true)
}

/// Calls of one kind for one plan.
struct Caller {
    seat: usize,
    kind: Operation,
    left: u32,
}

impl Caller {
    fn new(seat: usize, kind: Operation, left: u32) -> Self {
        Self { seat, kind, left }
    }
}

/// A call whose answer is not there yet.
struct Call {
    seat: usize,
    kind: Operation,
    chunk: Option<Chunk>,
}

struct Rush {
    fleet: Fleet,
    used: Allowances,
    calls: u64,
    /// When the last call arrived.
    last: Mono,
    /// By when their answers are ready.
    waiting: BTreeMap<(Mono, u64), Call>,
    /// The last job of each plan, and its write.
    jobs: BTreeMap<usize, (Chunk, JobRef)>,
}

impl Rush {
    fn open(vendor: &Vendor) -> Result<Self, Stop> {
        if vendor.adapter()?.limits().quotas().is_empty() {
            return Err(skip("the vendor publishes no allowance"));
        }
        let fleet = Fleet::open(vendor)?;
        Ok(Self {
            last: fleet.now,
            calls: fleet.server.record().calls,
            fleet,
            used: Allowances::default(),
            waiting: BTreeMap::new(),
            jobs: BTreeMap::new(),
        })
    }

    /// The kinds of calls that there are.
    fn kinds(&self) -> Vec<Operation> {
        let adapter = &self.fleet.adapter;
        let mut kinds = vec![Operation::Push, Operation::Read];
        kinds.extend(
            adapter
                .shape(Operation::Restrict)
                .map(|_| Operation::Restrict),
        );
        kinds.extend(adapter.jobs().map(|_| Operation::Poll));
        kinds
    }

    /// The kind of call that is charged to that quota, and to the fewest others.
    fn kind_for(&self, quota: usize) -> Option<Operation> {
        let limits = self.fleet.adapter.limits();
        let target = &self.fleet.seats.first()?.chunks.first()?.target;
        let charges = |kind: &Operation| limits.charges(*kind, target);
        let kinds = self.kinds().into_iter();
        kinds
            .filter(|kind| *kind != Operation::Poll)
            .filter(|kind| charges(kind).iter().any(|one| one.quota == quota))
            .min_by_key(|kind| charges(kind).len())
    }

    /// Everybody who shares that quota with the first seat.
    fn sharing(&self, quota: &Quota) -> Vec<usize> {
        let Fleet { adapter, seats, .. } = &self.fleet;
        let by = |seat: &Seat| counted(&**adapter, quota, seat);
        let each = seats.iter().enumerate();
        let sharing = each.filter(|(_, seat)| by(seat) == by(&seats[0]));
        sharing.map(|(at, _)| at).collect()
    }

    /// Lets all callers call until nobody has a call left.
    fn run(&mut self, vendor: &Vendor, callers: &mut [Caller]) -> Check {
        loop {
            let mut wake = self.waiting.keys().next().map(|(at, _)| *at);
            let mut sent = false;
            for caller in callers.iter_mut().filter(|caller| caller.left > 0) {
                match self.call(vendor, caller)? {
                    None => sent = true,
                    Some(Full::Until(at)) => wake = Some(wake.map_or(at, |other| other.min(at))),
                    Some(Full::UntilAnswer) => {}
                }
            }
            match wake {
                _ if sent => {}
                None => return Ok(()),
                Some(at) => self.pass(at)?,
            }
        }
    }

    /// Makes a call, unless it has to wait.
    fn call(&mut self, vendor: &Vendor, caller: &mut Caller) -> Result<Option<Full>, Stop> {
        let adapter = self.fleet.adapter.clone();
        let Some((mut request, chunk)) = self.request(caller)? else {
            return Ok(Some(Full::UntilAnswer));
        };
        let (seat, now) = (&self.fleet.seats[caller.seat], self.fleet.now);
        if let Err(full) = self.used.take(&*adapter, caller.kind, seat, now) {
            return Ok(Some(full));
        }
        let token = self.fleet.tokens[seat.connection].as_ref();
        adapter.auth().apply(&vendor.secrets, token, &mut request)?;
        let wire = request.expose(&adapter.manifest().vendor)?;
        self.calls += 1;
        caller.left -= 1;
        self.last = now;
        let ready = self.fleet.server.arrive(self.calls, wire, now);
        let call = Call {
            seat: caller.seat,
            kind: caller.kind,
            chunk,
        };
        self.waiting.insert((ready, self.calls), call);
        Ok(None)
    }

    /// The caller's request, and the chunk that it writes; `None` while there is no job to
    /// ask for.
    fn request(&self, caller: &Caller) -> Result<Option<(Request, Option<Chunk>)>, Stop> {
        let adapter = &self.fleet.adapter;
        let chunks = &self.fleet.seats[caller.seat].chunks;
        let about = match caller.kind {
            Operation::Push | Operation::Restrict => {
                let mut chunks = chunks.iter();
                chunks.find(|chunk| chunk.operation == caller.kind)
            }
            _ => chunks.first(),
        };
        Ok(match (caller.kind, adapter.jobs(), about) {
            (Operation::Poll, Some(jobs), _) => match self.jobs.get(&caller.seat) {
                Some((chunk, job)) => Some((jobs.poll(chunk, job)?, None)),
                None => None,
            },
            (Operation::Read, _, Some(chunk)) => Some((adapter.read(&night(chunk))?, None)),
            (_, _, Some(chunk)) => {
                let chunk = other_price(chunk, caller.left);
                Some((adapter.push(&chunk)?, Some(chunk)))
            }
            _ => None,
        })
    }

    /// Lets time pass, and reads the answers that are ready by then.
    fn pass(&mut self, at: Mono) -> Check {
        self.fleet.now = self.fleet.now.max(at);
        self.fleet.server.advance(self.fleet.now);
        while let Some(entry) = self.waiting.first_entry() {
            let (ready, id) = *entry.key();
            if ready > self.fleet.now {
                break;
            }
            let call = entry.remove();
            let (parts, body) = self.fleet.server.answer(id, self.fleet.now).into_parts();
            let adapter = self.fleet.adapter.clone();
            let seat = &self.fleet.seats[call.seat];
            self.used.answered(&*adapter, call.kind, seat);
            let Some(chunk) = call.chunk else { continue };
            let answer = Response {
                status: parts.status,
                headers: parts.headers,
                body,
            };
            // What is refused for another reason has counted all the same.
            if let Ok(Submission::Queued(job)) = adapter.parse_push(&chunk, &answer) {
                self.jobs.insert(call.seat, (chunk, job));
            }
        }
        Ok(())
    }
}

/// The question for what the chunk writes.
fn night(chunk: &Chunk) -> ReadAsk {
    ReadAsk {
        target: chunk.target.clone(),
        first: chunk.rows[0].first,
        last: chunk.rows[0].last,
    }
}

/// The chunk at another price: some vendors do not take the same twice.
fn other_price(chunk: &Chunk, by: u32) -> Chunk {
    let mut chunk = chunk.clone();
    let prices = chunk.rows.iter_mut().flat_map(|row| &mut row.prices);
    prices.for_each(|(_, price)| price.0 += u64::from(by) * 100);
    chunk
}
