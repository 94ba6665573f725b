//! The use cases, each from what all of them share.

use std::sync::Arc;

use crate::accounts::{Accounts, DeleteAccount, ExportAccount, Registrar};
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::{Attempts, ChangePassword, Passwords, VerifyUser};
use crate::login::{Login, LoginByCode};
use crate::mail::Composer;
use crate::sessions::Sessions;
use crate::store::Store;
use crate::verification::{
    ChangeEmail, EmailVerification, Invite, Links, ResetPassword, VerifyEmail,
};

/// What the use cases share.
pub(super) struct UseCases<'a> {
    pub(super) config: &'a Config,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) store: Arc<dyn Store>,
    pub(super) passwords: Passwords,
    pub(super) attempts: Attempts,
    pub(super) sessions: Arc<Sessions>,
    pub(super) composer: Composer,
}

impl UseCases<'_> {
    pub(super) fn login(&self, verify_email: &Arc<VerifyEmail>) -> Login {
        let (attempts, sessions) = (self.attempts.clone(), self.sessions());
        let login =
            Login::new(self.store(), self.passwords.clone(), attempts, sessions, self.clock())
                .with_notices(self.composer.clone());
        match self.config.accounts.verification {
            EmailVerification::Required => login.with_verification(Arc::clone(verify_email)),
            EmailVerification::Off | EmailVerification::Optional => login,
        }
    }

    /// `None` unless logins by a code are allowed.
    pub(super) fn login_by_code(&self) -> Option<LoginByCode> {
        self.config.accounts.login_codes.then(|| {
            let (composer, attempts) = (self.composer.clone(), self.attempts.clone());
            let keys = self.config.tokens.keys.clone();
            LoginByCode::new(self.store(), composer, attempts, self.sessions(), keys, self.clock())
        })
    }

    pub(super) fn registrar(&self) -> Registrar {
        let (passwords, attempts) = (self.passwords.clone(), self.attempts.clone());
        let (sessions, links) = (self.sessions(), self.links());
        let options = &self.config.accounts;
        Registrar::new(self.store(), passwords, attempts, sessions, links, options)
    }

    pub(super) fn accounts(&self) -> Accounts {
        Accounts::new(self.store(), self.passwords.clone(), self.clock())
            .with_notices(self.composer.clone())
    }

    pub(super) fn delete_account(&self) -> DeleteAccount {
        DeleteAccount::new(self.store(), self.verify_user(), self.clock())
    }

    pub(super) fn export_account(&self) -> ExportAccount {
        ExportAccount::new(self.store(), self.clock())
    }

    pub(super) fn change_password(&self) -> ChangePassword {
        let (passwords, verify_user) = (self.passwords.clone(), self.verify_user());
        ChangePassword::new(self.store(), passwords, verify_user, self.sessions())
            .with_notices(self.composer.clone())
    }

    pub(super) fn verify_email(&self) -> VerifyEmail {
        VerifyEmail::new(self.store(), self.links(), self.attempts.clone(), self.clock())
    }

    pub(super) fn reset_password(&self) -> ResetPassword {
        let (passwords, attempts) = (self.passwords.clone(), self.attempts.clone());
        let (store, links) = (self.store(), self.links());
        ResetPassword::new(store, links, passwords, attempts, self.sessions(), self.clock())
    }

    pub(super) fn change_email(&self) -> ChangeEmail {
        let (verify_user, attempts) = (self.verify_user(), self.attempts.clone());
        let (links, verification) = (self.links(), self.config.accounts.verification);
        ChangeEmail::new(self.store(), links, verify_user, attempts, verification, self.clock())
    }

    pub(super) fn invite(&self) -> Invite {
        Invite::new(self.store(), self.links(), self.clock())
    }

    fn verify_user(&self) -> VerifyUser {
        VerifyUser::new(self.store(), self.passwords.clone(), self.attempts.clone())
    }

    fn links(&self) -> Links {
        Links::new(self.composer.clone())
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn sessions(&self) -> Arc<Sessions> {
        Arc::clone(&self.sessions)
    }
}
