//! What the compiler makes of the compression function: a loop over the rounds that it did not unroll, or a call or
//! a bounds check between them, costs up to half the speed, and changes no tag.
//!
//! The test counts, in the assembly of a release build, and measures no time. The build is why it is ignored unless
//! it is asked for:
//!
//! ```sh
//! cargo test --release --package countersign-argon2 --test assembly -- --ignored
//! ```
#![cfg(target_arch = "x86_64")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The multiplication of BlaMka's G.
const MULTIPLICATION: &str = "vpmuludq";

/// The fewest multiplications between two jumps: those of G on two vectors.
const FEWEST: usize = 8;

/// The assembly of the example.
fn assembly() -> String {
    let mut build = Command::new(env!("CARGO"));
    build.args(["rustc", "--release", "--locked", "--package", "countersign-argon2"]);
    build.args(["--example", "tag", "--", "--emit", "asm"]);
    build.current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(build.status().unwrap().success(), "the example is not built");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("release").join("examples");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_assembly = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "s");
    let newest =
        files.filter(is_assembly).max_by_key(|path| path.metadata().unwrap().modified().unwrap());
    fs::read_to_string(newest.expect("there is no assembly")).unwrap()
}

/// The instructions and labels of the function of a module that has the most multiplications.
fn hot_function<'a>(assembly: &'a str, module: &str) -> Vec<&'a str> {
    let mut functions: Vec<Vec<&str>> = Vec::new();
    let mut is_of_module = false;
    for line in assembly.lines() {
        if let Some(name) = line.strip_suffix(':').filter(|name| name.starts_with('_')) {
            is_of_module = name.contains("countersign_argon2") && name.contains(module);
            if is_of_module {
                functions.push(Vec::new());
            }
        } else if let Some(function) = functions.last_mut().filter(|_| is_of_module) {
            let line = line.trim();
            let is_directive = line.starts_with('.') && !line.ends_with(':');
            if !line.is_empty() && !line.starts_with('#') && !is_directive {
                function.push(line);
            }
        }
    }
    functions.into_iter().max_by_key(|function| multiplications(function)).unwrap_or_default()
}

fn multiplications(code: &[&str]) -> usize {
    code.iter().filter(|line| line.starts_with(MULTIPLICATION)).count()
}

fn is_jump(line: &str) -> bool {
    line.starts_with('j')
}

/// What slows the function down.
fn faults(function: &[&str], expected: usize) -> Vec<String> {
    let mut faults = Vec::new();
    if multiplications(function) < expected {
        faults.push(format!("{} multiplications, not {expected}", multiplications(function)));
    }
    for part in function.split(|line| is_jump(line) || line.ends_with(':')) {
        match multiplications(part) {
            0 => continue,
            count if count < FEWEST => {
                faults.push(format!("a jump after {count} multiplications: {part:?}"));
            }
            _ => {}
        }
        faults.extend(part.iter().filter(|line| line.starts_with("call")).map(ToString::to_string));
    }
    let labels: HashMap<&str, usize> = function
        .iter()
        .enumerate()
        .filter_map(|(at, line)| Some((line.strip_suffix(':')?, at)))
        .collect();
    for (at, line) in function.iter().enumerate().filter(|(_, line)| is_jump(line)) {
        let start = line.split_whitespace().last().and_then(|label| labels.get(label));
        if let Some(start) = start.filter(|start| **start < at) {
            let body = &function[*start..at];
            if multiplications(body) == 0 {
                faults.push(format!("a loop that is not over rounds: {body:?}"));
            }
        }
    }
    faults
}

/// The compression function is there twice, with and without XOR. In 256 bits each has 32 multiplications in the
/// rounds on the rows of half a block, and as many in those on columns; in 512 bits, 32 on all rows and 16 on the
/// columns of half a block. The loops over both halves may be unrolled.
#[test]
#[ignore = "builds an example in release; .ci/run runs it with --include-ignored"]
fn rounds_are_unrolled_without_calls_and_bounds_checks() {
    let assembly = assembly();
    for (module, expected) in [("4avx2", 2 * (32 + 32)), ("6avx512", 2 * (32 + 16))] {
        let function = hot_function(&assembly, module);
        let faults = faults(&function, expected);
        assert!(faults.is_empty(), "{module}: {faults:#?}");
    }
}

#[test]
fn rolled_loops_calls_and_bounds_checks_are_faults() {
    let multiply = ["vpmuludq %ymm0, %ymm1, %ymm2"; 8];
    let good = [&[".L0:"][..], &multiply, &["jne .L0", "retq"]].concat();
    assert_eq!(faults(&good, 8), Vec::<String>::new());
    assert_eq!(faults(&good, 9).len(), 1, "a round is missing");
    let call = [&multiply[..], &["callq f"], &multiply].concat();
    assert_eq!(faults(&call, 16), ["callq f"]);
    let check = [&multiply[..7], &["jae .Lpanic"], &multiply[..1], &["retq"]].concat();
    assert_eq!(faults(&check, 8).len(), 2);
    let store = [&multiply[..], &[".L1:", "vmovdqa %ymm0, (%rdi)", "jne .L1"]].concat();
    assert_eq!(faults(&store, 8).len(), 1);
}
