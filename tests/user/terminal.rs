//! What `countersign user` asks and shows on a terminal.

use std::io::{Read, Write};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::{fs, thread};

use tokio::time::Instant;

use super::databases::{self, TestDatabase};
use super::support::{Running, TIMEOUT, countersign, is_here};
use super::{BCRYPT, PASSWORD, done, login, rows, serve, user};

/// A command on a terminal of its own, made by util-linux's `script`.
struct Terminal {
    script: Running,
    keyboard: ChildStdin,
    screen: Receiver<Vec<u8>>,
    /// All that was shown.
    shown: String,
    /// Up to where it was expected.
    read: usize,
    /// Such as `/dev/pts/0`.
    path: String,
}

impl Terminal {
    /// Without `script` the test says loudly that it was skipped; with `CI=true` it fails.
    fn run(database: &TestDatabase, arguments: &str) -> Option<Self> {
        if !is_here("util-linux's script", Command::new("script").arg("--version")) {
            return None;
        }
        let ours = countersign(&[]);
        let program = ours.get_program().to_str().unwrap();
        let command = format!("tty; exec '{program}' user {arguments}");
        let mut script = Command::new("script");
        script.args([
            "--quiet",
            "--return",
            "--echo",
            "always",
            "--command",
            &command,
            "/dev/null",
        ]);
        for (name, _) in ours.get_envs().filter(|(_, value)| value.is_none()) {
            script.env_remove(name);
        }
        script.env("COUNTERSIGN_DATABASE_URL", &database.url);
        script.env("SHELL", "/bin/sh").env("TERM", "xterm");
        let script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut script = Running(script);
        let keyboard = script.0.stdin.take().unwrap();
        let mut output = script.0.stdout.take().unwrap();
        let (show, screen) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(1..) = output.read(&mut bytes).inspect(|read| {
                let _ = show.send(bytes[..*read].to_vec());
            }) {}
        });
        let (shown, path) = (String::new(), String::new());
        let mut terminal = Self { script, keyboard, screen, shown, read: 0, path };
        terminal.path = terminal.until("\r\n");
        Some(terminal)
    }

    /// What is shown from now on until this is.
    fn until(&mut self, text: &str) -> String {
        loop {
            if let Some(at) = self.shown[self.read..].find(text) {
                let before = self.shown[self.read..][..at].to_owned();
                self.read += at + text.len();
                return before;
            }
            let shown = self.screen.recv_timeout(TIMEOUT);
            let shown = shown.unwrap_or_else(|_| panic!("{text} is not in {}", self.shown));
            self.shown.push_str(&String::from_utf8(shown).unwrap());
        }
    }

    fn type_line(&mut self, text: &str) {
        self.keyboard.write_all(format!("{text}\r").as_bytes()).unwrap();
    }

    /// Types when the terminal no longer shows what is typed.
    fn type_unseen(&mut self, text: &str) {
        let start = Instant::now();
        loop {
            let modes = Command::new("stty").args(["-a", "-F", &self.path]).output().unwrap();
            let modes = String::from_utf8(modes.stdout).unwrap();
            if modes.split_whitespace().any(|mode| mode == "-echo") {
                return self.type_line(text);
            }
            assert!(start.elapsed() < TIMEOUT, "what is typed can be seen: {}", self.shown);
        }
    }

    /// Its exit code, and all that was shown.
    fn end(mut self) -> (i32, String) {
        // To the end of it.
        while let Ok(shown) = self.screen.recv_timeout(TIMEOUT) {
            self.shown.push_str(&String::from_utf8(shown).unwrap());
        }
        (self.script.wait(TIMEOUT).code().unwrap(), self.shown)
    }
}

#[tokio::test]
async fn new_password_is_typed_twice_and_never_shown() {
    let database = databases::sqlite();
    for (command, password) in [("add", PASSWORD), ("set-password", "another horse battery")] {
        let command = format!("{command} ada@example.com");
        let Some(mut terminal) = Terminal::run(&database, &command) else { return };
        terminal.until("Password: ");
        terminal.type_unseen(password);
        terminal.until("Repeat the password: ");
        terminal.type_unseen(password);
        let (code, shown) = terminal.end();
        assert_eq!(code, 0, "{shown}");
        assert!(shown.ends_with("user 1, ada@example.com\r\n"), "{shown}");
        assert!(!shown.contains("horse"), "{shown}");
        assert!(login(&serve(&database.url), "ada@example.com", password).await.is_some());
    }
}

#[test]
fn passwords_that_differ_are_rejected() {
    let database = databases::sqlite();
    let Some(mut terminal) = Terminal::run(&database, "add ada@example.com") else { return };
    terminal.until("Password: ");
    terminal.type_unseen(PASSWORD);
    terminal.until("Repeat the password: ");
    terminal.type_unseen("correct horse batterz");
    let (code, shown) = terminal.end();
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("the passwords do not match"), "{shown}");
    assert!(!shown.contains("horse"), "{shown}");
    assert_eq!(done(&database.url, &["list", "--json"], ""), "");
}

#[test]
fn user_is_deleted_after_confirmation() {
    let database = databases::sqlite();
    done(&database.url, &["add", "ada@example.com"], PASSWORD);
    for (answer, code, said, left) in [
        ("", 1, "nothing was deleted", 1),
        ("nay", 1, "nothing was deleted", 1),
        ("Yes", 0, "deleted user 1, ada@example.com", 0),
    ] {
        let Some(mut terminal) = Terminal::run(&database, "delete 1") else { return };
        terminal.until("Delete user 1, ada@example.com, permanently? [y/N] ");
        terminal.type_line(answer);
        let (exit, shown) = terminal.end();
        assert_eq!(exit, code, "{shown}");
        assert!(shown.contains(said), "{shown}");
        assert_eq!(rows(&done(&database.url, &["list", "--json"], "")).len(), left);
    }
}

#[test]
fn import_shows_its_progress_on_a_terminal_only() {
    let database = databases::sqlite();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("users.csv");
    let rows = (0..1500).map(|number| format!("user-{number}@example.com,{BCRYPT}\n"));
    let text = format!("email,password_hash\nmalformed,{BCRYPT}\n{}", rows.collect::<String>());
    fs::write(&path, text).unwrap();
    let import = ["import", path.to_str().unwrap(), "--dry-run"];
    let Some(terminal) = Terminal::run(&database, &import.join(" ")) else { return };
    let (code, shown) = terminal.end();
    assert_eq!(code, 1, "{shown}");
    for part in
        [" KiB, ", " s left", "line 2: malformed: email is not an e-mail address", "import 1500, "]
    {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let (code, _, stderr) = user(&database.url, &import, "");
    assert_eq!((code, &*stderr), (1, "line 2: malformed: email is not an e-mail address\n"));
}
