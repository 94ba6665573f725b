//! countersign: an async HTTP auth microservice. It takes an e-mail and a password, answers with a
//! signed JWT, and tells any service that is handed the token who the user is.
//!
//! Most people run the binary; the README says how. The library is for two others: services in
//! Rust that verify its tokens, which need the crate [`countersign_auth`] alone (here as [`auth`]), and
//! those who embed the whole service.
//!
//! # The map of the house
//!
//! Each file imports only from floors below its own; `tests/layers.rs` holds that. Capabilities
//! are inside and answer "what does it do"; [`http`] is a thin edge and answers "which URLs
//! exist".
//!
//! | floor | module | what is there |
//! | --- | --- | --- |
//! | 0: words | [`clock`] | where the time comes from |
//! | | [`domain`] | `User`, `UserId`, `SessionId`, `Email`, `Timestamp` |
//! | | [`files`] | atomic writes, bounded reads |
//! | 1: capabilities | [`password`] | what a password may be, argon2id and foreign hashes, the pool that hashes |
//! | | [`keys`] | signing keys: key set, key file, generation, import, the published JWK Set |
//! | | [`token`] | issuing access and refresh tokens; explaining them |
//! | | [`oauth_clients`] | the services that may ask about tokens, and their secrets |
//! | | [`telemetry`] | the log |
//! | 2: storage | [`store`] | `UserStore` and `SessionStore`, the promises; `memory`, gone at exit; `sql`, SQLite and PostgreSQL; `cached` before it |
//! | 3: use cases | [`accounts`] | register, authenticate, change, remove |
//! | | [`sessions`] | open a session, find out who is calling |
//! | | [`transfer`] | import and export |
//! | 4: composition | [`config`] | flags and variables → `Config`; the options of `http` and `server` |
//! | | [`app`] | `Config` → `App` |
//! | 5: edges | [`http`] | the route table; `account`, `oauth`, `ops`: one file an endpoint; `extract`, `middleware` |
//! | | [`server`] | connections: how many, how slow, how they end |
//! | | [`cli`] | one file a command |
//!
//! `POST /login` goes down `http/middleware → http/account/login → accounts → store, password → sessions →
//! token`, and its answer comes back up once. `GET /get-user` goes `http/middleware → auth → sessions
//! → token, store → http/account/get_user`.

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
pub mod oauth_clients;
pub mod password;
pub mod server;
pub mod sessions;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod transfer;

pub use countersign_auth as auth;
