//! The file of the clients.

use std::ffi::OsString;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use uuid::Uuid;

use super::error::OAuthClientsError;
use super::registry::{OAuthClients, client};
use super::secret::ClientSecret;
use crate::domain::ClientId;
use crate::files;

/// No file is longer, in bytes; what is, is the wrong one.
const LONGEST: u64 = 1024 * 1024;

/// The clients in the file at `path`.
///
/// # Errors
///
/// [`OAuthClientsError::Unreadable`] and [`OAuthClientsError::Line`].
pub fn read(path: &Path) -> Result<OAuthClients, OAuthClientsError> {
    OAuthClients::parse(&read_text(path).map_err(OAuthClientsError::Unreadable)?)
}

/// Adds a client to the file at `path`, which is made where there is none and is then readable to
/// its owner alone. Gives its secret, which is kept nowhere.
///
/// # Errors
///
/// [`OAuthClientsError`]; the file is as it was before then.
pub fn add(path: &Path, id: &ClientId) -> Result<ClientSecret, OAuthClientsError> {
    let secret = ClientSecret::random()?;
    change(path, |text, clients| {
        if clients.contains(id) {
            return Err(OAuthClientsError::Taken(id.clone()));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.extend([&id.to_string(), ":", &secret.hash().to_string(), "\n"]);
        Ok(())
    })?;
    Ok(secret)
}

/// Removes a client from the file at `path`.
///
/// # Errors
///
/// [`OAuthClientsError`]; the file is as it was before then.
pub fn remove(path: &Path, id: &ClientId) -> Result<(), OAuthClientsError> {
    change(path, |text, clients| {
        if !clients.contains(id) {
            return Err(OAuthClientsError::Unknown(id.clone()));
        }
        let is_meant = |line: &str| matches!(client(line), Ok(Some((other, _))) if other == *id);
        *text = text.split_inclusive('\n').filter(|line| !is_meant(line)).collect();
        Ok(())
    })
}

/// Replaces the file as a whole, so that whoever reads it meanwhile finds the old or the new one.
/// Commands that change it at once take turns.
fn change(
    path: &Path,
    edit: impl FnOnce(&mut String, &OAuthClients) -> Result<(), OAuthClientsError>,
) -> Result<(), OAuthClientsError> {
    // What a link points to is replaced, and not the link.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let unwritable = |error| OAuthClientsError::Unwritable(files::explained(path, error));
    let lock = File::open(folder).map_err(unwritable)?;
    lock.lock().map_err(unwritable)?;
    let (mut text, before) = match read_text(path) {
        Ok(text) => (text, Some(path.metadata().map_err(OAuthClientsError::Unreadable)?)),
        Err(error) if error.kind() == ErrorKind::NotFound => (String::new(), None),
        Err(error) => return Err(OAuthClientsError::Unreadable(error)),
    };
    let clients = OAuthClients::parse(&text)?;
    edit(&mut text, &clients)?;
    replace(path, folder, &text, before.as_ref()).map_err(unwritable)
}

fn replace(path: &Path, folder: &Path, text: &str, before: Option<&Metadata>) -> io::Result<()> {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}", Uuid::new_v4().simple()));
    let temporary = folder.join(name);
    let written = write_new(&temporary, text, before).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // What cannot be written can perhaps not be removed either.
        let _ = fs::remove_file(&temporary);
    }
    written?;
    File::open(folder)?.sync_all()
}

/// Writes a file that belongs to whom the one before belonged to: the service has to read it, be
/// the command run by whom it may.
fn write_new(path: &Path, text: &str, before: Option<&Metadata>) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if let Some(before) = before {
        let now = file.metadata()?;
        if (now.uid(), now.gid()) != (before.uid(), before.gid()) {
            fchown(&file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(before.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read_text(path: &Path) -> io::Result<String> {
    let bytes = files::read_regular(path, LONGEST)?;
    let text = std::str::from_utf8(&bytes);
    let text = text.map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))?;
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::{PermissionsExt, chown, symlink};
    use std::thread;

    use super::*;

    fn id(text: &str) -> ClientId {
        text.parse().unwrap()
    }

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_client_that_is_added_is_known_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        let secret = add(&path, &id("one")).unwrap();
        let other = add(&path, &id("two")).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(secret.expose()), "{text}");

        let clients = read(&path).unwrap();
        assert!(clients.authenticate("one", secret.expose()).is_some());
        assert!(clients.authenticate("two", other.expose()).is_some());
        remove(&path, &id("one")).unwrap();
        let clients = read(&path).unwrap();
        assert!(clients.authenticate("one", secret.expose()).is_none());
        assert!(clients.authenticate("two", other.expose()).is_some());
        assert_eq!(names(folder.path()), ["clients"]);
    }

    #[test]
    fn all_else_in_the_file_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("clients"), folder.path().join("link"));
        fs::write(&path, "# ours, one a line\n\n# end").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        symlink(&path, &link).unwrap();
        // Root alone may give a file away; for others it stays theirs anyway.
        let _ = chown(&path, Some(4711), Some(4712));
        let before = path.metadata().unwrap();
        add(&link, &id("one")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# ours, one a line\n\n# end\none:sha256:"), "{text}");
        assert!(link.is_symlink());
        let after = path.metadata().unwrap();
        assert_eq!(after.mode() & 0o777, 0o640);
        assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
        assert_ne!(after.ino(), before.ino());
        remove(&link, &id("one")).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "# ours, one a line\n\n# end\n");
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        assert!(matches!(read(&path), Err(OAuthClientsError::Unreadable(_))));
        assert!(matches!(remove(&path, &id("one")), Err(OAuthClientsError::Unknown(_))));
        add(&path, &id("one")).unwrap();
        let before = fs::read_to_string(&path).unwrap();
        assert!(matches!(add(&path, &id("one")), Err(OAuthClientsError::Taken(_))));
        assert!(matches!(remove(&path, &id("two")), Err(OAuthClientsError::Unknown(_))));
        assert_eq!(fs::read_to_string(&path).unwrap(), before);

        fs::write(&path, "hunter2").unwrap();
        let refused = add(&path, &id("two"));
        assert!(matches!(refused, Err(OAuthClientsError::Line { number: 1, .. })), "{refused:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "hunter2");
        assert_eq!(names(folder.path()), ["clients"]);
        assert!(matches!(read(Path::new("/dev/zero")), Err(OAuthClientsError::Unreadable(_))));
    }

    #[test]
    fn those_who_add_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clients");
        thread::scope(|scope| {
            for number in 0..16 {
                let path = &path;
                scope.spawn(move || add(path, &id(&format!("client-{number}"))).unwrap());
            }
        });
        assert_eq!(read(&path).unwrap().ids().count(), 16);
    }
}
