//! The file of OAuth clients.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::error::OAuthClientsError;
use super::registry::{ADMIN, OAuthClients, parse_line};
use super::secret::ClientSecret;
use crate::domain::ClientId;
use crate::files::{self, LockedFile};

/// The largest file, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

/// The OAuth clients in the file at `path`.
///
/// # Errors
///
/// [`OAuthClientsError::Unreadable`] and [`OAuthClientsError::Line`].
pub fn read(path: &Path) -> Result<OAuthClients, OAuthClientsError> {
    OAuthClients::parse(&read_text(path).map_err(OAuthClientsError::Unreadable)?)
}

/// Adds a client, which may use the administration API or not, to the file at `path` and returns its secret,
/// which is not stored. A missing file
/// is created with mode 0600.
///
/// # Errors
///
/// [`OAuthClientsError`]; the file is then unchanged.
pub fn add(
    path: &Path,
    id: &ClientId,
    may_administrate: bool,
) -> Result<ClientSecret, OAuthClientsError> {
    let secret = ClientSecret::random()?;
    edit(path, |text, clients| {
        if clients.contains(id) {
            return Err(OAuthClientsError::AlreadyExists(id.clone()));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let right = if may_administrate { ADMIN } else { "" };
        text.extend([&id.to_string(), ":", &secret.hash().to_string(), right, "\n"]);
        Ok(())
    })?;
    Ok(secret)
}

/// Removes a client from the file at `path`.
///
/// # Errors
///
/// [`OAuthClientsError`]; the file is then unchanged.
pub fn remove(path: &Path, id: &ClientId) -> Result<(), OAuthClientsError> {
    edit(path, |text, clients| {
        if !clients.contains(id) {
            return Err(OAuthClientsError::NotFound(id.clone()));
        }
        let has_id = |line: &str| matches!(parse_line(line), Ok(Some((other, _))) if other == *id);
        *text = text.split_inclusive('\n').filter(|line| !has_id(line)).collect();
        Ok(())
    })
}

/// Edits the text of the file and replaces it atomically. Concurrent commands take turns.
fn edit(
    path: &Path,
    edit: impl FnOnce(&mut String, &OAuthClients) -> Result<(), OAuthClientsError>,
) -> Result<(), OAuthClientsError> {
    let unwritable = |error| OAuthClientsError::Unwritable(files::explain(path, error));
    let file = LockedFile::lock(path).map_err(unwritable)?;
    let mut text = match read_text(file.path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        text => text.map_err(OAuthClientsError::Unreadable)?,
    };
    let clients = OAuthClients::parse(&text)?;
    edit(&mut text, &clients)?;
    file.replace(text.as_bytes()).map_err(unwritable)
}

fn read_text(path: &Path) -> io::Result<String> {
    let bytes = files::read_regular(path, MAX_SIZE)?;
    let text = std::str::from_utf8(&bytes);
    let text = text.map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::thread;

    use super::*;

    fn id(text: &str) -> ClientId {
        text.parse().unwrap()
    }

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn added_client_authenticates_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        let secret = add(&path, &id("one"), false).unwrap();
        let other = add(&path, &id("two"), false).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(secret.expose()), "{text}");

        let clients = read(&path).unwrap();
        assert!(
            clients.authenticate("one", secret.expose()).is_some()
                && clients.authenticate("two", other.expose()).is_some()
        );
        remove(&path, &id("one")).unwrap();
        let clients = read(&path).unwrap();
        assert!(
            clients.authenticate("one", secret.expose()).is_none()
                && clients.authenticate("two", other.expose()).is_some()
        );
        assert_eq!(names(folder.path()), ["clients"]);
    }

    #[test]
    fn other_lines_are_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        fs::write(&path, "# gateways, one per line\n\n# end").unwrap();
        add(&path, &id("one"), false).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# gateways, one per line\n\n# end\none:sha256:"), "{text}");
        remove(&path, &id("one")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# gateways, one per line\n\n# end\n");
    }

    #[test]
    fn failed_change_leaves_the_file_unchanged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        assert!(matches!(read(&path), Err(OAuthClientsError::Unreadable(_))));
        assert!(matches!(remove(&path, &id("one")), Err(OAuthClientsError::NotFound(_))));
        add(&path, &id("one"), false).unwrap();
        let before = fs::read_to_string(&path).unwrap();
        assert!(matches!(add(&path, &id("one"), false), Err(OAuthClientsError::AlreadyExists(_))));
        assert!(matches!(remove(&path, &id("two")), Err(OAuthClientsError::NotFound(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), before);

        fs::write(&path, "hunter2").unwrap();
        let result = add(&path, &id("two"), false);
        assert!(matches!(result, Err(OAuthClientsError::Line { number: 1, .. })), "{result:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "hunter2");
        assert_eq!(names(folder.path()), ["clients"]);
        assert!(matches!(read(Path::new("/dev/zero")), Err(OAuthClientsError::Unreadable(_))));
    }

    #[test]
    fn concurrent_additions_are_all_stored() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        thread::scope(|scope| {
            for number in 0..16 {
                let path = &path;
                scope.spawn(move || add(path, &id(&format!("client-{number}")), false).unwrap());
            }
        });
        assert_eq!(read(&path).unwrap().ids().count(), 16);
    }
}
