//! The file of a key set.

use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use countersign_auth::KeySetError;

use super::key_set::KeySet;
use super::shared::SharedKeySet;
use crate::files;

/// A file with a private JWK Set, and its state at the last read.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
    last_read: FileState,
}

/// Errors of a [`KeyFile`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// The content is not a [`KeySet`].
    #[error(transparent)]
    Content(#[from] KeySetError),
}

/// The state by which a change is detected.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FileState {
    /// Never read, or to be reloaded in any case.
    Unknown,
    /// The SHA-256 of the content, so that memory holds no second copy of the keys.
    Content([u8; 32]),
    Unreadable(io::ErrorKind),
}

/// The maximum length of a key file in bytes.
const MAX_LENGTH: u64 = 1024 * 1024;

impl KeyFile {
    /// Reads the file and its key set.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`].
    pub fn open(path: &Path) -> Result<(Self, KeySet), KeyFileError> {
        let bytes = files::read_regular(path, MAX_LENGTH)?;
        let keys = KeySet::from_json(&bytes)?;
        Ok((Self { path: path.to_owned(), last_read: FileState::content(&bytes) }, keys))
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether users other than the owner may read or write the file.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        files::is_accessible_by_others(&self.path)
    }

    /// Makes the next [`KeyFile::reload`] take the content for changed.
    pub fn invalidate(&mut self) {
        self.last_read = FileState::Unknown;
    }

    /// Reads the file again and replaces the key set of `keys` if the content has changed. `None` if
    /// it has not changed since the last read, whether it was valid or not. An invalid file leaves
    /// `keys` unchanged.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`], once for each content.
    pub fn reload(&mut self, keys: &SharedKeySet) -> Option<Result<(), KeyFileError>> {
        let read = files::read_regular(&self.path, MAX_LENGTH);
        let state = match &read {
            Ok(bytes) => FileState::content(bytes),
            Err(error) => FileState::Unreadable(error.kind()),
        };
        if state == self.last_read {
            return None;
        }
        self.last_read = state;
        let set = read.map_err(KeyFileError::from).and_then(|bytes| Ok(KeySet::from_json(&bytes)?));
        Some(set.map(|set| keys.replace(set)))
    }
}

impl FileState {
    fn content(bytes: &[u8]) -> Self {
        let mut content = [0; 32];
        content.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Self::Content(content)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use countersign_auth::KeyAlgorithm;
    use zeroize::Zeroizing;

    use super::super::signing_key::SigningKey;
    use super::*;

    fn set(algorithm: KeyAlgorithm) -> KeySet {
        KeySet::new(SigningKey::generate(algorithm).unwrap())
    }

    fn json(set: &KeySet) -> Zeroizing<String> {
        set.to_json().unwrap()
    }

    fn kid(keys: &SharedKeySet) -> String {
        keys.current().signing_key().kid().to_owned()
    }

    #[test]
    fn key_set_is_reloaded_when_the_content_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let (one, other) = (set(KeyAlgorithm::EdDsa), set(KeyAlgorithm::Es256));
        fs::write(&path, json(&one)).unwrap();
        let (mut file, set) = KeyFile::open(&path).unwrap();
        let keys = SharedKeySet::new(set);
        assert_eq!(kid(&keys), one.signing_key().kid());
        assert!(file.reload(&keys).is_none());

        fs::write(&path, json(&other)).unwrap();
        assert!(file.reload(&keys).unwrap().is_ok());
        assert_eq!(kid(&keys), other.signing_key().kid());
        assert!(file.reload(&keys).is_none());
        file.invalidate();
        assert!(file.reload(&keys).unwrap().is_ok());
        assert!(file.reload(&keys).is_none());
        // The same content in another file.
        fs::write(folder.path().join("new"), json(&other)).unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(file.reload(&keys).is_none());
    }

    #[test]
    fn invalid_file_is_reported_once_and_leaves_the_key_set_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let valid = set(KeyAlgorithm::EdDsa);
        fs::write(&path, json(&valid)).unwrap();
        let (mut file, set) = KeyFile::open(&path).unwrap();
        let keys = SharedKeySet::new(set);
        let half = &json(&valid)[..40];
        for invalid in ["", half, "{\"keys\":[]}"] {
            fs::write(&path, invalid).unwrap();
            assert!(matches!(file.reload(&keys), Some(Err(KeyFileError::Content(_)))));
            assert!(file.reload(&keys).is_none());
            assert_eq!(kid(&keys), valid.signing_key().kid());
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(file.reload(&keys), Some(Err(KeyFileError::Unreadable(_)))));
        assert!(file.reload(&keys).is_none());
        fs::write(&path, " ".repeat(2_000_000)).unwrap();
        assert!(matches!(file.reload(&keys), Some(Err(KeyFileError::Unreadable(_)))));
        assert_eq!(kid(&keys), valid.signing_key().kid());
        fs::write(&path, json(&valid)).unwrap();
        assert!(file.reload(&keys).unwrap().is_ok());
    }

    #[test]
    fn changed_symlink_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (one, other) = (set(KeyAlgorithm::EdDsa), set(KeyAlgorithm::EdDsa));
        // As in Kubernetes: the file is a link into a folder that is a link to a version.
        for (version, set) in [("v1", &one), ("v2", &other)] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("keys.json"), json(set)).unwrap();
        }
        symlink("v1", at("..data")).unwrap();
        symlink("..data/keys.json", at("keys.json")).unwrap();
        let (mut file, set) = KeyFile::open(&at("keys.json")).unwrap();
        let keys = SharedKeySet::new(set);
        assert!(file.reload(&keys).is_none());
        symlink("v2", at("..tmp")).unwrap();
        fs::rename(at("..tmp"), at("..data")).unwrap();
        assert!(file.reload(&keys).unwrap().is_ok());
        assert_eq!(kid(&keys), other.signing_key().kid());
    }

    #[test]
    fn file_with_access_for_other_users_is_exposed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        fs::write(&path, json(&set(KeyAlgorithm::EdDsa))).unwrap();
        let (file, _) = KeyFile::open(&path).unwrap();
        for (mode, is_exposed) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(file.is_exposed(), is_exposed, "{mode:o}");
        }
    }
}
