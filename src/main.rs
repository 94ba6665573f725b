//! The `countersign` binary.

use std::process::ExitCode;

use tikv_jemallocator::Jemalloc;

/// Returns freed memory to the system: after an attack glibc's allocator kept more than twice of what the service
/// needs. `.cargo/config.toml` has its settings.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    countersign::cli::run()
}
