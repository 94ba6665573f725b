//! The table of flags, variables and defaults, against `--help`.

use std::collections::BTreeMap;

use crate::support::countersign;

/// The page with the table.
const TABLE: &str = include_str!("../../README.md");

fn help() -> String {
    String::from_utf8(countersign(&["serve", "--help"]).output().unwrap().stdout).unwrap()
}

/// The default of each flag that has one, as `--help` shows it.
fn defaults(help: &str) -> BTreeMap<String, String> {
    let mut defaults = BTreeMap::new();
    for flag in help.split("\n      --").skip(1) {
        let words = flag.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = words.split(' ').next().unwrap();
        if let Some((_, default)) = words.split_once("[default: ") {
            let default = default.split(']').next().unwrap();
            defaults.insert(format!("--{name}"), default.to_owned());
        }
    }
    defaults
}

#[test]
fn table_has_every_variable() {
    let help = help();
    let variables: Vec<&str> = help
        .split(|c: char| !c.is_ascii_uppercase() && c != '_')
        .filter(|word| word.starts_with("COUNTERSIGN_") && word.len() > 12)
        .collect();
    assert!(variables.len() > 10);
    for variable in variables {
        assert!(TABLE.contains(variable), "{variable} is not in the table");
    }
}

#[test]
fn table_has_the_defaults_of_help() {
    let defaults = defaults(&help());
    let mut compared = 0;
    for row in TABLE.lines().filter(|line| line.starts_with("| `--")) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        // A default in words is compared by its readers.
        let default = defaults.get(cells[1].trim_matches('`'));
        let Some(default) = default.filter(|default| !default.contains(' ')) else { continue };
        let shown = cells[3].strip_prefix('`').and_then(|cell| cell.split('`').next());
        let shown = shown.or_else(|| cells[3].split([':', ';', ',']).next());
        assert_eq!(shown, Some(default.as_str()), "{row}");
        compared += 1;
    }
    assert!(compared > 20, "{compared} rows, of {defaults:?}");
}
