//! The headers of an authenticated request, which the gateway passes on to the upstream.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use crate::domain::User;

/// The e-mail address.
const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
/// The e-mail address, too.
const REMOTE_EMAIL: HeaderName = HeaderName::from_static("remote-email");
/// The ID of the user, which never changes and is never used again.
const USER_ID: HeaderName = HeaderName::from_static("x-auth-user-id");
/// `true` or `false`.
const ADMIN: HeaderName = HeaderName::from_static("x-auth-admin");
/// `true` or `false`.
const EMAIL_VERIFIED: HeaderName = HeaderName::from_static("x-auth-email-verified");
/// A signed assertion.
pub(super) const ASSERTION: HeaderName = HeaderName::from_static("x-auth-assertion");

/// What is percent-encoded in an address, beside all that is not ASCII: what is not visible, and the
/// sign itself, so that two addresses never have one encoding.
const ENCODED: &AsciiSet = &CONTROLS.add(b' ').add(b'%');

/// Adds the headers of a user.
///
/// An upstream may read a header as Latin-1, as UTF-8 or not at all where it is not ASCII: an address is
/// always visible ASCII, with other characters as percent-encoded UTF-8 (RFC 3986 section 2.1).
pub(super) fn insert(user: &User, headers: &mut HeaderMap) {
    let address = utf8_percent_encode(user.email.as_str(), ENCODED).to_string();
    // It is visible ASCII.
    if let Ok(address) = HeaderValue::try_from(address) {
        headers.insert(REMOTE_USER, address.clone());
        headers.insert(REMOTE_EMAIL, address);
    }
    headers.insert(USER_ID, HeaderValue::from(user.id.0));
    headers.insert(ADMIN, boolean(user.is_admin));
    headers.insert(EMAIL_VERIFIED, boolean(user.email_verified));
}

fn boolean(value: bool) -> HeaderValue {
    HeaderValue::from_static(if value { "true" } else { "false" })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Email, UserId};

    fn remote_user(address: &str) -> String {
        let user = User {
            id: UserId(7),
            email: Email::from_canonical(address),
            is_admin: false,
            email_verified: false,
        };
        let mut headers = HeaderMap::new();
        insert(&user, &mut headers);
        assert_eq!(headers[REMOTE_USER], headers[REMOTE_EMAIL]);
        headers[REMOTE_USER].to_str().unwrap().to_owned()
    }

    #[test]
    fn address_is_visible_ascii_and_no_two_have_one_encoding() {
        for (address, encoded) in [
            ("ada@example.com", "ada@example.com"),
            ("o'neil+{a}$b`c|d~@example.com", "o'neil+{a}$b`c|d~@example.com"),
            ("rené@example.com", "ren%C3%A9@example.com"),
            ("ren%C3%A9@example.com", "ren%25C3%25A9@example.com"),
            // Not an address, and in no database that only this service has written.
            ("a\r\nx-auth-admin: true", "a%0D%0Ax-auth-admin:%20true"),
            ("a\0\u{7f}", "a%00%7F"),
        ] {
            assert_eq!(remote_user(address), encoded);
        }
    }

    proptest! {
        #[test]
        fn address_is_decoded_to_itself(address in "\\PC{1,40}") {
            let encoded = remote_user(&address);
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_graphic()));
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            prop_assert_eq!(decoded, address);
        }
    }
}
