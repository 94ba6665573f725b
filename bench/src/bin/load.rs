//! Asks one question over and over, on connections that are kept, and says what came back as JSON.
//!
//! On one thread, so that it can have a core of its own beside the server's.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use clap::Parser;
use serde::Serialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How long answers are waited for when the time is over. One that has not come by then counts as an
/// error.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Parser, Clone)]
struct Arguments {
    /// The server, as host:port.
    #[arg(long)]
    address: String,
    /// The address to connect from, such as 127.0.0.2; the system's choice when it is not given.
    #[arg(long)]
    from: Option<IpAddr>,
    #[arg(long, default_value = "GET")]
    method: String,
    #[arg(long, default_value = "/get-user")]
    path: String,
    /// The bearer token to send.
    #[arg(long)]
    token: Option<String>,
    /// The cookies to send.
    #[arg(long)]
    cookie: Option<String>,
    /// The JSON to send.
    #[arg(long)]
    body: Option<String>,
    /// How many connections ask at once.
    #[arg(long, default_value_t = 32)]
    connections: u32,
    /// How long to ask.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// How many requests a second to send over all connections, whatever the server does about
    /// them; as fast as answers come when it is not given. A request that has to wait for the
    /// answer before it counts from when it was due.
    #[arg(long)]
    rate: Option<f64>,
}

impl Arguments {
    fn request(&self) -> Vec<u8> {
        let Self { method, path, address, .. } = self;
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n"));
        let token = token.unwrap_or_default();
        let cookie = self.cookie.as_ref().map(|cookie| format!("Cookie: {cookie}\r\n"));
        let cookie = cookie.unwrap_or_default();
        let body = self.body.as_deref().unwrap_or_default();
        let length = body.len();
        let about_body = match length {
            0 => String::new(),
            _ => format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{token}{cookie}{about_body}\r\n{body}"
        )
        .into_bytes()
    }
}

/// What one connection saw.
#[derive(Default)]
struct Seen {
    answers: BTreeMap<u16, u64>,
    errors: u64,
    /// Of the answers that are not a 503, in microseconds.
    times: Vec<u32>,
}

#[derive(Serialize)]
struct Report {
    seconds: f64,
    /// How many answers had which status.
    answers: BTreeMap<u16, u64>,
    /// Connections that were refused or broken, and answers that did not come.
    errors: u64,
    p50_us: u32,
    p95_us: u32,
    p99_us: u32,
    max_us: u32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> io::Result<()> {
    let arguments = Arguments::parse();
    // Opened before the time begins: hundreds take a part of half a second that one would see.
    let mut opened = Vec::new();
    for _ in 0..arguments.connections {
        opened.push(Connection::open(&arguments).await.ok());
    }
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(arguments.seconds);
    let mut connections = JoinSet::new();
    for (place, connection) in (0_u32..).zip(opened) {
        let pace = arguments.rate.map(|rate| {
            let every = Duration::from_secs_f64(f64::from(arguments.connections) / rate);
            let first = start + every.mul_f64(f64::from(place) / f64::from(arguments.connections));
            Pace { due: first, every }
        });
        connections.spawn(ask(arguments.clone(), connection, pace, end));
    }
    let mut all = Seen::default();
    while let Some(seen) = connections.join_next().await {
        let seen = seen.map_err(io::Error::other)?;
        for (status, count) in seen.answers {
            *all.answers.entry(status).or_default() += count;
        }
        all.errors += seen.errors;
        all.times.extend(seen.times);
    }
    all.times.sort_unstable();
    let at = |part: f64| {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            clippy::cast_possible_truncation
        )]
        let place = (all.times.len() as f64 * part) as usize;
        all.times.get(place).or(all.times.last()).copied().unwrap_or_default()
    };
    let report = Report {
        seconds: start.elapsed().as_secs_f64(),
        p50_us: at(0.5),
        p95_us: at(0.95),
        p99_us: at(0.99),
        max_us: at(1.0),
        answers: all.answers,
        errors: all.errors,
    };
    serde_json::to_writer(io::stdout(), &report)?;
    Ok(())
}

/// When requests are sent that do not wait for responses.
struct Pace {
    due: Instant,
    every: Duration,
}

async fn ask(
    arguments: Arguments,
    mut kept: Option<Connection>,
    mut pace: Option<Pace>,
    end: Instant,
) -> Seen {
    let request = arguments.request();
    let mut seen = Seen::default();
    // One timer for all requests, and one look at the clock for each: this must cost less than what
    // it measures.
    let mut patience = pin!(sleep_until(end + PATIENCE));
    let mut now = Instant::now();
    loop {
        let mut since = now;
        if let Some(pace) = &mut pace {
            since = pace.due;
            pace.due += pace.every;
            if since < end && since > now {
                sleep_until(since).await;
                now = Instant::now();
            }
        }
        if since >= end || now >= end {
            return seen;
        }
        let asked = tokio::select! {
            biased;
            asked = once(&mut kept, &arguments, &request) => asked.ok(),
            () = &mut patience => None,
        };
        now = Instant::now();
        if let Some(status) = asked {
            *seen.answers.entry(status).or_default() += 1;
            if status != 503 {
                let time = u32::try_from((now - since).as_micros()).unwrap_or(u32::MAX);
                seen.times.push(time);
            }
        } else {
            seen.errors += 1;
            kept = None;
        }
    }
}

/// A connection, and what was read from it.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(arguments: &Arguments) -> io::Result<Self> {
        let address = &arguments.address;
        let stream = match arguments.from {
            None => TcpStream::connect(address).await?,
            Some(from) => {
                let socket = TcpSocket::new_v4()?;
                socket.set_reuseaddr(true)?;
                socket.bind((from, 0).into())?;
                socket.connect(address.parse().map_err(io::Error::other)?).await?
            }
        };
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }
}

/// Sends the request and reads the answer, for its status.
async fn once(
    kept: &mut Option<Connection>,
    arguments: &Arguments,
    request: &[u8],
) -> io::Result<u16> {
    let Connection { stream, buffer } = match kept {
        Some(connection) => connection,
        None => kept.insert(Connection::open(arguments).await?),
    };
    stream.write_all(request).await?;
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if let Some(Answer { status, length, closes }) = Answer::read(buffer)?
            && buffer.len() >= length
        {
            if closes {
                *kept = None;
            }
            return Ok(status);
        }
    }
}

struct Answer {
    status: u16,
    /// Of head and body.
    length: usize,
    closes: bool,
}

impl Answer {
    /// `None` where the head is not yet complete.
    fn read(bytes: &[u8]) -> io::Result<Option<Self>> {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut response = httparse::Response::new(&mut headers);
        let head = match response.parse(bytes).map_err(io::Error::other)? {
            httparse::Status::Complete(head) => head,
            httparse::Status::Partial => return Ok(None),
        };
        let header = |name: &str| {
            let header = response.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name))?;
            str::from_utf8(header.value).ok()
        };
        let body = header("content-length").and_then(|length| length.parse::<usize>().ok());
        let closes = header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        let status = response.code.unwrap_or_default();
        Ok(Some(Self { status, length: head + body.unwrap_or_default(), closes }))
    }
}
