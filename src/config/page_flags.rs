//! The flags of the hosted pages, as given.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use http::HeaderValue;

use super::error::ConfigError;
use super::origin::origin;
use crate::domain::PublicUrl;
use crate::pages::{
    Accent, CookieDomain, Logo, PageOptions, RedirectOrigins, TemplateError, Templates,
};

/// Whether there are pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PageState {
    /// Browsers find pages under /ui/
    On,
    /// There are none
    Off,
}

/// The flags of the hosted pages.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Pages and links")]
pub struct PageFlags {
    /// Pages under /ui/ to sign in, to sign up and to manage an account
    #[arg(
        long = "pages", env = "COUNTERSIGN_PAGES", value_name = "STATE", value_enum,
        default_value_t = PageState::On
    )]
    pub pages: PageState,

    /// Image beside the name on the pages: an SVG, PNG, WebP or JPEG file of at most 256 KiB
    #[arg(long, env = "COUNTERSIGN_PAGE_LOGO", value_name = "FILE")]
    pub page_logo: Option<PathBuf>,

    /// Color of the buttons on the pages, such as #2b5ac4
    #[arg(
        long, env = "COUNTERSIGN_PAGE_ACCENT", value_name = "COLOR",
        default_value_t = Accent::default(), value_parser = Accent::parse
    )]
    pub page_accent: Accent,

    /// Directory with templates, texts and style of the pages in place of the built-in ones
    #[arg(long, env = "COUNTERSIGN_PAGE_TEMPLATES", value_name = "DIRECTORY")]
    pub page_templates: Option<PathBuf>,

    /// Origins (scheme, host and port) of front ends that a sign-in may return to, and that may get
    /// access tokens at /ui/token, separated by commas
    #[arg(
        long = "redirect-origins", env = "COUNTERSIGN_REDIRECT_ORIGINS", value_name = "ORIGIN",
        value_delimiter = ',', value_parser = origin
    )]
    pub redirect_origins: Vec<HeaderValue>,

    /// Domain of the session cookie, such as example.com, for a single sign-on of its hosts [default:
    /// none, which is the host alone]
    #[arg(
        long, env = "COUNTERSIGN_COOKIE_DOMAIN", value_name = "DOMAIN",
        value_parser = CookieDomain::parse
    )]
    pub cookie_domain: Option<CookieDomain>,
}

impl PageFlags {
    /// The options of the pages of a service, under a public URL if it is known.
    ///
    /// # Errors
    ///
    /// All [`ConfigError`]s of the flags.
    pub fn options(
        &self,
        service_name: &str,
        public_url: Option<&PublicUrl>,
    ) -> Result<PageOptions, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let origins = self.redirect_origins.iter().filter_map(|origin| origin.to_str().ok());
        let origins: Vec<String> = origins.map(str::to_owned).collect();
        if !origins.iter().all(|origin| is_of_web(origin)) {
            errors.push(ConfigError::Contradiction(
                "--redirect-origins has * or an origin that is neither http nor https: name the \
                 origins of your front ends"
                    .to_owned(),
            ));
        }
        if let (Some(domain), Some(url)) = (&self.cookie_domain, public_url)
            && !domain.contains(url.host())
        {
            errors.push(ConfigError::Contradiction(
                "--cookie-domain does not contain the host of --public-url, so that browsers would \
                 refuse the cookie: set the domain of that host, or leave it out"
                    .to_owned(),
            ));
        }
        let logo = self.page_logo.as_ref().and_then(|path| {
            let unreadable = |source| ConfigError::InvalidLogo { path: path.clone(), source };
            Logo::read(path).map_err(|error| errors.push(unreadable(error))).ok()
        });
        match Templates::new(self.page_templates.as_deref()) {
            Ok(templates) if errors.is_empty() => Ok(PageOptions {
                enabled: self.pages == PageState::On,
                service_name: service_name.to_owned(),
                accent: self.page_accent,
                logo,
                redirect_origins: RedirectOrigins::new(origins),
                cookie_domain: self.cookie_domain.clone(),
                templates,
            }),
            Ok(_) => Err(errors),
            Err(error) => {
                errors.push(self.invalid_templates(error));
                Err(errors)
            }
        }
    }

    fn invalid_templates(&self, source: TemplateError) -> ConfigError {
        let path = self.page_templates.clone().unwrap_or_default();
        ConfigError::InvalidTemplates { path, source }
    }
}

fn is_of_web(origin: &str) -> bool {
    origin.starts_with("https://") || origin.starts_with("http://")
}
