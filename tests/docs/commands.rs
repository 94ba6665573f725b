//! The commands of README.md and of docs/, run as shown.
//!
//! All `sh` blocks of a page are run from top to bottom in one bash, in an empty folder. A block that the
//! paragraph before names, such as "`client.py`:", is that file for the commands that follow. `cargo run
//! --` and `countersign` are the binary that was built for the tests, `python3` is
//! `COUNTERSIGN_TEST_PYTHON`; a `countersign` that serves runs beside what follows, as in a terminal of
//! its own, until the next one on its port takes its place. Ports of localhost are free ones. A
//! `json` or `text` block below a command is what it prints, with `…` for what is different each time.
//!
//! Every block is run, unless it says why not: ` ```sh not-run: needs root `.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use rstest::rstest;

use crate::databases;
use crate::page::{Block, Page};
use crate::support::{countersign, is_here};

/// The database of the pages, in whose place a test's own is put.
const POSTGRES: &str = "postgres://user:password@localhost/users";

/// How long a page may take, with all that it has started.
const TIMEOUT: &str = "300";

/// The exit code of a setup for which a program is missing.
const MISSING: i32 = 77;

/// Languages of commands and programs. The others are files, or what a command prints.
const PROGRAMS: [&str; 6] = ["sh", "python", "javascript", "rust", "go", "bash"];

/// Programs that a reader may not have, and an argument with which they succeed.
const TOOLS: [(&str, &str); 4] =
    [("go", "version"), ("http", "--version"), ("jq", "--version"), ("node", "--version")];

/// The programs as a reader has them.
const PRELUDE: &str = include_str!("prelude.sh");

#[rstest]
#[tokio::test]
async fn page_can_be_followed_from_top_to_bottom_in_one_shell(
    #[base_dir = "."]
    #[files("README.md")]
    #[files("docs/**/*.md")]
    #[exclude("SUMMARY.md")]
    path: PathBuf,
) {
    if !is_here("curl", Command::new("curl").arg("--version")) {
        return;
    }
    let postgres = databases::postgres().await;
    let url = postgres.as_ref().map(|database| &*database.url);
    let folder = tempfile::tempdir().unwrap();
    follow(&Page::read(&path), url, folder.path());
    // The files that a page has its reader create are private.
    for name in ["secret", "users.db", "keys.json", "clients", "gateway.secret", "login.json"] {
        let path = folder.path().join("here").join(name);
        assert!(!countersign::files::is_accessible_by_others(&path), "other users may read {name}");
    }
    if let Some(database) = postgres {
        database.remove().await;
    }
}

/// Runs the commands of a page in `folder/here`.
fn follow(page: &Page, postgres: Option<&str>, folder: &Path) {
    let here = folder.join("here");
    std::fs::create_dir(&here).unwrap();
    let mut ports = Ports::default();
    let mut script = setup(page, &mut ports);
    for (number, block) in page.blocks.iter().enumerate() {
        let mut text = ports.replace(&block.text);
        if let Some(url) = postgres {
            text = text.replace(POSTGRES, &format!("'{url}'"));
        }
        if let Some(name) = &block.file {
            is_that_of_the_repository(block, name);
            let copy = folder.join(format!("{number}.file"));
            std::fs::write(&copy, text).unwrap();
            let (copy, line) = (copy.display(), block.line);
            let _ = writeln!(script, "# line {line}\ninstall -D -m 644 {copy} '{name}'");
        } else if is_run(block, postgres.is_some()) {
            let (line, out) = (block.line, folder.join(format!("{number}.out")));
            let _ = writeln!(script, "echo 'line {line}' >&2\n{{\n{text}\n}} >{}", out.display());
        }
    }
    let path = folder.join("script");
    std::fs::write(&path, script).unwrap();
    let output = bash(&path, &here).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(MISSING) {
        is_here(stderr.trim(), &mut Command::new("false"));
        return;
    }
    assert!(output.status.success(), "{}: {stderr}", page.path.display());
    for (number, pair) in page.blocks.windows(2).enumerate() {
        let [command, shown] = pair else { continue };
        let is_output = matches!(&*shown.language, "json" | "text") && shown.file.is_none();
        if let (true, Ok(printed)) =
            (is_output, std::fs::read_to_string(folder.join(format!("{number}.out"))))
        {
            let (line, command) = (command.line, &command.text);
            let shown = ports.replace(&shown.text);
            assert!(
                matches(&shown, &printed),
                "{}:{line}: {command}\nprinted {printed}\nand not {shown}",
                page.path.display()
            );
        }
    }
}

/// Builds an example with the packages and features of the tests, so that dependencies are not rebuilt.
fn build_example(name: &str) {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--offline", "--example", name]);
    for (feature, is_on) in
        [("jwks-client", cfg!(feature = "jwks-client")), ("jemalloc", cfg!(feature = "jemalloc"))]
    {
        if is_on {
            build.args(["--features", feature]);
        }
    }
    assert!(build.current_dir(env!("CARGO_MANIFEST_DIR")).status().unwrap().success());
}

