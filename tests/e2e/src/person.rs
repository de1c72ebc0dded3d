//! A person who is asked for consent: reads what the program says and goes where it points.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc;
use std::thread::JoinHandle;

use crate::http::{Visited, visit};
use crate::{Ended, Program, Stage};

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
        Self::of(&stage.program(), arguments)
    }

    /// Starts it as another program, or in another environment.
    pub fn of(program: &Program, arguments: &str) -> Self {
        let mut program = program.start(&format!("creds login {arguments}"));
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

/// A `creds callback` that waits behind a proxy for people who are sent back.
#[derive(Debug)]
pub struct Reception {
    program: Child,
    /// What it says while it waits; read, so that it is never kept waiting.
    words: JoinHandle<String>,
    lines: mpsc::Receiver<String>,
    address: String,
}

impl Reception {
    /// Starts it at a free port, and reads until it waits.
    pub fn start(stage: &Stage, arguments: &str) -> Self {
        let command = format!("creds callback --listen 127.0.0.1:0 {arguments}");
        let mut program = stage.program().start(&command);
        let mut words = BufReader::new(program.stderr.take().expect("its words are collected"));
        let mut said = String::new();
        let address = loop {
            let before = said.len();
            let read = words.read_line(&mut said).unwrap();
            assert!(read > 0, "it ended before it waited: {said}");
            if let Some(rest) = said[before..].strip_prefix("Waiting at ") {
                let address = rest.split(' ').next().expect("an address");
                break address.to_owned();
            }
        };
        let (tell, lines) = mpsc::channel();
        let words = std::thread::spawn(move || {
            for line in words.lines() {
                let line = line.unwrap();
                said += &format!("{line}\n");
                // A test that has read enough is no reason to read no more.
                let _ = tell.send(line);
            }
            said
        });
        Self {
            program,
            words,
            lines,
            address,
        }
    }

    /// Waits until it says something with these words.
    pub fn until(&self, words: &str) {
        let said = self.lines.iter().any(|line| line.contains(words));
        assert!(said, "it ended before it said {words:?}");
    }

    /// Where it waits.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where the proxy leads a browser that is sent to that address.
    pub fn behind(&self, back: &str) -> String {
        let (_, rest) = back.split_once("://").expect("an address");
        let (_, path) = rest.split_once('/').expect("a path");
        format!("{}/{path}", self.address)
    }

    /// A browser that is sent to that address, which the proxy leads here.
    pub fn visit(&self, back: &str) -> Visited {
        visit(&self.behind(back))
    }

    /// A person opens a vendor's page and consents, and the browser comes back.
    pub fn consent(&self, page: &str) -> Visited {
        let there = visit(page);
        self.visit(&there.location.expect("the vendor sends the browser on"))
    }

    /// Ctrl-C.
    pub fn interrupt(&self) {
        let id = self.program.id().to_string();
        let mut kill = std::process::Command::new("kill");
        assert!(kill.args(["-INT", &id]).status().unwrap().success());
    }

    /// Ctrl-C, and what it said.
    pub fn stop(self) -> Ended {
        self.interrupt();
        self.ended()
    }

    /// Ended at once, wherever it is.
    pub fn kill(mut self) -> Ended {
        self.program.kill().unwrap();
        self.ended()
    }

    /// How it ended.
    pub fn ended(self) -> Ended {
        let ended = Ended::of(self.program.wait_with_output().unwrap());
        Ended {
            stderr: self.words.join().expect("its words are read"),
            ..ended
        }
    }
}
