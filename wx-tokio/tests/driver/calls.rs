//! What becomes of calls: answered once, cancelled when nobody waits, refused when it is too late.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use wx_tokio::{
    CallError, Events, Session,
    wx_proto::{Client, Close, CommandError, EndCause, EventKind, Pace, Phase, SendText},
};

use crate::service::{
    Act, FRIEND, PAGE, Service, check, config, ok, online, poll_once, reply, sync,
};

async fn text(session: &Session, text: &str) -> SendText {
    let chat = session.inspect(|client| client.chat(FRIEND)).await.unwrap();
    SendText::new(chat.unwrap(), text)
}

async fn everything(events: &mut Events) -> Vec<EventKind> {
    let mut all = Vec::new();
    while let Some(event) = events.next().await {
        all.push(event.kind);
    }
    all
}

#[tokio::test]
async fn a_text_is_sent_while_the_poll_is_held() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let hello = text(&session, "hello\nworld").await;
    let receipt = session.call(hello).await.unwrap();
    assert_eq!(receipt.msg_id.unwrap().as_str(), "4611686018427387001");
    let sent = service.requests_to("/webwxsendmsg");
    assert_eq!(sent.len(), 1);
    assert!(
        sent[0].body.contains(r#""Content":"hello\nworld""#),
        "{}",
        sent[0].body
    );
}

#[tokio::test]
async fn calls_before_the_login_fail_at_once() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let hello = text(&session, "hello").await;

    let silent = Service::new(|_| Some(Act::Silence));
    let (other, _events) = silent.session();
    let early = other.call(hello).await;
    assert!(
        matches!(early, Err(CallError::Command(CommandError::NotOnline))),
        "{early:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_waits_for_is_cancelled() {
    let service = Service::usual();
    let mut slow = config("http://localhost");
    slow.pace = Pace::new(1, Duration::from_secs(60));
    let (session, mut events) = service.session_with(slow);
    online(&mut events).await;
    session.call(text(&session, "first").await).await.unwrap();

    // The second waits a minute for its turn; its caller only a second.
    let second = text(&session, "second").await;
    assert!(
        timeout(Duration::from_secs(1), session.call(second))
            .await
            .is_err()
    );
    sleep(Duration::from_millis(1)).await;
    assert_eq!(session.inspect(Client::waiting_commands).await.unwrap(), 0);

    session.call(text(&session, "third").await).await.unwrap();
    let sent = service.requests_to("/webwxsendmsg");
    assert_eq!(sent.len(), 2);
    assert!(sent.iter().all(|request| !request.body.contains("second")));
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_before_its_turn_is_never_submitted() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let hello = text(&session, "hello").await;
    // Polled once, which puts it in the queue of the driver; nothing else has run since.
    assert!(poll_once(session.call(hello)).is_none());
    sleep(Duration::from_secs(5)).await;
    assert_eq!(
        session
            .inspect(|client| client.stats().submitted)
            .await
            .unwrap(),
        0
    );
    assert!(service.requests_to("/webwxsendmsg").is_empty());
}

#[tokio::test(start_paused = true)]
async fn open_calls_hear_of_the_end_and_late_ones_too() {
    let service = Service::new(|request| {
        request
            .path
            .ends_with("/webwxsendmsg")
            .then_some(Act::Silence)
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (open, late) = (text(&session, "open").await, text(&session, "late").await);
    let caller = session.clone();
    let open = tokio::spawn(async move { caller.call(open).await });
    sleep(Duration::from_secs(1)).await;

    // Nobody reads events meanwhile: that must not hold the end up.
    let logout = Close {
        logout: true,
        ..Close::default()
    };
    let closed = timeout(Duration::from_secs(60), session.close(logout));
    closed.await.unwrap();
    let open = open.await.unwrap();
    assert!(
        matches!(open, Err(CallError::Command(CommandError::Closed(_)))),
        "{open:?}"
    );
    assert_eq!(service.requests_to("/webwxlogout").len(), 1);

    let late = session.call(late).await;
    assert!(matches!(late, Err(CallError::Stopped)), "{late:?}");
    assert!(matches!(session.snapshot().await, Err(CallError::Stopped)));
    // Closing twice is no mistake.
    session.close(Close::default()).await;

    // What happened can still be read, up to the end.
    let last = everything(&mut events).await;
    let ended = |kind: &&EventKind| matches!(kind, EventKind::Ended(_));
    assert_eq!(last.iter().filter(ended).count(), 1);
    match last.last() {
        Some(EventKind::Ended(ended)) => assert_eq!(ended.cause, EndCause::LoggedOut),
        other => panic!("{other:?}"),
    }
    assert!(events.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_last_one_out_closes_without_a_logout() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;

    // The stream alone keeps the session going.
    drop(session.clone());
    drop(session);
    assert!(
        timeout(Duration::from_secs(3590), everything(&mut events))
            .await
            .is_err()
    );
    let polls = service.requests_to("/synccheck").len();
    assert!(polls > 100, "{polls}");

    drop(events);
    sleep(Duration::from_secs(3600)).await;
    assert!(service.requests_to("/webwxlogout").is_empty());
    // The held poll was hung up on at once, and none followed.
    assert_eq!(service.requests_to("/synccheck").len(), polls);
    let hung_up = service.hung_up();
    assert_eq!(hung_up.len(), 1);
    assert!(hung_up[0].0.ends_with("/synccheck"));
}

#[tokio::test]
async fn a_view_that_panics_takes_only_its_caller_along() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let caller = session.clone();
    let view = tokio::spawn(async move {
        caller
            .inspect(|_| -> u8 { panic!("a mistake of the application") })
            .await
    });
    assert!(view.await.unwrap_err().is_panic());
    assert_eq!(session.inspect(Client::phase).await.unwrap(), Phase::Online);
}

#[tokio::test]
async fn a_session_can_be_resumed_elsewhere() {
    let service = Service::new(|request| {
        let cookies = "Set-Cookie: wxsid=Zx3K9f; Domain=wx.qq.com; Path=/\r\n\
                       Set-Cookie: wxuin=2100045678; Domain=wx.qq.com; Path=/\r\n";
        request
            .path
            .ends_with("/webwxnewloginpage")
            .then(|| Act::Say(reply("200 OK", cookies, PAGE)))
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let saved = session.snapshot().await.unwrap().unwrap();
    session.close(Close::default()).await;

    let (resumed, mut events) =
        Session::resume(config("http://localhost"), &service.in_memory(), saved);
    online(&mut events).await;
    assert_eq!(resumed.inspect(Client::phase).await.unwrap(), Phase::Online);
    // No second scan.
    assert_eq!(service.requests_to("/jslogin").len(), 1);
}

#[tokio::test]
async fn a_flood_of_inputs_starves_nothing() {
    // News at once, for ever.
    let service = Service::new(|request| match &*request.path {
        path if path.ends_with("/synccheck") => Some(Act::Say(ok(check(2)))),
        path if path.ends_with("/webwxsync") => Some(Act::Say(ok(sync(&["tick"], request.nth)))),
        _ => None,
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let event = events.next().await.unwrap().id;
    let before = service.requests().len();
    for _ in 0..100_000 {
        session.acknowledge(event);
    }
    // Behind all of these.
    session.inspect(Client::phase).await.unwrap();
    let meanwhile = service.requests().len() - before;
    assert!(meanwhile > 20, "{meanwhile}");
}
