//! Options of the hosted pages.

use super::accent::Accent;
use super::cookie_domain::CookieDomain;
use super::destination::RedirectOrigins;
use super::logo::Logo;
use super::templates::Templates;

/// Options of the hosted pages.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// Whether there are pages. Default: yes.
    pub enabled: bool,
    /// The name of the service, in titles and texts. Default: `countersign`.
    pub service_name: String,
    /// The color of buttons.
    pub accent: Accent,
    /// The image beside the name. Default: none.
    pub logo: Option<Logo>,
    /// The origins of front ends. Default: none.
    pub redirect_origins: RedirectOrigins,
    /// The domain of the session cookie. Default: none, which is the host alone.
    pub cookie_domain: Option<CookieDomain>,
    /// The templates and texts.
    pub templates: Templates,
}

impl PageOptions {
    /// The default of the name.
    pub const DEFAULT_NAME: &str = "countersign";

    /// These options with name, color, logo and templates of others.
    #[must_use]
    pub fn with_appearance_of(&self, other: Self) -> Self {
        let Self { enabled, redirect_origins, cookie_domain, .. } = self.clone();
        Self { enabled, redirect_origins, cookie_domain, ..other }
    }

    /// Options with these templates, and the defaults of all others.
    #[must_use]
    pub fn with_templates(templates: Templates) -> Self {
        Self {
            enabled: true,
            service_name: Self::DEFAULT_NAME.to_owned(),
            accent: Accent::default(),
            logo: None,
            redirect_origins: RedirectOrigins::default(),
            cookie_domain: None,
            templates,
        }
    }
}
