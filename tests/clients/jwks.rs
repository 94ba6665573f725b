//! Verification with the published JWK Set in PyJWT and jose.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rstest::rstest;
use serde_json::Value;

use crate::support::keys::Keys;
use crate::support::{Service, client, is_here, until};
use crate::{node, python, serve};

const AUDIENCE: &str = "https://orders.example.com";

/// A JWT library, and its error names.
struct Library {
    name: &'static str,
    probe: fn() -> Command,
    script: fn() -> Command,
    wrong_issuer: &'static str,
    wrong_audience: &'static str,
    without_audience: &'static str,
    unknown_key: &'static str,
    altered: &'static str,
}

fn pyjwt() -> Library {
    Library {
        name: "PyJWT with cryptography",
        probe: || python("import cryptography, jwt; jwt.PyJWKClient"),
        script: || python(include_str!("pyjwt.py")),
        wrong_issuer: "InvalidIssuerError",
        wrong_audience: "InvalidAudienceError",
        without_audience: "MissingRequiredClaimError",
        unknown_key: "PyJWKClientError",
        altered: "InvalidSignatureError",
    }
}

fn jose() -> Library {
    Library {
        name: "jose, for Node.js",
        probe: || node("import 'jose'"),
        script: || node(include_str!("jose.mjs")),
        wrong_issuer: "ERR_JWT_CLAIM_VALIDATION_FAILED iss",
        wrong_audience: "ERR_JWT_CLAIM_VALIDATION_FAILED aud",
        without_audience: "ERR_JWT_CLAIM_VALIDATION_FAILED aud",
        unknown_key: "ERR_JWKS_NO_MATCHING_KEY",
        altered: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
    }
}

/// A program that verifies tokens with a library, which caches the keys.
struct Verifier {
    child: Child,
    tokens: Option<ChildStdin>,
    verdicts: BufReader<ChildStdout>,
}

impl Verifier {
    fn start(library: &Library, service: &Service, issuer: &str, audience: &str) -> Self {
        let mut command = (library.script)();
        command.args([&service.url("/.well-known/jwks.json"), issuer, audience]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (tokens, verdicts) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, tokens, verdicts: BufReader::new(verdicts) }
    }

    fn verify(&mut self, token: &str) -> String {
        writeln!(self.tokens.as_ref().unwrap(), "{token}").unwrap();
        let mut verdict = String::new();
        self.verdicts.read_line(&mut verdict).unwrap();
        verdict.trim().to_owned()
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        // The program exits at the end of its input.
        self.tokens = None;
        let _ = self.child.wait();
    }
}

fn serve_with(keys: &Keys) -> Service {
    serve(&["--audience", AUDIENCE, "--keys", keys.path().to_str().unwrap()])
}

/// The `kid` of every published key, the signing key first.
async fn published(service: &Service) -> Vec<String> {
    let response = client().get(service.url("/.well-known/jwks.json")).send().await.unwrap();
    let set: Value = response.json().await.unwrap();
    let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    set["keys"].as_array().unwrap().iter().map(kid).collect()
}

/// Waits until the service has reloaded the key file.
async fn reloaded(service: &Service, keys: &Keys) {
    let kids = keys.names();
    until("the key file is reloaded", async || published(service).await == kids).await;
}

#[rstest]
#[case::pyjwt(pyjwt())]
#[case::jose(jose())]
#[tokio::test]
async fn tokens_of_every_algorithm_verify_after_each_rotation(#[case] library: Library) {
    if !is_here(library.name, &mut (library.probe)()) {
        return;
    }
    let keys = Keys::new();
    keys.generate("EdDSA");
    let service = serve_with(&keys);
    let mut verifier = Verifier::start(&library, &service, &service.url(""), AUDIENCE);
    let mut tokens = vec![("EdDSA", service.token().await)];
    assert_eq!(verifier.verify(&tokens[0].1), "EdDSA sub 1");
    for algorithm in ["ES256", "RS256"] {
        let kid = keys.generate(algorithm);
        keys.done(&["promote", &kid]);
        reloaded(&service, &keys).await;
        tokens.push((algorithm, service.token().await));
        for (algorithm, token) in &tokens {
            assert_eq!(verifier.verify(token), format!("{algorithm} sub 1"));
        }
    }
}

#[rstest]
#[case::pyjwt(pyjwt())]
#[case::jose(jose())]
#[tokio::test]
async fn token_of_another_issuer_or_audience_is_rejected(#[case] library: Library) {
    if !is_here(library.name, &mut (library.probe)()) {
        return;
    }
    let keys = Keys::new();
    keys.generate("EdDSA");
    let service = serve_with(&keys);
    let token = service.token().await;
    let issuer = service.url("");
    let verdict = |issuer: &str, audience: &str, token: &str| {
        Verifier::start(&library, &service, issuer, audience).verify(token)
    };
    assert_eq!(verdict(&issuer, AUDIENCE, &token), "EdDSA sub 1");
    assert_eq!(verdict("https://auth.example.com", AUDIENCE, &token), library.wrong_issuer);
    assert_eq!(verdict(&issuer, "https://example.com", &token), library.wrong_audience);
    let without_audience = serve(&["--keys", keys.path().to_str().unwrap()]);
    let token = without_audience.token().await;
    assert_eq!(verdict(&without_audience.url(""), AUDIENCE, &token), library.without_audience);
}

#[rstest]
#[case::pyjwt(pyjwt())]
#[case::jose(jose())]
#[tokio::test]
async fn token_of_an_unpublished_key_is_rejected(#[case] library: Library) {
    if !is_here(library.name, &mut (library.probe)()) {
        return;
    }
    let (keys, others) = (Keys::new(), Keys::new());
    let old = keys.generate("ES256");
    others.generate("ES256");
    let service = serve_with(&keys);
    let mut verifier = Verifier::start(&library, &service, &service.url(""), AUDIENCE);
    let token = service.token().await;
    assert_eq!(verifier.verify(&token), "ES256 sub 1");

    // With the signature of another token of the same key.
    let (signed, _) = token.rsplit_once('.').unwrap();
    let another = service.token().await;
    let altered = format!("{signed}.{}", another.rsplit_once('.').unwrap().1);
    assert_eq!(verifier.verify(&altered), library.altered);
    let foreign = serve_with(&others).token().await;
    assert_eq!(verifier.verify(&foreign), library.unknown_key);

    // A leaked key that was removed.
    let new = keys.generate("ES256");
    keys.done(&["promote", &new]);
    keys.done(&["remove", &old]);
    reloaded(&service, &keys).await;
    assert_eq!(verifier.verify(&service.token().await), "ES256 sub 1");
    assert_eq!(verifier.verify(&token), library.unknown_key);
}
