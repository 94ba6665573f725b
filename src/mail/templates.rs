//! Templates of mails.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use minijinja::{Environment, UndefinedBehavior, context};

use super::content::MailContent;
use super::kind::MailKind;
use super::texts::{self, Texts};
use crate::domain::AcceptLanguage;
use crate::files::{self, RedactedPath};

/// The language of a mail to a reader whose languages have no texts.
const DEFAULT_LANGUAGE: &str = "en";

const BUILT_IN_LANGUAGES: [(&str, &str); 2] =
    [("en", include_str!("templates/en.toml")), ("de", include_str!("templates/de.toml"))];

const LAYOUTS: [(&str, &str); 2] = [
    ("mail.txt", include_str!("templates/mail.txt")),
    ("mail.html", include_str!("templates/mail.html")),
];

/// The maximum size of a template file, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

/// The texts of all languages, and the layouts around them; parsed once.
pub struct Templates {
    environment: Environment<'static>,
    languages: BTreeMap<String, Texts>,
}

/// Errors of templates.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The directory or a file cannot be read.
    #[error("{}: {reason}", RedactedPath(.path))]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The texts of a language are malformed.
    #[error("{name}: {source}")]
    Texts {
        /// The name of the file.
        name: String,
        /// The reason.
        source: toml::de::Error,
    },
    /// A file that is neither a layout nor the texts of a language.
    #[error(
        "{name}: unknown template; expected mail.txt, mail.html, or a language such as en.toml"
    )]
    UnknownFile {
        /// The name of the file.
        name: String,
    },
    /// Texts of a mail that does not exist.
    #[error("{name}: there is no mail {mail}")]
    UnknownMail {
        /// The name of the file.
        name: String,
        /// The unknown name.
        mail: String,
    },
    /// A template is malformed, or uses an unknown variable.
    #[error("{}", template_error(.0))]
    Template(#[from] minijinja::Error),
}

fn template_error(error: &minijinja::Error) -> String {
    format!("template {}: {error}", error.name().unwrap_or("of a text"))
}

/// The variables of the texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variables<'a> {
    pub(super) service: &'a str,
    pub(super) email: &'a str,
    pub(super) new_email: Option<&'a str>,
    pub(super) address: Option<&'a str>,
    pub(super) user_agent: Option<&'a str>,
    pub(super) time: &'a str,
    /// The lifetime of the link, in hours.
    pub(super) hours: u64,
    pub(super) link: Option<&'a str>,
}

