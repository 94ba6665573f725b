//! Texts that carry their MAC: `message.mac`.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::keys::{KeySet, SigningError};

/// Appends the HMAC-SHA-256 of a message, under the key that is derived from the signing key by HKDF with
/// this label. Texts of one label are never accepted for those of another one.
///
/// # Errors
///
/// [`SigningError::Key`].
pub(super) fn sign(message: &str, label: &[u8], keys: &KeySet) -> Result<String, SigningError> {
    let key = keys.signing_key();
    let unable = |_| SigningError::Key(key.kid().to_owned());
    let mac = hmac::sign(&key.derive(label).map_err(unable)?, message.as_bytes());
    Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(mac)))
}

/// The message of a text whose MAC is that of any key of the set, which is compared in constant time.
pub(super) fn verified<'a>(text: &'a str, label: &[u8], keys: &KeySet) -> Option<&'a str> {
    let (message, mac) = text.rsplit_once('.')?;
    let mac = URL_SAFE_NO_PAD.decode(mac).ok()?;
    keys.iter().find(|key| {
        let verified = |key| hmac::verify(&key, message.as_bytes(), &mac);
        key.derive(label).and_then(verified).is_ok()
    })?;
    Some(message)
}
