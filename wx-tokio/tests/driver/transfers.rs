//! Sources and sinks, which stay with the caller.

use std::{
    io::{self, Cursor},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncSeek, AsyncWrite, ReadBuf, duplex},
    time::{Instant, sleep, timeout},
};
use wx_tokio::{
    CallError, Session,
    wx_proto::{
        Close, Command, CommandError, FetchAvatar, MediaKind, Progress, TransportErrorKind, Upload,
    },
};

use crate::service::{Act, FRIEND, PAGE, Service, ok, online, reply};

const HOUR: Duration = Duration::from_secs(3600);

const PICTURE: &str = "Content-Type: image/jpeg\r\n";

fn avatar(session: &Session) -> FetchAvatar {
    let chat = session.inspect(|client| client.chat(FRIEND));
    FetchAvatar::of(chat.unwrap().unwrap())
}

fn upload(len: u64) -> Upload {
    Upload::source(MediaKind::File, "a.txt", len)
}

/// A service that takes files.
fn storage() -> std::sync::Arc<Service> {
    Service::new(|request| {
        let ticket = "Set-Cookie: webwx_data_ticket=gSd+/1=; Domain=.qq.com; Path=/\r\n";
        let taken =
            r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_77aa","StartPos":0}"#;
        match request.path.rsplit('/').next() {
            Some("webwxnewloginpage") => Some(Act::Say(reply("200 OK", ticket, PAGE))),
            Some("webwxuploadmedia") => Some(Act::Say(ok(taken))),
            _ => None,
        }
    })
}

#[track_caller]
fn assert_transport<T>(result: Result<T, CallError>, kind: TransportErrorKind) {
    match result {
        Err(CallError::Command(CommandError::Transport { last, .. })) => assert_eq!(last, kind),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("no error"),
    }
}

#[tokio::test]
async fn a_source_is_lent_and_may_stand_anywhere() {
    let service = storage();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let mut source = Cursor::new(b"0123456789".to_vec());
    for position in [7, 10, 99] {
        source.set_position(position);
        let media = session.call_reading(upload(10), &mut source).await;
        assert_eq!(media.unwrap().md5(), "781e5e245d69b566979b86e28d23f2c7");
    }
    let forms = service.requests_to("/webwxuploadmedia");
    assert_eq!(forms.len(), 3);
    assert!(
        forms
            .iter()
            .all(|form| form.body.contains("\r\n0123456789\r\n"))
    );
}

#[tokio::test]
async fn transfers_tell_how_far_they_are() {
    const PIECE: u64 = 512 << 10;
    let service = storage();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let note = move |progress: Progress| tell.send((progress.done, progress.total)).unwrap();
    let len = 2 * PIECE + 1;
    let file = vec![b'7'; usize::try_from(len).unwrap()];
    let bytes = Upload::bytes(MediaKind::File, "a.txt", file.clone());
    session.call(bytes.on_progress(note.clone())).await.unwrap();
    // Of those that come before it looks, a call tells the last one.
    let mut at_hand = Vec::new();
    while let Ok(progress) = told.try_recv() {
        at_hand.push(progress);
    }
    assert!(at_hand.is_sorted(), "{at_hand:?}");
    assert_eq!(at_hand.last(), Some(&(len, Some(len))));

    let watched = upload(len).on_progress(note);
    session
        .call_reading(watched, &mut Cursor::new(file))
        .await
        .unwrap();
    let pieces = [PIECE, 2 * PIECE, len].map(|done| (done, Some(len)));
    for expected in pieces {
        assert_eq!(told.recv().await, Some(expected));
    }
    assert_eq!(told.recv().await, None);
}

