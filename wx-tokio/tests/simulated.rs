//! The driver against the simulated service over real sockets.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use tokio::time::timeout;
use wx_sim::{
    listen::{Fault, Listener},
    server::{Act, Deed, Script, Setup, Whose},
};
use wx_tokio::{
    Ack, CallError, Events, Session, Transport,
    wx_proto::{
        Close, CommandError, Config, EndCause, Ended, EventKind, Hosts, Message, Pace, Phase, Ret,
        SendText, TransportErrorKind,
    },
};

/// Bounds each wait; nothing here takes a tenth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn service(setup: Setup) -> Listener {
    Listener::bind("127.0.0.1:0", setup).unwrap()
}

fn connect(service: &Listener) -> (Session, Events) {
    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    config.pace = Pace::FREE;
    Session::spawn(config, &Transport::new().unwrap())
}

async fn until<T>(events: &mut Events, mut what: impl FnMut(EventKind) -> Option<T>) -> T {
    timeout(PATIENCE, async {
        loop {
            let event = events.next().await.expect("the session ended too early");
            if let Some(found) = what(event.kind) {
                return found;
            }
        }
    })
    .await
    .expect("it never came")
}

async fn online(events: &mut Events) {
    until(events, |kind| {
        matches!(kind, EventKind::Online(_)).then_some(())
    })
    .await;
}

async fn text(events: &mut Events) -> Message {
    until(events, |kind| match kind {
        EventKind::Message(message) if message.text().is_some() => Some(message),
        _ => None,
    })
    .await
}

async fn end(events: &mut Events) -> Ended {
    until(events, |kind| match kind {
        EventKind::Ended(ended) => Some(ended),
        _ => None,
    })
    .await
}

fn assert_clean(service: &Listener) {
    let faults: Vec<_> = service.with(|server| server.faults().map(ToString::to_string).collect());
    assert_eq!(faults, Vec::<String>::new());
}

async fn log_out(session: &Session) {
    let how = Close {
        logout: true,
        drain: Duration::from_secs(5),
    };
    timeout(PATIENCE, session.close(how)).await.unwrap();
}

#[tokio::test]
async fn a_session_logs_in_answers_six_texts_and_logs_out() {
    let service = service(Setup {
        script: Script::demo(),
        ..Setup::default()
    });
    let (session, mut events) = connect(&service);
    online(&mut events).await;
    for _ in 0..6 {
        let message = text(&mut events).await;
        let said = message.text().unwrap().to_owned();
        let receipt = session.call(message.reply(said)).await.unwrap();
        assert!(receipt.msg_id.is_some());
    }
    log_out(&session).await;
    assert_eq!(end(&mut events).await.cause, EndCause::LoggedOut);
    assert!(events.next().await.is_none());
    service.with(|server| {
        let said: Vec<_> = server.received().map(|text| text.text.clone()).collect();
        assert_eq!(said.len(), 6);
        assert!(said.iter().any(|text| text.contains('\u{1b}')), "{said:?}");
    });
    assert_clean(&service);
}

#[tokio::test]
async fn a_send_goes_out_while_the_poll_is_held_and_ten_keep_their_order() {
    let service = service(Setup::default());
    let (session, mut events) = connect(&service);
    online(&mut events).await;
    let chat = session
        .inspect(|client| client.chat("filehelper"))
        .await
        .unwrap()
        .unwrap();
    let calls: Vec<_> = (0..10)
        .map(|n| {
            let (session, chat) = (session.clone(), chat.clone());
            async move { session.call(SendText::new(chat, format!("{n}"))).await }
        })
        .collect();
    // Polled in this order, so submitted in this order; none waits for another.
    let mut tasks = tokio::task::JoinSet::new();
    for call in calls {
        tasks.spawn(call);
    }
    let sent = timeout(PATIENCE, tasks.join_all()).await.unwrap();
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    service.with(|server| {
        let said: Vec<_> = server.received().map(|text| text.text.clone()).collect();
        assert_eq!(said, (0..10).map(|n| n.to_string()).collect::<Vec<_>>());
    });
    assert_clean(&service);
}

#[tokio::test]
async fn a_lost_reply_is_asked_for_again_under_the_same_id() {
    let service = service(Setup::default());
    let (session, mut events) = connect(&service);
    online(&mut events).await;
    let chat = session
        .inspect(|client| client.chat("filehelper"))
        .await
        .unwrap()
        .unwrap();
    for fault in [Fault::Reset, Fault::ResetInBody(20), Fault::BadStatusLine] {
        service.plant_after("webwxsendmsg", 1, fault);
        let call = session.call(SendText::new(chat.clone(), "once"));
        timeout(PATIENCE, call).await.unwrap().unwrap();
    }
    service.with(|server| {
        let repeats: Vec<_> = server.received().map(|text| text.repeats).collect();
        assert_eq!(repeats, [1, 1, 1], "each arrived twice and was said once");
    });
}

