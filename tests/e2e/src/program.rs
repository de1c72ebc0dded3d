//! The real program: built once, started in a folder, its output collected.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// Where the binary is; `RACKRATE_BIN` names another one.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("RACKRATE_BIN").map_or_else(build, PathBuf::from))
}

/// Builds it with the profile of this test, so that it is never an older one.
fn build() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).expect("target/<profile>/deps");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "rackrate-orchestrator"]);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    // Cargo tells a test about its own package; the build is about another one.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST") {
            command.env_remove(name);
        }
    }
    let folder = profile.parent().expect("target");
    command.arg("--target-dir").arg(folder);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(command.status().unwrap().success(), "the program builds");
    profile.join("rackrate")
}

/// The program in a folder.
#[derive(Clone, Debug)]
pub struct Program {
    binary: Option<PathBuf>,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

/// How the program ended, and what it said.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Its results.
    pub stdout: String,
    /// Its words.
    pub stderr: String,
}

impl Program {
    /// The program in that folder.
    pub fn at(folder: &Path) -> Self {
        Self {
            binary: None,
            folder: folder.to_owned(),
            environment: Vec::new(),
        }
    }

    /// Sets a variable for it.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Another binary in its place.
    #[must_use]
    pub fn from(mut self, binary: &Path) -> Self {
        self.binary = Some(binary.to_owned());
        self
    }

    /// The command with these arguments, separated by spaces; nothing is inherited that
    /// would configure it.
    pub fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(self.binary.as_deref().unwrap_or_else(|| binary()));
        command
            .current_dir(&self.folder)
            .args(arguments.split_whitespace())
            .env_remove("RACKRATE_CONFIG")
            .env("USER", "revenue")
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Starts it.
    pub fn start(&self, arguments: &str) -> Child {
        self.command(arguments).spawn().expect("the program starts")
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &str) -> Ended {
        Ended::of(self.command(arguments).output().unwrap())
    }
}

impl Ended {
    /// What a process left behind.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The same, when it ended with that code; else the test ends with all it said.
    #[must_use]
    pub fn with_code(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

/// The test ends unless a finding of that code was told.
pub fn said(ended: &Ended, code: &str) {
    assert!(ended.stderr.contains(&format!("[{code}]")), "{ended:?}");
}