#[tokio::test]
async fn downloads_tell_what_the_sink_has() {
    let service = Service::new(|request| {
        let picture = || Act::Say(reply("200 OK", PICTURE, vec![7; 200_000]));
        request.path.ends_with("/webwxgeticon").then(picture)
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let watched = avatar(&session).on_progress(move |progress| tell.send(progress).unwrap());
    let mut sink = Vec::new();
    session.call_writing(watched, &mut sink).await.unwrap();
    let mut before = 0;
    while let Some(progress) = told.recv().await {
        assert_eq!(progress.total, Some(200_000));
        assert!(progress.done > before, "{progress:?}");
        before = progress.done;
    }
    assert_eq!(before, 200_000);
}

/// The second half of what is fetched never gets there.
struct Unflushable(Vec<u8>);

impl AsyncWrite for Unflushable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::ErrorKind::StorageFull.into()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn what_is_not_flushed_was_not_fetched() {
    let service = Service::new(|request| {
        let picture = || Act::Say(reply("200 OK", PICTURE, "a picture"));
        request.path.ends_with("/webwxgeticon").then(picture)
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let mut sink = Vec::new();
    let whole = session.call_writing(
        avatar(&session),
        &mut sink as &mut (dyn AsyncWrite + Send + Unpin),
    );
    whole.await.unwrap();
    assert_eq!(sink, b"a picture");

    let mut sink = Unflushable(Vec::new());
    let lost = session.call_writing(avatar(&session), &mut sink).await;
    assert_transport(lost, TransportErrorKind::Sink);
    assert_eq!(sink.0, b"a picture");

    // No sink at all is no better.
    assert_transport(
        session.call(avatar(&session)).await,
        TransportErrorKind::Sink,
    );
}

#[tokio::test]
async fn nothing_fetched_is_nothing_to_flush() {
    let service = Service::new(|request| {
        let page = || {
            Act::Say(reply(
                "200 OK",
                "Content-Type: text/html\r\n",
                "<p>sorry</p>",
            ))
        };
        request.path.ends_with("/webwxgeticon").then(page)
    });
    let (session, mut events) = service.session();
    online(&mut events).await;
    let mut sink = Unflushable(Vec::new());
    let page = session.call_writing(avatar(&session), &mut sink).await;
    let Err(CallError::Command(CommandError::Protocol { .. })) = page else {
        panic!("{page:?}");
    };
    assert!(sink.0.is_empty());
}

/// A service that sends a picture without end.
fn endless() -> std::sync::Arc<Service> {
    Service::new(|request| {
        let flood = || Act::Flood {
            head: format!("HTTP/1.1 200 OK\r\n{PICTURE}\r\n").into_bytes(),
            block: vec![b'x'; 16 << 10],
        };
        request.path.ends_with("/webwxgeticon").then(flood)
    })
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_takes_no_more_stops_the_reading_and_holds_no_deadline_up() {
    let service = endless();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (mut near, mut far) = duplex(1000);
    let started = Instant::now();
    let stalled = timeout(HOUR, session.call_writing(avatar(&session), &mut near));
    assert_transport(
        stalled.await.expect("it hangs"),
        TransportErrorKind::TimedOut,
    );
    assert_eq!(started.elapsed(), Duration::from_secs(30));
    // Buffers on the way, and one piece.
    assert!(service.flooded() <= 1 << 20, "{}", service.flooded());
    drop(near);
    let mut reached = Vec::new();
    far.read_to_end(&mut reached).await.unwrap();
    assert_eq!(reached.len(), 1000);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_sink_does_not_outlive_its_session() {
    let service = endless();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (mut near, _far) = duplex(1000);
    let closer = session.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        closer.close(Close::default()).await;
    });
    let fetch = timeout(HOUR, session.call_writing(avatar(&session), &mut near));
    let fetched = fetch.await.expect("it hangs");
    let Err(CallError::Command(CommandError::Closed { .. })) = fetched else {
        panic!("{fetched:?}");
    };
}

/// Takes for ever, like a disk that has gone away.
struct Stuck;

impl AsyncRead for Stuck {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

impl AsyncSeek for Stuck {
    fn start_seek(self: Pin<&mut Self>, _: io::SeekFrom) -> io::Result<()> {
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(0))
    }
}

#[tokio::test(start_paused = true)]
async fn a_stuck_source_does_not_outlive_its_session() {
    let service = Service::usual();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let closer = session.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(1)).await;
        closer.close(Close::default()).await;
    });
    let mut stuck = Stuck;
    let read = timeout(HOUR, session.call_reading(upload(10), &mut stuck));
    let read = read.await.expect("it hangs");
    let Err(CallError::Command(CommandError::Closed { .. })) = read else {
        panic!("{read:?}");
    };
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_stops_the_reading_and_leaves_the_sink_alone() {
    let service = endless();
    let (session, mut events) = service.session();
    online(&mut events).await;
    let (mut near, mut far) = duplex(1000);
    let fetch = session.call_writing(avatar(&session), &mut near);
    assert!(timeout(Duration::from_secs(1), fetch).await.is_err());
    // As soon as there is room again.
    let mut reached = vec![0; 1000];
    far.read_exact(&mut reached).await.unwrap();
    sleep(Duration::from_secs(1)).await;
    let flooded = service.flooded();
    sleep(Duration::from_secs(30)).await;
    assert_eq!(service.flooded(), flooded);
    drop(near);
    assert_eq!(far.read_to_end(&mut reached).await.unwrap(), 0);
}
