//! What becomes of calls: answered once, cancelled when nobody waits, refused when it is too late.

use std::{
    thread,
    time::{Duration, Instant},
};

use wx_blocking::{
    CallError, Session, Transport,
    wx_proto::{
        Client, Close, CommandError, EndCause, EventKind, MediaKind, Pace, Phase, SendText, Upload,
    },
};

use crate::service::{
    Act, PAGE, PATIENCE, Service, check, config, eventually, ok, online, reply, sync, text,
};

#[test]
fn calls_take_effect_in_the_order_they_were_begun() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events);
    let calls: Vec<_> = (0..20)
        .map(|n| session.begin(text(&session, &format!("<{n}>"))))
        .collect();
    for call in calls {
        call.wait().unwrap();
    }
    let sent = service.requests_to("/webwxsendmsg");
    assert_eq!(sent.len(), 20);
    for (n, request) in sent.iter().enumerate() {
        assert!(request.body.contains(&format!("<{n}>")));
    }
}

#[test]
fn a_result_can_be_waited_for_in_parts() {
    let service = Service::usual();
    let mut slow = config(&service.listen());
    slow.pace = Pace::new(1, Duration::from_millis(400));
    let (session, mut events) = Session::spawn(slow, &Transport::new().unwrap());
    online(&mut events);
    session.call(text(&session, "first")).unwrap();
    let mut second = session.begin(text(&session, "second"));
    assert!(second.wait_for(Duration::from_millis(20)).is_none());
    assert!(second.wait_for(PATIENCE).unwrap().is_ok());
    // It is given out once.
    let again = second.wait_for(PATIENCE);
    assert!(matches!(again, Some(Err(CallError::Stopped))), "{again:?}");
}

#[test]
fn a_call_that_nobody_waits_for_is_cancelled() {
    let service = Service::usual();
    let mut slow = config(&service.listen());
    slow.pace = Pace::new(1, Duration::from_millis(500));
    let (session, mut events) = Session::spawn(slow, &Transport::new().unwrap());
    online(&mut events);
    session.call(text(&session, "first")).unwrap();
    let second = session.begin(text(&session, "second"));
    eventually(|| session.inspect(Client::waiting_commands).unwrap() == 1);
    drop(second);
    eventually(|| session.inspect(Client::waiting_commands).unwrap() == 0);
    session.call(text(&session, "third")).unwrap();
    let sent = service.requests_to("/webwxsendmsg");
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| !request.body.contains("second")));
}

#[test]
fn open_calls_hear_of_the_end_and_late_ones_too() {
    let service = Service::new(|request| {
        let held = Act::SayAndHold(Vec::new());
        request.is_to("/webwxsendmsg").then_some(held)
    });
    let (session, mut events) = service.session();
    online(&mut events);
    let late = text(&session, "late");
    let open = session.begin(text(&session, "open"));
    eventually(|| !service.requests_to("/webwxsendmsg").is_empty());

    // Nobody reads events meanwhile: that must not hold the end up.
    let logout = Close {
        logout: true,
        ..Close::default()
    };
    session.close(logout);
    let open = open.wait();
    assert!(
        matches!(open, Err(CallError::Command(CommandError::Closed { .. }))),
        "{open:?}"
    );
    assert_eq!(service.requests_to("/webwxlogout").len(), 1);

    let late = session.call(late);
    assert!(matches!(late, Err(CallError::Stopped)), "{late:?}");
    assert!(matches!(session.snapshot(), Err(CallError::Stopped)));
    // Closing twice is no mistake.
    session.close(Close::default());

    // What happened can still be read, up to the end.
    let last: Vec<_> = events.by_ref().collect();
    match last.last().map(|event| &event.kind) {
        Some(EventKind::Ended(ended)) => assert_eq!(ended.cause, EndCause::LoggedOut),
        other => panic!("{other:?}"),
    }
    assert!(events.next().is_none());
}

