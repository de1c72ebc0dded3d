//! Tables within 80 columns, without lines, so that they can be cut and compared.

use comfy_table::{CellAlignment, ContentArrangement, Table as Inner, TableStyle};

use super::WIDTH;

/// A table for people.
#[derive(Debug)]
pub struct Table(Inner);

impl Table {
    /// A table with these headings; those that begin with `>` stand to the right.
    pub fn new<const N: usize>(headings: [&str; N]) -> Self {
        let mut table = Inner::new();
        table
            .load_style(TableStyle::new())
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(WIDTH as u16);
        table.set_header(headings.map(|heading| heading.trim_start_matches('>')));
        for (at, heading) in headings.iter().enumerate() {
            if let (true, Some(column)) = (heading.starts_with('>'), table.column_mut(at)) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            if let Some(column) = table.column_mut(at) {
                column.set_padding((0, 1));
            }
        }
        Self(table)
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.add_row(cells);
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = self.0.to_string();
        let mut lines = text
            .lines()
            .map(|line| line.trim_end())
            .filter(|line| !line.is_empty());
        if let Some(first) = lines.next() {
            f.write_str(first)?;
        }
        lines.try_for_each(|line| write!(f, "\n{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_to_80_columns_and_has_no_lines() {
        let mut table = Table::new(["what", ">count"]);
        table.row(["confirmed".to_owned(), "2,520".to_owned()]);
        table.row(["a long word ".repeat(20), "1".to_owned()]);
        let text = table.to_string();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(text.starts_with("what"), "{text}");
        assert!(!text.contains(['|', '+', '─']), "{text}");
    }
}
