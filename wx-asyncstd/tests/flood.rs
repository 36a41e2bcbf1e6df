//! A service that never comes to the point. Alone in its program: it takes all the processor there is.

#![cfg(feature = "webpki-roots")]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use async_std::task::{block_on, sleep, spawn};
use wx_asyncstd::{
    Session, Transport,
    wx_proto::{Config, Hosts},
};

/// Interim replies without end keep neither deadlines nor other sessions waiting.
#[test]
fn a_flood_of_interim_replies_starves_nobody() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut flooded = Config::default();
    let url = format!("http://{}", listener.local_addr().unwrap());
    flooded.hosts = Hosts::mapped(&url).unwrap();
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            std::thread::spawn(move || {
                let interim = b"HTTP/1.1 100 Continue\r\n\r\n".repeat(40_000);
                while std::io::Write::write_all(&mut stream, &interim).is_ok() {}
            });
        }
    });
    block_on(async {
        let transport = Transport::new().unwrap();
        // More than there are threads to run them.
        let sessions: Vec<_> = (0..8)
            .map(|_| Session::spawn(flooded.clone(), &transport))
            .collect();
        sleep(Duration::from_millis(500)).await;
        let started = Instant::now();
        for _ in 0..20 {
            spawn(async { sleep(Duration::from_millis(1)).await }).await;
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{:?}",
            started.elapsed()
        );
        drop(sessions);
    });
}
