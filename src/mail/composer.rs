//! Composition of mails.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::kind::MailKind;
use super::new_mail::NewMail;
use super::options::MailOptions;
use super::templates::{TemplateError, Templates, Variables};
use crate::domain::{Email, PublicUrl, RequestContext, Timestamp};
use crate::keys::SharedKeySet;

/// Composes mails for the outbox. A cheap handle.
#[derive(Clone)]
pub struct Composer(Option<Arc<Inner>>);

struct Inner {
    texts: ArcSwap<Texts>,
    public_url: PublicUrl,
    keys: SharedKeySet,
}

/// What can be replaced while the service runs.
struct Texts {
    options: MailOptions,
    templates: Templates,
}

impl Texts {
    fn load(options: MailOptions) -> Result<Arc<Self>, TemplateError> {
        let templates = Templates::load(options.templates.as_deref())?;
        Ok(Arc::new(Self { options, templates }))
    }
}

/// What a mail is about.
#[derive(Clone, Copy, Debug)]
pub struct MailData<'a> {
    /// Its recipient.
    pub recipient: &'a Email,
    /// The address of the account, or the one before a change.
    pub email: &'a Email,
    /// The address after a change.
    pub new_email: Option<&'a Email>,
    /// The token of its link.
    pub token: Option<&'a str>,
    /// Its code.
    pub code: Option<&'a str>,
}

impl<'a> MailData<'a> {
    /// A mail about an account, to its own address.
    #[must_use]
    pub fn of_account(email: &'a Email) -> Self {
        Self { recipient: email, email, new_email: None, token: None, code: None }
    }
}

/// The error of a mail that cannot be composed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MailError {
    /// A template cannot be rendered.
    #[error("cannot render the mail {0}: {1}")]
    Template(MailKind, minijinja::Error),
    /// The content cannot be sealed.
    #[error("cannot seal the mail {0}")]
    Seal(MailKind),
}

impl Composer {
    /// A composer that composes nothing.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// A composer of the mails that the options want. Links begin with `public_url`; contents are sealed
    /// with `keys`.
    ///
    /// # Errors
    ///
    /// [`TemplateError`].
    pub fn new(
        options: MailOptions,
        public_url: PublicUrl,
        keys: SharedKeySet,
    ) -> Result<Self, TemplateError> {
        let texts = Texts::load(options)?.into();
        Ok(Self(Some(Arc::new(Inner { texts, public_url, keys }))))
    }

    /// Replaces the templates, the notices and the name of the service by those of the options.
    ///
    /// # Errors
    ///
    /// [`TemplateError`]; they stay as they are.
    pub fn reload(&self, options: MailOptions) -> Result<(), TemplateError> {
        if let Some(inner) = &self.0 {
            inner.texts.store(Texts::load(options)?);
        }
        Ok(())
    }

    /// Whether mails are sent.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Composes a mail in the language of the client. `None` where none is sent, such as a notice that is
    /// turned off.
    ///
    /// # Errors
    ///
    /// [`MailError`].
    pub fn compose(
        &self,
        kind: MailKind,
        data: MailData<'_>,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<Option<NewMail>, MailError> {
        let Some(inner) = &self.0 else { return Ok(None) };
        let Inner { texts, public_url, keys } = &**inner;
        let texts = texts.load();
        let Texts { options, templates } = &**texts;
        if MailKind::NOTICES.contains(&kind) && !options.notices.contains(&kind) {
            return Ok(None);
        }
        let link = kind.page().map(|page| match data.token {
            Some(token) => format!("{public_url}/{page}?token={token}"),
            None => format!("{public_url}/{page}"),
        });
        let address = context.client.address.map(|address| address.to_string());
        let variables = Variables {
            service: &options.service_name,
            email: data.email.as_str(),
            new_email: data.new_email.map(Email::as_str),
            address: address.as_deref(),
            user_agent: context.client.user_agent.as_deref(),
            time: &to_the_minute(now),
            code: data.code,
            minutes: kind.lifetime().as_secs() / 60,
            link: link.as_deref(),
        };
        let language = templates.language(&context.languages);
        let rendered = templates
            .render(kind, language, variables)
            .map_err(|error| MailError::Template(kind, error))?;
        let sealed = rendered.seal(kind, data.recipient, &keys.current());
        Ok(Some(NewMail {
            kind,
            recipient: data.recipient.clone(),
            content: sealed.ok_or(MailError::Seal(kind))?,
            created_at: now,
            expires_at: now.saturating_add(kind.lifetime()),
        }))
    }
}

/// A time as readers of mails like it: `2026-01-01 00:00 UTC`.
fn to_the_minute(at: Timestamp) -> String {
    let text = Timestamp::from_seconds(at.seconds()).to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or(time))
}

impl fmt::Debug for Composer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Composer").field("is_on", &self.is_on()).finish_non_exhaustive()
    }
}
