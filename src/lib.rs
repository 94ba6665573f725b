//! countersign: an async HTTP auth microservice. It takes an e-mail address and a password, responds
//! with a signed JWT, and tells the services that receive the token who the user is.
//!
//! The binary is what most people run; the README describes it. The library is for services that
//! embed it. Other services in Rust, which only verify its tokens, need the crate
//! [`countersign_auth`] alone (here as [`auth`]).
//!
//! # The compatibility contract
//!
//! countersign began as a well-known example of aiohttp, and programs written for that run against it
//! unchanged. The *compatibility contract* is the behavior that they rely on: `POST /login` responds
//! `200 {"token": …}` or `400 {"message": "Wrong credentials"}`; `GET /get-user` responds
//! `200 {"user": "User id=1: <user@email.com, is_admin=False>"}`, `400 {"message": "Token is invalid"}`
//! or `401 {"message": "Auth required"}`, and takes a token with or without the scheme `Bearer`; tokens
//! of other programs with `user_id` and `exp` are accepted; expiry has no leeway. Started without a
//! database on a loopback address, the service is the *demo*, with the user of the example.
//!
//! # Layers
//!
//! A file imports only from layers below its own; `tests/layers.rs` checks that.
//!
//! | layer | module | contents |
//! | --- | --- | --- |
//! | 0: domain types | [`clock`] | source of the current time |
//! | | [`domain`] | users, identifiers, e-mail addresses, timestamps, request context, audit events |
//! | | [`metrics`] | names, labels and help of the metrics; counters that the parts of the service own |
//! | | [`files`] | bounded reads, atomic creation and replacement |
//! | 1: capabilities | [`keys`] | signing keys: key set, key file, generation, import, the public JWK Set |
//! | | [`token`] | issue of access, refresh and device tokens, and their options, such as the default lifetime |
//! | | [`pages`] | templates, texts and appearance of the hosted pages; where a sign-in may lead |
//! | | [`password`] | password policy, Argon2id and foreign hashes, hashing pool, calibration |
//! | | [`throttle`] | back-off after failed password checks |
//! | | [`mail`] | texts of mails and their templates, sealed contents, delivery by SMTP or into memory |
//! | | [`oauth_clients`] | configured OAuth clients, and their secrets |
//! | | [`telemetry`] | log formats, log levels, the log line of an audit event |
//! | 2: storage | [`store`] | records, commands and the store traits; rotation of refresh tokens; `memory`; `sql` (statements, rows, migrations); the cache of caller look-ups and its TTL |
//! | 3: use cases | [`login`] | from credentials to a session |
//! | | [`accounts`] | registration, deletion, administration by operators and administrators |
//! | | [`credentials`] | verification and change of passwords |
//! | | [`sessions`] | authentication of requests, refresh (with its grace), logout, introspection |
//! | | [`verification`] | what the links of mails prove: addresses, new passwords, invitations |
//! | | [`outbox`] | delivery of stored mails |
//! | | [`audit`] | the audit trail |
//! | | [`transfer`] | import and export of users |
//! | 4: composition | [`config`] | flags, variables and the configuration file, validated into [`config::Config`]; limits and timeouts of `http` and `server`, such as that of a body |
//! | | [`app`] | from a configuration to the use cases |
//! | 5: edges | [`http`] | the route table; `account`, `admin`, `gateway`, `oauth`, `pages`, `ops`, `docs`: one file per endpoint; the OpenAPI document; `extract`: body, fields, request context; `middleware`: access log, request id, Host, panics; `error` and `oauth::error`: wording and headers of error responses |
//! | | [`server`] | the connections of one listener: limits, timeouts, graceful shutdown |
//! | | [`cli`] | one file or folder per command; `serve` binds the listener and starts the server |
//! | [`countersign_auth`] | [`auth`] | the layers that authenticate requests. `layer`: parsing of the `Authorization` header; `verifier`: length limit, signature, claims; `response`: wording and headers of rejections |
//!
//! `POST /login`: `http::middleware → http::account::login → login → credentials, store, sessions →
//! response`. `GET /get-user`: `http::middleware → auth → sessions (verify, look up) →
//! http::account::get_user`.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod config;
pub mod credentials;
pub mod domain;
pub mod files;
pub mod http;
pub mod keys;
pub mod login;
pub mod mail;
pub mod metrics;
pub mod oauth_clients;
pub mod outbox;
pub mod pages;
pub mod password;
pub mod server;
pub mod sessions;
pub mod store;
pub mod telemetry;
pub mod throttle;
pub mod token;
pub mod transfer;
pub mod verification;

pub use countersign_auth as auth;
