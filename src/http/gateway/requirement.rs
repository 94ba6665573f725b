//! The parameters of `/verify`: what a gateway requires, and what it asks for.

use crate::domain::{User, UserRequirement};
use crate::http::error::HttpError;

/// What a gateway requires of a user beside a session.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Requirement {
    admin: bool,
    verified_email: bool,
    /// The audience of the assertion that is asked for.
    pub(super) assertion: Option<String>,
}

impl Requirement {
    /// Parses a query: `require=admin`, `require=verified-email` or both, and `assertion=NAME`.
    ///
    /// A parameter that is unknown is an error, since a requirement with a typing error must not admit
    /// everybody. What follows `original=` is not read: Envoy appends the URL of the request there.
    ///
    /// # Errors
    ///
    /// [`HttpError::BadRequest`].
    pub(super) fn parse(query: Option<&str>) -> Result<Self, HttpError> {
        let mut requirement = Self::default();
        let Some(query) = query else { return Ok(requirement) };
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (&*name, &*value) {
                ("original", _) => break,
                ("require", name) => match UserRequirement::parse(name).ok_or_else(unknown)? {
                    UserRequirement::Admin => requirement.admin = true,
                    UserRequirement::VerifiedEmail => requirement.verified_email = true,
                },
                ("assertion", audience) if requirement.assertion.is_none() => {
                    requirement.assertion = Some(audience.to_owned());
                }
                _ => return Err(unknown()),
            }
        }
        Ok(requirement)
    }

    /// Checks a user.
    ///
    /// # Errors
    ///
    /// [`HttpError::NotAdministrator`] or [`HttpError::EmailUnverified`].
    pub(super) fn check(&self, user: &User) -> Result<(), HttpError> {
        if self.admin && !user.is_admin {
            return Err(HttpError::NotAdministrator);
        }
        if self.verified_email && !user.email_verified {
            return Err(HttpError::EmailUnverified);
        }
        Ok(())
    }
}

fn unknown() -> HttpError {
    let expected = "Parameters are require=admin, require=verified-email and assertion=NAME, each at \
                    most once";
    HttpError::BadRequest(expected.into())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn parameters_are_requirements_up_to_the_original_url() {
        let parse = |query| Requirement::parse(query).unwrap();
        assert_eq!(parse(None), Requirement::default());
        assert_eq!(parse(Some("")), Requirement::default());
        let both = "require=verified-email&require=admin&assertion=wiki%20a";
        let assertion = Some("wiki a".to_owned());
        let expected = Requirement { admin: true, verified_email: true, assertion };
        assert_eq!(parse(Some(both)), expected);
        // That of a client cannot change what is before it.
        let original = format!("{both}&original=/a?require=nobody&assertion=shop");
        assert_eq!(parse(Some(&original)), expected);
    }

    #[rstest]
    #[case("require")]
    #[case("require=")]
    #[case("require=Admin")]
    #[case("require=admin,verified-email")]
    #[case("requires=admin")]
    #[case("assertion=a&assertion=b")]
    #[case("x")]
    fn parameter_that_is_unknown_is_an_error(#[case] query: &str) {
        assert!(matches!(Requirement::parse(Some(query)), Err(HttpError::BadRequest(_))));
    }
}
