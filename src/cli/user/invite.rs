//! `countersign user invite`

use std::sync::Arc;

use clap::Args;

use super::display;
use super::error::UserError;
use super::user_database::UserDatabase;
use crate::clock::SystemClock;
use crate::config::{Environment, MailFlags, PublicUrlFlag, SigningFlags};
use crate::domain::Email;
use crate::mail::Composer;
use crate::token::TokenOptions;
use crate::verification::{Invite, Links};

/// Add a user who chooses a password by the link of a mail
///
/// Takes the settings of mails, the public URL and the signing key of the service, which sends the mail.
#[derive(Args, Debug)]
pub(super) struct InviteFlags {
    /// E-mail address of the new user
    #[arg(value_name = "EMAIL")]
    email: String,

    /// Make the new user an administrator
    #[arg(long)]
    admin: bool,

    /// Print the user as a JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    public: PublicUrlFlag,

    #[command(flatten)]
    mail: MailFlags,

    #[command(flatten)]
    signing: SigningFlags,
}

impl InviteFlags {
    /// The composer of the mail.
    pub(super) fn composer(&self, environment: &Environment) -> Result<Composer, UserError> {
        let public_url = self.public.url.as_ref();
        let mails = self.mail.options(false, public_url)?;
        let (Some(mails), Some(public_url)) = (mails, public_url) else {
            return Err(UserError::NoMails);
        };
        let lifetime = TokenOptions::DEFAULT_LIFETIME;
        let tokens = self.signing.options(environment, lifetime)?;
        Composer::new(mails, public_url.clone(), tokens.keys)
            .map_err(|error| UserError::App(error.into()))
    }
}

pub(super) async fn invite(
    database: &UserDatabase,
    flags: InviteFlags,
    environment: &Environment,
) -> Result<(), UserError> {
    let email = Email::parse(&flags.email)?;
    let links = Links::new(flags.composer(environment)?);
    let invite = Invite::new(Arc::clone(&database.store), links, Arc::new(SystemClock));
    let account = invite.create(email, flags.admin, None).await?;
    Ok(display::print_result(&account, flags.json, "invited")?)
}
