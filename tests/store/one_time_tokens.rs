//! The contract of a store: one-time tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::domain::UserId;
use countersign::mail::{MailKind, NewMail, SealedContent};
use countersign::store::{
    Account, Effects, NewOneTimeToken, OutgoingMail, RedeemedChange, Redemption, Store,
};
use countersign::token::{OneTimeToken, TokenPurpose};

use crate::support::{
    account, at, delete, disable, email, enable, exists, hash, insert, new_session, new_user,
    opened, set_password, user,
};

/// The lifetime of the tokens, in milliseconds; a token expires at the beginning of that second.
const LIFETIME: i64 = 60_000;

/// Issues a token for the address `to`.
async fn issue(
    store: &impl Store,
    account: &Account,
    purpose: TokenPurpose,
    to: &str,
) -> OneTimeToken {
    let token = OneTimeToken::generate(account.user.id).unwrap();
    let stored = NewOneTimeToken {
        digest: token.digest(purpose, &account.password_hash.to_string()),
        purpose,
        user: account.user.id,
        email: email(to),
        expires_at: at(LIFETIME),
    };
    let mail = NewMail {
        kind: MailKind::NewDevice,
        recipient: email(to),
        content: SealedContent::from_bytes(Vec::new()),
        created_at: at(0),
        expires_at: at(LIFETIME),
    };
    let mail = OutgoingMail { mail, token: Some(stored) };
    assert!(store.issue_token(account, Effects::none().and_mail(Some(mail))).await.unwrap());
    token
}

/// Issues a token for the user's own address.
async fn issue_own(store: &impl Store, user: UserId, purpose: TokenPurpose) -> OneTimeToken {
    let account = account(store, user).await;
    issue(store, &account, purpose, account.user.email.as_str()).await
}

async fn redeem(
    store: &impl Store,
    token: &OneTimeToken,
    purpose: TokenPurpose,
    change: RedeemedChange,
    now: i64,
) -> Redemption {
    store.redeem(token, purpose, change, at(now), &|_| Some(Effects::none())).await.unwrap()
}

async fn verify(store: &impl Store, token: &OneTimeToken, now: i64) -> Redemption {
    redeem(store, token, TokenPurpose::VerifyEmail, RedeemedChange::VerifyEmail, now).await
}

pub(crate) async fn token_is_used_once_until_it_expires(store: impl Store) {
    let user = user(&store).await;
    let purpose = TokenPurpose::VerifyEmail;
    let token = issue_own(&store, user, purpose).await;
    // Looking at it does not use it up.
    for _ in 0..3 {
        let found = store.token_account(&token, purpose, at(LIFETIME - 1)).await.unwrap();
        assert_eq!(found.unwrap().user.id, user);
    }
    assert_eq!(store.token_account(&token, purpose, at(LIFETIME)).await.unwrap(), None);
    assert_eq!(verify(&store, &token, LIFETIME).await, Redemption::Invalid);
    let before = account(&store, user).await;
    let Redemption::Redeemed(after, address) = verify(&store, &token, LIFETIME - 1).await else {
        panic!("it is valid");
    };
    assert_eq!(address, before.user.email);
    assert!(!before.user.email_verified && after.user.email_verified);
    let expected = Account { user: after.user.clone(), changed_at: at(LIFETIME - 1), ..before };
    assert_eq!(after, expected);
    assert_eq!(account(&store, user).await, expected);
    assert_eq!(verify(&store, &token, 1).await, Redemption::Invalid);
    assert_eq!(store.token_account(&token, purpose, at(1)).await.unwrap(), None);
}

