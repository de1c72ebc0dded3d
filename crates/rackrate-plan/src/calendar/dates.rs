//! Stay dates at speed: a month is parsed once, its days are counted.

use rackrate_core::night::Night;

/// Remembers the month of the last date.
#[derive(Debug, Default)]
pub(super) struct Dates {
    month: [u8; 8],
    /// The first night and the days of that month; none before the first date.
    known: Option<(Night, i32)>,
}

impl Dates {
    /// The night of a text of the form YYYY-MM-DD.
    pub(super) fn night(&mut self, text: &[u8]) -> Option<Night> {
        let (month, day) = (text.get(..8)?, text.get(8..)?);
        let &[tens, ones] = day else { return None };
        if !tens.is_ascii_digit() || !ones.is_ascii_digit() {
            return None;
        }
        if self.known.is_none() || self.month != month {
            self.known = Some(read(month)?);
            self.month.copy_from_slice(month);
        }
        let (first, days) = self.known?;
        let day = i32::from(tens - b'0') * 10 + i32::from(ones - b'0');
        (1..=days).contains(&day).then(|| first.plus(day - 1))
    }
}

fn read(month: &[u8]) -> Option<(Night, i32)> {
    let month = std::str::from_utf8(month).ok()?;
    let first: Night = format!("{month}01").parse().ok()?;
    Some((first, i32::from(first.date().days_in_month())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_read_as_the_night_parser_reads_it(
            texts in prop::collection::vec("[0-9]{3,5}-[0-2][0-9]-[0-4][0-9]|\\PC{0,11}", 1..20),
        ) {
            let mut dates = Dates::default();
            for text in texts {
                prop_assert_eq!(dates.night(text.as_bytes()), text.parse().ok(), "{}", text);
            }
        }
    }
}
