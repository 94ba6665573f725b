//! Paths in error messages.

use std::fmt;
use std::path::{Component, Path};

/// A path in an error message. It is redacted unless it looks like a path: a path that does not
/// exist may be a secret that was passed in place of the path of its file.
#[derive(Clone, Copy, Debug)]
pub struct RedactedPath<'a>(pub &'a Path);

impl RedactedPath<'_> {
    /// The longest component of lower-case letters that is taken for a file name, in bytes.
    const MAX_PLAIN_NAME: usize = 20;

    fn looks_like_a_path(self) -> bool {
        let Self(path) = self;
        let is_plain = |part: Component<'_>| match part {
            Component::Normal(name) => {
                let is_plain = |byte: &u8| byte.is_ascii_lowercase() || b".-_".contains(byte);
                let bytes = name.as_encoded_bytes();
                bytes.len() <= Self::MAX_PLAIN_NAME && bytes.iter().all(is_plain)
            }
            _ => true,
        };
        let starts_in_a_folder = || {
            let first = path.ancestors().filter(|folder| folder.parent().is_some()).last();
            first.is_some_and(|first| first != path && first.is_dir())
        };
        path.symlink_metadata().is_ok() || path.components().all(is_plain) || starts_in_a_folder()
    }
}

impl fmt::Display for RedactedPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.looks_like_a_path() {
            write!(f, "{}", self.0.display())
        } else {
            f.write_str("(path redacted, since it may be a secret)")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn secret_in_place_of_a_path_is_redacted() {
        let folder = tempfile::tempdir().unwrap();
        let existing = folder.path().join("Secret-4711");
        fs::write(&existing, "").unwrap();
        let missing = folder.path().join("Secret-4712");
        for path in [&*existing, &*missing, Path::new("/no/such/file"), Path::new("keys.json")] {
            assert_eq!(RedactedPath(path).to_string(), path.display().to_string());
        }
        for secret in [
            "hunter2",
            "/aG9yc2UgYmF0dGVyeSBzdGFwbGUgY29ycmVjdCBob3JzZQ/x",
            "postgres://bob:hunter2@db/auth",
            r#"{"keys":[]}"#,
            "correct-horse-battery-staple",
        ] {
            assert!(!RedactedPath(Path::new(secret)).to_string().contains(secret), "{secret}");
        }
    }
}