#[tokio::test]
async fn a_rough_wire_delays_messages_and_loses_none() {
    let service = service(Setup::default());
    let (session, mut events) = connect(&service);
    online(&mut events).await;
    let friend = service.with(|server| {
        let account = server.accounts().last().unwrap().id;
        let peers = server.peers(account);
        let is_friend = |plain: &str| plain.starts_with("wxid_");
        let friend = peers
            .iter()
            .find(|peer| peer.listed && !peer.room && is_friend(&peer.plain));
        friend.unwrap().plain.clone()
    });
    let faults = [
        ("synccheck", Fault::BadStatusLine),
        ("webwxsync", Fault::Reset),
        ("webwxsync", Fault::ResetInBody(100)),
        ("webwxsync", Fault::Unavailable(Duration::from_secs(1))),
        ("webwxsync", Fault::Chunked(7)),
        ("webwxsync", Fault::Gzip),
        ("webwxsync", Fault::LongLength(9)),
    ];
    for (n, (endpoint, fault)) in faults.into_iter().enumerate() {
        service.plant_after(endpoint, 1, fault);
        let from = friend.clone();
        let text = format!("{n}");
        service
            .act(Deed::In(Whose::Latest, Act::Text { from, text }))
            .unwrap();
        let message = self::text(&mut events).await;
        assert_eq!(message.text().unwrap(), n.to_string());
    }
    log_out(&session).await;
}

#[tokio::test]
async fn a_refused_account_ends_the_login_with_the_reason() {
    let service = service(Setup {
        barred: true,
        ..Setup::default()
    });
    let (session, mut events) = connect(&service);
    let EndCause::Refused(error) = end(&mut events).await.cause else {
        panic!("not refused");
    };
    assert_eq!(error.ret, Ret::LOGIN_REFUSED);
    assert!(events.next().await.is_none());
    let late = session.inspect(wx_tokio::wx_proto::Client::phase).await;
    assert!(matches!(late, Err(CallError::Stopped)));
}

#[tokio::test]
async fn a_kick_ends_the_session_and_every_call_with_it() {
    let service = service(Setup::default());
    let (session, mut events) = connect(&service);
    online(&mut events).await;
    let chat = session
        .inspect(|client| client.chat("filehelper"))
        .await
        .unwrap()
        .unwrap();
    service
        .act(Deed::In(Whose::Latest, Act::Kick { code: 1101 }))
        .unwrap();
    let call = session.call(SendText::new(chat, "too late"));
    let outcome = timeout(PATIENCE, call).await.unwrap();
    assert!(
        matches!(outcome, Err(CallError::Command(CommandError::Closed(_)))),
        "{outcome:?}"
    );
    assert_eq!(end(&mut events).await.cause, EndCause::Replaced);
}

#[tokio::test]
async fn close_without_logout_leaves_a_session_that_goes_on_without_a_scan() {
    let service = service(Setup::default());
    let (session, mut events) = connect(&service);
    events.ack = Ack::OnNext;
    online(&mut events).await;
    let is_polling = |polling: bool| {
        service.wait_until(PATIENCE, |server| {
            server
                .sessions()
                .iter()
                .all(|session| session.polling == polling)
        })
    };
    assert!(is_polling(true));
    timeout(PATIENCE, session.close(Close::default()))
        .await
        .unwrap();
    let ended = end(&mut events).await;
    assert_eq!(ended.cause, EndCause::Detached);
    // The poll was aborted; the service takes a moment to notice that nobody holds the line.
    assert!(is_polling(false));

    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    let transport = Transport::new().unwrap();
    let (session, mut events) = Session::resume(config, &transport, ended.again.unwrap());
    let scanned = until(&mut events, |kind| match kind {
        EventKind::Qr(_) => Some(true),
        EventKind::Online(_) => Some(false),
        _ => None,
    })
    .await;
    assert!(!scanned);
    let phase = session
        .inspect(wx_tokio::wx_proto::Client::phase)
        .await
        .unwrap();
    assert_eq!(phase, Phase::Online);
    assert_clean(&service);
}

#[tokio::test]
async fn a_server_that_is_gone_is_unreachable() {
    let service = service(Setup::default());
    let mut config = Config::default();
    config.hosts = Hosts::mapped(&service.url()).unwrap();
    drop(service);
    let (_session, mut events) = Session::spawn(config, &Transport::new().unwrap());
    let cause = EndCause::Unreachable(TransportErrorKind::Connect);
    assert_eq!(end(&mut events).await.cause, cause);
}
