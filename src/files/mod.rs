//! Files that are written atomically, and files that are read up to a limit.
//!
//! ```text
//! create.rs        NewFile: a file that appears complete or not at all
//! read.rs          bounded reads, with error messages for operators
//! ```

mod create;
mod read;

pub use create::NewFile;
pub use read::{Shown, explained, is_exposed, read, read_regular};
