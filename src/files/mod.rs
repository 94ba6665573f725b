//! Files that are created or replaced atomically, and files that are read up to a limit.
//!
//! ```text
//! new_file.rs      NewFile: a new file that appears complete or not at all
//! replace.rs       LockedFile: a file that is replaced atomically, by one process at a time
//! read.rs          reads bounded in size, and of regular files only
//! explain.rs       I/O errors as sentences for operators
//! redacted_path.rs RedactedPath: a path that may be a secret by mistake
//! ```

mod explain;
mod new_file;
mod read;
mod redacted_path;
mod replace;

pub use explain::explain;
pub use new_file::NewFile;
pub use read::{is_accessible_by_others, is_writable_by_others, open_regular, read, read_regular};
pub use redacted_path::RedactedPath;
pub use replace::LockedFile;