impl Templates {
    /// The built-in templates, and those of a directory in their place: the layouts `mail.txt` and
    /// `mail.html`, and the texts of a language in a file such as `en.toml`. Texts that the file of a
    /// language lacks are the built-in ones of the language, or else the English ones.
    ///
    /// # Errors
    ///
    /// [`TemplateError`], also for a template that cannot be rendered.
    pub fn load(directory: Option<&Path>) -> Result<Self, TemplateError> {
        let mut files = match directory {
            Some(directory) => read(directory)?,
            None => BTreeMap::new(),
        };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, built_in) in LAYOUTS {
            let layout = files.remove(name).unwrap_or_else(|| built_in.to_owned());
            environment.add_template_owned(name, layout)?;
        }
        let mut languages = BTreeMap::new();
        for (language, built_in) in BUILT_IN_LANGUAGES {
            let overriding = files.remove(&format!("{language}.toml"));
            let texts = parse_texts(language, built_in, overriding.as_deref())?;
            languages.insert(language.to_owned(), texts);
        }
        for (name, overriding) in files {
            let language = name.strip_suffix(".toml").filter(|it| is_language(it));
            let Some(language) = language else { return Err(TemplateError::UnknownFile { name }) };
            let [(_, english), _] = BUILT_IN_LANGUAGES;
            let texts = parse_texts(language, english, Some(&overriding))?;
            languages.insert(language.to_owned(), texts);
        }
        let templates = Self { environment, languages };
        templates.check()?;
        Ok(templates)
    }

    /// The language of a mail to a reader who prefers these.
    pub(super) fn language(&self, accepted: &AcceptLanguage) -> &str {
        let chosen = accepted.choose(|language| self.languages.contains_key(language));
        let known = chosen.and_then(|chosen| self.languages.get_key_value(chosen));
        known.map_or(DEFAULT_LANGUAGE, |(language, _)| language)
    }

    /// Renders a mail.
    pub(super) fn render(
        &self,
        kind: MailKind,
        language: &str,
        variables: Variables<'_>,
    ) -> Result<MailContent, minijinja::Error> {
        let missing = || minijinja::Error::from(minijinja::ErrorKind::TemplateNotFound);
        let texts = self.languages.get(language).ok_or_else(missing)?;
        let mail = texts.mails.get(kind.name()).ok_or_else(missing)?;
        let render = |name: &str, template: &str, client: &str, valid: &str| {
            let Variables { service, email, new_email, address, user_agent, time, .. } = variables;
            let variables = context! {
                service, email, new_email, address, user_agent, time, client, valid,
            };
            self.environment.render_named_str(
                &format!("{language}.toml, {name}"),
                template,
                variables,
            )
        };
        let client = render("client", &texts.client, "", "")?;
        let (count, unit) = match variables.hours {
            hours if hours >= 48 => (hours / 24, &texts.days),
            hours => (hours, &texts.hours),
        };
        let valid = self.environment.render_str(unit, context! { count })?;
        let text = |name, template| render(name, template, &client, &valid);
        let name = kind.name();
        // One line, whatever a template does.
        let subject = text(name, &mail.subject)?.split_whitespace().collect::<Vec<_>>().join(" ");
        let body = text(name, &mail.text)?;
        let paragraphs: Vec<String> = body
            .split("\n\n")
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        let button = mail.button.as_deref().map(|button| text(name, button)).transpose()?;
        let layout = context! {
            language,
            subject => subject.clone(),
            greeting => text("greeting", &texts.greeting)?,
            paragraphs,
            button,
            link => variables.link,
            link_hint => text("link", &texts.link)?,
            closing => text("closing", &texts.closing)?,
            service => variables.service,
        };
        let text = self.environment.get_template("mail.txt")?.render(&layout)?;
        let html = self.environment.get_template("mail.html")?.render(&layout)?;
        Ok(MailContent { subject, text, html })
    }

    /// Renders every mail in every language.
    fn check(&self) -> Result<(), TemplateError> {
        for (language, texts) in &self.languages {
            let is_unknown = |mail: &&String| MailKind::parse(mail).is_none();
            if let Some(mail) = texts.mails.keys().find(is_unknown) {
                let name = format!("{language}.toml");
                return Err(TemplateError::UnknownMail { name, mail: mail.clone() });
            }
            for kind in MailKind::ALL {
                let variables = Variables {
                    service: "service",
                    email: "user@example.com",
                    new_email: Some("new@example.com"),
                    address: Some("192.0.2.1"),
                    user_agent: Some("browser"),
                    time: "2026-01-01 00:00 UTC",
                    hours: 24,
                    link: Some("https://example.com/"),
                };
                self.render(*kind, language, variables)?;
            }
        }
        Ok(())
    }
}

fn parse_texts(
    language: &str,
    built_in: &str,
    overriding: Option<&str>,
) -> Result<Texts, TemplateError> {
    let name = format!("{language}.toml");
    texts::parse(built_in, overriding).map_err(|source| TemplateError::Texts { name, source })
}

fn is_language(text: &str) -> bool {
    (2..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The files of a directory, by name. Hidden ones are skipped.
fn read(directory: &Path) -> Result<BTreeMap<String, String>, TemplateError> {
    let unreadable =
        |path: &Path, reason: String| TemplateError::Unreadable { path: path.to_owned(), reason };
    let io_error = |path: &Path, error: &std::io::Error| unreadable(path, error.to_string());
    let mut contents = BTreeMap::new();
    let entries = std::fs::read_dir(directory).map_err(|error| io_error(directory, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| io_error(directory, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        let bytes =
            files::read(&path, MAX_SIZE).map_err(|error| unreadable(&path, error.to_string()))?;
        let text = String::from_utf8(bytes.to_vec())
            .map_err(|_| unreadable(&path, "it is not UTF-8".to_owned()))?;
        contents.insert(name, text);
    }
    Ok(contents)
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates")
            .field("languages", &self.languages.keys())
            .finish_non_exhaustive()
    }
}