/// A block that is a file of the repository, such as an example, is a part of it.
fn is_that_of_the_repository(block: &Block, name: &str) {
    let trimmed = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if name.contains('/') && file.exists() {
        let (part, whole) =
            (trimmed(&block.text), trimmed(&std::fs::read_to_string(file).unwrap()));
        let is_part = whole.windows(part.len()).any(|lines| lines == part);
        assert!(is_part, "line {}: it is not a part of {name}", block.line);
    }
}

/// What the shell has before the first command of a page.
fn setup(page: &Page, ports: &mut Ports) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = Path::new(env!("CARGO_BIN_EXE_countersign"));
    let python = std::env::var("COUNTERSIGN_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut script = format!(
        "binary='{}' python='{python}' root='{}' postgres='{}' port={}\n{PRELUDE}",
        binary.display(),
        root.display(),
        std::env::var("COUNTERSIGN_TEST_POSTGRES").unwrap_or_default(),
        ports.free(8080),
    );
    for block in page.blocks.iter().filter(|block| block.language == "sh") {
        for rest in block.text.split("cargo run --example ").skip(1) {
            build_example(rest.split_whitespace().next().unwrap());
        }
    }
    let name = page.path.strip_prefix(root.join("docs")).ok();
    let own = name.map(|name| root.join("tests/docs/setup").join(name.with_extension("sh")));
    if let Some(own) = own.filter(|own| own.exists()) {
        script += &ports.replace(&std::fs::read_to_string(own).unwrap());
    }
    script
}

/// Whether the commands of a block are run, which they are unless it says why not, or a program is missing.
fn is_run(block: &Block, has_postgres: bool) -> bool {
    let (line, language) = (block.line, &*block.language);
    if !PROGRAMS.contains(&language) {
        return false;
    }
    if let Some(reason) = &block.not_run {
        assert!(!reason.is_empty(), "line {line}: not-run without a reason");
        return false;
    }
    assert_eq!(
        language, "sh",
        "line {line}: commands are `sh`; a program needs the name of its file"
    );
    let words: Vec<_> =
        block.text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let is_there = |(name, argument): &(&str, &str)| {
        !words.contains(name) || is_here(name, Command::new(name).arg(argument))
    };
    TOOLS.iter().all(is_there) && (has_postgres || !block.text.contains(POSTGRES))
}

/// bash with a timeout, without the environment variables of the test run.
fn bash(script: &Path, folder: &Path) -> Command {
    let mut command = Command::new("timeout");
    command.args([TIMEOUT, "bash"]);
    for (name, value) in countersign(&[]).get_envs() {
        if value.is_none() {
            command.env_remove(name);
        }
    }
    command.arg(script).current_dir(folder);
    command
}

/// Free ports in the place of those that pages name.
#[derive(Default)]
struct Ports(BTreeMap<u16, u16>);

impl Ports {
    fn free(&mut self, named: u16) -> u16 {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if let Some(port) = self.0.get(&named) {
            return *port;
        }
        // The system may give one port twice, since nothing listens on it yet.
        let mut port = free();
        while self.0.values().any(|other| *other == port) {
            port = free();
        }
        self.0.insert(named, port);
        port
    }

    /// A text with other ports after `localhost:`, `127.0.0.1:`, `--port ` and `port=`.
    fn replace(&mut self, text: &str) -> String {
        let mut replaced = String::new();
        let mut rest = text;
        while let Some((host, at)) = ["localhost:", "127.0.0.1:", "0.0.0.0:", "--port ", "port="]
            .into_iter()
            .filter_map(|host| rest.find(host).map(|at| (host, at)))
            .min_by_key(|(_, at)| *at)
        {
            let (before, after) = rest.split_at(at + host.len());
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            replaced += before;
            match after[..digits].parse() {
                Ok(port) if port >= 1024 => replaced += &self.free(port).to_string(),
                _ => replaced += &after[..digits],
            }
            rest = &after[digits..];
        }
        replaced + rest
    }
}

/// Whether `printed` is `shown`, where `…` stands for anything.
fn matches(shown: &str, printed: &str) -> bool {
    let mut rest = printed.trim();
    let parts: Vec<&str> = shown.trim().split('…').collect();
    for (number, part) in parts.iter().enumerate() {
        let Some(at) = rest.find(part) else { return false };
        if number == 0 && at != 0 {
            return false;
        }
        rest = &rest[at + part.len()..];
    }
    rest.is_empty() || parts.last() == Some(&"")
}

#[test]
fn each_port_of_localhost_is_replaced_by_one_free_port() {
    let mut ports = Ports::default();
    let free = ports.free(8080);
    let text =
        ports.replace("localhost:8080/a 127.0.0.1:8080 127.0.0.1:0 example.com:8080 localhost:81");
    let shown =
        format!("localhost:{free}/a 127.0.0.1:{free} 127.0.0.1:0 example.com:8080 localhost:81");
    assert_eq!(text, shown);
}
