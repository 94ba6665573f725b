//! Stands before a server and delivers what either side says a while late, as a network would.
//!
//! Two threads for each direction, as tokio's timers are as coarse as a millisecond: one reads and
//! notes when it is due, the other waits for that. So what is said in a row is late by the same time.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use clap::Parser;
use tokio::time::Instant;

/// How much of a direction may be under way: this many reads of as many bytes.
const UNDER_WAY: usize = 256;
const READ: usize = 64 * 1024;

#[derive(Parser)]
struct Arguments {
    #[arg(long)]
    listen: String,
    /// The server, as host:port.
    #[arg(long)]
    to: String,
    /// By how many microseconds each direction is late at least. Timers and threads add 140 where it
    /// was measured, so that a round trip takes 1 ms more.
    #[arg(long, default_value_t = 360)]
    late: u64,
}

fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let Arguments { listen, to, late } = Arguments::parse();
    let late = Duration::from_micros(late);
    for client in TcpListener::bind(listen)?.incoming() {
        let client = client?;
        // A client of a server that is not there sees its connection end.
        let Ok(server) = TcpStream::connect(&to) else { continue };
        for (from, to) in [(&client, &server), (&server, &client)] {
            to.set_nodelay(true)?;
            let (from, to) = (from.try_clone()?, to.try_clone()?);
            thread::spawn(move || forward(from, to, late));
        }
    }
    Ok(())
}

/// Until `from` says nothing more.
fn forward(mut from: TcpStream, mut to: TcpStream, late: Duration) {
    let (read, under_way) = mpsc::sync_channel::<(Instant, Vec<u8>)>(UNDER_WAY);
    thread::spawn(move || {
        for (due, bytes) in under_way {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // Of a connection that broke there is nothing to end.
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut bytes = vec![0; READ];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if read.send((Instant::now() + late, bytes[..length].to_vec())).is_err() {
            return;
        }
    }
}
