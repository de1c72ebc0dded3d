//! A series as a compact blob, as it stands in the ledger's file.
//!
//! All numbers are little endian.
//!
//! | bytes | meaning |
//! |---|---|
//! | 1 | version of this format: 1 |
//! | 1 | flags: 1 = prices have 64 bits; then one bit for each of [`Restriction::ALL`] whose column follows |
//! | 4 | first night, in days since 1970-01-01, signed |
//! | 4 | number of nights |
//! | 4 or 8 each | prices in minor units, with the marks of [`Column`] |
//! | 2 each | a column of restrictions, with the marks of [`Series`]; one column after the other |
//!
//! Invariant: what is not exactly this format is refused, never guessed.

use rackrate_core::night::Night;
use rackrate_core::rules::Restriction;
use rackrate_core::series::{Column, RuleColumns, Series};

use crate::error::LedgerError;
use crate::store::Result;

const VERSION: u8 = 1;
const WIDE: u8 = 1;

/// The flag of each kind of restriction, in the order of their columns.
fn flags() -> impl Iterator<Item = (Restriction, u8)> {
    let bits = (1..u8::BITS).map(|bit| 1 << bit);
    Restriction::ALL.into_iter().zip(bits)
}

/// Writes a series down.
pub(crate) fn encode(series: &Series) -> Vec<u8> {
    let (prices, rules) = series.columns();
    let wide = if matches!(prices, Column::Wide(_)) {
        WIDE
    } else {
        0
    };
    let told = flags().filter(|(kind, _)| rules.contains_key(kind));
    let told = told.fold(wide, |all, (_, flag)| all | flag);
    let mut blob = vec![VERSION, told];
    blob.extend(series.first().days().to_le_bytes());
    blob.extend((prices.len() as u32).to_le_bytes());
    match prices {
        Column::Narrow(cells) => blob.extend(cells.iter().flat_map(|cell| cell.to_le_bytes())),
        Column::Wide(cells) => blob.extend(cells.iter().flat_map(|cell| cell.to_le_bytes())),
    }
    let columns = rules.values().flatten();
    blob.extend(columns.flat_map(|value| value.to_le_bytes()));
    blob
}

/// Reads a series back.
///
/// # Errors
/// [`LedgerError::Broken`] for anything that [`encode`] does not write.
pub(crate) fn decode(blob: &[u8]) -> Result<Series> {
    let mut rest = Rest(blob);
    let [version, told] = rest.take()?;
    if version != VERSION {
        return Err(broken("its format is not known"));
    }
    let days = i32::from_le_bytes(rest.take()?);
    let start = Night::from_days(days);
    let nights = u32::from_le_bytes(rest.take()?) as usize;
    let prices = match told & WIDE {
        0 => Column::Narrow(rest.list(nights, u32::from_le_bytes)?),
        _ => Column::Wide(rest.list(nights, u64::from_le_bytes)?),
    };
    let mut rules = RuleColumns::new();
    for (kind, _) in flags().filter(|(_, flag)| told & flag != 0) {
        rules.insert(kind, rest.list(nights, u16::from_le_bytes)?);
    }
    if start.days() != days || !rest.0.is_empty() {
        return Err(broken("its length or its first night is impossible"));
    }
    Series::from_columns(start, prices, rules).ok_or_else(|| broken("its columns differ in length"))
}

struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, tail) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| broken("it is cut short"))?;
        self.0 = tail;
        Ok(*head)
    }

    /// The length is checked before memory is asked for.
    fn list<const N: usize, T>(&mut self, len: usize, read: fn([u8; N]) -> T) -> Result<Vec<T>> {
        if self.0.len() / N < len {
            return Err(broken("it is cut short"));
        }
        (0..len).map(|_| self.take().map(read)).collect()
    }
}

fn broken(reason: &str) -> LedgerError {
    LedgerError::Broken {
        what: "series",
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rackrate_core::money::Minor;
    use rackrate_core::rules::{Rules, Set};
    use rackrate_core::series::Seen;

    fn any_series() -> impl Strategy<Value = Series> {
        let seen = prop_oneof![
            Just(Seen::Absent),
            Just(Seen::Unreadable),
            (0_u64..1_000_000).prop_map(|price| Seen::Price(Minor(price))),
            (u64::from(u32::MAX) - 9..u64::from(u32::MAX) + 9)
                .prop_map(|price| Seen::Price(Minor(price))),
        ];
        let prices = prop::collection::vec((0_i32..400, seen), 0..40);
        let stays = prop::collection::vec((0_i32..400, 0_usize..7, 0_u16..2), 0..9);
        (prices, stays).prop_map(|(prices, stays)| {
            let night = |day| Night::from_days(20_000 + day);
            let mut series = Series::unknown(night(200), night(201));
            for (day, seen) in prices {
                series.set_price(night(day), Some(seen));
            }
            for (day, kind, value) in stays {
                let wish = if value == 0 {
                    Set::Clear
                } else {
                    Set::To(value)
                };
                let mut rules = Rules::LEAVE;
                rules.set(Restriction::ALL[kind], wish);
                series.set_rules(night(day), rules);
            }
            series
        })
    }

    proptest! {
        #[test]
        fn a_series_comes_back_as_it_went(series in any_series()) {
            prop_assert_eq!(decode(&encode(&series)).unwrap(), series);
        }

        #[test]
        fn a_cut_or_longer_blob_is_refused(series in any_series(), cut in 1_usize..9) {
            let blob = encode(&series);
            prop_assert!(decode(&blob[..blob.len() - cut]).is_err());
            let longer = [blob, vec![0; cut]].concat();
            prop_assert!(decode(&longer).is_err());
        }

        #[test]
        fn no_bytes_make_it_panic(blob in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(series) = decode(&blob) {
                prop_assert_eq!(encode(&series), blob);
            }
        }
    }

    #[test]
    fn the_format_is_the_documented_one() {
        let night = Night::from_days(258);
        let mut series = Series::unknown(night, night.next());
        series.set_price(night, Some(Seen::Price(Minor(0x0102))));
        let blob = encode(&series);
        assert_eq!(blob[..10], [1, 0, 2, 1, 0, 0, 2, 0, 0, 0]);
        assert_eq!(blob[10..], [2, 1, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    }
}
