//! The fields that several routes have, for the OpenAPI document.
#![expect(dead_code, reason = "for the OpenAPI document")]

/// The address that may get a mail.
#[derive(utoipa::ToSchema)]
pub(super) struct EmailRequest {
    /// E-mail address.
    #[schema(format = "email", min_length = 1, max_length = 254, example = "user@email.com")]
    email: String,
}

/// The token of a link.
#[derive(utoipa::ToSchema)]
pub(super) struct TokenRequest {
    /// Token of the link.
    #[schema(min_length = 1, example = "c2FtcGxl")]
    token: String,
}
