//! A chain of hotels and its calendar, made up as it is read, so that no file is in memory.
//!
//! Each hotel has ten room types with five rate plans, and a year of nights.

use std::fmt::Write;
use std::io::{BufRead, Read, Result};

use rackrate_core::night::Night;

/// Nights of each series.
pub(crate) const NIGHTS: u64 = 365;
const ROOMS: u64 = 10;
const PLANS: u64 = 5;
/// Lines made at a time.
const BATCH: usize = 1024;

/// How large the chain is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chain {
    pub(crate) hotels: u64,
    pub(crate) first: Night,
}

/// What one series is of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) hotel: u64,
    pub(crate) room: u64,
    pub(crate) plan: u64,
}

impl Chain {
    /// The smallest chain with so many cells.
    pub(crate) fn with_cells(cells: u64, first: Night) -> Self {
        Self {
            hotels: cells.div_ceil(ROOMS * PLANS * NIGHTS),
            first,
        }
    }

    pub(crate) fn cells(self) -> u64 {
        self.hotels * ROOMS * PLANS * NIGHTS
    }

    /// Every series, in the calendar's order.
    pub(crate) fn places(self) -> impl Iterator<Item = Place> {
        (0..self.hotels * ROOMS * PLANS).map(|at| Place {
            hotel: at / (ROOMS * PLANS),
            room: at / PLANS % ROOMS,
            plan: at % PLANS,
        })
    }

    pub(crate) fn properties(self) -> String {
        let mut text = "code,name,time_zone,currency,basis\n".to_owned();
        for hotel in 0..self.hotels {
            let _ = writeln!(text, "h{hotel},Hotel {hotel},Europe/Lisbon,EUR,gross");
        }
        text
    }

    pub(crate) fn mapping(self) -> String {
        let mut text = "connection,property,room_type,rate_plan,vendor_property,\
            vendor_room_type,vendor_rate_plan\n"
            .to_owned();
        for Place { hotel, room, plan } in self.places() {
            let _ = writeln!(
                text,
                "pms,h{hotel},R{room},P{plan},V{hotel},R{room},P{plan}"
            );
        }
        text
    }

    pub(crate) fn calendar(self) -> Generated {
        let header = "property,room_type,rate_plan,stay_date,adults,amount,currency\n";
        let days = self.first.through(self.first.plus(NIGHTS as i32 - 1));
        Generated {
            chain: self,
            days: days.map(|night| night.to_string()).collect(),
            next: 0,
            ready: header.to_owned(),
            taken: 0,
        }
    }
}

impl Place {
    /// The price of a night, in cents: another one from night to night, always the same.
    pub(crate) fn price(self, night: u64) -> u64 {
        let Self { hotel, room, plan } = self;
        10_000 + (hotel * 31 + room * 700 + plan * 130 + night * 17) % 5_000
    }
}

/// The calendar as a file.
#[derive(Debug)]
pub(crate) struct Generated {
    chain: Chain,
    days: Vec<String>,
    /// The next cell.
    next: u64,
    ready: String,
    taken: usize,
}

impl Generated {
    fn line(&mut self) {
        let (series, night) = (self.next / NIGHTS, self.next % NIGHTS);
        let place = Place {
            hotel: series / (ROOMS * PLANS),
            room: series / PLANS % ROOMS,
            plan: series % PLANS,
        };
        let (day, price) = (&self.days[night as usize], place.price(night));
        let Place { hotel, room, plan } = place;
        let (euros, cents) = (price / 100, price % 100);
        let _ = writeln!(
            self.ready,
            "h{hotel},R{room},P{plan},{day},2,{euros}.{cents:02},EUR"
        );
        self.next += 1;
    }
}

impl BufRead for Generated {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.taken == self.ready.len() {
            self.ready.clear();
            self.taken = 0;
            for _ in 0..BATCH {
                if self.next < self.chain.cells() {
                    self.line();
                }
            }
        }
        Ok(&self.ready.as_bytes()[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        self.taken += amount;
    }
}

impl Read for Generated {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let ready = self.fill_buf()?;
        let amount = ready.len().min(into.len());
        into[..amount].copy_from_slice(&ready[..amount]);
        self.consume(amount);
        Ok(amount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar_has_a_line_for_each_cell() {
        let chain = Chain::with_cells(20_000, "2027-03-01".parse().unwrap());
        let lines: Vec<_> = chain.calendar().lines().map_while(Result::ok).collect();
        assert_eq!((chain.hotels, lines.len() as u64), (2, chain.cells() + 1));
        assert_eq!(lines[1], "h0,R0,P0,2027-03-01,2,100.00,EUR");
        assert_eq!(lines.last().unwrap(), "h1,R9,P4,2028-02-28,2,130.39,EUR");
    }
}