pub(crate) async fn token_is_bound_to_purpose_user_password_and_address(store: impl Store) {
    let (one, other) = (user(&store).await, user(&store).await);
    let token = issue_own(&store, one, TokenPurpose::VerifyEmail).await;
    for purpose in [
        TokenPurpose::ResetPassword,
        TokenPurpose::AcceptInvitation,
        TokenPurpose::ChangeEmail,
        TokenPurpose::UndoEmailChange,
    ] {
        let redeemed = redeem(&store, &token, purpose, RedeemedChange::VerifyEmail, 1).await;
        assert_eq!(redeemed, Redemption::Invalid, "{purpose:?}");
    }
    let mut bytes = URL_SAFE_NO_PAD.decode(token.text()).unwrap();
    bytes[..8].copy_from_slice(&other.0.to_be_bytes());
    let of_other = OneTimeToken::parse(&URL_SAFE_NO_PAD.encode(bytes)).unwrap();
    assert_eq!(of_other.user(), other);
    assert_eq!(verify(&store, &of_other, 1).await, Redemption::Invalid);
    // Disabled, and enabled again.
    disable(&store, one, 1).await;
    assert_eq!(verify(&store, &token, 1).await, Redemption::Invalid);
    enable(&store, one, 1).await;
    set_password(&store, one, 2).await;
    assert_eq!(verify(&store, &token, 2).await, Redemption::Invalid);
    // Of an address that the user has no longer.
    let token = issue_own(&store, one, TokenPurpose::VerifyEmail).await;
    let purpose = TokenPurpose::ChangeEmail;
    let change = issue(&store, &account(&store, one).await, purpose, "n@example.com").await;
    let redeemed = redeem(&store, &change, purpose, RedeemedChange::ChangeEmail, 3).await;
    assert!(matches!(redeemed, Redemption::Redeemed(..)));
    assert_eq!(verify(&store, &token, 3).await, Redemption::Invalid);
    delete(&store, one).await;
    assert_eq!(verify(&store, &token, 3).await, Redemption::Invalid);
}

pub(crate) async fn later_token_replaces_the_one_before_unless_it_undoes_a_change(
    store: impl Store,
) {
    let user = user(&store).await;
    let first = issue_own(&store, user, TokenPurpose::VerifyEmail).await;
    let reset = issue_own(&store, user, TokenPurpose::ResetPassword).await;
    let second = issue_own(&store, user, TokenPurpose::VerifyEmail).await;
    assert_eq!(verify(&store, &first, 1).await, Redemption::Invalid);
    assert!(matches!(verify(&store, &second, 1).await, Redemption::Redeemed(..)));
    let found = store.token_account(&reset, TokenPurpose::ResetPassword, at(1)).await.unwrap();
    assert!(found.is_some(), "that of another purpose stays");
    let account = account(&store, user).await;
    let undo = TokenPurpose::UndoEmailChange;
    let first = issue(&store, &account, undo, "first@example.com").await;
    issue(&store, &account, undo, "second@example.com").await;
    set_password(&store, user, 2).await;
    let redeemed = redeem(&store, &first, undo, RedeemedChange::UndoEmailChange, 3).await;
    let Redemption::Redeemed(account, _) = redeemed else { panic!("{redeemed:?}") };
    assert_eq!(account.user.email, email("first@example.com"));
}

pub(crate) async fn token_is_not_issued_for_an_account_that_has_changed(store: impl Store) {
    let (password, address) = (user(&store).await, user(&store).await);
    let before = [account(&store, password).await, account(&store, address).await];
    set_password(&store, password, 1).await;
    let token = issue(&store, &before[1], TokenPurpose::ChangeEmail, "new@example.com").await;
    let purpose = TokenPurpose::ChangeEmail;
    redeem(&store, &token, purpose, RedeemedChange::ChangeEmail, 1).await;
    for account in before {
        assert!(!store.issue_token(&account, Effects::none()).await.unwrap());
    }
}

