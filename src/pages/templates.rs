//! The HTML of the pages.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::{Environment, UndefinedBehavior, Value};

use super::language::Language;
use super::texts::Texts;
use crate::files::{self, RedactedPath};

/// The largest file of a template directory, in bytes.
const MAX_SIZE: u64 = 256 * 1024;

macro_rules! built_in {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("templates/", $name)))),+]
    };
}

/// The built-in templates, by the names of their files.
const BUILT_IN: [(&str, &str); 13] = built_in![
    "layout.html",
    "fields.html",
    "form.html",
    "inbox.html",
    "mail.html",
    "sign-in.html",
    "sign-up.html",
    "account.html",
    "change-password.html",
    "delete-account.html",
    "sign-out.html",
    "message.html",
    "error.html",
];

/// A file that adds to the built-in style.
const STYLE: &str = "style.css";

/// The templates and texts of all pages. A cheap handle.
#[derive(Clone)]
pub struct Templates(Arc<Inner>);

struct Inner {
    environment: Environment<'static>,
    texts: [Texts; Language::ALL.len()],
    style: Option<String>,
}

/// The error of a template directory.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A file or the directory cannot be read.
    #[error("{}: {source}", RedactedPath(.path))]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// A file has the name of no template.
    #[error("{name} overrides nothing; the names are {}", names())]
    UnknownFile {
        /// The name.
        name: String,
    },
    /// A template has a syntax error.
    #[error("{name}: {reason}")]
    InvalidTemplate {
        /// The name.
        name: String,
        /// The reason, with its line.
        reason: String,
    },
    /// A file of texts is invalid.
    #[error("{name}: {reason}")]
    InvalidTexts {
        /// The name.
        name: String,
        /// The reason.
        reason: String,
    },
}

fn names() -> String {
    let templates = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
    let texts = Language::ALL.iter().map(|language| texts_file(*language));
    templates.chain(texts).chain([STYLE.to_owned()]).collect::<Vec<_>>().join(", ")
}

fn texts_file(language: Language) -> String {
    format!("{}.toml", language.tag())
}

impl Templates {
    /// The built-in templates, overridden by the files of `directory`.
    ///
    /// # Errors
    ///
    /// [`TemplateError`].
    pub fn new(directory: Option<&Path>) -> Result<Self, TemplateError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in BUILT_IN {
            add(&mut environment, name, source.to_owned())?;
        }
        let texts = |language| {
            Texts::built_in(language).map_err(|error| invalid_texts(texts_file(language), &error))
        };
        let texts = [texts(Language::English)?, texts(Language::German)?];
        let mut inner = Inner { environment, texts, style: None };
        if let Some(directory) = directory {
            inner.override_with(directory)?;
        }
        Ok(Self(Arc::new(inner)))
    }

    /// The texts of a language.
    #[must_use]
    pub fn texts(&self, language: Language) -> &Texts {
        let [english, german] = &self.0.texts;
        match language {
            Language::English => english,
            Language::German => german,
        }
    }

    /// The style of the template directory, if it has one.
    #[must_use]
    pub fn style(&self) -> Option<&str> {
        self.0.style.as_deref()
    }

    /// Renders a template. Values are escaped for HTML.
    ///
    /// # Errors
    ///
    /// The error of a template, such as an unknown variable.
    pub fn render(&self, name: &str, context: Value) -> Result<String, minijinja::Error> {
        self.0.environment.get_template(name)?.render(context)
    }
}

impl Inner {
    fn override_with(&mut self, directory: &Path) -> Result<(), TemplateError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |source| TemplateError::Unreadable { path, source }
        };
        for entry in fs::read_dir(directory).map_err(unreadable(directory))? {
            let path = entry.map_err(unreadable(directory))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            // Such as those of editors and of version control.
            if name.starts_with('.') {
                continue;
            }
            let bytes = files::read_regular(&path, MAX_SIZE).map_err(unreadable(&path))?;
            let text = str::from_utf8(&bytes).map_err(|_| {
                let source = io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8");
                unreadable(&path)(source)
            })?;
            self.override_file(name, text.to_owned())?;
        }
        Ok(())
    }

    fn override_file(&mut self, name: String, text: String) -> Result<(), TemplateError> {
        let language = Language::ALL.into_iter().position(|it| texts_file(it) == name);
        if let Some(texts) = language.and_then(|index| self.texts.get_mut(index)) {
            let overrides =
                Texts::parse(&text).map_err(|error| invalid_texts(name.clone(), &error))?;
            texts.replace(overrides).map_err(|unknown| {
                let reason = format!("there is no text with the name {unknown}");
                TemplateError::InvalidTexts { name, reason }
            })
        } else if name == STYLE {
            self.style = Some(text);
            Ok(())
        } else if BUILT_IN.iter().any(|(known, _)| *known == name) {
            add(&mut self.environment, &name, text)
        } else {
            Err(TemplateError::UnknownFile { name })
        }
    }
}

fn add(
    environment: &mut Environment<'static>,
    name: &str,
    source: String,
) -> Result<(), TemplateError> {
    let added = environment.add_template_owned(name.to_owned(), source);
    added.map_err(|error| TemplateError::InvalidTemplate {
        name: name.to_owned(),
        reason: error.to_string(),
    })
}

fn invalid_texts(name: String, error: &toml::de::Error) -> TemplateError {
    TemplateError::InvalidTexts { name, reason: error.message().to_owned() }
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;

    use super::*;

    fn overridden(files: &[(&str, &str)]) -> Result<Templates, TemplateError> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Templates::new(Some(folder.path()))
    }

    #[test]
    fn languages_have_the_same_texts_which_the_templates_name() {
        let templates = Templates::new(None).unwrap();
        let names = |language| templates.texts(language).names();
        assert_eq!(names(Language::English), names(Language::German));
        for (file, source) in BUILT_IN {
            for rest in source.split("t.").skip(1) {
                let is_name = |c: char| c.is_ascii_lowercase() || c == '_';
                let name = rest.split(|c| !is_name(c)).next().unwrap();
                if source.contains(&format!("{{{{ t.{name}")) {
                    assert!(names(Language::English).contains(&name), "{file}: {name}");
                }
            }
        }
    }

    #[test]
    fn values_are_escaped() {
        let templates = overridden(&[("message.html", "<p>{{ text }}</p>")]).unwrap();
        let html = templates.render("message.html", context! { text => "<b>\"&'" }).unwrap();
        assert_eq!(html, "<p>&lt;b&gt;&quot;&amp;&#x27;</p>");
    }

    #[test]
    fn directory_overrides_templates_texts_and_style() {
        let files = [("de.toml", "sign_in = 'Los'\n"), ("style.css", "a{}"), (".swp", "x")];
        let templates = overridden(&files).unwrap();
        assert_eq!(templates.texts(Language::German).get("sign_in"), "Los");
        assert_ne!(templates.texts(Language::English).get("sign_in"), "Los");
        assert_eq!(templates.style(), Some("a{}"));
    }

    #[test]
    fn faulty_override_is_an_error_that_names_the_file() {
        for (name, text, reason) in [
            ("sign-in.html", "{% if %}", "sign-in.html: syntax error"),
            ("signin.html", "", "signin.html overrides nothing; the names are layout.html"),
            ("en.toml", "x = 'y'", "en.toml: there is no text with the name x"),
            ("en.toml", "sign_in = 1", "en.toml: invalid type"),
        ] {
            let error = overridden(&[(name, text)]).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        let missing = Templates::new(Some(Path::new("/nonexistent"))).unwrap_err().to_string();
        assert!(missing.starts_with("/nonexistent: "), "{missing}");
    }
}
