//! `docs/data.md` says what is stored: every table and every drawer of the ledger is in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail as tests do")]

use std::path::Path;

use rackrate_ledger::op::Drawer;
use rackrate_ledger::sqlite::SqliteLedger;
use rusqlite::Connection;

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/data.md");
    std::fs::read_to_string(path).unwrap()
}

/// Rows of tables in the document begin with the name in backquotes.
fn has_row(document: &str, name: &str) -> bool {
    document
        .lines()
        .any(|line| line.starts_with(&format!("| `{name}` |")))
}

#[test]
fn every_table_of_the_ledger_is_documented() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    drop(SqliteLedger::open(&path).unwrap());
    let db = Connection::open(&path).unwrap();
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut query = db.prepare(sql).unwrap();
    let names = query.query_map([], |row| row.get::<_, String>(0)).unwrap();
    let names: Vec<String> = names.collect::<Result<_, _>>().unwrap();
    assert!(names.len() > 10, "{names:?}");
    let document = document();
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !has_row(&document, name))
        .collect();
    assert!(missing.is_empty(), "not in docs/data.md: {missing:?}");
}

/// The next drawer, so that a new one does not compile until it is here.
fn after(drawer: Drawer) -> Option<Drawer> {
    match drawer {
        Drawer::Install => Some(Drawer::Rotation),
        Drawer::Rotation => Some(Drawer::Alert),
        Drawer::Alert => Some(Drawer::Use),
        Drawer::Use => Some(Drawer::Review),
        Drawer::Review => Some(Drawer::Suspended),
        Drawer::Suspended => None,
    }
}

#[test]
fn every_drawer_of_the_ledger_is_documented() {
    let document = document();
    for drawer in std::iter::successors(Some(Drawer::Install), |drawer| after(*drawer)) {
        let name = serde_json::to_string(&drawer).unwrap();
        let name = name.trim_matches('"');
        assert!(has_row(&document, name), "{name} is not in docs/data.md");
    }
}