pub(crate) async fn new_password_ends_all_sessions_and_opens_one(store: impl Store) {
    let user = user(&store).await;
    let before = [opened(&store, user).await, opened(&store, user).await];
    let token = issue_own(&store, user, TokenPurpose::ResetPassword).await;
    let session = new_session(5);
    let change = RedeemedChange::SetPassword { password_hash: hash(9), session: session.clone() };
    let redeemed = redeem(&store, &token, TokenPurpose::ResetPassword, change, 5).await;
    let Redemption::Redeemed(account, _) = redeemed else { panic!("{redeemed:?}") };
    assert_eq!((&account.password_hash, account.user.email_verified), (&hash(9), true));
    assert_eq!((account.last_login_at, account.tokens_valid_after), (Some(at(5)), at(5)));
    for id in before {
        assert!(!exists(&store, id).await);
    }
    assert!(exists(&store, session.id).await);
}

pub(crate) async fn address_that_is_taken_is_a_conflict_and_changes_nothing(store: impl Store) {
    let owner = insert(&store, new_user("taken@example.com")).await.unwrap();
    let user = user(&store).await;
    let before = account(&store, user).await;
    for (purpose, change) in [
        (TokenPurpose::ChangeEmail, RedeemedChange::ChangeEmail),
        (TokenPurpose::UndoEmailChange, RedeemedChange::UndoEmailChange),
    ] {
        let token = issue(&store, &before, purpose, "taken@example.com").await;
        let redeemed = redeem(&store, &token, purpose, change.clone(), 1).await;
        assert_eq!(redeemed, Redemption::EmailTaken);
        assert_eq!(account(&store, user).await, before);
        // The token is valid once the address is free.
        assert!(store.token_account(&token, purpose, at(1)).await.unwrap().is_some());
    }
    let changed = store.by_email(&email("taken@example.com")).await.unwrap().unwrap();
    assert_eq!(changed.user.id, owner.user.id);
}

pub(crate) async fn changed_address_is_found_and_the_old_one_is_free(store: impl Store) {
    let user = insert(&store, new_user("old@example.com")).await.unwrap().user.id;
    let session = opened(&store, user).await;
    let account = account(&store, user).await;
    let token = issue(&store, &account, TokenPurpose::ChangeEmail, "new@example.com").await;
    let purpose = TokenPurpose::ChangeEmail;
    redeem(&store, &token, purpose, RedeemedChange::ChangeEmail, 1).await;
    assert_eq!(store.by_email(&email("old@example.com")).await.unwrap(), None);
    let found = store.by_email(&email("new@example.com")).await.unwrap().unwrap();
    assert_eq!((found.user.id, found.user.email_verified), (user, true));
    assert!(exists(&store, session).await, "a change of the address ends no session");
    let caller = store.resolve(user, Some(session)).await.unwrap().unwrap();
    assert_eq!(caller.user.email, email("new@example.com"));
    insert(&store, new_user("old@example.com")).await.unwrap();
}

pub(crate) async fn aborted_redemption_changes_nothing(store: impl Store) {
    let user = user(&store).await;
    let session = opened(&store, user).await;
    let before = account(&store, user).await;
    let token = issue_own(&store, user, TokenPurpose::ResetPassword).await;
    let change = RedeemedChange::SetPassword { password_hash: hash(9), session: new_session(5) };
    let purpose = TokenPurpose::ResetPassword;
    let redeemed = store.redeem(&token, purpose, change, at(5), &|_| None).await.unwrap();
    assert_eq!(redeemed, Redemption::Aborted);
    assert_eq!(account(&store, user).await, before);
    assert!(exists(&store, session).await);
    assert!(store.token_account(&token, purpose, at(5)).await.unwrap().is_some());
}

pub(crate) async fn one_of_racing_redemptions_succeeds(store: impl Store) {
    let user = user(&store).await;
    let token = issue_own(&store, user, TokenPurpose::VerifyEmail).await;
    let store = std::sync::Arc::new(store);
    let mut racing = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let store = std::sync::Arc::clone(&store);
        racing.spawn(async move { verify(&*store, &token, 1).await });
    }
    let outcomes = racing.join_all().await;
    let redeemed = outcomes.iter().filter(|it| matches!(it, Redemption::Redeemed(..))).count();
    let invalid = outcomes.iter().filter(|it| **it == Redemption::Invalid).count();
    assert_eq!((redeemed, invalid), (1, 15));
}
