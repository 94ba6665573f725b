//! Programs that know the issuer alone, and find its keys by `/.well-known/openid-configuration`.

use std::process::Command;

use crate::support::is_here;
use crate::support::keys::Keys;
use crate::{node, printed, python, serve};

/// Lets a script verify a token of a service, whose issuer it knows.
async fn verify(mut script: Command, algorithm: &str) {
    let keys = Keys::new();
    keys.generate(algorithm);
    let service = serve(&["--keys", keys.path().to_str().unwrap()]);
    script.args([&service.url(""), &service.token().await]);
    assert_eq!(printed(script, &[]), format!("{algorithm} sub 1"));
}

#[tokio::test]
async fn authlib_and_pyjwt_find_the_keys_of_an_issuer() {
    if is_here("Authlib and PyJWT", &mut python("import authlib, jwt, cryptography, requests")) {
        verify(python(include_str!("openid.py")), "RS256").await;
        verify(python(include_str!("openid.py")), "ES256").await;
    }
}

#[tokio::test]
async fn oauth4webapi_and_jose_find_the_keys_of_an_issuer() {
    if is_here("oauth4webapi and jose", &mut node("import 'oauth4webapi'; import 'jose'")) {
        verify(node(include_str!("openid.mjs")), "ES256").await;
        verify(node(include_str!("openid.mjs")), "EdDSA").await;
    }
}
