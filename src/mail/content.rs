//! The content of a mail, sealed while it is stored.

use std::fmt;

use aws_lc_rs::aead::Aad;
use serde::{Deserialize, Serialize};

use super::kind::MailKind;
use crate::domain::Email;
use crate::keys::KeySet;

/// The label of the derived key. Changing it makes stored mails unreadable.
const LABEL: &[u8] = b"mail content";

/// The length of a nonce, in bytes.
const NONCE: usize = 12;

/// Subject and bodies of a mail.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
pub struct MailContent {
    /// The subject, one line.
    pub subject: String,
    /// The body as plain text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// A content encrypted with AES-256-GCM under a key that is derived from the signing key: a stolen
/// database contains no link that is valid.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedContent(Vec<u8>);

impl MailContent {
    /// Seals the content for a mail of this kind and recipient. `None` if the cryptographic library
    /// fails.
    #[must_use]
    pub fn seal(&self, kind: MailKind, recipient: &Email, keys: &KeySet) -> Option<SealedContent> {
        let mut text = serde_json::to_vec(self).ok()?;
        let key = keys.signing_key().derive_aead(LABEL).ok()?;
        let nonce = key.seal_in_place_append_tag(context(kind, recipient), &mut text).ok()?;
        Some(SealedContent([nonce.as_ref().as_slice(), &text].concat()))
    }
}

impl SealedContent {
    /// The sealed content as stored.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Opens the content with any key of the set. `None` where it was sealed with none of them, or for
    /// another kind or recipient.
    #[must_use]
    pub fn open(&self, kind: MailKind, recipient: &Email, keys: &KeySet) -> Option<MailContent> {
        let (nonce, sealed) = self.0.split_first_chunk::<NONCE>()?;
        keys.iter().find_map(|key| {
            let mut text = sealed.to_vec();
            let key = key.derive_aead(LABEL).ok()?;
            let opened =
                key.open_in_place(nonce.into(), context(kind, recipient), &mut text).ok()?;
            serde_json::from_slice(opened).ok()
        })
    }
}

/// What a sealed content is bound to.
fn context(kind: MailKind, recipient: &Email) -> Aad<String> {
    Aad::from(format!("{kind} {recipient}"))
}

/// Redacts the bodies.
impl fmt::Debug for MailContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailContent").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl fmt::Debug for SealedContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedContent").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use countersign_auth::Secret;

    use super::*;

    fn keys(secret: u8) -> KeySet {
        KeySet::from_secret(&Secret::new(vec![secret; 32]).unwrap())
    }

    #[test]
    fn sealed_content_is_opened_with_its_key_kind_and_recipient_alone() {
        let recipient = Email::parse("user@example.com").unwrap();
        let other = Email::parse("other@example.com").unwrap();
        let content = MailContent {
            subject: "Reset".to_owned(),
            text: "https://example.com/?token=secret".to_owned(),
            html: String::new(),
        };
        let kind = MailKind::ResetPassword;
        let sealed = content.seal(kind, &recipient, &keys(1)).unwrap();
        let stored = SealedContent::from_bytes(sealed.as_bytes().to_vec());
        assert_eq!(stored.open(kind, &recipient, &keys(1)), Some(content.clone()));
        assert_eq!(stored.open(kind, &recipient, &keys(2)), None);
        assert_eq!(stored.open(kind, &other, &keys(1)), None);
        assert_eq!(stored.open(MailKind::VerifyEmail, &recipient, &keys(1)), None);
        assert!(!sealed.as_bytes().windows(6).any(|part| part == b"secret"));
        for index in 0..sealed.as_bytes().len() {
            let mut altered = sealed.as_bytes().to_vec();
            altered[index] ^= 1;
            let altered = SealedContent::from_bytes(altered);
            assert_eq!(altered.open(kind, &recipient, &keys(1)), None, "byte {index}");
        }
        assert_eq!(SealedContent::from_bytes(vec![0; 5]).open(kind, &recipient, &keys(1)), None);
        // As after a key rotation.
        let mut rotated = keys(2);
        rotated
            .add(crate::keys::SigningKey::from_secret(&Secret::new(vec![1; 32]).unwrap()))
            .unwrap();
        assert_eq!(stored.open(kind, &recipient, &rotated), Some(content));
    }
}
