//! Manual pages and completions, and what the binary loads.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use rstest::rstest;

use super::support::{countersign, is_here, run};

#[test]
fn each_command_has_a_manual_page_without_warnings() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = run(countersign(&["man"]).arg(folder.path()));
    assert_eq!(code, 0, "{stderr}");
    let pages: BTreeSet<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    for page in ["countersign.1", "countersign-serve.1", "countersign-user-add.1"] {
        assert!(pages.contains(page), "{page} is not in {pages:?}");
    }
    if !is_here("man", Command::new("man").arg("--version")) {
        return;
    }
    for page in pages {
        let path = folder.path().join(&page);
        let mut man = Command::new("man");
        man.args(["--warnings=w", "--encoding=UTF-8", "--local-file"]).arg(path);
        let (code, text, warnings) = run(man.env("LC_ALL", "C.UTF-8").env("MANWIDTH", "100"));
        assert_eq!((code, &*warnings), (0, ""), "{page}");
        assert!(text.contains("SYNOPSIS"), "{page}");
    }
}

#[test]
fn manual_pages_have_the_values_of_no_variable() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = countersign(&["man"]);
    command.arg(folder.path()).env("COUNTERSIGN_SECRET", "a secret of more than thirty-two bytes");
    command.env("COUNTERSIGN_DATABASE_URL", "postgres://user:hunter2@localhost/users");
    assert_eq!(run(&mut command).0, 0);
    for page in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read_to_string(page.unwrap().path()).unwrap();
        assert!(!text.contains("hunter2") && !text.contains("more than thirty-two"));
    }
}

#[test]
fn missing_folder_of_manual_pages_is_an_error() {
    let (code, _, stderr) = run(&mut countersign(&["man", "/nonexistent/man1"]));
    assert_eq!(code, 1);
    assert_eq!(
        stderr,
        "error: cannot write manual pages into /nonexistent/man1: no such file or folder\n"
    );
}

#[rstest]
#[case("bash", "complete -F _countersign")]
#[case("zsh", "#compdef countersign")]
#[case("fish", "complete -c countersign")]
#[case("elvish", "edit:completion")]
#[case("powershell", "Register-ArgumentCompleter")]
fn completions_are_printed_for_each_shell(#[case] shell: &str, #[case] expected: &str) {
    let (code, script, stderr) = run(&mut countersign(&["completions", shell]));
    assert_eq!((code, &*stderr), (0, ""));
    assert!(script.contains(expected), "{script}");
}

/// What bash offers, by the function that the script defines.
#[test]
fn bash_completes_commands_and_flags() {
    let folder = tempfile::tempdir().unwrap();
    let (_, script, _) = run(&mut countersign(&["completions", "bash"]));
    fs::write(folder.path().join("countersign"), script).unwrap();
    let complete = |words: &str| {
        let script = format!(
            "source ./countersign; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
             _countersign countersign ${{COMP_WORDS[COMP_CWORD]}} ${{COMP_WORDS[COMP_CWORD-1]}}
             printf '%s\n' ${{COMPREPLY[@]}}"
        );
        let mut bash = Command::new("bash");
        let (code, printed, stderr) = run(bash.args(["-c", &script]).current_dir(folder.path()));
        assert_eq!(code, 0, "{stderr}");
        printed.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(complete("countersign user ad"), ["add"]);
    assert!(complete("countersign serve --token-").contains(&"--token-ttl".to_owned()));
}

/// The dynamic section of the binary. TLS, SQLite and the driver of PostgreSQL are inside.
#[test]
#[cfg(target_os = "linux")]
fn binary_loads_the_c_library_and_nothing_else() {
    let mut readelf = Command::new("readelf");
    if !is_here("readelf", Command::new("readelf").arg("--version")) {
        return;
    }
    readelf.args(["--dynamic", "--wide", env!("CARGO_BIN_EXE_countersign")]);
    let (code, dynamic, _) = run(readelf.stderr(Stdio::null()).env("LC_ALL", "C"));
    assert_eq!(code, 0);
    let library = |line: &str| {
        let name = line.split_once("Shared library: [")?.1;
        Some(name.trim_end_matches(']').to_owned())
    };
    let libraries: BTreeSet<String> = dynamic.lines().filter_map(library).collect();
    assert!(!libraries.is_empty(), "{dynamic}");
    for name in libraries {
        let is_of_c =
            ["libc.", "libm.", "libgcc_s.", "ld-linux"].iter().any(|it| name.starts_with(it));
        assert!(is_of_c, "the binary loads {name}");
    }
}
