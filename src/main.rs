//! The `countersign` binary.

use std::process::ExitCode;

/// Returns freed memory to the system: after an attack glibc's allocator kept more than twice of what the service
/// needs. `.cargo/config.toml` has its settings.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    countersign::cli::run()
}
