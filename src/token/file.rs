//! The file that holds the keys.

use std::io;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};

use super::key_set::KeySet;
use super::key_set_error::KeySetError;
use super::ring::KeyRing;
use crate::files;

/// A file with a private JWK Set, and what was in it when it was last looked at.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
    seen: Seen,
}

/// Why there are no keys in a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// It was read, and is not a [`KeySet`].
    #[error(transparent)]
    Content(#[from] KeySetError),
}

/// By what a change is known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// A digest, so that the keys are not in memory once more.
    Content([u8; 32]),
    Unreadable(io::ErrorKind),
}

/// No set of keys is longer, in bytes; what is, is the wrong file.
const LONGEST: u64 = 1024 * 1024;

impl KeyFile {
    /// The file, and the keys in it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] says why there are none.
    pub fn open(path: &Path) -> Result<(Self, KeySet), KeyFileError> {
        let bytes = files::read_regular(path, LONGEST)?;
        let keys = KeySet::from_json(&bytes)?;
        Ok((Self { path: path.to_owned(), seen: Seen::content(&bytes) }, keys))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether others than its owner may read or write it.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        files::is_accessible_by_others(&self.path)
    }

    /// Has the next look take what is in the file for new.
    pub fn forget(&mut self) {
        self.seen = Seen::Nothing;
    }

    /// Looks at the file again, and puts its keys into `ring` if they have changed. Nothing is
    /// said where nothing has changed since the last look, be it good or bad. Of a file that is
    /// bad the ring learns nothing.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] says why there are no keys in it, once for each content.
    pub fn look(&mut self, ring: &KeyRing) -> Option<Result<(), KeyFileError>> {
        let read = files::read_regular(&self.path, LONGEST);
        let seen = match &read {
            Ok(bytes) => Seen::content(bytes),
            Err(error) => Seen::Unreadable(error.kind()),
        };
        if seen == self.seen {
            return None;
        }
        self.seen = seen;
        let keys =
            read.map_err(KeyFileError::from).and_then(|bytes| Ok(KeySet::from_json(&bytes)?));
        Some(keys.map(|keys| ring.replace(keys)))
    }
}

impl Seen {
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

    use zeroize::Zeroizing;

    use super::super::algorithm::KeyAlgorithm;
    use super::super::key::Key;
    use super::*;

    fn set(algorithm: KeyAlgorithm) -> KeySet {
        KeySet::new(Key::generate(algorithm).unwrap())
    }

    fn json(set: &KeySet) -> Zeroizing<String> {
        set.to_json().unwrap()
    }

    fn signing(ring: &KeyRing) -> String {
        ring.current().signing().id().to_owned()
    }

    #[test]
    fn keys_are_taken_when_the_file_changes_and_only_then() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let (one, other) = (set(KeyAlgorithm::EdDsa), set(KeyAlgorithm::Es256));
        fs::write(&path, json(&one)).unwrap();
        let (mut file, keys) = KeyFile::open(&path).unwrap();
        let ring = KeyRing::new(keys);
        assert_eq!(signing(&ring), one.signing().id());
        assert!(file.look(&ring).is_none());

        fs::write(&path, json(&other)).unwrap();
        assert!(file.look(&ring).unwrap().is_ok());
        assert_eq!(signing(&ring), other.signing().id());
        assert!(file.look(&ring).is_none());
        file.forget();
        assert!(file.look(&ring).unwrap().is_ok());
        assert!(file.look(&ring).is_none());
        // The same bytes in another file.
        fs::write(folder.path().join("new"), json(&other)).unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert!(file.look(&ring).is_none());
    }

    #[test]
    fn a_broken_file_changes_nothing_and_is_told_of_once_for_each_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        let good = set(KeyAlgorithm::EdDsa);
        fs::write(&path, json(&good)).unwrap();
        let (mut file, keys) = KeyFile::open(&path).unwrap();
        let ring = KeyRing::new(keys);
        let half = &json(&good)[..40];
        for broken in ["", half, "{\"keys\":[]}"] {
            fs::write(&path, broken).unwrap();
            assert!(matches!(file.look(&ring), Some(Err(KeyFileError::Content(_)))));
            assert!(file.look(&ring).is_none());
            assert_eq!(signing(&ring), good.signing().id());
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(file.look(&ring), Some(Err(KeyFileError::Unreadable(_)))));
        assert!(file.look(&ring).is_none());
        fs::write(&path, " ".repeat(2_000_000)).unwrap();
        assert!(matches!(file.look(&ring), Some(Err(KeyFileError::Unreadable(_)))));
        assert_eq!(signing(&ring), good.signing().id());
        fs::write(&path, json(&good)).unwrap();
        assert!(file.look(&ring).unwrap().is_ok());
    }

    #[test]
    fn a_link_that_points_elsewhere_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let (one, other) = (set(KeyAlgorithm::EdDsa), set(KeyAlgorithm::EdDsa));
        // As Kubernetes does it: the file links into a folder that links to a version.
        for (version, set) in [("v1", &one), ("v2", &other)] {
            fs::create_dir(at(version)).unwrap();
            fs::write(at(version).join("keys.json"), json(set)).unwrap();
        }
        symlink("v1", at("..data")).unwrap();
        symlink("..data/keys.json", at("keys.json")).unwrap();
        let (mut file, keys) = KeyFile::open(&at("keys.json")).unwrap();
        let ring = KeyRing::new(keys);
        assert!(file.look(&ring).is_none());
        symlink("v2", at("..tmp")).unwrap();
        fs::rename(at("..tmp"), at("..data")).unwrap();
        assert!(file.look(&ring).unwrap().is_ok());
        assert_eq!(signing(&ring), other.signing().id());
    }

    #[test]
    fn a_file_for_others_is_known() {
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
