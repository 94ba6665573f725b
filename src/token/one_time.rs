//! One-time tokens: the tokens of links in mails.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{UserId, named_enum};

/// The length of the random part, in bytes.
const RANDOM: usize = 16;

named_enum! {
    /// What a one-time token authorizes; its name in the database, such as `verify_email`, never changes.
    pub enum TokenPurpose {
        /// The verification of an e-mail address.
        VerifyEmail = "verify_email",
        /// A new password for a forgotten one.
        ResetPassword = "reset_password",
        /// The first password of an invited user.
        AcceptInvitation = "accept_invitation",
        /// A change of the e-mail address.
        ChangeEmail = "change_email",
        /// The return to the address before a change.
        UndoEmailChange = "undo_email_change",
        /// A login.
        LoginCode = "login_code",
    }
}

impl TokenPurpose {
    /// Whether a change of the password revokes the token. Not the token that undoes a change of the
    /// address: an attacker who changes the address may change the password, too.
    #[must_use]
    pub fn is_bound_to_password(self) -> bool {
        self != Self::UndoEmailChange
    }

    /// Whether the address of the token is another one than that of its user.
    #[must_use]
    pub fn is_about_other_address(self) -> bool {
        matches!(self, Self::ChangeEmail | Self::UndoEmailChange)
    }

    /// Whether a new token revokes the one before. Not one that undoes a change of the address, or a
    /// second change would revoke it.
    #[must_use]
    pub fn replaces_earlier(self) -> bool {
        self != Self::UndoEmailChange
    }
}

/// The token of a link in a mail: the user, and 128 random bits. It is stored as a digest.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OneTimeToken {
    user: UserId,
    random: [u8; RANDOM],
}

/// The digest of a one-time token, as stored.
pub type TokenDigest = [u8; 32];

impl OneTimeToken {
    /// A new token. `None` if the system has no random numbers.
    #[must_use]
    pub fn generate(user: UserId) -> Option<Self> {
        let mut random = [0; RANDOM];
        getrandom::fill(&mut random).ok()?;
        Some(Self { user, random })
    }

    /// Parses what [`OneTimeToken::text`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // Decoding is strict, so no two texts are one token.
        let bytes: [u8; 8 + RANDOM] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (user, random) = bytes.split_first_chunk::<8>()?;
        let random = random.try_into().ok()?;
        Some(Self { user: UserId(i64::from_be_bytes(*user)), random })
    }

    /// The token as 32 characters of Base64url.
    #[must_use]
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode([self.user.0.to_be_bytes().as_slice(), &self.random].concat())
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// The digest, which binds the token to its purpose, user, and current password hash.
    #[must_use]
    pub fn digest(&self, purpose: TokenPurpose, password_hash: &str) -> TokenDigest {
        let hash = if purpose.is_bound_to_password() { password_hash } else { "" };
        let mut text = format!("{}\0{}\0{hash}\0", purpose.name(), self.user).into_bytes();
        text.extend(self.random);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, &text).as_ref());
        bytes
    }
}

impl fmt::Debug for OneTimeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneTimeToken").field("user", &self.user).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn token_is_parsed_as_it_is_written() {
        for user in [1, i64::MAX] {
            let token = OneTimeToken::generate(UserId(user)).unwrap();
            assert_eq!(token.text().len(), 32);
            assert_eq!(OneTimeToken::parse(&token.text()), Some(token));
            assert!(!format!("{token:?}").contains(&token.text()));
        }
        let text = OneTimeToken::generate(UserId(1)).unwrap().text();
        for altered in [format!("{text}A"), format!("{text}="), text[1..].to_owned(), String::new()]
        {
            assert_eq!(OneTimeToken::parse(&altered), None, "{altered}");
        }
    }

    #[test]
    fn digest_depends_on_token_purpose_user_and_password() {
        let token = OneTimeToken::generate(UserId(1)).unwrap();
        let digest = token.digest(TokenPurpose::ResetPassword, "hash");
        assert_eq!(digest, token.digest(TokenPurpose::ResetPassword, "hash"));
        assert_ne!(digest, token.digest(TokenPurpose::VerifyEmail, "hash"));
        assert_ne!(digest, token.digest(TokenPurpose::ResetPassword, "other"));
        let others =
            [OneTimeToken { user: UserId(2), ..token }, OneTimeToken::generate(UserId(1)).unwrap()];
        for other in others {
            assert_ne!(digest, other.digest(TokenPurpose::ResetPassword, "hash"));
        }
        let undo = TokenPurpose::UndoEmailChange;
        assert_eq!(token.digest(undo, "hash"), token.digest(undo, "other"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_does_not_panic(text in "\\PC{0,64}") {
            if let Some(token) = OneTimeToken::parse(&text) {
                prop_assert_eq!(token.text(), text);
            }
        }
    }
}
