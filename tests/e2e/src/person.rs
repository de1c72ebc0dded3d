//! A person who is asked for consent: reads what the program says and goes where it points.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;

use crate::http::{Visited, visit};
use crate::{Ended, Stage};

/// A `creds login` that waits for a browser.
#[derive(Debug)]
pub struct Login {
    program: Child,
    words: BufReader<std::process::ChildStderr>,
    said: String,
    /// The address that a person has to open.
    pub address: String,
    /// Where the browser comes back to.
    pub redirect: String,
}

impl Login {
    /// Starts it, and reads until it waits.
    pub fn start(stage: &Stage, arguments: &str) -> Self {
        let mut program = stage.program().start(&format!("creds login {arguments}"));
        let words = program.stderr.take().expect("its words are collected");
        let mut login = Self {
            program,
            words: BufReader::new(words),
            said: String::new(),
            address: String::new(),
            redirect: String::new(),
        };
        while login.redirect.is_empty() {
            let mut line = String::new();
            let read = login.words.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended before it asked: {}", login.said);
            login.said.push_str(&line);
            let line = line.trim();
            if line.starts_with("http") {
                login.address = line.to_owned();
            }
            if let Some(back) = line.strip_prefix("It comes back to ") {
                login.redirect = back.trim_end_matches('.').to_owned();
            }
        }
        login
    }

    /// The person consents, and the browser comes back.
    pub fn consent(&self) -> Visited {
        let there = visit(&self.address);
        visit(&there.location.expect("the vendor sends the browser on"))
    }

    /// How it ended.
    pub fn ended(mut self) -> Ended {
        self.words.read_to_string(&mut self.said).unwrap();
        let ended = Ended::of(self.program.wait_with_output().unwrap());
        Ended {
            stderr: self.said,
            ..ended
        }
    }
}
