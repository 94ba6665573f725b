//! `countersign calibrate`

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::output::print_error;
use crate::config::{hash_engine, hashing_threads, timeout};
use crate::password::{Cost, Engine, HashingOptions, Measured, VerifiedEngine, calibrate};

/// The flags of `countersign calibrate`.
#[derive(Args, Debug)]
pub(super) struct CalibrateFlags {
    /// Maximum duration of one hash
    #[arg(long, value_name = "DURATION", default_value = "100ms", value_parser = timeout)]
    target: Duration,

    /// Number of hashing threads [default: the number of available cores]
    #[arg(long, value_name = "NUMBER", value_parser = hashing_threads)]
    threads: Option<NonZeroUsize>,

    /// Code that computes argon2: avx512, avx2 or rustcrypto [default: the first of them that the CPU
    /// supports]
    #[arg(long, env = "COUNTERSIGN_HASH_ENGINE", value_name = "ENGINE", value_parser = hash_engine)]
    engine: Option<Engine>,
}

pub(super) fn run(flags: &CalibrateFlags) -> ExitCode {
    match report(flags, &mut io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::FAILURE,
        Err(error) => {
            print_error(format_args!("cannot measure: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Writes a file of variables, with the measurements as comments.
fn report(flags: &CalibrateFlags, out: &mut impl Write) -> io::Result<()> {
    let threads = HashingOptions::on_threads(flags.threads).threads;
    let engine = VerifiedEngine::verify(flags.engine.unwrap_or_else(Engine::best));
    if let Some(rejected) = engine.rejected() {
        print_error(format_args!("the argon2 engine {rejected} failed its self-test"));
    }
    let threads_word = if threads.get() == 1 { "thread" } else { "threads" };
    writeln!(
        out,
        "# OWASP's minimum cost parameters on this machine, otherwise idle, with {threads} \
         {threads_word} and the engine {}:",
        engine.engine()
    )?;
    let mut fastest = Duration::MAX;
    for cost in Cost::strong() {
        let measured = Measured::of(cost, engine, threads)?;
        fastest = fastest.min(measured.time);
        let note = if cost == Cost::default() { ", the default" } else { "" };
        writeln!(out, "#   {}{note}", sentence(&measured))?;
        out.flush()?;
    }
    let (target, cost) = (flags.target, calibrate(flags.target, engine));
    if fastest > target {
        let target = humantime::format_duration(target);
        writeln!(out, "# None of them takes at most {target}. The cheapest:")?;
    } else {
        writeln!(out, "# Within {}:", humantime::format_duration(target))?;
    }
    let measured = Measured::of(cost, engine, threads)?;
    let memory = u64::from(cost.memory_kib()) * threads.get() as u64 / 1024;
    writeln!(out, "#   {}; {memory} MiB for all threads", sentence(&measured))?;
    writeln!(out, "COUNTERSIGN_HASH_COST={cost}")?;
    writeln!(out, "COUNTERSIGN_HASH_THREADS={threads}")
}

fn sentence(measured: &Measured) -> String {
    let Measured { cost, time, per_second } = measured;
    let milliseconds = time.as_secs_f64() * 1000.0;
    format!(
        "{:<18} {milliseconds:6.1} ms per hash, {per_second:6.1} logins per second",
        cost.to_string()
    )
}
