//! Commands and flags that pages name, against `--help`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::LazyLock;

use rstest::rstest;

use crate::page::Page;
use crate::support::countersign;

/// Flags of other programs: HTTPie, cargo, `bench/run.py`.
const FOREIGN: [&str; 3] = ["--form", "--features", "--postgres"];

/// The names of all commands, such as `user add`, and of all flags.
static HELP: LazyLock<(BTreeSet<String>, BTreeSet<String>)> = LazyLock::new(|| {
    let (mut commands, mut flags) = (BTreeSet::new(), BTreeSet::new());
    collect(&[], &mut commands, &mut flags);
    (commands, flags)
});

/// The commands and flags of the help of a command, and of those below it.
fn collect(path: &[&str], commands: &mut BTreeSet<String>, flags: &mut BTreeSet<String>) {
    let help = countersign(path).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    flags.extend(flags_of(&help).map(ToOwned::to_owned));
    let list = help.split_once("\nCommands:\n").map_or("", |(_, rest)| rest);
    let names = list.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for name in names.filter_map(|line| line.split_whitespace().next()) {
        if name != "help" {
            let path = [path, &[name]].concat();
            commands.insert(path.join(" "));
            collect(&path, commands, flags);
        }
    }
}

fn flags_of(text: &str) -> impl Iterator<Item = &str> {
    let is_separator = |c: char| !c.is_ascii_lowercase() && c != '-';
    text.split(is_separator).filter(|word| word.starts_with("--") && word.len() > 2)
}

#[rstest]
fn commands_and_flags_that_a_page_names_exist(
    #[base_dir = "."]
    #[files("README.md")]
    #[files("docs/**/*.md")]
    path: PathBuf,
) {
    let (commands, flags) = &*HELP;
    assert!(commands.contains("user add") && flags.contains("--listen"), "{commands:?} {flags:?}");
    for code in Page::read(&path).codes {
        let command = code.strip_prefix("countersign ");
        if command.is_none() && !code.starts_with("--") {
            continue;
        }
        for flag in flags_of(&code) {
            let is_known = flags.contains(flag) || FOREIGN.contains(&flag);
            assert!(is_known, "{}: `{code}`: {flag} is no flag", path.display());
        }
        let name = command.and_then(|command| command.split(' ').next());
        if let Some(name) = name.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())) {
            assert!(commands.contains(name), "{}: `{code}`: no command", path.display());
        }
    }
}
