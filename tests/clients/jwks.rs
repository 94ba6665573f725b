//! PyJWT and jose verify tokens with the keys at `/.well-known/jwks.json`, and nothing else.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rstest::rstest;
use serde_json::Value;

use crate::support::keys::Keys;
use crate::support::{Service, client, is_here, until};
use crate::{node, python, serve};

const AUDIENCE: &str = "https://orders.example.com";

/// A library that verifies tokens, and what it says of those that it refuses.
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

/// A program that verifies tokens with a library, and keeps the keys that it has seen.
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
        // Without tokens it ends.
        self.tokens = None;
        let _ = self.child.wait();
    }
}

fn serve_with(keys: &Keys) -> Service {
    serve(&["--audience", AUDIENCE, "--keys", keys.path().to_str().unwrap()])
}

/// The names of the keys that are published; the first one signs.
async fn published(service: &Service) -> Vec<String> {
    let answer = client().get(service.url("/.well-known/jwks.json")).send().await.unwrap();
    let set: Value = answer.json().await.unwrap();
    let name = |key: &Value| key["kid"].as_str().unwrap().to_owned();
    set["keys"].as_array().unwrap().iter().map(name).collect()
}

/// Waits until the service has the keys of the file.
async fn taken(service: &Service, keys: &Keys) {
    let names = keys.names();
    until("the keys are taken", async || published(service).await == names).await;
}

#[rstest]
#[case::pyjwt(pyjwt())]
#[case::jose(jose())]
#[tokio::test]
async fn tokens_of_every_algorithm_are_verified_and_new_keys_are_found(#[case] library: Library) {
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
        taken(&service, &keys).await;
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
async fn a_token_of_another_issuer_or_for_another_audience_is_refused(#[case] library: Library) {
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
    let for_anybody = serve(&["--keys", keys.path().to_str().unwrap()]);
    let token = for_anybody.token().await;
    assert_eq!(verdict(&for_anybody.url(""), AUDIENCE, &token), library.without_audience);
}

#[rstest]
#[case::pyjwt(pyjwt())]
#[case::jose(jose())]
#[tokio::test]
async fn a_token_of_a_key_that_is_not_published_is_refused(#[case] library: Library) {
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

    // The signature of another token of the same key.
    let (signed, _) = token.rsplit_once('.').unwrap();
    let another = service.token().await;
    let altered = format!("{signed}.{}", another.rsplit_once('.').unwrap().1);
    assert_eq!(verifier.verify(&altered), library.altered);
    let foreign = serve_with(&others).token().await;
    assert_eq!(verifier.verify(&foreign), library.unknown_key);

    // A key that leaked, and was removed.
    let new = keys.generate("ES256");
    keys.done(&["promote", &new]);
    keys.done(&["remove", &old]);
    taken(&service, &keys).await;
    assert_eq!(verifier.verify(&service.token().await), "ES256 sub 1");
    assert_eq!(verifier.verify(&token), library.unknown_key);
}
