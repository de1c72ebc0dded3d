//! The clauses of the adapter specification, on a description and its golden exchanges.
//!
//! `RACKRATE_DESCRIPTION` names the file; without it, the descriptions of this crate are
//! examined. Beside `house.toml`, the folder `house` holds `sample.json` and the exchanges;
//! the README tells what stands in them.
//!
//! Invariant: what a description and its exchanges cannot show is said to be not
//! applicable, with the reason; it is never counted as kept.

#[cfg(test)]
mod exam;

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rackrate_conformance::{CLAUSES, Outcome};

    use crate::exam::Exam;

    fn files() -> Vec<PathBuf> {
        let own = || {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("descriptions");
            ["pms-v2.toml", "channex.toml"]
                .map(|name| folder.join(name))
                .to_vec()
        };
        std::env::var_os("RACKRATE_DESCRIPTION").map_or_else(own, |file| vec![file.into()])
    }

    #[test]
    fn every_clause_that_applies_is_kept() {
        for file in files() {
            let exam = Exam::open(&file).unwrap_or_else(|error| panic!("{error}"));
            let (mut kept, mut broken) = (0, Vec::new());
            for clause in CLAUSES {
                let id = clause.id;
                let outcome = exam
                    .not_applicable(id)
                    .map_or_else(|| clause.check(&exam.vendor()), Outcome::NotApplicable);
                match outcome {
                    Outcome::Kept => {
                        kept += 1;
                        println!("clause {id} pass");
                    }
                    Outcome::NotApplicable(reason) => println!("clause {id} n/a {reason}"),
                    Outcome::Broken(text) => {
                        broken.push(format!("{id} {} {text}", clause.sentence));
                    }
                }
            }
            assert!(
                broken.is_empty(),
                "{}:\n{}",
                file.display(),
                broken.join("\n")
            );
            assert!(kept > 0, "{}: nothing was checked", file.display());
        }
    }

    #[test]
    fn golden_requests_are_what_the_description_sends() {
        for file in files() {
            let exam = Exam::open(&file).unwrap_or_else(|error| panic!("{error}"));
            let differences = exam.requests();
            assert!(differences.is_empty(), "{}", differences.join("\n"));
        }
    }

    #[test]
    fn an_exchange_that_contradicts_the_description_is_found() {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("descriptions/pms-v2.toml");
        let text = std::fs::read_to_string(&own).unwrap();
        for (from, to, clause) in [
            ("status = \"completed\" }", "status = \"done\" }", "P1"),
            ("rows = \"rates.*\"", "rows = \"prices.*\"", "P1"),
            ("amount = \"amount\"", "amount = \"price\"", "M2"),
            (
                "failed = \"failed\"",
                "failed = \"zz_never_heard_of\"",
                "J1",
            ),
        ] {
            assert!(text.contains(from), "{from}");
            let exam = Exam::of(&own, text.replace(from, to)).unwrap();
            let clause = CLAUSES.iter().find(|one| one.id == clause).unwrap();
            let outcome = clause.check(&exam.vendor());
            assert!(matches!(outcome, Outcome::Broken(_)), "{to}: {outcome:?}");
        }
        let exam = Exam::of(
            &own,
            text.replace("date = \"{night}\"", "day = \"{night}\""),
        )
        .unwrap();
        assert_eq!(exam.requests().len(), 1);
    }
}
