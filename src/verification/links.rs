//! Mails with a one-time token.

use super::error::VerificationError;
use crate::domain::{Email, RequestContext, Timestamp, UserId};
use crate::mail::{Composer, MailData, MailKind};
use crate::password::PasswordHash;
use crate::store::{NewOneTimeToken, OutgoingMail};
use crate::token::{OneTimeToken, TokenPurpose};

/// Composes mails whose link has a one-time token. A cheap handle.
#[derive(Clone, Debug)]
pub struct Links {
    composer: Composer,
}

/// What the link of a mail is for.
#[derive(Clone, Copy, Debug)]
pub enum LinkKind<'a> {
    /// The verification of the address.
    VerifyEmail,
    /// A new password.
    ResetPassword,
    /// The first password.
    AcceptInvitation,
    /// The confirmation of this new address.
    ChangeEmail(&'a Email),
    /// The return from this new address.
    UndoEmailChange(&'a Email),
}

impl Links {
    /// Links in mails of `composer`.
    #[must_use]
    pub fn new(composer: Composer) -> Self {
        Self { composer }
    }

    /// The composer.
    #[must_use]
    pub fn composer(&self) -> &Composer {
        &self.composer
    }

    /// Checks that mails are sent.
    ///
    /// # Errors
    ///
    /// [`VerificationError::MailOff`].
    pub fn check_on(&self) -> Result<(), VerificationError> {
        if self.composer.is_on() { Ok(()) } else { Err(VerificationError::MailOff) }
    }

    /// Composes a mail with a link for the user with this id, password hash and address. `None` where no
    /// mail is sent.
    ///
    /// # Errors
    ///
    /// [`VerificationError::Random`] and [`VerificationError::Mail`].
    pub fn compose(
        &self,
        kind: LinkKind<'_>,
        user: UserId,
        password_hash: &PasswordHash,
        email: &Email,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<Option<OutgoingMail>, VerificationError> {
        let (mail, purpose, new_email) = match kind {
            LinkKind::VerifyEmail => (MailKind::VerifyEmail, TokenPurpose::VerifyEmail, None),
            LinkKind::ResetPassword => (MailKind::ResetPassword, TokenPurpose::ResetPassword, None),
            LinkKind::AcceptInvitation => {
                (MailKind::Invitation, TokenPurpose::AcceptInvitation, None)
            }
            LinkKind::ChangeEmail(new) => {
                (MailKind::ConfirmEmail, TokenPurpose::ChangeEmail, Some(new))
            }
            LinkKind::UndoEmailChange(new) => {
                (MailKind::EmailChanged, TokenPurpose::UndoEmailChange, Some(new))
            }
        };
        // The address that the token is about: the new one, or the one to return to.
        let token_email = match kind {
            LinkKind::ChangeEmail(new) => new,
            _ => email,
        };
        let token = OneTimeToken::generate(user).ok_or(VerificationError::Random)?;
        let text = token.text();
        let data = MailData { recipient: token_email, email, new_email, token: Some(&text) };
        let Some(composed) = self.composer.compose(mail, data, context, now)? else {
            return Ok(None);
        };
        let token = NewOneTimeToken {
            digest: token.digest(purpose, &password_hash.to_string()),
            purpose,
            user,
            email: token_email.clone(),
            expires_at: composed.expires_at,
        };
        Ok(Some(OutgoingMail { mail: composed, token: Some(token) }))
    }
}
