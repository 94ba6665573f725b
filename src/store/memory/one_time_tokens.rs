//! One-time tokens in memory.

use async_trait::async_trait;

use super::store::MemoryStore;
use super::stored_mail::StoredToken;
use super::tables::Tables;
use crate::domain::{Email, SessionId, Timestamp};
use crate::store::authorization::{has_expired, revoked_by_user};
use crate::store::{
    Account, CODE_TRIES, CodeLogin, CodeRedemption, Commit, Effects, NewOneTimeToken,
    OneTimeTokenStore, RedeemedChange, Redemption, StoreError,
};
use crate::token::{OneTimeToken, TokenPurpose, is_any};

impl Tables {
    /// A valid token, and its account.
    fn valid_token(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Option<(&NewOneTimeToken, &Account)> {
        let account = self.users.get(&token.user()).filter(|account| !account.disabled)?;
        let digest = token.digest(purpose, &account.password_hash.to_string());
        let stored = &self.one_time_tokens.get(&digest)?.token;
        let is_current = purpose.is_about_other_address() || stored.email == account.user.email;
        (is_current && !has_expired(stored.expires_at, now)).then_some((stored, account))
    }
}

#[async_trait]
impl OneTimeTokenStore for MemoryStore {
    async fn issue_token(&self, account: &Account, effects: Effects) -> Result<bool, StoreError> {
        let mut tables = self.write();
        let is_current = tables.users.get(&account.user.id).is_some_and(|current| {
            !current.disabled
                && current.password_hash == account.password_hash
                && current.user.email == account.user.email
        });
        if is_current {
            tables.apply(effects);
        }
        Ok(is_current)
    }

    async fn commit(&self, effects: Effects) -> Result<(), StoreError> {
        self.write().apply(effects);
        Ok(())
    }

    async fn token_account(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        now: Timestamp,
    ) -> Result<Option<Account>, StoreError> {
        let tables = self.read();
        Ok(tables.valid_token(token, purpose, now).map(|(_, account)| account.clone()))
    }

    async fn redeem(
        &self,
        token: &OneTimeToken,
        purpose: TokenPurpose,
        change: RedeemedChange,
        now: Timestamp,
        effects: Commit<'_, Redemption>,
    ) -> Result<Redemption, StoreError> {
        let mut tables = self.write();
        let Some((stored, account)) = tables.valid_token(token, purpose, now) else {
            return Ok(Redemption::Invalid);
        };
        let (digest, address, mut account) = (stored.digest, stored.email.clone(), account.clone());
        let (id, before) = (account.user.id, account.user.email.clone());
        let is_taken =
            |address: &Email| tables.by_email(address).is_some_and(|other| other.user.id != id);
        account.changed_at = now;
        let (mut revokes, mut opened) = (false, None);
        match change {
            RedeemedChange::VerifyEmail => account.user.email_verified = true,
            RedeemedChange::SetPassword { password_hash, session } => {
                account.user.email_verified = true;
                account.password_hash = password_hash;
                account.last_login_at = Some(session.created_at);
                (revokes, opened) = (true, Some(session));
            }
            RedeemedChange::ChangeEmail | RedeemedChange::UndoEmailChange if is_taken(&address) => {
                return Ok(Redemption::EmailTaken);
            }
            RedeemedChange::ChangeEmail => {
                account.user.email = address;
                account.user.email_verified = true;
            }
            RedeemedChange::UndoEmailChange => {
                account.user.email = address;
                account.user.email_verified = true;
                revokes = true;
            }
        }
        if revokes {
            account.tokens_valid_after = revoked_by_user(account.tokens_valid_after, now);
        }
        let redemption = Redemption::Redeemed(account.clone(), before);
        let Some(effects) = effects(&redemption) else { return Ok(Redemption::Aborted) };
        tables.one_time_tokens.remove(&digest);
        tables.replace_user(account);
        if revokes {
            tables.end_sessions_of(id, None);
        }
        if let Some(session) = opened {
            tables.put_session(session.of(id));
        }
        tables.apply(effects);
        Ok(redemption)
    }

    async fn log_in_by_code(
        &self,
        login: CodeLogin,
        effects: Commit<'_, Vec<SessionId>>,
    ) -> Result<CodeRedemption, StoreError> {
        let mut tables = self.write();
        let CodeLogin { user, digests, session } = login;
        let enabled = tables.users.get(&user).filter(|account| !account.disabled).cloned();
        let of_user = |token: &&mut StoredToken| {
            token.token.user == user && token.token.purpose == TokenPurpose::LoginCode
        };
        let (Some(mut account), Some(stored)) =
            (enabled, tables.one_time_tokens.values_mut().find(of_user))
        else {
            return Ok(CodeRedemption::Invalid);
        };
        let is_usable = stored.tries < CODE_TRIES
            && stored.token.email == account.user.email
            && !has_expired(stored.token.expires_at, session.created_at);
        if !is_usable || !is_any(&stored.token.digest, &digests) {
            stored.tries += 1;
            return Ok(CodeRedemption::Invalid);
        }
        let digest = stored.token.digest;
        let over_limit = tables.sessions_over_limit(user);
        let Some(effects) = effects(&over_limit) else { return Ok(CodeRedemption::Aborted) };
        tables.one_time_tokens.remove(&digest);
        account.user.email_verified = true;
        account.last_login_at = Some(session.created_at);
        tables.replace_user(account.clone());
        tables.log_in(user, session, &over_limit);
        tables.apply(effects);
        Ok(CodeRedemption::LoggedIn(Box::new(account)))
    }
}