#[test]
fn the_last_one_out_closes_without_a_logout() {
    for last in ["stream", "handle", "call"] {
        let service = Service::usual();
        let (session, mut events) = service.session();
        online(&mut events);
        eventually(|| !service.requests_to("/synccheck").is_empty());
        let hello = text(&session, "hello");
        match last {
            "stream" => drop(session),
            "handle" => drop(events),
            _ => {
                drop(events);
                let call = session.begin(hello);
                drop(session);
                call.wait().unwrap();
                eventually(|| service.hung_up().len() == 1);
                continue;
            }
        }
        thread::sleep(Duration::from_millis(100));
        // The one that is left keeps it going.
        assert!(service.hung_up().is_empty());
    }
}

#[test]
fn when_all_are_gone_the_poll_is_hung_up_on_at_once() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events);
    eventually(|| !service.requests_to("/synccheck").is_empty());
    thread::sleep(Duration::from_millis(50));
    let started = Instant::now();
    drop((session.clone(), session, events));
    eventually(|| service.hung_up().len() == 1);
    assert!(service.hung_up()[0].1 - started < Duration::from_millis(500));
    assert!(service.requests_to("/webwxlogout").is_empty());
}

#[test]
fn a_view_that_panics_takes_only_its_caller_along() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events);
    let caller = session.clone();
    let view =
        thread::spawn(move || caller.inspect(|_| -> u8 { panic!("a mistake of the application") }));
    assert!(view.join().is_err());
    assert_eq!(session.inspect(Client::phase).unwrap(), Phase::Online);
}

#[test]
fn a_source_that_panics_takes_only_its_caller_along() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            panic!("a mistake of the application")
        }
    }
    impl std::io::Seek for Broken {
        fn seek(&mut self, _: std::io::SeekFrom) -> std::io::Result<u64> {
            Ok(0)
        }
    }
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events);
    let caller = session.clone();
    let call = thread::spawn(move || {
        let upload = Upload::source(MediaKind::File, "a.txt", 10);
        caller.call_reading(upload, &mut Broken)
    });
    assert!(call.join().is_err());
    assert_eq!(session.inspect(Client::phase).unwrap(), Phase::Online);
}

#[test]
fn a_session_can_be_resumed_elsewhere() {
    let service = Service::new(|request| {
        let cookies = "Set-Cookie: wxsid=Zx3K9f; Domain=wx.qq.com; Path=/\r\n\
                       Set-Cookie: wxuin=2100045678; Domain=wx.qq.com; Path=/\r\n";
        request
            .is_to("/webwxnewloginpage")
            .then(|| Act::Say(reply("200 OK", cookies, PAGE)))
    });
    let url = service.listen();
    let (session, mut events) = Session::spawn(config(&url), &Transport::new().unwrap());
    online(&mut events);
    let saved = session.snapshot().unwrap().unwrap();
    session.close(Close::default());

    let transport = Transport::new().unwrap();
    let (resumed, mut events) = Session::resume(config(&url), &transport, saved);
    online(&mut events);
    assert_eq!(resumed.inspect(Client::phase).unwrap(), Phase::Online);
    // No second scan.
    assert_eq!(service.requests_to("/jslogin").len(), 1);
}

#[test]
fn a_flood_of_inputs_starves_nothing() {
    // News at once, for ever.
    let service = Service::new(|request| {
        if request.is_to("/synccheck") {
            Some(Act::Say(ok(check(2))))
        } else {
            let news = ok(sync(&["tick"], request.nth));
            request.is_to("/webwxsync").then_some(Act::Say(news))
        }
    });
    let (session, mut events) = service.session();
    online(&mut events);
    let event = events.next().unwrap().id;
    let before = service.requests().len();
    // So many that it takes the driver a good while.
    for _ in 0..200_000 {
        session.acknowledge(event);
    }
    // Behind all of these.
    session.inspect(Client::phase).unwrap();
    let meanwhile = service.requests().len() - before;
    assert!(meanwhile > 20, "{meanwhile}");
}

#[test]
fn sessions_may_be_used_from_everywhere() {
    fn is_shared<T: Clone + Send + Sync>() {}
    is_shared::<Session>();
    is_shared::<Transport>();
    fn is_sent<T: Send>() {}
    is_sent::<wx_blocking::Events>();
    is_sent::<wx_blocking::Call<SendText>>();
}
