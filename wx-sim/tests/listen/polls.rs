//! Held requests: woken, timed out, given up.

use std::{
    thread,
    time::{Duration, Instant},
};

use wx_sim::{
    listen::{Fault, Listener},
    server::{Act, Code, Deed, Phone, Remark, Setup, Whose},
};

use crate::raw::{MOMENT, Raw, SOON, Session, new_code, poll_path};

fn manual() -> Setup {
    Setup {
        phone: Phone::Manual,
        ..Setup::default()
    }
}

#[test]
fn a_deed_wakes_a_held_poll() {
    let service = Listener::bind("127.0.0.1:0", manual()).unwrap();
    let mut raw = Raw::connect(service.address());
    let uuid = new_code(&mut raw);
    raw.ask(&poll_path(&uuid), "");
    assert!(raw.is_silent());
    service.act(Deed::Scan(Code::Uuid(uuid))).unwrap();
    let asked = Instant::now();
    assert!(raw.read().unwrap().text().starts_with("window.code=201;"));
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "the hold is 25 s"
    );
}

#[test]
fn the_hold_time_ends_by_itself() {
    let hold = Duration::from_millis(300);
    let service = Listener::bind("127.0.0.1:0", Setup { hold, ..manual() }).unwrap();
    let mut raw = Raw::connect(service.address());
    let uuid = new_code(&mut raw);
    let asked = Instant::now();
    assert_eq!(raw.get(&poll_path(&uuid)).text(), "window.code=408;");
    assert!(asked.elapsed() >= hold, "{:?}", asked.elapsed());
}

#[test]
fn a_client_that_hangs_up_is_noticed() {
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let session = Session::open(service.address());
    let is_polling = |polling| {
        service.wait_until(SOON, |server| {
            server.sessions().iter().any(|s| s.polling == polling)
        })
    };
    let poll = session.poll(service.address());
    assert!(is_polling(true));
    let dropped = Instant::now();
    drop(poll);
    assert!(
        is_polling(false),
        "the service still holds the poll of a client that is gone"
    );
    assert!(dropped.elapsed() < Duration::from_secs(10));
    assert_eq!(service.hang_ups("synccheck"), 1);
    assert_eq!(service.hang_ups("webwxsync"), 0);

    // The next poll meets an empty place, and news wake it.
    let mut poll = session.poll(service.address());
    assert!(poll.is_silent());
    let text = Act::Text {
        from: "Anna".into(),
        text: "hello".into(),
    };
    service.act(Deed::In(Whose::Latest, text)).unwrap();
    assert_eq!(
        poll.read().unwrap().text(),
        "window.synccheck={retcode:\"0\",selector:\"2\"}"
    );
    assert!(service.with(|server| server.faults().all(|record| record.refusal.is_none())));
}

#[test]
fn a_login_poll_that_was_given_up_is_not_held_against_the_next() {
    let service = Listener::bind("127.0.0.1:0", manual()).unwrap();
    let mut raw = Raw::connect(service.address());
    let uuid = new_code(&mut raw);
    raw.ask(&poll_path(&uuid), "");
    assert!(raw.is_silent());
    drop(raw);
    thread::sleep(MOMENT);
    let mut raw = Raw::connect(service.address());
    raw.ask(&poll_path(&uuid), "");
    assert!(raw.is_silent());
    let doubled = |server: &mut wx_sim::server::Server| {
        server
            .faults()
            .any(|record| record.remarks.contains(&Remark::ConcurrentLoginPoll))
    };
    assert!(!service.with(doubled));
    // And if both are there, it is seen: the check above can fail.
    let mut second = Raw::connect(service.address());
    second.ask(&poll_path(&uuid), "");
    assert!(second.is_silent());
    assert!(service.with(doubled));
}

#[test]
fn many_clients_at_once_are_kept_apart() {
    const CLIENTS: usize = 24;
    let service = Listener::bind("127.0.0.1:0", Setup::default()).unwrap();
    let address = service.address();
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            scope.spawn(move || {
                let mut session = Session::open(address);
                let mut poll = session.poll(address);
                assert!(poll.is_silent());
                session.say(
                    &format!("text {number}"),
                    &format!("167253125000{number:05}"),
                );
                assert_eq!(session.raw.read().unwrap().json()["BaseResponse"]["Ret"], 0);
                // What one says does not wake the others.
                assert!(poll.is_silent());
            });
        }
    });
    service.with(|server| {
        assert_eq!(server.accounts().len(), CLIENTS);
        let senders: std::collections::BTreeSet<_> =
            server.received().map(|text| text.account).collect();
        assert_eq!(senders.len(), CLIENTS);
    });
}

#[test]
fn the_end_of_the_service_ends_everything() {
    let service = Listener::bind("127.0.0.1:0", manual()).unwrap();
    let address = service.address();
    let mut held = Raw::connect(address);
    let uuid = new_code(&mut held);
    held.ask(&poll_path(&uuid), "");
    service.plant("jslogin", 1, Fault::Silence);
    let mut silent = Raw::connect(address);
    silent.ask(crate::raw::JSLOGIN, "");
    let mut idle = Raw::connect(address);
    assert!(held.is_silent() && silent.is_silent() && idle.is_silent());

    let dropped = Instant::now();
    drop(service);
    assert!(
        dropped.elapsed() < Duration::from_secs(10),
        "{:?}",
        dropped.elapsed()
    );
    for raw in [&mut held, &mut silent, &mut idle] {
        assert!(raw.rest().map_or(true, |bytes| bytes.is_empty()));
    }
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[test]
fn real_hosts_stay_in_urls_and_cookies() {
    let service = Listener::bind_as_real("127.0.0.1:0", Setup::default()).unwrap();
    let mut raw = Raw::connect(service.address());
    let uuid = new_code(&mut raw);
    let confirmed = loop {
        let reply = raw.get(&poll_path(&uuid)).text().to_owned();
        if reply.contains("redirect_uri") {
            break reply;
        }
    };
    let (_, path) = confirmed.split_once("\"https://wx2.qq.com").unwrap();
    let page = raw.get(&format!(
        "{}&fun=new&version=v2",
        path.trim_end_matches("\";")
    ));
    let cookies = page.all("set-cookie");
    assert!(
        cookies
            .iter()
            .any(|cookie| cookie.contains("Domain=.qq.com"))
    );
    assert!(cookies.iter().all(|cookie| cookie.contains("Secure")));
    // A client that was told this one address meant the right host; one that names a host is judged
    // by it.
    let refused = |server: &mut wx_sim::server::Server| {
        server
            .faults()
            .filter(|record| record.refusal.is_some())
            .count()
    };
    assert_eq!(service.with(refused), 0);
    raw.write(format!(
        "GET {} HTTP/1.1\r\nHost: wx.qq.com\r\n\r\n",
        crate::raw::JSLOGIN
    ));
    raw.read().unwrap();
    assert_eq!(service.with(refused), 1);
}

#[test]
fn only_this_machine_is_served() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let error = Listener::bind(address, Setup::default()).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput, "{address}");
    }
}
